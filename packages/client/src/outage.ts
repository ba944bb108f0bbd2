import { backoffMs } from './connection.ts'
import { ApiError, ConnectionError } from './errors.ts'

/** The time since the server last answered, as far as it matters for going on. */
export class Outage {
  readonly #reconnectForMs: number
  #silentSince: number | undefined
  #failures = 0

  constructor(reconnectForMs: number) {
    this.#reconnectForMs = reconnectForMs
  }

  /** The server is back. */
  end(): void {
    this.#silentSince = undefined
    this.#failures = 0
  }

  /** The server is there, but not so well that the next pause should be short. */
  heard(): void {
    this.#silentSince = undefined
  }

  /** How long to pause before asking again; throws what asking again cannot mend, and when patience has run out. */
  pauseAfter(error: unknown): number {
    // A server that says "later" is there; one that fails, or a proxy in its place, is as good as silent.
    const saysLater = error instanceof ApiError && [408, 429, 503].includes(error.status)
    if (saysLater) this.#silentSince = undefined
    else if (!(error instanceof ConnectionError) && !isFailure(error)) throw error

    const now = performance.now()
    if (!saysLater) this.#silentSince ??= now
    const leftMs = (this.#silentSince ?? now) + this.#reconnectForMs - now
    const pauseMs = Math.max(
      backoffMs(this.#failures++),
      error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0,
    )
    if (saysLater || leftMs > 0) return saysLater ? pauseMs : Math.min(pauseMs, leftMs)
    if (isFailure(error)) throw error
    throw new ConnectionError(`Gave up after ${this.#reconnectForMs} ms. ${(error as Error).message}`, {
      cause: (error as Error).cause ?? error,
    })
  }
}

function isFailure(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status >= 500
}
