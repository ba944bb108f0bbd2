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
  #drained: Promise<void> = Promise.resolve()

  constructor(db: DatabaseSync) {
    this.#db = db
  }

  /** Runs `job` inside the next transaction and resolves with its value once that is on disk. */
  write<T>(job: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run: job, resolve: resolve as (value: unknown) => void, reject })
      if (this.#queue.length === 1)
        this.#drained = new Promise((drained) => {
          setImmediate(() => {
            this.#commit()
            drained()
          })
        })
    })
  }

  /** Resolves when everything queued so far is on disk or has failed. */
  drain(): Promise<void> {
    return this.#drained
  }

  #commit(): void {
    const jobs = this.#queue
    this.#queue = []
    const settle: (() => void)[] = []
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      for (const job of jobs) settle.push(this.#runAlone(job))
      this.#db.exec('COMMIT')
    } catch (error) {
      if (this.#db.isOpen && this.#db.isTransaction) this.#db.exec('ROLLBACK')
      const unavailable = new StorageUnavailable('The database did not take the write.', { cause: error })
      for (const { reject } of jobs) reject(unavailable)
      return
    }
    for (const acknowledge of settle) acknowledge()
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

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
}
