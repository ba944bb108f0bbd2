import type { Writable } from 'node:stream'
import type { EventFeed } from './event-feed.ts'
import type { EventFilter, EventStore, EventText } from './store/store.ts'

export interface StreamOptions {
  events: EventStore
  feed: EventFeed
  project_id: string
  key_id: string
  filter: EventFilter
  /** The position of the last event that the client has seen. */
  position: number
  /** How this client sees an event. */
  render: (event: EventText) => string
  sink: Writable
}

/**
 * One client that follows the log. It gets what the log holds beyond its position, and then what the feed tells. A client that reads too slowly
 * is not told any more and catches up from the log, so that nothing piles up here; one that does not read at all is dropped.
 */
export class EventStream {
  readonly key_id: string
  readonly #options: StreamOptions
  #position: number
  #isLive = false

  constructor(options: StreamOptions) {
    this.key_id = options.key_id
    this.#options = options
    this.#position = options.position
  }

  /** Resolves when the client is gone, and rejects when the log cannot be read. */
  async run(): Promise<void> {
    const { feed, project_id, sink } = this.#options
    const gone = new Promise<void>((resolve) => {
      sink.once('close', resolve)
    })
    const { told, stop } = await feed.listen(project_id, (position, event) =>
      this.#offer(position, event, told),
    )
    try {
      await this.#catchUp(told)
      await gone
    } finally {
      stop()
    }
  }

  /** Keeps the connection from looking dead, unless there is something unread in it anyway. */
  beat(): void {
    if (!this.#options.sink.writableNeedDrain) this.#options.sink.write(':\n\n')
  }

  end(): void {
    this.#options.sink.destroy()
  }

  async #catchUp(told: () => number): Promise<void> {
    const { events, project_id, filter, sink } = this.#options
    for (;;) {
      await drained(sink)
      const known = told()
      const { items, more } = await events.listAfter(project_id, this.#position, filter, BATCH)
      for (const { position, item } of items) {
        this.#position = position
        if (!this.#write(item)) await drained(sink)
        if (sink.destroyed) return
      }
      // Nobody was told anything since the log was read: from here on the feed leaves nothing out.
      if (!more && told() === known) break
    }
    this.#isLive = true
  }

  #offer(position: number, event: EventText, told: () => number): void {
    if (!this.#isLive || position <= this.#position) return
    this.#position = position
    if (!matches(event, this.#options.filter) || this.#write(event)) return
    this.#isLive = false
    this.#catchUp(told).catch(() => this.end())
  }

  #write(event: EventText): boolean {
    const { sink, render } = this.#options
    return sink.write(`id: ${event.event_id}\nevent: ${event.type}\ndata: ${render(event)}\n\n`)
  }
}

function matches(event: EventText, { run_id, call_id, type }: EventFilter): boolean {
  return (
    (run_id === undefined || event.run_id === run_id) &&
    (call_id === undefined || (event.kind !== 'timer' && event.object_id === call_id)) &&
    (type === undefined || event.type === type)
  )
}

/** Resolves when everything was read, or the client is gone; whoever does not read for long is dropped. */
async function drained(sink: Writable): Promise<void> {
  if (!sink.writableNeedDrain || sink.destroyed) return
  const impatience = setTimeout(() => sink.destroy(), SLOW_MS)
  await new Promise<void>((resolve) => {
    const settle = () => {
      sink.off('drain', settle)
      sink.off('close', settle)
      resolve()
    }
    sink.on('drain', settle)
    sink.on('close', settle)
  })
  clearTimeout(impatience)
}

const BATCH = { limit: 100, max_characters: 2 ** 20 }
const SLOW_MS = 30_000
