import type { Scope } from '@countersign/protocol'
import { hashSecret, insertBearerKey } from './bearer-key.ts'
import { SettingError } from './settings.ts'
import type { Store } from './store/store.ts'

/** The project that exists from the beginning. */
export const DEFAULT_PROJECT = 'default'

export type FirstKeys = Partial<Record<Scope, string>>

const SCOPES: readonly Scope[] = ['agent', 'responder', 'admin']

/** The keys that the operator put into the environment, one for each scope at most. */
export function keysFromEnvironment(env: NodeJS.ProcessEnv): FirstKeys {
  const keys: FirstKeys = {}
  for (const scope of SCOPES) {
    const variable = `COUNTERSIGN_${scope.toUpperCase()}_KEY`
    const secret = env[variable]
    if (!secret) continue
    if (!/^[\x21-\x7e]+$/.test(secret))
      throw new SettingError(`${variable} may hold visible ASCII characters only.`)
    keys[scope] = secret
  }
  return keys
}

/**
 * Sees to it that the given keys work, and that an empty database gets one key for each scope. Returns the keys
 * that it made up itself: they are to be shown now, because they are stored only as hashes.
 */
export async function ensureFirstKeys(store: Store, given: FirstKeys): Promise<FirstKeys> {
  await store.insertProject({ project_id: DEFAULT_PROJECT, name: 'Default' })
  const isNew = (await store.listKeys(DEFAULT_PROJECT, { limit: 1 })).items.length === 0

  for (const [secret, scopes] of scopesBySecret(given)) {
    // One that is there already stays as it is, so that a revoked key does not come back to life.
    if (await store.findKeyByHash(hashSecret(secret))) continue
    await insertBearerKey(store, {
      project_id: DEFAULT_PROJECT,
      scopes,
      name: 'given at the start',
      secret,
    })
  }

  const made: FirstKeys = {}
  for (const scope of isNew ? SCOPES : []) {
    if (given[scope]) continue
    const { secret } = await insertBearerKey(store, {
      project_id: DEFAULT_PROJECT,
      scopes: [scope],
      name: `first ${scope} key`,
    })
    made[scope] = secret
  }
  return made
}

function scopesBySecret(given: FirstKeys): Map<string, Scope[]> {
  const scopes = new Map<string, Scope[]>()
  for (const [scope, secret] of Object.entries(given) as [Scope, string][])
    scopes.set(secret, [...(scopes.get(secret) ?? []), scope])
  return scopes
}
