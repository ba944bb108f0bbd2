import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { verifyWebhook } from '@countersign/client'

/** What came, and what the receiver says to it. */
export interface Heard {
  id: string
  /** Why it is not to be trusted, or undefined when its signature is right. */
  fault?: string
  body: Buffer
  headers: IncomingHttpHeaders
}

/** Receives webhooks on this machine. `hear` says with which status each is answered. */
export async function listenForWebhooks(
  port: number,
  secret: Promise<string>,
  hear: (heard: Heard) => Promise<number>,
): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const body = await buffer(request)
      const id = String(request.headers['webhook-id'] ?? '')
      const fault = await verifyWebhook(body, request.headers, await secret).then(
        () => undefined,
        (error: Error) => error.message,
      )
      const heard = { id, body, headers: request.headers, ...(fault !== undefined && { fault }) }
      response.writeHead(await hear(heard)).end()
    }
    answer().catch(() => response.destroy())
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server }
}

/** Hands a delivery on as it came; 502 when nobody takes it. */
export async function forward(url: string, { body, headers }: Heard): Promise<number> {
  const kept = Object.entries(headers).filter(([name]) => /^(webhook|svix)-|^content-type$/.test(name))
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: kept.map(([name, value]): [string, string] => [name, String(value)]),
      body: new Uint8Array(body),
    })
    await response.body?.cancel()
    return response.status
  } catch {
    return 502
  }
}
