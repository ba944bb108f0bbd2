import { callKinds, pathOf } from '../actors/call-kind.ts'
import { createIn, expectAll, idsAmong, listPath, readAll, readPage } from '../actors/list-reader.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'

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
    'list.filters',
    'a run that there cannot be has no calls, or is refused as a parameter',
    { variant: 'impossible', expect: 'accept' },
    async (context) => {
      const { agent } = context
      const run_id = context.id('run')
      for (const kind of callKinds) {
        await createIn(context, kind, run_id)

        for (const impossible of [
          `${run_id}\0`,
          '\0',
          `${run_id} `,
          '',
          'é',
          `${run_id}/`,
          'x'.repeat(1_000),
        ]) {
          const page = await agent.get(listPath(kind.collection, { run_id: impossible }))
          if (page.status !== 200) expectProblem(page, 400, 'invalid_parameter')
          else expectValue(page, '/items', [])
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

        for (const state of [
          ...foreign,
          'banana',
          'Pending',
          'PENDING',
          'pending,cancelled',
          ' pending',
          '',
          'pending\0',
          '\0',
        ])
          expectProblem(
            await agent.get(listPath(kind.collection, { state, limit: 1 })),
            400,
            'invalid_parameter',
          )
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
          for (const call_id of [shared, foreign])
            expectStatus(await other.tryCreate(kind, { run_id, call_id, spec }), 201)
          expectStatus(await agent.tryCreate(kind, { run_id, call_id: shared }), 201)
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
