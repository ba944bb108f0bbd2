import { ConnectionError, type Countersign } from '@countersign/client'
import type { AnyCall } from './call-summary.ts'

/** Everything that waits for an answer now, the oldest first. */
export async function listPending(
  { functionCalls, humanContacts }: Countersign,
  signal?: AbortSignal,
): Promise<AnyCall[]> {
  const options = signal ? { signal } : {}
  const [functions, contacts] = await Promise.all([
    everyItem((cursor) => functionCalls.list({ state: 'pending', limit: 100, ...cursor }, options)),
    everyItem((cursor) => humanContacts.list({ state: 'pending', limit: 100, ...cursor }, options)),
  ])
  const calls: AnyCall[] = [
    ...functions.map((call) => ({ kind: 'function_call' as const, call })),
    ...contacts.map((call) => ({ kind: 'human_contact' as const, call })),
  ]
  return calls.toSorted((one, other) =>
    one.call.status.requested_at < other.call.status.requested_at ? -1 : 1,
  )
}

/** The same, or undefined while the server is out of reach or the signal has ended it, and why in words. */
export async function listOrSay(
  countersign: Countersign,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<AnyCall[] | undefined> {
  try {
    return await listPending(countersign, signal)
  } catch (error) {
    if (signal.aborted) return undefined
    if (!(error instanceof ConnectionError)) throw error
    say(`${error.message}; trying again until it does.`)
    return undefined
  }
}

async function everyItem<Item>(
  readPage: (cursor: { cursor?: string }) => Promise<{ items: Item[]; next_cursor: string | null }>,
): Promise<Item[]> {
  const items: Item[] = []
  let cursor: string | null = null
  do {
    const page = await readPage(cursor === null ? {} : { cursor })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return items
}

export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'not_found'
}
