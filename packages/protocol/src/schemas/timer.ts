import { Type, type Static } from '@sinclair/typebox'
import { Id, OpaqueObject, Timestamp } from './primitives.ts'

export const Timer = Type.Object(
  {
    run_id: Id('The run that sleeps.'),
    timer_id: Id("The client's id of the timer: the idempotency key."),
    spec: Type.Object(
      {
        wake_at: Timestamp('When to wake the agent.'),
        state: Type.Optional(OpaqueObject('Opaque: what the agent needs to go on.')),
      },
      { description: 'What the agent asks. Immutable once created.' },
    ),
    status: Type.Object(
      { state: Type.String({ description: '`pending`, `fired` or `cancelled`.' }) },
      { description: "What became of the timer. The server's alone." },
    ),
  },
  { $id: 'Timer', description: 'Wakes an agent at a given time. Feature `timers`.' },
)
export type Timer = Static<typeof Timer>
