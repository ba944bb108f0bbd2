import type { Reply } from './reply.ts'
import { valueAt } from './expectations.ts'
import { violate } from './violation.ts'

/**
 * The canonical form of a JSON text as `values.md` defines it: two texts hold the same value when their canonical forms are equal. Integers
 * stay exact at any size, which `JSON.parse` alone cannot do.
 */
function canonicalJson(text: string): string {
  return written(parseExact(text))
}

/** The value at `pointer` of the answer equals this JSON text, number for number and member for member. */
export function expectJson(reply: Reply, pointer: string, text: string): void {
  const value: unknown = isJson(reply.text) ? valueAt(parseExact(reply.text), pointer) : undefined
  const actual = value === undefined ? undefined : written(value)
  if (actual !== canonicalJson(text))
    violate(
      `the value ${shortened(text)} at ${pointer}`,
      actual === undefined ? 'nothing' : shortened(actual),
      {
        exchange: reply.exchange,
        pointer,
      },
    )
}

/** A number that keeps the digits with which it was written. */
class ExactInteger {
  readonly digits: string

  constructor(digits: string) {
    this.digits = digits
  }
}

function parseExact(text: string): unknown {
  return (JSON.parse as ParseWithSource)(text, (_name, value, { source }) =>
    typeof value === 'number' && source !== undefined && /^-?\d+$/.test(source)
      ? new ExactInteger(source === '-0' ? '0' : source)
      : value,
  )
}

// ECMAScript 2026 hands the source text to the reviver; Node.js has it since 21, the typings do not.
type ParseWithSource = (
  text: string,
  reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
) => unknown

function written(value: unknown): string {
  if (value instanceof ExactInteger) return value.digits
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : String(value)
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${written(member)}`).join(',')}}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function shortened(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}
