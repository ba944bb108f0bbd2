import type { Connection, RequestOptions } from './connection.ts'
import { checkId, newId } from './ids.ts'
import { completeRun, type CallDefaults } from './new-call.ts'
import type { Budget, CreateRun, Run, RunList, RunSummary, Usage, UsageReport } from './schemas.ts'

/** A run as the caller gives it; what is absent comes from the client. */
export interface NewRun {
  /** Default: the `runId` of the client. */
  run_id?: string | undefined
  /** Default: the `parentRunId` of the client, for its own run. */
  parent_run_id?: string | undefined
  /** What the run and those below it may cost together. Fixed once. */
  budget?: Budget | undefined
}

/** A report of usage as the caller gives it. */
export interface NewUsage extends Omit<Usage, 'usage_id'> {
  /** Default: the `runId` of the client. */
  run_id?: string | undefined
  /** The idempotency key. Default: a new one. Choose one that survives a restart, and a step is counted once. */
  usage_id?: string | undefined
}

/** Which runs a list shows, and which page of them. */
export interface RunListOptions {
  /** Only this run and all below it. */
  tree_of?: string
  /** How many items at most. Default: 50. */
  limit?: number
  /** The `next_cursor` of the page before. */
  cursor?: string
}

/** A run with the runs below it. */
export interface RunTree {
  run: RunSummary
  /** Oldest first. */
  children: RunTree[]
}

/**
 * The runs of the project, one method per operation. Servers that do not claim the features `runs` and `usage` refuse. A
 * request without an answer is sent twice more before it fails with a ConnectionError.
 */
export class Runs {
  readonly #connection: Connection
  readonly #defaults: CallDefaults

  constructor(connection: Connection, defaults: CallDefaults) {
    this.#connection = connection
    this.#defaults = defaults
  }

  /** Creates a run, or gives one a parent or a budget that it has none of yet. Another one than it has is an ApiError. */
  async create(run: NewRun = {}, options: RequestOptions = {}): Promise<Run> {
    const body: CreateRun = {
      ...completeRun(run, this.#defaults),
      ...(run.budget && { budget: run.budget }),
    }
    return this.#connection.send(({ signal }) => this.#http.POST('/v1/runs', { body, signal }), options)
  }

  /** The run with its items, its children and what it cost. Default: the run of the client. */
  async get(run_id = this.#defaults.runId, options: RequestOptions = {}): Promise<Run> {
    const params = pathOf(run_id)
    return this.#connection.send(
      ({ signal }) => this.#http.GET('/v1/runs/{run_id}', { params, signal }),
      options,
    )
  }

  /** One page, newest first; `next_cursor` leads to the next. */
  async list(filter: RunListOptions = {}, options: RequestOptions = {}): Promise<RunList> {
    return this.#connection.send(
      ({ signal }) => this.#http.GET('/v1/runs', { params: { query: filter }, signal }),
      options,
    )
  }

  /** The run with all the runs below it. Default: the run of the client. */
  async tree(run_id = this.#defaults.runId, options: RequestOptions = {}): Promise<RunTree> {
    // Asked first, so that a run that is not there is an error and no empty tree.
    const root = await this.get(run_id, options)
    const runs: RunSummary[] = []
    for (let cursor: string | undefined; ;) {
      const page = await this.list({ tree_of: run_id, limit: 100, ...(cursor && { cursor }) }, options)
      runs.unshift(...page.items.toReversed())
      if (page.next_cursor === null) break
      cursor = page.next_cursor
    }
    const below = Map.groupBy(runs, ({ parent_run_id }) => parent_run_id)
    const grow = (run: RunSummary): RunTree => ({ run, children: (below.get(run.run_id) ?? []).map(grow) })
    return grow(runs.find((run) => run.run_id === run_id) ?? root)
  }

  /** Reports what a step consumed. The same report again counts once. */
  async reportUsage(
    { run_id, usage_id, ...usage }: NewUsage,
    options: RequestOptions = {},
  ): Promise<UsageReport> {
    const params = pathOf(run_id ?? this.#defaults.runId)
    const body: Usage = { usage_id: checkId(usage_id ?? newId('usage'), 'usage_id'), ...usage }
    return this.#connection.send(
      ({ signal }) => this.#http.POST('/v1/runs/{run_id}/usage', { params, body, signal }),
      options,
    )
  }

  get #http() {
    return this.#connection.http
  }
}

function pathOf(run_id: string): { path: { run_id: string } } {
  return { path: { run_id: checkId(run_id, 'run_id') } }
}
