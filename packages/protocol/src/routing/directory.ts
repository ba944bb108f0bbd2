import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Policy } from '../schemas/policy.ts'
import type { NamedChannel, Team } from '../schemas/routing.ts'

/** Somebody whom the operator knows, and when they are away. */
export interface Member {
  id: string
  name?: string
  /** The responder ids that are theirs too. */
  addresses: readonly string[]
  out_of_office?: {
    /** The first instant at which they are away, in RFC 3339; absent: already. */
    from?: string
    /** The instant at which they are back; absent: it is not known. */
    until?: string
    /** The id of the person who stands in. */
    delegate: string
  }
}

/** What the operator has said about the people of a project and how they are reached. Its names exist, and its channels have neither names nor secrets in them any more. */
export interface Directory {
  people: readonly Member[]
  teams: readonly Team[]
  channels: readonly NamedChannel[]
  default_channel: ContactChannel
  /** `known`: only `people` may answer. */
  responders: 'any' | 'known'
  policies: readonly Policy[]
}

/** A project about which nothing is said. */
export const NO_DIRECTORY: Directory = {
  people: [],
  teams: [],
  channels: [],
  default_channel: { inbox: {} },
  responders: 'any',
  policies: [],
}

/** The person with this id, or with this address. */
export function findPerson({ people }: Pick<Directory, 'people'>, id: string): Member | undefined {
  return indexOf(people).get(normalised(id))
}

const indexes = new WeakMap<readonly Member[], Map<string, Member>>()

/** Everybody by id and by address, made once: with 1,000 people an answer took 6 ms to look them up one by one. */
function indexOf(people: readonly Member[]): Map<string, Member> {
  const known = indexes.get(people)
  if (known) return known

  const index = new Map(
    people.flatMap((person) =>
      [person.id, ...person.addresses].map((name) => [normalised(name), person] as const),
    ),
  )
  indexes.set(people, index)
  return index
}

/** The id of whoever stands in for a person now; undefined while they are not away. Delegates that are away have theirs. */
export function delegateOf(
  directory: Pick<Directory, 'people'>,
  person: Member,
  now: Date,
): string | undefined {
  let present = person
  // A directory has no cycle of delegates.
  while (isAway(present, now)) present = findPerson(directory, present.out_of_office!.delegate)!
  return present === person ? undefined : present.id
}

/** The ids of those for whom a person stands in now. */
export function absenteesOf(directory: Pick<Directory, 'people'>, id: string, now: Date): string[] {
  return directory.people
    .filter((person) => person.out_of_office && delegateOf(directory, person, now) === id)
    .map((person) => person.id)
}

function isAway({ out_of_office }: Member, now: Date): boolean {
  if (!out_of_office) return false
  const { from, until } = out_of_office
  const time = now.getTime()
  return (from === undefined || Date.parse(from) <= time) && (until === undefined || time < Date.parse(until))
}

/** The id as it is compared: neither the case of letters nor the way in which an accent is written tells e-mail addresses apart. */
export function normalised(id: string): string {
  return id.startsWith('email:') ? id.toLowerCase().normalize('NFC') : id
}
