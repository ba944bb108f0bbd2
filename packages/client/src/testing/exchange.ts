import {
  badPath,
  bodyTooLarge,
  methodNotAllowed,
  problemDocument,
  stringify,
  unknownPath,
  type HttpRefusal,
  type Operation,
  type RequestBody,
} from '@countersign/protocol'
import type { Keys, Principal } from './keys.ts'
import { Refused } from './refused.ts'

/** A request, once its path and its key are known to be good. */
export interface Exchange {
  principal: Principal
  call_id: string
  query: URLSearchParams
  headers: Headers
  body: RequestBody
  signal: AbortSignal
}

export interface Reply {
  status: number
  headers?: Record<string, string>
  /** JSON text that is ready to send, or a value to write as JSON. */
  body: string | object
}

export type Handler = (exchange: Exchange) => Reply | Promise<Reply>

/** An operation that is served. */
export interface Route {
  operation: Operation
  handler: Handler
}

/** Answers a request: which operation, who asks, what do they say, and the answer. */
export async function serve(
  request: Request,
  path: string,
  { routes, keys, body_bytes }: { routes: readonly Route[]; keys: Keys; body_bytes: number },
): Promise<Response> {
  try {
    const { route, call_id } = match(routes, request.method, path)
    const { scopes } = route.operation
    const principal =
      scopes === 'none' ? NOBODY : keys.authenticate(request.headers.get('authorization'), scopes)
    const reply = await route.handler({
      principal,
      call_id,
      query: new URL(request.url).searchParams,
      headers: request.headers,
      body: await readBody(request, body_bytes),
      signal: request.signal,
    })
    return responseOf(request, reply)
  } catch (error) {
    if (error instanceof Refused) return responseOf(request, problemReply(error.refusal))
    throw error
  }
}

const NOBODY: Principal = { project_id: '', key_id: '', scopes: [], responder_id: null }

function match(routes: readonly Route[], method: string, path: string): { route: Route; call_id: string } {
  const found = routes.filter(({ operation }) => patternOf(operation).test(path))
  if (found.length === 0) throw new Refused(unknownPath)

  const route = found.find(({ operation }) => {
    const name = operation.method.toUpperCase()
    return method === name || (method === 'HEAD' && name === 'GET')
  })
  if (!route) throw new Refused(methodNotAllowed(found.map(({ operation }) => operation.method)))
  return { route, call_id: decode(patternOf(route.operation).exec(path)?.[1] ?? '') }
}

/** No path has more than one parameter; a slash at its end says nothing. */
function patternOf({ path }: Operation): RegExp {
  return new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '([^/]+)')}/?$`)
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refused(badPath())
  }
}

async function readBody(request: Request, limit: number): Promise<RequestBody> {
  const { headers } = request
  if (Number(headers.get('content-length') ?? 0) > limit) throw new Refused(bodyTooLarge(limit))
  const bytes = await request.arrayBuffer()
  if (bytes.byteLength > limit) throw new Refused(bodyTooLarge(limit))
  return {
    content_type: headers.get('content-type'),
    content_encoding: headers.get('content-encoding'),
    text: textOf(bytes),
  }
}

function textOf(bytes: ArrayBuffer): string | undefined {
  try {
    return UTF_8.decode(bytes)
  } catch {
    return undefined
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function problemReply(refusal: HttpRefusal): Reply {
  const body = problemDocument(refusal)
  return {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', ...refusal.headers },
    body,
  }
}

function responseOf({ method }: Request, { status, headers, body }: Reply): Response {
  const text = typeof body === 'string' ? body : stringify(body)
  return new Response(method === 'HEAD' ? null : text, {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  })
}
