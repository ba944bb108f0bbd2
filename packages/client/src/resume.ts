import { ProtocolError } from './errors.ts'
import { answerOf } from './human-as-tool.ts'
import { denialOf, editedKwargs } from './require-approval.ts'
import type { Event, FunctionCall, HumanContact, Timer } from './schemas.ts'

/** What an agent needs to go on after an event. Branch on `kind`, and for function calls on `approved`. */
export type Resumption = ApprovedFunctionCall | RefusedFunctionCall | AnsweredHumanContact | FiredTimer

interface Resumed {
  /** The event, whose id tells whether it was worked on before: events can be delivered twice. */
  event_id: string
  run_id: string
  /** The `state` of the spec: what the agent left for itself. */
  state: Record<string, unknown> | undefined
}

/** The function may run, with exactly these arguments. */
export interface ApprovedFunctionCall extends Resumed {
  kind: 'function_call'
  approved: true
  call_id: string
  fn: string
  /** What to run with: the arguments as the person changed them, else those that were asked. */
  kwargs: Record<string, unknown>
  call: FunctionCall
}

/** The function must not run: it was denied, expired or cancelled. A result, no error. */
export interface RefusedFunctionCall extends Resumed {
  kind: 'function_call'
  approved: false
  call_id: string
  fn: string
  /** Why, as text for the model. */
  text: string
  call: FunctionCall
}

/** A question is over, answered or not. */
export interface AnsweredHumanContact extends Resumed {
  kind: 'human_contact'
  call_id: string
  /** Whether a person answered. */
  answered: boolean
  /** The answer as text for the model, the default answer, or that nobody answered. */
  text: string
  call: HumanContact
}

/** The time has come. */
export interface FiredTimer extends Resumed {
  kind: 'timer'
  timer_id: string
  timer: Timer
}

/**
 * Tells an agent how to go on after an event of the log or of a webhook (parsed with `parseExact`, so that no digit of the
 * arguments is lost; and verified). Undefined for events that end nothing, and for those of types that are not known.
 */
export function resume(event: Event): Resumption | undefined {
  if (event.type === 'function_call.completed') return resumeFunctionCall(event, event.data as FunctionCall)
  if (event.type === 'human_contact.completed') return resumeHumanContact(event, event.data as HumanContact)
  if (event.type === 'timer.fired') return resumeTimer(event, event.data as Timer)
  return undefined
}

function resumeFunctionCall(event: Event, call: FunctionCall): Resumption {
  const { spec, status, call_id } = call
  requireMembers(event, call_id, spec?.fn, status?.state)
  const resumed = { ...resumedFrom(event, call), kind: 'function_call' as const, call_id, fn: spec.fn, call }
  if (status.state !== 'approved' || status.approved !== true)
    return { ...resumed, approved: false, text: denialOf(spec.fn, status) }

  const kwargs = editedKwargs(status, spec) ?? spec.kwargs
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs))
    throw new ProtocolError('The arguments are no object, so nothing may run.')
  return { ...resumed, approved: true, kwargs }
}

function resumeHumanContact(event: Event, call: HumanContact): Resumption {
  const { spec, status, call_id } = call
  requireMembers(event, call_id, spec?.msg, status?.state)
  return {
    ...resumedFrom(event, call),
    kind: 'human_contact',
    call_id,
    answered: status.state === 'answered',
    text: answerOf(status),
    call,
  }
}

function resumeTimer(event: Event, timer: Timer): Resumption {
  requireMembers(event, timer.timer_id)
  return { ...resumedFrom(event, timer), kind: 'timer', timer_id: timer.timer_id, timer }
}

function resumedFrom(event: Event, { run_id, spec }: FunctionCall | HumanContact | Timer): Resumed {
  requireMembers(event, event.id, run_id)
  return { event_id: event.id, run_id, state: spec?.state }
}

function requireMembers({ type }: Event, ...members: unknown[]): void {
  if (members.some((member) => typeof member !== 'string'))
    throw new ProtocolError(`The event of the type ${type} does not hold the whole object; nothing may run.`)
}
