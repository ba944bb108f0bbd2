import { createRun, readRun, reportUsage, runPath, usageBody } from '../actors/runs.ts'
import { inBatches, readAll, readPage } from '../actors/list-reader.ts'
import { withEach } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectPlace, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isInstant } from '../instant.ts'
import type { Reply } from '../reply.ts'

/** What runs consume, the sums, and the budgets. */
export const usageChecks: readonly Check[] = [
  check(
    'usage.reported',
    'a report is answered with 201 and shown as it was sent',
    { expect: 'accept' },
    async (context) => {
      const run_id = context.id('run')
      for (const more of [
        { input_tokens: 12, output_tokens: 3 },
        { cost: '0.0100', currency: 'USD' },
        { model: '', cost: '007', currency: 'JPY' },
      ]) {
        const body = usageBody(context, more)
        const reply = await context.agent.post(runPath(run_id, 'usage'), body)

        expectStatus(reply, 201)
        for (const [name, value] of Object.entries({ ...body, run_id })) expectValue(reply, `/${name}`, value)
        const at: unknown = reply.json?.reported_at
        expectThat(isInstant(at), 'the time at which it came', show(at), { reply, pointer: '/reported_at' })
      }
    },
  ),

  check(
    'usage.repeat',
    'the same report again is the one that was counted',
    { expect: 'accept', after: ['usage.reported', 'run.exists', 'usage.totals'] },
    async (context) => {
      const run_id = context.id('run')
      const body = usageBody(context, { input_tokens: 5, output_tokens: 7, cost: '0.10', currency: 'USD' })
      const path = runPath(run_id, 'usage')
      const first = await context.agent.post(path, body)
      const reversed = Object.fromEntries(Object.entries(body).toReversed())

      for (const again of [body, reversed]) {
        const repeated = await context.agent.post(path, again)
        expectStatus(repeated, 200)
        for (const name of ['run_id', 'usage_id', 'input_tokens', 'cost', 'reported_at'])
          expectValue(repeated, `/${name}`, first.json?.[name])
      }
      expectTotals(await readRun(context, run_id), 5, 7, [{ cost: '0.1', currency: 'USD' }])
      // The id is unique within its run alone.
      expectStatus(await context.agent.post(runPath(context.id('other'), 'usage'), body), 201)
    },
  ),

  check(
    'usage.id-conflict',
    'another report under the same id is refused and not counted',
    { expect: 'reject', after: ['usage.reported', 'run.exists', 'usage.totals'] },
    async (context) => {
      const run_id = context.id('run')
      const body = usageBody(context, { input_tokens: 5, cost: '0.1', currency: 'USD' })
      expectStatus(await context.agent.post(runPath(run_id, 'usage'), body), 201)

      const { cost: _, currency: __, ...without } = body
      for (const other of [
        { ...body, model: 'small-1' },
        { ...body, input_tokens: 6 },
        { ...body, output_tokens: 1 },
        { ...body, cost: '0.2' },
        { ...body, currency: 'EUR' },
        without,
      ])
        expectProblem(await context.agent.post(runPath(run_id, 'usage'), other), 409, 'usage_id_conflict')

      expectTotals(await readRun(context, run_id), 5, 0, [{ cost: '0.1', currency: 'USD' }])
    },
  ),

  check(
    'usage.concurrent',
    'of reports that come at the same time each is counted once',
    {
      expect: 'accept',
      lane: 'race',
      after: ['usage.reported', 'run.exists', 'run.created', 'usage.totals'],
    },
    async (context) => {
      const [root, child] = [context.id('root'), context.id('child')]
      await createRun(context, { run_id: child, parent_run_id: root })
      const bodies = Array.from({ length: 20 }, (_, n) =>
        usageBody(context, { input_tokens: 1 << n, cost: '0.1', currency: 'USD' }),
      )

      const replies = await Promise.all(
        bodies.flatMap((body) => [1, 2, 3].map(() => context.agent.post(runPath(child, 'usage'), body))),
      )

      for (const reply of replies) expectStatus(reply, 200, 201)
      const created = replies.filter(({ status }) => status === 201).length
      expectThat(created === 20, '20 answers with 201', `${created}`)
      for (const run_id of [root, child])
        expectTotals(await readRun(context, run_id), 2 ** 20 - 1, 0, [{ cost: '2', currency: 'USD' }])
    },
  ),

  check(
    'usage.totals',
    'a run shows the sums of its own reports and of those of the runs below it, whenever the tree was put together',
    { expect: 'accept', after: ['usage.reported', 'run.exists', 'run.created', 'run.parent'] },
    async (context) => {
      const [root, child, leaf] = ['root', 'child', 'leaf'].map((name) => context.id(name)) as [
        string,
        string,
        string,
      ]
      const none = await createRun(context, { run_id: root })
      expectTotals(none, 0, 0, [])
      await reportUsage(context, leaf, { input_tokens: 1, cost: '1', currency: 'USD' })
      await createRun(context, { run_id: leaf, parent_run_id: child })
      await reportUsage(context, child, { output_tokens: 10, cost: '3', currency: 'JPY' })
      await createRun(context, { run_id: child, parent_run_id: root })
      await reportUsage(context, leaf, { input_tokens: 100, cost: '2', currency: 'USD' })
      await reportUsage(context, root, { output_tokens: 1_000, cost: '5', currency: 'EUR' })
      await reportUsage(context, root, { input_tokens: 10_000 })

      const [EUR, JPY, USD] = [
        { cost: '5', currency: 'EUR' },
        { cost: '3', currency: 'JPY' },
        { cost: '3', currency: 'USD' },
      ] as const
      expectTotals(await readRun(context, leaf), 101, 0, [USD])
      expectTotals(await readRun(context, child), 101, 10, [JPY, USD])
      expectTotals(await readRun(context, root), 10_101, 1_010, [EUR, JPY, USD])
      await expectListed(context, root, leaf)
    },
  ),

  check(
    'usage.totals',
    'sums of tokens stay exact when they are large',
    { variant: 'large', expect: 'accept', after: ['usage.reported', 'run.exists', 'usage.counts'] },
    async (context) => {
      const run_id = context.id('run')
      // Beyond 32 bits, signed and unsigned, and each sum another one.
      for (let n = 0; n < 5; n++)
        await reportUsage(context, run_id, { input_tokens: 1_000_000_000 - n, output_tokens: 999_999_937 })
      expectTotals(await readRun(context, run_id), 4_999_999_990, 4_999_999_685, [])
    },
  ),

  check(
    'usage.totals',
    'a report counts in every run above its own, however many there are',
    {
      variant: 'levels',
      expect: 'accept',
      after: ['usage.reported', 'run.exists', 'run.created', 'run.parent', 'run.depth'],
    },
    async (context) => {
      const levels = Math.min(context.limits.run_depth ?? 1, MOST_LEVELS)
      const ids = Array.from({ length: levels }, (_, n) => context.id(`level-${n}`))
      for (const [n, run_id] of ids.entries())
        await createRun(context, { run_id, ...(n > 0 && { parent_run_id: ids[n - 1]! }) })

      await reportUsage(context, ids.at(-1)!, { input_tokens: 3, cost: '2', currency: 'USD' })

      await withEach(ids, async (run_id) =>
        expectTotals(await readRun(context, run_id), 3, 0, [{ cost: '2', currency: 'USD' }]),
      )
    },
  ),

  check(
    'usage.exact',
    'costs add up to the last digit, and a total has no needless zeros',
    { expect: 'accept', after: ['usage.reported', 'run.exists'] },
    async (context) => {
      for (const [costs, total] of [
        [['0.1', '0.2'], '0.3'],
        [['0.50', '0.500'], '1'],
        [['000.000', '0'], '0'],
        [['9007199254740993', '0.000000000001'], '9007199254740993.000000000001'],
        [['999999999999999999.999999999999', '0.000000000001'], '1000000000000000000'],
        [['999999999999999999', '999999999999999999'], '1999999999999999998'],
        [['100', '20'], '120'],
        [Array.from({ length: 30 }, () => '0.07'), '2.1'],
      ] as const) {
        const run_id = context.id(context.nextName())
        for (const cost of costs) await reportUsage(context, run_id, { cost, currency: 'USD' })
        expectValue(await readRun(context, run_id), '/usage/costs/0/cost', total)
      }
      const run_id = context.id('random')
      const cents = Array.from({ length: 40 }, () => BigInt(Math.floor(context.random() * 1_000_000)))
      const remaining = [...cents]
      await inBatches(cents.length, () =>
        reportUsage(context, run_id, { cost: amountOf(remaining.pop()!), currency: 'EUR' }),
      )
      const total = amountOf(cents.reduce((sum, cent) => sum + cent, 0n)).replace(/\.?0+$/, '')
      expectValue(await readRun(context, run_id), '/usage/costs/0/cost', total)
    },
  ),

  check(
    'usage.currency',
    'a cost in a currency that does not exist is refused, in a report and in a budget',
    { expect: 'reject', after: ['usage.reported', 'run.created'] },
    async (context) => {
      for (const currency of ['ZZZ', 'AAA', 'DEM', 'QQQ']) {
        const run_id = context.id(`run-${currency}`)
        const body = usageBody(context, { cost: '1', currency })
        const refused = await context.agent.post(runPath(run_id, 'usage'), body)
        expectRefused(refused, '/currency')
        const wish = { run_id, budget: { cost: '1', currency } }
        expectRefused(await context.agent.post('/v1/runs', wish), '/budget/currency')
        expectStatus(await context.agent.get(runPath(run_id)), 404)
      }
      for (const currency of ['USD', 'EUR', 'JPY', 'CHF', 'BHD', 'CNY'])
        await reportUsage(context, context.id('good'), { cost: '1', currency })
    },
  ),

  check(
    'usage.cost-with-currency',
    'a cost without its currency is refused, and a currency without its cost',
    { expect: 'reject', after: ['usage.reported'] },
    async (context) => {
      for (const [missing, more] of [
        ['/currency', { cost: '1' }],
        ['/cost', { currency: 'USD' }],
        ['/cost', { cost: null, currency: 'USD' }],
      ] as const) {
        const run_id = context.id(context.nextName())
        const refused = await context.agent.post(runPath(run_id, 'usage'), usageBody(context, more))
        expectRefused(refused, missing)
      }
    },
  ),

  check(
    'usage.counts',
    'a count that is negative, no whole number or too large is refused, and any other taken',
    { expect: 'reject', after: ['usage.reported', 'run.exists'] },
    async (context) => {
      const run_id = context.id('run')
      for (const name of ['input_tokens', 'output_tokens']) {
        for (const count of [-1, -1_000_000, 0.5, 1_000_000_001, 1e15, '5', true]) {
          const body = usageBody(context, { [name]: count })
          expectRefused(await context.agent.post(runPath(run_id, 'usage'), body), `/${name}`)
        }
        for (const count of [0, 1, 1_000_000_000]) {
          const body = usageBody(context, { [name]: count })
          expectStatus(await context.agent.post(runPath(run_id, 'usage'), body), 201)
        }
      }
      for (const cost of ['-1', '1e3', '.5', '5.', '1,5', '', 'NaN', 1]) {
        const body = usageBody(context, { cost, currency: 'USD' })
        expectRefused(await context.agent.post(runPath(run_id, 'usage'), body), '/cost')
      }
      expectTotals(await readRun(context, run_id), 1_000_000_001, 1_000_000_001, [])
    },
  ),

  check(
    'usage.budget',
    'a budget is shown as it was sent, and none as null',
    { expect: 'accept', after: ['run.exists', 'run.created'] },
    async (context) => {
      const budget = { cost: '05.500', currency: 'EUR' }
      const [run_id, none] = [context.id('run'), context.id('none')]
      for (const [run, place] of [
        [await createRun(context, { run_id, budget }), '/budget'],
        [await readRun(context, run_id), '/budget'],
        [await listed(context, run_id), '/items/0/budget'],
      ] as const)
        for (const name of ['cost', 'currency'] as const) expectValue(run, `${place}/${name}`, budget[name])
      await createRun(context, { run_id: none })
      expectValue(await readRun(context, none), '/budget', null)
      expectValue(await listed(context, none), '/items/0/budget', null)
    },
  ),

  check(
    'usage.beyond-budget',
    'a report that exceeds every budget is counted',
    { expect: 'accept', after: ['usage.reported', 'run.exists', 'run.created'] },
    async (context) => {
      const [root, child] = [context.id('root'), context.id('child')]
      await createRun(context, { run_id: root, budget: { cost: '1', currency: 'USD' } })
      await createRun(context, {
        run_id: child,
        parent_run_id: root,
        budget: { cost: '0', currency: 'USD' },
      })

      for (const cost of ['0.9', '100']) {
        const body = usageBody(context, { cost, currency: 'USD' })
        expectStatus(await context.agent.post(runPath(child, 'usage'), body), 201)
      }
      expectValue(await readRun(context, child), '/usage/costs/0/cost', '100.9')
    },
  ),
]

