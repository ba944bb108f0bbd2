import { Type, type Static } from '@sinclair/typebox'
import { ContactChannel } from './contact-channel.ts'

/** The id of a configured person has no colon, which tells it from addresses and keys. */
export const PERSON_PATTERN = '^[^:\\s]{1,128}$'

export const personId = (description: string) => Type.String({ pattern: PERSON_PATTERN, description })
export const routingName = (description: string) =>
  Type.String({ minLength: 1, maxLength: 128, pattern: '^\\S(.*\\S)?$', description })

export const Person = Type.Object(
  {
    id: personId('The id of the person, as it stands in lists of responders and in answers.'),
    name: Type.Optional(Type.String({ description: 'A name to show to people.' })),
    addresses: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'The responder ids that are theirs too, such as `email:ana@example.com`. Shown to keys with the admin scope.',
      }),
    ),
    delegate: Type.Optional(
      Type.String({ description: 'Who stands in for them now; absent while they are not away.' }),
    ),
  },
  { $id: 'Person', description: 'Somebody whom the operator knows. Profile `routing`.' },
)
export type Person = Static<typeof Person>

export const Team = Type.Object(
  {
    name: routingName('The name of the team; `team:` and the name stand for its people.'),
    people: Type.Array(personId('The id of a person.'), {
      minItems: 1,
      maxItems: 100,
      description: 'The ids of its people.',
    }),
  },
  { $id: 'Team', description: 'People who decide together. Profile `routing`.', additionalProperties: false },
)
export type Team = Static<typeof Team>

export const NamedChannel = Type.Object(
  { name: routingName('The name by which a `named` leaf asks for it.'), channel: ContactChannel },
  {
    $id: 'NamedChannel',
    description: 'A channel that the operator has given a name. Profile `routing`.',
    additionalProperties: false,
  },
)
export type NamedChannel = Static<typeof NamedChannel>
