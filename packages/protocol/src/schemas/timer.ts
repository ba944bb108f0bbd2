import { Type, type Static } from '@sinclair/typebox'
import { Id, Nullable, OpaqueObject, Timestamp } from './primitives.ts'

export const TimerSpec = Type.Object(
  {
    wake_at: Timestamp('When to wake the agent; a moment that is over wakes it at once.'),
    state: Type.Optional(
      OpaqueObject(
        'Opaque to the server: what the agent needs to go on. Shown only to keys with the agent scope.',
      ),
    ),
  },
  { $id: 'TimerSpec', description: 'What the agent asks. Immutable once created.' },
)
export type TimerSpec = Static<typeof TimerSpec>

export const TimerStatus = Type.Object(
  {
    state: Type.String({
      description: '`pending`, or one of the terminal states `fired` and `cancelled`.',
      examples: ['pending', 'fired', 'cancelled'],
    }),
    created_at: Timestamp('When the server created the timer.'),
    fired_at: Nullable(Timestamp('When the timer fired.'), 'When the timer fired; null unless it has.'),
  },
  { $id: 'TimerStatus', description: "What became of the timer. The server's alone." },
)
export type TimerStatus = Static<typeof TimerStatus>

const identity = {
  run_id: Id('The run that sleeps, chosen by the client.'),
  timer_id: Id("The client's id of the timer: the idempotency key, unique within the project for ever."),
}

export const CreateTimer = Type.Object(
  {
    ...identity,
    parent_run_id: Type.Optional(Id('The run that started this run. Feature `runs`.')),
    spec: TimerSpec,
  },
  { $id: 'CreateTimer', description: 'Asks to be woken at a given time.' },
)
export type CreateTimer = Static<typeof CreateTimer>

export const Timer = Type.Object(
  { ...identity, spec: TimerSpec, status: TimerStatus },
  { $id: 'Timer', description: 'Wakes an agent at a given time. Profile `timers`.' },
)
export type Timer = Static<typeof Timer>
