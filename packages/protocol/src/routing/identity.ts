import type { Responder } from '../schemas/responder.ts'
import { leavesOf } from '../transitions/leaves.ts'
import { mayDecide, peopleOf, placesOf, type Electorate } from '../transitions/voices.ts'
import { absenteesOf, findPerson, type Directory } from './directory.ts'

/** Who answers, as the project knows them: the person with that address, with their name, and those for whom they stand in now. */
export function identified(responder: Responder, directory: Directory, now: Date): Responder {
  const person = findPerson(directory, responder.id)
  if (!person) return responder

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
  const listed = leavesOf(status.channel).flatMap(({ allowed_responder_ids = [] }) => allowed_responder_ids)
  const absent = listed.find(
    (name) =>
      on_behalf_of.includes(name) && !answered.includes(name) && opens({ ...self, on_behalf_of: [name] }),
  )
  return absent === undefined ? self : { ...self, on_behalf_of: [absent] }
}
