import { currencies } from '../currencies.ts'
import { sumOf } from '../decimal.ts'
import { isEqualJson } from '../json/canonicalize.ts'
import type { JsonFault } from '../json/parse.ts'
import { stringify } from '../json/stringify.ts'
import type { CreateRun, RunSummary, Usage, UsageReport, UsageTotals } from '../schemas/run.ts'
import { refuse, type Decision } from './decision.ts'

/** A run with all that is known of it but what belongs to it. */
export type RunRecord = Required<RunSummary>

/** The place where a run would stand. */
export interface Place {
  /** The parent that the request names and all runs above that, none without one. */
  lineage: readonly string[]
  /** How many levels the run and those below it take: 1 for a run without children. */
  height: number
}

/** How deep runs nest at the most: a walk up to the root is part of many acts. */
export const MOST_DEPTH = 100

/** Takes a new run, or gives an existing one the parent and the budget that it has none of yet. */
export function join(
  existing: RunRecord | undefined,
  { run_id, parent_run_id, budget }: CreateRun,
  { lineage, height }: Place,
  now: Date,
): Decision<RunRecord> {
  const run = existing ?? newRun(run_id, now)
  const isNewParent = parent_run_id !== undefined && run.parent_run_id === null
  if (parent_run_id === run_id || lineage.includes(run_id))
    return badParent('The run itself, or one below it, cannot be its parent.')
  if (isNewParent && lineage.length + height > MOST_DEPTH)
    return badParent(`Runs nest ${MOST_DEPTH} levels at the most.`)
  const faults = budget ? currencyFaults(budget, '/budget/currency') : []
  if (faults.length > 0) return refuse('invalid_request', 'The budget cannot be taken like this.', faults)
  if (!isNewParent && parent_run_id !== undefined && parent_run_id !== run.parent_run_id)
    return refuse('run_id_conflict', `The run "${run_id}" has another parent.`)
  if (budget && run.budget && !isEqualJson(stringify(budget), stringify(run.budget)))
    return refuse('run_id_conflict', `The run "${run_id}" has another budget.`)

  const isNewBudget = budget !== undefined && run.budget === null
  if (existing && !isNewParent && !isNewBudget) return { ok: true, next: existing, events: [] }
  const next = {
    ...run,
    ...(isNewParent && { parent_run_id }),
    ...(isNewBudget && { budget }),
  }
  return { ok: true, next, events: [] }
}

/** Takes a report of usage, or gives the existing one when the same is reported again. */
export function reportUsage(
  existing: UsageReport | undefined,
  run_id: string,
  usage: Usage,
  now: Date,
): Decision<UsageReport> {
  if (existing) {
    const { run_id: _, reported_at: __, ...reported } = existing
    return isEqualJson(stringify(reported), stringify(usage))
      ? { ok: true, next: existing, events: [] }
      : refuse('usage_id_conflict', `The usage_id "${usage.usage_id}" belongs to a different report.`)
  }
  const faults = costFaults(usage)
  if (faults.length > 0) return refuse('invalid_request', 'The usage cannot be taken like this.', faults)
  return { ok: true, next: { run_id, ...usage, reported_at: now.toISOString() }, events: [] }
}

/** Both together. */
export function addUsage(one: UsageTotals, other: UsageTotals): UsageTotals {
  const byCurrency = Map.groupBy([...one.costs, ...other.costs], ({ currency }) => currency)
  return {
    input_tokens: one.input_tokens + other.input_tokens,
    output_tokens: one.output_tokens + other.output_tokens,
    costs: [...byCurrency]
      .map(([currency, costs]) => ({ cost: sumOf(costs.map(({ cost }) => cost)), currency }))
      .toSorted((a, b) => (a.currency < b.currency ? -1 : 1)),
  }
}

/** What one report adds to the totals. */
export function totalsOf({ input_tokens, output_tokens, cost, currency }: Usage): UsageTotals {
  const costs = cost !== undefined && currency !== undefined ? [{ cost: sumOf([cost]), currency }] : []
  return { input_tokens, output_tokens, costs }
}

function newRun(run_id: string, now: Date): RunRecord {
  const usage = { input_tokens: 0, output_tokens: 0, costs: [] }
  return { run_id, parent_run_id: null, created_at: now.toISOString(), usage, budget: null }
}

function badParent(detail: string): Decision<RunRecord> {
  return refuse('invalid_request', 'The run cannot stand there.', [{ pointer: '/parent_run_id', detail }])
}

function costFaults({ cost, currency }: Usage): JsonFault[] {
  if (cost !== undefined && currency === undefined)
    return [{ pointer: '/currency', detail: 'A cost needs its currency.' }]
  if (cost === undefined && currency !== undefined)
    return [{ pointer: '/cost', detail: 'A currency needs its cost.' }]
  return currency === undefined ? [] : currencyFaults({ currency }, '/currency')
}

function currencyFaults({ currency }: { currency: string }, pointer: string): JsonFault[] {
  if (currencies.has(currency)) return []
  return [{ pointer, detail: `"${currency}" is not an active code of ISO 4217.` }]
}
