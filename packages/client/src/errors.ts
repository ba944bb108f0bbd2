import type { Problem } from './schemas.ts'

/**
 * The client was given too little or something malformed, or a server that does not do what is asked of it. Thrown where
 * it is configured or used, before anybody is asked.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}

/**
 * The server said no. Branch on `code`; it is the problem's code, or `http_STATUS` when something else than a
 * Countersign server, such as a proxy, answered without a problem document.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: string
  readonly status: number
  readonly detail: string
  /** Every place of the request that is wrong. */
  readonly errors: NonNullable<Problem['errors']>
  /** With the `already_…` codes: the status of the call as it stands. */
  readonly winning_status: Problem['winning_status']
  /** The body as it came. */
  readonly problem: Problem | undefined
  /** What `Retry-After` asked for. */
  readonly retryAfterMs: number | undefined

  constructor(response: Pick<Response, 'status' | 'headers'>, body: unknown) {
    const problem = isProblem(body) ? body : undefined
    const code = problem?.code ?? `http_${response.status}`
    const detail = problem?.detail ?? problem?.title ?? withoutProblem(response)
    super([`${code} (${response.status}): ${detail}`, ...placesOf(problem)].join(' '))
    this.code = code
    this.status = response.status
    this.detail = detail
    this.errors = problem?.errors ?? []
    this.winning_status = problem?.winning_status
    this.problem = problem
    this.retryAfterMs = parseRetryAfter(response.headers.get('Retry-After'))
  }
}

/** The server gave no answer: it cannot be reached, or the connection broke. `cause` is what the network said. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
}

/**
 * Nobody answered within the `timeoutMs` of a wait. The call stays pending on the server: ask again under the same
 * call id to go on waiting, or cancel it. (A signal of `AbortSignal.timeout()` rejects with its own `DOMException`.)
 */
export class TimeoutError extends Error {
  override readonly name = 'TimeoutError'
  readonly callId: string

  constructor(callId: string, timeoutMs: number) {
    super(`Nobody answered ${callId} within ${timeoutMs} ms; it stays pending.`)
    this.callId = callId
  }
}

/**
 * The server answered with something that the protocol does not allow, such as a call other than the one that was
 * asked. Nothing has run.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
}

/** Nobody can be asked in the terminal: there is none, or its input has ended. Never an approval. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}

/** A delivery of a webhook was not signed with the secret, or not now. Answer it with 400 and do nothing. */
export class WebhookVerificationError extends Error {
  override readonly name = 'WebhookVerificationError'
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string'
}

/** The first places that are wrong, where the detail does not tell them already. */
function placesOf(problem: Problem | undefined): string[] {
  return (problem?.errors ?? [])
    .slice(0, 3)
    .filter(({ detail }) => detail !== problem?.detail)
    .map(({ pointer, detail }) => `[${pointer || 'body'}: ${detail}]`)
}

function withoutProblem({ status, headers }: Pick<Response, 'status' | 'headers'>): string {
  const location = headers.get('Location')
  if (status >= 300 && status < 400 && location !== null)
    return `The address redirects to ${location}; redirects are not followed, so give the address of the server itself.`
  return 'The answer holds no problem document, so it may not come from a Countersign server.'
}

function parseRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
