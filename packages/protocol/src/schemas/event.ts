import { Type, type Static } from '@sinclair/typebox'
import { FunctionCall } from './function-call.ts'
import { HumanContact } from './human-contact.ts'
import { Nullable, Timestamp } from './primitives.ts'
import { Timer } from './timer.ts'

export const EventType = Type.String({
  $id: 'EventType',
  description:
    '`function_call.` or `human_contact.` followed by `requested`, `contacted`, `responded`, `refused`, `escalated` or `completed`; or `timer.fired`. Open to further values.',
  examples: ['function_call.requested', 'human_contact.completed', 'timer.fired'],
})

export const Event = Type.Object(
  {
    id: Type.String({ description: 'Opaque, and the cursor of the event stream.' }),
    type: EventType,
    created_at: Timestamp('When it happened.'),
    data: Type.Union([FunctionCall, HumanContact, Timer], {
      description: 'The whole object as it was then, filtered for the reader.',
    }),
    principal: Type.Optional(
      Type.String({
        description:
          'Who acted: `key:KEY_ID`, a responder id, `system:expiry`, `system:contact`, or `system:timer`.',
      }),
    ),
  },
  {
    $id: 'Event',
    description: 'Something that happened to a call or timer. The event log is the audit trail.',
  },
)
export type Event = Static<typeof Event>

export const EventList = Type.Object(
  {
    items: Type.Array(Event, { description: 'Oldest first.' }),
    next_cursor: Nullable(
      Type.String(),
      'The id of the last event of the page, to be sent as `after`; null when no other follows yet.',
    ),
  },
  { $id: 'EventList', description: 'One page of the event log.' },
)
