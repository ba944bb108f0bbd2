import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callsAndKeys } from '../src/store/sqlite/migrations/0001-calls-and-keys.ts'
import { eventsOfObjects } from '../src/store/sqlite/migrations/0002-events-of-objects.ts'
import { timers } from '../src/store/sqlite/migrations/0003-timers.ts'
import { webhooks } from '../src/store/sqlite/migrations/0004-webhooks.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { DatabaseUnusable, StorageUnavailable } from '../src/store/store.ts'
import { storeContract, type StoredEvent } from './store.contract.ts'

storeContract('SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const path = join(folder, 'store.db')
  return {
    open: async (clock) => openSqliteStore({ path, clock }),
    async readEvents() {
      const db = new DatabaseSync(path, { readOnly: true })
      const events = db.prepare('select * from events order by seq').all() as unknown as StoredEvent[]
      db.close()
      return events
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
})

describe('a SQLite file', () => {
  let folder: string
  let path: string

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    path = join(folder, 'store.db')
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const opening =
    (at = path) =>
    () =>
      openSqliteStore({ path: at })

  test('that is no database cannot be used', () => {
    writeFileSync(path, 'This is a text and not a database at all. '.repeat(200))

    expect(opening()).toThrow(DatabaseUnusable)
    expect(opening()).toThrow(`The database "${path}" cannot be used: `)
  })

  test('that is cut in the middle cannot be used', async () => {
    await openSqliteStore({ path }).close()

    writeFileSync(path, readFileSync(path).subarray(0, 5000))

    expect(opening()).toThrow(DatabaseUnusable)
  })

  test('that is a directory cannot be used', () => {
    mkdirSync(path)

    expect(opening()).toThrow(DatabaseUnusable)
  })

  test('in a folder that does not exist cannot be used', () => {
    expect(opening(join(folder, 'nowhere', 'store.db'))).toThrow(DatabaseUnusable)
  })

  test('of a newer version cannot be used, and stays as it is', async () => {
    await openSqliteStore({ path }).close()
    const db = new DatabaseSync(path)
    db.exec('PRAGMA user_version = 1000')
    db.close()

    expect(opening()).toThrow(DatabaseUnusable)
    expect(opening()).toThrow('newer version')

    const again = new DatabaseSync(path)
    expect(again.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1000 })
    again.close()
  })

  test('of somebody else, with tables of the same names, cannot be used and stays as it is', () => {
    const db = new DatabaseSync(path)
    db.exec('create table keys (theirs text); create table notes (theirs text)')
    db.close()

    expect(opening()).toThrow(DatabaseUnusable)

    const again = new DatabaseSync(path)
    expect(again.prepare("select name from sqlite_master where type = 'table' order by name").all()).toEqual([
      { name: 'keys' },
      { name: 'notes' },
    ])
    again.close()
  })

  test('of an older version gets the runs of the calls and timers that it holds', async () => {
    const db = new DatabaseSync(path)
    for (const migration of [callsAndKeys, eventsOfObjects, timers, webhooks]) db.exec(migration)
    db.exec(`PRAGMA user_version = 4; insert into projects values ('p', 'P', '2026-01-01T00:00:00.000Z')`)
    const call = db.prepare(
      `insert into function_calls (project_id, run_id, call_id, state, spec, status) values ('p', ?, ?, 'approved', '{}', ?)`,
    )
    call.run('run_2', 'call_1', '{"requested_at":"2026-01-01T00:00:03.000Z"}')
    call.run('run_1', 'call_2', '{"requested_at":"2026-01-01T00:00:04.000Z"}')
    db.exec(`insert into timers (project_id, run_id, timer_id, state, due_at, spec, status)
             values ('p', 'run_1', 'timer_1', 'fired', 0, '{}', '{"created_at":"2026-01-01T00:00:02.000Z"}')`)
    db.close()

    const store = openSqliteStore({ path })

    const { items } = await store.runs.list('p', undefined, { limit: 10 })
    expect(items.map(({ item }) => item.run_id)).toEqual(['run_2', 'run_1'])
    expect(await store.runs.find('p', 'run_1')).toEqual({
      run_id: 'run_1',
      parent_run_id: null,
      created_at: '2026-01-01T00:00:02.000Z',
      usage: { input_tokens: 0, output_tokens: 0, costs: [] },
      budget: null,
      children: [],
      items: [
        { kind: 'timer', id: 'timer_1', created_at: '2026-01-01T00:00:02.000Z', state: 'fired' },
        { kind: 'function_call', id: 'call_2', created_at: '2026-01-01T00:00:04.000Z', state: 'approved' },
      ],
    })
    await store.close()
  })

  test('is opened by two processes at the same time', async () => {
    const [one, other] = [openSqliteStore({ path }), openSqliteStore({ path })]

    await Promise.all([
      one.insertProject({ project_id: 'a', name: 'A' }),
      other.insertProject({ project_id: 'b', name: 'B' }),
    ])

    expect((await one.listProjects()).map(({ project_id }) => project_id)).toEqual(['a', 'b'])
    expect(one.cursorSecret).toEqual(other.cursorSecret)
    await one.close()
    await other.close()
  })

  test('is written through to the disk with every commit', async () => {
    const store = openSqliteStore({ path })
    await store.insertProject({ project_id: 'a', name: 'A' })
    const db = new DatabaseSync(path, { readOnly: true })

    expect(db.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' })
    expect(db.prepare('select project_id from projects').all()).toEqual([{ project_id: 'a' }])
    db.close()
    await store.close()
  })

  test('that was closed takes no write and ends no process', async () => {
    const store = openSqliteStore({ path })
    await store.close()

    await expect(store.insertProject({ project_id: 'a', name: 'A' })).rejects.toBeInstanceOf(
      StorageUnavailable,
    )
    await expect(store.checkReady()).rejects.toThrow()
  })
})
