import { describe, expect, test } from 'vitest'
import { mismatches, schemaFaults } from './client-schema.ts'
import { RawJson } from './json/raw-json.ts'

const limits = { schema_bytes: 16_384, schema_depth: 8 }
const big = '9007199254740993'

describe('schemaFaults', () => {
  test('a schema of every keyword that clients may use is accepted', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $comment: 'c',
      title: 't',
      description: 'd',
      default: {},
      examples: [{}],
      deprecated: false,
      readOnly: false,
      writeOnly: false,
      type: ['object', 'null'],
      properties: {
        text: { type: 'string', minLength: 0, maxLength: 9, pattern: '(', format: 'no-such-format' },
        count: { type: 'integer', minimum: 0, maximum: 9.5, exclusiveMinimum: -1, exclusiveMaximum: 10 },
        list: { type: 'array', items: { enum: [1, null, {}] }, minItems: 1, maxItems: 2 },
        any: true,
        none: false,
      },
      required: ['text'],
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 5,
      allOf: [{}],
      anyOf: [{ const: { a: 1 } }, true],
      oneOf: [{}],
    }

    const faults = schemaFaults(raw(schema), limits)

    expect(faults).toEqual([])
  })

  test.each([
    '$ref',
    '$dynamicRef',
    '$id',
    '$anchor',
    '$defs',
    'definitions',
    'not',
    'if',
    'then',
    'else',
    'patternProperties',
    'propertyNames',
    'unevaluatedProperties',
    'unevaluatedItems',
    'uniqueItems',
    'prefixItems',
    'contains',
    'multipleOf',
    'dependentRequired',
    'dependentSchemas',
    'nullable',
    'toString',
    'constructor',
  ])('the keyword %s is refused with its pointer', (keyword) => {
    const schema = { properties: { 'a/b': { items: { [keyword]: true } } } }

    const faults = schemaFaults(raw(schema), limits)

    expect(faults).toEqual([
      {
        pointer: `/properties/a~1b/items/${keyword}`,
        detail: `The keyword "${keyword}" is not one that clients may use.`,
      },
    ])
  })

  test('a property may have the name of a keyword, or of what objects inherit', () => {
    const schema = '{"properties":{"$ref":{},"not":{},"__proto__":{},"constructor":{}}}'

    const faults = schemaFaults(raw(schema), limits)

    expect(faults).toEqual([])
  })

  test.each<[string, unknown, string]>([
    ['a type that does not exist', { type: 'float' }, '/type'],
    ['a list of types that names one twice', { type: ['null', 'null'] }, '/type'],
    ['an empty list of types', { type: [] }, '/type'],
    ['properties that are a list', { properties: [] }, '/properties'],
    ['a property that is no schema', { properties: { a: 1 } }, '/properties/a'],
    ['required that is a boolean', { required: true }, '/required'],
    ['required that names a number', { required: [1] }, '/required'],
    ['additionalProperties that is text', { additionalProperties: 'no' }, '/additionalProperties'],
    ['items that are a list', { items: [{}] }, '/items'],
    ['an empty enum', { enum: [] }, '/enum'],
    ['an enum that is no list', { enum: 'a' }, '/enum'],
    ['an empty oneOf', { oneOf: [] }, '/oneOf'],
    ['anyOf that is no list', { anyOf: {} }, '/anyOf'],
    ['a member of allOf that is no schema', { allOf: [{}, null] }, '/allOf/1'],
    ['a minLength below zero', { minLength: -1 }, '/minLength'],
    ['a maxItems that is not whole', { maxItems: 1.5 }, '/maxItems'],
    ['a maxProperties beyond 2^53', `{"maxProperties":${big}}`, '/maxProperties'],
    ['a minimum that is text', { minimum: '1' }, '/minimum'],
    ['an exclusiveMaximum as in draft 4', { exclusiveMaximum: true }, '/exclusiveMaximum'],
    ['a schema that is a list', [], ''],
    ['a schema that is text', '"object"', ''],
    ['a schema that is null', 'null', ''],
  ])('%s is refused', (_what, schema, pointer) => {
    const faults = schemaFaults(raw(schema), limits)

    expect(faults.map((fault) => fault.pointer)).toEqual([pointer])
  })

  test('a bound may be an integer beyond 2^53', () => {
    const faults = schemaFaults(raw(`{"minimum":${big}}`), limits)

    expect(faults).toEqual([])
  })

  test('a schema nests exactly as deep as the limit and no deeper', () => {
    const [within, beyond] = [
      schemaFaults(raw(nestedSchemas(8)), limits),
      schemaFaults(raw(nestedSchemas(9)), limits),
    ]

    expect(within).toEqual([])
    expect(beyond).toEqual([
      { pointer: '/items'.repeat(8), detail: 'The schema nests deeper than 8 levels.' },
    ])
  })

  test('a schema is exactly as large as the limit and no larger, counted in bytes of UTF-8', () => {
    const schema = raw('{"title":"aé€😀"}')

    const [within, beyond] = [
      schemaFaults(schema, { ...limits, schema_bytes: 22 }),
      schemaFaults(schema, { ...limits, schema_bytes: 21 }),
    ]

    expect(within).toEqual([])
    expect(beyond).toEqual([{ pointer: '', detail: 'The schema is larger than 21 bytes.' }])
  })

  test('at most twenty faults are reported', () => {
    const schema = {
      properties: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, { not: {} }])),
    }

    const faults = schemaFaults(raw(schema), limits)

    expect(faults).toHaveLength(20)
  })
})

