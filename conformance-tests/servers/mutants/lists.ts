import type { Mutant } from '../mutation.ts'

const CURSOR = 'reference-server/src/http/cursor.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const PAGE = 'reference-server/src/http/page.ts'
const QUERY = 'protocol/src/http/query.ts'
const SLICE = 'reference-server/src/store/sqlite/slice.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'

export const listMutants: readonly Mutant[] = [
  {
    id: 'calls-that-are-over-come-first',
    requirement: 'list.newest-first',
    title: 'On each page the calls that are over stand before those that are pending.',
    patches: [
      {
        file: PAGE,
        find: 'items.map(({ item }) => render(item)).join',
        replace:
          'items.map(({ item }) => render(item)).toSorted((one, other) => Number(/"completed_at":"/.test(other)) - Number(/"completed_at":"/.test(one))).join',
      },
    ],
  },
  {
    id: 'items-of-a-page-are-oldest-first',
    requirement: 'list.newest-first',
    title: 'The pages of calls come newest first, and the items of each page oldest first.',
    patches: [
      {
        file: PAGE,
        find: 'items.map(({ item }) => render(item)).join',
        replace: "(list === 'keys' ? items : items.toReversed()).map(({ item }) => render(item)).join",
      },
    ],
  },
  {
    id: 'second-filter-is-forgotten',
    requirement: 'list.filters',
    title: 'With a run and a state, only the run filters.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '...(state !== undefined && { state }) }',
        replace: '...(state !== undefined && run_id === undefined && { state }) }',
      },
    ],
  },
  {
    id: 'run-is-a-pattern',
    requirement: 'list.filters',
    title:
      'The run of the query is taken as a pattern, so that `_` stands for any character and case does not count.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'conditions.push(`${column} = ?`)',
        replace: "conditions.push(`${column} ${column === 'run_id' ? 'like' : '='} ?`)",
      },
    ],
  },
  {
    id: 'unknown-state-finds-nothing',
    requirement: 'list.unknown-state',
    title: 'A state that does not exist gives an empty list.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "queryOneOf(exchange.query, 'state', kind.states)",
        replace: "queryText(exchange.query, 'state')",
      },
    ],
  },
  {
    id: 'states-of-both-kinds-are-taken',
    requirement: 'list.unknown-state',
    title: 'A list takes the states of the other kind too.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "queryOneOf(exchange.query, 'state', kind.states)",
        replace: "queryOneOf(exchange.query, 'state', [...kind.states, 'answered', 'approved', 'denied'])",
      },
    ],
  },
  {
    id: 'limits-above-the-page-size-are-refused',
    requirement: 'list.limit',
    title: 'A limit above that of the server is refused.',
    patches: [
      {
        file: 'protocol/src/http/query.ts',
        find: '  return { ok: true, value: Number(text.value) }',
        replace: `  if (name === 'limit' && Number(text.value) > 100) return invalid(name, 'Too many.')
  return { ok: true, value: Number(text.value) }`,
      },
    ],
  },
  {
    id: 'page-has-one-item-more',
    requirement: 'list.limit',
    title: 'A page holds the item that was read only to see whether there are more.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'return sliceOf(rows, page)',
        replace: 'return sliceOf(rows, { ...page, limit: page.limit + 1 })',
      },
      {
        file: SQLITE_CALLS,
        find: '.iterate(...values, page.limit + 1)',
        replace: '.iterate(...values, page.limit + 2)',
      },
    ],
  },
  {
    id: 'page-size-is-not-kept',
    requirement: 'list.limit',
    title: 'A limit beyond the one of the server is taken as it is.',
    patches: [
      {
        file: PAGE,
        find: '    limits.page_size,\n',
        replace: '    1e9 + limits.page_size,\n',
      },
    ],
  },
  {
    id: 'limit-of-zero-is-the-default',
    requirement: 'list.limit-malformed',
    title: 'A limit of 0 is taken for none.',
    patches: [
      {
        file: PAGE,
        find: "accept(queryInteger(exchange.query, 'limit', 1)) ?? DEFAULT_PAGE_SIZE",
        replace: "accept(queryInteger(exchange.query, 'limit', 0)) || DEFAULT_PAGE_SIZE",
      },
    ],
  },
  {
    id: 'limit-is-read-leniently',
    requirement: 'list.limit-malformed',
    title: 'A limit such as 5x is read as far as it is a number.',
    patches: [
      {
        file: QUERY,
        find: 'if (!/^\\d+$/.test(text.value) || Number(text.value) < minimum)',
        replace:
          "if (!(name === 'limit' ? /^\\d+x?$/ : /^\\d+$/).test(text.value) || parseInt(text.value, 10) < minimum)",
      },
      { file: QUERY, find: 'value: Number(text.value) }', replace: 'value: parseInt(text.value, 10) }' },
    ],
  },
  {
    id: 'pages-are-counted-from-the-top',
    requirement: 'list.complete',
    title: 'A cursor counts the items before it, so that new calls push old ones onto the next page again.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: "const conditions = ['project_id = ?', 'seq < ?']",
        replace: "const conditions = ['project_id = ?', '? >= 0']",
      },
      { file: SQLITE_CALLS, find: 'page.before ?? Number.MAX_SAFE_INTEGER', replace: 'page.before ?? 0' },
      {
        file: SQLITE_CALLS,
        find: 'order by seq desc limit ?`',
        replace: 'order by seq desc limit ? offset ${page.before ?? 0}`',
      },
      {
        file: SQLITE_CALLS,
        find: 'return sliceOf(rows, page)',
        replace: `const slice = sliceOf(rows, page)
      const items = slice.items.map(({ item }, index) => ({ item, position: (page.before ?? 0) + index + 1 }))
      return { ...slice, items }`,
      },
    ],
  },
  {
    id: 'calls-of-one-instant-are-skipped',
    requirement: 'list.complete',
    title:
      'A page begins after the instant of the last call, so that others of the same instant are left out.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: "const conditions = ['project_id = ?', 'seq < ?']",
        replace:
          "const conditions = ['project_id = ?', `json_extract(status, '$.requested_at') < coalesce((select json_extract(status, '$.requested_at') from ${this.#table} where seq = ?), 'Z')`]",
      },
    ],
  },
  {
    id: 'large-pages-end-the-list',
    requirement: 'list.complete',
    title: 'A page that is cut because its calls are large is the last one.',
    patches: [
      {
        file: SLICE,
        find: '    if (slice.more) break',
        replace:
          '    if (slice.more && slice.items.length < page.limit) { slice.more = false; break }\n    if (slice.more) break',
      },
      { file: SLICE, find: 'page.max_characters ?? Number.POSITIVE_INFINITY', replace: '1_000_000' },
    ],
  },
  {
    id: 'cursors-are-bound-to-their-limit',
    requirement: 'list.complete',
    title: 'A cursor is refused when another limit comes with it.',
    patches: [
      {
        file: 'reference-server/src/http/page.ts',
        find: 'const sealed = `${exchange.principal.project_id}\\n${list}`',
        replace:
          "const sealed = `${exchange.principal.project_id}\\n${list}\\n${exchange.query.get('limit')}`",
      },
    ],
  },
  {
    id: 'full-last-page-loses-its-cursor',
    requirement: 'list.complete',
    title: 'The page before the last has no cursor when exactly one call is left.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: '.iterate(...values, page.limit + 1)',
        replace: '.iterate(...values, page.limit + 2)',
      },
      {
        file: SQLITE_CALLS,
        find: 'return sliceOf(rows, page)',
        replace: `const all = [...rows]
      const slice = sliceOf(all, page)
      return { ...slice, more: slice.items.length < page.limit ? slice.more : all.length > page.limit + 1 }`,
      },
    ],
  },
  {
    id: 'last-page-has-no-next-cursor',
    requirement: 'list.end',
    title: 'The last page leaves `next_cursor` out.',
    patches: [
      {
        file: PAGE,
        find: ',"next_cursor":${JSON.stringify(next)}}`',
        replace: '${next === null ? "" : `,"next_cursor":${JSON.stringify(next)}`}}`',
      },
    ],
    roots: ['http.answer-shape'],
  },
  {
    id: 'last-page-leads-to-itself',
    requirement: 'list.end',
    title: 'The last page has a cursor, which leads to it again.',
    patches: [
      {
        file: PAGE,
        find: 'const next = more ? cursors.make(sealed, items.at(-1)!.position) : null',
        replace: 'const next = more ? cursors.make(sealed, items.at(-1)!.position) : (cursor ?? null)',
      },
    ],
  },
  {
    id: 'nul-in-a-cursor-is-malformed',
    requirement: 'list.cursor-tampered',
    title: 'A cursor with U+0000 is a wrong parameter, and no wrong cursor.',
    patches: [
      {
        file: 'protocol/src/http/query.ts',
        find: '  return { ok: true, value: values[0] }',
        replace:
          "  return name === 'cursor' && values[0]?.includes('\\0') ? invalid(name, 'No.') : { ok: true, value: values[0] }",
      },
    ],
  },
  {
    id: 'cursor-is-not-of-its-filters',
    requirement: 'list.cursor-tampered',
    title: 'A cursor works under other filters.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '`${kind.name}\\n${JSON.stringify([run_id, state])}`',
        replace: 'kind.name',
      },
    ],
  },
  {
    id: 'cursor-is-not-of-its-state',
    requirement: 'list.cursor-tampered',
    title: 'A cursor works under another state.',
    patches: [
      { file: HTTP_CALLS, find: 'JSON.stringify([run_id, state])', replace: 'JSON.stringify([run_id])' },
    ],
  },
  {
    id: 'cursor-is-not-of-its-project',
    requirement: 'list.cursor-tampered',
    title: 'A cursor of another project works.',
    patches: [{ file: PAGE, find: '`${exchange.principal.project_id}\\n${list}`', replace: 'list' }],
  },
  {
    id: 'cursor-is-not-of-its-kind',
    requirement: 'list.cursor-tampered',
    title: 'A cursor of the function calls works for the human contacts.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '`${kind.name}\\n${JSON.stringify([run_id, state])}`',
        replace: 'JSON.stringify([run_id, state])',
      },
    ],
  },
  {
    id: 'spelling-of-a-cursor-does-not-count',
    requirement: 'list.cursor-tampered',
    title: 'A cursor whose spare bits, padding or alphabet were changed is taken.',
    patches: [{ file: CURSOR, find: "      bytes.toString('base64url') === cursor &&\n", replace: '' }],
  },
  {
    id: 'end-of-a-seal-is-not-compared',
    requirement: 'list.cursor-tampered',
    title: 'The last byte of the seal of a cursor is not compared.',
    patches: [
      {
        file: CURSOR,
        find: 'timingSafeEqual(bytes.subarray(0, SEAL_BYTES), this.#seal(list, position))',
        replace: 'timingSafeEqual(bytes.subarray(0, 15), this.#seal(list, position).subarray(0, 15))',
      },
    ],
  },
  {
    id: 'spoilt-cursor-begins-again',
    requirement: 'list.cursor-tampered',
    title: 'An empty cursor is taken for none.',
    patches: [
      {
        file: PAGE,
        find: "const cursor = accept(queryToken(exchange.query, 'cursor'))",
        replace: "const cursor = accept(queryToken(exchange.query, 'cursor')) || undefined",
      },
    ],
  },
  {
    id: 'list-shows-all-projects',
    requirement: 'list.own-project',
    title: 'With a run in the query, calls of every project are listed.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: "const conditions = ['project_id = ?', 'seq < ?']",
        replace:
          "const conditions = [filter.run_id === undefined ? 'project_id = ?' : 'project_id <> ?', 'seq < ?']",
      },
      {
        file: SQLITE_CALLS,
        find: '[project_id, page.before ?? Number.MAX_SAFE_INTEGER]',
        replace: "[filter.run_id === undefined ? project_id : '', page.before ?? Number.MAX_SAFE_INTEGER]",
      },
    ],
  },
  {
    id: 'nul-in-a-filter-is-an-internal-error',
    requirement: 'list.filters',
    title: 'A filter by a run with U+0000 in its name is answered with 500, as a database says no to it.',
    patches: [
      {
        file: QUERY,
        find: '  return text.ok && text.value',
        replace: `  if (name === 'run_id' && text.ok && text.value?.includes('\\0')) throw new Error('invalid byte sequence for encoding "UTF8": 0x00')
  return text.ok && text.value`,
      },
    ],
  },
  {
    id: 'nul-in-a-state-is-an-internal-error',
    requirement: 'list.unknown-state',
    title: 'A state with U+0000 in the query is answered with 500.',
    patches: [
      {
        file: QUERY,
        find: '  return text.ok && text.value',
        replace: `  if (name === 'state' && text.ok && text.value?.includes('\\0')) throw new Error('invalid byte sequence for encoding "UTF8": 0x00')
  return text.ok && text.value`,
      },
    ],
  },
]
