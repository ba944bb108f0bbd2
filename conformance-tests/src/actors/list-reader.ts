import type { Context } from '../context.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { expectStatus, expectThat, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import type { Actor } from './actor.ts'
import type { CallKind } from './call-kind.ts'

export interface ListPage {
  readonly reply: Reply
  readonly items: readonly ListItem[]
  readonly next_cursor: string | null
}

// oxlint-disable-next-line typescript/no-explicit-any -- checks look into whatever came
export type ListItem = any

export type ListQuery = Readonly<Record<string, string | number>>

/** The path of a list with its query. */
export function listPath(collection: string, query: ListQuery = {}): string {
  const parts = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return parts.length === 0 ? collection : `${collection}?${parts.join('&')}`
}

/** One page of a list that has to be served; `served` is violated when it is not. */
export async function readPage(
  context: Context,
  actor: Actor,
  collection: string,
  query: ListQuery = {},
  served: RequirementId = 'list.complete',
): Promise<ListPage> {
  const reply = await context.step(served, async () => {
    const page = await actor.get(listPath(collection, query))
    expectStatus(page, 200)
    expectThat(Array.isArray(page.json?.items), 'the list of items', show(page.json?.items), { reply: page })
    return page
  })
  const next_cursor: unknown = reply.json.next_cursor
  await context.step('list.end', async () =>
    expectThat(
      next_cursor === null || typeof next_cursor === 'string',
      'a cursor or null as next_cursor',
      show(next_cursor),
      { reply, pointer: '/next_cursor' },
    ),
  )
  return { reply, items: reply.json.items as ListItem[], next_cursor: next_cursor as string | null }
}

/**
 * Follows `next_cursor` to the end and gives every item in the order in which it came. `between` runs after each page; it ends the
 * reading when it gives true.
 */
export async function readAll(
  context: Context,
  actor: Actor,
  collection: string,
  query: ListQuery = {},
  {
    between,
    served,
  }: { between?: (page: ListPage) => Promise<boolean | void> | boolean | void; served?: RequirementId } = {},
): Promise<{ items: ListItem[]; last: ListPage }> {
  const items: ListItem[] = []
  const seen = new Set<string>()
  for (let cursor: string | undefined; ;) {
    const page = await readPage(
      context,
      actor,
      collection,
      cursor === undefined ? query : { ...query, cursor },
      served,
    )
    items.push(...page.items)
    const isEnough = (await between?.(page)) === true
    if (page.next_cursor === null || isEnough) return { items, last: page }

    cursor = page.next_cursor
    const comesBack = seen.has(cursor) || seen.size > MOST_PAGES
    await context.step('list.end', async () =>
      expectThat(!comesBack, 'a last page with next_cursor null', `page ${seen.size + 1} leads on`, {
        reply: page.reply,
      }),
    )
    seen.add(cursor)
  }
}

const MOST_PAGES = 5_000

/** The ids among these items that are expected, in the order in which they came. */
export function idsAmong(items: readonly ListItem[], expected: Iterable<string>): string[] {
  const wanted = new Set(expected)
  return items.map((item) => item?.call_id as string).filter((call_id) => wanted.has(call_id))
}

/** Creates a call of a run. */
export async function createIn(context: Context, kind: CallKind, run_id: string): Promise<string> {
  const call_id = context.id(context.nextName())
  await context.agent.create(kind, { run_id, call_id })
  return call_id
}

/** Does something many times, without flooding the server. */
export async function inBatches<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  while (results.length < count)
    results.push(
      ...(await Promise.all(Array.from({ length: Math.min(20, count - results.length) }, () => act()))),
    )
  return results
}

/** Every one of these calls stands in the list exactly once. */
export function expectEachOnce(expected: readonly string[], items: readonly unknown[], last: ListPage): void {
  expectNoneTwice(expected, items, last)
  const found = new Set(idsAmong(items, expected))
  const missing = expected.filter((id) => !found.has(id))
  expectThat(missing.length === 0, `each of ${expected.length} calls`, `all but ${show(missing)}`, last)
}

export function expectNoneTwice(
  expected: readonly string[],
  items: readonly unknown[],
  last: ListPage,
): void {
  const found = idsAmong(items, expected)
  const twice = found.filter((id, index) => found.indexOf(id) !== index)
  expectThat(twice.length === 0, 'each call once', `twice: ${show(twice)}`, last)
}

/** Where calls are missing, the list is not complete, whatever else it keeps. */
export async function expectAll(
  context: Context,
  found: number,
  expected: number,
  last: ListPage,
): Promise<void> {
  await context.step('list.complete', async () =>
    expectThat(found === expected, `${expected} calls in the list`, `${found}`, last),
  )
}
