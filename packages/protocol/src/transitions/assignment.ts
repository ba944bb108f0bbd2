import type { ContactChannel } from '../schemas/contact-channel.ts'
import { channelOf, isComposite, leavesOf, membersOf } from './leaves.ts'

/** A person, and the places of the leaves for which their answers count. */
export interface Voice {
  person: string
  places: ReadonlySet<string>
}

/** One person who is needed, and the leaves through which they may come; `person` once somebody is found. */
interface Seat {
  places: readonly string[]
  person?: string
}

/**
 * Assigns people to leaves, each to at most one, so that the channel holds, and returns the places that are taken;
 * undefined when no assignment makes it hold.
 *
 * Where an `any_of` has composites for members, its members are tried one after the other; everything else is a
 * matching of people and seats, which grows by one augmenting path for each seat. Before the members are tried, every choice that is left
 * gets as many seats as it needs at the least: when not even these are taken, no choice helps. Without that a tree of 16 pairs, which is what
 * 32 leaves allow, took 350 ms to fail; with it, less than 1 ms.
 */
export function assign(channel: ContactChannel, voices: readonly Voice[]): Set<string> | undefined {
  const seats = seatAll([{ channel, place: '' }], voices, [])
  return seats && new Set(seats.map(({ places, person }) => placeOf(places, voices, person!)))
}

interface Node {
  channel: ContactChannel
  place: string
}

/** Seats everybody whom all of these channels need, next to those who are seated already. */
function seatAll(
  nodes: readonly Node[],
  voices: readonly Voice[],
  seated: readonly Seat[],
): Seat[] | undefined {
  const [choices, needed] = partition(nodes.flatMap(flatten))
  let seats: Seat[] | undefined = [...seated]
  for (const node of needed) {
    seats = seat(seats, seatsOf(node), voices)
    if (!seats) return undefined
  }
  const [choice, ...others] = choices
  if (!choice) return seats
  if (!seat(seats, choices.flatMap(leastSeatsOf), voices)) return undefined

  for (const member of membersOf(choice.channel, choice.place)) {
    const found = seatAll([channelOf(member), ...others], voices, seats)
    if (found) return found
  }
  return undefined
}

/** An `all_of` is its members. */
function flatten(node: Node): Node[] {
  if (!node.channel.all_of) return [node]
  return membersOf(node.channel, node.place).flatMap((member) => flatten(channelOf(member)))
}

/** What has a choice between composites, and what needs people as it is. */
function partition(nodes: readonly Node[]): [Node[], Node[]] {
  const hasChoice = ({ channel, place }: Node) =>
    channel.any_of !== undefined &&
    membersOf(channel, place).some((member) => isComposite(channelOf(member).channel))
  return [nodes.filter(hasChoice), nodes.filter((node) => !hasChoice(node))]
}

/** A leaf and an `any_of` of leaves need one person, a quorum as many as it requires, through any of its leaves. */
function seatsOf({ channel, place }: Node): Seat[] {
  const places = leavesOf(channel).map((leaf) => place + leaf.place)
  return Array.from({ length: channel.quorum?.required ?? 1 }, () => ({ places }))
}

/** What a choice needs in any case: so many people, through any of its leaves. */
function leastSeatsOf({ channel, place }: Node): Seat[] {
  const places = leavesOf(channel).map((leaf) => place + leaf.place)
  return Array.from({ length: leastPeople(channel) }, () => ({ places }))
}

/** How many people it takes at the least. */
export function leastPeople(channel: ContactChannel): number {
  if (channel.quorum) return channel.quorum.required
  const least = membersOf(channel, '').map((member) => leastPeople(channelOf(member).channel))
  if (least.length === 0) return 1
  return channel.all_of ? least.reduce((sum, people) => sum + people) : Math.min(...least)
}

/** Adds seats one by one; whoever sits already may have to move to another seat. */
function seat(seated: readonly Seat[], added: readonly Seat[], voices: readonly Voice[]): Seat[] | undefined {
  if (seated.length + added.length > voices.length) return undefined

  const seats = seated.map((each) => ({ ...each }))
  for (const each of added) {
    const free = { ...each }
    seats.push(free)
    if (!findPerson(free, seats, voices, new Set())) return undefined
  }
  return seats
}

function findPerson(free: Seat, seats: Seat[], voices: readonly Voice[], asked: Set<string>): boolean {
  const able = voices.filter(
    ({ person, places }) => !asked.has(person) && free.places.some((place) => places.has(place)),
  )
  // Whoever sits nowhere first: nobody has to move then.
  const standing = able.find(({ person }) => seats.every((other) => other.person !== person))
  if (standing) {
    free.person = standing.person
    return true
  }
  for (const { person } of able) {
    if (asked.has(person)) continue
    asked.add(person)
    const taken = seats.find((other) => other.person === person)
    if (taken && !findPerson(taken, seats, voices, asked)) continue
    free.person = person
    return true
  }
  return false
}

function placeOf(places: readonly string[], voices: readonly Voice[], name: string): string {
  const voice = voices.find(({ person }) => person === name)!
  return places.find((place) => voice.places.has(place))!
}
