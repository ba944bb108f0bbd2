/**
 * The requests that wait for a call, by call. A waiter is registered first and the call is read second, so that
 * an answer in between still wakes it; the store is never polled.
 */
export class Waiters {
  readonly #byCall = new Map<string, Set<Waiter>>()
  #closed = false

  register(call: string, key_id: string): Waiter {
    const waiters = this.#byCall.get(call) ?? new Set()
    this.#byCall.set(call, waiters)
    const waiter = new Waiter(key_id, () => {
      waiters.delete(waiter)
      if (waiters.size === 0) this.#byCall.delete(call)
    })
    waiters.add(waiter)
    if (this.#closed) waiter.wake()
    return waiter
  }

  wake(call: string): void {
    for (const waiter of this.#byCall.get(call) ?? []) waiter.wake()
  }

  /** Ends every wait of these keys with an error, because they were revoked. */
  revoke(keys: ReadonlySet<string>, error: Error): void {
    for (const waiter of this.#all()) if (keys.has(waiter.key_id)) waiter.fail(error)
  }

  /** The keys that hold a wait at the moment. */
  keys(): Set<string> {
    return new Set(this.#all().map(({ key_id }) => key_id))
  }

  /** Wakes everybody, now and from now on: what is held is answered with the call as it stands. */
  close(): void {
    this.#closed = true
    for (const waiter of this.#all()) waiter.wake()
  }

  #all(): Waiter[] {
    return [...this.#byCall.values()].flatMap((waiters) => [...waiters])
  }
}

export class Waiter {
  readonly key_id: string
  /** Takes the waiter out; to be called whatever came of the wait. */
  readonly release: () => void
  readonly #woken = Promise.withResolvers<void>()

  constructor(key_id: string, release: () => void) {
    this.key_id = key_id
    this.release = release
    // A failure may come before anybody waits for it.
    this.#woken.promise.catch(() => undefined)
  }

  wake(): void {
    this.#woken.resolve()
  }

  fail(error: Error): void {
    this.#woken.reject(error)
  }

  /** Resolves when woken, when the time is over or when the signal is aborted, whichever comes first. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const timeout = setTimeout(() => this.wake(), milliseconds)
    const leave = () => this.wake()
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    try {
      await this.#woken.promise
    } finally {
      clearTimeout(timeout)
      signal.removeEventListener('abort', leave)
    }
  }
}
