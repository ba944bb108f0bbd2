import { isEqualJson } from '../json/canonicalize.ts'
import { stringify } from '../json/stringify.ts'
import type { CreateTimer, Timer, TimerSpec } from '../schemas/timer.ts'
import { refuse, type Decision, type EventDraft } from './decision.ts'

export interface CreateTimerAct {
  now: Date
  /** How far ahead a timer may fire, in seconds. */
  max_timer_seconds: number
}

/** Takes a new timer, or gives the existing one when the same is asked again. One that is due already has fired. */
export function create(
  existing: Timer | undefined,
  request: CreateTimer,
  act: CreateTimerAct,
): Decision<Timer> {
  if (existing) return repeat(existing, request)

  const { run_id, timer_id, spec } = request
  if (dueAt(spec) > act.now.getTime() + act.max_timer_seconds * 1000)
    return refuse('invalid_request', 'The timer cannot be taken like this.', [
      {
        pointer: '/spec/wake_at',
        detail: `A timer fires within ${act.max_timer_seconds} seconds at the latest.`,
      },
    ])

  const created_at = act.now.toISOString()
  return fire({ run_id, timer_id, spec, status: { state: 'pending', created_at, fired_at: null } }, act.now)
}

/** Wakes the agent when the time has come, and never before. */
export function fire(timer: Timer, now: Date): Decision<Timer> {
  if (timer.status.state !== 'pending' || now.getTime() < dueAt(timer.spec))
    return { ok: true, next: timer, events: [] }

  const status = { ...timer.status, state: 'fired', fired_at: now.toISOString() }
  return { ok: true, next: { ...timer, status }, events: [FIRED] }
}

const FIRED: EventDraft = { type: 'fired', principal: 'system:timer' }

/** Withdraws a pending timer. One that is due fires first, so that nothing else ends it then. */
export function cancel(timer: Timer, now: Date): Decision<Timer> {
  const { next = timer, events } = fire(timer, now)
  const { state } = next.status
  if (state === 'pending')
    return { ok: true, next: { ...next, status: { ...next.status, state: 'cancelled' } }, events }
  if (state === 'cancelled') return { ok: true, next, events }
  return {
    ok: false,
    refusal: { code: 'already_fired', detail: 'The timer has fired.', winning_status: next.status },
    next,
    events,
  }
}

/** When a timer fires, in milliseconds since 1970. A part of a millisecond counts as a whole one, lest it fires early. */
export function dueAt({ wake_at }: TimerSpec): number {
  return Date.parse(wake_at) + (/\.\d{3}0*[1-9]/.test(wake_at) ? 1 : 0)
}

function repeat(existing: Timer, request: CreateTimer): Decision<Timer> {
  const isSame =
    existing.run_id === request.run_id && isEqualJson(stringify(existing.spec), stringify(request.spec))
  return isSame
    ? { ok: true, next: existing, events: [] }
    : refuse(
        'timer_id_conflict',
        `The timer_id "${request.timer_id}" belongs to a timer that was set differently.`,
      )
}
