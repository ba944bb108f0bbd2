import type { DatabaseSync } from 'node:sqlite'
import type { Delivery, WebhookEndpoint } from '@countersign/protocol'
import {
  KeyRevoked,
  type ClaimedDelivery,
  type Commit,
  type DeliveryOutcome,
  type NewWebhookEndpoint,
  type Page,
  type Slice,
  type WebhookStore,
} from '../store.ts'
import { reading, type GroupCommit } from './group-commit.ts'
import type { SqliteEvents } from './sqlite-events.ts'

interface Shared {
  db: DatabaseSync
  writer: GroupCommit
  events: SqliteEvents
  clock: () => Date
  announce: (commit: Commit) => void
}

/** The endpoints of webhooks, and the deliveries that events have caused, in their tables. */
export class SqliteWebhooks implements WebhookStore {
  readonly #db: DatabaseSync
  readonly #shared: Shared
  readonly #statements

  constructor(shared: Shared) {
    const { db } = shared
    this.#db = db
    this.#shared = shared
    this.#statements = {
      dueEndpoints: db.prepare(
        `select webhook_endpoint_id as id from webhook_endpoints e
         where webhook_endpoint_id not in (select value from json_each(?)) and exists (
           select 1 from deliveries d
           where d.webhook_endpoint_id = e.webhook_endpoint_id and d.state = 'pending' and d.due_at <= ?)`,
      ),
      claim: db.prepare(
        `update deliveries set due_at = ? where seq in (
           select seq from deliveries
           where webhook_endpoint_id = ? and state = 'pending' and due_at <= ? order by due_at, seq limit ?)
         returning *`,
      ),
      next: db.prepare(
        `select min((
           select min(due_at) from deliveries d
           where d.webhook_endpoint_id = e.webhook_endpoint_id and d.state = 'pending')) as at
         from webhook_endpoints e where webhook_endpoint_id not in (select value from json_each(?))`,
      ),
      settle: db.prepare(
        `update deliveries set state = ?, due_at = ?, tries = tries + 1, attempts = json_insert(attempts, '$[#]', json(?))
         where delivery_id = ? and state = 'pending' and due_at = ?`,
      ),
    }
  }

  async insertEndpoint(endpoint: NewWebhookEndpoint, key_id: string): Promise<WebhookEndpoint> {
    const { webhook_endpoint_id, project_id, url, event_types, payload_style, secret } = endpoint
    const row = await this.#write(
      `insert into webhook_endpoints (webhook_endpoint_id, project_id, url, event_types, payload_style, secret, created_at)
       select ?, ?, ?, ?, ?, ?, ? where exists (select 1 from keys where key_id = ? and revoked_at is null) returning *`,
      webhook_endpoint_id,
      project_id,
      url,
      event_types ? JSON.stringify(event_types) : null,
      payload_style,
      secret,
      this.#shared.clock().toISOString(),
      key_id,
    )
    if (!row) throw new KeyRevoked('This key was revoked.')
    return endpointOf(row)
  }

  async findEndpoint(project_id: string, endpoint_id: string): Promise<WebhookEndpoint | undefined> {
    const row = reading(() => this.#endpoint(project_id, endpoint_id))
    return row && endpointOf(row)
  }

  async listEndpoints(project_id: string, page: Page): Promise<Slice<WebhookEndpoint>> {
    const rows = reading(() =>
      this.#db
        .prepare(`select * from webhook_endpoints where project_id = ? and seq < ? order by seq desc limit ?`)
        .all(project_id, page.before ?? Number.MAX_SAFE_INTEGER, page.limit + 1),
    ) as unknown as EndpointRow[]
    return sliceOfRows(rows, page, endpointOf)
  }

  async deleteEndpoint(project_id: string, endpoint_id: string): Promise<WebhookEndpoint | undefined> {
    const row = await this.#write(
      `delete from webhook_endpoints where project_id = ? and webhook_endpoint_id = ? returning *`,
      project_id,
      endpoint_id,
    )
    return row && endpointOf(row)
  }

  async rotateSecret(
    project_id: string,
    endpoint_id: string,
    { secret, previous_until }: { secret: string; previous_until: Date },
  ): Promise<WebhookEndpoint | undefined> {
    const row = await this.#write(
      `update webhook_endpoints set previous_secret = secret, previous_until = ?, secret = ?
       where project_id = ? and webhook_endpoint_id = ? returning *`,
      previous_until.getTime(),
      secret,
      project_id,
      endpoint_id,
    )
    return row && endpointOf(row)
  }

  async listDeliveries(endpoint_id: string, page: Page): Promise<Slice<Delivery>> {
    const rows = reading(() =>
      this.#db
        .prepare(
          `select d.*, e.event_id from deliveries d join events e on e.seq = d.event_seq
           where d.webhook_endpoint_id = ? and d.seq < ? order by d.seq desc limit ?`,
        )
        .all(endpoint_id, page.before ?? Number.MAX_SAFE_INTEGER, page.limit + 1),
    ) as unknown as DeliveryRow[]
    return sliceOfRows(rows, page, deliveryOf)
  }

  async redeliver(
    project_id: string,
    endpoint_id: string,
    delivery_id: string,
  ): Promise<Delivery | undefined> {
    const row = await this.#shared.writer.write(() =>
      this.#db
        .prepare(
          `update deliveries set state = 'pending', tries = 0, due_at = ?
           where webhook_endpoint_id = ? and delivery_id = ?
           returning *, (select event_id from events where seq = event_seq) as event_id`,
        )
        .get(this.#shared.clock().getTime(), endpoint_id, delivery_id),
    )
    if (!row) return undefined
    this.#shared.announce({ project_id, events: 0, deliveries: 1 })
    return deliveryOf(row as unknown as DeliveryRow)
  }

  async listDueEndpoints(now: Date, except: readonly string[]): Promise<string[]> {
    const rows = reading(() => this.#statements.dueEndpoints.all(JSON.stringify(except), now.getTime()))
    return (rows as { id: string }[]).map(({ id }) => id)
  }

  claimDeliveries(
    endpoint_id: string,
    { now, leased_until, limit }: { now: Date; leased_until: Date; limit: number },
  ): Promise<ClaimedDelivery[]> {
    return this.#shared.writer.write(() => {
      const endpoint = this.#db
        .prepare(`select * from webhook_endpoints where webhook_endpoint_id = ?`)
        .get(endpoint_id) as EndpointRow | undefined
      if (!endpoint) return []
      const rows = this.#statements.claim.all(leased_until.getTime(), endpoint_id, now.getTime(), limit)
      return (rows as unknown as DeliveryRow[])
        .toSorted((one, other) => one.seq - other.seq)
        .map((row) => ({
          delivery_id: row.delivery_id,
          attempts: row.tries,
          leased_until,
          event: this.#shared.events.get(row.event_seq),
          endpoint,
        }))
    })
  }

  async settleDelivery(
    { delivery_id, endpoint, leased_until }: ClaimedDelivery,
    { attempt, state, due_at, disable = false }: DeliveryOutcome,
  ): Promise<void> {
    await this.#shared.writer.write(() => {
      this.#statements.settle.run(
        state,
        due_at?.getTime() ?? null,
        JSON.stringify(attempt),
        delivery_id,
        leased_until.getTime(),
      )
      if (disable) this.#disable(endpoint.webhook_endpoint_id)
    })
  }

  async releaseDelivery({ delivery_id, leased_until }: ClaimedDelivery): Promise<void> {
    await this.#shared.writer.write(() =>
      this.#db
        .prepare(`update deliveries set due_at = ? where delivery_id = ? and due_at = ?`)
        .run(this.#shared.clock().getTime(), delivery_id, leased_until.getTime()),
    )
  }

  async findNextDelivery(except: readonly string[]): Promise<Date | undefined> {
    const { at } = reading(() => this.#statements.next.get(JSON.stringify(except))) as { at: number | null }
    return at === null ? undefined : new Date(at)
  }

  #disable(endpoint_id: string): void {
    this.#db
      .prepare(`update webhook_endpoints set state = 'disabled' where webhook_endpoint_id = ?`)
      .run(endpoint_id)
    this.#db
      .prepare(
        `update deliveries set state = 'failed', due_at = null where webhook_endpoint_id = ? and state = 'pending'`,
      )
      .run(endpoint_id)
  }

  #endpoint(project_id: string, endpoint_id: string): EndpointRow | undefined {
    return this.#db
      .prepare(`select * from webhook_endpoints where project_id = ? and webhook_endpoint_id = ?`)
      .get(project_id, endpoint_id) as EndpointRow | undefined
  }

  #write(sql: string, ...values: (string | number | null)[]): Promise<EndpointRow | undefined> {
    return this.#shared.writer.write(() => this.#db.prepare(sql).get(...values) as EndpointRow | undefined)
  }
}

