import type { Logger } from 'pino'
import { EventStream, type StreamOptions } from './event-stream.ts'

/** All the streams that are open, and their heartbeat. */
export class EventStreams {
  readonly #open = new Set<EventStream>()
  readonly #log: Logger
  readonly #heartbeat: NodeJS.Timeout

  /** `heartbeat_seconds` is how long a stream is silent at the most. */
  constructor(heartbeat_seconds: number, log: Logger) {
    this.#log = log
    this.#heartbeat = setInterval(() => {
      for (const stream of this.#open) stream.beat()
    }, heartbeat_seconds * 500)
  }

  /** Serves one client until it goes away. Never rejects: a stream that breaks off is resumed by its client. */
  async serve(options: StreamOptions): Promise<void> {
    const stream = new EventStream(options)
    this.#open.add(stream)
    try {
      await stream.run()
    } catch (error) {
      this.#log.error({ err: error }, 'a stream of events broke off')
      stream.end()
    } finally {
      this.#open.delete(stream)
    }
  }

  /** The keys that hold a stream at the moment. */
  keys(): Set<string> {
    return new Set([...this.#open].map(({ key_id }) => key_id))
  }

  /** Ends every stream of these keys, because they were revoked. */
  revoke(keys: ReadonlySet<string>): void {
    for (const stream of this.#open) if (keys.has(stream.key_id)) stream.end()
  }

  close(): void {
    clearInterval(this.#heartbeat)
    for (const stream of this.#open) stream.end()
  }
}
