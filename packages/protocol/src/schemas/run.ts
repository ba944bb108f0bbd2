import { Type, type Static } from '@sinclair/typebox'
import { Id, Nullable, Timestamp } from './primitives.ts'

const amount = Type.String({
  pattern: '^\\d{1,18}(\\.\\d{1,12})?$',
  description: 'A decimal amount as text, never a floating-point number.',
})
const currency = Type.String({
  pattern: '^[A-Z]{3}$',
  description: 'The ISO 4217 code of the currency, one that is active.',
})
const tokens = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000_000, description })
const allTokens = (description: string) => Type.Integer({ minimum: 0, description })

const report = {
  usage_id: Id("The client's id of this report: the idempotency key, unique within the run for ever."),
  model: Type.String({ maxLength: 256, description: 'The model, as in `gen_ai.request.model`.' }),
  input_tokens: tokens('Tokens read, as in `gen_ai.usage.input_tokens`.'),
  output_tokens: tokens('Tokens written, as in `gen_ai.usage.output_tokens`.'),
  cost: Type.Optional(amount),
  currency: Type.Optional(currency),
}
const costAndCurrency = { dependentRequired: { cost: ['currency'], currency: ['cost'] } }

export const Usage = Type.Object(report, {
  $id: 'Usage',
  ...costAndCurrency,
  description: 'What one step of a run consumed. Feature `usage`.',
})
export type Usage = Static<typeof Usage>

export const UsageReport = Type.Object(
  {
    run_id: Id('The run that consumed it.'),
    ...report,
    reported_at: Timestamp('When the report came.'),
  },
  { $id: 'UsageReport', ...costAndCurrency, description: 'A report of usage that was counted.' },
)
export type UsageReport = Static<typeof UsageReport>

export const Budget = Type.Object(
  { cost: amount, currency },
  { $id: 'Budget', description: 'What a run and the runs below it may cost together. Feature `usage`.' },
)
export type Budget = Static<typeof Budget>

export const UsageTotals = Type.Object(
  {
    input_tokens: allTokens('Tokens read.'),
    output_tokens: allTokens('Tokens written.'),
    costs: Type.Array(
      Type.Object({
        cost: Type.String({
          // Sums grow, so that there is no bound to the whole part.
          pattern: '^(0|[1-9]\\d*)(\\.\\d{0,11}[1-9])?$',
          description: 'The exact sum, a decimal amount as text without needless zeros.',
        }),
        currency,
      }),
      { description: 'One total for each currency, in the order of the currencies.' },
    ),
  },
  {
    $id: 'UsageTotals',
    description: 'What a run and the runs below it have consumed together. Feature `usage`.',
  },
)
export type UsageTotals = Static<typeof UsageTotals>

const parent = 'The run that started this one. Fixed once.'

export const CreateRun = Type.Object(
  {
    run_id: Id('One execution of an agent, chosen by the client.'),
    parent_run_id: Type.Optional(Id(parent)),
    budget: Type.Optional(Budget),
  },
  { $id: 'CreateRun', description: 'Creates a run, or gives one what it has none of yet. Feature `runs`.' },
)
export type CreateRun = Static<typeof CreateRun>

const summary = {
  run_id: Id('One execution of an agent.'),
  parent_run_id: Nullable(Id(parent), 'The run that started this one, or null.'),
  created_at: Timestamp('When the server first heard of the run.'),
  usage: Type.Optional(UsageTotals),
  budget: Type.Optional(
    Nullable(Budget, 'What the run and those below it may cost together, or null: nothing was said.'),
  ),
}

export const RunSummary = Type.Object(summary, {
  $id: 'RunSummary',
  description: 'A run without its items and its children. Feature `runs`.',
})
export type RunSummary = Static<typeof RunSummary>

export const Run = Type.Object(
  {
    ...summary,
    children: Type.Array(Id('A run that this one started.'), {
      description: 'The runs whose parent this one is, oldest first.',
    }),
    items: Type.Array(
      Type.Object({
        kind: Type.String({ description: '`function_call`, `human_contact` or `timer`.' }),
        id: Type.String({ description: 'The `call_id` or `timer_id`.' }),
        created_at: Timestamp('When it was created.'),
        state: Type.String({ description: 'The state in which it is.' }),
      }),
      { description: 'What the run asked, oldest first.' },
    ),
  },
  { $id: 'Run', description: 'One execution of an agent: its tree, its items, its costs. Feature `runs`.' },
)
export type Run = Static<typeof Run>

export const RunList = Type.Object(
  {
    items: Type.Array(RunSummary, { description: 'Newest first.' }),
    next_cursor: Nullable(Type.String(), 'Where the next page begins; null on the last page.'),
  },
  { $id: 'RunList', description: 'A page of runs.' },
)
