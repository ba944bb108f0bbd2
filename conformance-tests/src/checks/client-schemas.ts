import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectStatus, expectThat, show } from '../expectations.ts'
import { judging } from '../violation.ts'
import { expectPlacesAt } from './places.ts'
import {
  createWithSchema,
  expectTaken,
  expectVerdicts,
  fits,
  SCHEMA_MEMBERS,
  type SchemaMember,
} from './schema-verdicts.ts'

/** Keywords of JSON Schema, of its older drafts and of OpenAPI that clients may not use, each with a value that would be valid. */
const REFUSED: readonly (readonly [keyword: string, value: string])[] = [
  ['$ref', '"#"'],
  ['$ref', '"https://example.com/schema.json"'],
  ['$dynamicRef', '"#node"'],
  ['$recursiveRef', '"#"'],
  ['$id', '"https://example.com/schema.json"'],
  ['id', '"https://example.com/schema.json"'],
  ['$anchor', '"node"'],
  ['$dynamicAnchor', '"node"'],
  ['$vocabulary', '{}'],
  ['$defs', '{"a":{}}'],
  ['definitions', '{"a":{}}'],
  ['not', '{}'],
  ['not', 'false'],
  ['if', '{}'],
  ['then', '{}'],
  ['else', '{}'],
  ['patternProperties', '{"^a":{}}'],
  ['propertyNames', '{}'],
  ['unevaluatedProperties', 'false'],
  ['unevaluatedItems', 'false'],
  ['uniqueItems', 'true'],
  ['prefixItems', '[{}]'],
  ['additionalItems', 'false'],
  ['contains', '{}'],
  ['minContains', '1'],
  ['maxContains', '1'],
  ['multipleOf', '2'],
  ['divisibleBy', '2'],
  ['dependentRequired', '{"a":["b"]}'],
  ['dependentSchemas', '{"a":{}}'],
  ['dependencies', '{"a":["b"]}'],
  ['contentEncoding', '"base64"'],
  ['contentMediaType', '"application/json"'],
  ['contentSchema', '{}'],
  ['nullable', 'true'],
  ['discriminator', '{"propertyName":"a"}'],
  ['x-order', '1'],
  ['maxlength', '1'],
  ['Type', '"string"'],
  ['', '1'],
  ['constructor', '{}'],
  ['__proto__', '{}'],
]

/** Where a schema stands in another one. */
const PLACES: readonly (readonly [pointer: string, around: (schema: string) => string])[] = [
  ['', (schema) => schema],
  ['/properties/a~1b', (schema) => `{"type":"object","properties":{"a/b":${schema}}}`],
  ['/items', (schema) => `{"items":${schema}}`],
  ['/additionalProperties', (schema) => `{"additionalProperties":${schema}}`],
  ['/allOf/1', (schema) => `{"allOf":[{},${schema}]}`],
  ['/anyOf/0', (schema) => `{"anyOf":[${schema},true]}`],
  ['/oneOf/1/items', (schema) => `{"oneOf":[false,{"items":${schema}}]}`],
]

/** Every keyword that clients may use, and names of others where they are no keywords. */
const ALLOWED: readonly string[] = [
  '{}',
  '{"$schema":"https://json-schema.org/draft/2020-12/schema","$comment":"c","title":"t","description":"d"}',
  '{"default":{"$ref":"#"},"examples":[{"not":1}],"deprecated":true,"readOnly":true,"writeOnly":false}',
  '{"pattern":"^(a+)+$","format":"no-such-format"}',
  '{"pattern":"("}',
  '{"type":["string","number","integer","boolean","object","array","null"]}',
  '{"properties":{"$ref":{},"not":true,"if":false,"__proto__":{},"constructor":{},"":{}}}',
  '{"required":["$ref","not"],"additionalProperties":{"type":"string"},"items":{"type":"string"}}',
  '{"enum":[{"$ref":"#"},1,null,[]],"const":{"not":{}}}',
  '{"allOf":[{}],"anyOf":[true],"oneOf":[{"const":1},false]}',
  '{"minimum":0,"maximum":1.5,"exclusiveMinimum":-1e3,"exclusiveMaximum":9007199254740993}',
  '{"minLength":0,"maxLength":1,"minItems":0,"maxItems":1,"minProperties":0,"maxProperties":1}',
]

/** The formats of JSON Schema; no text is in any of them. */
const FORMATS = (
  'date-time date time duration email idn-email hostname idn-hostname ipv4 ipv6 uri uri-reference uri-template iri iri-reference ' +
  'uuid json-pointer relative-json-pointer regex'
).split(' ')

