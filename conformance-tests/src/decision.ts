import { isDeepStrictEqual } from 'node:util'
import { show, valueAt } from './expectations.ts'
import type { Reply } from './reply.ts'
import { violate } from './violation.ts'

/** What stands in a status about how a call ended. The rest of it may move on, such as which contacts have been withdrawn. */
export type Decision = Readonly<Record<string, unknown>>

/** The decision that an answer shows at `pointer`, which is that of a call or of a problem with a `winning_status`. */
export function decisionIn(reply: Reply, pointer = '/status'): Decision {
  const status: unknown = valueAt(reply.json, pointer)
  const responses: unknown = valueAt(status, '/responses')
  return {
    ...answerIn(status),
    ...Object.fromEntries(
      ['state', 'completed_at', 'requested_at', 'requested_by', 'expires_at'].map((name) => [
        name,
        valueAt(status, `/${name}`) ?? null,
      ]),
    ),
    responses: Array.isArray(responses) ? responses.map(answerIn) : null,
  }
}

/** The answer shows the very decision that was shown before. */
export function expectDecision(reply: Reply, before: Decision, pointer = '/status'): void {
  const now = decisionIn(reply, pointer)
  for (const [name, value] of Object.entries(before))
    if (!isDeepStrictEqual(now[name], value))
      violate(`${show(value)} at ${pointer}/${name}, as before`, show(now[name]), {
        exchange: reply.exchange,
        pointer: `${pointer}/${name}`,
      })
}

function answerIn(value: unknown): Decision {
  return Object.fromEntries(ANSWER.map((name) => [name, valueAt(value, `/${name}`) ?? null]))
}

const ANSWER = [
  'approved',
  'comment',
  'reject_option_name',
  'edited_kwargs',
  'response',
  'response_option_name',
  'response_data',
  'responder/id',
  'responded_at',
]
