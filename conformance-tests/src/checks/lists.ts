import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { idsAmong, listPath, readAll, readPage } from '../actors/list-reader.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectThat, expectValue, show } from '../expectations.ts'

export const listChecks: readonly Check[] = [
  check(
    'list.newest-first',
    'calls are listed by their creation, newest first, whatever became of them and however large the pages are',
    { expect: 'accept', after: ['list.complete', 'list.filters'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        // Calls of one generation are created at the same time; the next one begins when they are acknowledged.
        const generations: string[][] = []
        for (const size of [1, 1, 4, 1, 4, 1])
          generations.push(
            await Promise.all(Array.from({ length: size }, () => createIn(context, kind, run_id))),
          )
        await responder.respond(kind, generations[0]![0]!)
        await agent.cancel(kind, generations[2]![1]!)
        await agent.tryCreate(kind, { run_id, call_id: generations[1]![0]! })

        for (const query of [{ run_id }, { run_id, limit: 1 }, { run_id, limit: 3 }]) {
          const { items, last } = await readAll(context, agent, kind.collection, query)

          const order = idsAmong(items, generations.flat()).map((id) =>
            generations.findIndex((ids) => ids.includes(id)),
          )
          await expectAll(context, order.length, 12, last)
          expectThat(
            order.every((generation, index) => index === 0 || generation <= order[index - 1]!),
            'every call before those that were created earlier',
            `calls of the generations ${order.join(', ')}`,
            last,
          )
        }
      }
    },
  ),

  check(
    'list.filters',
    'only calls of the run and in the state that the query names are listed, and those are',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const [one, other] = [context.id('run-one'), context.id('run-other')]
        const calls = await Promise.all(
          [one, other].flatMap((run_id) =>
            ['pending', 'cancelled', kind.answeredState].map(async (state) => {
              const call_id = await createIn(context, kind, run_id)
              if (state === 'cancelled') await agent.cancel(kind, call_id)
              if (state === kind.answeredState) await responder.respond(kind, call_id)
              return { run_id, state, call_id }
            }),
          ),
        )

        for (const run_id of [one, other, undefined])
          for (const state of ['pending', 'cancelled', kind.answeredState, undefined]) {
            if (run_id === undefined && state === undefined) continue
            const query = { ...(run_id && { run_id }), ...(state && { state }) }
            const { items, last } = await readAll(context, agent, kind.collection, query, {
              // Without a run the list is as long as the project is old.
              between: () => run_id === undefined,
            })

            for (const [index, { run_id: run, status }] of items.entries()) {
              if (run_id !== undefined)
                expectThat(run === run_id, `only calls of ${show(run_id)}`, show(run), last)
              if (state !== undefined)
                expectThat(
                  status?.state === state,
                  `only calls that are ${state}`,
                  `${show(status?.state)} at ${index}`,
                  last,
                )
            }
            if (run_id === undefined) continue
            const expected = calls.filter(
              (call) => call.run_id === run_id && (state === undefined || call.state === state),
            )
            const found = idsAmong(
              items,
              expected.map(({ call_id }) => call_id),
            )
            expectThat(
              found.length === expected.length,
              `${expected.length} calls for ${show(query)}`,
              `${found.length}`,
              last,
            )
          }
      }
    },
  ),

  check(
    'list.filters',
    'the filter by run takes the id as it is: no pattern, no beginning, no other case',
    { variant: 'exact', expect: 'accept' },
    async (context) => {
      const { agent } = context
      const base = context.id('r')
      const runs = [`${base}_1`, `${base}x1`, `${base}_`, `${base}_11`, `${base}_1:a`, `${base}_1:A`]
      for (const kind of callKinds) {
        await Promise.all(runs.map((run_id) => createIn(context, kind, run_id)))

        for (const run_id of runs) {
          const { items, last } = await readAll(context, agent, kind.collection, { run_id })

          const found = items.map((item) => item?.run_id as unknown)
          expectThat(
            found.length === 1 && found[0] === run_id,
            `the one call of ${show(run_id)}`,
            show(found),
            last,
          )
        }
      }
    },
  ),

  check(
    'list.unknown-state',
    'a state that no call of the kind can have is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        for (const state of ['pending', ...kind.terminalStates.filter((one) => one !== 'expired')])
          await readPage(context, agent, kind.collection, { state, limit: 1 })
        const foreign = callKinds
          .flatMap(({ terminalStates }) => terminalStates)
          .filter((state) => !kind.terminalStates.includes(state))

        for (const state of [...foreign, 'banana', 'Pending', 'PENDING', 'pending,cancelled', ' pending', ''])
          expectProblem(
            await agent.get(listPath(kind.collection, { state, limit: 1 })),
            400,
            'invalid_parameter',
          )
      }
    },
  ),

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
      for (const kind of callKinds)
        for (const limit of [1, 2, 3, 7]) {
          const run_id = context.id(`run-${limit}`)
          // All at the same time, so that several have the same instant.
          const existing = await Promise.all(Array.from({ length: 9 }, () => createIn(context, kind, run_id)))
          const pending = [...existing]
          const seen: unknown[] = []

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
                await Promise.all([
                  createIn(context, kind, run_id),
                  createIn(context, kind, run_id),
                  first && responder.respond(kind, first),
                  second && agent.cancel(kind, second),
                ])
              },
            },
          )

          expectEachOnce(existing, items, last)
        }
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
    'each call is seen once while writers never pause',
    { variant: 'racing', expect: 'accept', lane: 'race', after: ['list.filters'] },
    async (context) => {
      const { agent } = context
      const kind = functionCalls
      const run_id = context.id('run')
      const existing = await inBatches(24, () => createIn(context, kind, run_id))
      let isRead = false
      const writers = Promise.all(
        Array.from({ length: 4 }, async () => {
          for (let n = 0; n < 100 && !isRead; n++) await createIn(context, kind, run_id)
        }),
      )

      const readers = Promise.all(
        [1, 2, 5].map((limit) => {
          const seen: unknown[] = []
          const between = (page: Last) => {
            seen.push(...page.items)
            expectNoneTwice(existing, seen, page)
          }
          return readAll(context, agent, kind.collection, { run_id, limit }, { between })
        }),
      ).finally(() => {
        isRead = true
      })
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

  check(
    'list.own-project',
    'calls of another project are not listed',
    { expect: 'reject', needs: { keys: ['other'] } },
    async (context) => {
      const { agent } = context
      const other = context.actor('other')
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const spec = { metadata: { project: 'other' } }
        const [shared, foreign] = [context.id('shared'), context.id('foreign')]
        await context.step('project.ids-independent', async () => {
          for (const call_id of [shared, foreign]) await other.create(kind, { run_id, call_id, spec })
          await agent.create(kind, { run_id, call_id: shared })
        })

        for (const query of [{ run_id }, { run_id, state: 'pending' }, { run_id, limit: 1 }]) {
          const { items, last } = await readAll(context, agent, kind.collection, query)
          expectThat(
            items.every((item) => item?.call_id === shared && item.spec?.metadata === undefined),
            'only calls of the own project',
            show(items.map((item) => item?.call_id as unknown)),
            last,
          )
          await expectAll(context, items.length, 1, last)

          const theirs = await readAll(context, other, kind.collection, query)
          expectThat(
            theirs.items.every((item) => item?.spec?.metadata?.project === 'other'),
            'only calls of the own project',
            show(theirs.items.map((item) => item?.call_id as unknown)),
            theirs.last,
          )
          await expectAll(context, theirs.items.length, 2, theirs.last)
        }
        const newest = await readPage(context, agent, kind.collection)
        expectThat(
          newest.items.every((item) => item?.call_id !== foreign),
          'only calls of the own project',
          `${pathOf(kind, foreign)} of the other one`,
          newest,
        )
      }
    },
  ),
]