interface EndpointRow {
  seq: number
  webhook_endpoint_id: string
  url: string
  event_types: string | null
  payload_style: string
  secret: string
  previous_secret: string | null
  previous_until: number | null
  state: string
  created_at: string
}

interface DeliveryRow {
  seq: number
  delivery_id: string
  webhook_endpoint_id: string
  event_seq: number
  event_id: string
  state: string
  attempts: string
  tries: number
  due_at: number | null
}

function endpointOf(row: EndpointRow): WebhookEndpoint {
  const { webhook_endpoint_id, url, event_types, payload_style, state, created_at } = row
  return {
    webhook_endpoint_id,
    url,
    ...(event_types !== null && { event_types: JSON.parse(event_types) as string[] }),
    payload_style,
    state,
    created_at,
  }
}

function deliveryOf(row: DeliveryRow): Delivery {
  const { delivery_id, webhook_endpoint_id, event_id, state, attempts, due_at } = row
  return {
    delivery_id,
    webhook_endpoint_id,
    event_id,
    state,
    attempts: JSON.parse(attempts) as Delivery['attempts'],
    next_attempt_at: due_at === null ? null : new Date(due_at).toISOString(),
  }
}

function sliceOfRows<Row extends { seq: number }, Item>(
  rows: Row[],
  { limit }: Page,
  itemOf: (row: Row) => Item,
): Slice<Item> {
  const items = rows.slice(0, limit).map((row) => ({ position: row.seq, item: itemOf(row) }))
  return { items, more: rows.length > limit }
}
