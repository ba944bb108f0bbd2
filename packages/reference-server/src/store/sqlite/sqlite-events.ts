import { randomUUID } from 'node:crypto'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { EventFilter, EventStore, EventText, Listed, Page, Slice } from '../store.ts'
import { reading } from './group-commit.ts'
import { sliceOf } from './slice.ts'

/** An event that a transaction is about to write. */
export interface NewEvent {
  project_id: string
  /** Of the object that it is about. */
  kind: string
  object_id: string
  run_id: string
  type: string
  principal: string
  detail: string | null
  /** The status of the object after the act. */
  status: string
}

/** The event log in its table. One writer gives it one order. */
export class SqliteEvents implements EventStore {
  readonly #db: DatabaseSync
  readonly #insert: StatementSync
  readonly #position: StatementSync
  readonly #latest: StatementSync
  readonly #one: StatementSync
  readonly #deliver: StatementSync

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#insert = db.prepare(
      `insert into events (event_id, project_id, type, kind, run_id, object_id, created_at, principal, detail, status)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    this.#position = db.prepare(`select seq from events where event_id = ? and project_id = ?`)
    this.#latest = db.prepare(
      `select seq as position, event_id as item from events where project_id = ? order by seq desc limit 1`,
    )
    this.#one = db.prepare(`${SELECT} where e.seq = ?`)
    this.#deliver = db.prepare(
      `insert into deliveries (delivery_id, webhook_endpoint_id, event_seq, due_at)
       select 'dlv_' || lower(hex(randomblob(12))), webhook_endpoint_id, ?, ? from webhook_endpoints
       where project_id = ? and state = 'enabled'
         and (event_types is null or exists (select 1 from json_each(event_types) where value = ?))
         and (payload_style = 'countersign' or ? in ('function_call.completed', 'human_contact.completed'))`,
    )
  }

  /** To be called inside a transaction. Writes the event and its deliveries, and tells how many of these there are. */
  insert(
    { project_id, type: name, kind, run_id, object_id, principal, detail, status }: NewEvent,
    now: Date,
  ): number {
    const created_at = now.toISOString()
    const type = `${kind}.${name}`
    const { lastInsertRowid } = this.#insert.run(
      randomUUID(),
      project_id,
      type,
      kind,
      run_id,
      object_id,
      created_at,
      principal,
      detail,
      status,
    )
    const { changes } = this.#deliver.run(lastInsertRowid, now.getTime(), project_id, type, type)
    return Number(changes)
  }

  /** The event at a position. */
  get(position: number): EventText {
    const { seq: _, ...event } = this.#one.get(position) as unknown as EventText & { seq: number }
    return event
  }

  async listAfter(
    project_id: string,
    after: number,
    { run_id, call_id, type }: EventFilter,
    page: Omit<Page, 'before'>,
  ): Promise<Slice<EventText>> {
    const conditions = ['e.project_id = ?', 'e.seq > ?']
    const values: (string | number)[] = [project_id, after]
    for (const [condition, value] of [
      ['e.run_id = ?', run_id],
      [`e.object_id = ? and e.kind in ('function_call', 'human_contact')`, call_id],
      ['e.type = ?', type],
    ] as const) {
      if (value === undefined) continue
      conditions.push(condition)
      values.push(value)
    }
    return reading(() => {
      const rows = this.#db
        .prepare(
          `${SELECT}
           where ${conditions.join(' and ')} order by e.seq limit ?`,
        )
        .iterate(...values, page.limit + 1) as Iterable<unknown> as Iterable<EventText & { seq: number }>
      return sliceOf(rows, page)
    })
  }

  async findPosition(project_id: string, event_id: string): Promise<number | undefined> {
    const row = reading(() => this.#position.get(event_id, project_id)) as { seq: number } | undefined
    return row?.seq
  }

  async findLatest(project_id: string): Promise<Listed<string> | undefined> {
    return reading(() => this.#latest.get(project_id)) as Listed<string> | undefined
  }
}

const SELECT = `
  select e.seq, e.event_id, e.type, e.kind, e.created_at, e.principal, e.run_id, e.object_id, e.status,
  coalesce(f.spec, h.spec, t.spec) as spec
  from events e
  left join function_calls f on e.kind = 'function_call' and f.project_id = e.project_id and f.call_id = e.object_id
  left join human_contacts h on e.kind = 'human_contact' and h.project_id = e.project_id and h.call_id = e.object_id
  left join timers t on e.kind = 'timer' and t.project_id = e.project_id and t.timer_id = e.object_id`
