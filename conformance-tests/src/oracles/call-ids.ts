import { show } from '../expectations.ts'
import type { Finding } from '../violation.ts'
import { callsIn, creationIn, membersOf, targetOf, type Members } from './call-bodies.ts'
import { isAnswered, type AnsweredExchange, type Oracle } from './oracle.ts'

/**
 * Which call is found under an id is a requirement of its own: where another call is shown, nothing is said about its ids.
 */
export const echoesIds: Oracle = {
  requirement: 'call.echoes-ids',
  title: 'every call has the ids under which it was created',
  explains: true,
  judge({ exchanges }) {
    const answered = exchanges.filter(isAnswered)
    const made = new Set<string>()
    for (const exchange of answered) {
      const { created, sent } = occasionOf(exchange)
      if (created && sent.call_id !== undefined) made.add(`${targetOf(exchange)!.kind} ${sent.call_id}`)
    }

    let subjects = 0
    const findings: Omit<Finding, 'requirement'>[] = []
    for (const exchange of answered) {
      const { created, sent } = occasionOf(exchange)
      for (const { kind, call, pointer } of callsIn(exchange)) {
        if (sent.call_id === undefined || !made.has(`${kind} ${sent.call_id}`)) continue
        subjects += 1
        const isAnother = made.has(`${kind} ${String(call['call_id'])}`)
        const wrong = (['run_id', 'call_id'] as const).find(
          (name) =>
            (created || (name === 'call_id' && !isAnother)) &&
            sent[name] !== undefined &&
            call[name] !== sent[name],
        )
        if (wrong === undefined) continue
        findings.push({
          expected: show(sent[wrong]),
          actual: show(call[wrong]),
          pointer: `${pointer}/${wrong}`,
          exchange: exchange.number,
        })
      }
    }
    return { subjects, findings }
  },
}

/** What a request says of the call in its answer. */
export interface Occasion {
  /** Whether this answer is to the request that created the call. */
  readonly created: boolean
  /** What the request says of the call. */
  readonly sent: { run_id?: string; call_id?: string; spec?: Members }
}

export function occasionOf(exchange: AnsweredExchange): Occasion {
  const target = targetOf(exchange)
  if (target?.act !== 'create')
    return { created: false, sent: target?.call_id === undefined ? {} : { call_id: target.call_id } }
  const { run_id, call_id, spec } = creationIn(exchange) ?? {}
  const known = membersOf(spec)
  return {
    created: exchange.response.status === 201,
    sent: {
      ...(typeof run_id === 'string' ? { run_id } : {}),
      ...(typeof call_id === 'string' ? { call_id } : {}),
      ...(known ? { spec: known } : {}),
    },
  }
}
