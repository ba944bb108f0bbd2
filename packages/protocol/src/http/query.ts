import type { Parsed } from './refusals.ts'

/** What is needed of a `URLSearchParams`. */
export interface Query {
  getAll(name: string): string[]
}

/** A query parameter that may stand once. */
export function queryText(query: Query, name: string): Parsed<string | undefined> {
  const text = queryToken(query, name)
  return text.ok && text.value?.includes('\0') ? invalid(name, 'U+0000 cannot stand here.') : text
}

/** One that the server has made, such as a cursor. Whoever knows what it has made says of every other text that it is none. */
export function queryToken(query: Query, name: string): Parsed<string | undefined> {
  const values = query.getAll(name)
  if (values.length > 1) return invalid(name, 'It stands in the query more than once.')
  return { ok: true, value: values[0] }
}

/** A whole number from `minimum` up; what lies beyond a limit is for the caller to cut. */
export function queryInteger(query: Query, name: string, minimum: number): Parsed<number | undefined> {
  const text = queryText(query, name)
  if (!text.ok || text.value === undefined) return text as Parsed<undefined>
  if (!/^\d+$/.test(text.value) || Number(text.value) < minimum)
    return invalid(name, `A whole number from ${minimum} up is needed, not "${text.value}".`)
  return { ok: true, value: Number(text.value) }
}

/** One of these values. */
export function queryOneOf(
  query: Query,
  name: string,
  values: readonly string[],
): Parsed<string | undefined> {
  const text = queryText(query, name)
  if (text.ok && text.value !== undefined && !values.includes(text.value))
    return invalid(name, `One of ${values.join(', ')} is needed, not "${text.value}".`)
  return text
}

function invalid<T>(name: string, detail: string): Parsed<T> {
  return {
    ok: false,
    refusal: {
      code: 'invalid_parameter',
      detail: `The query parameter "${name}" is wrong: ${detail}`,
      errors: [{ in: 'query', pointer: `/${name}`, detail }],
    },
  }
}
