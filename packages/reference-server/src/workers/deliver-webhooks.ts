import type { Logger } from 'pino'
import type { ClaimedDelivery, DeliveryOutcome, Store } from '../store/store.ts'
import type { AddressGuard } from '../webhooks/address-guard.ts'
import { guardedPost, type PostOutcome } from '../webhooks/guarded-post.ts'
import { headersOf, payloadOf } from '../webhooks/payload.ts'
import { retryDelayMs } from '../webhooks/retry-schedule.ts'
import { sign } from '../webhooks/sign.ts'

interface Options {
  store: Store
  guard: AddressGuard
  clock: () => Date
  log: Logger
  /** Called when an endpoint may take more, or when something failed and is due later. */
  onSettled: () => void
  timeoutMs?: number
}

/**
 * Sends what is due. Every endpoint has its own few requests in flight, and none waits for another's. A delivery is
 * claimed under a lease before it is sent: when the process ends in between, it is due again after the lease.
 */
export class WebhookSender {
  readonly #options: Options
  readonly #inFlight = new Map<string, number>()
  readonly #sending = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(options: Options) {
    this.#options = options
  }

  /** One pass: claims what is due and begins to send it, without waiting for any receiver. */
  async sendDue(now: Date): Promise<void> {
    const { webhooks } = this.#options.store
    for (const endpoint_id of await webhooks.listDueEndpoints(now, this.#busy())) {
      const room = MOST_IN_FLIGHT - (this.#inFlight.get(endpoint_id) ?? 0)
      const leased_until = new Date(now.getTime() + LEASE_MS)
      for (const delivery of await webhooks.claimDeliveries(endpoint_id, { now, leased_until, limit: room }))
        this.#begin(delivery)
    }
  }

  /** When the next delivery is due that could be sent; busy endpoints are looked at again when they have settled one. */
  findNext(): Promise<Date | undefined> {
    return this.#options.store.webhooks.findNextDelivery(this.#busy())
  }

  /** Begins nothing more; what has not arrived after a moment is sent after the next start. */
  async stop(): Promise<void> {
    const impatience = setTimeout(() => this.#stopping.abort(), STOP_MS)
    await Promise.all(this.#sending)
    clearTimeout(impatience)
  }

  #busy(): string[] {
    return [...this.#inFlight].filter(([, count]) => count >= MOST_IN_FLIGHT).map(([id]) => id)
  }

  #begin(delivery: ClaimedDelivery): void {
    const { webhook_endpoint_id } = delivery.endpoint
    this.#inFlight.set(webhook_endpoint_id, (this.#inFlight.get(webhook_endpoint_id) ?? 0) + 1)
    const sending = this.#deliver(delivery)
      .catch((error: unknown) =>
        this.#options.log.error({ err: error }, 'a delivery could not be settled; it is sent again'),
      )
      .finally(() => {
        this.#sending.delete(sending)
        this.#release(webhook_endpoint_id)
        this.#options.onSettled()
      })
    this.#sending.add(sending)
  }

  #release(endpoint_id: string): void {
    const left = this.#inFlight.get(endpoint_id)! - 1
    if (left === 0) this.#inFlight.delete(endpoint_id)
    else this.#inFlight.set(endpoint_id, left)
  }

  async #deliver(delivery: ClaimedDelivery): Promise<void> {
    const { store, guard, clock, timeoutMs = TIMEOUT_MS } = this.#options
    const attempted_at = clock()
    const post = this.#postOf(delivery, attempted_at)
    const { signal } = this.#stopping
    const outcome = await guardedPost(post, { guard, timeoutMs, signal })
    if (signal.aborted && outcome.status_code === null) return store.webhooks.releaseDelivery(delivery)
    await store.webhooks.settleDelivery(delivery, settlementOf(delivery, outcome, attempted_at, clock()))
  }

  #postOf(
    { delivery_id: id, endpoint, event }: ClaimedDelivery,
    now: Date,
  ): Parameters<typeof guardedPost>[0] {
    const body = payloadOf(event, endpoint.payload_style, this.#options.store)
    const timestamp = Math.floor(now.getTime() / 1000)
    const isRotating = endpoint.previous_until !== null && endpoint.previous_until > now.getTime()
    const secrets = [endpoint.secret, ...(isRotating ? [endpoint.previous_secret!] : [])]
    const signature = sign({ id, timestamp, body }, secrets)
    return {
      url: endpoint.url,
      headers: headersOf({ id, timestamp, signature }, endpoint.payload_style),
      body,
    }
  }
}

/** What becomes of a delivery after an attempt. */
function settlementOf(
  { attempts }: ClaimedDelivery,
  { status_code, retryAfterMs }: PostOutcome,
  attempted_at: Date,
  now: Date,
): DeliveryOutcome {
  const attempt = { attempted_at: attempted_at.toISOString(), status_code }
  if (status_code !== null && status_code >= 200 && status_code < 300)
    return { attempt, state: 'delivered', due_at: null }
  if (status_code === GONE) return { attempt, state: 'failed', due_at: null, disable: true }

  const delay = retryDelayMs(attempts + 1, { retryAfterMs, random: Math.random() })
  return delay === undefined
    ? { attempt, state: 'failed', due_at: null }
    : { attempt, state: 'pending', due_at: new Date(now.getTime() + delay) }
}

const MOST_IN_FLIGHT = 4
const TIMEOUT_MS = 15_000
// Longer than an attempt can take, so that nobody sends what is still on its way.
const LEASE_MS = 20_000
const STOP_MS = 1_000
const GONE = 410
