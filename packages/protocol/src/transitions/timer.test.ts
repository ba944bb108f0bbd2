import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { CreateTimer, Timer, TimerSpec } from '../schemas/timer.ts'
import type { Decision } from './decision.ts'
import { cancel, create, dueAt, fire } from './timer.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const hour = 3_600_000
const FIRED = [{ type: 'fired', principal: 'system:timer' }]

describe('a timer', () => {
  test('is pending until its time has come (timer.created)', () => {
    expect(create(undefined, request(), act())).toEqual({
      ok: true,
      next: {
        run_id: 'run_1',
        timer_id: 'timer_1',
        spec: { wake_at: '2026-03-02T13:00:00Z', state: new RawJson('{"step":4}') },
        status: { state: 'pending', created_at: '2026-03-02T12:00:00.000Z', fired_at: null },
      },
      events: [],
    })
  })

  test.each(['2026-03-02T12:00:00Z', '2026-03-02T11:59:59.999Z', '0001-01-01T00:00:00Z'])(
    'whose time %s is over when it is created has fired (timer.past-fires-at-once)',
    (wake_at) => {
      const decision = create(undefined, request({ wake_at }), act())

      expect(decision.events).toEqual(FIRED)
      expect(decision.next?.status).toMatchObject({ state: 'fired', fired_at: noon.toISOString() })
    },
  )

  test('may fire as far ahead as the limit says, and no further (timer.in-range)', () => {
    const limit = act({ max_timer_seconds: 60 })
    const at = (wake_at: string) => create(undefined, request({ wake_at }), limit)

    expect(at('2026-03-02T12:01:00Z')).toMatchObject({ ok: true })
    for (const wake_at of [
      '2026-03-02T12:01:00.001Z',
      '2026-03-02T12:01:00.0000001Z',
      '9999-12-31T23:59:59Z',
    ])
      expect(at(wake_at)).toMatchObject({
        ok: false,
        refusal: { code: 'invalid_request', errors: [{ pointer: '/spec/wake_at' }] },
      })
  })

  test('that is set again is the existing one, whatever the time is (timer.repeat)', () => {
    const existing = accepted(fire(pending(), after(2 * hour)))
    const same = request({ state: new RawJson('{ "step": 4.0 }') })

    const decision = create(existing, same, act({ now: after(3 * hour), max_timer_seconds: 1 }))

    expect(decision).toEqual({ ok: true, next: existing, events: [] })
    expect(decision.next).toBe(existing)
  })

  test.each([
    ['another run', { run_id: 'run_2' }],
    ['another time', { spec: { wake_at: '2026-03-02T13:00:01Z', state: new RawJson('{"step":4}') } }],
    ['another state', { spec: { wake_at: '2026-03-02T13:00:00Z', state: new RawJson('{"step":5}') } }],
    ['no state', { spec: { wake_at: '2026-03-02T13:00:00Z' } }],
  ])('that is set again with %s is a conflict (timer.id-conflict)', (_, other) => {
    expect(create(pending(), { ...request(), ...other }, act())).toMatchObject({
      ok: false,
      refusal: { code: 'timer_id_conflict' },
      events: [],
    })
  })

  test('is cancelled once, and never fires then (timer.cancel)', () => {
    const cancelled = accepted(cancel(pending(), noon))

    expect(cancelled.status).toMatchObject({ state: 'cancelled', fired_at: null })
    expect(cancel(cancelled, after(2 * hour))).toEqual({ ok: true, next: cancelled, events: [] })
    expect(fire(cancelled, after(2 * hour))).toEqual({ ok: true, next: cancelled, events: [] })
  })

  test('whose time has come fires before anything else is done with it (timer.cancel-too-late)', () => {
    const decision = cancel(pending(), after(hour))

    expect(decision).toMatchObject({
      ok: false,
      refusal: { code: 'already_fired', winning_status: { state: 'fired' } },
      next: { status: { state: 'fired' } },
      events: FIRED,
    })
    expect(cancel(decision.next!, after(2 * hour))).toMatchObject({
      refusal: { code: 'already_fired' },
      events: [],
    })
  })

  test.each([
    ['2026-03-02T12:00:00.1Z', 100],
    ['2026-03-02T12:00:00.123Z', 123],
    ['2026-03-02T12:00:00.123000Z', 123],
    ['2026-03-02T12:00:00.123000001Z', 124],
    ['2026-03-02T12:00:00.0001Z', 1],
    ['2026-03-02T12:00:00.9999Z', 1000],
  ])('that wakes at %s waits until the millisecond is over (timer.never-early)', (wake_at, ms) => {
    expect(dueAt({ wake_at }) - noon.getTime()).toBe(ms)
  })

  test('fires once at the most and never early, whatever happens to it (timer.never-early, timer.event)', () => {
    const step = fc.record({ act: fc.constantFrom('fire', 'cancel'), ms: fc.integer({ min: 0, max: 900 }) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), fc.array(step, { maxLength: 12 }), (ahead, steps) => {
        let now = noon
        let timer = pending({ wake_at: after(ahead).toISOString() })
        let fired = 0
        for (const { act: verb, ms } of steps) {
          now = new Date(now.getTime() + ms)
          const before = timer.status.state
          const decision = verb === 'fire' ? fire(timer, now) : cancel(timer, now)
          timer = decision.next ?? timer
          fired += decision.events.length
          if (before !== 'pending') expect(timer.status.state).toBe(before)
        }
        expect(fired).toBe(timer.status.state === 'fired' ? 1 : 0)
        if (timer.status.fired_at !== null)
          expect(Date.parse(timer.status.fired_at)).toBeGreaterThanOrEqual(dueAt(timer.spec))
        if (timer.status.state === 'pending' && steps.length > 0)
          expect(now.getTime()).toBeLessThan(dueAt(timer.spec))
      }),
    )
  })
})

function after(ms: number): Date {
  return new Date(noon.getTime() + ms)
}

function act(more: { now?: Date; max_timer_seconds?: number } = {}) {
  return { now: noon, max_timer_seconds: 86_400, ...more }
}

function request(spec: Partial<TimerSpec> = {}): CreateTimer {
  return {
    run_id: 'run_1',
    timer_id: 'timer_1',
    spec: { wake_at: '2026-03-02T13:00:00Z', state: new RawJson('{"step":4}'), ...spec },
  }
}

function pending(spec: Partial<TimerSpec> = {}): Timer {
  return accepted(create(undefined, request(spec), act()))
}

function accepted(decision: Decision<Timer>): Timer {
  expect(decision.ok).toBe(true)
  return decision.next!
}
