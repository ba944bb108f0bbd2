import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { verifyWebhook } from '@countersign/client'
import type { ShownEvent } from './calls.ts'
import type { Server } from './server.ts'

/** Receives the events completed and fired as webhooks, sometimes badly, and remembers what it acknowledged. */
export class WebhookReceiver {
  readonly #server: Server
  readonly #random: () => number
  readonly #listener: HttpServer
  readonly #bodies = new Map<string, string>()
  readonly #events = new Map<string, string>()
  readonly #failed = new Set<string>()
  readonly #faults: string[] = []
  #secret = ''
  received = 0

  constructor(server: Server, random: () => number) {
    this.#server = server
    this.#random = random
    this.#listener = createServer((request, response) => {
      void buffer(request).then(async (body) => {
        const { status, resets } = await this.#receive(body, request.headers)
        if (resets) request.socket.destroy()
        else response.writeHead(status).end()
      })
    })
  }

  async start(): Promise<void> {
    this.#listener.listen(0, '127.0.0.1')
    await once(this.#listener, 'listening')
    const { port } = this.#listener.address() as AddressInfo
    const { status, body } = await this.#server.insist('POST', '/v1/webhook_endpoints', 'admin', {
      url: `http://127.0.0.1:${port}/`,
      event_types: ['function_call.completed', 'human_contact.completed', 'timer.fired'],
    })
    if (status !== 201) throw new Error(`The endpoint was not taken: ${status}`)
    this.#secret = body.secret as string
  }

  stop(): void {
    this.#listener.close()
    this.#listener.closeAllConnections()
  }

  /** Whether every event that was due has arrived. */
  isComplete(log: readonly ShownEvent[]): boolean {
    return dueIn(log).every(({ id }) => this.#events.has(id))
  }

  /** What did not arrive, and what arrived in another shape than before. */
  faults(log: readonly ShownEvent[]): string[] {
    const missing = dueIn(log).filter(({ id }) => !this.#events.has(id))
    return [...this.#faults, ...missing.map(({ id, type }) => `the webhook of ${type} ${id} never arrived`)]
  }

  async #receive(
    body: Buffer,
    headers: Parameters<typeof verifyWebhook>[1] & Record<string, string | string[] | undefined>,
  ): Promise<{ status: number; resets?: boolean }> {
    this.received += 1
    const id = String(headers['webhook-id'])
    try {
      const event = await verifyWebhook(body, headers, this.#secret)
      const text = body.toString('utf8')
      if (this.#bodies.has(id) && this.#bodies.get(id) !== text)
        this.#faults.push(`the delivery ${id} came with other bytes`)
      this.#bodies.set(id, text)
      // Before the acknowledgement: what fails here has to come again. Once for each delivery at the most, because after a
      // third failure the schedule of retries pauses for longer than this test waits.
      if (!this.#failed.has(id) && this.#random() < 0.05) {
        this.#failed.add(id)
        return this.#random() < 0.5 ? { status: 0, resets: true } : { status: 500 }
      }
      const known = this.#events.get(event.id)
      if (known !== undefined && known !== id) this.#faults.push(`the event ${event.id} came under two ids`)
      this.#events.set(event.id, id)
      return { status: 204 }
    } catch (error) {
      this.#faults.push(`the delivery ${id} was not signed rightly: ${(error as Error).message}`)
      return { status: 401 }
    }
  }
}

function dueIn(log: readonly ShownEvent[]): ShownEvent[] {
  return log.filter(({ type }) => /\.(completed|fired)$/.test(type))
}
