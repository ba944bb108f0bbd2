import { canonicalText, parseExact } from './json/canonicalize.ts'
import { pointerOf, type JsonFault } from './json/parse.ts'
import { RawJson } from './json/raw-json.ts'
import { stringify } from './json/stringify.ts'

// Schemas come from clients, so they are interpreted, never compiled into code: a fixed list of keywords, exact
// integers, no references, and a budget of steps that no schema and no value can exceed.

export interface SchemaLimits {
  schema_bytes: number
  schema_depth: number
}

/** What is wrong with a schema that a client sent; pointers lead into the schema. */
export function schemaFaults(schema: RawJson, limits: SchemaLimits): JsonFault[] {
  if (utf8Bytes(schema.text) > limits.schema_bytes)
    return [{ pointer: '', detail: `The schema is larger than ${limits.schema_bytes} bytes.` }]

  const faults: JsonFault[] = []
  inspect(parseExact(schema.text), [], 1, limits, faults)
  return faults
}

/** Where a value breaks a schema that `schemaFaults` has accepted; pointers lead into the value. */
export function mismatches(schema: RawJson, value: RawJson): JsonFault[] {
  const work: Work = { steps: MOST_STEPS, faults: [], texts: new WeakMap() }
  try {
    match(parseExact(schema.text), parseExact(value.text), [], work)
  } catch (error) {
    if (error instanceof BudgetSpent) return [TAKES_TOO_LONG]
    throw error
  }
  return work.faults.slice(0, MOST_FAULTS)
}

/** What `mismatches` says when it has not looked at everything: the value may be right, and it may be wrong. */
export const TAKES_TOO_LONG: JsonFault = {
  pointer: '',
  detail: 'To check the value against the schema takes too long.',
}

function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0)!
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

const MOST_STEPS = 200_000
const MOST_FAULTS = 20

class BudgetSpent extends Error {}

type Schema = Record<string, unknown>
type Check = (expected: unknown, value: unknown, schema: Schema, trail: Trail, work: Work) => void
type Trail = (string | number)[]
interface Work {
  steps: number
  faults: JsonFault[]
  /** The canonical texts of the objects and arrays compared so far. */
  texts: WeakMap<object, string>
}

const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string']
const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'examples',
  'format',
  'pattern',
  '$schema',
  '$comment',
  'deprecated',
  'readOnly',
  'writeOnly',
])
const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']

function inspect(
  schema: unknown,
  trail: Trail,
  depth: number,
  limits: SchemaLimits,
  faults: JsonFault[],
): void {
  const fault = (detail: string, ...steps: Trail) =>
    faults.push({ pointer: pointerOf([...trail, ...steps]), detail })
  if (typeof schema === 'boolean') return
  if (!isObject(schema)) return void fault('A schema is an object or a boolean.')
  if (depth > limits.schema_depth)
    return void fault(`The schema nests deeper than ${limits.schema_depth} levels.`)

  const into = (child: unknown, ...steps: Trail) =>
    inspect(child, [...trail, ...steps], depth + 1, limits, faults)
  for (const [keyword, expected] of Object.entries(schema)) {
    if (faults.length >= MOST_FAULTS) return
    if (ANNOTATIONS.has(keyword)) continue
    if (keyword === 'type') {
      const types = Array.isArray(expected) ? expected : [expected]
      const known = types.every((type) => TYPES.includes(type as string))
      if (types.length === 0 || !known || new Set(types).size < types.length)
        fault(`A type is one of ${TYPES.join(', ')}, or a list of different ones.`, keyword)
    } else if (keyword === 'properties') {
      if (isObject(expected)) for (const [name, child] of Object.entries(expected)) into(child, keyword, name)
      else fault('`properties` is an object of schemas.', keyword)
    } else if (keyword === 'required') {
      if (!Array.isArray(expected) || !expected.every((name) => typeof name === 'string'))
        fault('`required` is a list of names.', keyword)
    } else if (keyword === 'additionalProperties' || keyword === 'items') into(expected, keyword)
    else if (keyword === 'enum') {
      if (!Array.isArray(expected) || expected.length === 0) fault('`enum` is a list of values.', keyword)
    } else if (keyword === 'const') continue
    else if (['allOf', 'anyOf', 'oneOf'].includes(keyword)) {
      if (Array.isArray(expected) && expected.length > 0)
        for (const [index, child] of expected.entries()) into(child, keyword, index)
      else fault(`\`${keyword}\` is a list of schemas.`, keyword)
    } else if (COUNTS.includes(keyword)) {
      if (!Number.isSafeInteger(expected) || (expected as number) < 0)
        fault('A whole number from 0 up is needed.', keyword)
    } else if (BOUNDS.includes(keyword)) {
      if (!isNumber(expected)) fault('A number is needed.', keyword)
    } else fault(`The keyword "${keyword}" is not one that clients may use.`, keyword)
  }
}

