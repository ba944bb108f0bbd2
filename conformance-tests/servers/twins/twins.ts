import { NO_DIRECTORIES } from '@countersign/server'
import { startReference, type JudgedServer, type ReferenceOptions } from '../judged-server.ts'
import type { Patch } from '../mutation.ts'
import { mapNode, parseNode, textNode, writeNode, type Member, type Node } from './json-text.ts'
import { startProxy, type Answer, type Asked, type Rewriting } from './proxy.ts'

/** The reference server as a stranger could have written it: odd in one way, and legal. The suite has to find nothing. */
export interface Twin {
  readonly id: string
  /** What is odd about it, as a sentence. */
  readonly title: string
  readonly options?: ReferenceOptions
  readonly rewriting?: Rewriting
  /** Where it lies on its host. */
  readonly path?: string
  /** The keys that the suite is given; those of the reference server unless told. */
  readonly keys?: (behind: JudgedServer) => Promise<Readonly<Record<string, string>>>
}

export const twins: readonly Twin[] = [
  {
    id: 'shuffled',
    title: 'Members of answers stand in another order, with white space and escapes that JSON allows.',
    rewriting: {
      answer: onJson((node) => mapNode(node, shuffleMembers), { separator: '\n ', escapes: true }),
    },
  },
  {
    id: 'extended',
    title: 'Every object that is open has members, and every answer headers, that no client knows.',
    rewriting: {
      answer(answer, asked) {
        const extended = onJson((node) => mapNode(node, (inner, path) => extend(inner, path, asked)))(answer)
        return { ...extended, headers: [...extended.headers, ['X-Future', 'yes'], ['Vary', 'Accept']] }
      },
    },
  },
  {
    id: 'short-pages',
    title: 'Pages end after one to three items, whatever the limit.',
    rewriting: { request: shortenPages },
  },
  {
    id: 'slow',
    title: 'Requests and answers are on their way for up to 300 milliseconds.',
    rewriting: {
      delays() {
        const all = Math.random() * 300
        const before = Math.random() * all
        return [before, all - before]
      },
    },
  },
  {
    id: 'busy',
    title: 'Every fortieth request is told to come back in a second, and its connection closed.',
    rewriting: { request: sendSomeAway(40), closes: true },
  },
  {
    id: 'dialect',
    title:
      'Headers are spelled otherwise, locations absolute, bodies chunked, and every answer ends its connection.',
    rewriting: {
      closes: true,
      answer: ({ headers, ...answer }, { origin }) => ({
        ...answer,
        headers: headers.map(([name, value]) => respell(name, value, origin)),
      }),
    },
  },
  {
    id: 'mounted',
    title: 'The server lies below a path of its host.',
    path: '/agents/countersign',
    rewriting: {
      request: ({ path }) =>
        path.startsWith('/agents/countersign/')
          ? { path: path.slice('/agents/countersign'.length) }
          : { answer: notFound() },
      answer: ({ headers, ...answer }) => ({
        ...answer,
        headers: headers.map(([name, value]) => [
          name,
          /^location$/i.test(name) ? `/agents/countersign${value}` : value,
        ]),
      }),
    },
  },
  {
    id: 'http-1.0',
    title: 'Answers are those of HTTP/1.0.',
    rewriting: { oldHttp: true },
  },
  {
    id: 'clockmaker',
    title: 'Instants have no fraction, or one to nine digits of it.',
    rewriting: { answer: onJson((node) => mapNode(node, respellInstant)) },
  },
  {
    id: 'terse',
    title: 'Errors have other words and types, and no places where none are demanded.',
    rewriting: { answer: onJson((node, answer) => (answer.status < 400 ? node : mapNode(node, reword))) },
  },
  {
    id: 'core-only',
    title: 'Only the core is claimed, nothing else is there, and one key does everything.',
    options: {
      settings: { directories: NO_DIRECTORIES },
      patches: [
        {
          file: 'reference-server/src/capabilities.ts',
          find: 'profiles: [\n',
          replace: "profiles: ['core'] ?? [\n",
        },
        {
          file: 'reference-server/src/capabilities.ts',
          find: "features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],",
          replace: 'features: [],',
        },
        {
          file: 'reference-server/src/capabilities.ts',
          find: "channel_kinds: ['inbox', 'console', 'named', 'any_of', 'all_of', 'quorum'],",
          replace: "channel_kinds: ['inbox'],",
        },
      ],
    },
    rewriting: { request: refuseAllButCore, answer: onJson(forgetLimits) },
    keys: async (behind) => ({ token: await makeKey(behind, { scopes: ['agent', 'responder', 'admin'] }) }),
  },
  {
    id: 'without-scopes',
    title: 'Profiles and features are claimed in part, and keys have no scopes to tell apart.',
    options: {
      settings: { directories: NO_DIRECTORIES },
      patches: [
        {
          file: 'reference-server/src/capabilities.ts',
          find: 'profiles: [\n',
          replace: "profiles: ['core', 'long-poll', 'lists', 'org.example.future'] ?? [\n",
        },
        {
          file: 'reference-server/src/capabilities.ts',
          find: "features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],",
          replace: "features: ['forms'],",
        },
      ],
    },
    rewriting: {
      request: ({ path }) =>
        /^\/(v1\/(keys|events|timers|runs|webhook_endpoints)|humanlayer\/)/.test(path)
          ? { answer: notFound() }
          : {},
    },
    keys: async (behind) => ({ token: await makeKey(behind, { scopes: ['agent', 'responder'] }) }),
  },
  {
    id: 'unconfigured',
    title: 'The operator has configured nobody and nothing.',
    options: { settings: { directories: NO_DIRECTORIES } },
  },
  {
    id: 'small-limits',
    title: 'The limits are the smallest that may be claimed.',
    options: {
      settings: { body_bytes: 65_536, wait_seconds: 1 },
      patches: [
        // The HumanLayer profile promises larger bodies.
        {
          file: 'reference-server/src/capabilities.ts',
          find: "    'humanlayer',\n",
          replace: '',
        },
        ...smallerLimits({
          'json_depth: 64,': 'json_depth: 16,',
          'page_size: 100,': 'page_size: 1,',
          'schema_bytes: 65_536,': 'schema_bytes: 2_048,',
          'schema_depth: 16,': 'schema_depth: 6,',
          'expires_in_seconds: 366 * 24 * 60 * 60,': 'expires_in_seconds: 3_600,',
          'timer_seconds: 366 * 24 * 60 * 60,': 'timer_seconds: 3_600,',
        }),
        { file: 'protocol/src/transitions/run.ts', find: 'MOST_DEPTH = 100', replace: 'MOST_DEPTH = 4' },
      ],
    },
    rewriting: {
      request: ({ path }) => (path.startsWith('/humanlayer/') ? { answer: notFound() } : {}),
    },
  },
  {
    id: 'one-person',
    title: 'One key asks and answers, and it is bound to a person.',
    keys: async (behind) => ({
      token: await makeKey(behind, { scopes: ['agent', 'responder'], responder_id: 'alice' }),
    }),
  },
]

