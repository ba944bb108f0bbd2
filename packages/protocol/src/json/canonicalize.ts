import { RawJson } from './raw-json.ts'

/**
 * The canonical form that decides whether two JSON texts hold the same value: RFC 8785, except that a number
 * whose value is an integer is written in full decimal digits, so that integers beyond 2^53 stay distinct.
 */
export function canonicalize(text: string): string {
  return canonicalText(parseExact(text))
}

/** Whether two JSON texts hold the same value. */
export function isEqualJson(one: string, other: string): boolean {
  return one === other || canonicalize(one) === canonicalize(other)
}

/** Parses JSON text; an integer that a double cannot hold exactly becomes a `RawJson` of its digits. */
export function parseExact(text: string): unknown {
  return (JSON.parse as ParseWithSource)(text, (_name, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && INTEGER.test(source)
      ? new RawJson(source)
      : value,
  )
}

const INTEGER = /^-?\d+$/

// ECMAScript 2026 hands the source text to the reviver; Node.js has it since 21, the es2024 typings do not.
type ParseWithSource = (
  text: string,
  reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
) => unknown

/** The canonical form of a value that `parseExact` has made. */
export function canonicalText(value: unknown): string {
  if (value instanceof RawJson) return value.text
  if (typeof value === 'number') return writeNumber(value)
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)

  // The default order of sort() is that of UTF-16 code units, which RFC 8785 asks for.
  const names = Object.keys(value).toSorted()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalText((value as Record<string, unknown>)[name])}`).join(',')}}`
}

function writeNumber(value: number): string {
  return Number.isInteger(value) ? BigInt(value).toString() : String(value)
}
