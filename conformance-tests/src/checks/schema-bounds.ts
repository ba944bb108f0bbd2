import { pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectThat, expectValue } from '../expectations.ts'
import { createWithSchema, expectTaken, SCHEMA_MEMBERS, type SchemaMember } from './schema-verdicts.ts'

/** How long one answer may take, before patience: such a request keeps a careful server busy for milliseconds. */
const TIMEOUT_MS = 5_000

/** A schema and data that are within the limits and cost their product when each part of one is held against each part of the other. */
interface Burden {
  readonly name: string
  schema(bytes: number, levels: number): string
  data(bytes: number, levels: number): string
}

const burdens: readonly Burden[] = [
  {
    name: 'a long enum for each of many items',
    schema: (bytes) => `{"items":{"enum":[${repeated((n) => `${10_000 + n}`, bytes)}]}}`,
    data: (bytes) => `[${repeated(() => '0', bytes)}]`,
  },
  {
    name: 'many alternatives for each of many items',
    schema: (bytes) => `{"items":{"anyOf":[${repeated(() => '{"const":1}', bytes)}]}}`,
    data: (bytes) => `[${repeated(() => '0', bytes)}]`,
  },
  {
    name: 'nested alternatives, of which only the innermost fails',
    schema: nestedChoices,
    data: (bytes, levels) => {
      const depth = choicesIn(levels)
      return `[${repeated(() => `${'['.repeat(depth)}0${']'.repeat(depth)}`, bytes)}]`
    },
  },
  {
    name: 'many required names for each of many objects',
    schema: (bytes) => `{"items":{"required":[${repeated((n) => `"${n.toString(36)}"`, bytes)}]}}`,
    data: (bytes) => `[${repeated(() => '{}', bytes)}]`,
  },
  {
    name: 'many properties for each of many objects',
    schema: (bytes) => `{"items":{"properties":{${repeated((n) => `"${n.toString(36)}":true`, bytes)}}}}`,
    data: (bytes) => `[${repeated(() => '{}', bytes)}]`,
  },
  {
    name: 'many bounds for an integer of very many digits',
    schema: (bytes) => `{"allOf":[${repeated(() => '{"minimum":9007199254740993}', bytes)}]}`,
    data: (bytes) => `1${'7'.repeat(bytes - 1)}`,
  },
  {
    name: 'many lengths for a very long text',
    schema: (bytes) => `{"allOf":[${repeated(() => '{"minLength":1}', bytes)}]}`,
    data: (bytes) => `"${'x'.repeat(bytes - 2)}"`,
  },
  {
    name: 'many large values for one that differs at its end',
    schema: (bytes) => `{"items":{"enum":[${repeated((n) => `[${'0,'.repeat(100)}${n}]`, bytes)}]}}`,
    data: (bytes) => `[${repeated(() => `[${'0,'.repeat(100)}"x"]`, bytes)}]`,
  },
]

/** They come last: a server that has no bound is busy with them for a long time. */
export const schemaBoundChecks: readonly Check[] = Object.entries(SCHEMA_MEMBERS).map(
  ([member, { kind, feature }]) =>
    check(
      'schema.bounded',
      `data that is expensive to hold against its ${member} is answered soon, accepted or refused`,
      {
        variant: member,
        expect: 'reject',
        kind: 'liveness',
        lane: 'race',
        needs: { claims: [feature] },
      },
      async (context) => {
        const { responder } = context
        const { schema, data } = sizesIn(context)
        const isForm = member === 'response_schema'
        const levels = (context.limits.schema_depth ?? 16) - (isForm ? 0 : 1)
        for (const burden of burdens) {
          const call_id = context.id(context.nextName())
          const burdened = burden.schema(schema, levels)
          const created = await createWithSchema(
            context,
            member as SchemaMember,
            isForm ? burdened : `{"properties":{"value":${burdened}}}`,
            call_id,
            TIMEOUT_MS,
          )
          expectTaken(created)
          const value = burden.data(data, levels)

          const reply = await responder.send({
            method: 'POST',
            path: pathOf(kind, call_id, 'respond'),
            body: isForm
              ? `{"response_data":${value}}`
              : `{"approved":true,"edited_kwargs":{"value":${value}}}`,
            timeoutMs: TIMEOUT_MS,
          })

          expectThat(
            [200, 422].includes(reply.status),
            `HTTP 200 or 422 for ${burden.name}`,
            describe(reply),
            { reply },
          )
          if (reply.status === 200) expectValue(reply, '/status/state', kind.answeredState)
        }
      },
    ),
)

/** As much as the limits allow, and no more than is needed to keep a careless server busy. */
function sizesIn({ limits }: Context): { schema: number; data: number } {
  const { schema_bytes = 16_384, body_bytes } = limits
  const body = Math.min(body_bytes, 262_144) - 1_000
  return { schema: Math.min(schema_bytes, body, 65_536) - 100, data: body }
}

/** A list of so many bytes. */
function repeated(item: (n: number) => string, bytes: number): string {
  const items: string[] = []
  for (let n = 0, size = 0; ; n++) {
    const next = item(n)
    size += next.length + 1
    if (size > bytes) return items.join(',')
    items.push(next)
  }
}

/** Choices in choices, each level as wide as the size allows. */
function nestedChoices(bytes: number, levels: number): string {
  const depth = choicesIn(levels)
  const width = Math.max(2, Math.floor((bytes / 40) ** (1 / depth)))
  const choice = (inner: string) =>
    `{"items":{"anyOf":[${Array.from({ length: width }, () => inner).join(',')}]}}`
  return Array.from({ length: depth }).reduce<string>(choice, '{"const":1}')
}

/** How many choices stand in one another: each takes two levels, and the innermost value one. */
function choicesIn(levels: number): number {
  return Math.max(1, Math.min(3, Math.floor((levels - 1) / 2)))
}