const checks: Record<string, Check> = {
  type(expected, value, _schema, trail, work) {
    const types = (Array.isArray(expected) ? expected : [expected]) as string[]
    if (!types.some((type) => isOfType(type, value))) report(work, trail, `Expected ${types.join(' or ')}.`)
  },
  properties(expected, value, _schema, trail, work) {
    if (!isObject(value)) return
    // By the members that are there: a schema may name thousands more, for each of thousands of objects.
    const named = expected as Schema
    const names = Object.keys(value)
    spend(work, Math.ceil(names.length / 10))
    for (const name of names)
      if (Object.hasOwn(named, name)) match(named[name], value[name], [...trail, name], work)
  },
  required(expected, value, _schema, trail, work) {
    if (!isObject(value)) return
    for (const name of expected as string[]) {
      spend(work)
      if (!Object.hasOwn(value, name)) report(work, [...trail, name], 'Expected this member.')
    }
  },
  additionalProperties(expected, value, schema, trail, work) {
    if (!isObject(value)) return
    const named = (schema['properties'] ?? {}) as Schema
    const names = Object.keys(value)
    spend(work, Math.ceil(names.length / 10))
    for (const name of names)
      if (!Object.hasOwn(named, name)) match(expected, value[name], [...trail, name], work)
  },
  items(expected, value, _schema, trail, work) {
    if (Array.isArray(value))
      for (const [index, item] of value.entries()) match(expected, item, [...trail, index], work)
  },
  enum(expected, value, _schema, trail, work) {
    if (!(expected as unknown[]).some((allowed) => isEqual(allowed, value, work)))
      report(work, trail, 'Expected one of the listed values.')
  },
  const(expected, value, _schema, trail, work) {
    if (!isEqual(expected, value, work)) report(work, trail, `Expected exactly ${shown(expected)}.`)
  },
  allOf(expected, value, _schema, trail, work) {
    for (const child of expected as unknown[]) match(child, value, trail, work)
  },
  anyOf(expected, value, _schema, trail, work) {
    if (matching(expected as unknown[], value, work) === 0)
      report(work, trail, 'Expected one of the alternatives.')
  },
  oneOf(expected, value, _schema, trail, work) {
    if (matching(expected as unknown[], value, work) !== 1)
      report(work, trail, 'Expected exactly one of the alternatives.')
  },
  minLength: (expected, value, _schema, trail, work) =>
    atLeast(expected, codePoints(value, work), 'characters', trail, work),
  maxLength: (expected, value, _schema, trail, work) =>
    atMost(expected, codePoints(value, work), 'characters', trail, work),
  minItems: (expected, value, _schema, trail, work) =>
    atLeast(expected, itemCount(value), 'items', trail, work),
  maxItems: (expected, value, _schema, trail, work) =>
    atMost(expected, itemCount(value), 'items', trail, work),
  minProperties: (expected, value, _schema, trail, work) =>
    atLeast(expected, memberCount(value, work), 'members', trail, work),
  maxProperties: (expected, value, _schema, trail, work) =>
    atMost(expected, memberCount(value, work), 'members', trail, work),
  minimum(expected, value, _schema, trail, work) {
    if (isNumber(value) && compare(value, expected, work) < 0)
      report(work, trail, `Expected at least ${shown(expected)}.`)
  },
  maximum(expected, value, _schema, trail, work) {
    if (isNumber(value) && compare(value, expected, work) > 0)
      report(work, trail, `Expected at most ${shown(expected)}.`)
  },
  exclusiveMinimum(expected, value, _schema, trail, work) {
    if (isNumber(value) && compare(value, expected, work) <= 0)
      report(work, trail, `Expected more than ${shown(expected)}.`)
  },
  exclusiveMaximum(expected, value, _schema, trail, work) {
    if (isNumber(value) && compare(value, expected, work) >= 0)
      report(work, trail, `Expected less than ${shown(expected)}.`)
  },
}

