import type { Reply } from '../http/exchange.ts'
import type { Problem } from '../http/problem.ts'

/** A problem as HumanLayer clients expect it: always JSON, a list of places for 422, a text for the rest. */
export function humanLayerReply(problem: Problem): Reply {
  const places = problem.refusal.errors?.map(({ pointer, detail }) => ({
    loc: locationOf(pointer),
    msg: detail,
    type: problem.code,
  }))
  return {
    status: problem.status,
    headers: problem.refusal.headers ?? {},
    body: {
      detail:
        problem.status === 422
          ? (places ?? [{ loc: ['body'], msg: problem.message, type: problem.code }])
          : problem.message,
      error: { message: problem.message, code: problem.code },
    },
  }
}

/** `/spec/channel/any_of/0/slack` of the core stands at `spec.channel.slack` in this profile, as in escalations. */
function locationOf(pointer: string): (string | number)[] {
  const steps = pointer
    .replace(/^((?:\/spec)?\/channel)\/any_of\/\d+/, '$1')
    .split('/')
    .slice(1)
  return [
    'body',
    ...steps.map((step) =>
      /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~'),
    ),
  ]
}
