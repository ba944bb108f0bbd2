import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { FunctionCall, HumanContact, type Key, type Project, type Scope } from '@countersign/protocol'
import {
  DatabaseUnusable,
  type Commit,
  type NewKey,
  type Page,
  type Slice,
  type Store,
  type StoredKey,
} from '../store.ts'
import { GroupCommit, reading } from './group-commit.ts'
import { migrate } from './migrations/migrate.ts'
import { SqliteCalls } from './sqlite-calls.ts'
import { SqliteEvents } from './sqlite-events.ts'
import { SqliteRuns } from './sqlite-runs.ts'
import { SqliteTimers } from './sqlite-timers.ts'
import { SqliteWebhooks } from './sqlite-webhooks.ts'

export interface SqliteOptions {
  /** The file of the database; it is created when there is none. */
  path: string
  clock?: () => Date
  /** Whether to serve from it: two servers on one file would not wake each other's waiters, so one is refused. */
  serving?: boolean
}

/** Opens the embedded store. Throws `DatabaseUnusable` with one clear line when the file cannot serve. */
export function openSqliteStore({ path, clock = () => new Date(), serving = false }: SqliteOptions): Store {
  let db: DatabaseSync | undefined
  let lock: DatabaseSync | undefined
  try {
    db = new DatabaseSync(path)
    // FULL is set on purpose: at NORMAL a power loss can take back what was acknowledged.
    db.exec(
      'PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON',
    )
    if (serving) lock = lockForServing(path)
    migrate(db)
    // From here on nothing waits inside SQLite; GroupCommit asks again instead.
    db.exec('PRAGMA busy_timeout = 0')
    return new SqliteStore(db, clock, lock)
  } catch (error) {
    lock?.close()
    db?.close()
    throw new DatabaseUnusable(`The database "${path}" cannot be used: ${(error as Error).message}.`, {
      cause: error,
    })
  }
}

