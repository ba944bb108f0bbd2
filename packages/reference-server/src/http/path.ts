import type { RequestHandler } from 'express'
import { Problem } from './problem.ts'

/** The router cannot decode a path such as `/%E0%A4%A`. */
export function isBadPath(error: unknown): boolean {
  return error instanceof URIError
}

export function badPath(): Problem {
  const detail = 'The path is not valid percent-encoded UTF-8.'
  return new Problem('invalid_parameter', detail, { errors: [{ in: 'path', pointer: '', detail }] })
}

/** HumanLayer clients glue base and path together with two slashes when the base ends in one. */
export const joinSlashes: RequestHandler = (request, _response, next) => {
  const [path = '', ...query] = request.url.split('?')
  const joined = path.replaceAll(/\/{2,}/g, '/')
  if (joined.startsWith('/humanlayer/')) request.url = [joined, ...query].join('?')
  next()
}