/** So many that who counts a few levels is found, and that a slow server is not asked for too long. */
const MOST_LEVELS = 20

interface Cost {
  readonly cost: string
  readonly currency: string
}

function expectTotals(run: Reply, input: number, output: number, costs: readonly Cost[]): void {
  expectValue(run, '/usage/input_tokens', input)
  expectValue(run, '/usage/output_tokens', output)
  const shown: unknown = run.json?.usage?.costs
  expectThat(Array.isArray(shown) && shown.length === costs.length, `the costs ${show(costs)}`, show(shown), {
    reply: run,
    pointer: '/usage/costs',
  })
  for (const [n, cost] of costs.entries())
    for (const name of ['cost', 'currency'] as const)
      expectValue(run, `/usage/costs/${n}/${name}`, cost[name])
}

function expectRefused(reply: Reply, pointer: string): void {
  expectProblem(reply, 422, 'invalid_request')
  expectPlace(reply, pointer)
}

/** The list of the one run of a tree that has no others. */
async function listed(context: Context, tree_of: string): Promise<Reply> {
  const { reply } = await readPage(context, context.agent, '/v1/runs', { tree_of }, 'run.list')
  return reply
}

/** The list shows the same sums as the run alone. */
async function expectListed(context: Context, root: string, leaf: string): Promise<void> {
  const page = await listed(context, leaf)
  expectValue(page, '/items/0/usage/input_tokens', 101)
  const whole = await readAll(context, context.agent, '/v1/runs', { tree_of: root }, { served: 'run.list' })
  const shown = whole.items.find(({ run_id }) => run_id === root)?.usage as { input_tokens?: unknown }
  expectThat(shown?.input_tokens === 10_101, '10101 input tokens in the list', show(shown), whole.last)
}

/** Cents as decimal text. */
function amountOf(cents: bigint): string {
  const digits = String(cents).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
