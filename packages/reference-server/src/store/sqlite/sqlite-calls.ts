import type { DatabaseSync } from 'node:sqlite'
import {
  dueAt,
  opaquePlaces,
  parseJson,
  stringify,
  type Call,
  type Decision,
  type OpaquePlaces,
} from '@countersign/protocol'
import {
  KeyRevoked,
  type CallFilter,
  type CallKindName,
  type CallStore,
  type CallText,
  type Commit,
  type Page,
  type Slice,
} from '../store.ts'
import { reading, type GroupCommit } from './group-commit.ts'
import { sliceOf } from './slice.ts'
import type { SqliteEvents } from './sqlite-events.ts'
import type { SqliteRuns } from './sqlite-runs.ts'

/** What the tables of one database have in common. */
export interface Shared {
  db: DatabaseSync
  writer: GroupCommit
  events: SqliteEvents
  runs: SqliteRuns
  clock: () => Date
  announce: (commit: Commit) => void
}

/** The calls of one kind in their table. */
export class SqliteCalls<C extends Call> implements CallStore<C> {
  readonly #kind: CallKindName
  readonly #table: string
  readonly #shared: Shared
  readonly #opaque: { spec: OpaquePlaces; status: OpaquePlaces }
  readonly #statements

  constructor(kind: CallKindName, schema: Parameters<typeof opaquePlaces>[0], shared: Shared) {
    const { db } = shared
    const table = `${kind}s`
    const places = opaquePlaces(schema).members ?? {}
    this.#kind = kind
    this.#table = table
    this.#shared = shared
    this.#opaque = { spec: places['spec'] ?? {}, status: places['status'] ?? {} }
    this.#statements = {
      find: db.prepare(
        `select run_id, call_id, state, spec, status from ${table} where project_id = ? and call_id = ?`,
      ),
      insert: db.prepare(
        `insert into ${table} (project_id, call_id, run_id, state, due_at, spec, status) values (?, ?, ?, ?, ?, ?, ?)`,
      ),
      update: db.prepare(
        `update ${table} set state = ?, due_at = ?, status = ? where project_id = ? and call_id = ?`,
      ),
      aliveKey: db.prepare(`select 1 from keys where key_id = ? and revoked_at is null`),
      due: db.prepare(
        `select project_id, call_id from ${table}
         where state = 'pending' and due_at is not null and due_at <= ? order by due_at limit ?`,
      ),
      nextDue: db.prepare(
        `select min(due_at) as at from ${table} where state = 'pending' and due_at is not null`,
      ),
    }
  }

  async update(
    project_id: string,
    call_id: string,
    decide: (call: C | undefined, now: Date) => Decision<C> | undefined,
    key_id?: string,
    parent_run_id?: string,
  ): Promise<Decision<C> | undefined> {
    const { writer, clock, announce, runs } = this.#shared
    const { decided, commit } = await writer.write(() => {
      if (key_id !== undefined && !this.#statements.aliveKey.get(key_id))
        throw new KeyRevoked('This key was revoked.')
      const row = this.#read(project_id, call_id)
      const current = row && this.parse(row)
      const now = clock()
      const item = { kind: this.#kind, id: call_id, parent_run_id }
      const decision = current
        ? decide(current, now)
        : runs.enterWith(project_id, item, decide(undefined, now), now)
      return { decided: decision, commit: decision && this.#apply(project_id, current, decision, now) }
    })
    if (commit) announce(commit)
    return decided
  }

  async find(project_id: string, call_id: string): Promise<CallText | undefined> {
    return reading(() => this.#read(project_id, call_id))
  }

  parse({ run_id, call_id, spec, status }: CallText): C {
    return {
      run_id,
      call_id,
      spec: parseStored(spec, this.#opaque.spec),
      status: parseStored(status, this.#opaque.status),
    } as C
  }

  async list(project_id: string, filter: CallFilter, page: Page): Promise<Slice<CallText>> {
    const conditions = ['project_id = ?', 'seq < ?']
    const values: (string | number)[] = [project_id, page.before ?? Number.MAX_SAFE_INTEGER]
    for (const [column, value] of Object.entries(filter)) {
      conditions.push(`${column} = ?`)
      values.push(value)
    }
    return reading(() => {
      const rows = this.#shared.db
        .prepare(
          `select seq, run_id, call_id, state, spec, status from ${this.#table}
           where ${conditions.join(' and ')} order by seq desc limit ?`,
        )
        .iterate(...values, page.limit + 1) as Iterable<unknown> as Iterable<CallText & { seq: number }>
      return sliceOf(rows, page)
    })
  }

  async listDue(now: Date, limit: number): Promise<{ project_id: string; call_id: string }[]> {
    return this.#statements.due.all(now.getTime(), limit) as { project_id: string; call_id: string }[]
  }

  async findNextDue(): Promise<Date | undefined> {
    const { at } = this.#statements.nextDue.get() as { at: number | null }
    return at === null ? undefined : new Date(at)
  }

  #read(project_id: string, call_id: string): CallText | undefined {
    return this.#statements.find.get(project_id, call_id) as CallText | undefined
  }

  /** Writes what was decided, call and events together; undefined when there is nothing to write. */
  #apply(project_id: string, current: C | undefined, decision: Decision<C>, now: Date): Commit | undefined {
    const next = decision.next
    const subject = next ?? current
    if (!subject) return undefined
    const { run_id, call_id } = subject
    const status = stringify(subject.status)
    let deliveries = 0
    for (const { type, principal, detail = null } of decision.events) {
      const event = {
        project_id,
        kind: this.#kind,
        object_id: call_id,
        run_id,
        type,
        principal,
        detail,
        status,
      }
      deliveries += this.#shared.events.insert(event, now)
    }
    const commit = { project_id, events: decision.events.length, deliveries }
    if (!next || next === current) return commit.events > 0 ? commit : undefined
    const { state } = next.status
    const due_at = dueAt(next) ?? null
    if (current) this.#statements.update.run(state, due_at, status, project_id, call_id)
    else this.#statements.insert.run(project_id, call_id, run_id, state, due_at, stringify(next.spec), status)
    return { ...commit, change: { kind: this.#kind, call_id, state, due_at } }
  }
}

/** What was stored, as a value. */
export function parseStored(text: string, opaque: OpaquePlaces): unknown {
  // What was stored was within the limits when it came, so no limit applies here.
  const parsed = parseJson(text, opaque, Number.POSITIVE_INFINITY)
  if (!parsed.ok) throw new Error(`The store holds text that is not JSON: ${parsed.fault.detail}`)
  return parsed.value
}
