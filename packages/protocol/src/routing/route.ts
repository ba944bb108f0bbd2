import type { JsonFault } from '../json/parse.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Policy } from '../schemas/policy.ts'
import { leastPeople } from '../transitions/assignment.ts'
import { canHold } from '../transitions/channel-faults.ts'
import { withoutSecrets } from '../transitions/contact-channel.ts'
import { channelOf, isComposite, leavesOf, membersOf } from '../transitions/leaves.ts'
import type { Directory } from './directory.ts'
import { narrowed } from './narrowing.ts'
import { resolveChannel, resolveResponders } from './names.ts'

/** Where a call goes, and who may not decide it, without names; and which names mean nothing. */
export interface Route {
  channel: ContactChannel
  exclude_responder_ids?: string[]
  /** Whether the call says itself where it is asked. */
  isAsked: boolean
  faults: JsonFault[]
  /** The policy that had a say in it. */
  policy?: string
}

/** The route that a call asks for itself. */
export function routeOf(
  { channel, exclude_responder_ids }: { channel?: ContactChannel; exclude_responder_ids?: string[] },
  directory: Directory,
): Route {
  const resolved = channel
    ? resolveChannel(withoutSecrets(channel), directory, '/spec/channel')
    : { value: withoutSecrets(directory.default_channel), faults: [] }
  const isAsked = channel !== undefined
  if (!exclude_responder_ids) return { channel: resolved.value, isAsked, faults: resolved.faults }

  const excluded = resolveResponders(exclude_responder_ids, directory, '/spec/exclude_responder_ids')
  return {
    channel: resolved.value,
    exclude_responder_ids: excluded.value,
    isAsked,
    faults: [...resolved.faults, ...excluded.faults],
  }
}

/** The route under a policy that asks: never one that lets somebody decide, or fewer people, than without it. */
export function routeUnder(policy: Policy, route: Route): Route {
  const { exclude_responder_ids = [] } = route
  const { minimum_people = 1 } = policy
  const own = policy.channel && withoutSecrets(policy.channel)
  // The default of the project is for calls about which nothing else is said.
  const ways = own && !route.isAsked ? [own] : waysToCombine(own, route.channel)
  const channels = ways.map((way) => withMinimum(way, minimum_people))
  const channel = channels.find((each) => canHold(each, exclude_responder_ids)) ?? channels.at(-1)!
  return { ...route, channel, policy: policy.name }
}

/** The policy's channel alone, narrowed to those whom the call lists, or both, whichever can be decided. */
function waysToCombine(own: ContactChannel | undefined, asked: ContactChannel): ContactChannel[] {
  if (!own) return [asked]
  const leaves = leavesOf(asked)
  const listsNobody = leaves.every(({ allowed_responder_ids }) => !allowed_responder_ids)
  if (listsNobody && leastPeople(asked) === 1) return [own]

  const both = { all_of: [own, asked] }
  const listed = isComposite(asked) ? undefined : leaves[0]!.allowed_responder_ids
  const narrow = listed && narrowed(own, listed)
  return narrow ? [narrow, both] : [both]
}

/** The channel, which takes so many different people at the least. */
function withMinimum(channel: ContactChannel, people: number): ContactChannel {
  const least = leastPeople(channel)
  if (least >= people) return channel

  const of = leavesOf(channel).map(({ channel: leaf, after_seconds }) =>
    after_seconds === 0 ? leaf : { after_seconds, channel: leaf },
  )
  // One more person of a flat channel is one more of its quorum; of any other one more beside it.
  return isFlat(channel)
    ? { quorum: { required: people, of } }
    : { all_of: [channel, { quorum: { required: people - least, of } }] }
}

function isFlat(channel: ContactChannel): boolean {
  return !channel.all_of && membersOf(channel, '').every((each) => !isComposite(channelOf(each).channel))
}
