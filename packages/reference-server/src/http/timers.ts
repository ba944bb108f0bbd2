import {
  CreateTimer,
  stringify,
  timer,
  unknownTimer,
  unsupportedFaults,
  type Decision,
  type Timer,
} from '@countersign/protocol'
import type { Deps } from '../deps.ts'
import type { TimerText } from '../store/store.ts'
import { parseBody } from './body.ts'
import type { Exchange, Handler } from './exchange.ts'
import { timerText } from './object-text.ts'
import { Problem } from './problem.ts'

/** An agent sleeps until a given time. */
export function timerHandlers({ store: { timers }, limits, capabilities }: Deps): {
  create: Handler
  get: Handler
  cancel: Handler
} {
  return {
    async create(exchange) {
      const { project_id, key_id } = exchange.principal
      const request = parseBody(exchange, CreateTimer, limits.json_depth)

      let isNew = false
      const decision = await timers.update(
        project_id,
        request.timer_id,
        (existing, now) => {
          isNew = existing === undefined
          const errors = isNew ? unsupportedFaults(request, capabilities) : []
          if (errors.length > 0)
            throw new Problem('unsupported_feature', 'The timer needs what this server does not offer.', {
              errors,
            })
          return timer.create(existing, request, { now, max_timer_seconds: limits.timer_seconds })
        },
        key_id,
        request.parent_run_id,
      )

      const headers = { location: `/v1/timers/${request.timer_id}` }
      return { status: isNew ? 201 : 200, headers, body: stringify(settle(decision)) }
    },

    async get(exchange) {
      return { status: 200, body: timerText(await find(exchange)) }
    },

    async cancel(exchange) {
      const { project_id, key_id } = exchange.principal

      const decision = await timers.update(
        project_id,
        idOf(exchange),
        (existing, now) => existing && timer.cancel(existing, now),
        key_id,
      )

      return { status: 200, body: stringify(settle(decision)) }
    },
  }

  async function find(exchange: Exchange): Promise<TimerText> {
    const found = await timers.find(exchange.principal.project_id, idOf(exchange))
    if (!found) throw Problem.from(unknownTimer)
    return found
  }
}

function settle(decision: Decision<Timer> | undefined): Timer {
  if (!decision) throw Problem.from(unknownTimer)
  if (!decision.ok) throw Problem.from(decision.refusal)
  return decision.next
}

function idOf({ params }: Exchange): string {
  return params['timer_id']!
}
