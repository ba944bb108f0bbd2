import type { RequestHandler } from 'express'

/** The router cannot decode a path such as `/%E0%A4%A`. */
export function isBadPath(error: unknown): boolean {
  return error instanceof URIError
}

/** HumanLayer clients glue base and path together with two slashes when the base ends in one. */
export const joinSlashes: RequestHandler = (request, _response, next) => {
  const [path = '', ...query] = request.url.split('?')
  const joined = path.replaceAll(/\/{2,}/g, '/')
  if (joined.startsWith('/humanlayer/')) request.url = [joined, ...query].join('?')
  next()
}
