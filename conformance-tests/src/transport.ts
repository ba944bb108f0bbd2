import http from 'node:http'
import https from 'node:https'
import type { Clock } from './clock.ts'
import type { Failure, Header, KeyName, Request, Response } from './exchange.ts'

export type Outcome = { response: Response; failure?: never } | { failure: Failure; response?: never }

export interface SendOptions {
  timeoutMs: number
  signal?: AbortSignal | undefined
  /** The headers go out at once and the body when this resolves. */
  bodyAfter?: Promise<unknown> | undefined
  /** The answer may have no end: it is read until this is true of what came, or the time is over. */
  until?: ((text: string) => boolean) | undefined
}

/** Carries one request to the server that is judged. It never throws: what goes wrong is an outcome. */
export interface Transport {
  send(request: Request, options: SendOptions): Promise<Outcome>
  close(): void
}

/**
 * Over `node:http`, because the global `fetch` follows redirects, refuses methods, ports and headers, and hides whether a
 * connection was reused: all of that is what a referee has to see.
 */
export function httpTransport(
  baseUrl: URL,
  secretOf: (key: KeyName) => string | undefined,
  clock: Clock,
): Transport {
  const { request, agent } = connectionsTo(baseUrl)
  const prefix = baseUrl.pathname.replace(/\/$/, '')

  const once = (
    sent: Request,
    { timeoutMs, signal, bodyAfter, until }: SendOptions,
  ): Promise<Outcome & { stale?: boolean }> =>
    new Promise((resolve) => {
      const secret = secretOf(sent.key)
      const headers: string[] = []
      for (const [name, value] of [...sent.headers, ...authorization(secret), ...framing(sent)])
        headers.push(name, value)
      const outgoing = request({
        protocol: baseUrl.protocol,
        hostname: baseUrl.hostname.replace(/^\[|\]$/g, ''),
        port: baseUrl.port,
        method: sent.method,
        path: prefix + sent.path,
        headers: ['host', baseUrl.host, ...headers],
        agent,
        ...(signal ? { signal } : {}),
      })
      let cut: (() => void) | undefined
      const timer = setTimeout(() => {
        cut?.()
        resolve({ failure: { kind: 'timeout', message: `no answer within ${timeoutMs / 1000} seconds` } })
        outgoing.destroy()
      }, timeoutMs)
      let hasBegun = false
      const fail = (error: NodeJS.ErrnoException) => {
        clearTimeout(timer)
        const stale = outgoing.reusedSocket && !hasBegun && CLOSED.has(error.code)
        resolve({ failure: failureOf(error), stale })
      }
      outgoing.on('error', fail)
      outgoing.on('response', (incoming) => {
        hasBegun = true
        const chunks: Buffer[] = []
        const answer = (more: { cut?: true } = {}) => {
          clearTimeout(timer)
          resolve({
            response: {
              status: incoming.statusCode ?? 0,
              headers: pairsOf(incoming.rawHeaders),
              body: Buffer.concat(chunks),
              ...more,
            },
          })
        }
        const isStream = until && /^text\/event-stream/i.test(incoming.headers['content-type'] ?? '')
        if (isStream)
          cut = () => {
            answer({ cut: true })
            outgoing.destroy()
          }
        incoming.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          if (isStream && until(Buffer.concat(chunks).toString('utf8'))) cut!()
        })
        // A stream has no other end than that of its connection.
        incoming.on('error', isStream ? () => answer() : fail)
        incoming.on('end', () => {
          // An answer that came before the request was sent whole: the server has ended with it.
          if (!outgoing.writableEnded) outgoing.destroy()
          answer()
        })
      })
      if (!bodyAfter) {
        write(outgoing, sent.body)
        return
      }
      outgoing.flushHeaders()
      void bodyAfter.finally(() => write(outgoing, sent.body))
    })

  return {
    async send(sent, options) {
      for (let attempt = 1; ; attempt++) {
        const { stale, ...outcome } = await once(sent, options)
        // An idle connection that the server closed meanwhile says nothing about the server.
        if (stale && attempt <= 3) continue

        const pause = attempt <= 3 && outcome.response ? retryAfterMs(outcome.response) : undefined
        if (pause === undefined) return outcome
        await clock.sleep(pause)
      }
    },
    close: () => agent.destroy(),
  }
}

/**
 * Sends a large body piece by piece and reads in between: a server may refuse it and close the connection while it is still being
 * sent, and whoever only writes is reset before the answer is read.
 */
function write(outgoing: http.ClientRequest, body: Uint8Array | undefined): void {
  if (body === undefined || body.byteLength <= PIECE_BYTES) {
    outgoing.end(body)
    return
  }
  let at = 0
  const next = () => {
    if (outgoing.destroyed) return
    const piece = body.subarray(at, (at += PIECE_BYTES))
    if (at >= body.byteLength) outgoing.end(piece)
    else outgoing.write(piece, () => setImmediate(next))
  }
  next()
}

const PIECE_BYTES = 65_536

function connectionsTo({ protocol }: URL): { request: typeof http.request; agent: http.Agent } {
  if (protocol === 'https:')
    return { request: https.request, agent: new https.Agent({ keepAlive: true, maxFreeSockets: 64 }) }
  return { request: http.request, agent: new http.Agent({ keepAlive: true, maxFreeSockets: 64 }) }
}

function authorization(secret: string | undefined): Header[] {
  return secret === undefined ? [] : [['authorization', `Bearer ${secret}`]]
}

function framing({ body, method, headers }: Request): Header[] {
  if (headers.some(([name]) => name.toLowerCase() === 'transfer-encoding')) return []
  if (body !== undefined) return [['content-length', String(body.byteLength)]]
  return method === 'GET' || method === 'HEAD' ? [] : [['content-length', '0']]
}

/** A server that is busy says when to come back; everybody who uses it would, and so does the referee. */
function retryAfterMs({ status, headers }: Response): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const value = headers.find(([name]) => name === 'retry-after')?.[1]
  const seconds = value === undefined ? NaN : Number(value)
  return seconds >= 0 && seconds <= 10 ? Math.max(seconds * 1000, 50) : undefined
}

const CLOSED: ReadonlySet<string | undefined> = new Set(['ECONNRESET', 'EPIPE'])

function failureOf(error: NodeJS.ErrnoException): Failure {
  const { code, message } = error
  if (error.name === 'AbortError') return { kind: 'aborted', message: 'the suite gave the request up' }
  if (CLOSED.has(code))
    return { kind: 'reset', message: 'the server closed the connection without an answer' }
  if (code?.startsWith('HPE_')) return { kind: 'unreadable', message: `the answer is no HTTP: ${message}` }
  return { kind: 'unreachable', message: code ? `${code}: ${message}` : message }
}

function pairsOf(raw: readonly string[]): Header[] {
  const pairs: Header[] = []
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([raw[index]!.toLowerCase(), raw[index + 1]!])
  return pairs
}
