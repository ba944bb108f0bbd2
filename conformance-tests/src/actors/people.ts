import type { Context } from '../context.ts'
import type { Actor } from './actor.ts'

/** What judging several people takes: a key for each of them. */
export const PEOPLE = { keys: ['admin'], claims: ['scopes'] } as const

/** Somebody who answers with a key of their own. */
export interface Person {
  readonly id: string
  readonly actor: Actor
}

/** People of this check, each with a key that is bound to them. */
export async function people<const Name extends string>(
  context: Context,
  ...names: readonly Name[]
): Promise<Record<Name, Person>> {
  const admin = context.actor('admin')
  const made: [string, Person][] = []
  for (const name of names) {
    const id = context.id(name)
    const { actor } = await admin.createKey({ scopes: ['responder'], responder_id: id })
    made.push([name, { id, actor }])
  }
  return Object.fromEntries(made) as Record<Name, Person>
}

/** A leaf through which only these people may decide. */
export function leafFor(...listed: readonly Person[]): { inbox: { allowed_responder_ids: string[] } } {
  return { inbox: { allowed_responder_ids: listed.map(({ id }) => id) } }
}
