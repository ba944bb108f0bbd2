import createClient, { type Client } from 'openapi-fetch'
import { abortable, pause } from './abort-signal.ts'
import { ApiError, ConfigurationError, ConnectionError, ProtocolError } from './errors.ts'
import { parseExact, writeExact } from './exact-json.ts'
import type { operations, paths } from './generated/openapi.ts'
import type { Discovery } from './schemas.ts'

/** What the client needs of `fetch`: it is always called with an address and an init. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** How one request is sent. */
export interface RequestOptions {
  /** Rejects the promise with the reason of the signal. The request may have reached the server nevertheless. */
  signal?: AbortSignal | undefined
}

/** How a request is sent that the server may hold until the call is terminal. */
export interface HeldRequestOptions extends RequestOptions {
  /** For how many seconds the server may hold the request while the call is pending. Default: it answers at once. */
  waitSeconds?: number | undefined
}

/** One request, ready to be sent with openapi-fetch under the signal of an attempt. */
export type Ask<T> = (held: { signal: AbortSignal; query: { wait?: number } }) => Promise<Outcome<T>>

interface Outcome<T> {
  data?: T
  error?: unknown
  response: Response
}

/** A server and the key to it. */
export class Connection {
  readonly http: Client<paths>
  readonly reconnectForMs: number
  readonly #streamFetch: (request: Request) => Promise<Response>
  #discovery: Discovery | undefined

  constructor(server: { baseUrl: string; apiKey: string; fetch: Fetch; reconnectForMs: number }) {
    this.http = createClient<paths>({
      baseUrl: checkBaseUrl(server.baseUrl),
      headers: { Authorization: `Bearer ${checkApiKey(server.apiKey)}`, Accept: 'application/json' },
      fetch: fetchWith(server.fetch, wholeResponse),
      bodySerializer: (body) => writeExact(body, 'body'),
      // A followed redirect turns a POST into a GET and may carry the key elsewhere.
      redirect: 'manual',
    })
    this.#streamFetch = fetchWith(server.fetch, (response) =>
      response.ok ? response : wholeResponse(response),
    )
    this.reconnectForMs = server.reconnectForMs
  }

  /** What the server can do, asked for once unless the server does not `claim` the profile yet. */
  async discovery(claim: string, options: RequestOptions): Promise<Discovery> {
    if (!this.#discovery?.profiles.includes(claim))
      this.#discovery = await this.sendOnce(
        ({ signal }) => this.http.GET('/.well-known/countersign', { signal }),
        options,
      )
    return this.#discovery
  }

  /** Opens the stream of events. Whoever gets it has to cancel it. */
  async openEventStream(
    query: NonNullable<operations['listEvents']['parameters']['query']>,
    lastEventId: string | undefined,
    options: RequestOptions,
  ): Promise<ReadableStream<Uint8Array>> {
    const header = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
    return this.sendOnce<ReadableStream<Uint8Array>>(async ({ signal }) => {
      const { error, response } = await this.http.GET('/v1/events', {
        params: { query, header },
        headers: { Accept: 'text/event-stream' },
        parseAs: 'stream',
        fetch: this.#streamFetch,
        signal,
      })
      if (!response.ok) return { error, response }
      if (
        !/^text\/event-stream\s*(;|$)/i.test(response.headers.get('Content-Type') ?? '') ||
        !response.body
      ) {
        await response.body?.cancel()
        throw new ProtocolError(
          `The server answered ${response.status} with something other than a stream of events.`,
        )
      }
      return { data: response.body, response }
    }, options)
  }

  /** Sends a request, twice more when there is no answer. Every operation is safe to repeat, because its ids make it so. */
  async send<T>(ask: Ask<T>, options: HeldRequestOptions): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.sendOnce(ask, options)
      } catch (error) {
        if (!(error instanceof ConnectionError) || failures === 2) throw error
      }
      await pause(backoffMs(failures), options.signal)
    }
  }

  /** Sends a request. A connection that stays silent counts as broken, for a lost network tells nobody. */
  async sendOnce<T>(ask: Ask<T>, { signal, waitSeconds }: HeldRequestOptions): Promise<T> {
    const silenceMs = (waitSeconds ?? 0) * 1000 + ANSWER_MS
    return abortable(signal, async (attempt, abort) => {
      const timer = setTimeout(
        () => abort(new ConnectionError(`The server did not answer within ${silenceMs} ms.`)),
        silenceMs,
      )
      try {
        return await unwrap(
          await ask({ signal: attempt, query: waitSeconds === undefined ? {} : { wait: waitSeconds } }),
        )
      } finally {
        clearTimeout(timer)
      }
    })
  }
}

/** How long to pause after the given number of earlier failures: doubling from about 100 ms to about 5 s. */
export function backoffMs(failures: number): number {
  return Math.min(100 * 2 ** failures, 5_000) * (0.75 + Math.random() / 2)
}

const ANSWER_MS = 30_000

/** Turns the union of openapi-fetch into the value, or throws what the server said instead. */
async function unwrap<T>({ data, response }: Outcome<T>): Promise<T> {
  if (!response.ok) throw new ApiError(response, await parseProblem(response))
  if (typeof data !== 'object' || data === null)
    throw new ProtocolError(`The server answered ${response.status} without a JSON object.`)
  return data
}

async function parseProblem(response: Response): Promise<unknown> {
  try {
    return parseExact(await response.text())
  } catch {
    return undefined
  }
}

function fetchWith(
  send: Fetch,
  read: (response: Response) => Response | Promise<Response>,
): (request: Request) => Promise<Response> {
  return async ({ url, method, headers, signal, redirect, body }) => {
    const text = body === null ? null : await new Response(body).text()
    try {
      const response = await send(url, { method, headers, signal, redirect, body: text })
      return await read(response)
    } catch (error) {
      if (signal.aborted) throw signal.reason
      throw new ConnectionError(`The server at ${new URL(url).origin} did not answer: ${reasonOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** Reads the whole answer, so that a connection lost in the middle of it is one more kind of no answer. */
async function wholeResponse(response: Response): Promise<Response> {
  return new ExactResponse(await response.text(), response)
}

/**
 * A response whose text can be read again and whose JSON keeps large integers. openapi-fetch calls `json()` when
 * there is a `Content-Length`, and otherwise `JSON.parse`, which rounds them.
 */
class ExactResponse extends Response {
  readonly #text: string

  constructor(text: string, { status, statusText, headers: received }: Response) {
    const headers = new Headers(received)
    headers.delete('Transfer-Encoding')
    headers.set('Content-Length', String(text.length))
    super(null, { status, statusText, headers })
    this.#text = text
  }

  override async text(): Promise<string> {
    return this.#text
  }

  override async json(): Promise<unknown> {
    try {
      return parseExact(this.#text)
    } catch (error) {
      throw new ProtocolError(`The server answered ${this.status} without JSON.`, { cause: error })
    }
  }
}

/** What the network said. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // fetch itself only says "fetch failed"; what happened stands in the cause.
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

function checkBaseUrl(baseUrl: string): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new ConfigurationError(
      'The base URL (`baseUrl` or COUNTERSIGN_URL) has to be an http or https address without user, query and fragment.',
    )
  return baseUrl.replace(/\/+$/, '')
}

function checkApiKey(apiKey: string): string {
  if (!/^[\x21-\x7e]+$/.test(apiKey))
    throw new ConfigurationError(
      'The key (`apiKey` or COUNTERSIGN_API_KEY) holds characters that no key has, such as a space or a line break.',
    )
  return apiKey
}
