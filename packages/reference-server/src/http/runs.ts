import {
  CreateRun,
  ID_PATTERN,
  queryText,
  unknownRun,
  unsupportedFaults,
  Usage,
  type Run,
} from '@countersign/protocol'
import type { Deps } from '../deps.ts'
import { parseBody } from './body.ts'
import type { Exchange, Handler } from './exchange.ts'
import { pageReply } from './page.ts'
import { accept, Problem } from './problem.ts'

/** The runs, and what they consume. */
export function runHandlers(
  deps: Deps,
): Record<'createRun' | 'listRuns' | 'getRun' | 'reportUsage', Handler> {
  const { runs } = deps.store
  const { limits, capabilities } = deps

  return {
    async createRun(exchange) {
      const { project_id, key_id } = exchange.principal
      const wish = parseBody(exchange, CreateRun, limits.json_depth)
      const errors = unsupportedFaults(wish, capabilities)
      if (errors.length > 0)
        throw new Problem('unsupported_feature', 'The run needs what this server does not offer.', { errors })

      const { decision, isNew } = await runs.enter(project_id, wish, key_id)
      if (!decision.ok) throw Problem.from(decision.refusal)

      const headers = { location: `/v1/runs/${wish.run_id}` }
      return { status: isNew ? 201 : 200, headers, body: await find(exchange, wish.run_id) }
    },

    async listRuns(exchange) {
      const tree_of = accept(queryText(exchange.query, 'tree_of'))
      return pageReply(exchange, { ...deps, list: `runs\n${JSON.stringify([tree_of])}` }, (page) =>
        runs.list(exchange.principal.project_id, tree_of, page),
      )
    },

    async getRun(exchange) {
      return { status: 200, body: await find(exchange, idOf(exchange)) }
    },

    async reportUsage(exchange) {
      const { project_id, key_id } = exchange.principal
      const run_id = idOf(exchange)
      // A report makes its run, and no run can have any other id.
      if (!RUN_ID.test(run_id)) throw Problem.from(unknownRun)
      const usage = parseBody(exchange, Usage, limits.json_depth)

      const { decision, isNew } = await runs.reportUsage(project_id, run_id, usage, key_id)
      if (!decision.ok) throw Problem.from(decision.refusal)

      return { status: isNew ? 201 : 200, body: decision.next }
    },
  }

  async function find({ principal }: Exchange, run_id: string): Promise<Run> {
    const run = await runs.find(principal.project_id, run_id)
    if (!run) throw Problem.from(unknownRun)
    return run
  }
}

const RUN_ID = new RegExp(ID_PATTERN)

function idOf({ params }: Exchange): string {
  return params['run_id']!
}
