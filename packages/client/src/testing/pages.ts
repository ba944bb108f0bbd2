import { invalidCursor, queryInteger, queryToken } from '@countersign/protocol'
import { accept, Refused } from './refused.ts'

/** Cuts lists into pages, and knows the cursors that it has given out. */
export class Pages {
  readonly #cursors = new Map<string, { list: string; before: number }>()
  readonly #most: number

  constructor(page_size: number) {
    this.#most = page_size
  }

  /** One page of `items`, which come newest first. `list` names the list and its filters. */
  cut<Item extends { position: number }>(
    query: URLSearchParams,
    list: string,
    items: readonly Item[],
  ): { items: Item[]; next_cursor: string | null } {
    const limit = Math.min(accept(queryInteger(query, 'limit', 1)) ?? DEFAULT_PAGE_SIZE, this.#most)
    const cursor = accept(queryToken(query, 'cursor'))
    const from = cursor === undefined ? undefined : this.#cursors.get(cursor)
    if (cursor !== undefined && from?.list !== list) throw new Refused(invalidCursor())

    const rest = items.filter(({ position }) => position < (from?.before ?? Number.POSITIVE_INFINITY))
    const page = rest.slice(0, limit)
    return { items: page, next_cursor: rest.length > limit ? this.#make(list, page.at(-1)!.position) : null }
  }

  forget(): void {
    this.#cursors.clear()
  }

  #make(list: string, before: number): string {
    // Nobody can guess one, so that a changed cursor is always an unknown one.
    const cursor = crypto.randomUUID()
    this.#cursors.set(cursor, { list, before })
    return cursor
  }
}

const DEFAULT_PAGE_SIZE = 50
