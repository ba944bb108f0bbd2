import { Type, type Static } from '@sinclair/typebox'

export const Assurance = Type.Union(
  (['message', 'link', 'click', 'session', 'passkey'] as const).map((level) => Type.Literal(level)),
  {
    $id: 'Assurance',
    description:
      'How surely the server knows who answered, weakest first: message, link, click, session, passkey. Absent where no person did.',
  },
)

export const Responder = Type.Object(
  {
    id: Type.String({
      description:
        'Who answered: a configured person (no colon in it), or `slack:TEAM:USER`, `email:address`, `sms:+number`, `discord:ID`, `key:KEY_ID`, or `system:expiry` and `system:policy`.',
    }),
    name: Type.Optional(Type.String({ description: 'A name to show to people.' })),
    channel: Type.String({
      description: 'How the answer came: the kind of a leaf, `api` for an answer with a key, or `system`.',
    }),
    assurance: Type.Optional(Assurance),
    on_behalf_of: Type.Optional(
      Type.Array(Type.String(), {
        description: 'The people for whom this responder stands in while they are away.',
      }),
    ),
    asserted_by: Type.Optional(
      Type.String({ description: 'The key that vouches for this identity, if one does.' }),
    ),
  },
  {
    $id: 'Responder',
    description:
      'Who answered, as the server established it from how the answer came; never taken from a body.',
  },
)
export type Responder = Static<typeof Responder>
