import type { Observation } from './call-history.ts'

/**
 * A call as one register that is written once: absent, pending, or ended by one act. Whatever a server does at the same time, its answers
 * have to be those of some order of the acts, one after the other, that keeps what was answered before what was sent later (Wing and Gong, 1993).
 */
type Register = 'absent' | 'pending' | `ended by ${string}`

/** One act on a call, and what its answer says about the register. */
export interface Operation {
  readonly observation: Observation
  readonly from: number
  /** Infinite when no answer came: then it may have happened at any later time, or never. */
  readonly to: number
  /** The register after the act, when it finds the register as given; undefined when this answer could not have come then. */
  readonly apply: (register: Register) => Register | undefined
}

/** Whether some order explains the answers. More than 30 acts are too many to try. */
export function isLinearizable(operations: readonly Operation[]): boolean {
  if (operations.length > 30) throw new RangeError('A history of more than 30 acts is not judged.')
  const seen = new Set<string>()
  const search = (done: number, register: Register): boolean => {
    if (operations.every(({ to }, index) => done & (1 << index) || to === Infinity)) return true
    const key = `${done} ${register}`
    if (seen.has(key)) return false
    seen.add(key)

    const open = operations
      .map((operation, index) => ({ operation, index }))
      .filter(({ index }) => !(done & (1 << index)))
    const firstEnd = Math.min(...open.map(({ operation }) => operation.to))
    return open.some(({ operation, index }) => {
      // An act that was sent after another one had been answered cannot come before it.
      if (operation.from > firstEnd) return false
      const next = operation.apply(register)
      return next !== undefined && search(done | (1 << index), next)
    })
  }
  return search(0, 'absent')
}

/** Reads the acts of one call's history. `ends` tells by which act a shown status was ended, by a text that no other act has. */
export function operationsOf(
  observations: readonly Observation[],
  ends: (status: Record<string, unknown>) => string,
): Operation[] {
  return observations.flatMap((observation) => {
    const { exchange, act, status, call } = observation
    const from = exchange.sent_at
    if (!exchange.response) return { observation, from, to: Infinity, apply: unanswered(observation) }

    const operation = { observation, from, to: exchange.received_at }
    // A server may read again before it answers a creation, and then show what others did to the new call meanwhile.
    if (act === 'create' && status === 201 && call)
      return [
        { ...operation, apply: (register) => (register === 'absent' ? 'pending' : undefined) },
        {
          ...operation,
          apply: (register) => (registerOf(call.status, ends) === register ? register : undefined),
        },
      ]
    return { ...operation, apply: answered(observation, ends) }
  })
}

function answered(
  { act, status, call, winning_status, sent }: Observation,
  ends: (status: Record<string, unknown>) => string,
): Operation['apply'] {
  const shown = call
    ? registerOf(call.status, ends)
    : winning_status
      ? registerOf(winning_status, ends)
      : undefined
  return (register) => {
    if (status === 404) return act !== 'create' && register === 'absent' ? 'absent' : undefined
    if (register === 'absent') return undefined
    if (act === 'create' || act === 'get') return shown === register ? register : undefined
    const own = `ended by ${textOf(act, sent)}` as const
    if (status === 409)
      return register !== 'pending' && register !== own && (shown === undefined || shown === register)
        ? register
        : undefined
    return (register === 'pending' || register === own) && shown === own ? own : undefined
  }
}

/** Nobody knows whether it arrived; where it did, it did what it does. */
function unanswered({ act, sent }: Observation): Operation['apply'] {
  return (register) => {
    if (act === 'create') return register === 'absent' ? 'pending' : register
    if (act === 'get' || register !== 'pending') return register
    return `ended by ${textOf(act, sent)}`
  }
}

function registerOf(
  status: Record<string, unknown>,
  ends: (status: Record<string, unknown>) => string,
): Register {
  return status['state'] === 'pending' ? 'pending' : `ended by ${ends(status)}`
}

/** The text that an act leaves behind: a comment, or a response. One cancellation is like another, because all of them are accepted. */
export function textOf(act: Observation['act'], sent: Record<string, unknown> | undefined): string {
  if (act === 'cancel') return 'a cancellation'
  const text = sent?.['comment'] ?? sent?.['response']
  return typeof text === 'string' ? text : act
}
