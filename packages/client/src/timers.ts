import { abortable, pause } from './abort-signal.ts'
import { backoffMs, type Connection, type RequestOptions } from './connection.ts'
import { ProtocolError } from './errors.ts'
import { snapshot } from './exact-json.ts'
import { checkId, newId } from './ids.ts'
import { completeRun, type CallDefaults } from './new-call.ts'
import type { CreateTimer, Timer, TimerSpec } from './schemas.ts'
import { Outage } from './outage.ts'

/** A timer as the caller gives it; what is absent comes from the client. */
export interface NewTimer {
  /** Default: the `runId` of the client. */
  run_id?: string | undefined
  /** The run that started the run. Default: the `parentRunId` of the client, for its own run. Feature `runs`. */
  parent_run_id?: string | undefined
  /** The idempotency key. Default: a new, time-ordered one. */
  timer_id?: string | undefined
  spec: TimerSpec
}

/** How to sleep. */
export interface SleepOptions extends RequestOptions {
  /**
   * The idempotency key. Default: a new one. Choose one that survives a restart of the agent, and the same sleep is
   * taken up again.
   */
  timerId?: string | undefined
  /** The run that sleeps. Default: the `runId` of the client. */
  runId?: string | undefined
  /** Kept by the server and given back with the timer and its event, to agents alone. */
  state?: Record<string, unknown> | undefined
}

/** The timers of the project, one method per operation. A request without an answer is sent twice more before it fails with a ConnectionError. */
export class Timers {
  readonly #connection: Connection
  readonly #defaults: CallDefaults

  constructor(connection: Connection, defaults: CallDefaults) {
    this.#connection = connection
    this.#defaults = defaults
  }

  /** Sets a timer, which fires whatever becomes of this process. The same timer again returns the existing one. */
  async create(timer: NewTimer, options: RequestOptions = {}): Promise<Timer> {
    return this.#post(complete(timer, this.#defaults), options)
  }

  /** The timer as it stands. */
  async get(timer_id: string, options: RequestOptions = {}): Promise<Timer> {
    const params = pathOf(timer_id)
    return this.#connection.send(
      ({ signal }) => this.#http.GET('/v1/timers/{timer_id}', { params, signal }),
      options,
    )
  }

  /** Withdraws a pending timer. To cancel one that has fired is an ApiError. */
  async cancel(timer_id: string, options: RequestOptions = {}): Promise<Timer> {
    const params = pathOf(timer_id)
    return this.#connection.send(
      ({ signal }) => this.#http.POST('/v1/timers/{timer_id}/cancel', { params, signal }),
      options,
    )
  }

  /** Sets a timer and waits until it has fired or was cancelled, through restarts of the server and losses of the network. */
  async createAndWait(timer: NewTimer, { signal: outer }: RequestOptions = {}): Promise<Timer> {
    // Fixed here: what the caller changes while it waits must not make a repeat a different timer.
    const body = snapshot(complete(timer, this.#defaults))
    return abortable(outer, async (signal) => {
      const outage = new Outage(this.#connection.reconnectForMs)
      let isSet = false
      let overdue = 0
      for (;;) {
        let now: Timer
        try {
          now = isSet ? await this.get(body.timer_id, { signal }) : await this.#post(body, { signal })
          checkTimer(now, body)
        } catch (error) {
          await pause(outage.pauseAfter(error), signal)
          continue
        }
        if (now.status.state !== 'pending') return now

        outage.end()
        isSet = true
        const leftMs = Date.parse(body.spec.wake_at) - Date.now()
        // The clock that counts is that of the server, so that it is asked again when this one is ahead.
        await pause(leftMs > 0 ? Math.min(leftMs, MOST_PAUSE_MS) : backoffMs(overdue++), signal)
      }
    })
  }

  get #http() {
    return this.#connection.http
  }

  #post(body: CreateTimer, options: RequestOptions): Promise<Timer> {
    return this.#connection.send(({ signal }) => this.#http.POST('/v1/timers', { body, signal }), options)
  }
}

// A timer may be cancelled meanwhile, and a computer that was suspended does not notice how long.
const MOST_PAUSE_MS = 60_000

function complete({ timer_id, spec, ...run }: NewTimer, defaults: CallDefaults): CreateTimer {
  return {
    ...completeRun(run, defaults),
    timer_id: checkId(timer_id ?? newId('timer'), 'timer_id'),
    spec,
  }
}

function checkTimer(timer: Timer, sent: CreateTimer): void {
  if (
    timer.timer_id !== sent.timer_id ||
    typeof timer.status?.state !== 'string' ||
    timer.spec?.wake_at !== sent.spec.wake_at
  )
    throw new ProtocolError(`The server answered with something other than the timer ${sent.timer_id}.`)
}

function pathOf(timer_id: string): { path: { timer_id: string } } {
  return { path: { timer_id: checkId(timer_id, 'timer_id') } }
}