async function createIn(context: Context, kind: CallKind, run_id: string): Promise<string> {
  const call_id = context.id(context.nextName())
  await context.agent.create(kind, { run_id, call_id })
  return call_id
}

async function inBatches<T>(count: number, act: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  while (results.length < count)
    results.push(
      ...(await Promise.all(Array.from({ length: Math.min(20, count - results.length) }, () => act()))),
    )
  return results
}

type Last = Awaited<ReturnType<typeof readAll>>['last']

/** Every one of these calls stands in the list exactly once. */
function expectEachOnce(expected: readonly string[], items: readonly unknown[], last: Last): void {
  expectNoneTwice(expected, items, last)
  const found = new Set(idsAmong(items, expected))
  const missing = expected.filter((id) => !found.has(id))
  expectThat(missing.length === 0, `each of ${expected.length} calls`, `all but ${show(missing)}`, last)
}

function expectNoneTwice(expected: readonly string[], items: readonly unknown[], last: Last): void {
  const found = idsAmong(items, expected)
  const twice = found.filter((id, index) => found.indexOf(id) !== index)
  expectThat(twice.length === 0, 'each call once', `twice: ${show(twice)}`, last)
}

/** Where calls are missing, the list is not complete, whatever else it keeps. */
async function expectAll(context: Context, found: number, expected: number, last: Last): Promise<void> {
  await context.step('list.complete', async () =>
    expectThat(found === expected, `${expected} calls in the list`, `${found}`, last),
  )
}
