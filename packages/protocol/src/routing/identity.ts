import type { Responder } from '../schemas/responder.ts'
import { mayDecide, placesOf, type Electorate } from '../transitions/voices.ts'
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

/** The responder as the record shows them: with those alone for whom their answer opens a leaf that they could not open themselves. */
export function recorded(status: Electorate, { on_behalf_of, ...responder }: Responder): Responder {
  if (!on_behalf_of) return responder
  const own = placesOf(status, responder, Number.POSITIVE_INFINITY)
  const needed = on_behalf_of.filter((name) =>
    [...placesOf(status, { ...responder, on_behalf_of: [name] }, Number.POSITIVE_INFINITY)].some(
      (place) => !own.has(place),
    ),
  )
  return needed.length > 0 ? { ...responder, on_behalf_of: needed } : responder
}
