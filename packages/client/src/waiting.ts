import { abortable, LONGEST_TIMER_MS, pause } from './abort-signal.ts'
import type { CallKind } from './completion-stream.ts'
import type { Ask } from './connection.ts'
import { requireEcho } from './echo.ts'
import { ProtocolError, TimeoutError } from './errors.ts'
import { Outage } from './outage.ts'
import { StreamOpened, type SharedWaits } from './shared-waits.ts'

/** How long to wait for a person. */
export interface WaitOptions {
  /** Rejects the promise at once with the reason of the signal. The call stays pending. */
  signal?: AbortSignal | undefined
  /** Rejects with a TimeoutError when nobody has answered by then. The call stays pending. Default: no limit. */
  timeoutMs?: number | undefined
}

interface Call {
  run_id: string
  call_id: string
  spec: object
  status: { state: string }
}

/**
 * Asks until the call is terminal, through restarts of the server and losses of the network: first with `first`,
 * and with `next` once the server has answered that. `reconnectForMs` after the server fell silent it gives up.
 */
export async function untilTerminal<C extends Call>(
  waits: SharedWaits,
  kind: CallKind,
  call_id: string,
  asks: { first: Ask<C>; next: Ask<C>; sent?: Omit<Call, 'status'> },
  options: WaitOptions,
): Promise<C> {
  const check = (answer: unknown): C => {
    const call = checkCall(answer as C, call_id)
    if (asks.sent) requireEcho(asks.sent, call)
    return call
  }
  return withinTime(call_id, options, async (signal) => {
    // Registered first and read second, so that nothing is lost in between.
    const waiter = waits.enter(kind, call_id, asks.sent?.run_id)
    try {
      const outage = new Outage(waits.connection.reconnectForMs)
      let ask = asks.first
      let earlyAnswers = 0
      for (;;) {
        const { stream } = waits
        const wasOpen = stream?.isOpen === true
        const askedAt = performance.now()
        let call: C
        try {
          call = check(await (stream ? readInTurn(waits, ask, signal) : readHeld(waits, ask, signal)))
        } catch (error) {
          if (error instanceof StreamOpened) continue
          await pause(outage.pauseAfter(error), signal)
          continue
        }
        if (call.status.state !== 'pending') return call

        outage.end()
        ask = asks.next
        if (stream && wasOpen) {
          const told = await waits.told(waiter, stream, call.run_id, signal)
          const after = told && check(told)
          if (after && after.status.state !== 'pending') return after
        } else if (stream) {
          await abortable(signal, () => stream.ready)
        } else {
          // A server that shuts down sends its waiters away early, once; one that does not hold requests does so every time.
          earlyAnswers = performance.now() - askedAt < 1_000 ? earlyAnswers + 1 : 0
          if (earlyAnswers > 0) await pause(earlyAnswers === 1 ? 100 : 1_000, signal)
        }
      }
    } finally {
      waits.leave(waiter)
    }
  })
}

function readHeld<C>(waits: SharedWaits, ask: Ask<C>, signal: AbortSignal): Promise<C> {
  return waits.hold(signal, (attempt) =>
    waits.connection.sendOnce(ask, { signal: attempt, waitSeconds: HOLD_SECONDS }),
  )
}

function readInTurn<C>(waits: SharedWaits, ask: Ask<C>, signal: AbortSignal): Promise<C> {
  return waits.inTurn(signal, () => waits.connection.sendOnce(ask, { signal }))
}

/** Runs the work, or rejects with a TimeoutError when the time is up and with the reason of the signal when it aborts. */
export async function withinTime<T>(
  call_id: string,
  { signal: outer, timeoutMs = Infinity }: WaitOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return abortable(outer, async (signal, abort) => {
    if (timeoutMs > LONGEST_TIMER_MS) return work(signal)
    const timer = setTimeout(() => abort(new TimeoutError(call_id, timeoutMs)), timeoutMs)
    try {
      return await work(signal)
    } finally {
      clearTimeout(timer)
    }
  })
}

// Below the 30 seconds after which the stricter of the common proxies cut a request.
const HOLD_SECONDS = 25

function checkCall<C extends Call>(call: C, call_id: string): C {
  if (call.call_id !== call_id || typeof call.status?.state !== 'string')
    throw new ProtocolError(`The server answered with something other than the call ${call_id}.`)
  return call
}
