import type { Logger } from 'pino'
import type { EventStore, EventText } from './store/store.ts'

/** Gets every event of a project that is written from now on, in order. */
export type Listener = (position: number, event: EventText) => void

/**
 * Tells those who listen what happened: the log is read once for each commit, however many listen, and not at all when
 * nobody does.
 */
export class EventFeed {
  readonly #events: EventStore
  readonly #log: Logger
  readonly #projects = new Map<string, ProjectFeed>()

  constructor(events: EventStore, log: Logger) {
    this.#events = events
    this.#log = log
  }

  /** Something was written in this project. */
  notify(project_id: string): void {
    this.#projects.get(project_id)?.notify()
  }

  /** Listens to a project until `stop` is called. `told` is the position up to which listeners have been told. */
  async listen(project_id: string, listener: Listener): Promise<{ told: () => number; stop: () => void }> {
    const feed = this.#projects.get(project_id) ?? new ProjectFeed(project_id, this.#events, this.#log)
    this.#projects.set(project_id, feed)
    feed.listeners.add(listener)
    const stop = () => {
      feed.listeners.delete(listener)
      if (feed.listeners.size === 0) this.#projects.delete(project_id)
    }
    try {
      await feed.opened
    } catch (error) {
      stop()
      throw error
    }
    return { told: () => feed.position, stop }
  }
}

class ProjectFeed {
  readonly listeners = new Set<Listener>()
  /** Resolves when it is known where the log ended as the first listener came. */
  readonly opened: Promise<void>
  position = 0
  readonly #project_id: string
  readonly #events: EventStore
  readonly #log: Logger
  #reading = true
  #isStale = false

  constructor(project_id: string, events: EventStore, log: Logger) {
    this.#project_id = project_id
    this.#events = events
    this.#log = log
    this.opened = this.#open()
  }

  notify(): void {
    this.#isStale = true
    if (!this.#reading) void this.#read()
  }

  async #open(): Promise<void> {
    const latest = await this.#events.findLatest(this.#project_id)
    this.position = latest?.position ?? 0
    this.#reading = false
    if (this.#isStale) void this.#read()
  }

  async #read(): Promise<void> {
    this.#reading = true
    try {
      while (this.#isStale && this.listeners.size > 0) {
        this.#isStale = false
        const { items, more } = await this.#events.listAfter(this.#project_id, this.position, {}, BATCH)
        for (const { position, item } of items) {
          this.position = position
          for (const listener of this.listeners) listener(position, item)
        }
        this.#isStale ||= more
      }
    } catch (error) {
      this.#log.error({ err: error }, 'the events cannot be read; it is tried again')
      setTimeout(() => this.notify(), RETRY_MS).unref()
    } finally {
      this.#reading = false
    }
  }
}

const BATCH = { limit: 256, max_characters: 2 ** 20 }
const RETRY_MS = 1_000
