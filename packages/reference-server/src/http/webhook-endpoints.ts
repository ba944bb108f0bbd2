import { randomBytes } from 'node:crypto'
import { CreateWebhookEndpoint, type WebhookEndpoint } from '@countersign/protocol'
import type { Deps } from '../deps.ts'
import { urlFault } from '../webhooks/receiver-url.ts'
import { newWebhookSecret } from '../webhooks/sign.ts'
import { parseBody } from './body.ts'
import type { Exchange, Handler } from './exchange.ts'
import { pageReply } from './page.ts'
import { Problem } from './problem.ts'

/** Addresses to which events are delivered, and what became of the deliveries. */
export function webhookHandlers(deps: Deps): Record<string, Handler> {
  const { store, limits, webhook_guard } = deps
  const { webhooks } = store
  return {
    async createWebhookEndpoint(exchange) {
      const wish = parseBody(exchange, CreateWebhookEndpoint, limits.json_depth)
      const fault = await urlFault(wish.url, webhook_guard)
      if (fault !== undefined)
        throw new Problem('url_not_allowed', fault, { errors: [{ pointer: '/url', detail: fault }] })

      const secret = newWebhookSecret()
      const { project_id, key_id } = exchange.principal
      const endpoint = await webhooks.insertEndpoint(
        {
          webhook_endpoint_id: `we_${randomBytes(9).toString('hex')}`,
          project_id,
          url: wish.url,
          event_types: wish.event_types ?? null,
          payload_style: wish.payload_style ?? 'countersign',
          secret,
        },
        key_id,
      )
      return { status: 201, body: { ...endpoint, secret } }
    },

    listWebhookEndpoints: (exchange) =>
      pageReply(exchange, { ...deps, list: 'webhook_endpoints' }, (page) =>
        webhooks.listEndpoints(exchange.principal.project_id, page),
      ),

    async getWebhookEndpoint(exchange) {
      return { status: 200, body: await getEndpoint(exchange, deps) }
    },

    async deleteWebhookEndpoint(exchange) {
      const endpoint = await webhooks.deleteEndpoint(exchange.principal.project_id, idOf(exchange))
      return { status: 200, body: found(endpoint) }
    },

    async rotateWebhookSecret(exchange) {
      const secret = newWebhookSecret()
      const endpoint = await webhooks.rotateSecret(exchange.principal.project_id, idOf(exchange), {
        secret,
        previous_until: new Date(Date.now() + ROTATION_MS),
      })
      return { status: 200, body: { ...found(endpoint), secret } }
    },

    async listDeliveries(exchange) {
      const { webhook_endpoint_id } = await getEndpoint(exchange, deps)
      return pageReply(exchange, { ...deps, list: `deliveries\n${webhook_endpoint_id}` }, (page) =>
        webhooks.listDeliveries(webhook_endpoint_id, page),
      )
    },

    async redeliver(exchange) {
      const { project_id } = exchange.principal
      const { webhook_endpoint_id } = await getEndpoint(exchange, deps)
      const delivery_id = exchange.params['delivery_id']!
      const delivery = await webhooks.redeliver(project_id, webhook_endpoint_id, delivery_id)
      if (!delivery) throw new Problem('not_found', 'There is no such delivery to this endpoint.')
      return { status: 200, body: delivery }
    },
  }
}

const ROTATION_MS = 24 * 60 * 60 * 1000

async function getEndpoint(exchange: Exchange, { store }: Deps): Promise<WebhookEndpoint> {
  return found(await store.webhooks.findEndpoint(exchange.principal.project_id, idOf(exchange)))
}

function idOf({ params }: Exchange): string {
  return params['webhook_endpoint_id']!
}

function found(endpoint: WebhookEndpoint | undefined): WebhookEndpoint {
  if (!endpoint) throw new Problem('not_found', 'There is no such webhook endpoint in this project.')
  return endpoint
}
