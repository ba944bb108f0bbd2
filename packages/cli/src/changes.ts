import { setTimeout as pause } from 'node:timers/promises'
import type { Countersign } from '@countersign/client'

/** Tells when there may be something new on the server: by its stream of events where it has one, else once a second. */
export class Changes {
  readonly #closed = new AbortController()
  readonly #signal: AbortSignal
  #isLive = false
  #isStale = false
  #wake = () => {}

  constructor(countersign: Countersign, signal: AbortSignal) {
    this.#signal = AbortSignal.any([signal, this.#closed.signal])
    void this.#follow(countersign)
  }

  /** Resolves when something has happened since the last time, or when it is time to look nevertheless. */
  async next(): Promise<void> {
    if (!this.#isStale) {
      const woken = new AbortController()
      this.#wake = () => woken.abort()
      const signal = AbortSignal.any([this.#signal, woken.signal])
      await pause(this.#isLive ? LOOK_MS : POLL_MS, undefined, { signal }).catch(() => undefined)
    }
    this.#isStale = false
  }

  /** An open stream would keep the process alive. */
  close(): void {
    this.#closed.abort()
  }

  async #follow(countersign: Countersign): Promise<void> {
    const opened = () => {
      this.#isLive = true
      this.#changed()
    }
    try {
      for await (const _ of countersign.events({ after: 'latest', signal: this.#signal, opened }))
        this.#changed()
    } catch {
      // Without a stream the list is read once a second, and whatever is wrong shows there.
    }
    this.#isLive = false
  }

  #changed(): void {
    this.#isStale = true
    this.#wake()
  }
}

const POLL_MS = 1_000
/** A server out of reach is noticed by this, for a stream that is lost says nothing. */
const LOOK_MS = 10_000
