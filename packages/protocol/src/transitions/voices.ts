import type { ContactRecord } from '../schemas/call.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Responder } from '../schemas/responder.ts'
import type { Voice } from './assignment.ts'
import { leavesOf, type Leaf } from './leaves.ts'

// Who may decide, and for which leaves an answer counts. All of it follows from the status and the time of the answer.

/** The part of a status that says who may decide. */
export interface Electorate {
  channel: ContactChannel
  requested_at: string
  requested_by: string
  exclude_responder_ids?: string[]
  contacts?: ContactRecord[]
}

interface Given {
  responder: Responder
  responded_at: string
}

/** Whether an answer by this responder counts for anything, now or when every leaf has joined. */
export function mayDecide(status: Electorate, responder: Responder): boolean {
  return placesOf(status, responder, Number.POSITIVE_INFINITY).size > 0
}

/** The places of the leaves for which an answer by this responder counts at that time. */
export function placesOf(status: Electorate, responder: Responder, time: number): Set<string> {
  const excluded = new Set(status.exclude_responder_ids)
  if (namesOf(responder).some((name) => excluded.has(name))) return new Set()

  const names = [responder.id, ...(responder.on_behalf_of ?? []).filter((name) => !excluded.has(name))]
  const leaves = leavesOf(status.channel).filter(
    (leaf) =>
      joinsAt(status, leaf) <= time &&
      isOpenTo(leaf, responder, names) &&
      !(leaf.is_shared && isOwnKey(status, responder)),
  )
  return new Set(leaves.map(({ place }) => place))
}

/**
 * Everybody who has answered, each once, with every leaf for which one of their answers counts. What somebody said and what others said for
 * them is one voice, and so is whatever one of these others said besides.
 */
export function voicesOf(status: Electorate, answers: readonly Given[]): Voice[] {
  const voices: { people: string[]; places: Set<string> }[] = []
  for (const { responder, responded_at } of answers) {
    const people = peopleOf(responder)
    const same = voices.filter((voice) => voice.people.some((person) => people.includes(person)))
    const counted = placesOf(status, responder, Date.parse(responded_at))
    const voice = {
      people: [...same.flatMap((each) => each.people), ...people],
      places: new Set([...same.flatMap((each) => [...each.places]), ...counted]),
    }
    for (const each of same) voices.splice(voices.indexOf(each), 1)
    voices.push(voice)
  }
  return voices.map(({ people, places }) => ({ person: people[0]!, places }))
}

/** Whether two answers are by or for the same person, so that they count as one. */
export function isSameVoice(one: Responder, other: Responder): boolean {
  const people = peopleOf(other)
  return peopleOf(one).some((person) => people.includes(person))
}

/** By whom and for whom it is. A key or an address is the same person before and after the project knows whose it is. */
export function peopleOf(responder: Responder): string[] {
  return [personOf(responder.id), ...namesOf(responder), ...(responder.on_behalf_of ?? [])]
}

/** Whose answer it is. Nobody knows who holds a key that is bound to nobody, so that all of them are one person. */
export function personOf(id: string): string {
  return id.startsWith('key:') ? 'key:' : id
}

function namesOf({ id, asserted_by }: Responder): string[] {
  return asserted_by === undefined ? [id] : [id, asserted_by]
}

function joinsAt({ contacts = [], requested_at }: Electorate, leaf: Leaf): number {
  // A contact may have joined before its time; a call that was kept without contacts joins by its tree.
  const contact = contacts.find(({ place }) => place === leaf.place)
  return contact ? Date.parse(contact.joins_at) : Date.parse(requested_at) + leaf.after_seconds * 1000
}

/** A leaf takes whom it lists; one that lists nobody takes what came through it, or with a key of the responder scope. */
function isOpenTo({ kind, allowed_responder_ids }: Leaf, responder: Responder, names: string[]): boolean {
  if (allowed_responder_ids) return names.some((name) => allowed_responder_ids.includes(name))
  return responder.channel === 'api' || responder.channel === kind
}

function isOwnKey({ requested_by }: Electorate, { id, asserted_by }: Responder): boolean {
  return requested_by === id || requested_by === asserted_by
}
