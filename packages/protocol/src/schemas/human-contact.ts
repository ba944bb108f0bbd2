import { Type, type Static } from '@sinclair/typebox'
import { commonSpec, commonStatus, creation, identity } from './call.ts'
import { Nullable, OpaqueObject, OpaqueValue, Timestamp } from './primitives.ts'
import { Responder } from './responder.ts'
import { ResponseOption } from './response-option.ts'

const answer = {
  response: Type.String({ minLength: 1, maxLength: 100_000, description: 'The answer as text.' }),
  response_option_name: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'The name of the chosen response option.',
  }),
  response_data: OpaqueValue('The answer as data that satisfies `response_schema`. Feature `forms`.'),
}

export const HumanContactSpec = Type.Object(
  {
    msg: Type.String({ minLength: 1, maxLength: 100_000, description: 'What the agent asks or says.' }),
    subject: Type.Optional(Type.String({ maxLength: 1_000, description: 'A short title.' })),
    response_options: Type.Optional(
      Type.Array(ResponseOption, {
        maxItems: 50,
        description: 'Prepared answers. Free text stays possible.',
      }),
    ),
    response_schema: Type.Optional(
      OpaqueObject('A JSON Schema that `response_data` has to satisfy. Feature `forms`.'),
    ),
    on_expire: Type.Optional(
      Type.Object(
        {
          response: Type.Optional(answer.response),
          response_option_name: Type.Optional(answer.response_option_name),
        },
        {
          description:
            'The default answer that the agent gets when nobody answered in time. Feature `expiry`.',
        },
      ),
    ),
    ...commonSpec,
  },
  { $id: 'HumanContactSpec', description: 'What the agent asks. Immutable once created.' },
)
export type HumanContactSpec = Static<typeof HumanContactSpec>

export const HumanContactState = Type.String({
  $id: 'HumanContactState',
  description:
    '`pending`, or one of the terminal states `answered`, `expired`, `cancelled`. Any other value is terminal and no answer.',
  examples: ['pending', 'answered', 'expired', 'cancelled'],
})

export const HumanContactResponse = Type.Object(
  {
    response: Type.Optional(answer.response),
    response_option_name: Type.Optional(answer.response_option_name),
    response_data: Type.Optional(answer.response_data),
  },
  {
    $id: 'HumanContactResponse',
    description: 'What a person answers: a text, an option, data, or several of these.',
  },
)
export type HumanContactResponse = Static<typeof HumanContactResponse>

export const HumanContactAnswer = Type.Object(
  {
    responder: Responder,
    responded_at: Timestamp('When the answer came.'),
    response: Nullable(answer.response, 'The answer as text; null when it is data alone.'),
    response_option_name: Nullable(answer.response_option_name, 'The chosen response option, or null.'),
    response_data: Type.Optional(Nullable(answer.response_data, 'The answer as data, or null.')),
  },
  { $id: 'HumanContactAnswer', description: 'One accepted answer to a human contact, and who gave it.' },
)
export type HumanContactAnswer = Static<typeof HumanContactAnswer>

export const HumanContactStatus = Type.Object(
  {
    state: HumanContactState,
    response: Nullable(answer.response, 'The answer as text; null while pending and when it is data alone.'),
    response_option_name: Nullable(answer.response_option_name, 'The chosen response option, or null.'),
    response_data: Type.Optional(Nullable(answer.response_data, 'The answer as data, or null.')),
    responses: Type.Array(HumanContactAnswer, { description: 'Every accepted answer, oldest first.' }),
    ...commonStatus,
  },
  { $id: 'HumanContactStatus', description: "What became of the contact. The server's alone." },
)
export type HumanContactStatus = Static<typeof HumanContactStatus>

export const CreateHumanContact = Type.Object(
  { ...creation, spec: HumanContactSpec },
  { $id: 'CreateHumanContact', description: 'Asks a person something.' },
)
export type CreateHumanContact = Static<typeof CreateHumanContact>

export const HumanContact = Type.Object(
  { ...identity, spec: HumanContactSpec, status: HumanContactStatus },
  { $id: 'HumanContact', description: 'A question to a person, and what they answered.' },
)
export type HumanContact = Static<typeof HumanContact>

export const HumanContactList = Type.Object(
  {
    items: Type.Array(HumanContact, { description: 'Newest first.' }),
    next_cursor: Nullable(Type.String(), 'Where the next page begins; null on the last page.'),
  },
  { $id: 'HumanContactList', description: 'A page of human contacts.' },
)
