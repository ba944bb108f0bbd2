import type { ProblemCode } from '../problem-codes.ts'
import type { Cancellation } from '../schemas/call.ts'
import type { FunctionCall } from '../schemas/function-call.ts'
import type { HumanContact } from '../schemas/human-contact.ts'
import { contactsDueAt, joinDue, settleOne, withdrawn } from './contacts.ts'
import type { Decision, EventDraft } from './decision.ts'

// The life of a call of either kind: what is due for it, and how it ends. Everything that differs stands in function-call.ts and human-contact.ts.

export type Call = FunctionCall | HumanContact

/** Who acts, and when. Time and identity are arguments, so that a transition is a function of its input. */
export interface Act {
  now: Date
  /** `key:KEY_ID` of the key that acts. */
  principal: string
}

/** Whether silence has ended the call: an answer at `expires_at` still counts, one after it does not. */
function isOverdue(call: Call, now: Date): boolean {
  const { state, expires_at } = call.status
  return state === 'pending' && expires_at !== null && now.getTime() > Date.parse(expires_at)
}

/** 409 with the status that won. First terminal state wins: nothing leads out of one. */
export function alreadyTerminal<C extends Call>(call: C): Decision<C> {
  const { state } = call.status
  const code: ProblemCode =
    state === 'expired'
      ? 'already_expired'
      : state === 'cancelled'
        ? 'already_cancelled'
        : 'already_responded'
  return {
    ok: false,
    refusal: { code, detail: `The call is ${state}.`, winning_status: call.status },
    events: [],
  }
}

/** Every transition first applies what is due, the expiry or else the joining of leaves, and all is written together. */
export function afterWhatIsDue<C extends Call, Input, A extends { now: Date }>(
  expireNow: (call: C, now: Date) => C,
  transition: (call: C, input: Input, act: A) => Decision<C>,
): (call: C, input: Input, act: A) => Decision<C> {
  return (call, input, act) => {
    const { next, events } = applyWhatIsDue(call, act.now, expireNow)
    if (events.length === 0) return transition(next, input, act)

    const decision = transition(next, input, act)
    return { next, ...decision, events: [...events, ...decision.events] }
  }
}

/** What is due alone, as the sweep applies it. */
export function applyWhatIsDue<C extends Call>(
  call: C,
  now: Date,
  expireNow: (call: C, now: Date) => C,
): { ok: true; next: C; events: EventDraft[] } {
  if (isOverdue(call, now)) return { ok: true, next: expireNow(call, now), events: [EXPIRED] }
  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }

  const { contacts = [] } = call.status
  const due = contactsDueAt(contacts)
  if (due === undefined || due > now.getTime()) return { ok: true, next: call, events: [] }
  const joined = joinDue(contacts, now)
  const isChanged = joined.contacts.some((contact, index) => contact !== contacts[index])
  return { ok: true, next: isChanged ? withContacts(call, joined.contacts) : call, events: joined.events }
}

/** When something is due for a call, in milliseconds since 1970, or undefined: it expires, a leaf joins, or a contact waits to be sent. */
export function dueAt({ status: { state, expires_at, contacts = [] } }: Call): number | undefined {
  if (state !== 'pending') return undefined
  const due = [
    // At `expires_at` an answer still counts.
    ...(expires_at === null ? [] : [Date.parse(expires_at) + 1]),
    ...[contactsDueAt(contacts)].filter((at) => at !== undefined),
  ]
  return due.length > 0 ? Math.min(...due) : undefined
}

/** Records how it went to send a contact that was queued. */
export function settleContact<C extends Call>(
  call: C,
  { contact_id, outcome }: { contact_id: string; outcome: 'sent' | 'failed' },
  now: Date,
): Decision<C> {
  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }
  const settled = settleOne(call.status.contacts ?? [], contact_id, outcome, now)
  return { ok: true, next: withContacts(call, settled.contacts), events: settled.events }
}

/** The status with the contacts of a call that has ended; those of the leaves in `kept` have served. */
export function contactsAtEnd({ status }: Call, kept: ReadonlySet<string>, now: Date) {
  return status.contacts ? { contacts: withdrawn(status.contacts, kept, now) } : {}
}

function withContacts<C extends Call>(call: C, contacts: NonNullable<C['status']['contacts']>): C {
  return { ...call, status: { ...call.status, contacts } }
}

const EXPIRED: EventDraft = { type: 'completed', principal: 'system:expiry' }

/** Withdraws a pending call. To cancel a cancelled call again changes nothing. */
export function cancelPending<C extends Call>(
  call: C,
  cancelNow: (comment: string) => C,
  cancellation: Cancellation,
  act: Act,
): Decision<C> {
  if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }
  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment = cancellation.comment ?? 'Cancelled by the agent.'
  return {
    ok: true,
    next: cancelNow(comment),
    events: [{ type: 'completed', principal: act.principal, detail: comment }],
  }
}
