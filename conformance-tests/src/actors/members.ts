import type { Context } from '../context.ts'
import type { Actor } from './actor.ts'
import type { Person } from './people.ts'

/** People under these ids, whom the project may have configured, each with a key that is bound to them. */
export async function members(
  context: Context,
  ids: readonly string[],
  admin: Actor = context.actor('admin'),
): Promise<Person[]> {
  const made: Person[] = []
  for (const id of ids) {
    const { actor } = await admin.createKey({ scopes: ['responder'], responder_id: id })
    made.push({ id, actor })
  }
  return made
}

/** Somebody under this id. */
export async function member(context: Context, id: string, admin?: Actor): Promise<Person> {
  const [person] = await members(context, [id], admin)
  return person!
}

/** Only somebody with an id without a colon can have a key of their own. */
export function isPerson(id: string): boolean {
  return !/[:\s]/.test(id)
}
