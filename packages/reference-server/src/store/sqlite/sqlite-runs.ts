import type { DatabaseSync } from 'node:sqlite'
import {
  run as runs,
  type CreateRun,
  type Decision,
  type Place,
  type Run,
  type RunRecord,
  type Usage,
  type UsageReport,
  type UsageTotals,
} from '@countersign/protocol'
import { KeyRevoked, type Entered, type Page, type RunStore, type Slice } from '../store.ts'
import { reading, type GroupCommit } from './group-commit.ts'

/** Something new that belongs to a run. */
export interface NewItem {
  kind: string
  id: string
  parent_run_id: string | undefined
}

/** The runs in their tables. The totals of a run hold those below it, so that they are there to be read. */
export class SqliteRuns implements RunStore {
  readonly #db: DatabaseSync
  readonly #writer: GroupCommit
  readonly #clock: () => Date
  readonly #statements

  constructor({ db, writer, clock }: { db: DatabaseSync; writer: GroupCommit; clock: () => Date }) {
    this.#db = db
    this.#writer = writer
    this.#clock = clock
    this.#statements = {
      find: db.prepare(`select * from runs where project_id = ? and run_id = ?`),
      insert: db.prepare(`insert into runs (project_id, run_id, created_at) values (?, ?, ?)`),
      place: db.prepare(`update runs set parent_run_id = ?, budget = ? where project_id = ? and run_id = ?`),
      // From the run up to its root.
      lineage: db.prepare(
        `with recursive up (run_id, parent_run_id, level) as (
           select run_id, parent_run_id, 1 from runs where project_id = ?1 and run_id = ?2
           union all
           select r.run_id, r.parent_run_id, up.level + 1 from up
           join runs r on r.project_id = ?1 and r.run_id = up.parent_run_id
         ) select run_id from up order by level`,
      ),
      height: db.prepare(
        `with recursive down (run_id, level) as (
           select ?2, 1
           union all
           select r.run_id, down.level + 1 from down
           join runs r on r.project_id = ?1 and r.parent_run_id = down.run_id
         ) select max(level) as height from down`,
      ),
      setUsage: db.prepare(`update runs set usage = ? where project_id = ? and run_id = ?`),
      children: db.prepare(`select run_id from runs where project_id = ? and parent_run_id = ? order by seq`),
      insertItem: db.prepare(
        `insert into run_items (project_id, run_id, kind, object_id, created_at) values (?, ?, ?, ?, ?)`,
      ),
      items: db.prepare(
        `select i.kind, i.object_id as id, i.created_at, coalesce(f.state, h.state, t.state) as state from run_items i
         left join function_calls f on i.kind = 'function_call' and f.project_id = i.project_id and f.call_id = i.object_id
         left join human_contacts h on i.kind = 'human_contact' and h.project_id = i.project_id and h.call_id = i.object_id
         left join timers t on i.kind = 'timer' and t.project_id = i.project_id and t.timer_id = i.object_id
         where i.project_id = ? and i.run_id = ? order by i.seq`,
      ),
      findReport: db.prepare(
        `select report from usage_reports where project_id = ? and run_id = ? and usage_id = ?`,
      ),
      insertReport: db.prepare(
        `insert into usage_reports (project_id, run_id, usage_id, report) values (?, ?, ?, ?)`,
      ),
      aliveKey: db.prepare(`select 1 from keys where key_id = ? and revoked_at is null`),
    }
  }

  enter(project_id: string, wish: CreateRun, key_id: string): Promise<Entered<RunRecord>> {
    return this.#writer.write(() => {
      this.#requireKey(key_id)
      const isNew = this.#read(project_id, wish.run_id) === undefined
      return { isNew, decision: this.#enter(project_id, wish, this.#clock()) }
    })
  }

  reportUsage(
    project_id: string,
    run_id: string,
    usage: Usage,
    key_id: string,
  ): Promise<Entered<UsageReport>> {
    return this.#writer.write(() => {
      this.#requireKey(key_id)
      const row = this.#statements.findReport.get(project_id, run_id, usage.usage_id)
      const existing = row && (JSON.parse(row['report'] as string) as UsageReport)
      const now = this.#clock()
      const decision = runs.reportUsage(existing, run_id, usage, now)
      if (decision.ok && !existing) {
        this.#enter(project_id, { run_id }, now)
        const report = JSON.stringify(decision.next)
        this.#statements.insertReport.run(project_id, run_id, usage.usage_id, report)
        this.#addUsage(project_id, run_id, runs.totalsOf(usage))
      }
      return { decision, isNew: existing === undefined }
    })
  }

  async find(project_id: string, run_id: string): Promise<Run | undefined> {
    return reading(() => {
      const run = this.#read(project_id, run_id)
      if (!run) return undefined
      const children = this.#statements.children.all(project_id, run_id) as { run_id: string }[]
      const items = this.#statements.items.all(project_id, run_id) as unknown as Run['items']
      return { ...run, children: children.map((child) => child.run_id), items }
    })
  }

  async list(project_id: string, tree_of: string | undefined, page: Page): Promise<Slice<RunRecord>> {
    const before = page.before ?? Number.MAX_SAFE_INTEGER
    const values = [project_id, before, page.limit + 1, ...(tree_of === undefined ? [] : [tree_of])]
    return reading(() => {
      const rows = this.#db
        .prepare(
          tree_of === undefined
            ? `select * from runs where project_id = ?1 and seq < ?2 order by seq desc limit ?3`
            : `with recursive tree (run_id) as (
                 select ?4
                 union all
                 select r.run_id from tree join runs r on r.project_id = ?1 and r.parent_run_id = tree.run_id
               )
               select r.* from tree join runs r on r.project_id = ?1 and r.run_id = tree.run_id
               where r.seq < ?2 order by r.seq desc limit ?3`,
        )
        .all(...values) as unknown as RunRow[]
      const items = rows.slice(0, page.limit).map((row) => ({ position: row.seq, item: runOf(row) }))
      return { items, more: rows.length > page.limit }
    })
  }

  /** To be called inside a transaction: what was decided about something new, unless its run cannot stand where it says. */
  enterWith<Subject extends { run_id: string }>(
    project_id: string,
    { kind, id, parent_run_id }: NewItem,
    decision: Decision<Subject> | undefined,
    now: Date,
  ): Decision<Subject> | undefined {
    if (!decision?.ok) return decision
    const { run_id } = decision.next
    const entered = this.#enter(
      project_id,
      { run_id, ...(parent_run_id !== undefined && { parent_run_id }) },
      now,
    )
    if (!entered.ok) return { ok: false, refusal: entered.refusal, events: [] }
    this.#statements.insertItem.run(project_id, run_id, kind, id, now.toISOString())
    return decision
  }

  /** Nothing is written when the run cannot stand there. */
  #enter(project_id: string, wish: CreateRun, now: Date): Decision<RunRecord> {
    const { run_id, parent_run_id } = wish
    const run = this.#read(project_id, run_id)
    const decision = runs.join(run, wish, this.#placeOf(project_id, run, parent_run_id), now)
    if (!decision.ok || decision.next === run) return decision

    const { next } = decision
    const newParent = run?.parent_run_id === next.parent_run_id ? null : next.parent_run_id
    if (newParent !== null) this.#enter(project_id, { run_id: newParent }, now)
    if (!run) this.#statements.insert.run(project_id, run_id, next.created_at)
    if (newParent === null && next.budget === null) return decision
    const budget = next.budget && JSON.stringify(next.budget)
    this.#statements.place.run(next.parent_run_id, budget, project_id, run_id)
    if (newParent !== null) this.#addUsage(project_id, newParent, next.usage)
    return decision
  }

  #placeOf(project_id: string, run: RunRecord | undefined, parent_run_id: string | undefined): Place {
    if (parent_run_id === undefined) return { lineage: [], height: 1 }
    const known = this.#lineage(project_id, parent_run_id)
    const lineage = known.length === 0 ? [parent_run_id] : known
    if (run?.parent_run_id !== null) return { lineage, height: 1 }
    const { height } = this.#statements.height.get(project_id, run.run_id) as { height: number }
    return { lineage, height }
  }

  /** Adds to the totals of the run and of all above it. */
  #addUsage(project_id: string, run_id: string, more: UsageTotals): void {
    for (const id of this.#lineage(project_id, run_id)) {
      const { usage } = this.#read(project_id, id)!
      this.#statements.setUsage.run(JSON.stringify(runs.addUsage(usage, more)), project_id, id)
    }
  }

  #lineage(project_id: string, run_id: string): string[] {
    const rows = this.#statements.lineage.all(project_id, run_id) as { run_id: string }[]
    return rows.map((row) => row.run_id)
  }

  #read(project_id: string, run_id: string): RunRecord | undefined {
    const row = this.#statements.find.get(project_id, run_id) as RunRow | undefined
    return row && runOf(row)
  }

  #requireKey(key_id: string): void {
    if (!this.#statements.aliveKey.get(key_id)) throw new KeyRevoked('This key was revoked.')
  }
}

interface RunRow {
  seq: number
  run_id: string
  parent_run_id: string | null
  created_at: string
  budget: string | null
  usage: string
}

function runOf({ run_id, parent_run_id, created_at, budget, usage }: RunRow): RunRecord {
  return {
    run_id,
    parent_run_id,
    created_at,
    usage: JSON.parse(usage) as UsageTotals,
    budget: budget === null ? null : (JSON.parse(budget) as RunRecord['budget']),
  }
}
