import { Type, type Static } from '@sinclair/typebox'
import { ContactChannel } from './contact-channel.ts'
import { EscalationRecord } from './escalation.ts'
import { Id, Nullable, OpaqueObject, Timestamp } from './primitives.ts'
import { Assurance, Responder } from './responder.ts'

/** What function calls and human contacts have in common, spread into both so that each reads whole. */
export const identity = {
  run_id: Id('The run of an agent to which the call belongs, chosen by the client.'),
  call_id: Id(
    "The client's id of the call: the idempotency key, unique within the project and kind for ever.",
  ),
}

/** What a client sends with a new call beside its spec. */
export const creation = {
  ...identity,
  parent_run_id: Type.Optional(Id('The run that started this run. Feature `runs`.')),
}

export const Context = Type.Object(
  {
    summary: Type.Optional(
      Type.String({
        maxLength: 100_000,
        description: 'Markdown that tells a person what they need to decide.',
      }),
    ),
    links: Type.Optional(
      Type.Array(
        Type.Object({
          url: Type.String({
            pattern: '^https?://',
            maxLength: 4_000,
            description: 'An http or https address. The server never fetches it.',
          }),
          title: Type.Optional(Type.String({ maxLength: 1_000, description: 'The text of the link.' })),
        }),
        { maxItems: 50, description: 'Further reading.' },
      ),
    ),
  },
  { $id: 'Context', description: 'What a person needs to decide well.' },
)

export const commonSpec = {
  channel: Type.Optional(ContactChannel),
  state: Type.Optional(
    OpaqueObject(
      'Opaque to the server: what the agent needs to go on. Shown only to keys with the agent scope.',
    ),
  ),
  context: Type.Optional(Context),
  expires_at: Type.Optional(
    Timestamp('The last instant at which an answer counts. Excludes `expires_in_seconds`. Feature `expiry`.'),
  ),
  expires_in_seconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'The same, counted from the instant at which the server created the call. Feature `expiry`.',
    }),
  ),
  metadata: Type.Optional(
    OpaqueObject('Opaque to the server. Extensions live here, under reverse-DNS names.'),
  ),
  requires: Type.Optional(
    Type.Array(Type.String({ maxLength: 128 }), {
      maxItems: 50,
      description: 'Names of features without which the server has to refuse the call.',
    }),
  ),
  redact: Type.Optional(
    Type.Array(Type.String({ maxLength: 1_000 }), {
      maxItems: 100,
      description: 'JSON Pointers to values shown only to people who signed in. Feature `redact`.',
    }),
  ),
  minimum_assurance: Type.Optional(Assurance),
  exclude_responder_ids: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
      maxItems: 100,
      description: 'Responders whose answer does not count. Feature `exclude_responder_ids`.',
    }),
  ),
  risk: Type.Optional(
    Type.String({
      maxLength: 128,
      description: 'How much is at stake, in the words of the operator. Feature `risk`.',
    }),
  ),
  locale: Type.Optional(
    Type.String({
      maxLength: 64,
      description: 'The BCP 47 tag of the language to ask in. Feature `locale`.',
    }),
  ),
}

export const ContactRecord = Type.Object(
  {
    contact_id: Type.String({ description: 'The id of the contact, unique within its call.' }),
    kind: Type.String({ description: 'The kind of the leaf through which somebody is asked.' }),
    place: Type.Optional(
      Type.String({
        description: 'The JSON Pointer to the leaf within `status.channel`; absent for an escalation.',
      }),
    ),
    escalation_id: Type.Optional(
      Type.String({ description: 'The escalation to which the contact belongs, if it does.' }),
    ),
    state: Type.String({
      description: '`scheduled`, `queued`, `sent`, `failed` or `withdrawn`; open to further values.',
    }),
    joins_at: Timestamp('When the leaf joins or joined, and the contact is due to be sent.'),
    sent_at: Type.Optional(Timestamp('When it left the server.')),
    failed_at: Type.Optional(Timestamp('When it turned out that it cannot be sent.')),
    withdrawn_at: Type.Optional(Timestamp('When it was of no use any more.')),
  },
  { $id: 'ContactRecord', description: 'One attempt to reach somebody. Profile `contacts`.' },
)
export type ContactRecord = Static<typeof ContactRecord>

export const commonStatus = {
  requested_at: Timestamp('When the server created the call.'),
  requested_by: Type.String({ description: 'The key that created the call, as `key:KEY_ID`.' }),
  expires_at: Nullable(
    Timestamp('The last instant at which an answer counts.'),
    'The last instant at which an answer counts; null: no limit.',
  ),
  channel: ContactChannel,
  completed_at: Nullable(
    Timestamp('When the call became terminal.'),
    'When the call became terminal; null while it is pending.',
  ),
  responded_at: Nullable(
    Timestamp('When the deciding answer came.'),
    'When the deciding answer came; null without an answer.',
  ),
  responder: Nullable(Responder, 'Who gave the deciding answer; null without an answer.'),
  exclude_responder_ids: Type.Optional(
    Type.Array(Type.String(), {
      description: 'The responders whose answer does not count. Feature `exclude_responder_ids`.',
    }),
  ),
  contacts: Type.Optional(
    Type.Array(ContactRecord, { description: 'Who is asked, and how that goes. Profile `contacts`.' }),
  ),
  escalations: Type.Optional(Type.Array(EscalationRecord, { description: 'The escalations, oldest first.' })),
}

export const Cancellation = Type.Object(
  {
    comment: Type.Optional(
      Type.String({
        maxLength: 100_000,
        description: 'Why the call is withdrawn. Default: `Cancelled by the agent.`',
      }),
    ),
  },
  { $id: 'Cancellation', description: 'Withdraws a pending call.' },
)
export type Cancellation = Static<typeof Cancellation>
