import type { Static, TSchema } from '@sinclair/typebox'
import { TypeCompiler, type TypeCheck } from '@sinclair/typebox/compiler'
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
  const inherited: Member[] = []
  normalise(document, [], faults, inherited)

  const check = compiled(schema)
  if (!check.Check(document)) faults.push(...faultsOf(check, document))
  if (faults.length > 0) return { ok: false, faults }
  for (const { holder, name } of inherited) delete holder[name]
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
  for (const { path, message } of check.Errors(document)) {
    // The first message of a place is the telling one: a missing member is also no string.
    const detail = message === "Expected kind 'OpaqueObject'" ? 'Expected object' : message
    if (!faults.has(path)) faults.set(path, { pointer: path, detail: `${detail}.` })
    if (faults.size === MOST_FAULTS) break
  }
  return [...faults.values()]
}

interface Member {
  holder: Record<string, unknown>
  name: string
}

/**
 * Drops null members in place and reports every string that holds U+0000. Members named as one that every object
 * inherits, such as `constructor`, are collected: `Value.Clean` takes them for known ones.
 */
function normalise(
  value: unknown,
  trail: (string | number)[],
  faults: JsonFault[],
  inherited: Member[],
): void {
  if (typeof value === 'string') {
    if (value.includes('\0') && faults.length < MOST_FAULTS)
      faults.push({ pointer: pointerOf(trail), detail: 'U+0000 cannot stand here.' })
    return
  }
  if (typeof value !== 'object' || value === null || value instanceof RawJson) return

  for (const [name, member] of Object.entries(value)) {
    const holder = value as Record<string, unknown>
    if (member === null && !Array.isArray(value)) delete holder[name]
    else normalise(member, [...trail, name], faults, inherited)
    if (name in Object.prototype) inherited.push({ holder, name })
  }
}
