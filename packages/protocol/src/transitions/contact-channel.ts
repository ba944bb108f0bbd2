import type { Capabilities } from '../features.ts'
import type { JsonFault } from '../json/parse.ts'
import { kindOf, type ContactChannel } from '../schemas/contact-channel.ts'
import { channelOf, isComposite, membersOf } from './leaves.ts'

/** What of this channel the server does not serve, each with its place. */
export function unservedKinds(
  channel: ContactChannel,
  capabilities: Capabilities,
  pointer: string,
): JsonFault[] {
  const kind = kindOf(channel)
  const servesTrees = capabilities.profiles?.includes('composites') ?? false
  if (
    !capabilities.channel_kinds.includes(kind) ||
    (kind !== 'any_of' && isComposite(channel) && !servesTrees)
  )
    return [
      { pointer: `${pointer}/${kind}`, detail: `This server does not serve the channel kind "${kind}".` },
    ]

  return membersOf(channel, pointer).flatMap((each) => {
    const { channel: inner, place } = channelOf(each)
    if (place !== each.place && !servesTrees)
      return [
        {
          pointer: `${each.place}/after_seconds`,
          detail: 'This server does not serve members that join later.',
        },
      ]
    if (isComposite(inner) && !servesTrees)
      return [{ pointer: place, detail: 'This server does not serve nested composites.' }]
    return unservedKinds(inner, capabilities, place)
  })
}

/** Whether one answer alone always decides, so that its edits are everybody's. */
export function isDecidedByOne(channel: ContactChannel): boolean {
  const { all_of, quorum } = channel
  if (all_of && all_of.length > 1) return false
  if (quorum) return quorum.required === 1
  return membersOf(channel, '').every((each) => isDecidedByOne(channelOf(each).channel))
}

/** The channel without what a client may write and nobody may read, wherever in the tree it stands. */
export function withoutSecrets(channel: ContactChannel): ContactChannel {
  if (channel.slack) {
    const { bot_token: _, ...slack } = channel.slack
    return { slack }
  }
  const { all_of, any_of, quorum } = channel
  if (all_of) return { all_of: all_of.map(withoutSecrets) }
  if (any_of) return { any_of: any_of.map(memberWithoutSecrets) }
  if (quorum) return { quorum: { ...quorum, of: quorum.of.map(memberWithoutSecrets) } }
  return channel
}

type Member = NonNullable<ContactChannel['any_of']>[number]

function memberWithoutSecrets(member: Member): Member {
  return 'after_seconds' in member
    ? { ...member, channel: withoutSecrets(member.channel) }
    : withoutSecrets(member)
}
