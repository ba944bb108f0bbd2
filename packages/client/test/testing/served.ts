import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { getResponse, type HttpHandler } from 'msw'

/** Handlers of msw behind a real port. */
export interface ServedHandlers {
  url: string
  close(): Promise<void>
}

/**
 * Serves handlers over HTTP, so that whoever knows nothing of msw, such as the conformance suite, can be pointed at them.
 * They see every request as if it had gone to `baseUrl`; bytes, repeated headers and the query go through as they came.
 */
export async function serveHandlers(
  handlers: HttpHandler[],
  baseUrl = 'http://countersign.test',
): Promise<ServedHandlers> {
  const server = createServer((request, response) => {
    answer(handlers, baseUrl, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  handlers: HttpHandler[],
  baseUrl: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => gone.abort())

  const reply = await getResponse(handlers, await requestOf(incoming, baseUrl, gone.signal))
  if (!reply) throw new Error(`No handler takes ${incoming.url}.`)

  const bytes = Buffer.from(await reply.arrayBuffer())
  outgoing.writeHead(reply.status, {
    ...Object.fromEntries(reply.headers),
    ...(incoming.method !== 'HEAD' && { 'content-length': bytes.length }),
  })
  outgoing.end(bytes)
}

async function requestOf(incoming: IncomingMessage, baseUrl: string, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', url = '/', rawHeaders } = incoming
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2) headers.append(rawHeaders[at]!, rawHeaders[at + 1]!)

  const bytes = await buffer(incoming)
  const takesBody = !UNUSUAL_METHODS.test(method) && method !== 'GET' && method !== 'HEAD'
  // Not `new URL(url, baseUrl)`, which takes `//x` for another host.
  const request = new Request(baseUrl + url, {
    method: UNUSUAL_METHODS.test(method) ? 'POST' : method,
    headers,
    signal,
    ...(takesBody && { body: new Uint8Array(bytes) }),
  })
  // A Request cannot be made with these, and over HTTP they come all the same.
  if (UNUSUAL_METHODS.test(method)) Object.defineProperty(request, 'method', { value: method })
  return request
}

const UNUSUAL_METHODS = /^(CONNECT|TRACE|TRACK)$/i
