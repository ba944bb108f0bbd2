import { Type, type Static } from '@sinclair/typebox'
import { EventType } from './event.ts'
import { Id, Nullable, Timestamp } from './primitives.ts'

const url = Type.String({
  minLength: 1,
  maxLength: 4_000,
  description: 'The http or https address that gets the deliveries.',
})
const event_types = Type.Array(EventType, {
  minItems: 1,
  maxItems: 100,
  description: 'The types to deliver. Absent: every type.',
})
const payload_style = Type.Union(
  [Type.Literal('countersign'), Type.Literal('humanlayer-v1'), Type.Literal('humanlayer-v1beta2')],
  { description: '`countersign`, `humanlayer-v1` or `humanlayer-v1beta2`. Default: `countersign`.' },
)
const secret = Type.String({
  pattern: '^whsec_[A-Za-z0-9+/]+=*$',
  description: 'The `whsec_` signing secret; shown when it is made, and never again.',
})
const page = { next_cursor: Nullable(Type.String(), 'Where the next page begins; null on the last page.') }

const endpoint = {
  webhook_endpoint_id: Id('The id of the endpoint.'),
  url,
  event_types: Type.Optional(event_types),
  payload_style: Type.Optional(
    Type.String({
      description: '`countersign`, `humanlayer-v1` or `humanlayer-v1beta2`. Default: `countersign`.',
    }),
  ),
  state: Type.String({ description: '`enabled` or `disabled`.' }),
  created_at: Timestamp('When the endpoint was created.'),
}

export const WebhookEndpoint = Type.Object(endpoint, {
  $id: 'WebhookEndpoint',
  description: 'An address to which events are delivered. Profile `webhooks`.',
})
export type WebhookEndpoint = Static<typeof WebhookEndpoint>

export const CreateWebhookEndpoint = Type.Object(
  { url, event_types: Type.Optional(event_types), payload_style: Type.Optional(payload_style) },
  { $id: 'CreateWebhookEndpoint', description: 'Registers an address to which events are delivered.' },
)
export type CreateWebhookEndpoint = Static<typeof CreateWebhookEndpoint>

export const CreatedWebhookEndpoint = Type.Object(
  { ...endpoint, secret },
  { $id: 'CreatedWebhookEndpoint', description: 'An endpoint and its new secret, shown this once.' },
)

export const WebhookEndpointList = Type.Object(
  { items: Type.Array(WebhookEndpoint, { description: 'Newest first.' }), ...page },
  { $id: 'WebhookEndpointList', description: 'The endpoints of the project, without their secrets.' },
)

export const Delivery = Type.Object(
  {
    delivery_id: Id('The id of the delivery, the same at every attempt.'),
    webhook_endpoint_id: Id('The endpoint that gets it.'),
    event_id: Type.String({ description: 'The event delivered.' }),
    state: Type.String({ description: '`pending`, `delivered` or `failed`.' }),
    attempts: Type.Array(
      Type.Object({
        attempted_at: Timestamp('When it was tried.'),
        status_code: Nullable(Type.Integer(), 'The HTTP status, or null when there was none.'),
      }),
      { description: 'The attempts so far, oldest first.' },
    ),
    next_attempt_at: Nullable(Timestamp('When it is tried next.'), 'When it is tried next, or null.'),
  },
  { $id: 'Delivery', description: 'One event on its way to one endpoint. Profile `webhooks`.' },
)
export type Delivery = Static<typeof Delivery>

export const DeliveryList = Type.Object(
  { items: Type.Array(Delivery, { description: 'Newest first.' }), ...page },
  { $id: 'DeliveryList', description: 'The deliveries to one endpoint.' },
)
