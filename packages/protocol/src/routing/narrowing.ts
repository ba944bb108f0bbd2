import type { ContactChannel, LeafContactChannel } from '../schemas/contact-channel.ts'
import { channelOf, isComposite, membersOf } from '../transitions/leaves.ts'

/** The channel with only these people, wherever it lists some or nobody; undefined when nobody is left who could decide. */
export function narrowed(channel: ContactChannel, people: ReadonlySet<string>): ContactChannel | undefined {
  if (!isComposite(channel)) return narrowedLeaf(channel, people)

  const members = membersOf(channel, '').map((each) => {
    const { channel: inner, place, after_seconds } = channelOf(each)
    const left = narrowed(inner, people)
    return left && place !== each.place ? { after_seconds, channel: left } : left
  })
  const left = members.filter((member) => member !== undefined)
  if (left.length === 0) return undefined
  if (channel.any_of) return { any_of: left }
  if (channel.quorum) return { quorum: { ...channel.quorum, of: left } }
  return left.length === members.length ? { all_of: left as ContactChannel[] } : undefined
}

function narrowedLeaf(leaf: LeafContactChannel, people: ReadonlySet<string>): ContactChannel | undefined {
  const [kind, members] = Object.entries(leaf)[0]!
  const own = members.allowed_responder_ids
  const allowed_responder_ids = own ? own.filter((id) => people.has(id)) : [...people]
  return allowed_responder_ids.length === 0 ? undefined : { [kind]: { ...members, allowed_responder_ids } }
}
