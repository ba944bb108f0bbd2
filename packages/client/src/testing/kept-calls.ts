import {
  NO_DIRECTORY,
  unsupportedFaults,
  type Call,
  type CallKind,
  type Capabilities,
} from '@countersign/protocol'
import type { Decision, Responder } from '@countersign/protocol'

/** A call, and where it stands among the others. */
export interface KeptCall<C extends Call> {
  readonly project_id: string
  /** Counts up in the order of creation. */
  readonly position: number
  call: C
}

/** An answer, and who gives it. */
export interface GivenAnswer<Response extends object> {
  response: Response
  responder: Responder
}

/** The calls of one kind, kept in memory. Every act is one turn of the event loop, so the first answer wins. */
export class KeptCalls<C extends Call, Response extends object> {
  readonly kind: CallKind<C, Response>
  readonly #clock: () => Date
  readonly #capabilities: Capabilities
  readonly #kept = new Map<string, KeptCall<C>>()
  readonly #waiters = new Map<string, Set<() => void>>()

  constructor(kind: CallKind<C, Response>, clock: () => Date, capabilities: Capabilities) {
    this.kind = kind
    this.#clock = clock
    this.#capabilities = capabilities
  }

  /** The call as it stands now: an expiry that is due has taken effect. */
  find(project_id: string, call_id: string): KeptCall<C> | undefined {
    this.update(project_id, call_id, (call, now) => call && this.kind.advance(call, now))
    return this.#kept.get(nameOf(project_id, call_id))
  }

  /** Every call as it stands now, oldest first. */
  all(): KeptCall<C>[] {
    for (const { project_id, call } of this.#kept.values()) this.find(project_id, call.call_id)
    return [...this.#kept.values()]
  }

  /** Asks `decide` what happens next, keeps it, and wakes who waits for it. When it throws, nothing is kept. */
  update(
    project_id: string,
    call_id: string,
    decide: (call: C | undefined, now: Date) => Decision<C> | undefined,
  ): Decision<C> | undefined {
    const name = nameOf(project_id, call_id)
    const kept = this.#kept.get(name)
    const decision = decide(kept?.call, this.#clock())
    if (decision?.next) {
      if (kept) kept.call = decision.next
      else this.#kept.set(name, { project_id, position: this.#kept.size, call: decision.next })
      if (decision.next.status.state !== 'pending') this.#wake(name)
    }
    return decision
  }

  /** Records an answer; undefined when there is no such call. */
  respond(project_id: string, call_id: string, answer: GivenAnswer<Response>): Decision<C> | undefined {
    return this.update(project_id, call_id, (call, now) => call && this.judge(call, answer, now))
  }

  /** What an answer would do, without doing it. */
  judge(call: C, { response, responder }: GivenAnswer<Response>, now: Date): Decision<C> {
    const errors = unsupportedFaults(response, this.#capabilities)
    if (errors.length > 0) {
      const detail = 'The answer needs what this server does not offer.'
      return { ok: false, refusal: { code: 'unsupported_feature', detail, errors }, events: [] }
    }
    const schema_faults = this.kind.schemaFaults(call.spec, response)
    return this.kind.respond(call, response, {
      now,
      responder,
      directory: NO_DIRECTORY,
      schema_faults,
    })
  }

  /** Resolves when the call is terminal or gone, when the time is over, or when the signal is aborted. */
  async hold(project_id: string, call_id: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    const pending = () => {
      const call = this.find(project_id, call_id)?.call
      return call?.status.state === 'pending' ? call : undefined
    }
    if (!pending() || milliseconds === 0) return

    const { promise, resolve } = Promise.withResolvers<void>()
    const name = nameOf(project_id, call_id)
    const waiters = this.#waiters.get(name) ?? new Set()
    this.#waiters.set(name, waiters.add(resolve))
    const timeout = startTimer(resolve, milliseconds)
    let expiry: ReturnType<typeof setTimeout> | undefined
    const awaitExpiry = () => {
      const call = pending()
      const leftMs = call ? this.#millisecondsLeft(call) : Number.POSITIVE_INFINITY
      if (leftMs <= milliseconds) expiry = startTimer(awaitExpiry, leftMs)
    }
    awaitExpiry()
    const leave = () => resolve()
    signal.addEventListener('abort', leave)
    if (signal.aborted) leave()

    await promise
    clearTimeout(timeout)
    clearTimeout(expiry)
    signal.removeEventListener('abort', leave)
    waiters.delete(resolve)
  }

  /** Forgets every call. Whoever waits for one is woken and finds it gone. */
  forget(): void {
    this.#kept.clear()
    for (const name of this.#waiters.keys()) this.#wake(name)
    this.#waiters.clear()
  }

  #wake(name: string): void {
    for (const wake of this.#waiters.get(name) ?? []) wake()
  }

  #millisecondsLeft({ status: { expires_at } }: C): number {
    if (expires_at === null) return Number.POSITIVE_INFINITY
    // A call is overdue once its time has passed. A clock of the test may stand still, hence the lower bound.
    return Math.max(Date.parse(expires_at) - this.#clock().getTime() + 1, 10)
  }
}

function nameOf(project_id: string, call_id: string): string {
  return `${project_id} ${call_id}`
}

/** A timer that keeps no process alive: whoever waits for the answer does that. */
function startTimer(callback: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
  const timer: ReturnType<typeof setTimeout> & { unref?: () => void } = setTimeout(callback, milliseconds)
  // In a browser it is a number.
  timer.unref?.()
  return timer
}
