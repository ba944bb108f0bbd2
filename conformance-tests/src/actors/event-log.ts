import type { Context } from '../context.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { KeyName } from '../exchange.ts'
import { expectStatus, expectThat, show } from '../expectations.ts'
import { parseJson, Reply } from '../reply.ts'
import { violate } from '../violation.ts'
import { meanwhile } from './several.ts'
import { messagesIn, type Message } from './server-sent-events.ts'

/** An event as a page or a stream shows it. */
// oxlint-disable-next-line typescript/no-explicit-any -- checks look into whatever came
export type ShownEvent = any

export interface EventPage {
  readonly reply: Reply
  readonly events: readonly ShownEvent[]
  readonly next_cursor: string | null
}

export type EventQuery = Readonly<Record<string, string | number>>

export function eventsPath(query: EventQuery = {}): string {
  const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return pairs.length === 0 ? '/v1/events' : `/v1/events?${pairs.join('&')}`
}

/** One page of the event log. */
export async function readEvents(
  context: Context,
  query: EventQuery = {},
  actor = context.agent,
  served: RequirementId = 'event.requested',
): Promise<EventPage> {
  return context.step(served, async () => {
    const reply = await actor.get(eventsPath(query))
    expectStatus(reply, 200)
    const events: ShownEvent[] = reply.json?.items
    const next: unknown = reply.json?.next_cursor
    expectThat(Array.isArray(events), 'a list of events', show(events), { reply, pointer: '/items' })
    return {
      reply,
      events,
      next_cursor: typeof next === 'string' ? next : null,
    }
  })
}

/** All the events that match, in their order. A page may end early, so that every `next_cursor` is followed. */
export async function readAllEvents(
  context: Context,
  query: EventQuery,
  actor = context.agent,
): Promise<ShownEvent[]> {
  const events: ShownEvent[] = []
  let after: EventQuery = {}
  for (let pages = 0; pages < 1_000; pages++) {
    const page = await readEvents(context, { ...query, ...after }, actor)
    events.push(...page.events)
    if (page.next_cursor === null) return events
    after = { after: page.next_cursor }
  }
  return violate('an end of the events', 'a thousand pages', {})
}

/** What happened, without the kind of the object that it happened to. */
export function actsIn(events: readonly ShownEvent[]): string[] {
  return events.map((event) => String(event?.type).replace(/^.*\./, ''))
}

export function idsIn(events: readonly ShownEvent[]): string[] {
  return events.map((event) => String(event?.id))
}

export interface StreamWish {
  query?: EventQuery
  /** `Last-Event-ID`. */
  seen?: string
  key?: KeyName
  /** How many events to wait for; 0 is content with a message that has none, and `anything` with a comment. */
  count: number | 'anything'
  timeoutMs?: number
}

export interface ReadStream {
  readonly reply: Reply
  readonly messages: readonly Message[]
  /** The messages that have data, and the event in it. */
  readonly events: readonly ShownEvent[]
  /** Whether the server ended it. */
  readonly ended: boolean
}

/** Reads the stream until so many events have come, or as long as the time allows. A check may act meanwhile. */
export function readStream(context: Context, wish: StreamWish): Promise<ReadStream> {
  return meanwhile(read(context, wish))
}

async function read(context: Context, wish: StreamWish): Promise<ReadStream> {
  const { query = {}, seen, key = 'agent', count, timeoutMs = 5_000 } = wish
  return context.step('sse.stream', async () => {
    const exchange = await context.exchange(key, {
      path: eventsPath(query),
      headers: { accept: 'text/event-stream', ...(seen === undefined ? {} : { 'last-event-id': seen }) },
      timeoutMs,
      until: (text) => {
        if (count === 'anything') return text !== ''
        const messages = messagesIn(text)
        return count === 0 ? messages.length > 0 : told(messages).length >= count
      },
    })
    if (!exchange.response) return violate('a stream', exchange.failure?.message ?? 'no answer', { exchange })
    const reply = new Reply(exchange, exchange.response)
    expectStatus(reply, 200)
    const type = reply.header('content-type')
    expectThat(/^text\/event-stream\s*(;|$)/i.test(type ?? ''), 'text/event-stream', show(type), { reply })
    const messages = messagesIn(reply.text)
    return {
      reply,
      messages,
      events: told(messages).map(({ data }) => parseJson(data)),
      ended: exchange.response.cut === undefined,
    }
  })
}

/** The messages of which a client is told. */
export function told(messages: readonly Message[]): Message[] {
  return messages.filter(({ data }) => data !== '')
}
