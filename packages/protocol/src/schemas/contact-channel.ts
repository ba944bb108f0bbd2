import { Type, type Static } from '@sinclair/typebox'

// A channel is closed throughout: a misspelt member there would silently weaken an approval.
const closed = { additionalProperties: false }

const allowed_responder_ids = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 256 }), {
    minItems: 1,
    maxItems: 100,
    description: 'The responders who may decide through this leaf. Absent: anyone who answers through it.',
  }),
)

export const EmailRecipient = Type.Object(
  {
    address: Type.String({ minLength: 3, maxLength: 320, description: 'The e-mail address.' }),
    context_about_user: Type.Optional(
      Type.String({ maxLength: 10_000, description: 'Who this is, in words for the agent and the sender.' }),
    ),
    field: Type.Optional(
      Type.Union([Type.Literal('to'), Type.Literal('cc'), Type.Literal('bcc')], {
        description: 'The header in which the address stands. Default: `to`.',
      }),
    ),
  },
  { $id: 'EmailRecipient', description: 'Somebody who gets a message by e-mail.', ...closed },
)

export const InboxContactChannel = Type.Object(
  { allowed_responder_ids },
  {
    $id: 'InboxContactChannel',
    description: "The server's own inbox: its API, command line and page.",
    ...closed,
  },
)

export const ConsoleContactChannel = Type.Object(
  { allowed_responder_ids },
  {
    $id: 'ConsoleContactChannel',
    description: 'The terminal in which the server runs: it prints the question, and how to answer it.',
    ...closed,
  },
)

export const NamedContactChannel = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'The name that the operator gave the channel.',
    }),
    allowed_responder_ids,
  },
  {
    $id: 'NamedContactChannel',
    description:
      'A channel that the operator has configured under a name; resolved once, when the call is created.',
    ...closed,
  },
)

export const SlackContactChannel = Type.Object(
  {
    channel_or_user_id: Type.String({
      maxLength: 256,
      description: 'A Slack channel or user id. The empty string reaches whoever installed the app.',
    }),
    context_about_channel_or_user: Type.Optional(
      Type.String({ maxLength: 10_000, description: 'Who or what this is, in words for the agent.' }),
    ),
    bot_token: Type.Optional(
      Type.String({
        maxLength: 1_000,
        writeOnly: true,
        description: 'A bot token for this message alone. Accepted, never returned and no part of equality.',
      }),
    ),
    allowed_responder_ids,
    experimental_slack_blocks: Type.Optional(
      Type.Boolean({ description: 'Whether to send Block Kit blocks.' }),
    ),
    thread_ts: Type.Optional(
      Type.String({ maxLength: 64, description: 'The Slack timestamp of the thread to reply in.' }),
    ),
  },
  { $id: 'SlackContactChannel', description: 'A Slack channel or user.', ...closed },
)

const phone = {
  phone_number: Type.String({ minLength: 3, maxLength: 32, description: 'The phone number, E.164.' }),
  context_about_user: Type.Optional(
    Type.String({ maxLength: 10_000, description: 'Who this is, in words for the agent.' }),
  ),
  allowed_responder_ids,
}

export const SmsContactChannel = Type.Object(phone, {
  $id: 'SmsContactChannel',
  description: 'A phone that takes text messages.',
  ...closed,
})

export const WhatsappContactChannel = Type.Object(phone, {
  $id: 'WhatsappContactChannel',
  description: 'A phone number on WhatsApp.',
  ...closed,
})

export const EmailContactChannel = Type.Object(
  {
    address: Type.String({
      minLength: 3,
      maxLength: 320,
      description: 'The e-mail address of the person asked.',
    }),
    context_about_user: Type.Optional(
      Type.String({ maxLength: 10_000, description: 'Who this is, in words for the agent.' }),
    ),
    additional_recipients: Type.Optional(
      Type.Array(EmailRecipient, { maxItems: 100, description: 'Others who get the message.' }),
    ),
    subject: Type.Optional(Type.String({ maxLength: 1_000, description: 'The subject line.' })),
    references_message_id: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'The `References` header, to join a thread.' }),
    ),
    in_reply_to_message_id: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'The `In-Reply-To` header, to join a thread.' }),
    ),
    template: Type.Optional(
      Type.String({ maxLength: 100_000, description: 'A template for the HTML body.' }),
    ),
    allowed_responder_ids,
  },
  { $id: 'EmailContactChannel', description: 'An e-mail address.', ...closed },
)

export const DiscordContactChannel = Type.Object(
  {
    channel_or_user_id: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'A Discord channel or user id.',
    }),
    context_about_channel_or_user: Type.Optional(
      Type.String({ maxLength: 10_000, description: 'Who or what this is, in words for the agent.' }),
    ),
    allowed_responder_ids,
  },
  { $id: 'DiscordContactChannel', description: 'A Discord channel or user.', ...closed },
)

const leaves = {
  inbox: Type.Optional(InboxContactChannel),
  named: Type.Optional(NamedContactChannel),
  slack: Type.Optional(SlackContactChannel),
  email: Type.Optional(EmailContactChannel),
  sms: Type.Optional(SmsContactChannel),
  whatsapp: Type.Optional(WhatsappContactChannel),
  discord: Type.Optional(DiscordContactChannel),
  console: Type.Optional(ConsoleContactChannel),
}

const exactlyOne = { minProperties: 1, maxProperties: 1, ...closed }

export const LeafContactChannel = Type.Object(leaves, {
  $id: 'LeafContactChannel',
  description: 'A contact channel that reaches people directly. Exactly one member: its kind.',
  ...exactlyOne,
})
export type LeafContactChannel = Static<typeof LeafContactChannel>

const afterSeconds = Type.Integer({
  minimum: 0,
  maximum: 31_536_000,
  description: 'How many seconds after its composite joined this member joins.',
})

const DelayedLeaf = Type.Object(
  { after_seconds: afterSeconds, channel: LeafContactChannel },
  { description: 'A leaf that joins later.', ...closed },
)

export const ContactChannel = Type.Recursive(
  (Self) =>
    Type.Object(
      {
        ...leaves,
        all_of: Type.Optional(
          Type.Array(Self, { minItems: 1, maxItems: 32, description: 'Holds when every member holds.' }),
        ),
        any_of: Type.Optional(
          Type.Array(
            Type.Union([
              Self,
              Type.Object(
                { after_seconds: afterSeconds, channel: Self },
                { description: 'A member that joins later.', ...closed },
              ),
            ]),
            { minItems: 1, maxItems: 32, description: 'Holds when one member holds.' },
          ),
        ),
        quorum: Type.Optional(
          Type.Object(
            {
              required: Type.Integer({
                minimum: 1,
                maximum: 100,
                description: 'How many different people it takes.',
              }),
              of: Type.Array(Type.Union([LeafContactChannel, DelayedLeaf]), {
                minItems: 1,
                maxItems: 32,
                description: 'The leaves over which the people are counted.',
              }),
            },
            { description: 'Holds with `required` different people over its leaves.', ...closed },
          ),
        ),
      },
      exactlyOne,
    ),
  {
    $id: 'ContactChannel',
    description: 'Where people are asked: exactly one member, which is a leaf kind or a composite.',
  },
)
export type ContactChannel = Static<typeof ContactChannel>

/** The kind of a channel: the name of its one member. */
export function kindOf(channel: ContactChannel): string {
  return Object.keys(channel)[0]!
}
