import type { DatabaseSync } from 'node:sqlite'
import { DatabaseUnusable } from '../../store.ts'
import { callsAndKeys } from './0001-calls-and-keys.ts'
import { eventsOfObjects } from './0002-events-of-objects.ts'
import { timers } from './0003-timers.ts'
import { webhooks } from './0004-webhooks.ts'
import { dueCalls } from './0005-due-calls.ts'
import { runs } from './0006-runs.ts'

/** In order, and never changed once released: a new need is a new file at the end. */
const migrations = [callsAndKeys, eventsOfObjects, timers, webhooks, dueCalls, runs]

/** Brings the database to the newest version, all or nothing. Two processes may try at the same time. */
export function migrate(db: DatabaseSync): void {
  if (versionOf(db) === migrations.length) return

  db.exec('BEGIN IMMEDIATE')
  try {
    const version = versionOf(db)
    if (version > migrations.length)
      throw new DatabaseUnusable('it was made by a newer version of this server; use that version')
    for (const migration of migrations.slice(version)) db.exec(migration)
    db.exec(`PRAGMA user_version = ${migrations.length}`)
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

function versionOf(db: DatabaseSync): number {
  return (db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version
}
