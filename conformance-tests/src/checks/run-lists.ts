import { isDeepStrictEqual } from 'node:util'
import { functionCalls } from '../actors/call-kind.ts'
import { inBatches, listPath, readAll, readPage, type ListQuery } from '../actors/list-reader.ts'
import { createRun } from '../actors/runs.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectThat, show } from '../expectations.ts'
import { claims } from '../subject.ts'

const RUNS = '/v1/runs'

/** The list of runs, and the runs of one tree. */
export const runListChecks: readonly Check[] = [
  check(
    'run.list',
    'every run is listed once, newest first, while others are made',
    { expect: 'accept', after: ['run.created'] },
    async (context) => {
      for (const limit of [2, 50]) {
        const ids = Array.from({ length: 7 }, (_, n) => context.id(`run-${limit}-${n}`))
        for (const run_id of ids) await createRun(context, { run_id })
        const wanted = new Set(ids)
        const found: string[] = []

        await readAll(
          context,
          context.agent,
          RUNS,
          { limit },
          {
            served: 'run.list',
            async between({ items }) {
              found.push(...runIds(items).filter((id) => wanted.has(id)))
              if (found.length < ids.length)
                await createRun(context, { run_id: context.id(context.nextName()) })
              // What comes after the oldest of them has been there before.
              return runIds(items).includes(ids[0]!)
            },
          },
        )

        expectThat(isDeepStrictEqual(found, ids.toReversed()), show(ids.toReversed()), show(found))
      }
    },
  ),

  check(
    'run.list-tree',
    'the runs of a tree are listed, of whatever run, and no others',
    { expect: 'accept', after: ['run.created', 'run.parent', 'run.list'] },
    async (context) => {
      const [root, one, two, leaf, other, below] = ['root', 'one', 'two', 'leaf', 'other', 'below'].map(
        (name) => context.id(name),
      ) as [string, string, string, string, string, string]
      // Put together from below, so that every run is there before its parent.
      await createRun(context, { run_id: leaf, parent_run_id: one })
      await createRun(context, { run_id: one, parent_run_id: root })
      await createRun(context, { run_id: two, parent_run_id: root })
      await createRun(context, { run_id: below, parent_run_id: other })

      for (const [tree_of, expected] of [
        [root, [root, one, two, leaf]],
        [one, [one, leaf]],
        [leaf, [leaf]],
        [other, [other, below]],
        [context.id('nobodys'), []],
      ] as const)
        for (const limit of [1, 50]) {
          const { items, last } = await readAll(
            context,
            context.responder,
            RUNS,
            { tree_of, limit },
            {
              served: 'run.list',
            },
          )
          expectThat(
            isDeepStrictEqual(runIds(items).toSorted(), [...expected].toSorted()),
            `the runs ${show(expected)}`,
            show(runIds(items)),
            last,
          )
        }
    },
  ),

  check(
    'run.list-pages',
    'the list of runs keeps to the rules of lists',
    {
      expect: 'reject',
      needs: { claims: ['lists'] },
      after: ['run.created', 'run.parent', 'run.list', 'list.limit'],
    },
    async (context) => {
      const { agent } = context
      const root = context.id('root')
      await inBatches(4, () =>
        createRun(context, { run_id: context.id(context.nextName()), parent_run_id: root }),
      )
      const most = context.limits.page_size ?? Infinity
      for (const limit of [1, 3, 100_000]) {
        const allowed = Math.min(limit, most)
        const served = allowed < limit ? 'run.list-pages' : 'run.list'
        const { items, reply } = await readPage(context, agent, RUNS, { tree_of: root, limit }, served)
        expectThat(items.length <= allowed, `${allowed} runs at the most`, `${items.length}`, { reply })
      }
      for (const limit of ['0', '-1', '1.5', 'abc', ''])
        expectProblem(await agent.get(listPath(RUNS, { limit })), 400, 'invalid_parameter')
      expectProblem(await agent.get(`${RUNS}?tree_of=${root}&tree_of=${root}`), 400, 'invalid_parameter')

      const cursor = await cursorOf(context, { tree_of: root })
      for (const path of [
        listPath(RUNS, { limit: 1, cursor }),
        listPath(RUNS, { tree_of: context.id('other'), limit: 1, cursor }),
        listPath(RUNS, { tree_of: root, limit: 1, cursor: `${cursor}x` }),
        listPath(RUNS, { tree_of: root, limit: 1, cursor: cursor.slice(1) }),
        listPath(functionCalls.collection, { limit: 1, cursor }),
      ])
        expectProblem(await agent.get(path), 400, 'invalid_cursor')
      // The true one still leads on.
      await readPage(context, agent, RUNS, { tree_of: root, limit: 1, cursor }, 'run.list')
      if (!context.subject.keys.has('other') || !claims(context.subject, 'lists')) return
      const foreign = await context.actor('other').get(listPath(RUNS, { tree_of: root, limit: 1, cursor }))
      expectProblem(foreign, 400, 'invalid_cursor')
    },
  ),
]

async function cursorOf(context: Context, query: ListQuery): Promise<string> {
  const { next_cursor, reply } = await readPage(
    context,
    context.agent,
    RUNS,
    { ...query, limit: 1 },
    'run.list',
  )
  expectThat(next_cursor !== null, 'a cursor to the next page', 'none', { reply, pointer: '/next_cursor' })
  return next_cursor
}

function runIds(items: readonly { run_id?: string }[]): string[] {
  return items.map((item) => String(item?.run_id))
}