export const clientSchemaChecks: readonly Check[] = Object.entries(SCHEMA_MEMBERS).flatMap(
  ([member, { feature }]) => [
    check(
      'schema.keywords',
      `a ${member} with any other keyword is refused, with the place`,
      { variant: member, expect: 'reject', needs: { claims: [feature] } },
      async (context) => {
        for (const [index, [keyword, value]] of REFUSED.entries()) {
          // Each keyword at the top, and each place in turn.
          for (const [pointer, around] of [PLACES[0]!, PLACES[1 + (index % (PLACES.length - 1))]!]) {
            const schema = around(`{${JSON.stringify(keyword)}:${value}}`)
            if (!fits(context, schema)) continue

            const reply = await createWithSchema(context, member as SchemaMember, schema)

            expectThat(reply.status === 422, `${schema} refused with 422`, `HTTP ${reply.status}`, { reply })
            expectPlacesAt(reply, `/spec/${member}${pointer}`, `/spec/${member}`)
          }
        }
      },
    ),

    check(
      'schema.keywords',
      `a ${member} with any of the keywords that are named is accepted, wherever it stands`,
      {
        variant: `${member}-allowed`,
        expect: 'accept',
        needs: { claims: [feature] },
        after: ['call.created-status'],
      },
      async (context) => {
        for (const allowed of ALLOWED)
          for (const [, around] of PLACES) {
            const schema = around(allowed)
            if (!fits(context, schema)) continue

            const reply = await createWithSchema(context, member as SchemaMember, schema)

            expectThat(
              reply.status === 201,
              `${schema} accepted`,
              `HTTP ${reply.status} ${show(reply.code)}`,
              {
                reply,
              },
            )
            expectTaken(reply)
          }
      },
    ),

    check(
      'schema.annotations-not-checked',
      `what satisfies everything but the annotations of a ${member} is accepted`,
      { variant: member, expect: 'accept', needs: { claims: [feature] } },
      async (context) => {
        for (const [annotation, value] of [
          ['"pattern":"^a+$"', '"bbb"'],
          ['"pattern":"("', '"x"'],
          ['"pattern":"^a"', '5'],
          ...FORMATS.map((format) => [`"format":"${format}"`, '"not ( so"'] as const),
          ['"format":"no-such-format"', '"x"'],
          ['"format":"int32"', '9007199254740993'],
          ['"readOnly":true,"deprecated":true', '"x"'],
          ['"default":"y","examples":["z"]', '"x"'],
        ] as const) {
          const schema = `{"properties":{"value":{${annotation}}},"required":["value"]}`
          const good = `{"value":${value}}`
          await expectVerdicts(context, member as SchemaMember, schema, [good], [])
        }
      },
    ),

    check(
      'schema.limits',
      `a ${member} of limits.schema_bytes is accepted and a larger one refused`,
      { variant: `${member}-bytes`, expect: 'reject', needs: { claims: [feature] } },
      async (context) => {
        const limit = await limitOf(context, 'schema_bytes')
        // A body has its limit too.
        const room = context.limits.body_bytes - 1_000
        const wide = `{"description":"${'€'.repeat(Math.ceil(limit / 3))}"}`
        if (limit >= '{"description":""}'.length && limit <= room)
          expectStatus(await createWithSchema(context, member as SchemaMember, exactly(limit)), 201)

        for (const schema of [exactly(limit + 1), exactly(limit * 2), wide])
          expectStatus(
            await createWithSchema(context, member as SchemaMember, schema),
            ...(Buffer.byteLength(schema) <= room ? [422] : [422, 413]),
          )
      },
    ),

    check(
      'schema.limits',
      `a ${member} that nests limits.schema_depth deep is accepted and a deeper one refused`,
      { variant: `${member}-depth`, expect: 'reject', needs: { claims: [feature] } },
      async (context) => {
        const limit = await limitOf(context, 'schema_depth')
        // The body and the spec are two levels more, and a body that nests too deep is refused for that.
        const room = context.limits.json_depth - 2
        for (const keyword of ['items', 'additionalProperties']) {
          if (limit <= room)
            expectStatus(await createWithSchema(context, member as SchemaMember, nested(keyword, limit)), 201)

          for (const levels of [limit + 1, limit * 2])
            expectStatus(
              await createWithSchema(context, member as SchemaMember, nested(keyword, levels)),
              ...(levels <= room ? [422] : [422, 400]),
            )
        }
      },
    ),
  ],
)

/** A limit that every server with such schemas tells. */
async function limitOf(context: Context, name: 'schema_bytes' | 'schema_depth'): Promise<number> {
  const limit = context.limits[name]
  await judging('discovery.limits-generous', () =>
    expectThat(
      typeof limit === 'number' && limit >= 1,
      `limits.${name} of a server that takes schemas`,
      show(limit),
    ),
  )
  return limit!
}

/** A schema of so many bytes. */
function exactly(bytes: number): string {
  return `{"description":"${'x'.repeat(bytes - '{"description":""}'.length)}"}`
}

/** A schema of so many levels. */
function nested(keyword: string, levels: number): string {
  return `{"${keyword}":`.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1)
}
