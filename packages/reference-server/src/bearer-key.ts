import { createHash, randomBytes } from 'node:crypto'
import type { Key, Scope } from '@countersign/protocol'
import type { Store } from './store/store.ts'

/** What a new key is made from. */
export interface KeyWish {
  project_id: string
  scopes: Scope[]
  name?: string
  /** The person to whom the key is bound. */
  responder_id?: string
  /** A secret of the operator's own. Default: 256 random bits. */
  secret?: string
}

/** Makes a key, stores its hash, and gives the secret back: this is the only time that it is seen. */
export async function insertBearerKey(store: Store, wish: KeyWish): Promise<{ key: Key; secret: string }> {
  const secret = wish.secret ?? newSecret()
  const key = await store.insertKey({
    key_id: `key_${randomBytes(9).toString('hex')}`,
    project_id: wish.project_id,
    secret_hash: hashSecret(secret),
    scopes: wish.scopes,
    name: wish.name ?? null,
    responder_id: wish.responder_id ?? null,
  })
  return { key, secret }
}

/** A secret that we make has 256 random bits, so a plain hash is enough: there is nothing to guess. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

export function newSecret(): string {
  return `cs_${randomBytes(32).toString('base64url')}`
}
