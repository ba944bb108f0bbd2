import type { DatabaseSync } from 'node:sqlite'
import { StorageUnavailable } from '../store.ts'

interface Job {
  run: () => unknown
  resolve: (value: unknown) => void
  reject: (error: unknown) => void
}

/**
 * All writes of one turn of the event loop become one transaction, acknowledged after its COMMIT, so that one
 * fsync serves many. Each write has its own savepoint: one that throws fails alone.
 */
export class GroupCommit {
  readonly #db: DatabaseSync
  #queue: Job[] = []
  #drained = Promise.withResolvers<void>()
  #busySince: number | undefined

  constructor(db: DatabaseSync) {
    this.#db = db
    this.#drained.resolve()
  }

  /** Runs `job` inside the next transaction and resolves with its value once that is on disk. */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: job, resolve: resolve as (value: unknown) => void, reject })
      if (this.#queue.length > 1) return
      this.#drained = Promise.withResolvers()
      setImmediate(() => this.#commit())
    })
  }

  /** Resolves when everything queued so far is on disk or has failed. */
  drain(): Promise<void> {
    return this.#drained.promise
  }

  #commit(): void {
    const refusal = this.#begin()
    if (refusal === 'later') return

    const jobs = this.#queue
    const { resolve: drained } = this.#drained
    this.#queue = []
    const settle: (() => void)[] = []
    try {
      if (refusal) throw refusal
      for (const job of jobs) settle.push(this.#runAlone(job))
      this.#db.exec('COMMIT')
    } catch (error) {
      const unavailable = new StorageUnavailable('The database did not take the write.', { cause: error })
      for (const { reject } of jobs) reject(unavailable)
      this.#rollback()
      drained()
      return
    }
    for (const acknowledge of settle) acknowledge()
    drained()
  }

  /**
   * Begins the transaction. Another process may hold the lock for a while; it is asked again from a timer, because to
   * wait inside SQLite would stop every read and every health check with it.
   */
  #begin(): 'later' | Error | undefined {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      this.#busySince = undefined
      return undefined
    } catch (error) {
      this.#busySince ??= performance.now()
      if (isBusy(error) && performance.now() - this.#busySince < MOST_BUSY_MS) {
        setTimeout(() => this.#commit(), BUSY_RETRY_MS)
        return 'later'
      }
      this.#busySince = undefined
      return error as Error
    }
  }

  #rollback(): void {
    try {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
    } catch {
      // The jobs have failed already, and a later BEGIN says whether the database can still be used.
    }
  }

  #runAlone({ run, resolve, reject }: Job): () => void {
    this.#db.exec('SAVEPOINT job')
    try {
      const value = run()
      this.#db.exec('RELEASE job')
      return () => resolve(value)
    } catch (error) {
      // A full disk may have ended the whole transaction; then no job of it can stand.
      if (!this.#db.isTransaction) throw error
      this.#db.exec('ROLLBACK TO job; RELEASE job')
      return () =>
        reject(isSqliteError(error) ? new StorageUnavailable('The write failed.', { cause: error }) : error)
    }
  }
}

const BUSY_RETRY_MS = 20
const MOST_BUSY_MS = 5_000
const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return isSqliteError(error) && (error as Error & { errcode?: number }).errcode === SQLITE_BUSY
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}

/** Reads, and turns a failure of the database into the one that the port promises. */
export function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isSqliteError(error)) throw error
    throw new StorageUnavailable('The database cannot be read.', { cause: error })
  }
}
