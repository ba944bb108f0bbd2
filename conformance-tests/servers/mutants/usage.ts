import type { Mutant } from '../mutation.ts'

const RUN = 'protocol/src/transitions/run.ts'
const RUN_SCHEMA = 'protocol/src/schemas/run.ts'
const DECIMAL = 'protocol/src/decimal.ts'
const SQLITE_RUNS = 'reference-server/src/store/sqlite/sqlite-runs.ts'
const HTTP_RUNS = 'reference-server/src/http/runs.ts'

const SAME = 'return isEqualJson(stringify(reported), stringify(usage))'
const SUM = 'return write(amounts.reduce((sum, amount) => sum + scaled(amount), 0n))'
const TOKENS = 'Type.Integer({ minimum: 0, maximum: 1_000_000_000, description })'
const KNOWN = 'if (currencies.has(currency)) return []'

export const usageMutants: readonly Mutant[] = [
  {
    id: 'a-report-is-answered-with-200',
    requirement: 'usage.reported',
    title: 'A new report of usage is answered with 200.',
    patches: [{ file: HTTP_RUNS, find: 'isNew ? 201 : 200, body', replace: '200, body' }],
  },
  {
    id: 'the-cost-of-a-report-is-rewritten',
    requirement: 'usage.reported',
    title: 'A report shows its cost in another writing.',
    patches: [
      {
        file: RUN,
        find: 'next: { run_id, ...usage, reported_at: now.toISOString() }',
        replace:
          'next: { run_id, ...usage, ...(usage.cost !== undefined && { cost: sumOf([usage.cost]) }), reported_at: now.toISOString() }',
      },
    ],
  },
  {
    id: 'repeated-usage-is-counted-again',
    requirement: 'usage.repeat',
    title: 'A report that comes twice is counted twice.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'return { decision, isNew: existing === undefined }',
        replace:
          'if (decision.ok && existing) this.#addUsage(project_id, run_id, runs.totalsOf(usage))\n      return { decision, isNew: existing === undefined }',
      },
    ],
  },
  {
    id: 'usage-ids-are-unique-in-the-project',
    requirement: 'usage.repeat',
    title: 'A usage_id that another run has used is taken for the same report.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'select report from usage_reports where project_id = ? and run_id = ? and usage_id = ?',
        replace: "select report from usage_reports where project_id = ? and ? <> '' and usage_id = ?",
      },
    ],
  },
  {
    id: 'usage-is-compared-by-its-cost',
    requirement: 'usage.id-conflict',
    title: 'Reports with the same cost are taken for equal.',
    patches: [{ file: RUN, find: SAME, replace: 'return existing.cost === usage.cost' }],
  },
  {
    id: 'the-model-of-a-report-does-not-count',
    requirement: 'usage.id-conflict',
    title: 'Reports that differ in their model are taken for equal.',
    patches: [
      {
        file: RUN,
        find: SAME,
        replace: 'return isEqualJson(stringify({ ...reported, model: usage.model }), stringify(usage))',
      },
    ],
  },
  {
    id: 'concurrent-usage-is-lost',
    requirement: 'usage.concurrent',
    title: 'Totals are read before the transaction, so that reports at the same time overwrite each other.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: '  #addUsage(project_id: string, run_id: string, more: UsageTotals): void {\n    for (const id of this.#lineage(project_id, run_id)) {\n      const { usage } = this.#read(project_id, id)!',
        replace:
          '  #stale = new Map<string, UsageTotals>()\n  #addUsage(project_id: string, run_id: string, more: UsageTotals): void {\n    for (const id of this.#lineage(project_id, run_id)) {\n      const usage = this.#stale.get(id) ?? this.#read(project_id, id)!.usage\n      if (this.#stale.size === 0) setTimeout(() => this.#stale.clear(), 5)\n      this.#stale.set(id, usage)',
      },
    ],
  },
  {
    id: 'children-do-not-count',
    requirement: 'usage.totals',
    title: 'The totals of a run hold its own reports alone.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'for (const id of this.#lineage(project_id, run_id)) {',
        replace: 'for (const id of this.#lineage(project_id, run_id).slice(0, 1)) {',
      },
    ],
  },
  {
    id: 'grandchildren-do-not-count',
    requirement: 'usage.totals',
    title: 'The totals of a run hold its children and nobody below them.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'for (const id of this.#lineage(project_id, run_id)) {',
        replace: 'for (const id of this.#lineage(project_id, run_id).slice(0, 2)) {',
      },
    ],
  },
  {
    id: 'what-came-before-the-parent-does-not-count',
    requirement: 'usage.totals',
    title: 'What a run has consumed before it got its parent is not counted there.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'if (newParent !== null) this.#addUsage(project_id, newParent, next.usage)',
        replace: '',
      },
    ],
  },
  {
    id: 'all-currencies-are-one',
    requirement: 'usage.totals',
    title: 'Costs of different currencies are added up in the first of them.',
    patches: [
      {
        file: RUN,
        find: '({ currency }) => currency)',
        replace: '() => one.costs[0]?.currency ?? other.costs[0]!.currency)',
      },
    ],
  },
  {
    id: 'costs-are-floating-point-numbers',
    requirement: 'usage.exact',
    title: 'Costs are added up as floating-point numbers.',
    patches: [
      {
        file: DECIMAL,
        find: SUM,
        replace: 'return String(amounts.reduce((sum, amount) => sum + Number(amount), 0))',
      },
    ],
  },
  {
    id: 'costs-are-rounded-to-cents',
    requirement: 'usage.exact',
    title: 'Totals are rounded to two digits.',
    patches: [
      {
        file: DECIMAL,
        find: SUM,
        replace:
          'return write(amounts.reduce((sum, amount) => sum + scaled(amount), 0n) / 10_000_000_000n * 10_000_000_000n)',
      },
    ],
  },
  {
    id: 'totals-keep-their-zeros',
    requirement: 'usage.exact',
    roots: ['http.answer-shape'],
    title: 'A total is written with all the digits that there can be.',
    patches: [{ file: DECIMAL, find: ".replace(/0+$/, '')", replace: '' }],
  },
  {
    id: 'any-three-letters-are-a-currency',
    requirement: 'usage.currency',
    title: 'Every code of three letters is taken for a currency.',
    patches: [{ file: RUN, find: KNOWN, replace: 'if (currency.length === 3) return []' }],
  },
  {
    id: 'budgets-are-in-any-currency',
    requirement: 'usage.currency',
    title: 'The currency of a budget is not looked at.',
    patches: [
      {
        file: RUN,
        find: "const faults = budget ? currencyFaults(budget, '/budget/currency') : []",
        replace: 'const faults: JsonFault[] = []',
      },
    ],
  },
  {
    id: 'old-currencies-are-taken',
    requirement: 'usage.currency',
    title: 'A currency that is no longer used is taken.',
    patches: [{ file: 'protocol/src/currencies.ts', find: 'CZK DJF', replace: 'CZK DEM DJF' }],
  },
  {
    id: 'a-cost-without-a-currency-is-taken',
    requirement: 'usage.cost-with-currency',
    title: 'A cost without a currency is taken, and counted nowhere.',
    patches: [
      {
        file: RUN,
        find: 'if (cost !== undefined && currency === undefined)',
        replace: 'if (false && cost === undefined)',
      },
    ],
  },
  {
    id: 'a-currency-without-a-cost-is-taken',
    requirement: 'usage.cost-with-currency',
    title: 'A currency without a cost is taken.',
    patches: [
      {
        file: RUN,
        find: 'if (cost === undefined && currency !== undefined)',
        replace: 'if (false && cost === undefined)',
      },
    ],
  },
  {
    id: 'negative-counts-are-taken',
    requirement: 'usage.counts',
    title: 'A negative count is taken, and lowers the sum.',
    patches: [{ file: RUN_SCHEMA, find: TOKENS, replace: TOKENS.replace('minimum: 0, ', '') }],
  },
  {
    id: 'counts-have-no-bound',
    requirement: 'usage.counts',
    title: 'A count may be as large as it likes.',
    patches: [{ file: RUN_SCHEMA, find: TOKENS, replace: TOKENS.replace(' maximum: 1_000_000_000,', '') }],
  },
  {
    id: 'counts-are-cut-at-a-million',
    requirement: 'usage.counts',
    title: 'A count above a million is refused.',
    patches: [{ file: RUN_SCHEMA, find: TOKENS, replace: TOKENS.replace('1_000_000_000', '1_000_000') }],
  },
  {
    id: 'budgets-are-shown-without-zeros',
    requirement: 'usage.budget',
    title: 'A budget is shown in another writing than it was sent in.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: "budget: budget === null ? null : (JSON.parse(budget) as RunRecord['budget']),",
        replace:
          "budget: budget === null ? null : JSON.parse(budget, (name, value) => (name === 'cost' ? String(Number(value)) : value)),",
      },
    ],
  },
  {
    id: 'no-budget-is-not-told',
    requirement: 'usage.budget',
    title: 'A run without a budget has no member for it.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: "budget: budget === null ? null : (JSON.parse(budget) as RunRecord['budget']),",
        replace: '...(budget === null ? {} : { budget: JSON.parse(budget) }),',
      },
      { file: RUN, find: 'run.budget === null\n', replace: '!run.budget\n' },
      {
        file: SQLITE_RUNS,
        find: 'next.budget === null) return decision',
        replace: '!next.budget) return decision',
      },
      {
        file: SQLITE_RUNS,
        find: 'next.budget && JSON.stringify(next.budget)',
        replace: 'next.budget ? JSON.stringify(next.budget) : null',
      },
    ],
  },
  {
    id: 'budgets-refuse-usage',
    requirement: 'usage.beyond-budget',
    title: 'A report that exceeds the budget of its run is refused.',
    patches: [
      {
        file: HTTP_RUNS,
        find: 'const { decision, isNew } = await runs.reportUsage(',
        replace:
          "const { budget } = (await runs.find(project_id, run_id)) ?? {}\n      if (budget && Number(usage.cost) > Number(budget.cost)) throw new Problem('invalid_request', 'Too much.', { errors: [{ pointer: '/cost', detail: 'Too much.' }] })\n      const { decision, isNew } = await runs.reportUsage(",
      },
    ],
  },
  {
    id: 'usage-is-served-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'Reports of usage are taken although the feature is not claimed.',
    patches: [
      { file: 'reference-server/src/capabilities.ts', find: "'runs', 'usage'],", replace: "'runs']," },
    ],
  },
  {
    id: 'unclaimed-budgets-are-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature usage ignores a budget.',
    patches: [
      { file: 'reference-server/src/capabilities.ts', find: "'runs', 'usage'],", replace: "'runs']," },
      { file: 'protocol/src/features.ts', find: "usage: ['/budget']", replace: 'usage: []' },
    ],
  },
  {
    id: 'unclaimed-parents-of-timers-are-ignored',
    requirement: 'feature.unclaimed-refused',
    title: 'A server without the feature runs ignores the parent that a timer names.',
    patches: [
      { file: 'reference-server/src/capabilities.ts', find: ", 'runs', 'usage'],", replace: '],' },
      {
        file: 'reference-server/src/http/timers.ts',
        find: 'const errors = isNew ? unsupportedFaults(request, capabilities) : []',
        replace: 'const errors = unsupportedFaults({}, capabilities)',
      },
    ],
  },
  {
    id: 'costs-are-forgotten-by-a-restart',
    requirement: 'call.acknowledged-survives',
    title: 'When the server starts, every run has consumed nothing.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: '    this.#clock = clock\n',
        replace: `    this.#clock = clock
    db.exec("update runs set usage = json_set(usage, '$.input_tokens', 0, '$.costs', json('[]'))")
`,
      },
    ],
  },
  {
    id: 'sums-of-tokens-have-32-bits',
    requirement: 'usage.totals',
    title: 'Sums of tokens wrap at 2^31.',
    patches: [
      {
        file: RUN,
        find: 'one.input_tokens + other.input_tokens',
        replace: 'Math.abs((one.input_tokens + other.input_tokens) | 0)',
      },
    ],
  },
  {
    id: 'usage-goes-up-five-levels',
    requirement: 'usage.totals',
    title: 'A report counts in five levels of a tree alone.',
    patches: [
      {
        file: SQLITE_RUNS,
        find: 'for (const id of this.#lineage(project_id, run_id)) {',
        replace: 'for (const id of this.#lineage(project_id, run_id).slice(0, 5)) {',
      },
    ],
  },
]
