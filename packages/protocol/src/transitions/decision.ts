import type { JsonFault } from '../json/parse.ts'
import type { ProblemCode } from '../problem-codes.ts'

/**
 * What a transition decided. `next` is what to store (absent: nothing changes) and `events` are what happened;
 * both are written together. A refusal is a value too, because some refusals are recorded.
 */
export type Decision<Subject> =
  | { ok: true; next: Subject; events: EventDraft[] }
  | { ok: false; refusal: Refusal; next?: Subject; events: EventDraft[] }

/** An event before the store gives it its id, its time and the snapshot of its object. */
export interface EventDraft {
  type: EventName
  /** Who acted: `key:KEY_ID`, a responder id, `system:expiry`, `system:contact`, or `system:timer`. */
  principal: string
  /** Why an act was refused, or which escalation or contact this is. */
  detail?: string
}

export type EventName =
  | 'requested'
  | 'contacted'
  | 'responded'
  | 'refused'
  | 'escalated'
  | 'completed'
  | 'fired'

export interface Refusal {
  code: ProblemCode
  detail: string
  errors?: JsonFault[]
  /** With the `already_…` codes: the status that won. */
  winning_status?: object
}

export function refuse<Subject>(code: ProblemCode, detail: string, errors?: JsonFault[]): Decision<Subject> {
  return { ok: false, refusal: { code, detail, ...(errors && { errors }) }, events: [] }
}
