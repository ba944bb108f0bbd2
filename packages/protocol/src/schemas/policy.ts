import { Type, type Static } from '@sinclair/typebox'
import { ContactChannel } from './contact-channel.ts'
import { routingName } from './routing.ts'

// Closed throughout: a misspelt member would make a rule match more than was meant.
const closed = { additionalProperties: false }

const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()])
const bound = (description: string) => Type.Optional(Type.Number({ description }))
const affix = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 1_000, description }))

export const PolicyMatcher = Type.Object(
  {
    pointer: Type.String({
      pattern: '^(/([^~]|~[01])*)?$',
      maxLength: 1_000,
      description: 'The JSON Pointer into `kwargs` to the value that is compared.',
    }),
    equals: Type.Optional(Scalar),
    one_of: Type.Optional(
      Type.Array(Scalar, { minItems: 1, maxItems: 1_000, description: 'The value is one of these.' }),
    ),
    at_least: bound('The number is at least this.'),
    at_most: bound('The number is at most this.'),
    more_than: bound('The number is more than this.'),
    less_than: bound('The number is less than this.'),
    starts_with: affix('The text starts with this.'),
    ends_with: affix('The text ends with this.'),
  },
  {
    $id: 'PolicyMatcher',
    description: 'What one argument has to be. Every member beside `pointer` has to hold.',
    minProperties: 2,
    ...closed,
  },
)
export type PolicyMatcher = Static<typeof PolicyMatcher>

const fnPattern = Type.String({
  minLength: 1,
  maxLength: 256,
  description: 'The name of a function, in which `*` stands for any text.',
})

export const Policy = Type.Object(
  {
    name: routingName('The name of the rule, which stands in the record.'),
    fn: Type.Union([fnPattern, Type.Array(fnPattern, { minItems: 1, maxItems: 100 })], {
      description: 'The functions about which the rule is.',
    }),
    kwargs: Type.Optional(
      Type.Array(PolicyMatcher, {
        minItems: 1,
        maxItems: 50,
        description: 'What the arguments have to be. Absent: any.',
      }),
    ),
    effect: Type.Union([Type.Literal('approve'), Type.Literal('deny'), Type.Literal('ask')], {
      description: '`approve` and `deny` settle the call without a person; `ask` asks people.',
    }),
    comment: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 10_000,
        description: 'What the agent is told when the rule settles the call.',
      }),
    ),
    channel: Type.Optional(ContactChannel),
    minimum_people: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'With the effect `ask`: how many different people have to approve at the least.',
      }),
    ),
  },
  {
    $id: 'Policy',
    description: 'A rule of the operator about function calls. Profile `policies`.',
    ...closed,
  },
)
export type Policy = Static<typeof Policy>
