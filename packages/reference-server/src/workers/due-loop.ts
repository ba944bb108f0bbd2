import type { Logger } from 'pino'

interface DueLoopOptions {
  /** When the next pass is due, or undefined while there is nothing to wait for. */
  findNext: () => Promise<Date | undefined>
  /** One pass over what is due. */
  pass: (now: Date) => Promise<unknown>
  clock: () => Date
  log: Logger
}

/** The one loop of the server: it sleeps until the next row is due, half a minute at the longest. */
export class DueLoop {
  readonly #options: DueLoopOptions
  #timeout: NodeJS.Timeout | undefined
  #wakesAt = Number.POSITIVE_INFINITY
  #running: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: DueLoopOptions) {
    this.#options = options
    this.#run()
  }

  /** Something is due at this time; wakes the loop earlier when it would have slept past it. */
  expectAt(time: number): void {
    if (time < this.#wakesAt) this.#sleepUntil(time)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timeout)
    await this.#running
  }

  #sleepUntil(time: number): void {
    if (this.#stopped) return
    clearTimeout(this.#timeout)
    this.#wakesAt = time
    // A row is due once its time has passed, hence the millisecond.
    const delay = Math.min(Math.max(time - this.#options.clock().getTime() + 1, MIN_SLEEP_MS), MAX_SLEEP_MS)
    this.#timeout = setTimeout(() => this.#run(), delay)
  }

  #run(): void {
    this.#wakesAt = Number.POSITIVE_INFINITY
    // One pass at a time, so that the end of the last one is the end of all.
    this.#running = this.#running.then(() => this.#pass())
  }

  async #pass(): Promise<void> {
    if (this.#stopped) return
    const { findNext, pass, clock, log } = this.#options
    try {
      await pass(clock())
      const next = await findNext()
      if (next) this.expectAt(next.getTime())
    } catch (error) {
      log.error({ err: error }, 'a pass over what is due failed; it is tried again')
      this.expectAt(clock().getTime() + RETRY_MS)
    }
  }
}

const MIN_SLEEP_MS = 1
// The clock on the wall may jump, after a suspend say, and timers do not notice.
const MAX_SLEEP_MS = 30_000
const RETRY_MS = 1_000
