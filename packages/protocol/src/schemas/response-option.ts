import { Type, type Static } from '@sinclair/typebox'

export const ResponseOption = Type.Object(
  {
    name: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The name that the answer carries. Unique in its list.',
    }),
    title: Type.Optional(
      Type.String({ maxLength: 1_000, description: 'The label of the button. Default: the name.' }),
    ),
    description: Type.Optional(Type.String({ maxLength: 10_000, description: 'What choosing it means.' })),
    prompt_fill: Type.Optional(
      Type.String({ maxLength: 100_000, description: 'The text that choosing it writes into the answer.' }),
    ),
    interactive: Type.Optional(
      Type.Boolean({ description: 'Whether the person edits `prompt_fill` before sending. Default: false.' }),
    ),
  },
  { $id: 'ResponseOption', description: 'A prepared answer that a person can choose.' },
)
export type ResponseOption = Static<typeof ResponseOption>
