import { abortable } from './abort-signal.ts'
import { CompletionStream, type CallKind, type Coverage } from './completion-stream.ts'
import type { Connection } from './connection.ts'
import { ConnectionError } from './errors.ts'

/** One wait for one call. */
export interface Waiter {
  kind: CallKind
  call_id: string
  run_id: string
  /** The call as the stream told it. */
  told: object | undefined
  wake: () => void
}

/**
 * The waits of one client. A few hold a request each; when there are more, all hang on one stream of events, as far as
 * the server has one, and hold requests again when it fails for good.
 */
export class SharedWaits {
  readonly connection: Connection
  readonly #runId: string
  readonly #waiters = new Map<string, Set<Waiter>>()
  readonly #held = new Set<() => void>()
  readonly #turns = new Turns(16)
  #count = 0
  #stream: CompletionStream | undefined
  #failure: unknown
  #notBefore = 0

  constructor(connection: Connection, runId: string) {
    this.connection = connection
    this.#runId = runId
  }

  /** The stream to hang on, open or about to be; undefined where requests are to be held. */
  get stream(): CompletionStream | undefined {
    return this.#stream?.isOpen || this.#stream?.isLate === false ? this.#stream : undefined
  }

  /** Registers a wait, which has to `leave`. What becomes terminal from now on is told to it once the stream is open. */
  enter(kind: CallKind, call_id: string, run_id = this.#runId): Waiter {
    const waiter: Waiter = { kind, call_id, run_id, told: undefined, wake: () => {} }
    const name = nameOf(kind, call_id)
    this.#waiters.set(name, (this.#waiters.get(name) ?? new Set()).add(waiter))
    this.#count++
    if (this.#stream) this.#stream.cover(waiter)
    else if (this.#count > MOST_HELD && performance.now() >= this.#notBefore) this.#open()
    return waiter
  }

  leave(waiter: Waiter): void {
    const name = nameOf(waiter.kind, waiter.call_id)
    const others = this.#waiters.get(name)
    others?.delete(waiter)
    if (others?.size === 0) this.#waiters.delete(name)
    if (--this.#count > 0) return
    this.#stream?.close()
    this.#stream = undefined
  }

  /** Does something that is cut short when the stream opens; the promise is then rejected with `StreamOpened`. */
  async hold<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return abortable(signal, async (attempt, abort) => {
      const interrupt = () => abort(new StreamOpened())
      this.#held.add(interrupt)
      try {
        return await work(attempt)
      } finally {
        this.#held.delete(interrupt)
      }
    })
  }

  /** Does something that thousands do at the same time, a few of them at once. */
  async inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#turns.take(signal, work)
  }

  /**
   * What the stream tells about the call, which was read as pending after the stream had opened; undefined when the
   * stream failed, so that the call has to be read again.
   */
  async told(
    waiter: Waiter,
    stream: CompletionStream,
    run_id: string,
    signal: AbortSignal,
  ): Promise<object | undefined> {
    waiter.run_id = run_id
    stream.cover(waiter)
    await abortable(signal, async () => {
      await new Promise<void>((resolve) => {
        waiter.wake = resolve
        if (waiter.told || this.#stream !== stream) resolve()
      })
    })
    const { told } = waiter
    waiter.told = undefined
    // The server was out of reach for as long as the client goes on asking; each wait would only begin that anew.
    if (!told && this.#failure instanceof ConnectionError && this.#stream !== stream) throw this.#failure
    return told
  }

  #open(): void {
    const stream = new CompletionStream(this.connection, this.#coverage(), (kind, data) =>
      this.#tell(kind, data),
    )
    this.#stream = stream
    this.#failure = undefined
    stream
      .run(() => {
        for (const interrupt of this.#held) interrupt()
      })
      .catch((error: unknown) => {
        if (this.#stream !== stream) return
        this.#stream = undefined
        this.#failure = error
        this.#notBefore = performance.now() + RETRY_MS
        for (const waiters of this.#waiters.values()) for (const { wake } of waiters) wake()
      })
  }

  #tell(kind: CallKind, data: object): void {
    const call_id = 'call_id' in data ? String(data.call_id) : ''
    for (const waiter of this.#waiters.get(nameOf(kind, call_id)) ?? []) {
      waiter.told = data
      waiter.wake()
    }
  }

  #coverage(): Coverage {
    const all = [...this.#waiters.values()].flatMap((waiters) => [...waiters])
    const [{ kind, run_id }] = all as [Waiter]
    return {
      kind: all.every((one) => one.kind === kind) ? kind : undefined,
      run_id: all.every((one) => one.run_id === run_id) ? run_id : undefined,
    }
  }
}

/** A held request was given up, because the stream will tell. */
export class StreamOpened extends Error {}

/** Lets so many work at once, and the others in the order in which they came. */
class Turns {
  readonly #queue = new Set<() => void>()
  #free: number

  constructor(count: number) {
    this.#free = count
  }

  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await this.#queued(signal)
    try {
      return await work()
    } finally {
      this.#pass()
    }
  }

  async #queued(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queue.add(resolve)
    try {
      await abortable(signal, () => promise)
    } catch (error) {
      // Whoever was let in at this very moment passes the turn on.
      if (!this.#queue.delete(resolve)) this.#pass()
      throw error
    }
  }

  #pass(): void {
    const [next] = this.#queue
    if (!next) this.#free++
    else {
      this.#queue.delete(next)
      next()
    }
  }
}

function nameOf(kind: CallKind, call_id: string): string {
  return `${kind} ${call_id}`
}

const MOST_HELD = 4
const RETRY_MS = 60_000
