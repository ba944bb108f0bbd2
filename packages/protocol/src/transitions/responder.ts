import type { Responder } from '../schemas/responder.ts'

/** How a key stands in statuses and events. */
export function principalOf({ key_id }: { key_id: string }): string {
  return `key:${key_id}`
}

/** Who answers with a key: the person to whom the operator has bound it, for whom the key vouches, or the key itself. */
export function responderOf(key: { key_id: string; responder_id: string | null }): Responder {
  const name = principalOf(key)
  return {
    id: key.responder_id ?? name,
    channel: 'api',
    assurance: 'session',
    ...(key.responder_id !== null && { asserted_by: name }),
  }
}
