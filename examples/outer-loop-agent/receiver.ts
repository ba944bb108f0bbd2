import { createServer, type IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { verifyWebhook, WebhookVerificationError } from '@countersign/client'
import { dispatch } from './dispatch.ts'

// Gets the events as webhooks and starts the agent for each answer. A delivery is acknowledged after the work: when this
// process is killed in between, or is not there at all, the server sends it again, for about a day.

const { OUTER_LOOP_SECRET: secret = '', OUTER_LOOP_PORT: port = '4748' } = process.env

createServer((request, response) => {
  answer(request).then(
    () => response.writeHead(204).end(),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`)
      response.writeHead(error instanceof WebhookVerificationError ? 401 : 500).end()
    },
  )
}).listen(Number(port), '127.0.0.1')

async function answer(delivery: IncomingMessage): Promise<void> {
  const event = await verifyWebhook(await buffer(delivery), delivery.headers, secret)
  if (/\.(completed|fired)$/.test(event.type)) await dispatch(event)
}
