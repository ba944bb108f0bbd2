import { Type, type Static } from '@sinclair/typebox'
import { commonSpec, commonStatus, creation, identity } from './call.ts'
import { Nullable, OpaqueObject, Timestamp } from './primitives.ts'
import { Responder } from './responder.ts'
import { ResponseOption } from './response-option.ts'

export const FunctionCallSpec = Type.Object(
  {
    fn: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The name of the function that wants to run.',
    }),
    kwargs: OpaqueObject('The named arguments with which it wants to run.'),
    reject_options: Type.Optional(
      Type.Array(ResponseOption, {
        maxItems: 50,
        description: 'Prepared ways to deny. Choosing one never approves.',
      }),
    ),
    kwargs_schema: Type.Optional(
      OpaqueObject('A JSON Schema that edited arguments have to satisfy. Feature `edit`.'),
    ),
    allow_edit: Type.Optional(
      Type.Boolean({
        description: 'Whether a person may approve with changed arguments. Default: false. Feature `edit`.',
      }),
    ),
    on_expire: Type.Optional(
      Type.Object(
        {
          comment: Type.Optional(
            Type.String({ maxLength: 100_000, description: 'The comment that the agent then gets.' }),
          ),
        },
        {
          description:
            'What the agent is told when nobody answered in time. Silence never approves. Feature `expiry`.',
        },
      ),
    ),
    requires_person: Type.Optional(
      Type.Boolean({
        description:
          'Whether a person has to approve, whatever the policies of the operator say. Default: false. Feature `requires_person`.',
      }),
    ),
    ...commonSpec,
  },
  { $id: 'FunctionCallSpec', description: 'What the agent asks. Immutable once created.' },
)
export type FunctionCallSpec = Static<typeof FunctionCallSpec>

export const FunctionCallState = Type.String({
  $id: 'FunctionCallState',
  description:
    '`pending`, or one of the terminal states `approved`, `denied`, `expired`, `cancelled`. Any other value is terminal and not approved.',
  examples: ['pending', 'approved', 'denied', 'expired', 'cancelled'],
})

const decision = {
  comment: Type.String({ maxLength: 100_000, description: 'What the person says to the agent.' }),
  reject_option_name: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'The name of the chosen reject option.',
  }),
  edited_kwargs: OpaqueObject(
    'The arguments to run with instead: they replace `kwargs` whole. Feature `edit`.',
  ),
}

export const FunctionCallResponse = Type.Object(
  {
    approved: Type.Boolean({ description: 'Whether the function may run.' }),
    comment: Type.Optional(decision.comment),
    reject_option_name: Type.Optional(decision.reject_option_name),
    edited_kwargs: Type.Optional(decision.edited_kwargs),
  },
  { $id: 'FunctionCallResponse', description: 'What a person decides about a function call.' },
)
export type FunctionCallResponse = Static<typeof FunctionCallResponse>

export const FunctionCallAnswer = Type.Object(
  {
    responder: Responder,
    responded_at: Timestamp('When the answer came.'),
    approved: Type.Boolean({ description: 'Whether this person lets the function run.' }),
    comment: decision.comment,
    reject_option_name: Nullable(decision.reject_option_name, 'The chosen reject option, or null.'),
    edited_kwargs: Type.Optional(Nullable(decision.edited_kwargs, 'The changed arguments, or null.')),
  },
  { $id: 'FunctionCallAnswer', description: 'One accepted answer to a function call, and who gave it.' },
)
export type FunctionCallAnswer = Static<typeof FunctionCallAnswer>

export const FunctionCallStatus = Type.Object(
  {
    state: FunctionCallState,
    approved: Type.Union([Type.Boolean(), Type.Null()], {
      description: 'null while pending, true only in the state `approved`, else false.',
    }),
    comment: Nullable(decision.comment, 'What the agent is told; never null in a terminal state.'),
    reject_option_name: Nullable(decision.reject_option_name, 'The chosen reject option, or null.'),
    allow_edit: Type.Optional(
      Type.Boolean({ description: 'Whether changed arguments are accepted for this call.' }),
    ),
    edited_kwargs: Type.Optional(
      Nullable(
        decision.edited_kwargs,
        'When not null, the function runs with these arguments and no others.',
      ),
    ),
    responses: Type.Array(FunctionCallAnswer, { description: 'Every accepted answer, oldest first.' }),
    policy: Type.Optional(
      Type.String({ description: 'The policy of the operator that applies. Profile `policies`.' }),
    ),
    ...commonStatus,
  },
  { $id: 'FunctionCallStatus', description: "What became of the call. The server's alone." },
)
export type FunctionCallStatus = Static<typeof FunctionCallStatus>

export const CreateFunctionCall = Type.Object(
  { ...creation, spec: FunctionCallSpec },
  { $id: 'CreateFunctionCall', description: 'Asks whether a function may run.' },
)
export type CreateFunctionCall = Static<typeof CreateFunctionCall>

export const FunctionCall = Type.Object(
  { ...identity, spec: FunctionCallSpec, status: FunctionCallStatus },
  { $id: 'FunctionCall', description: 'A function that wants to run, and what a person decided about it.' },
)
export type FunctionCall = Static<typeof FunctionCall>

export const FunctionCallList = Type.Object(
  {
    items: Type.Array(FunctionCall, { description: 'Newest first.' }),
    next_cursor: Nullable(Type.String(), 'Where the next page begins; null on the last page.'),
  },
  { $id: 'FunctionCallList', description: 'A page of function calls.' },
)
