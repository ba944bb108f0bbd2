import { Type, type Static } from '@sinclair/typebox'
import { ContactChannel } from './contact-channel.ts'
import { Policy } from './policy.ts'
import { Id, Nullable, Timestamp } from './primitives.ts'
import { NamedChannel, Person, PERSON_PATTERN, Team } from './routing.ts'

export const Project = Type.Object(
  {
    project_id: Id('The id of the project.'),
    name: Type.String({ description: 'A name to show to people.' }),
    created_at: Timestamp('When the project was created.'),
    people: Type.Optional(
      Type.Array(Person, { description: 'The people whom the operator knows. Profile `routing`.' }),
    ),
    teams: Type.Optional(Type.Array(Team, { description: 'Their teams. Profile `routing`.' })),
    channels: Type.Optional(
      Type.Array(NamedChannel, { description: 'The channels that have a name. Profile `routing`.' }),
    ),
    default_channel: Type.Optional(ContactChannel),
    responders: Type.Optional(
      Type.String({
        description:
          '`known`: only these people may answer; `any`: whoever has a key may. Profile `routing`.',
      }),
    ),
    policies: Type.Optional(
      Type.Array(Policy, {
        description:
          'The rules of the operator, of which the first that matches applies. Shown to keys with the admin scope. Profile `policies`.',
      }),
    ),
  },
  { $id: 'Project', description: 'The boundary of trust: calls, keys and people of one project stay in it.' },
)
export type Project = Static<typeof Project>

export const Scope = Type.Union([Type.Literal('agent'), Type.Literal('responder'), Type.Literal('admin')], {
  $id: 'Scope',
  description:
    '`agent` creates, reads, cancels and escalates; `responder` reads and answers; `admin` manages, and neither reads calls nor answers.',
})
export type Scope = Static<typeof Scope>

const scopes = Type.Array(Scope, { minItems: 1, maxItems: 3, description: 'What the key may do.' })
const name = Type.String({ maxLength: 256, description: 'A name to recognise the key by.' })
const responder_id = Type.String({
  pattern: PERSON_PATTERN,
  description: 'The person to whom the key is bound; answers with it are theirs.',
})

export const Key = Type.Object(
  {
    key_id: Id('The id of the key; no secret.'),
    scopes,
    name: Nullable(name, 'A name to recognise the key by, or null.'),
    responder_id: Nullable(responder_id, 'The person to whom the key is bound, or null.'),
    created_at: Timestamp('When the key was created.'),
    revoked_at: Nullable(Timestamp('When the key was revoked.'), 'When the key was revoked, or null.'),
  },
  { $id: 'Key', description: 'A bearer key of a project, without its secret.' },
)
export type Key = Static<typeof Key>

export const CreateKey = Type.Object(
  { scopes, name: Type.Optional(name), responder_id: Type.Optional(responder_id) },
  { $id: 'CreateKey', description: 'Makes a key.' },
)
export type CreateKey = Static<typeof CreateKey>

export const CreatedKey = Type.Object(
  {
    key: Key,
    secret: Type.String({ description: 'The bearer key itself: shown this once and stored only as a hash.' }),
  },
  { $id: 'CreatedKey', description: 'A new key and its secret.' },
)

export const KeyList = Type.Object(
  {
    items: Type.Array(Key, { description: 'Newest first.' }),
    next_cursor: Nullable(Type.String(), 'Where the next page begins; null on the last page.'),
  },
  { $id: 'KeyList', description: 'The keys of the project.' },
)
