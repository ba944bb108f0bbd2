import { Type, type Static } from '@sinclair/typebox'
import { Id, Nullable, Timestamp } from './primitives.ts'

const amount = Type.String({
  pattern: '^\\d{1,18}(\\.\\d{1,12})?$',
  description: 'A decimal amount as text, never a floating-point number.',
})
const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'The ISO 4217 code of the currency.' })
const tokens = (description: string) => Type.Integer({ minimum: 0, description })

export const Usage = Type.Object(
  {
    usage_id: Id("The client's id of this report: the idempotency key."),
    model: Type.String({ maxLength: 256, description: 'The model, as in `gen_ai.request.model`.' }),
    input_tokens: tokens('Tokens read, as in `gen_ai.usage.input_tokens`.'),
    output_tokens: tokens('Tokens written, as in `gen_ai.usage.output_tokens`.'),
    cost: Type.Optional(amount),
    currency: Type.Optional(currency),
  },
  { $id: 'Usage', description: 'What one step of a run consumed. Feature `usage`.' },
)
export type Usage = Static<typeof Usage>

export const Run = Type.Object(
  {
    run_id: Id('One execution of an agent.'),
    parent_run_id: Nullable(Id('The run that started this one.'), 'The run that started this one, or null.'),
    created_at: Timestamp('When the server first heard of the run.'),
    items: Type.Array(
      Type.Object({
        kind: Type.String({ description: '`function_call`, `human_contact` or `timer`.' }),
        id: Type.String({ description: 'The `call_id` or `timer_id`.' }),
        created_at: Timestamp('When it was created.'),
      }),
      { description: 'What the run asked, oldest first.' },
    ),
    usage: Type.Object(
      {
        input_tokens: tokens('Tokens read, children included.'),
        output_tokens: tokens('Tokens written, children included.'),
        costs: Type.Array(Type.Object({ cost: amount, currency }), {
          description: 'One total for each currency.',
        }),
      },
      { description: 'Totals of the run and of the runs below it.' },
    ),
    budget: Type.Optional(Type.Object({ cost: amount, currency }, { description: 'What the run may cost.' })),
  },
  { $id: 'Run', description: 'One execution of an agent: its tree, its items, its costs. Feature `runs`.' },
)
export type Run = Static<typeof Run>
