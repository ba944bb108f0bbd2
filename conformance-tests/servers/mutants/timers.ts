import type { Mutant } from '../mutation.ts'

const TIMER = 'protocol/src/transitions/timer.ts'
const HTTP_TIMERS = 'reference-server/src/http/timers.ts'
const SQLITE_TIMERS = 'reference-server/src/store/sqlite/sqlite-timers.ts'
const DUE_LOOP = 'reference-server/src/workers/due-loop.ts'

const DUE = 'return Date.parse(wake_at) +'
const FIRED = "const FIRED: EventDraft = { type: 'fired', principal: 'system:timer' }"

export const timerMutants: readonly Mutant[] = [
  {
    id: 'new-timer-has-no-location',
    requirement: 'timer.created',
    title: 'The creation of a timer is answered with a Location that has no id.',
    patches: [
      {
        file: HTTP_TIMERS,
        find: 'location: `/v1/timers/${request.timer_id}`',
        replace: "location: '/v1/timers'",
      },
    ],
  },
  {
    id: 'timer-is-read-without-state',
    requirement: 'timer.read',
    title: 'A read shows a timer without the state that the agent left with it.',
    patches: [
      {
        file: 'reference-server/src/http/object-text.ts',
        find: "object_id: timer.timer_id }, ['agent'])",
        replace: "object_id: timer.timer_id }, ['responder'])",
      },
    ],
  },
  {
    id: 'repeated-timer-is-a-conflict-when-written-otherwise',
    requirement: 'timer.repeat',
    title: 'A timer that is set again with its members in another order is a conflict.',
    patches: [
      {
        file: TIMER,
        find: 'isEqualJson(stringify(existing.spec), stringify(request.spec))',
        replace: 'stringify(existing.spec) === stringify(request.spec)',
      },
    ],
  },
  {
    id: 'cancelled-timer-is-set-again',
    requirement: 'timer.repeat',
    title: 'A cancelled timer that is set again is pending again.',
    patches: [
      {
        file: TIMER,
        find: '? { ok: true, next: existing, events: [] }',
        replace:
          "? { ok: true, next: { ...existing, status: { ...existing.status, ...(existing.status.state === 'cancelled' && { state: 'pending' }) } }, events: [] }",
      },
    ],
  },
  {
    id: 'timers-are-compared-by-their-time',
    requirement: 'timer.id-conflict',
    title: 'Timers that differ only in their state are taken for equal.',
    patches: [
      {
        file: TIMER,
        find: 'isEqualJson(stringify(existing.spec), stringify(request.spec))',
        replace: 'existing.spec.wake_at === request.spec.wake_at',
      },
    ],
  },
  {
    id: 'timer-of-another-run-is-taken-for-a-repeat',
    requirement: 'timer.id-conflict',
    title: 'A timer that another run sets under a taken id is answered with 200.',
    patches: [
      { file: TIMER, find: 'existing.run_id === request.run_id', replace: 'existing.run_id.length > 0' },
    ],
  },
  {
    id: 'the-furthest-timer-is-further',
    requirement: 'timer.in-range',
    title: 'A timer may be a little further ahead than the limit says.',
    patches: [
      {
        file: TIMER,
        find: 'act.max_timer_seconds * 1000)',
        replace: 'act.max_timer_seconds * 1001)',
      },
    ],
  },
  {
    id: 'timers-wake-within-a-day',
    requirement: 'timer.in-range',
    title: 'A timer may be a day ahead at the most, although the limit says more.',
    patches: [
      {
        file: TIMER,
        find: 'act.max_timer_seconds * 1000)',
        replace: 'Math.min(86_400, act.max_timer_seconds) * 1000)',
      },
    ],
  },
  {
    id: 'timers-are-late',
    requirement: 'timer.fires',
    title: 'A timer fires twenty seconds after its time.',
    patches: [
      {
        file: 'reference-server/src/workers/fire-timers.ts',
        find: 'timers.listOverdue(now, BATCH)',
        replace: 'timers.listOverdue(new Date(now.getTime() - 20_000), BATCH)',
      },
      { file: DUE_LOOP, find: 'const MIN_SLEEP_MS = 1\n', replace: 'const MIN_SLEEP_MS = 50\n' },
    ],
  },
  {
    id: 'fired-timer-does-not-say-when',
    requirement: 'timer.fires',
    title: 'A timer that has fired shows no time at which it did.',
    patches: [
      { file: TIMER, find: "state: 'fired', fired_at: now.toISOString()", replace: "state: 'fired'" },
    ],
  },
  {
    id: 'timers-of-the-past-are-refused',
    requirement: 'timer.past-fires-at-once',
    title: 'A timer whose time is over is refused.',
    patches: [
      {
        file: TIMER,
        find: 'if (dueAt(spec) > act.now.getTime() + act.max_timer_seconds * 1000)',
        replace:
          'if (dueAt(spec) < act.now.getTime() || dueAt(spec) > act.now.getTime() + act.max_timer_seconds * 1000)',
      },
    ],
  },
  {
    id: 'timers-fire-early',
    requirement: 'timer.never-early',
    title: 'A timer fires 400 milliseconds before its time.',
    patches: [{ file: TIMER, find: DUE, replace: `${DUE} -400 +` }],
  },
  {
    id: 'timers-fire-early-and-hide-it',
    requirement: 'timer.never-early',
    title: 'A timer fires 400 milliseconds before its time, and claims that it did not.',
    patches: [
      { file: TIMER, find: DUE, replace: `${DUE} -400 +` },
      { file: TIMER, find: 'fired_at: now.toISOString() }', replace: 'fired_at: timer.spec.wake_at }' },
    ],
  },
  {
    id: 'timers-fire-in-silence',
    requirement: 'timer.event',
    title: 'A timer that was pending fires without an event.',
    patches: [
      {
        file: TIMER,
        find: 'next: { ...timer, status }, events: [FIRED] }',
        replace:
          'next: { ...timer, status }, events: timer.status.created_at === status.fired_at ? [FIRED] : [] }',
      },
    ],
  },
  {
    id: 'timers-are-told-of-twice',
    requirement: 'timer.event',
    title: 'A timer that fires is told of twice.',
    patches: [
      {
        file: TIMER,
        find: 'next: { ...timer, status }, events: [FIRED] }',
        replace: 'next: { ...timer, status }, events: [FIRED, FIRED] }',
      },
    ],
  },
  {
    id: 'timers-are-fired-by-the-expiry',
    requirement: 'timer.event',
    title: 'The event of a timer names another principal.',
    patches: [{ file: TIMER, find: FIRED, replace: FIRED.replace('system:timer', 'system:expiry') }],
  },
  {
    id: 'event-of-a-timer-shows-it-pending',
    requirement: 'timer.event',
    title: 'The event of a timer shows it as it was before it fired.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: 'type, principal, detail, status },',
        replace: 'type, principal, detail, status: current ? stringify(current.status) : status },',
      },
    ],
  },
  {
    id: 'responders-see-the-state-of-timers',
    requirement: 'timer.state-for-agents',
    title: 'The event of a timer shows its state to everybody.',
    patches: [
      {
        file: 'reference-server/src/http/object-text.ts',
        find: "const shown = scopes.includes('agent')",
        replace: "const shown = kind === 'timer' || scopes.includes('agent')",
      },
    ],
  },
  {
    id: 'call-filter-takes-timers',
    requirement: 'event.filters',
    title: 'A list of the events of a call holds those of the timer with its id.',
    patches: [
      {
        file: 'reference-server/src/store/sqlite/sqlite-events.ts',
        find: "e.kind in ('function_call', 'human_contact')",
        replace: "e.kind in ('function_call', 'human_contact', 'timer')",
      },
    ],
  },
  {
    id: 'timers-are-served-unclaimed',
    requirement: 'feature.unclaimed-operations',
    title: 'The timers are served although the profile is not claimed.',
    patches: [{ file: 'reference-server/src/capabilities.ts', find: "    'timers',\n", replace: '' }],
  },
  {
    id: 'cancelled-timer-is-not-cancelled-again',
    requirement: 'timer.cancel',
    title: 'The cancellation of a cancelled timer is refused.',
    patches: [
      { file: TIMER, find: "if (state === 'cancelled') return", replace: "if (state === '') return" },
    ],
  },
  {
    id: 'cancelled-timers-fire',
    requirement: 'timer.cancel',
    title: 'A timer that was cancelled fires all the same.',
    patches: [
      {
        file: TIMER,
        find: "timer.status.state !== 'pending' || now",
        replace: "timer.status.state === 'fired' || now",
      },
      {
        file: SQLITE_TIMERS,
        find: "where state = 'pending' and due_at <= ? order",
        replace: "where state <> 'fired' and due_at <= ? order",
      },
    ],
  },
  {
    id: 'fired-timer-can-be-cancelled',
    requirement: 'timer.cancel-too-late',
    title: 'A timer that has fired can be cancelled.',
    patches: [
      {
        file: TIMER,
        find: "if (state === 'pending')\n",
        replace: "if (state === 'pending' || state === 'fired')\n",
      },
    ],
  },
  {
    id: 'fired-timer-counts-as-cancelled',
    requirement: 'timer.cancel-too-late',
    title: 'The cancellation of a timer that has fired is answered with 200 and the fired timer.',
    patches: [
      {
        file: TIMER,
        find: "if (state === 'cancelled') return",
        replace: "if (state === 'cancelled' || state === 'fired') return",
      },
    ],
  },
  {
    id: 'fired-timers-fire-again-after-a-restart',
    requirement: 'timer.survives',
    title: 'When the server starts, every timer that has fired fires again.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: '    this.#shared = shared\n',
        replace: `    this.#shared = shared
    db.exec("update timers set state = 'pending', status = json_set(status, '$.state', 'pending') where state = 'fired'")
`,
      },
    ],
  },
  {
    id: 'timers-that-came-due-meanwhile-are-dropped',
    requirement: 'timer.survives',
    title: 'A timer that came due while the server did not run never fires.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: '    this.#shared = shared\n',
        replace: `    this.#shared = shared
    db.prepare("update timers set state = 'missed' where state = 'pending' and due_at <= ?").run(Date.now())
`,
      },
    ],
  },
  {
    id: 'equal-timers-at-the-same-time-collide',
    requirement: 'timer.repeat',
    title: 'Of equal timers that are created at the same time all but one run into an internal error.',
    patches: [
      {
        file: SQLITE_TIMERS,
        find: 'const { writer, clock, announce, runs } = this.#shared',
        replace: `const { writer, clock, announce, runs } = this.#shared
    const seen = this.#read(project_id, timer_id)
    if (key_id !== undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    if (!seen && this.#read(project_id, timer_id)) throw new Error('UNIQUE constraint failed')`,
      },
    ],
  },
]