/** Starts a twin: the reference server, and what stands in front of it. */
export async function startTwin({ options, rewriting = {}, path = '', keys }: Twin): Promise<JudgedServer> {
  const behind = await startReference(options)
  const given = keys ? await keys(behind) : behind.keys
  const proxy = await startProxy(behind.url, rewriting)
  return {
    ...behind,
    url: proxy.url + path,
    keys: given,
    async close() {
      await proxy.close()
      await behind.close()
    },
  }
}

function smallerLimits(limits: Readonly<Record<string, string>>): Patch[] {
  return Object.entries(limits).map(([find, replace]) => ({
    file: 'reference-server/src/capabilities.ts',
    find,
    replace,
  }))
}

/** Answers each `nth` request with 429, before it reaches the server behind. */
function sendSomeAway(nth: number): () => { answer?: Answer } {
  let requests = 0
  return () => {
    requests += 1
    if (requests % nth !== 0) return {}
    return {
      answer: {
        status: 429,
        headers: [
          ['Content-Type', 'application/problem+json'],
          ['Retry-After', '1'],
        ],
        body: JSON.stringify({ title: 'Too many requests', status: 429 }),
      },
    }
  }
}

async function makeKey({ url, keys }: JudgedServer, wish: object): Promise<string> {
  const response = await fetch(`${url}/v1/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${keys['admin']}`, 'content-type': 'application/json' },
    body: JSON.stringify(wish),
  })
  return ((await response.json()) as { secret: string }).secret
}

