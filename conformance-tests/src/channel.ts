import type { ShownProject } from './project.ts'

// What the specification says about trees of channels, worked out by trying everything: the referee shares no code with a server.

/** A channel as it stands on the wire. */
export type Channel = Readonly<Record<string, unknown>>

/** A leaf, and how long after the root it joins. */
export interface Leaf {
  readonly kind: string
  /** Absent: anybody may decide through it. */
  readonly responders: readonly string[] | undefined
  readonly after_seconds: number
}

interface Member {
  readonly after_seconds: number | undefined
  readonly channel: Channel
}

/** The value as a channel, or undefined when it has not the form of one. */
export function channelOf(value: unknown): Channel | undefined {
  if (!isRecord(value) || Object.keys(value).length !== 1) return undefined
  const parts = partsOf(value)
  if (!parts) return isRecord(Object.values(value)[0]) ? value : undefined
  return parts.members.every(({ channel }) => channelOf(channel) !== undefined) ? value : undefined
}

/** The leaves in the order in which they stand. */
export function leavesIn(channel: Channel, after_seconds = 0): Leaf[] {
  const parts = partsOf(channel)
  if (!parts) {
    const [kind, members] = Object.entries(channel)[0]!
    return [{ kind, responders: listOf(members), after_seconds }]
  }
  return parts.members.flatMap((member) =>
    leavesIn(member.channel, after_seconds + (member.after_seconds ?? 0)),
  )
}

/** Everybody whom a leaf lists, each once. */
export function listedIn(channel: Channel): string[] {
  return [...new Set(leavesIn(channel).flatMap(({ responders }) => responders ?? []))]
}

/** How many composites stand within each other. */
export function depthOf(channel: Channel): number {
  const parts = partsOf(channel)
  return parts ? 1 + Math.max(0, ...parts.members.map((member) => depthOf(member.channel))) : 0
}

/** The channel with something else in place of each leaf; members that are left without one fall away, and an `all_of` with them. */
function mapLeaves(channel: Channel, change: (leaf: Channel) => Channel | undefined): Channel | undefined {
  const parts = partsOf(channel)
  if (!parts) return change(channel)

  const kept = parts.members.flatMap(({ after_seconds, channel: inner }) => {
    const changed = mapLeaves(inner, change)
    if (!changed) return []
    return [after_seconds === undefined ? changed : { after_seconds, channel: changed }]
  })
  if (kept.length === 0 || (parts.kind === 'all_of' && kept.length < parts.members.length)) return undefined
  return parts.kind === 'quorum'
    ? { quorum: { ...(channel['quorum'] as object), of: kept } }
    : { [parts.kind]: kept }
}

/** The channel with only these people; undefined when nobody is left who could decide. */
export function narrowedTo(channel: Channel, people: readonly string[]): Channel | undefined {
  return mapLeaves(channel, (leaf) => {
    const [kind, members] = Object.entries(leaf)[0] as [string, object]
    const own = listOf(members)
    const allowed_responder_ids = own ? own.filter((id) => people.includes(id)) : [...people]
    return allowed_responder_ids.length === 0 ? undefined : { [kind]: { ...members, allowed_responder_ids } }
  })
}

/** The channel without names of channels, teams and addresses; undefined when it names what the project does not have. */
export function meaningOf(channel: Channel, project: ShownProject): Channel | undefined {
  return mapLeaves(channel, (leaf) => {
    const [kind, members] = Object.entries(leaf)[0] as [string, { name?: unknown }]
    const own = listOf(members)
    const people = own && peopleNamed(own, project)
    if (kind !== 'named') return people ? { [kind]: { ...members, allowed_responder_ids: people } } : leaf

    const target = project.channels.find(({ name }) => name === members.name)?.channel
    const meant = target && meaningOf(target, project)
    return meant && people ? narrowedTo(meant, people) : meant
  })
}

/** The people whom a list of responders names, each once. */
function peopleNamed(ids: readonly string[], { people, teams }: ShownProject): string[] {
  const named = ids.flatMap((id) => {
    if (id.startsWith('team:')) return teams.find(({ name }) => `team:${name}` === id)?.people ?? [id]
    return people.find(({ addresses }) => addresses.includes(id))?.id ?? id
  })
  return [...new Set(named)]
}

