import type { RequirementId } from '../generated/requirement-ids.ts'

/** Function calls and human contacts have much in common; a check that is about both goes through both. */
export interface CallKind {
  readonly name: 'function call' | 'human contact'
  readonly collection: '/v1/function_calls' | '/v1/human_contacts'
  /** The schema of the object. */
  readonly schema: 'FunctionCall' | 'HumanContact'
  /** The smallest spec that is valid, with whatever a check adds. */
  spec(more?: Readonly<Record<string, unknown>>): Record<string, unknown>
  /** An answer, and a different one. */
  readonly answer: Readonly<Record<string, unknown>>
  readonly otherAnswer: Readonly<Record<string, unknown>>
  /** The state after `answer`. */
  readonly answeredState: string
  readonly terminalStates: readonly string[]
  readonly requirements: {
    readonly decides: RequirementId
    readonly firstWins: RequirementId
    readonly lateConflict: RequirementId
    readonly oneWinner: RequirementId
  }
}

export const functionCalls: CallKind = {
  name: 'function call',
  collection: '/v1/function_calls',
  schema: 'FunctionCall',
  spec: (more = {}) => ({ fn: 'refund_order', kwargs: { order: 42 }, ...more }),
  answer: { approved: true, comment: 'go ahead' },
  otherAnswer: { approved: false, comment: 'not today' },
  answeredState: 'approved',
  terminalStates: ['approved', 'denied', 'expired', 'cancelled'],
  requirements: {
    decides: 'function-call.respond-decides',
    firstWins: 'function-call.first-answer-wins',
    lateConflict: 'function-call.late-answer-conflict',
    oneWinner: 'function-call.one-winner',
  },
}

export const humanContacts: CallKind = {
  name: 'human contact',
  collection: '/v1/human_contacts',
  schema: 'HumanContact',
  spec: (more = {}) => ({ msg: 'Which region?', ...more }),
  answer: { response: 'eu-west' },
  otherAnswer: { response: 'us-east' },
  answeredState: 'answered',
  terminalStates: ['answered', 'expired', 'cancelled'],
  requirements: {
    decides: 'human-contact.respond-answers',
    firstWins: 'human-contact.first-answer-wins',
    lateConflict: 'human-contact.late-answer-conflict',
    oneWinner: 'human-contact.one-winner',
  },
}

export const callKinds: readonly CallKind[] = [functionCalls, humanContacts]

/** The path of a call, or of something that is done to it. */
export function pathOf(kind: CallKind, call_id: string, verb?: 'respond' | 'cancel' | 'escalate'): string {
  return `${kind.collection}/${encodeURIComponent(call_id)}${verb ? `/${verb}` : ''}`
}

/** An id of a check's own for a call of this kind, so that a server which mixes up the kinds is found by the check of that alone. */
export function callId(context: { id(name: string): string }, kind: CallKind, name: string): string {
  return context.id(`${kind.schema}-${name}`)
}
