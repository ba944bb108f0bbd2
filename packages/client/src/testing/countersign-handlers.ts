import {
  functionCallKind,
  humanContactKind,
  operations,
  type Discovery,
  type Limits,
} from '@countersign/protocol'
import type * as protocol from '@countersign/protocol'
import { http, type HttpHandler } from 'msw'
import type { FunctionCall, HumanContact } from '../schemas.ts'
import { callOperations, type HandledLimits } from './call-operations.ts'
import { serve, type Handler, type Route } from './exchange.ts'
import { AskedFunctionCall, type FunctionCallAnswer } from './function-calls.ts'
import { AskedHumanContact, type HumanContactAnswer } from './human-contacts.ts'
import { PlayedInbox, type Inbox } from './inbox.ts'
import { KeptCalls } from './kept-calls.ts'
import { DEFAULT_KEYS, Keys, type TestKey } from './keys.ts'
import { Pages } from './pages.ts'

/** What the handlers serve. Everything has a default. */
export interface CountersignHandlersOptions {
  /** Where the agent finds the server. Nothing listens there. Default: `http://countersign.test`. */
  baseUrl?: string | undefined
  /**
   * The keys that are taken; any other is 401. Default: `agent-key` with the scope `agent` and `responder-key` with
   * the scope `responder`.
   */
  keys?: readonly TestKey[] | undefined
  /** What the server takes for the time. Default: the clock of the process. */
  clock?: (() => Date) | undefined
  /** The optional features claimed. Default: `edit`, `forms` and `expiry`, which is all there are. */
  features?: readonly string[] | undefined
  /** The kinds of contact channel taken; nobody is contacted. Default: `inbox` and `any_of`. */
  channel_kinds?: readonly string[] | undefined
  /** Default: those of the reference server. */
  limits?: Partial<Limits> | undefined
}

/** A Countersign server in memory, for the tests of an agent, and the person who answers it, played by the test. */
export interface CountersignHandlers {
  /** For `setupServer` or `setupWorker` of msw. They answer everything under the base URL. */
  readonly handlers: HttpHandler[]
  /** For the `baseUrl` of the client. */
  readonly baseUrl: string
  /** The first key with the scope `agent`, for the `apiKey` of the client. */
  readonly apiKey: string
  /** May this function run? */
  readonly functionCalls: Inbox<FunctionCall, AskedFunctionCall, FunctionCallAnswer>
  /** What do you say? */
  readonly humanContacts: Inbox<HumanContact, AskedHumanContact, HumanContactAnswer>
  /** Moves the clock on, and ends the calls whose time is then up. */
  passSeconds(seconds: number): void
  /**
   * Forgets calls, policies and passed time, as a new server would. Requests that are held end with 404, and whoever
   * waits for `next` waits for ever: call it between tests.
   */
  reset(): void
}

/** Makes msw handlers that keep the profiles `core`, `long-poll` and `lists` of the protocol. No two share anything. */
export function countersignHandlers(options: CountersignHandlersOptions = {}): CountersignHandlers {
  const baseUrl = new URL(options.baseUrl ?? 'http://countersign.test').href.replace(/\/+$/, '')
  const clock = options.clock ?? (() => new Date())
  const limits = { ...LIMITS, ...options.limits }
  const discovery: Discovery = {
    versions: ['draft'],
    profiles: ['core', 'long-poll', 'lists'],
    features: [...(options.features ?? ['edit', 'forms', 'expiry'])],
    channel_kinds: [...(options.channel_kinds ?? ['inbox', 'any_of'])],
    limits,
  }
  let passedMs = 0
  const now = () => new Date(clock().getTime() + passedMs)

  const keys = new Keys(options.keys ?? DEFAULT_KEYS)
  const apiKey = keys.firstWith('agent')?.secret
  if (apiKey === undefined) throw new TypeError('`keys` needs one with the scope `agent`, or nobody can ask.')
  const pages = new Pages(limits.page_size)
  const functions = new KeptCalls(functionCallKind, now, discovery)
  const contacts = new KeptCalls(humanContactKind, now, discovery)
  const person = {
    json_depth: limits.json_depth,
    key_id: keys.firstWith('responder')?.principal.key_id ?? 'responder',
  }
  const functionCalls = new PlayedInbox<
    protocol.FunctionCall,
    protocol.FunctionCallResponse,
    FunctionCall,
    AskedFunctionCall,
    FunctionCallAnswer
  >({ ...person, calls: functions, hand: (call, respond) => new AskedFunctionCall(call, respond) })
  const humanContacts = new PlayedInbox<
    protocol.HumanContact,
    protocol.HumanContactResponse,
    HumanContact,
    AskedHumanContact,
    HumanContactAnswer
  >({ ...person, calls: contacts, hand: (contact, respond) => new AskedHumanContact(contact, respond) })

  const served = { pages, discovery, limits }
  const routes = routesOf({
    ...named('FunctionCall', callOperations({ ...served, calls: functions, person: functionCalls })),
    ...named('HumanContact', callOperations({ ...served, calls: contacts, person: humanContacts })),
    ...serverFacts(discovery, now()),
  })
  const handler = http.all(
    ({ request }) => pathUnder(baseUrl, request) !== undefined,
    ({ request }) =>
      serve(request, pathUnder(baseUrl, request)!, { routes, keys, body_bytes: limits.body_bytes }),
  )
  return {
    handlers: [handler],
    baseUrl,
    apiKey,
    functionCalls,
    humanContacts,
    passSeconds(seconds) {
      passedMs += seconds * 1000
      // To look at a call is enough for what is due to take effect.
      functions.all()
      contacts.all()
    },
    reset() {
      passedMs = 0
      functionCalls.forget()
      humanContacts.forget()
      pages.forget()
      functions.forget()
      contacts.forget()
    },
  }
}

const LIMITS: HandledLimits = {
  body_bytes: 2_097_152,
  json_depth: 64,
  wait_seconds: 60,
  page_size: 100,
  expires_in_seconds: 366 * 24 * 60 * 60,
  schema_bytes: 65_536,
  schema_depth: 16,
}

function named(kind: string, handlers: ReturnType<typeof callOperations>): Record<string, Handler> {
  const { list, ...others } = handlers
  return {
    [`list${kind}s`]: list,
    ...Object.fromEntries(Object.entries(others).map(([verb, handler]) => [verb + kind, handler])),
  }
}

const ok: Handler = () => ({ status: 200, body: { status: 'ok' } })

function serverFacts(discovery: Discovery, created_at: Date): Record<string, Handler> {
  return {
    getDiscovery: () => ({ status: 200, body: discovery }),
    getHealth: ok,
    getReadiness: ok,
    getVersion: () => ({ status: 200, body: { name: '@countersign/client/testing', version: 'draft' } }),
    getProject: ({ principal: { project_id } }) => ({
      status: 200,
      body: { project_id, name: project_id, created_at: created_at.toISOString() },
    }),
  }
}

/** What has no handler here is what the discovery document does not claim, and 404. */
function routesOf(handlers: Record<string, Handler>): Route[] {
  return operations.flatMap((operation) => {
    const handler = handlers[operation.operation_id]
    return handler ? [{ operation, handler }] : []
  })
}

/** The path of a request below the base URL, or undefined when it goes elsewhere. */
function pathUnder(baseUrl: string, { url }: Request): string | undefined {
  const { origin, pathname } = new URL(url)
  const address = origin + pathname
  return address.startsWith(`${baseUrl}/`) ? address.slice(baseUrl.length) : undefined
}
