import { commonSpec, type CallOptions } from './call-options.ts'
import { ApiError, ConfigurationError } from './errors.ts'
import { amountOf, unitsOf, type Money } from './money.ts'
import { reasonOf, type FetchApproval } from './require-approval.ts'
import type { Run } from './schemas.ts'
import type { WaitOptions } from './waiting.ts'

/** How a guard of the budget counts and asks. */
export interface WithinBudgetOptions<Args extends object> extends CallOptions {
  /** What one run of the function may cost at the most, once for all or made from the arguments. */
  atMost: Money | ((args: Args) => Money)
  /** By how much a person is asked to raise the limit, as often as is needed. Default: by the budget itself. */
  raiseBy?: string | undefined
  /**
   * Stands in the ids of the questions. Default: `budget`. What was decided stays decided: to ask once more, because
   * nobody had the time to answer say, takes another one.
   */
  series?: string | undefined
}

/** A function that runs only within the budget. Resolves to what it returns, or to the denial as text for the model. */
export type BudgetedFunction<Args extends object, Result> = (
  args: Args,
  wait?: WaitOptions,
) => Promise<Result | string>

/** What the guard needs of a client. */
export interface BudgetSource {
  runId: string
  getRun: (run_id: string, options: WaitOptions) => Promise<Run>
  fetchApproval: FetchApproval
  /** The steps that are on their way, whose cost no run shows yet, in the order in which they came. */
  steps: Set<Step>
}

interface Step {
  units: bigint
  currency: string
}

/** Wraps a function so that a person is asked before it could exceed the budget of its run, or of one above. */
export function budgeted<Args extends object, Result>(
  source: BudgetSource,
  fn: (args: Args) => Result | PromiseLike<Result>,
  options: WithinBudgetOptions<Args>,
): BudgetedFunction<Args, Result> {
  return async (args, wait = {}) => {
    const { cost, currency } = typeof options.atMost === 'function' ? options.atMost(args) : options.atMost
    // There from now on, so that two steps at the same time do not both take what is left.
    const step = { units: unitsOf(cost, 'atMost.cost'), currency }
    source.steps.add(step)
    try {
      const denial = await denialOf(source, step, options, wait)
      return denial ?? (await fn(args))
    } finally {
      source.steps.delete(step)
    }
  }
}

type Wishes = CallOptions & Pick<WithinBudgetOptions<object>, 'raiseBy' | 'series'>

/** Why the step may not run, or undefined when every limit above it has room for it. */
async function denialOf(
  source: BudgetSource,
  step: Step,
  wishes: Wishes,
  wait: WaitOptions,
): Promise<string | undefined> {
  const allowed = new Map<string, bigint>()
  for (;;) {
    // Counted before the runs are read: what ends in between counts twice rather than not at all.
    const planned = step.units + unitsBefore(source.steps, step)
    const raise = await findRaise(source, { ...step, units: planned }, allowed, wishes, wait)
    if (!raise) return undefined

    const { run_id, call_id, kwargs, level } = raise
    const summary = `The run ${run_id} has a budget of ${kwargs.budget} ${kwargs.currency}. May it spend up to ${kwargs.raise_to} ${kwargs.currency} in all, what it has spent so far included?`
    const spec = { fn: 'raise_budget', kwargs, ...commonSpec(wishes, { summary }) }
    const { status } = await source.fetchApproval({ run_id, call_id, spec }, wait)
    if (status.state !== 'approved' || status.approved !== true) {
      const comment = status.comment ? `: ${status.comment}` : '.'
      return `Nothing was run, because it could cost more than the run ${run_id} may spend. ${reasonOf(status)}${comment}`
    }
    allowed.set(run_id, level)
  }
}

/** A question: may the limit of this run be raised? */
interface Raise {
  run_id: string
  call_id: string
  /** Which limit is asked for. The budget itself is the first. */
  level: bigint
  kwargs: { run_id: string; currency: string; budget: string; raise_to: string }
}

