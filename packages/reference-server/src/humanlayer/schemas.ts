import { EmailRecipient, OpaqueObject, ResponseOption } from '@countersign/protocol'
import { Type, type Static, type TSchema } from '@sinclair/typebox'

// What HumanLayer clients send. Unknown members and nulls are dropped by the parser, as those clients expect.

const optionalText = Type.Optional(Type.String())
const options = Type.Optional(Type.Array(ResponseOption))
const state = Type.Optional(OpaqueObject('Opaque state of the agent.'))

// Without the rule of the core that a channel has no unknown members, and with the bounds that make it one: the core
// would name the channel as a whole, and these clients are told the very place.
const { address, context_about_user, field } = EmailRecipient.properties
const recipients = Type.Optional(Type.Array(Type.Object({ address, context_about_user, field })))
const phone = Type.Object({
  phone_number: Type.String({ minLength: 3, maxLength: 32 }),
  context_about_user,
})

export const HumanLayerChannel = Type.Object({
  slack: Type.Optional(
    Type.Object({
      channel_or_user_id: Type.String(),
      context_about_channel_or_user: optionalText,
      allowed_responder_ids: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
      experimental_slack_blocks: Type.Optional(Type.Boolean()),
      thread_ts: optionalText,
    }),
  ),
  sms: Type.Optional(phone),
  whatsapp: Type.Optional(phone),
  email: Type.Optional(
    Type.Object({
      address,
      context_about_user,
      additional_recipients: recipients,
      subject: optionalText,
      references_message_id: optionalText,
      in_reply_to_message_id: optionalText,
      in_reply_to: optionalText,
      experimental_subject_line: optionalText,
      experimental_references_message_id: optionalText,
      experimental_in_reply_to_message_id: optionalText,
      template: optionalText,
    }),
  ),
})
export type HumanLayerChannel = Static<typeof HumanLayerChannel>

const channel = Type.Optional(HumanLayerChannel)

const request = <Spec extends TSchema>(spec: Spec) =>
  Type.Object({ run_id: Type.String(), call_id: Type.String(), spec })

export const HumanLayerFunctionCall = request(
  Type.Object({
    fn: Type.String(),
    kwargs: OpaqueObject('The arguments.'),
    channel,
    reject_options: options,
    state,
  }),
)

export const HumanLayerHumanContact = request(
  Type.Object({ msg: Type.String(), subject: optionalText, channel, response_options: options, state }),
)

export const HumanLayerDecision = Type.Object({
  approved: Type.Boolean(),
  comment: optionalText,
  reject_option_name: optionalText,
})
export type HumanLayerDecision = Static<typeof HumanLayerDecision>

export const HumanLayerAnswer = Type.Object({ response: optionalText, response_option_name: optionalText })
export type HumanLayerAnswer = Static<typeof HumanLayerAnswer>

export const HumanLayerEscalation = Type.Object({
  escalation_msg: Type.String(),
  additional_recipients: recipients,
  channel,
})