describe('mismatches', () => {
  test.each<[unknown, string[], string[]]>([
    [{}, ['1', 'null', '[]'], []],
    [true, ['1', 'null', '[]'], []],
    [false, [], ['1', 'null', '{}']],
    [{ type: 'null' }, ['null'], ['0', 'false', '""', '{}', '[]']],
    [{ type: 'boolean' }, ['true', 'false'], ['0', '"true"', 'null']],
    [{ type: 'string' }, ['""', '"1"'], ['1', 'null', '["a"]']],
    [{ type: 'number' }, ['1', '-1.5', '1e3', big], ['"1"', 'null', 'true']],
    [{ type: 'integer' }, ['1', '-0', '1.0', '1e3', big, `-${big}`], ['1.5', '"1"', '1e-1']],
    [{ type: 'object' }, ['{}', '{"a":1}'], ['[]', 'null', '"{}"', big]],
    [{ type: 'array' }, ['[]', '[1]'], ['{}', 'null', '"[]"']],
    [{ type: ['string', 'null'] }, ['"a"', 'null'], ['1', '{}']],
    [
      { properties: { a: { type: 'string' } } },
      ['{"a":"x"}', '{}', '{"b":1}', '5'],
      ['{"a":1}', '{"a":null}'],
    ],
    [{ properties: { toString: { type: 'string' } } }, ['{}', '{"toString":"x"}'], ['{"toString":1}']],
    [{ required: ['a', 'b'] }, ['{"a":1,"b":null}', '[]'], ['{"a":1}', '{}']],
    [{ required: ['toString'] }, ['{"toString":1}'], ['{}']],
    [{ additionalProperties: false }, ['{}', '5'], ['{"a":1}', '{"toString":1}']],
    [
      { properties: { a: {} }, additionalProperties: false },
      ['{"a":1}', '{}'],
      ['{"a":1,"b":2}', '{"__proto__":1}', '{"constructor":1}'],
    ],
    [
      { properties: { a: {} }, additionalProperties: { type: 'string' } },
      ['{"a":1,"b":"x"}'],
      ['{"a":1,"b":2}'],
    ],
    [{ items: { type: 'integer' } }, ['[]', '[1,2]', '{}', '"x"'], ['[1,"2"]', '[null]']],
    [{ items: false }, ['[]'], ['[1]']],
    [
      { enum: ['a', 1, null, { x: 1, y: [2] }] },
      ['"a"', '1.0', 'null', '{"y":[2],"x":1}'],
      ['"b"', '"1"', '{"x":1}', '{"x":1,"y":[2,2]}'],
    ],
    [`{"enum":[${big}]}`, [big], ['9007199254740992', '9007199254740994']],
    [{ const: { a: [1, 2] } }, ['{"a":[1,2]}', '{"a":[1.0,2e0]}'], ['{"a":[2,1]}', '{}']],
    [{ const: null }, ['null'], ['0', 'false', '""']],
    [{ const: 0 }, ['0', '-0', '0.0'], ['false', 'null', '"0"']],
    [{ allOf: [{ minimum: 1 }, { maximum: 3 }] }, ['1', '3'], ['0', '4']],
    [{ anyOf: [{ type: 'string' }, { minimum: 5 }] }, ['"a"', '5', 'true'], ['4']],
    [{ oneOf: [{ minimum: 1 }, { maximum: 3 }] }, ['0', '4'], ['1', '2', '3', '"both hold"']],
    [{ minLength: 2, maxLength: 3 }, ['"ab"', '"😀😀😀"', '5', '[]'], ['"a"', '"abcd"', '"😀"']],
    [{ minItems: 1, maxItems: 2 }, ['[1]', '[1,2]', '{}'], ['[]', '[1,2,3]']],
    [{ minProperties: 1, maxProperties: 2 }, ['{"a":1}', '[]'], ['{}', '{"a":1,"b":2,"c":3}']],
    [{ minimum: 1 }, ['1', '1.5', big, '"0"'], ['0', '0.99', `-${big}`]],
    [{ maximum: 1 }, ['1', '-1', `-${big}`, 'null'], ['1.01', '2', big]],
    [{ exclusiveMinimum: 1 }, ['1.01', '2'], ['1', '0']],
    [{ exclusiveMaximum: 1 }, ['0.99', '-5'], ['1', '2']],
    [`{"minimum":${big}}`, [big, '9007199254740994', '1e300'], ['9007199254740992', '0.5', `-${big}0`]],
    [`{"exclusiveMinimum":${big}}`, ['9007199254740994'], [big, '9007199254740991.5']],
    [`{"maximum":-${big}}`, [`-${big}`, `-${big}0`, '-1e300'], ['-9007199254740992', '-0.5', '0', big]],
    [`{"exclusiveMaximum":-${big}}`, ['-9007199254740994'], [`-${big}`, '-1.5']],
    [`{"maximum":${'9'.repeat(400)}}`, ['1e308', '9'.repeat(400)], [`1${'0'.repeat(400)}`]],
  ])('the schema %j takes %j and refuses %j', (schema, good, bad) => {
    const accepted = good.filter((value) => mismatches(raw(schema), raw(value)).length === 0)
    const refused = bad.filter((value) => mismatches(raw(schema), raw(value)).length > 0)

    expect(accepted).toEqual(good)
    expect(refused).toEqual(bad)
  })

  test('pattern and format are annotations and never checked', () => {
    const schema = { type: 'string', pattern: '^(a+)+$', format: 'email' }

    const faults = mismatches(raw(schema), raw('"no address"'))

    expect(faults).toEqual([])
  })

  test('pointers lead into the value', () => {
    const schema = {
      properties: { 'a/b': { items: { required: ['c~d'], properties: { n: { type: 'integer' } } } } },
      additionalProperties: false,
    }

    const faults = mismatches(raw(schema), raw('{"a/b":[{"c~d":1},{"n":1.5}],"x":1}'))

    expect(faults).toEqual([
      { pointer: '/a~1b/1/c~0d', detail: 'Expected this member.' },
      { pointer: '/a~1b/1/n', detail: 'Expected integer.' },
      { pointer: '/x', detail: 'Nothing is allowed here.' },
    ])
  })

  test('what an alternative finds wrong is not reported, only that none fits', () => {
    const schema = { anyOf: [{ required: ['a'] }, { required: ['b'] }] }

    const faults = mismatches(raw(schema), raw('{}'))

    expect(faults).toEqual([{ pointer: '', detail: 'Expected one of the alternatives.' }])
  })

  test('at most twenty mismatches are reported', () => {
    const faults = mismatches(raw({ items: false }), raw(`[${'1,'.repeat(50)}1]`))

    expect(faults).toHaveLength(20)
  })

  test('a large value that satisfies a simple schema is not too much', () => {
    const row = '{"id":1,"name":"Ana","tags":["a","b"]}'
    const schema = {
      items: {
        type: 'object',
        properties: {
          id: { type: 'integer', minimum: 0 },
          name: { type: 'string', maxLength: 20 },
          tags: { items: { enum: ['a', 'b', 'c'] } },
        },
        required: ['id', 'name'],
        additionalProperties: false,
      },
    }

    const faults = mismatches(raw(schema), raw(`[${Array(2000).fill(row).join(',')}]`))

    expect(faults).toEqual([])
  })

  const many = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`k${i}`, {}]))
  const members = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, 1])))
  test.each<[string, unknown, () => string]>([
    ['many alternatives for many items', { items: { oneOf: times(500, {}) } }, () => list('1', 10_000)],
    ['alternatives within alternatives', alternatives(6), () => nestedLists(6)],
    ['a bound of many digits', `{"items":{"minimum":${'9'.repeat(16_000)}}}`, () => list('1', 100_000)],
    ['a number of a million digits', { allOf: times(1000, { minimum: 1 }) }, () => '9'.repeat(1_000_000)],
    ['many properties for many items', { items: { properties: many } }, () => list('{}', 300_000)],
    ['many required members', { items: { required: Object.keys(many) } }, () => list('{}', 300_000)],
    ['many counts of many members', { allOf: times(900, { minProperties: 1 }) }, () => members],
    ['many looks at many members', { allOf: times(500, { additionalProperties: {} }) }, () => members],
    ['a long enum and a long text', { enum: Object.keys(many) }, () => `"${'x'.repeat(1_000_000)}"`],
    ['a long const for many items', { items: { const: 'x'.repeat(15_000) } }, () => list('1', 100_000)],
    [
      'many lengths of a long text',
      { allOf: times(900, { maxLength: 1e6 }) },
      () => `"${'x'.repeat(1_000_000)}"`,
    ],
  ])('%s end quickly with a fault', (_what, schema, valueOf) => {
    const value = raw(valueOf())
    const before = performance.now()

    const faults = mismatches(raw(schema), value)

    expect(faults).toEqual([{ pointer: '', detail: 'To check the value against the schema takes too long.' }])
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})

/** Text is taken as JSON text, anything else is written as JSON. */
function raw(value: unknown): RawJson {
  return new RawJson(typeof value === 'string' ? value : JSON.stringify(value))
}

function list(item: string, count: number): string {
  return `[${Array(count).fill(item).join(',')}]`
}

function nestedSchemas(depth: number): string {
  return `${'{"items":'.repeat(depth - 1)}{}${'}'.repeat(depth - 1)}`
}

function times(count: number, schema: object): object[] {
  return Array.from({ length: count }, () => schema)
}

function alternatives(depth: number): unknown {
  return depth === 0
    ? false
    : { anyOf: Array.from({ length: 4 }, () => ({ items: alternatives(depth - 1) })) }
}

function nestedLists(depth: number): string {
  return depth === 0 ? '1' : `[${nestedLists(depth - 1)},${nestedLists(depth - 1)}]`
}
