import { Type, type Static } from '@sinclair/typebox'
import { ContactChannel, EmailRecipient } from './contact-channel.ts'
import { Id, Timestamp } from './primitives.ts'

const members = {
  escalation_id: Id("The client's id of this escalation, unique within its call: the idempotency key."),
  escalation_msg: Type.String({
    minLength: 1,
    maxLength: 10_000,
    description: 'Why somebody is asked again.',
  }),
  channel: Type.Optional(ContactChannel),
  additional_recipients: Type.Optional(
    Type.Array(EmailRecipient, { maxItems: 100, description: 'Others who get the message by e-mail.' }),
  ),
}

export const Escalation = Type.Object(members, {
  $id: 'Escalation',
  description:
    'A request to ask again, elsewhere or more urgently. It changes who is asked, never who may decide.',
})
export type Escalation = Static<typeof Escalation>

export const EscalationRecord = Type.Object(
  {
    ...members,
    escalated_at: Timestamp('When the server recorded it.'),
    escalated_by: Type.String({ description: 'The key that escalated, as `key:KEY_ID`.' }),
  },
  { $id: 'EscalationRecord', description: 'An escalation as the server recorded it.' },
)
export type EscalationRecord = Static<typeof EscalationRecord>
