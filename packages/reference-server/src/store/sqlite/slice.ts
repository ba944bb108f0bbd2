import type { Page, Slice } from '../store.ts'

/** The rows of one page; there has to be one row more than asked for, which tells whether further items follow. */
export function sliceOf<Item extends { spec: string; status: string }>(
  rows: Iterable<Item & { seq: number }>,
  page: Page,
): Slice<Omit<Item, 'seq'>> {
  const slice: Slice<Omit<Item, 'seq'>> = { items: [], more: false }
  let characters = 0
  for (const { seq, ...item } of rows) {
    slice.more =
      slice.items.length === page.limit || characters > (page.max_characters ?? Number.POSITIVE_INFINITY)
    if (slice.more) break
    slice.items.push({ position: seq, item })
    characters += item.spec.length + item.status.length
  }
  return slice
}
