import type { Responder } from '../schemas/responder.ts'
import { leavesOf } from '../transitions/leaves.ts'
import { mayDecide, peopleOf, placesOf, type Electorate } from '../transitions/voices.ts'
import { absenteesOf, findPerson, normalised, type Directory } from './directory.ts'

/** Who answers, as the project knows them: the person with that address, with their name, and those for whom they stand in now. */
export function identified(responder: Responder, directory: Directory, now: Date): Responder {
  const person = findPerson(directory, responder.id)
  if (!person) return { ...responder, id: normalised(responder.id) }

  const { id, name } = person
  const on_behalf_of = absenteesOf(directory, id, now)
  return {
    ...responder,
    id,
    ...(name !== undefined && { name }),
    // What an address vouches for is named, as a key is.
    ...(id !== responder.id && responder.asserted_by === undefined && { asserted_by: responder.id }),
    ...(on_behalf_of.length > 0 && { on_behalf_of }),
  }
}

/** Whether an answer by this responder may count for the call, now or when every leaf has joined. */
export function mayAnswer(
  status: Electorate,
  responder: Responder,
  directory: Directory,
  now: Date,
): boolean {
  const known = identified(responder, directory, now)
  return isTaken(known, directory) && mayDecide(status, known)
}

/** Whether the project takes answers of them at all. */
export function isTaken({ id }: Responder, directory: Directory): boolean {
  return directory.responders === 'any' || findPerson(directory, id) !== undefined
}

/**
 * The responder of an answer to this call now: as themselves where they may decide so, or else for one person for whom they stand in, the first
 * whom a leaf lists and for whom nobody else has answered.
 */
export function answering(
  status: Electorate & { responses: readonly { responder: Responder }[] },
  responder: Responder,
  directory: Directory,
  now: Date,
): Responder {
  const { on_behalf_of = [], ...self } = identified(responder, directory, now)
  const opens = (as: Responder) => placesOf(status, as, now.getTime()).size > 0
  if (on_behalf_of.length === 0 || opens(self)) return self

  const answered = status.responses
    .filter((given) => given.responder.id !== self.id)
    .flatMap((given) => peopleOf(given.responder))
  const left = on_behalf_of.filter((name) => !answered.includes(name))
  for (const { place, allowed_responder_ids = [] } of leavesOf(status.channel)) {
    const standingIn = allowed_responder_ids
      .filter((name) => left.includes(name))
      .map((name) => ({ ...self, on_behalf_of: [name] }))
      .find((as) => placesOf(status, as, now.getTime()).has(place))
    if (standingIn) return standingIn
  }
  return self
}

/**
 * The status as an answer is judged by it: everybody who has answered, and everybody who may not, under the names that they have now. So
 * nobody counts twice, and nobody may answer after all, because the operator has written down since that two names are one person's.
 */
export function recognised<
  S extends Pick<Electorate, 'exclude_responder_ids'> & { responses: { responder: Responder }[] },
>(status: S, directory: Directory): S {
  if (directory.people.length === 0) return status
  const nameOf = (id: string) => findPerson(directory, id)?.id ?? id
  const { responses, exclude_responder_ids } = status
  return {
    ...status,
    responses: responses.map((given) => ({
      ...given,
      responder: { ...given.responder, id: nameOf(given.responder.id) },
    })),
    ...(exclude_responder_ids && {
      exclude_responder_ids: exclude_responder_ids.flatMap((id) => [id, nameOf(id)]),
    }),
  }
}
