import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { parseJson } from '../reply.ts'

/** What came at a receiver. */
export interface Arrival {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  // oxlint-disable-next-line typescript/no-explicit-any -- checks look into whatever came
  readonly json: any
  /** On the clock of this process. */
  readonly at: number
}

/** Answers one arrival; `index` counts those of the same delivery. Whoever does nothing leaves it without an answer. */
export type Answer = (response: ServerResponse, index: number, arrival: Arrival) => void

const accept: Answer = (response) => response.writeHead(204).end()

/** A receiver of webhooks on a port of this machine. */
export class WebhookReceiver {
  readonly url: string
  readonly #arrivals: Arrival[] = []
  readonly #waiting = new Set<() => void>()
  readonly #end: () => Promise<void>

  private constructor(url: string, end: () => Promise<void>) {
    this.url = url
    this.#end = end
  }

  static async open(answer: Answer = accept): Promise<WebhookReceiver> {
    const server = createServer((request, response) => {
      response.on('error', () => undefined)
      buffer(request).then(
        (body) => {
          const { method = '', url = '', headers } = request
          const text = body.toString('utf8')
          const arrival = {
            method,
            path: url,
            headers,
            body: text,
            json: parseJson(text),
            at: performance.now(),
          }
          const index = receiver.#arrivals.filter((one) => idOf(one) === idOf(arrival)).length
          receiver.#arrivals.push(arrival)
          answer(response, index, arrival)
          for (const look of receiver.#waiting) look()
        },
        () => undefined,
      )
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const receiver = new WebhookReceiver(`http://127.0.0.1:${port}/webhooks`, async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    })
    return receiver
  }

  /** What has come about one call, in the order in which it came. */
  about(call_id: string): Arrival[] {
    return this.#arrivals.filter(({ body }) => body.includes(JSON.stringify(call_id)))
  }

  /** Waits until so much has come about a call, or the time is up, and gives what has. */
  async waitFor(call_id: string, count: number, timeoutMs: number): Promise<Arrival[]> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (this.about(call_id).length >= count) resolve()
    }
    this.#waiting.add(look)
    const timeout = setTimeout(resolve, Math.max(0, timeoutMs))
    look()
    await promise
    clearTimeout(timeout)
    this.#waiting.delete(look)
    return this.about(call_id)
  }

  close(): Promise<void> {
    return this.#end()
  }
}

/** The id of the delivery, the same at every attempt. */
export function idOf({ headers }: Arrival): string {
  return headerOf({ headers }, 'webhook-id')
}

export function headerOf({ headers }: Pick<Arrival, 'headers'>, name: string): string {
  return String(headers[name] ?? '')
}

/** The signature that an arrival has to carry, by the secret of its endpoint. */
export function signatureOf(arrival: Arrival, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signed = `${idOf(arrival)}.${headerOf(arrival, 'webhook-timestamp')}.${arrival.body}`
  return `v1,${createHmac('sha256', key).update(signed, 'utf8').digest('base64')}`
}

/** What came, for a report. */
export function describeArrivals(arrivals: readonly Arrival[]): string {
  if (arrivals.length === 0) return 'nothing came'
  return arrivals
    .map((arrival) => {
      const type: unknown = arrival.json?.type
      return `${arrival.method} with the webhook-id ${idOf(arrival) || 'missing'}${typeof type === 'string' ? ` (${type})` : ''}`
    })
    .join('; ')
}