/** The channel without what does not matter: the order of the people in a list. */
export function canonicalChannel(channel: Channel): Channel {
  return mapLeaves(channel, (leaf) => {
    const [kind, members] = Object.entries(leaf)[0] as [string, object]
    const own = listOf(members)
    return { [kind]: own ? { ...members, allowed_responder_ids: own.toSorted() } : members }
  })!
}

/** Whether the channel holds when these people have approved, before any further leaf joins. */
export function holds(channel: Channel, people: readonly string[]): boolean {
  return waysOf(channel, ({ after_seconds }) => after_seconds === 0).some((way) =>
    canSeat(way.toSorted(byChoice), people),
  )
}

/** Whether it could hold, if everybody approves who may and every leaf has joined. */
export function couldHold(channel: Channel): boolean {
  const strangers = Array.from({ length: MOST_PEOPLE }, (_, index) => `somebody else ${index}`)
  const people = [...listedIn(channel), ...strangers]
  return waysOf(channel, () => true).some((way) => canSeat(way.toSorted(byChoice), people))
}

const MOST_PEOPLE = 100

/** One person who is needed: undefined for anybody, or the people of whom it has to be one. */
type Seat = readonly string[] | undefined

/** Every choice of members, as the people whom it needs. */
function waysOf(channel: Channel, isJoined: (leaf: Pick<Leaf, 'after_seconds'>) => boolean): Seat[][] {
  const parts = partsOf(channel)
  if (!parts) return [[listOf(Object.values(channel)[0])]]

  const members = parts.members.filter((member) => isJoined({ after_seconds: member.after_seconds ?? 0 }))
  if (parts.kind === 'any_of') return members.flatMap((member) => waysOf(member.channel, isJoined))
  if (parts.kind === 'quorum') {
    const lists = members.map((member) => leavesIn(member.channel)[0]!.responders)
    if (lists.length === 0) return []
    const seat: Seat = lists.includes(undefined)
      ? undefined
      : [...new Set(lists.flatMap((list) => list ?? []))]
    return [Array.from({ length: parts.required }, () => seat)]
  }
  return members.reduce<Seat[][]>(
    (ways, member) =>
      ways.flatMap((way) => waysOf(member.channel, isJoined).map((further) => [...way, ...further])),
    [[]],
  )
}

/** Where few can sit comes first, so that nobody has to be moved from where anybody can. */
function byChoice(one: Seat, other: Seat): number {
  return (one?.length ?? Number.MAX_SAFE_INTEGER) - (other?.length ?? Number.MAX_SAFE_INTEGER)
}

/** Whether each seat can have a person of its own. */
function canSeat(seats: readonly Seat[], people: readonly string[]): boolean {
  if (seats.length === 0) return true
  const [seat, ...others] = seats
  return people.some(
    (person, index) => (seat?.includes(person) ?? true) && canSeat(others, people.toSpliced(index, 1)),
  )
}

/** The parts of a composite; undefined for a leaf. */
function partsOf(
  channel: Channel,
): { kind: 'all_of' | 'any_of' | 'quorum'; members: Member[]; required: number } | undefined {
  for (const kind of ['all_of', 'any_of'] as const)
    if (Array.isArray(channel[kind])) return { kind, members: channel[kind].map(memberOf), required: 0 }
  const quorum = channel['quorum'] as { required?: unknown; of?: unknown } | undefined
  if (!Array.isArray(quorum?.of)) return undefined
  return { kind: 'quorum', members: quorum.of.map(memberOf), required: Number(quorum.required) }
}

function memberOf(value: unknown): Member {
  if (isRecord(value) && 'channel' in value)
    return { after_seconds: Number(value['after_seconds']), channel: value['channel'] as Channel }
  return { after_seconds: undefined, channel: isRecord(value) ? value : {} }
}

function listOf(members: unknown): string[] | undefined {
  const list = isRecord(members) ? members['allowed_responder_ids'] : undefined
  return Array.isArray(list) ? list.map(String) : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
