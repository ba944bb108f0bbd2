import { abortable, pause } from './abort-signal.ts'
import { reasonOf, type Connection, type RequestOptions } from './connection.ts'
import { ConfigurationError, ConnectionError, ProtocolError } from './errors.ts'
import { parseExact } from './exact-json.ts'
import { Outage } from './outage.ts'
import type { Event } from './schemas.ts'
import { SseParser, type SseMessage } from './sse.ts'

/** Which events to follow, and from where. */
export interface EventOptions extends RequestOptions {
  /** The id of the last event that was seen, `start`, or `latest`. Default: `start`. */
  after?: string | undefined
  /** Only events of this run. */
  runId?: string | undefined
  /** Only events of calls with this id. */
  callId?: string | undefined
  /** Only events of this type, such as `function_call.completed`. */
  type?: string | undefined
  /** Called once when the stream has begun, with `latest` too: from then on nothing that happens is left out. */
  opened?: (() => void) | undefined
}

/** Which page of the log to read. */
export interface EventListOptions extends Omit<EventOptions, 'signal' | 'opened'> {
  /** How many events at most. Default: 50. */
  limit?: number | undefined
}

/** The query of an operation on events. */
export function eventQuery({ after, runId, callId, type, limit }: EventListOptions) {
  return {
    ...(after !== undefined && { after }),
    ...(runId !== undefined && { run_id: runId }),
    ...(callId !== undefined && { call_id: callId }),
    ...(type !== undefined && { type }),
    ...(limit !== undefined && { limit }),
  }
}

/** A step along the log: an event, or only the place from which to resume. */
export interface Step {
  position: string
  event?: Event
}

/**
 * Follows the log for as long as it is read, each event once: a connection that is lost, ends or falls silent is opened
 * again after the last event that came.
 */
export async function* follow(connection: Connection, options: EventOptions): AsyncGenerator<Step, never> {
  const { signal } = options
  const outage = new Outage(connection.reconnectForMs)
  let position: string | undefined
  for (;;) {
    const openedAt = performance.now()
    let cameForward = false
    let retryMs = 0
    const stream = new Stream(connection)
    try {
      await stream.open(options, position)
      outage.heard()
      for (let messages = await stream.read(signal); messages; messages = await stream.read(signal))
        for (const message of messages) {
          const step = stepOf(message)
          cameForward ||= step.event !== undefined
          // A server that sends an event again sends it in vain.
          if (step.event && step.position === position) continue
          position = step.position || undefined
          yield step
        }
      throw new ConnectionError('The server ended the stream of events.')
    } catch (error) {
      if (signal?.aborted) throw error
      // A stream that ends as soon as it began, time after time, must not make for a busy loop.
      if (cameForward || (stream.isOpen && performance.now() - openedAt > 1_000)) outage.end()
      retryMs = Math.min(stream.retryMs, 60_000)
      const pauseMs = outage.pauseAfter(error)
      stream.close()
      await pause(Math.max(pauseMs, retryMs), signal)
    } finally {
      stream.close()
    }
  }
}

/** The events alone. */
export async function* eventsOf(connection: Connection, options: EventOptions): AsyncGenerator<Event, void> {
  let { opened } = options
  for await (const { event } of follow(connection, options)) {
    opened?.()
    opened = undefined
    if (event) yield event
  }
}

class Stream {
  isOpen = false
  readonly #connection: Connection
  readonly #parser = new SseParser()
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #silenceMs = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get retryMs(): number {
    return this.#parser.retryMs
  }

  async open(options: EventOptions, position: string | undefined): Promise<void> {
    const { signal } = options
    const discovery = await this.#connection.discovery('sse', { signal })
    if (!discovery.profiles.includes('sse'))
      throw new ConfigurationError('This server does not stream events: it does not claim the profile `sse`.')
    this.#silenceMs = (discovery.limits.heartbeat_seconds ?? LONGEST_HEARTBEAT_SECONDS) * 2_000

    const query = eventQuery(position === undefined ? options : { ...options, after: undefined })
    const body = await this.#connection.openEventStream(query, position, { signal })
    this.#reader = body.getReader()
    this.isOpen = true
  }

  /** The messages that came next, or undefined when the stream has ended. */
  async read(outer: AbortSignal | undefined): Promise<SseMessage[] | undefined> {
    const reader = this.#reader!
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      const { done, value } = await abortable(outer, async (_signal, abort) => {
        timer = setTimeout(
          () => abort(new ConnectionError(`The stream of events was silent for ${this.#silenceMs} ms.`)),
          this.#silenceMs,
        )
        return reader.read()
      })
      return done ? undefined : this.#parser.push(value)
    } catch (error) {
      if (outer?.aborted || error instanceof ConnectionError) throw error
      throw new ConnectionError(`The stream of events broke off: ${reasonOf(error)}`, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    // What is cancelled may have failed already, and then there is nothing left to close.
    this.#reader?.cancel().catch(() => undefined)
    this.#reader = undefined
  }
}

const LONGEST_HEARTBEAT_SECONDS = 60

function stepOf({ lastEventId, data }: SseMessage): Step {
  if (data === undefined) return { position: lastEventId }
  const event = parseEvent(data)
  return { position: event.id, event }
}

function parseEvent(text: string): Event {
  let event: unknown
  try {
    event = parseExact(text)
  } catch (error) {
    throw new ProtocolError('The server sent an event that is no JSON.', { cause: error })
  }
  if (!isEvent(event)) throw new ProtocolError('The server sent an event without id, type and data.')
  return event
}

function isEvent(value: unknown): value is Event {
  const { id, type, data } = (value ?? {}) as Partial<Event>
  return typeof id === 'string' && typeof type === 'string' && typeof data === 'object' && data !== null
}
