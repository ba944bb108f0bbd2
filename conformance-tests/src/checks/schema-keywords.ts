import { check, type Check } from '../check.ts'
import { schemaCases } from './client-schema-cases.ts'
import { expectVerdicts } from './schema-verdicts.ts'

/** Every keyword that clients may use, enforced in data and in edited arguments. */
export const schemaKeywordChecks: readonly Check[] = Object.entries(schemaCases).flatMap(([name, cases]) => [
  check(
    'human-contact.data-schema',
    `the data of an answer has to satisfy the schema: ${name}`,
    { variant: name, expect: 'reject' },
    async (context) => {
      for (const { schema, good, bad } of cases) {
        // A member that is null counts as absent, so that no data is null as a whole.
        const [accepted, refused] = [good, bad].map((values) => values.filter((value) => value !== 'null'))
        await expectVerdicts(context, 'response_schema', schema, accepted!, refused!)
      }
    },
  ),
  check(
    'function-call.edit-schema',
    `edited arguments have to satisfy the schema: ${name}`,
    { variant: name, expect: 'reject' },
    async (context) => {
      for (const { schema, good, bad } of cases) {
        const around = `{"properties":{"value":${schema}}}`
        await expectVerdicts(context, 'kwargs_schema', around, inside(good), inside(bad))
      }
    },
  ),
])

/** Arguments are an object, so the value stands in one. */
function inside(values: readonly string[]): string[] {
  return values.map((value) => `{"value":${value}}`)
}
