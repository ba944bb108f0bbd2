import { describe, expect, test } from 'vitest'
import type { CreateRun, Usage } from '../schemas/run.ts'
import { addUsage, join, MOST_DEPTH, reportUsage, totalsOf, type Place, type RunRecord } from './run.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const later = new Date('2026-03-02T13:00:00.000Z')
const FIVE = { cost: '5.00', currency: 'USD' }

describe('a run', () => {
  test('is new when it is heard of for the first time (run.created)', () => {
    expect(joined(undefined, {})).toEqual({ ok: true, next: aRun(), events: [] })
  })

  test('stays as it is when it is heard of again (run.repeat)', () => {
    const run = aRun({ parent_run_id: 'run_0', budget: FIVE })

    for (const wish of [{}, { parent_run_id: 'run_0' }, { budget: FIVE }])
      expect(joined(run, wish)).toEqual({ ok: true, next: run, events: [] })
  })

  test('gets the parent and the budget that it has none of yet (run.parent)', () => {
    expect(joined(undefined, { parent_run_id: 'run_0' }).next).toMatchObject({ parent_run_id: 'run_0' })
    expect(joined(aRun(), { parent_run_id: 'run_0' }).next).toMatchObject({ parent_run_id: 'run_0' })
    expect(joined(aRun({ parent_run_id: 'run_0' }), { budget: FIVE }).next).toEqual(
      aRun({ parent_run_id: 'run_0', budget: FIVE }),
    )
  })

  test.each([{ parent_run_id: 'run_2' }, { budget: { cost: '5.0', currency: 'USD' } }])(
    'keeps what it has against %j (run.id-conflict)',
    (wish) => {
      expect(joined(aRun({ parent_run_id: 'run_0', budget: FIVE }), wish)).toMatchObject({
        ok: false,
        refusal: { code: 'run_id_conflict' },
      })
    },
  )

  test.each([
    ['itself', 'run_1', ['run_1']],
    ['one below it', 'run_3', ['run_3', 'run_2', 'run_1']],
  ])('has not %s for a parent (run.no-cycle)', (_, parent_run_id, lineage) => {
    for (const run of [undefined, aRun(), aRun({ parent_run_id: 'run_0' })])
      expect(joined(run, { parent_run_id }, { lineage })).toMatchObject({
        ok: false,
        refusal: { code: 'invalid_request', errors: [{ pointer: '/parent_run_id' }] },
      })
  })

  test('nests as deep as the limit says, with all that is below it (run.depth)', () => {
    for (const [levels, height, ok] of [
      [MOST_DEPTH - 1, 1, true],
      [MOST_DEPTH, 1, false],
      [2, MOST_DEPTH - 2, true],
      [3, MOST_DEPTH - 2, false],
    ] as const) {
      const lineage = Array.from({ length: levels }, (_, n) => `run_0${n}`)
      expect(joined(aRun(), { parent_run_id: 'run_0' }, { lineage, height })).toMatchObject({ ok })
    }
  })

  test('has no budget in a currency that does not exist (usage.currency)', () => {
    expect(joined(undefined, { budget: { cost: '1', currency: 'DEM' } })).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_request', errors: [{ pointer: '/budget/currency' }] },
    })
  })
})

describe('a report of usage', () => {
  test('is kept as it was sent (usage.reported)', () => {
    expect(reportUsage(undefined, 'run_1', usage(), noon)).toEqual({
      ok: true,
      next: { run_id: 'run_1', ...usage(), reported_at: noon.toISOString() },
      events: [],
    })
  })

  test('is the same when it comes again, however it is written (usage.repeat)', () => {
    const first = reportUsage(undefined, 'run_1', usage(), noon).next
    const { model, ...rest } = usage()

    expect(reportUsage(first, 'run_1', { ...rest, model }, later)).toEqual({
      ok: true,
      next: first,
      events: [],
    })
  })

  test.each([{ input_tokens: 2 }, { cost: '0.10' }, { model: 'other' }])(
    'with %j is another one (usage.id-conflict)',
    (other) => {
      const first = reportUsage(undefined, 'run_1', usage(), noon).next

      expect(reportUsage(first, 'run_1', usage(other), later)).toMatchObject({
        ok: false,
        refusal: { code: 'usage_id_conflict' },
      })
    },
  )

  test.each([
    ['/currency', { usage_id: 'u', model: 'm', input_tokens: 1, output_tokens: 1, cost: '1' }],
    ['/cost', { usage_id: 'u', model: 'm', input_tokens: 1, output_tokens: 1, currency: 'USD' }],
    ['/currency', usage({ currency: 'ZZZ' })],
    ['/currency', usage({ currency: 'DEM' })],
  ])('is refused at %s', (pointer, wrong) => {
    expect(reportUsage(undefined, 'run_1', wrong, noon)).toMatchObject({
      ok: false,
      refusal: { code: 'invalid_request', errors: [{ pointer }] },
    })
  })
})

describe('totals', () => {
  test('have one cost for each currency, in the order of the currencies (usage.totals)', () => {
    const reports = [
      usage({ cost: '0.1', currency: 'USD' }),
      usage({ cost: '1', currency: 'EUR' }),
      usage({ cost: '0.20', currency: 'USD' }),
      { usage_id: 'u', model: 'm', input_tokens: 5, output_tokens: 7 },
    ]

    expect(reports.map(totalsOf).reduce(addUsage)).toEqual({
      input_tokens: 8,
      output_tokens: 13,
      costs: [
        { cost: '1', currency: 'EUR' },
        { cost: '0.3', currency: 'USD' },
      ],
    })
  })
})

function joined(run: RunRecord | undefined, wish: Omit<CreateRun, 'run_id'>, place: Partial<Place> = {}) {
  const lineage = wish.parent_run_id === undefined ? [] : [wish.parent_run_id]
  return join(run, { run_id: 'run_1', ...wish }, { lineage, height: 1, ...place }, noon)
}

function aRun(rest: Partial<RunRecord> = {}): RunRecord {
  const totals = { input_tokens: 0, output_tokens: 0, costs: [] }
  return {
    run_id: 'run_1',
    parent_run_id: null,
    created_at: noon.toISOString(),
    usage: totals,
    budget: null,
    ...rest,
  }
}

function usage(rest: Partial<Usage> = {}): Usage {
  return {
    usage_id: 'usage_1',
    model: 'large',
    input_tokens: 1,
    output_tokens: 2,
    cost: '0.1',
    currency: 'USD',
    ...rest,
  }
}
