import { bearerSecret, insufficientScope, unauthenticated, type Scope } from '@countersign/protocol'
import { Refused } from './refused.ts'

/** A key that the handlers take. */
export interface TestKey {
  /** What stands behind `Bearer`. */
  secret: string
  /** How the key stands in `requested_by`. Default: the secret. */
  key_id?: string
  /** Default: `agent` and `responder`. */
  scopes?: Scope[]
  /** The person to whom the key is bound. Default: nobody. */
  responder_id?: string
  /** Projects see nothing of each other. Default: `default`. */
  project_id?: string
}

/** Who sent a request, as its key says. */
export interface Principal {
  project_id: string
  key_id: string
  scopes: readonly Scope[]
  responder_id: string | null
}

/** The keys of handlers for which the test names none. */
export const DEFAULT_KEYS: readonly TestKey[] = [
  { secret: 'agent-key', key_id: 'agent', scopes: ['agent'] },
  { secret: 'responder-key', key_id: 'responder', scopes: ['responder'] },
]

/** The keys by their secrets. */
export class Keys {
  readonly #bySecret: Map<string, Principal>

  constructor(keys: readonly TestKey[]) {
    this.#bySecret = new Map(
      keys.map(({ secret, key_id = secret, scopes, responder_id, project_id = 'default' }) => [
        secret,
        { project_id, key_id, scopes: scopes ?? ['agent', 'responder'], responder_id: responder_id ?? null },
      ]),
    )
  }

  firstWith(scope: Scope): { secret: string; principal: Principal } | undefined {
    const found = [...this.#bySecret].find(([, { scopes }]) => scopes.includes(scope))
    return found && { secret: found[0], principal: found[1] }
  }

  /** The owner of the key in this header, who has to have one of the scopes. */
  authenticate(authorization: string | null, scopes: readonly Scope[]): Principal {
    const secret = bearerSecret(authorization)
    if (secret === undefined)
      throw new Refused(unauthenticated('Send one header `Authorization: Bearer` with a key of the test.'))
    const principal = this.#bySecret.get(secret)
    if (!principal) throw new Refused(unauthenticated('The test has given these handlers no such key.'))

    const refusal = insufficientScope(scopes, principal.scopes)
    if (refusal) throw new Refused(refusal)
    return principal
  }
}
