import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { GroupCommit } from '../src/store/sqlite/group-commit.ts'
import { StorageUnavailable } from '../src/store/store.ts'

let folder: string
let db: DatabaseSync
let other: DatabaseSync
let writer: GroupCommit

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  const path = join(folder, 'rows.db')
  db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; create table rows (name text primary key) strict')
  other = new DatabaseSync(path)
  writer = new GroupCommit(db)
})

afterEach(() => {
  if (db.isOpen) db.close()
  other.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A job that inserts this name; the names that another connection sees are those on disk. */
const insert = (name: string) => () => db.prepare('insert into rows values (?)').run(name).changes
const onDisk = () =>
  other
    .prepare('select name from rows order by name')
    .all()
    .map((row) => row['name'])

describe('a group commit', () => {
  test('acknowledges a write when it is on disk', async () => {
    const written = writer.write(insert('a'))
    expect(onDisk()).toEqual([])

    await written

    expect(onDisk()).toEqual(['a'])
  })

  test('runs the writes of one turn in one transaction, in their order', async () => {
    const seen: unknown[] = []
    const watch = (name: string) => () => {
      insert(name)()
      seen.push([name, db.isTransaction, onDisk()])
      return name
    }

    const names = await Promise.all(['b', 'a', 'c'].map((name) => writer.write(watch(name))))

    expect(names).toEqual(['b', 'a', 'c'])
    expect(seen).toEqual(['b', 'a', 'c'].map((name) => [name, true, []]))
    expect(onDisk()).toEqual(['a', 'b', 'c'])
  })

  test('lets one bad write fail alone', async () => {
    const results = await Promise.allSettled([
      writer.write(insert('a')),
      writer.write(insert('a')),
      writer.write(() => {
        insert('half')()
        throw new RangeError('of the caller')
      }),
      writer.write(insert('b')),
    ])

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
    expect((results[1] as PromiseRejectedResult).reason).toBeInstanceOf(StorageUnavailable)
    expect((results[2] as PromiseRejectedResult).reason).toBeInstanceOf(RangeError)
    expect(onDisk()).toEqual(['a', 'b'])
  })

  test('gives a later write what an earlier one of the same turn has written', async () => {
    const [, count] = await Promise.all([
      writer.write(insert('a')),
      writer.write(() => db.prepare('select count(*) as count from rows').get()!['count']),
    ])

    expect(count).toBe(1)
  })

  test('rejects the whole turn when the database does not take it, and goes on afterwards', async () => {
    db.exec('PRAGMA busy_timeout = 0')
    other.exec('BEGIN IMMEDIATE')

    const results = await Promise.allSettled([writer.write(insert('a')), writer.write(insert('b'))])

    for (const result of results)
      expect((result as PromiseRejectedResult).reason).toBeInstanceOf(StorageUnavailable)
    other.exec('ROLLBACK')
    await writer.write(insert('c'))
    expect(onDisk()).toEqual(['c'])
  })

  test('rejects the whole turn when a write ends the transaction', async () => {
    const results = await Promise.allSettled([
      writer.write(insert('a')),
      writer.write(() => {
        db.exec('ROLLBACK')
        throw new Error('as on a full disk')
      }),
      writer.write(insert('b')),
    ])

    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect(onDisk()).toEqual([])
  })

  test('takes a write from within the answer to another one', async () => {
    await writer.write(insert('a')).then(() => writer.write(insert('b')))

    expect(onDisk()).toEqual(['a', 'b'])
  })

  test('is drained when everything queued is on disk', async () => {
    const written = [writer.write(insert('a')), writer.write(insert('b'))]

    await writer.drain()

    expect(onDisk()).toEqual(['a', 'b'])
    await Promise.all(written)
  })

  test('rejects a write after the database was closed', async () => {
    db.close()

    await expect(writer.write(() => 1)).rejects.toBeInstanceOf(StorageUnavailable)
  })
})
