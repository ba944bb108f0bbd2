import type { Capabilities } from '../features.ts'
import type { JsonFault } from '../json/parse.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import { assign, type Voice } from './assignment.ts'
import { channelOf, isComposite, leavesOf, membersOf } from './leaves.ts'
import { personOf } from './voices.ts'

/** What keeps a channel from ever being decided, or from being decided in reasonable time, each with its place. */
export function channelFaults(
  channel: ContactChannel,
  excluded: readonly string[],
  capabilities: Pick<Capabilities, 'limits'>,
  pointer: string,
): JsonFault[] {
  const faults = sizeFaults(channel, capabilities, pointer)
  if (faults.length > 0) return faults

  const place = unsatisfiable(channel, '', new Set(excluded))
  return place === undefined
    ? []
    : [{ pointer: pointer + place, detail: 'The people whom it lists can never decide this.' }]
}

/** What makes a channel too large to be looked at any further. Whether it can hold is asked only of others: that takes longer the more people it takes. */
export function sizeFaults(
  channel: ContactChannel,
  { limits = {} }: Pick<Capabilities, 'limits'>,
  pointer: string,
): JsonFault[] {
  const { channel_depth = 1, channel_leaves = MOST_LEAVES } = limits
  if (!isWithinDepth(channel, channel_depth))
    return [{ pointer, detail: `At most ${channel_depth} composites stand within each other.` }]
  if (leavesOf(channel).length > channel_leaves)
    return [{ pointer, detail: `A channel has at most ${channel_leaves} leaves.` }]
  if (seatsIn(channel) > MOST_PEOPLE)
    return [{ pointer, detail: `A channel takes at most ${MOST_PEOPLE} people.` }]
  return []
}

// An `any_of` of leaves has at most 32, and a quorum requires at most 100.
const MOST_LEAVES = 32
const MOST_PEOPLE = 100

function isWithinDepth(channel: ContactChannel, depth: number): boolean {
  if (!isComposite(channel)) return true
  return (
    depth > 0 && membersOf(channel, '').every((each) => isWithinDepth(channelOf(each).channel, depth - 1))
  )
}

/** The smallest channel that cannot hold even when everybody says yes. */
function unsatisfiable(
  channel: ContactChannel,
  place: string,
  excluded: ReadonlySet<string>,
): string | undefined {
  if (assign(channel, everybody(channel, excluded))) return undefined
  for (const each of membersOf(channel, place)) {
    const { channel: inner, place: at } = channelOf(each)
    const found = unsatisfiable(inner, at, excluded)
    if (found !== undefined) return found
  }
  return place
}

/** Everybody who could answer: those who are listed, and as many others as it can take where nobody is. */
function everybody(channel: ContactChannel, excluded: ReadonlySet<string>): Voice[] {
  const leaves = leavesOf(channel)
  const open = new Set(
    leaves.filter(({ allowed_responder_ids }) => !allowed_responder_ids).map(({ place }) => place),
  )
  const people = new Map<string, Set<string>>()
  for (const { place, allowed_responder_ids = [] } of leaves)
    for (const id of allowed_responder_ids.filter((each) => !excluded.has(each)))
      // Keys that are bound to nobody are one person.
      people.set(personOf(id), new Set([...(people.get(personOf(id)) ?? open), place]))
  const others = open.size === 0 ? 0 : seatsIn(channel)
  return [
    ...[...people].map(([person, places]) => ({ person, places })),
    ...Array.from({ length: others }, (_, index) => ({ person: `other ${index}`, places: open })),
  ]
}

/** How many people a channel needs at the most. */
function seatsIn(channel: ContactChannel): number {
  if (channel.quorum) return channel.quorum.required
  if (!isComposite(channel)) return 1
  return membersOf(channel, '').reduce((sum, each) => sum + seatsIn(channelOf(each).channel), 0)
}
