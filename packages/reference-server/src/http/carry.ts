import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Scope } from '@countersign/protocol'
import { stringify, unauthenticated } from '@countersign/protocol'
import type { Request as ExpressRequest, RequestHandler } from 'express'
import type { Deps } from '../deps.ts'
import { KeyRevoked, StorageUnavailable } from '../store/store.ts'
import { authenticate, NOBODY } from './authenticate.ts'
import { readBody } from './body.ts'
import type { Exchange, Handler, Principal, Reply, StreamReply } from './exchange.ts'
import { Problem } from './problem.ts'

export interface Carried {
  /** The name of the operation, for the log. */
  name: string
  scopes: readonly Scope[] | 'none'
  handler: Handler
  /** How a problem looks in this profile. */
  describe: (problem: Problem) => Reply
}

/** Lets Express carry a handler: who asks, may they, what do they say, and the answer. */
export function carry(deps: Deps, { name, scopes, handler, describe }: Carried): RequestHandler {
  return async (request, response) => {
    const gone = new AbortController()
    // Not after a whole answer: to abort makes an exception object, 2.5 % of a create.
    response.once('close', () => {
      if (!response.writableFinished) gone.abort()
    })
    const started = performance.now()
    let principal: Principal | undefined
    let reply: Reply | StreamReply
    try {
      requireHost(request)
      const authorize = () => authenticate(deps.store, request.headersDistinct['authorization'] ?? [], scopes)
      principal = await authorize()
      const exchange = await exchangeOf(request, principal, deps.limits.body_bytes, gone.signal)
      // A body can take minutes to come in, and a key that was revoked meanwhile does nothing any more. (Calls look
      // once more, inside the transaction.)
      if (request.method !== 'GET') await authorize()
      reply = await handler(exchange)
    } catch (error) {
      // Whoever has gone away gets no answer, and a body that broke off is no fault of the server.
      if (request.destroyed && !request.complete) return
      reply = describe(problemOf(error, deps))
    }
    if ('stream' in reply) startStream(response, reply)
    else send(request, response, reply)
    deps.log.info(
      {
        operation: name,
        status: reply.status,
        ms: Math.round(performance.now() - started),
        ...(principal &&
          principal !== NOBODY && { project_id: principal.project_id, key_id: principal.key_id }),
      },
      'request',
    )
  }
}

/** Whatever was thrown, as a problem; what is not expected is logged, and its text stays here. */
export function problemOf(error: unknown, { log }: Deps): Problem {
  if (error instanceof Problem) return error
  if (error instanceof KeyRevoked) return Problem.from(unauthenticated(error.message))
  log.error({ err: error }, 'request failed')
  return error instanceof StorageUnavailable
    ? new Problem('storage_unavailable', 'Nothing was written; try again.', {
        headers: { 'retry-after': '1' },
      })
    : new Problem('internal_error', 'The server failed; the log says why.')
}

export function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Reply,
): void {
  if (response.headersSent || response.destroyed) return
  const text = typeof body === 'string' ? body : stringify(body)
  const isUnread = hasBody(request) && !request.complete
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // A body that was not read to its end would be taken for the next request.
    ...(isUnread && { connection: 'close' }),
    ...headers,
  })
  if (!isUnread) {
    response.end(text)
    return
  }
  response.write(text)
  discardRest(request, () => response.end())
}

function startStream(response: ServerResponse, { status, headers, stream }: StreamReply): void {
  if (response.destroyed) return
  response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', ...headers })
  response.flushHeaders()
  // Small messages go out at once.
  response.socket?.setNoDelay(true)
  stream(response)
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * A connection closed while its client still sends is reset, and the answer may be lost with it. So the rest of the
 * body is thrown away for a while, which gives the client the time to read what was wrong.
 */
function discardRest(request: IncomingMessage, close: () => void): void {
  const impatience = setTimeout(close, DISCARD_MS)
  request.on('close', () => {
    clearTimeout(impatience)
    close()
  })
  request.on('error', () => undefined)
  request.resume()
}

const DISCARD_MS = 2_000

/** RFC 9112 asks for this refusal; left to Node.js it would have no body. */
function requireHost({ headers, httpVersion }: IncomingMessage): void {
  if (headers.host !== undefined || httpVersion !== '1.1') return
  const detail = 'A request of HTTP/1.1 has to have a Host header.'
  throw new Problem('invalid_parameter', detail, { errors: [{ in: 'header', pointer: '/host', detail }] })
}

async function exchangeOf(
  request: ExpressRequest,
  principal: Principal,
  limit: number,
  signal: AbortSignal,
): Promise<Exchange> {
  return {
    principal,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(request.url.replace(/^[^?]*/, '')),
    headers: request.headers,
    body: await readBody(request, limit),
    signal,
  }
}
