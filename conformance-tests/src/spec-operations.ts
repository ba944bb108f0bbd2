import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { isInstant } from './instant.ts'
import { readSpec } from './registry.ts'

/** An operation of the OpenAPI document. */
export interface Operation {
  readonly method: string
  /** With `{name}` for a parameter. */
  readonly path: string
  readonly pattern: RegExp
  /** The reference to the schema that the document names, by status. */
  readonly schemas: ReadonlyMap<number, string>
}

interface OpenApi {
  paths: Record<string, Record<string, { responses: Record<string, Answer> }>>
}
interface Answer {
  content?: Record<string, { schema?: { $ref?: string } }>
}

const document = readSpec('openapi.json') as OpenApi

/** Every operation of the document. */
const operations: readonly Operation[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { responses }]) => ({
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    schemas: new Map(Object.entries(responses).flatMap(([status, answer]) => schemaOf(status, answer))),
  })),
)

/** The operation that a request is for, or undefined when the document has none. */
export function operationOf(method: string, path: string): Operation | undefined {
  const [bare = ''] = path.split('?')
  return operations.find((operation) => operation.method === method && operation.pattern.test(bare))
}

/** What is wrong with a value by a schema of the document; undefined when nothing is. */
export function faultOf(
  reference: string,
  value: unknown,
): { pointer: string; expected: string } | undefined {
  const validate = validatorOf(reference)
  if (validate(value)) return undefined
  // The deepest fault is the one that tells: those above it say only that something below is wrong.
  const [fault] = (validate.errors ?? []).toSorted(
    (one, other) => other.instancePath.length - one.instancePath.length,
  )
  return { pointer: fault?.instancePath ?? '', expected: `what ${fault?.message ?? 'the schema wants'}` }
}

/** The schema of every error. */
export const PROBLEM = '#/components/schemas/Problem'

/** Each code of an error with the status that it comes with. */
export const problemStatuses: ReadonlyMap<string, number> = new Map(
  Object.entries(readSpec('problem-codes.json') as Record<string, { status: number }>).map(
    ([code, { status }]) => [code, status],
  ),
)

function schemaOf(status: string, { content = {} }: Answer): [number, string][] {
  const [reference] = Object.values(content).flatMap(({ schema }) => schema?.$ref ?? [])
  return reference === undefined ? [] : [[Number(status), reference]]
}

const validators = new Map<string, ValidateFunction>()
let ajv: Ajv2020 | undefined

function validatorOf(reference: string): ValidateFunction {
  const known = validators.get(reference)
  if (known) return known

  if (!ajv) {
    ajv = new Ajv2020({ strict: false, allErrors: false })
    ajv.addFormat('date-time', isInstant)
    ajv.addSchema(document, 'openapi')
  }
  const validate = ajv.compile({ $ref: `openapi${reference}` })
  validators.set(reference, validate)
  return validate
}
