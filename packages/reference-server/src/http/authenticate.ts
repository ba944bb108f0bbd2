import { timingSafeEqual } from 'node:crypto'
import { bearerSecret, insufficientScope, unauthenticated, type Scope } from '@countersign/protocol'
import { hashSecret } from '../bearer-key.ts'
import type { Store } from '../store/store.ts'
import type { Principal } from './exchange.ts'
import { Problem } from './problem.ts'

/**
 * Finds the key of a request, which has to exist, to be alive and to have one of the scopes. Several headers are
 * refused, because what stands in front of the server may have looked at another one.
 */
export async function authenticate(
  store: Store,
  authorization: readonly string[],
  scopes: readonly Scope[] | 'none',
): Promise<Principal> {
  if (scopes === 'none') return NOBODY

  const secret = bearerSecret(authorization[0])
  if (secret === undefined || authorization.length > 1)
    throw Problem.from(unauthenticated('Send one header `Authorization: Bearer` with a key of the project.'))

  const secret_hash = hashSecret(secret)
  const key = await store.findKeyByHash(secret_hash)
  if (!key || !timingSafeEqual(key.secret_hash, secret_hash))
    throw Problem.from(unauthenticated('This key is not known here.'))
  if (key.revoked_at !== null) throw Problem.from(unauthenticated('This key was revoked.'))

  const refusal = insufficientScope(scopes, key.scopes)
  if (refusal) throw Problem.from(refusal)
  return key
}

/** Who asks where no key is needed. */
export const NOBODY: Principal = { project_id: '', key_id: '', scopes: [], responder_id: null }
