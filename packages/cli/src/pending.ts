import type { Countersign } from '@countersign/client'
import type { AnyCall } from './call-summary.ts'

/** Everything that waits for an answer now, the oldest first. */
export async function listPending(countersign: Countersign, signal?: AbortSignal): Promise<AnyCall[]> {
  const options = signal ? { signal } : {}
  const [functions, contacts] = await Promise.all([
    countersign.functionCalls.list({ state: 'pending', limit: 100 }, options),
    countersign.humanContacts.list({ state: 'pending', limit: 100 }, options),
  ])
  const calls: AnyCall[] = [
    ...functions.items.map((call) => ({ kind: 'function_call' as const, call })),
    ...contacts.items.map((call) => ({ kind: 'human_contact' as const, call })),
  ]
  return calls.toSorted((one, other) =>
    one.call.status.requested_at < other.call.status.requested_at ? -1 : 1,
  )
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_found'
}