/** A lock beside the database that the system lets go of when the process ends, however it ends. */
function lockForServing(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}.lock`)
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return lock
  } catch (error) {
    lock.close()
    throw new Error('another server runs on it; --db names another file', { cause: error })
  }
}

class SqliteStore implements Store {
  readonly functionCalls: SqliteCalls<FunctionCall>
  readonly humanContacts: SqliteCalls<HumanContact>
  readonly timers: SqliteTimers
  readonly runs: SqliteRuns
  readonly events: SqliteEvents
  readonly webhooks: SqliteWebhooks
  readonly cursorSecret: Buffer
  readonly #db: DatabaseSync
  readonly #lock: DatabaseSync | undefined
  readonly #writer: GroupCommit
  readonly #clock: () => Date
  readonly #findKey: StatementSync
  #ready: { at: number; result: Promise<void> } = { at: Number.NEGATIVE_INFINITY, result: Promise.resolve() }
  readonly #listeners: ((commit: Commit) => void)[] = []

  constructor(db: DatabaseSync, clock: () => Date, lock: DatabaseSync | undefined) {
    this.#lock = lock
    this.#db = db
    this.#clock = clock
    this.#writer = new GroupCommit(db)
    const announce = (commit: Commit) => {
      for (const listener of this.#listeners) listener(commit)
    }
    this.events = new SqliteEvents(db)
    this.runs = new SqliteRuns({ db, writer: this.#writer, clock })
    const { events, runs } = this
    const shared = { db, writer: this.#writer, events, runs, clock, announce }
    this.webhooks = new SqliteWebhooks(shared)
    this.functionCalls = new SqliteCalls('function_call', FunctionCall, shared)
    this.humanContacts = new SqliteCalls('human_contact', HumanContact, shared)
    this.timers = new SqliteTimers(shared)
    this.#findKey = db.prepare(`select * from keys where secret_hash = ?`)
    const secret = db.prepare(`select value from secrets where name = 'cursor'`).get() as {
      value: Uint8Array
    }
    this.cursorSecret = Buffer.from(secret.value)
  }

  insertProject({
    project_id,
    name,
  }: {
    project_id: string
    name: string
  }): Promise<'inserted' | 'duplicate'> {
    return this.#insert(
      `insert into projects (project_id, name, created_at) values (?, ?, ?) on conflict do nothing`,
      [project_id, name, this.#clock().toISOString()],
    )
  }

  async findProject(project_id: string): Promise<Project | undefined> {
    return this.#db
      .prepare(`select project_id, name, created_at from projects where project_id = ?`)
      .get(project_id) as Project | undefined
  }

  async listProjects(): Promise<Project[]> {
    return this.#db
      .prepare(`select project_id, name, created_at from projects order by created_at, project_id`)
      .all() as unknown as Project[]
  }

  async insertKey(key: NewKey): Promise<Key> {
    const scopes = JSON.stringify(key.scopes)
    const created_at = this.#clock().toISOString()
    await this.#insert(
      `insert into keys (key_id, project_id, secret_hash, scopes, name, responder_id, created_at)
       values (?, ?, ?, ?, ?, ?, ?) on conflict (secret_hash) do nothing`,
      [key.key_id, key.project_id, key.secret_hash, scopes, key.name, key.responder_id, created_at],
    )
    return keyOf(this.#findKey.get(key.secret_hash) as unknown as KeyRow)
  }

  async findKeyByHash(secret_hash: Buffer): Promise<StoredKey | undefined> {
    const row = reading(() => this.#findKey.get(secret_hash)) as KeyRow | undefined
    return row && { ...keyOf(row), project_id: row.project_id, secret_hash: Buffer.from(row.secret_hash) }
  }

  async findRevoked(key_ids: Iterable<string>): Promise<Set<string>> {
    const ids = JSON.stringify([...key_ids])
    const rows = this.#db
      .prepare(
        `select key_id from keys where revoked_at is not null and key_id in (select value from json_each(?))`,
      )
      .all(ids) as { key_id: string }[]
    return new Set(rows.map(({ key_id }) => key_id))
  }

  async listKeys(project_id: string, page: Page): Promise<Slice<Key>> {
    const rows = this.#db
      .prepare(`select * from keys where project_id = ? and seq < ? order by seq desc limit ?`)
      .all(project_id, page.before ?? Number.MAX_SAFE_INTEGER, page.limit + 1) as unknown as KeyRow[]
    const items = rows.slice(0, page.limit).map((row) => ({ position: row.seq, item: keyOf(row) }))
    return { items, more: rows.length > page.limit }
  }

  async revokeKey(project_id: string, key_id: string): Promise<Key | undefined> {
    const row = await this.#writer.write(
      () =>
        this.#db
          .prepare(
            `update keys set revoked_at = coalesce(revoked_at, ?) where project_id = ? and key_id = ? returning *`,
          )
          .get(this.#clock().toISOString(), project_id, key_id) as KeyRow | undefined,
    )
    return row && keyOf(row)
  }

  onCommit(listener: (commit: Commit) => void): void {
    this.#listeners.push(listener)
  }

  /** A real write, because a full disk can still be read; one a second at most, because anybody may ask. */
  checkReady(): Promise<void> {
    const now = performance.now()
    if (now - this.#ready.at > READY_FOR_MS)
      this.#ready = {
        at: now,
        result: this.#writer.write(() =>
          this.#db.exec(`update secrets set value = value where name = 'cursor'`),
        ),
      }
    return this.#ready.result
  }

  async close(): Promise<void> {
    await this.#writer.drain()
    this.#db.close()
    this.#lock?.close()
  }

  async #insert(sql: string, values: (string | Buffer | null)[]): Promise<'inserted' | 'duplicate'> {
    const { changes } = await this.#writer.write(() => this.#db.prepare(sql).run(...values))
    return changes === 0 ? 'duplicate' : 'inserted'
  }
}

const READY_FOR_MS = 1_000

interface KeyRow {
  seq: number
  key_id: string
  project_id: string
  secret_hash: Uint8Array
  scopes: string
  name: string | null
  responder_id: string | null
  created_at: string
  revoked_at: string | null
}

function keyOf({ key_id, scopes, name, responder_id, created_at, revoked_at }: KeyRow): Key {
  return { key_id, scopes: JSON.parse(scopes) as Scope[], name, responder_id, created_at, revoked_at }
}
