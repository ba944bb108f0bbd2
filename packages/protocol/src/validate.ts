import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
import type { ValueError } from '@sinclair/typebox/errors'
import { Value } from '@sinclair/typebox/value'
import { pointerOf, type JsonFault } from './json/parse.ts'
import { RawJson } from './json/raw-json.ts'

export type Validated<T> = { ok: true; value: T } | { ok: false; faults: JsonFault[] }

/**
 * Turns a parsed document into a value of the schema. A null member counts as absent, U+0000 is refused outside
 * opaque values, and members that the schema does not name are dropped, so that nothing unknown is ever kept.
 */
export function validate<S extends TSchema>(schema: S, document: unknown): Validated<Static<S>> {
  const faults: JsonFault[] = []
  normalise(document, [], faults)

  const check = compiled(schema)
  if (!check.Check(document)) {
    const known = new Set(faults.map(({ pointer }) => pointer))
    faults.push(...faultsOf(check, document).filter(({ pointer }) => !known.has(pointer)))
  }
  if (faults.length > 0) return { ok: false, faults }
  dropInherited(document)
  return { ok: true, value: Value.Clean(schema, document) as Static<S> }
}

const MOST_FAULTS = 20
const cache = new WeakMap<TSchema, TypeCheck<TSchema>>()

function compiled(schema: TSchema): TypeCheck<TSchema> {
  const known = cache.get(schema)
  if (known) return known

  const check = TypeCompiler.Compile(schema)
  cache.set(schema, check)
  return check
}

function faultsOf(check: TypeCheck<TSchema>, document: unknown): JsonFault[] {
  const faults = new Map<string, JsonFault>()
  for (const error of check.Errors(document)) {
    for (const { path, message } of tellingErrors(error)) {
      // The first message of a place is the telling one: a missing member is also no string.
      const detail = message === "Expected kind 'OpaqueObject'" ? 'Expected object' : message
      if (!faults.has(path)) faults.set(path, { pointer: path, detail: `${detail}.` })
      if (faults.size === MOST_FAULTS) return [...faults.values()]
    }
  }
  return [...faults.values()]
}

/** A union as a whole tells nothing: what is wrong is told by the alternative that was meant. */
function tellingErrors(error: ValueError): Pick<ValueError, 'path' | 'message'>[] {
  const alternatives = error.schema['anyOf'] as TSchema[] | undefined
  if (!alternatives || error.errors.length === 0) return [error]
  if (alternatives.every((alternative) => 'const' in alternative))
    return [
      {
        path: error.path,
        message: `Expected one of ${alternatives.map((each) => each['const']).join(', ')}`,
      },
    ]

  // The one meant is the one with the fewest faults in the members of its own.
  const own = ({ path }: ValueError) => !path.slice(error.path.length + 1).includes('/')
  const [meant] = error.errors
    .map(firstErrors)
    .map((errors) => ({ errors, faults: new Set(errors.filter(own).map(({ path }) => path)).size }))
    .toSorted((one, other) => one.faults - other.faults)
  return meant!.errors.flatMap(tellingErrors)
}

function firstErrors(errors: Iterable<ValueError>): ValueError[] {
  const first: ValueError[] = []
  for (const error of errors) {
    first.push(error)
    if (first.length === MOST_FAULTS) break
  }
  return first
}

/**
 * Drops what bears the name of a member that every object inherits, such as `constructor`. No schema names one,
 * yet `Value.Clean` would find it in every schema and keep it.
 */
function dropInherited(value: unknown): void {
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return

  for (const name of Object.keys(value)) {
    if (name in Object.prototype) delete (value as Record<string, unknown>)[name]
    else dropInherited((value as Record<string, unknown>)[name])
  }
}

/** Drops null members in place and reports every string that holds U+0000. */
function normalise(value: unknown, trail: (string | number)[], faults: JsonFault[]): void {
  if (typeof value === 'string') {
    if (value.includes('\0') && faults.length < MOST_FAULTS)
      faults.push({ pointer: pointerOf(trail), detail: 'U+0000 cannot stand here.' })
    return
  }
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return

  for (const [name, member] of Object.entries(value)) {
    if (member === null && !Array.isArray(value)) delete (value as Record<string, unknown>)[name]
    else normalise(member, [...trail, name], faults)
  }
}
