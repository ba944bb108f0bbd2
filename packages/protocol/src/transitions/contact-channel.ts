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
  if (!capabilities.channel_kinds.includes(kind))
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

/** The channel without what a client may write and nobody may read. */
export function withoutSecrets(channel: ContactChannel): ContactChannel {
  if (channel.slack) {
    const { bot_token: _, ...slack } = channel.slack
    return { slack }
  }
  if (channel.any_of)
    return { any_of: channel.any_of.map((member) => withoutSecrets(member as ContactChannel)) }
  return channel
}

function leavesOf(channel: ContactChannel): LeafContactChannel[] {
  // Members that join later are refused at create until composites are served in full.
  return channel.any_of ? channel.any_of.flatMap((member) => leavesOf(member as ContactChannel)) : [channel]
}

function isComposite(channel: ContactChannel): boolean {
  return ['all_of', 'any_of', 'quorum'].includes(kindOf(channel))
}