/** The first raise that is needed and not allowed yet, looked for from the run up to its root. */
async function findRaise(
  { runId, getRun }: BudgetSource,
  { units, currency }: Step,
  allowed: ReadonlyMap<string, bigint>,
  { raiseBy, series = 'budget' }: Wishes,
  wait: WaitOptions,
): Promise<Raise | undefined> {
  let hasBudget = false
  let next: string | null = runId
  while (next !== null) {
    const run: Run | undefined = await getRun(next, wait).catch(undefinedWhenUnknown)
    next = run?.parent_run_id ?? null
    if (!run?.budget) continue

    hasBudget = true
    const { run_id, budget } = run
    if (budget.currency !== currency)
      throw new ConfigurationError(
        `The budget of the run ${run_id} is in ${budget.currency} and the step costs ${currency}; nothing was run.`,
      )
    const spent = run.usage?.costs.find((total) => total.currency === currency)?.cost ?? '0'
    const limits = limitsOf(budget.cost, raiseBy)
    const needed = limits.levelFor(unitsOf(spent, 'The total of the run') + units)
    if (needed <= (allowed.get(run_id) ?? 1n)) continue

    const prefix = await prefixOf(run_id, series)
    const level = decidedLevel(run, prefix, needed)
    const raise_to = amountOf(limits.at(level))
    const kwargs = { run_id, currency, budget: budget.cost, raise_to }
    return { run_id, call_id: `${prefix}${level}`, level, kwargs }
  }
  if (hasBudget) return undefined
  throw new ConfigurationError(
    `Neither the run ${runId} nor one above it has a budget: give it one with runs.create() first.`,
  )
}

function undefinedWhenUnknown(error: unknown): undefined {
  if (error instanceof ApiError && error.code === 'not_found') return undefined
  throw error
}

/** What was decided before holds: a higher limit that was allowed is enough, and a lower one that was not is an answer. */
function decidedLevel({ items }: Run, prefix: string, needed: bigint): bigint {
  const questions = items
    .filter(({ kind, id }) => kind === 'function_call' && id.startsWith(prefix))
    .map(({ id, state }) => ({ number: id.slice(prefix.length), state }))
    .filter(({ number }) => /^[1-9]\d*$/.test(number))
    .map(({ number, state }) => ({ level: BigInt(number), state }))
    .toSorted((one, other) => (one.level < other.level ? -1 : 1))
  const enough = questions.find(({ level, state }) => level >= needed && state === 'approved')
  const refused = questions.find(
    ({ level, state }) => level <= needed && state !== 'approved' && state !== 'pending',
  )
  return (enough ?? refused)?.level ?? needed
}

interface Limits {
  at: (level: bigint) => bigint
  levelFor: (units: bigint) => bigint
}

/** The budget, and then one raise after the other. */
function limitsOf(budget: string, raiseBy: string | undefined): Limits {
  const first = unitsOf(budget, 'The budget')
  const raise = unitsOf(raiseBy ?? budget, 'raiseBy')
  if (raise === 0n)
    throw new ConfigurationError('A limit cannot be raised by nothing: give `raiseBy`, such as "1".')
  return {
    at: (level) => first + (level - 1n) * raise,
    levelFor: (units) => (units <= first ? 1n : 1n + (units - first + raise - 1n) / raise),
  }
}

function unitsBefore(steps: ReadonlySet<Step>, step: Step): bigint {
  let units = 0n
  for (const other of steps) {
    if (other === step) break
    if (other.currency === step.currency) units += other.units
  }
  return units
}

/** What the ids of the questions begin with. A name that would be too long stands there as its digest. */
async function prefixOf(run_id: string, series: string): Promise<string> {
  const name = `${run_id}:${series}`
  if (name.length <= LONGEST_NAME) return `${name}:`
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name))
  return `budget:${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')}:`
}

// Ids have up to 128 characters, and the level needs some.
const LONGEST_NAME = 90
