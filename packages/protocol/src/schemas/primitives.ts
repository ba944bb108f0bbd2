import { FormatRegistry, Kind, Type, TypeRegistry, type TSchema } from '@sinclair/typebox'
import { RawJson } from '../json/raw-json.ts'

/** Ids travel in paths, headers and e-mail addresses, so their alphabet is small. */
export const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._~:@+=-]{0,127}$'

export const Id = (description: string) => Type.String({ pattern: ID_PATTERN, description })

FormatRegistry.Set('date-time', (text) => RFC_3339_UTC.test(text) && isInCalendar(text))
const RFC_3339_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** `Date.parse` takes 30 February for 2 March, and hour 24 for the next day. */
function isInCalendar(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 19))
}

/** An RFC 3339 instant in UTC, ending in `Z`. */
export const Timestamp = (description: string) =>
  Type.String({ format: 'date-time', pattern: 'Z$', description })

export const Nullable = <S extends TSchema>(schema: S, description: string) =>
  Type.Union([schema, Type.Null()], { description })

TypeRegistry.Set('OpaqueObject', (_schema, value) =>
  value instanceof RawJson ? value.text.startsWith('{') : isPlainObject(value),
)
TypeRegistry.Set('OpaqueValue', () => true)

/** A JSON object that the server keeps and returns value for value and never looks into. */
export const OpaqueObject = (description: string) =>
  Type.Unsafe<RawJson>({ [Kind]: 'OpaqueObject', type: 'object', description })

/** Any JSON value, kept value for value. */
export const OpaqueValue = (description: string) =>
  Type.Unsafe<RawJson>({ [Kind]: 'OpaqueValue', description })

function isPlainObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
