import { Type, type Static } from '@sinclair/typebox'
import { EventType } from './event.ts'
import { Id, Nullable, Timestamp } from './primitives.ts'

export const WebhookEndpoint = Type.Object(
  {
    webhook_endpoint_id: Id('The id of the endpoint.'),
    url: Type.String({
      maxLength: 4_000,
      description: 'The http or https address that gets the deliveries.',
    }),
    event_types: Type.Optional(
      Type.Array(EventType, { description: 'The types to deliver. Absent: every type.' }),
    ),
    payload_style: Type.Optional(
      Type.String({
        description: '`countersign`, `humanlayer-v1` or `humanlayer-v1beta2`. Default: `countersign`.',
      }),
    ),
    secret: Type.Optional(
      Type.String({ description: 'The `whsec_` signing secret; shown when it is made, and never again.' }),
    ),
    state: Type.String({ description: '`enabled` or `disabled`.' }),
    created_at: Timestamp('When the endpoint was created.'),
  },
  { $id: 'WebhookEndpoint', description: 'An address to which events are delivered. Feature `webhooks`.' },
)
export type WebhookEndpoint = Static<typeof WebhookEndpoint>

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
  { $id: 'Delivery', description: 'One event on its way to one endpoint. Feature `webhooks`.' },
)
export type Delivery = Static<typeof Delivery>
