import type { Mutant } from '../mutation.ts'

const HTTP = 'reference-server/src/http/events.ts'
const STREAM = 'reference-server/src/event-stream.ts'
const STREAMS = 'reference-server/src/event-streams.ts'
const FEED = 'reference-server/src/event-feed.ts'
const KEYS = 'reference-server/src/http/keys.ts'
const MAIN = 'reference-server/src/main.ts'

const MESSAGE = '`id: ${event.event_id}\\nevent: ${event.type}\\ndata: ${render(event)}\\n\\n`'

export const eventStreamMutants: readonly Mutant[] = [
  {
    id: 'messages-have-no-type',
    requirement: 'sse.stream',
    title: 'The messages of a stream do not say what they are.',
    patches: [
      {
        file: STREAM,
        find: MESSAGE,
        replace: '`id: ${event.event_id}\\ndata: ${render(event)}\\n\\n`',
      },
    ],
  },
  {
    id: 'messages-have-other-ids',
    requirement: 'sse.stream',
    title: 'The id of a message is its number in the stream.',
    patches: [
      {
        file: STREAM,
        find: MESSAGE,
        replace: '`id: ${this.#position}\\nevent: ${event.type}\\ndata: ${render(event)}\\n\\n`',
      },
    ],
  },
  {
    id: 'messages-have-the-call-alone',
    requirement: 'sse.stream',
    title: 'The data of a message is the call without the event around it.',
    patches: [
      {
        file: STREAM,
        find: MESSAGE,
        replace:
          '`id: ${event.event_id}\\nevent: ${event.type}\\ndata: ${JSON.stringify((JSON.parse(render(event)) as { data: unknown }).data)}\\n\\n`',
      },
    ],
  },
  {
    id: 'stream-begins-with-what-is-new',
    requirement: 'sse.backlog',
    title: 'A stream leaves out what has happened before it was opened.',
    roots: ['sse.stream'],
    patches: [
      {
        file: STREAM,
        find: '      const { items, more } = await events.listAfter(project_id, this.#position, filter, BATCH)',
        replace:
          '      const { items, more } = { ...(await events.listAfter(project_id, this.#position, filter, BATCH)), items: [] as { position: number; item: EventText }[] }',
      },
    ],
  },
  {
    id: 'stream-ignores-after',
    requirement: 'sse.backlog',
    title: 'A stream begins with the first event, whatever after says.',
    patches: [
      {
        file: HTTP,
        find: '      ? await afterIn(exchange, events)\n      :',
        replace: '      ? { ...(await afterIn(exchange, events)), position: 0 }\n      :',
      },
    ],
  },
  {
    id: 'stream-sleeps-after-the-backlog',
    requirement: 'sse.live',
    title: 'After the backlog a stream tells nothing any more.',
    patches: [{ file: STREAM, find: '    this.#isLive = true\n', replace: '    this.#isLive = false\n' }],
  },
  {
    id: 'one-stream-alone-is-told',
    requirement: 'sse.live',
    title: 'Of many streams of a project the first is told.',
    patches: [
      {
        file: FEED,
        find: 'for (const listener of this.listeners) listener(position, item)',
        replace: 'for (const listener of [...this.listeners].slice(0, 1)) listener(position, item)',
      },
    ],
  },
  {
    id: 'last-event-id-is-ignored',
    requirement: 'sse.resume',
    title: 'A stream begins where after says, whatever Last-Event-ID says.',
    patches: [
      {
        file: HTTP,
        find: "const seen = String(exchange.headers['last-event-id'] ?? '')",
        replace: "const seen = String(exchange.headers['x-last-event-id'] ?? '')",
      },
    ],
  },
  {
    id: 'after-wins-over-last-event-id',
    requirement: 'sse.resume',
    title: 'Where both are given, after wins.',
    patches: [
      {
        file: HTTP,
        find: "const seen = String(exchange.headers['last-event-id'] ?? '')",
        replace:
          "const seen = exchange.query.has('after') ? '' : String(exchange.headers['last-event-id'] ?? '')",
      },
    ],
  },
  {
    id: 'stream-repeats-the-last-event',
    requirement: 'sse.resume',
    title: 'A stream that goes on repeats the event that was seen.',
    patches: [
      {
        file: HTTP,
        find: ": await find(events, project_id, seen, { in: 'header', pointer: '/last-event-id' })",
        replace:
          ": await find(events, project_id, seen, { in: 'header', pointer: '/last-event-id' }).then((found) => ({ begins: undefined, ...found, position: found.position - 1 }))",
      },
    ],
  },
  {
    id: 'stream-says-not-where-it-begins',
    requirement: 'sse.position',
    title: 'A stream after latest begins in silence.',
    patches: [
      {
        file: HTTP,
        find: 'if (begins !== undefined) sink.write(',
        replace: 'if (begins === seen) sink.write(',
      },
    ],
  },
  {
    id: 'stream-begins-with-start',
    requirement: 'sse.position',
    title: 'A stream after latest says that it begins at the start.',
    patches: [{ file: HTTP, find: "begins: latest?.item ?? 'start' }", replace: "begins: 'start' }" }],
  },
  {
    id: 'stream-after-nothing-is-opened',
    requirement: 'sse.gone',
    title: 'A stream after what is no event begins with what is new.',
    patches: [
      {
        file: HTTP,
        find: ": await find(events, project_id, seen, { in: 'header', pointer: '/last-event-id' })",
        replace:
          ": await find(events, project_id, seen, { in: 'header', pointer: '/last-event-id' }).catch(() => find(events, project_id, 'latest', { in: 'header', pointer: '' }))",
      },
    ],
  },
  {
    id: 'live-events-are-not-filtered',
    requirement: 'sse.filters',
    title: 'The filters hold for the backlog alone.',
    roots: ['sse.live'],
    patches: [
      {
        file: STREAM,
        find: 'if (!matches(event, this.#options.filter) || this.#write(event)) return',
        replace:
          'if ((!matches(event, this.#options.filter) && event.run_id === "") || this.#write(event)) return',
      },
    ],
  },
  {
    id: 'live-events-of-a-call-do-not-come',
    requirement: 'sse.filters',
    title: 'A stream of one call is told nothing that happens later.',
    patches: [
      {
        file: STREAM,
        find: "(event.kind !== 'timer' && event.object_id === call_id)",
        replace: "(event.kind !== 'timer' && event.event_id === call_id)",
      },
    ],
  },
  {
    id: 'stream-has-no-heartbeat',
    requirement: 'sse.heartbeat',
    title: 'A silent stream looks like a dead one.',
    patches: [
      {
        file: STREAMS,
        find: 'for (const stream of this.#open) stream.beat()',
        replace: 'for (const stream of this.#open) void stream',
      },
    ],
  },
  {
    id: 'heartbeat-is-not-claimed',
    requirement: 'sse.heartbeat',
    title: 'The discovery document does not say how long a stream may be silent.',
    roots: ['discovery.served', 'discovery.limits-generous'],
    patches: [
      { file: MAIN, find: 'wait_seconds, heartbeat_seconds },', replace: 'wait_seconds } as never,' },
    ],
  },
  {
    id: 'streams-outlive-their-key',
    requirement: 'sse.revoked-ends-streams',
    title: 'The streams of a revoked key go on.',
    patches: [
      { file: KEYS, find: 'streams.revoke(new Set([key.key_id]))', replace: 'void streams' },
      { file: MAIN, find: '  streams.revoke(revoked)\n', replace: '' },
    ],
  },

  {
    id: 'live-events-are-filtered-by-prefix',
    requirement: 'sse.filters',
    title: 'A live stream of a run gets the events of runs whose ids begin with its id.',
    patches: [{ file: STREAM, find: 'event.run_id === run_id', replace: 'event.run_id.startsWith(run_id)' }],
  },
  {
    id: 'events-over-8000-bytes-are-not-told-live',
    requirement: 'sse.live',
    title: 'Events over 8000 bytes never come in a live stream, as with NOTIFY of PostgreSQL.',
    patches: [
      {
        file: STREAM,
        find: '    this.#position = position\n    if (!matches',
        replace:
          '    this.#position = position\n    if (Buffer.byteLength(this.#options.render(event)) > 8000) return\n    if (!matches',
      },
    ],
  },
  {
    id: 'stream-shows-the-state-to-everybody',
    requirement: 'event.state-for-agents',
    title: 'The list of events hides the state of the agent, and the stream shows it to everybody.',
    patches: [
      {
        file: HTTP,
        find: 'const render = (event: EventText) => eventText(event, scopes)',
        replace: "const render = (event: EventText) => eventText(event, scopes && ['agent'])",
      },
    ],
  },
  {
    id: 'stream-skips-one-at-a-batch',
    requirement: 'sse.backlog',
    title: 'A stream whose backlog is longer than a hundred events leaves out the one after each hundred.',
    patches: [
      {
        file: STREAM,
        find: '      // Nobody was told anything since',
        replace: '      if (more) this.#position += 1\n      // Nobody was told anything since',
      },
    ],
  },
]
