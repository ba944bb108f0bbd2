import { describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { ConfigurationError } from '../src/errors.ts'
import type { Budget, FunctionCall, Run } from '../src/schemas.ts'
import { aFunctionCall, fakeFetch, json, problem, type Seen } from './fake-server.ts'

const USD = (cost: string) => ({ cost, currency: 'USD' })
const yes = { state: 'approved', approved: true, comment: '' }
const no = { state: 'denied', approved: false, comment: 'That is enough.' }

/** A server with these runs, which keeps the calls and decides each as it comes. */
function serverWith(runs: Run[], decision: Partial<FunctionCall['status']> = yes) {
  const asked: any[] = []
  const { fetch, requests } = fakeFetch(({ method, path, body }: Seen) => {
    if (path === '/v1/function_calls') {
      const run = runs.find(({ run_id }) => run_id === body.run_id)!
      const known = run.items.find(({ id }) => id === body.call_id)
      const state = known?.state ?? decision.state!
      if (!known) {
        asked.push(body)
        run.items.push({ kind: 'function_call', id: body.call_id, created_at: '', state })
      }
      return json(aFunctionCall(state === 'approved' ? yes : { ...no, state }, body))
    }
    const run = runs.find(({ run_id }) => path === `/v1/runs/${run_id}` || body?.run_id === run_id)
    if (method === 'POST' && run) run.parent_run_id ??= body.parent_run_id
    return run ? json(run) : problem('not_found', 404)
  })
  const connect = (options: object = {}) =>
    new Countersign({ baseUrl: 'https://server.example', apiKey: 'sk_1', runId: 'run_1', fetch, ...options })
  return { connect, asked, requests }
}

function aRun(spent: string, budget: Budget | null = USD('10'), rest: Partial<Run> = {}): Run {
  const costs = spent === '0' ? [] : [USD(spent)]
  return {
    run_id: 'run_1',
    parent_run_id: null,
    created_at: '2026-01-01T00:00:00Z',
    usage: { input_tokens: 0, output_tokens: 0, costs },
    budget,
    children: [],
    items: [],
    ...rest,
  }
}

const step = () => vi.fn(async ({ n }: { n: number }) => `did ${n}`)

describe('a function within a budget', () => {
  test.each([
    ['0', '10'],
    ['9.9', '0.1'],
    ['9.999999999999', '0.000000000001'],
  ])('runs without a question when %s of 10 is spent and it costs at most %s', async (spent, cost) => {
    const { connect, asked } = serverWith([aRun(spent)])

    expect(await connect().withinBudget(step(), { atMost: USD(cost) })({ n: 1 })).toBe('did 1')
    expect(asked).toEqual([])
  })

  test('asks a person before the budget would be exceeded, and runs once that is allowed', async () => {
    const { connect, asked } = serverWith([aRun('9.9')])
    const run = step()

    const result = await connect().withinBudget(run, { atMost: ({ n }) => USD(`0.${n}`) })({ n: 2 })

    expect(result).toBe('did 2')
    expect(asked).toMatchObject([
      {
        run_id: 'run_1',
        call_id: 'run_1:budget:2',
        spec: {
          fn: 'raise_budget',
          kwargs: { run_id: 'run_1', currency: 'USD', budget: '10', raise_to: '20' },
        },
      },
    ])
  })

  test.each(['denied', 'expired', 'cancelled', 'in_a_state_of_a_later_version'])(
    'does not run when the question ends as %s, and is not asked again in other words',
    async (state) => {
      const { connect, asked } = serverWith([aRun('9.9')], { state })
      const run = step()

      for (const cost of ['0.2', '0.3', '500'])
        expect(await connect().withinBudget(run, { atMost: USD(cost) })({ n: 1 })).toContain(
          'Nothing was run, because it could cost more than the run run_1 may spend.',
        )
      expect(run).not.toHaveBeenCalled()
      expect(asked).toHaveLength(1)

      await connect().withinBudget(run, { atMost: USD('0.2'), series: 'tuesday' })({ n: 1 })
      expect(asked[1]).toMatchObject({ call_id: 'run_1:tuesday:2' })
    },
  )

  test('finds what was allowed again after a restart, also a higher limit than it needs', async () => {
    const { connect, asked } = serverWith([aRun('9')])

    await connect().withinBudget(step(), { atMost: USD('15') })({ n: 1 })
    await connect().withinBudget(step(), { atMost: USD('2') })({ n: 1 })

    expect(asked.map(({ call_id }) => call_id)).toEqual(['run_1:budget:3'])
  })

  test('raises by what it is told, in steps that do not depend on what is asked for', async () => {
    const { connect, asked } = serverWith([aRun('9', USD('0'))])

    await connect().withinBudget(step(), { atMost: USD('0.6'), raiseBy: '2.5' })({ n: 1 })
    await expect(connect().withinBudget(step(), { atMost: USD('1') })({ n: 1 })).rejects.toThrow('raiseBy')

    expect(asked[0]).toMatchObject({ call_id: 'run_1:budget:5', spec: { kwargs: { raise_to: '10' } } })
  })

  test('counts the steps that are on their way', async () => {
    const { connect, asked } = serverWith([aRun('0')])
    const release = Promise.withResolvers<void>()
    const guarded = connect().withinBudget(
      async () => {
        await release.promise
      },
      { atMost: USD('6') },
    )

    const first = guarded({})
    const second = guarded({})
    await vi.waitFor(() => expect(asked).toHaveLength(1))
    release.resolve()
    await Promise.all([first, second])
    await guarded({})

    expect(asked.map(({ call_id }) => call_id)).toEqual(['run_1:budget:2'])
  })

  test('is bound by the budgets of the runs above, which its own run joins first', async () => {
    const [child, parent] = [aRun('0', null), aRun('4.5', USD('5'), { run_id: 'run_0' })]
    const { connect, asked } = serverWith([child, parent])

    await connect({ parentRunId: 'run_0' }).withinBudget(step(), { atMost: USD('1') })({ n: 1 })

    expect(child.parent_run_id).toBe('run_0')
    expect(asked).toMatchObject([{ run_id: 'run_0', call_id: 'run_0:budget:2' }])
  })

  test('does not run without a budget, nor with one in another currency', async () => {
    const run = step()
    for (const runs of [[], [aRun('0', null)], [aRun('0', { cost: '10', currency: 'EUR' })]])
      await expect(
        serverWith(runs)
          .connect()
          .withinBudget(run, { atMost: USD('1') })({ n: 1 }),
      ).rejects.toBeInstanceOf(ConfigurationError)
    expect(run).not.toHaveBeenCalled()
  })

  test('refuses amounts that are none', async () => {
    const { connect } = serverWith([aRun('0')])
    for (const cost of ['-1', '1e3', '', 'NaN', 0.25 as unknown as string])
      await expect(
        connect().withinBudget(step(), { atMost: { cost, currency: 'USD' } })({ n: 1 }),
      ).rejects.toBeInstanceOf(TypeError)
  })

  test('has ids that fit however long the id of the run is', async () => {
    const run_id = 'r'.repeat(128)
    const { connect, asked } = serverWith([aRun('9.9', USD('10'), { run_id })])

    await connect({ runId: run_id }).withinBudget(step(), { atMost: USD('1') })({ n: 1 })

    expect(asked[0].call_id).toMatch(/^budget:[0-9a-f]{64}:2$/)
  })
})
