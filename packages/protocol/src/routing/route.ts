import type { Capabilities } from '../features.ts'
import type { JsonFault } from '../json/parse.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Policy } from '../schemas/policy.ts'
import { leastPeople } from '../transitions/assignment.ts'
import { channelFaults } from '../transitions/channel-faults.ts'
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
  capabilities: Pick<Capabilities, 'limits'>,
): Route {
  const resolved = channel
    ? resolveChannel(withoutSecrets(channel), directory, capabilities, '/spec/channel')
    : { value: directory.default_channel, faults: [] }
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
export function routeUnder(policy: Policy, route: Route, capabilities: Pick<Capabilities, 'limits'>): Route {
  if (route.faults.length > 0) return route

  const { exclude_responder_ids = [] } = route
  const { channel: own, minimum_people = 1 } = policy
  // The default of the project is for calls about which nothing else is said.
  const ways = own && !route.isAsked ? [own] : waysToCombine(own, route.channel)
  const channels = ways.map((way) => withMinimum(way, minimum_people))
  const canBeDecided = (each: ContactChannel) =>
    channelFaults(each, exclude_responder_ids, capabilities, '').length === 0
  const channel = channels.find(canBeDecided) ?? channels.at(-1)!
  return { ...route, channel, policy: policy.name }
}

/** The policy's channel alone, narrowed to those whom the call lists, or both, whichever can be decided. */
function waysToCombine(own: ContactChannel | undefined, asked: ContactChannel): ContactChannel[] {
  if (!own) return [asked]
  if (saysNothing(asked)) return [own]

  const both = { all_of: [own, asked] }
  const listed = isComposite(asked) ? undefined : leavesOf(asked)[0]!.allowed_responder_ids
  const narrow = listed && narrowed(own, new Set(listed))
  return narrow ? [narrow, both] : [both]
}

/** Whether the channel leaves open who decides: any one person, at once, the one who asked not excepted. */
function saysNothing(channel: ContactChannel): boolean {
  return leavesOf(channel).every(
    ({ allowed_responder_ids, after_seconds, is_shared }) =>
      !allowed_responder_ids && after_seconds === 0 && !is_shared,
  )
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
