import type { Connection } from './connection.ts'
import { follow } from './events.ts'

/** A kind of call, as types of events begin. */
export type CallKind = 'function_call' | 'human_contact'

/** Which calls a stream tells about; what is undefined is not narrowed down. */
export interface Coverage {
  kind: CallKind | undefined
  run_id: string | undefined
}

/** One stream that tells which calls have become terminal. */
export class CompletionStream {
  /** Whether it is known where in the log the stream begins. From then on it leaves nothing out, also while it is lost. */
  isOpen = false
  /** Resolves when the stream is open or has failed, or when that takes too long to wait for. */
  readonly ready: Promise<void>
  isLate = false
  readonly #connection: Connection
  readonly #completed: (kind: CallKind, data: object) => void
  readonly #closed = new AbortController()
  readonly #becomeReady: () => void
  #coverage: Coverage
  #position: string | undefined
  #attempt = new AbortController()

  constructor(connection: Connection, coverage: Coverage, completed: (kind: CallKind, data: object) => void) {
    this.#connection = connection
    this.#coverage = coverage
    this.#completed = completed
    const { promise, resolve } = Promise.withResolvers<void>()
    const late = setTimeout(() => {
      this.isLate = true
      resolve()
    }, READY_MS)
    this.ready = promise
    this.#becomeReady = () => {
      clearTimeout(late)
      resolve()
    }
  }

  /** Resolves when the stream was closed, and rejects when it failed for good. */
  async run(opened: () => void): Promise<void> {
    try {
      while (!this.#closed.signal.aborted) await this.#followOnce(opened)
    } finally {
      this.#becomeReady()
    }
  }

  /** Makes the stream tell about these calls as well, from where it stands. */
  cover({ kind, run_id }: Coverage): void {
    const wider = {
      kind: this.#coverage.kind === kind ? kind : undefined,
      run_id: this.#coverage.run_id === run_id ? run_id : undefined,
    }
    if (wider.kind === this.#coverage.kind && wider.run_id === this.#coverage.run_id) return
    this.#coverage = wider
    this.#attempt.abort()
  }

  close(): void {
    this.#closed.abort()
    this.#attempt.abort()
  }

  async #followOnce(opened: () => void): Promise<void> {
    this.#attempt = new AbortController()
    const { signal } = this.#attempt
    const { kind, run_id } = this.#coverage
    try {
      const steps = follow(this.#connection, {
        after: this.#position ?? 'latest',
        runId: run_id,
        type: kind && `${kind}.completed`,
        signal,
      })
      for await (const { position, event } of steps) {
        this.#position = position
        if (!this.isOpen) {
          this.isOpen = true
          this.#becomeReady()
          opened()
        }
        const [, completed] = /^(function_call|human_contact)\.completed$/.exec(event?.type ?? '') ?? []
        if (completed) this.#completed(completed as CallKind, event!.data)
        if (signal.aborted) return
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

const READY_MS = 5_000