/** Rewrites answers that are JSON and leaves the others alone. */
function onJson(
  change: (node: Node, answer: Answer, asked: Asked) => Node,
  { separator = '', escapes = false }: { separator?: string; escapes?: boolean } = {},
): (answer: Answer, asked?: Asked) => Answer {
  return (answer, asked = { method: 'GET', path: '/', origin: '' }) => {
    const type = answer.headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? ''
    if (!type.includes('json') || answer.body === '') return answer
    const text = writeNode(change(parseNode(answer.body), answer, asked), separator)
    return { ...answer, body: escapes ? text.replaceAll(/[\u0080-\uffff]/g, escapeUnit) : text }
  }
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

function shuffleMembers(node: Node): Node {
  if (node.kind !== 'object') return node
  const keyed = node.members.map((member) => ({ member, key: Math.random() }))
  return { ...node, members: keyed.toSorted((one, other) => one.key - other.key).map(({ member }) => member) }
}

const CLOSED = ['channel', 'default_channel', 'channels', 'additional_recipients', 'teams', 'policies']

/** Channels, teams and policies are closed, members of a spec are as they were sent, and HumanLayer clients tolerate something new in a status alone. */
function extend(node: Node, path: readonly string[], { path: asked }: Asked): Node {
  if (node.kind !== 'object') return node
  if (path.some((name) => CLOSED.includes(name))) return node
  if (path.includes('spec') && path.at(-1) !== 'spec') return node
  if (asked.startsWith('/humanlayer/') && !path.includes('status')) return node
  const future: Member = {
    name: 'x_future',
    value: parseNode('{"nested":[1,{"deep":null}],"text":"\\u0041"}'),
  }
  return { ...node, members: [future, ...node.members, { name: 'x_null', value: textNode(null) }] }
}

const LISTS = /^\/v1\/(function_calls|human_contacts|keys|events|runs)(\?|$)/

function shortenPages({ method, path }: Asked): { path?: string } {
  const [route = '', query = ''] = path.split('?')
  const asked = new URLSearchParams(query).getAll('limit')
  // What cannot be understood is for the server behind to refuse.
  if (method !== 'GET' || !LISTS.test(path) || asked.length > 1 || !/^\d*$/.test(asked[0] ?? '')) return {}
  if (asked[0] !== undefined && Number(asked[0]) < 1) return {}
  const limit = Math.min(Number(asked[0] ?? 50), 1 + Math.floor(Math.random() * 3))
  const rest = query.split('&').filter((pair) => pair !== '' && !pair.startsWith('limit='))
  return { path: `${route}?${[...rest, `limit=${limit}`].join('&')}` }
}

function respell(name: string, value: string, origin: string): [string, string] {
  const spelled = name.toLowerCase().replaceAll(/(^|-)[a-z]/g, (letters) => letters.toUpperCase())
  const shouted = spelled.startsWith('X-') ? spelled : spelled.toUpperCase()
  if (/^content-type$/i.test(name)) return [shouted, `${value}; charset=utf-8`]
  if (/^location$/i.test(name)) return [shouted, origin + value]
  return [shouted, value]
}

/** The same instant in another spelling, which differs from member to member. What a client sent is returned as it was sent. */
function respellInstant(node: Node, path: readonly string[]): Node {
  const name = path.at(-1) ?? ''
  if (node.kind !== 'text' || !name.endsWith('_at') || path.includes('spec')) return node
  const [, seconds, digits] = /^"(.*:\d\d)\.(\d+)Z"$/.exec(node.text) ?? []
  if (seconds === undefined || digits === undefined) return node
  const short = digits.replace(/0+$/, '')
  const fraction = { requested_at: digits.padEnd(6, '0'), completed_at: digits.padEnd(9, '0') }[name] ?? short
  return { kind: 'text', text: `"${seconds}${fraction === '' ? '' : `.${fraction}`}Z"` }
}

const WITH_PLACES = [
  'malformed_body',
  'invalid_request',
  'unsupported_feature',
  'unknown_option',
  'edit_not_allowed',
  'schema_mismatch',
  'url_not_allowed',
]

/** An error in other words. `detail` of the HumanLayer profile may be a list, which stays one. */
function reword(node: Node, path: readonly string[]): Node {
  if (path.includes('winning_status')) return node
  if (path.at(-1) === 'detail' && node.kind === 'text') return textNode('Nein.')
  if (path.at(-1) === 'title') return textNode('Fehler')
  if (path.at(-1) === 'type' && path.length === 1) return textNode('https://errors.example/general')
  if (node.kind !== 'object' || path.length > 0) return node
  const code = node.members.find(({ name }) => name === 'code')?.value
  const hasPlaces = code?.kind === 'text' && WITH_PLACES.includes(code.text.slice(1, -1))
  return {
    ...node,
    members: node.members.filter(({ name }) => name !== 'error' && (name !== 'errors' || hasPlaces)),
  }
}

function refuseAllButCore(
  { method, path }: Asked,
  headers: readonly (readonly [string, string])[],
): ReturnType<NonNullable<Rewriting['request']>> {
  const [route = '', query = ''] = path.split('?')
  const isList = ['GET', 'HEAD'].includes(method) && /^\/v1\/(function_calls|human_contacts)$/.test(route)
  const isFurther = /^\/(v1\/(keys|events|timers|runs|webhook_endpoints)|humanlayer\/)/.test(route)
  if (isList || isFurther) return { answer: notFound() }
  // It never holds a request.
  const rest = query.split('&').filter((pair) => !pair.startsWith('wait='))
  return {
    path: rest.join('&') === '' ? route : `${route}?${rest.join('&')}`,
    headers: headers.filter(([name]) => name.toLowerCase() !== 'prefer'),
  }
}

/** A server of the core has few things that need a limit. */
function forgetLimits(node: Node, _answer: Answer, { path }: Asked): Node {
  if (path !== '/.well-known/countersign') return node
  return mapNode(node, (inner, names) =>
    inner.kind === 'object' && names.at(-1) === 'limits'
      ? { ...inner, members: inner.members.filter(({ name }) => ['body_bytes', 'json_depth'].includes(name)) }
      : inner,
  )
}

function notFound(): Answer {
  return {
    status: 404,
    headers: [
      ['Content-Type', 'application/problem+json'],
      ['Cache-Control', 'no-store'],
    ],
    body: JSON.stringify({
      type: 'about:blank',
      title: 'Not here',
      status: 404,
      code: 'not_found',
      detail: 'There is no such path.',
    }),
  }
}
