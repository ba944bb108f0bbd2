import type { Exchange } from './exchange.ts'
import { Problem } from './problem.ts'

/** A query parameter that may stand once. */
export function queryText({ query }: Exchange, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw invalidParameter(name, 'It stands in the query more than once.')
  if (values[0]?.includes('\0')) throw invalidParameter(name, 'U+0000 cannot stand here.')
  return values[0]
}

/** A whole number from `minimum` up; what lies beyond a limit is for the caller to cut. */
export function queryInteger(exchange: Exchange, name: string, minimum: number): number | undefined {
  const text = queryText(exchange, name)
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text) || Number(text) < minimum)
    throw invalidParameter(name, `A whole number from ${minimum} up is needed, not "${text}".`)
  return Number(text)
}

export function queryOneOf(exchange: Exchange, name: string, values: readonly string[]): string | undefined {
  const text = queryText(exchange, name)
  if (text !== undefined && !values.includes(text))
    throw invalidParameter(name, `One of ${values.join(', ')} is needed, not "${text}".`)
  return text
}

function invalidParameter(name: string, detail: string): Problem {
  return new Problem('invalid_parameter', `The query parameter "${name}" is wrong: ${detail}`, {
    errors: [{ in: 'query', pointer: `/${name}`, detail }],
  })
}
