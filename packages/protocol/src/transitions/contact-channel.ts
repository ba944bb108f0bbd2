import type { Capabilities } from '../features.ts'
import type { JsonFault } from '../json/parse.ts'
import { kindOf, type ContactChannel, type LeafContactChannel } from '../schemas/contact-channel.ts'
import type { Responder } from '../schemas/responder.ts'

/** The channel kinds of this channel that the server does not serve, each with its place. */
export function unservedKinds(
  channel: ContactChannel,
  capabilities: Capabilities,
  pointer: string,
): JsonFault[] {
  const kind = kindOf(channel)
  const at = `${pointer}/${kind}`
  // Whatever is claimed: these are refused until their transitions exist.
  if (!capabilities.channel_kinds.includes(kind) || kind === 'all_of' || kind === 'quorum')
    return [{ pointer: at, detail: `This server does not serve the channel kind "${kind}".` }]

  return (channel.any_of ?? []).flatMap((member, index) => {
    const place = `${at}/${index}`
    if ('after_seconds' in member)
      return [
        { pointer: `${place}/after_seconds`, detail: 'This server does not serve members that join later.' },
      ]
    if (isComposite(member))
      return [{ pointer: place, detail: 'This server does not serve nested composites.' }]
    return unservedKinds(member, capabilities, place)
  })
}

/**
 * Whether this responder may decide. A leaf accepts whom it lists; a leaf that lists nobody accepts any answer
 * that came through it or with a key of the responder scope. `any_of` holds with one of its leaves.
 */
export function mayDecide(channel: ContactChannel, responder: Responder): boolean {
  return leavesOf(channel).some((leaf) => {
    const [kind, { allowed_responder_ids }] = Object.entries(leaf)[0]!
    if (allowed_responder_ids) return allowed_responder_ids.includes(responder.id)
    return responder.channel === 'api' || responder.channel === kind
  })
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

/** Nobody decides through what is not served in full yet: an `all_of` is no leaf that lists nobody. */
function leavesOf(channel: ContactChannel): LeafContactChannel[] {
  if (channel.all_of || channel.quorum) return []
  if (!channel.any_of) return [channel]
  return channel.any_of.flatMap((member) => ('after_seconds' in member ? [] : leavesOf(member)))
}

function isComposite(channel: ContactChannel): boolean {
  return ['all_of', 'any_of', 'quorum'].includes(kindOf(channel))
}
