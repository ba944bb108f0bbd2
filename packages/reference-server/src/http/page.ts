import type { Limits } from '@countersign/protocol'
import { queryInteger, queryToken, stringify } from '@countersign/protocol'
import type { Page, Slice } from '../store/store.ts'
import type { Cursors } from './cursor.ts'
import type { Exchange, Reply } from './exchange.ts'
import { accept } from './problem.ts'

/** One page of a list: `{ items, next_cursor }`. `list` names the list and its filters. */
export async function pageReply<Item>(
  exchange: Exchange,
  { cursors, limits, list }: { cursors: Cursors; limits: Required<Limits>; list: string },
  read: (page: Page) => Promise<Slice<Item>>,
  render: (item: Item) => string = stringify,
): Promise<Reply> {
  const sealed = `${exchange.principal.project_id}\n${list}`
  const limit = Math.min(
    accept(queryInteger(exchange.query, 'limit', 1)) ?? DEFAULT_PAGE_SIZE,
    limits.page_size,
  )
  const cursor = accept(queryToken(exchange.query, 'cursor'))
  const before = cursor === undefined ? undefined : cursors.positionIn(sealed, cursor)

  const { items, more } = await read({
    limit,
    max_characters: MOST_CHARACTERS,
    ...(before !== undefined && { before }),
  })
  const next = more ? cursors.make(sealed, items.at(-1)!.position) : null
  const body = `{"items":[${items.map(({ item }) => render(item)).join(',')}],"next_cursor":${JSON.stringify(next)}}`
  return { status: 200, body }
}

const DEFAULT_PAGE_SIZE = 50
const MOST_CHARACTERS = 8 * 2 ** 20
