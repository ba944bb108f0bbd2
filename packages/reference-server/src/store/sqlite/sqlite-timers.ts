import { opaquePlaces, stringify, timer, Timer, type Decision } from '@countersign/protocol'
import { KeyRevoked, type Commit, type TimerStore, type TimerText } from '../store.ts'
import { reading } from './group-commit.ts'
import { parseStored, type Shared } from './sqlite-calls.ts'

/** The timers in their table. */
export class SqliteTimers implements TimerStore {
  readonly #shared: Shared
  readonly #statements

  constructor(shared: Shared) {
    const { db } = shared
    this.#shared = shared
    this.#statements = {
      find: db.prepare(
        `select run_id, timer_id, spec, status from timers where project_id = ? and timer_id = ?`,
      ),
      insert: db.prepare(
        `insert into timers (project_id, timer_id, run_id, state, due_at, spec, status) values (?, ?, ?, ?, ?, ?, ?)`,
      ),
      update: db.prepare(`update timers set state = ?, status = ? where project_id = ? and timer_id = ?`),
      aliveKey: db.prepare(`select 1 from keys where key_id = ? and revoked_at is null`),
      overdue: db.prepare(
        `select project_id, timer_id from timers where state = 'pending' and due_at <= ? order by due_at limit ?`,
      ),
      nextDue: db.prepare(`select min(due_at) as at from timers where state = 'pending'`),
    }
  }

  async update(
    project_id: string,
    timer_id: string,
    decide: (timer: Timer | undefined, now: Date) => Decision<Timer> | undefined,
    key_id?: string,
    parent_run_id?: string,
  ): Promise<Decision<Timer> | undefined> {
    const { writer, clock, announce, runs } = this.#shared
    const { decided, commit } = await writer.write(() => {
      if (key_id !== undefined && !this.#statements.aliveKey.get(key_id))
        throw new KeyRevoked('This key was revoked.')
      const row = this.#read(project_id, timer_id)
      const current = row && parse(row)
      const now = clock()
      const item = { kind: 'timer', id: timer_id, parent_run_id }
      const decision = current
        ? decide(current, now)
        : runs.enterWith(project_id, item, decide(undefined, now), now)
      return { decided: decision, commit: decision && this.#apply(project_id, current, decision, now) }
    })
    if (commit) announce(commit)
    return decided
  }

  async find(project_id: string, timer_id: string): Promise<TimerText | undefined> {
    return reading(() => this.#read(project_id, timer_id))
  }

  async listOverdue(now: Date, limit: number): Promise<{ project_id: string; timer_id: string }[]> {
    return this.#statements.overdue.all(now.getTime(), limit) as { project_id: string; timer_id: string }[]
  }

  async findNextDue(): Promise<Date | undefined> {
    const { at } = this.#statements.nextDue.get() as { at: number | null }
    return at === null ? undefined : new Date(at)
  }

  #read(project_id: string, timer_id: string): TimerText | undefined {
    return this.#statements.find.get(project_id, timer_id) as TimerText | undefined
  }

  /** Writes what was decided, timer and events together; undefined when there is nothing to write. */
  #apply(
    project_id: string,
    current: Timer | undefined,
    { next, events }: Decision<Timer>,
    now: Date,
  ): Commit | undefined {
    if (!next || next === current) return undefined
    const { run_id, timer_id } = next
    const { state } = next.status
    const status = stringify(next.status)
    const due_at = timer.dueAt(next.spec)
    if (current) this.#statements.update.run(state, status, project_id, timer_id)
    else
      this.#statements.insert.run(project_id, timer_id, run_id, state, due_at, stringify(next.spec), status)
    let deliveries = 0
    for (const { type, principal, detail = null } of events)
      deliveries += this.#shared.events.insert(
        { project_id, kind: 'timer', object_id: timer_id, run_id, type, principal, detail, status },
        now,
      )
    return {
      project_id,
      events: events.length,
      deliveries,
      ...(state === 'pending' && { timer_due_at: due_at }),
    }
  }
}

const { members } = opaquePlaces(Timer)

function parse({ run_id, timer_id, spec, status }: TimerText): Timer {
  return {
    run_id,
    timer_id,
    spec: parseStored(spec, members?.['spec'] ?? {}) as Timer['spec'],
    status: parseStored(status, {}) as Timer['status'],
  }
}
