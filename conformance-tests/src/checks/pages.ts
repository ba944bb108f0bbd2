import { callKinds, functionCalls } from '../actors/call-kind.ts'
import {
  createIn,
  expectAll,
  expectEachOnce,
  expectNoneTwice,
  idsAmong,
  inBatches,
  listPath,
  readAll,
  readPage,
  type ListPage,
} from '../actors/list-reader.ts'
import { withEach } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectThat, expectValue } from '../expectations.ts'

export const pageChecks: readonly Check[] = [
  check(
    'list.limit',
    'no page holds more items than the limit of the query, or than the limit of the server',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      const { page_size } = context.limits
      // A larger page than this would take long to fill.
      const size = page_size !== undefined && page_size <= 250 ? page_size + 2 : 6
      for (const kind of callKinds) {
        const run_id = context.id('run')
        await inBatches(size, () => createIn(context, kind, run_id))

        for (const limit of [1, 2, 5, size + 1, 100_000, '99999999999999999999', undefined]) {
          const query = limit === undefined ? { run_id } : { run_id, limit }
          const most = Math.min(Number(limit ?? Infinity), page_size ?? Infinity)
          const { items, last } = await readAll(context, agent, kind.collection, query, {
            served: most < Number(limit ?? 0) ? 'list.limit' : 'list.complete',
            between({ items: page, reply }) {
              expectThat(page.length <= most, `${most} items at the most`, `${page.length} items`, { reply })
              return limit === 1 || limit === 2
            },
          })
          if (most > 2) await expectAll(context, items.length, size, last)
        }
      }
    },
  ),

  check(
    'list.limit-malformed',
    'a limit that is no whole number from 1 up is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        await readPage(context, agent, kind.collection, { limit: 1 })

        for (const limit of ['0', '-1', '1.5', 'abc', '', '5x', 'NaN', 'Infinity', '1,2', '0x10', 'null'])
          expectProblem(await agent.get(listPath(kind.collection, { limit })), 400, 'invalid_parameter')
      }
    },
  ),

  check(
    'list.complete',
    'whoever follows next_cursor sees each call once while others are created and answered',
    { expect: 'accept', after: ['list.filters'] },
    async (context) => {
      const { agent, responder } = context
      await withEach(
        callKinds.flatMap((kind) => [1, 2, 3, 7].map((limit) => ({ kind, limit }))),
        async ({ kind, limit }) => {
          const run_id = context.id(`run-${kind.answeredState}-${limit}`)
          // All at the same time, so that several have the same instant.
          const existing = await Promise.all(Array.from({ length: 9 }, () => createIn(context, kind, run_id)))
          const pending = [...existing]
          const seen: unknown[] = []
          let pages = 0

          const { items, last } = await readAll(
            context,
            agent,
            kind.collection,
            { run_id, limit },
            {
              async between(page) {
                // A list that pushes calls onto the next page may never end.
                seen.push(...page.items)
                expectNoneTwice(existing, seen, page)
                const [first, second] = [pending.shift(), pending.pop()]
                const more = pages++ < 8 ? Math.min(limit, 2) : 0
                await Promise.all([
                  ...Array.from({ length: more }, () => createIn(context, kind, run_id)),
                  first && responder.respond(kind, first),
                  second && agent.cancel(kind, second),
                ])
              },
            },
          )

          expectEachOnce(existing, items, last)
        },
      )
    },
  ),

  check(
    'list.complete',
    'a list that is longer than a page is complete, with every filter and with none',
    { variant: 'long', expect: 'accept', after: ['list.filters'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        // Longer than a page, and not much longer where pages are small.
        const size = Math.min(context.limits.page_size ?? 100, 100) + 10
        const pending = await inBatches(size, () => createIn(context, kind, run_id))
        const cancelled = await inBatches(9, () => createIn(context, kind, run_id))
        await Promise.all(cancelled.map((call_id) => agent.cancel(kind, call_id)))

        for (const [query, expected] of [
          [{ run_id }, [...pending, ...cancelled]],
          [{ run_id, limit: 10 }, [...pending, ...cancelled]],
          [{ run_id, limit: 11, state: 'pending' }, pending],
          [{ run_id, limit: 3, state: 'cancelled' }, cancelled],
        ] as const) {
          const { items, last } = await readAll(context, agent, kind.collection, query)
          expectEachOnce(expected, items, last)
        }

        let found = 0
        const { items, last } = await readAll(
          context,
          agent,
          kind.collection,
          { state: 'cancelled' },
          {
            // Newest first, so that there is no need to go on to the beginning of the project.
            between: ({ items: page }) => {
              found += idsAmong(page, cancelled).length
              return found >= cancelled.length
            },
          },
        )
        expectEachOnce(cancelled, items, last)
      }
    },
  ),

  check(
    'list.complete',
    'calls are listed whatever their size, and whoever asks for more of them goes on where they were',
    { variant: 'large', expect: 'accept', after: ['list.filters'] },
    async (context) => {
      const { agent } = context
      const kind = functionCalls
      const run_id = context.id('run')
      // Together more than any server wants to send at once, each well within the smallest limit of a body.
      const kwargs = { text: 'x'.repeat(50_000) }
      const calls = await inBatches(30, async () => {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { run_id, call_id, spec: { kwargs } })
        return call_id
      })

      for (const limits of [
        [30, 30],
        [2, 30],
        [7, 1],
      ]) {
        const [first, further] = limits as [number, number]
        const page = await readPage(context, agent, kind.collection, { run_id, limit: first })
        const items = [...page.items]
        let last = page
        while (last.next_cursor !== null && items.length <= calls.length) {
          const query = { run_id, limit: further, cursor: last.next_cursor }
          last = await readPage(context, agent, kind.collection, query)
          items.push(...last.items)
        }
        expectEachOnce(calls, items, last)
      }
    },
  ),

  check(
    'list.complete',
    'each call is seen once while writers never pause',
    { variant: 'racing', expect: 'accept', lane: 'race', after: ['list.filters'] },
    async (context) => {
      const { agent } = context
      const kind = functionCalls
      const run_id = context.id('run')
      const existing = await inBatches(24, () => createIn(context, kind, run_id))
      const reading = new AbortController()
      const writers = Promise.all(
        Array.from({ length: 4 }, async () => {
          for (let n = 0; n < 100 && !reading.signal.aborted; n++) await createIn(context, kind, run_id)
        }),
      )

      const readers = Promise.all(
        [1, 2, 5].map((limit) => {
          const seen: unknown[] = []
          const between = (page: ListPage) => {
            seen.push(...page.items)
            expectNoneTwice(existing, seen, page)
          }
          return readAll(context, agent, kind.collection, { run_id, limit }, { between })
        }),
      ).finally(() => reading.abort())
      const [lists] = await Promise.all([readers, writers])

      for (const { items, last } of lists) expectEachOnce(existing, items, last)
    },
  ),

  check(
    'list.end',
    'the last page says so with null, an empty one too',
    { expect: 'accept', after: ['list.filters'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const ids = [1, 2, 3, 4].map((n) => context.id(`n${n}`))
        for (const call_id of ids) await agent.create(kind, { run_id, call_id })

        for (const query of [
          { run_id },
          { run_id, limit: 1 },
          { run_id, limit: 2 },
          { run_id, limit: 4 },
          { run_id: context.id('of-nothing') },
          { run_id, state: 'cancelled' },
        ]) {
          const { items, last } = await readAll(context, agent, kind.collection, query)

          expectValue(last.reply, '/next_cursor', null)
          if (query.run_id === run_id && !('state' in query))
            await expectAll(context, idsAmong(items, ids).length, ids.length, last)
        }
      }
    },
  ),
]
