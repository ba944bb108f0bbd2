import type { JsonFault } from '../json/parse.ts'
import type { Scope } from '../schemas/project.ts'
import type { Refusal } from '../transitions/decision.ts'

// What HTTP itself refuses, before or beside any transition.

/** A refusal with the headers that its answer needs. `in` of a place is left out for the body. */
export interface HttpRefusal extends Refusal {
  errors?: (JsonFault & { in?: 'query' | 'path' | 'header' })[]
  headers?: Record<string, string>
}

/** What a request says, or why it cannot be taken. */
export type Parsed<T> = { ok: true; value: T } | { ok: false; refusal: HttpRefusal }

/** 401, with the challenge that every 401 carries. */
export function unauthenticated(detail: string): HttpRefusal {
  return { code: 'unauthenticated', detail, headers: { 'www-authenticate': 'Bearer realm="countersign"' } }
}

/** 403 when the key has none of the scopes that the operation takes, else undefined. */
export function insufficientScope(
  wanted: readonly Scope[],
  granted: readonly Scope[],
): HttpRefusal | undefined {
  if (wanted.some((scope) => granted.includes(scope))) return undefined
  return {
    code: 'insufficient_scope',
    detail: `This needs the scope ${wanted.join(' or ')}; the key has ${granted.join(' and ')}.`,
  }
}

/** 404: no operation has this path. */
export const unknownPath: HttpRefusal = { code: 'not_found', detail: 'There is no such path.' }

/** 404: also for a call of another project, so that nobody learns of it. */
export const unknownCall: HttpRefusal = {
  code: 'not_found',
  detail: 'There is no such call in this project.',
}

/** 404: the same for a timer. */
export const unknownTimer: HttpRefusal = {
  code: 'not_found',
  detail: 'There is no such timer in this project.',
}

/** 404: the same for a run. */
export const unknownRun: HttpRefusal = {
  code: 'not_found',
  detail: 'There is no such run in this project.',
}

/** 405, with the methods that the path takes; HEAD comes with GET. */
export function methodNotAllowed(methods: readonly string[]): HttpRefusal {
  const names = methods.map((method) => method.toUpperCase())
  const allow = [...names, ...(names.includes('GET') ? ['HEAD'] : [])].join(', ')
  return { code: 'method_not_allowed', detail: `This path takes ${allow}.`, headers: { allow } }
}

/** 400: a path such as `/%E0%A4%A`. */
export function badPath(): HttpRefusal {
  const detail = 'The path is not valid percent-encoded UTF-8.'
  return { code: 'invalid_parameter', detail, errors: [{ in: 'path', pointer: '', detail }] }
}

/** 410: whoever goes on from an event that is not there has missed some. */
export function eventGone(where: { in: 'query' | 'header'; pointer: string }): HttpRefusal {
  const detail = 'There is no such event in this project. Read the calls, and go on from "latest".'
  return { code: 'event_gone', detail, errors: [{ ...where, detail }] }
}

/** 413. */
export function bodyTooLarge(limit: number): HttpRefusal {
  const detail = `The body is larger than ${limit} bytes.`
  return { code: 'body_too_large', detail, errors: [{ pointer: '', detail }] }
}

/** 400: a cursor of another list, of other filters, or of nobody. */
export function invalidCursor(): HttpRefusal {
  const detail = 'The cursor was not made by this server for this list and these filters.'
  return { code: 'invalid_cursor', detail, errors: [{ in: 'query', pointer: '/cursor', detail }] }
}