function match(schema: unknown, value: unknown, trail: Trail, work: Work): void {
  spend(work)
  if (schema === true) return
  if (schema === false) return report(work, trail, 'Nothing is allowed here.')
  for (const [keyword, expected] of Object.entries(schema as Schema)) {
    spend(work)
    if (Object.hasOwn(checks, keyword)) checks[keyword]!(expected, value, schema as Schema, trail, work)
  }
}

/** How many of the alternatives the value satisfies. */
function matching(schemas: unknown[], value: unknown, work: Work): number {
  return schemas.filter((schema) => {
    const trial: Work = { ...work, faults: [] }
    match(schema, value, [], trial)
    work.steps = trial.steps
    return trial.faults.length === 0
  }).length
}

function spend(work: Work, steps = 1): void {
  work.steps -= steps
  if (work.steps < 0) throw new BudgetSpent()
}

function report(work: Work, trail: Trail, detail: string): void {
  if (work.faults.length < MOST_FAULTS) work.faults.push({ pointer: pointerOf(trail), detail })
}

function isOfType(type: string, value: unknown): boolean {
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  if (type === 'object') return isObject(value)
  if (type === 'number') return isNumber(value)
  if (type === 'integer') return value instanceof RawJson || Number.isInteger(value)
  return typeof value === type
}

function isEqual(one: unknown, other: unknown, work: Work): boolean {
  return textOf(one, work) === textOf(other, work)
}

/** The canonical text, made once for each object and array, because a list of values asks for it again and again. */
function textOf(value: unknown, work: Work): string {
  const isContainer = typeof value === 'object' && value !== null
  const text = (isContainer ? work.texts.get(value) : undefined) ?? canonicalText(value)
  if (isContainer) work.texts.set(value, text)
  spend(work, Math.ceil(text.length / 100))
  return text
}

/** Integers beyond 2^53 come as `RawJson` and are compared as integers, everything else as doubles. */
function compare(one: unknown, other: unknown, work: Work): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other

  // Digits are compared as text: to make a BigInt of a million of them takes a tenth of a second.
  const [a, b] = [digitsOf(one), digitsOf(other)]
  spend(work, Math.ceil((a.length + b.length) / 100))
  const isNegative = a.startsWith('-')
  if (isNegative !== b.startsWith('-')) return isNegative ? -1 : 1
  const difference = a.length - b.length || (a < b ? -1 : a > b ? 1 : 0)
  return isNegative ? -difference : difference
}

/** The integer part, which is enough beside an integer that a double cannot hold. */
function digitsOf(value: unknown): string {
  return value instanceof RawJson ? value.text : BigInt(Math.trunc(value as number)).toString()
}

function shown(expected: unknown): string {
  const text = stringify(expected)
  return text.length <= 200 ? text : 'what the schema says'
}

function atLeast(expected: unknown, count: number | undefined, what: string, trail: Trail, work: Work): void {
  if (count !== undefined && count < (expected as number))
    report(work, trail, `Expected at least ${String(expected)} ${what}.`)
}

function atMost(expected: unknown, count: number | undefined, what: string, trail: Trail, work: Work): void {
  if (count !== undefined && count > (expected as number))
    report(work, trail, `Expected at most ${String(expected)} ${what}.`)
}

function codePoints(value: unknown, work: Work): number | undefined {
  if (typeof value !== 'string') return undefined
  spend(work, Math.ceil(value.length / 100))
  return Array.from(value).length
}

function memberCount(value: unknown, work: Work): number | undefined {
  if (!isObject(value)) return undefined
  const count = Object.keys(value).length
  spend(work, Math.ceil(count / 10))
  return count
}

const itemCount = (value: unknown) => (Array.isArray(value) ? value.length : undefined)
const isNumber = (value: unknown) => typeof value === 'number' || value instanceof RawJson

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson)
}
