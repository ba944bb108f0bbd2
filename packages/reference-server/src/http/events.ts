import { eventGone, queryInteger, queryText, queryToken } from '@countersign/protocol'
import type { Deps } from '../deps.ts'
import type { EventFilter, EventStore, EventText } from '../store/store.ts'
import type { Exchange, Handler, Reply, StreamReply } from './exchange.ts'
import { eventText } from './object-text.ts'
import { accept, Problem } from './problem.ts'

/** The event log of a project: a page of it, or the stream. */
export function eventHandlers(deps: Deps): { list: Handler } {
  return {
    list: (exchange) => (wantsStream(exchange) ? streamReply(exchange, deps) : eventPage(exchange, deps)),
  }
}

async function eventPage(exchange: Exchange, { store: { events }, limits }: Deps): Promise<Reply> {
  const { query, principal } = exchange
  const filter = filterOf(exchange)
  const limit = Math.min(accept(queryInteger(query, 'limit', 1)) ?? DEFAULT_PAGE_SIZE, limits.page_size)
  const { position } = await afterIn(exchange, events)

  const bounds = { limit, max_characters: MOST_CHARACTERS }
  const { items, more } = await events.listAfter(principal.project_id, position, filter, bounds)

  const next = more ? items.at(-1)!.item.event_id : null
  const texts = items.map(({ item }) => eventText(item, principal.scopes))
  return { status: 200, body: `{"items":[${texts.join(',')}],"next_cursor":${JSON.stringify(next)}}` }
}

async function streamReply(
  exchange: Exchange,
  { store: { events }, feed, streams }: Deps,
): Promise<StreamReply> {
  const { project_id, key_id, scopes } = exchange.principal
  const filter = filterOf(exchange)
  const seen = String(exchange.headers['last-event-id'] ?? '')
  const { position, begins } =
    seen === ''
      ? await afterIn(exchange, events)
      : await find(events, project_id, seen, { in: 'header', pointer: '/last-event-id' })
  const render = (event: EventText) => eventText(event, scopes)
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream',
      // nginx would collect the stream before it passes it on.
      'x-accel-buffering': 'no',
    },
    stream(sink) {
      if (begins !== undefined) sink.write(`id: ${begins}\n\n`)
      void streams.serve({ events, feed, project_id, key_id, filter, position, render, sink })
    },
  }
}

/** Where to begin, and the id that says so when it is a word that says it. */
async function afterIn({ query, principal }: Exchange, events: EventStore): Promise<Beginning> {
  const after = accept(queryToken(query, 'after')) ?? 'start'
  return find(events, principal.project_id, after, { in: 'query', pointer: '/after' })
}

interface Beginning {
  position: number
  begins?: string
}

async function find(
  events: EventStore,
  project_id: string,
  after: string,
  where: { in: 'query' | 'header'; pointer: string },
): Promise<Beginning> {
  if (after === 'start') return { position: 0 }
  if (after === 'latest') {
    const latest = await events.findLatest(project_id)
    return { position: latest?.position ?? 0, begins: latest?.item ?? 'start' }
  }
  // Not every database takes U+0000 in a text.
  const position = after.includes('\0') ? undefined : await events.findPosition(project_id, after)
  if (position === undefined) throw Problem.from(eventGone(where))
  return { position }
}

function filterOf({ query }: Exchange): EventFilter {
  const names = ['run_id', 'call_id', 'type'] as const
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = accept(queryText(query, name))
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Whoever accepts a stream wants one: nobody else names the type. */
function wantsStream({ headers }: Exchange): boolean {
  return /(^|,)\s*text\/event-stream\s*(;(?!\s*q=0(\.0*)?\s*(,|$))[^,]*)?(,|$)/i.test(headers.accept ?? '')
}

const DEFAULT_PAGE_SIZE = 50
const MOST_CHARACTERS = 8 * 2 ** 20
