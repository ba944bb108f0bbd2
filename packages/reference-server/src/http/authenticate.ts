import { timingSafeEqual } from 'node:crypto'
import type { Scope } from '@countersign/protocol'
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

  const secret = /^Bearer +(\S+) *$/i.exec(authorization[0] ?? '')?.[1]
  if (secret === undefined || authorization.length > 1)
    throw unauthenticated('Send one header `Authorization: Bearer` with a key of the project.')

  const secret_hash = hashSecret(secret)
  const key = await store.findKeyByHash(secret_hash)
  if (!key || !timingSafeEqual(key.secret_hash, secret_hash))
    throw unauthenticated('This key is not known here.')
  if (key.revoked_at !== null) throw unauthenticated('This key was revoked.')

  if (!scopes.some((scope) => key.scopes.includes(scope)))
    throw new Problem(
      'insufficient_scope',
      `This needs the scope ${scopes.join(' or ')}; the key has ${key.scopes.join(' and ')}.`,
    )
  return key
}

/** Who asks where no key is needed. */
export const NOBODY: Principal = { project_id: '', key_id: '', scopes: [], responder_id: null }

export function unauthenticated(detail: string): Problem {
  return new Problem('unauthenticated', detail, {
    headers: { 'www-authenticate': 'Bearer realm="countersign"' },
  })
}
