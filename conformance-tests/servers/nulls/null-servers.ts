import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A server that knows nothing of the protocol and answers every request in the same way. */
export interface NullServer {
  readonly id: string
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>
}

export const nullServers: readonly NullServer[] = [
  { id: 'empty-object', answer: (_, response) => sendJson(response, 200, '{}') },
  { id: 'empty-list', answer: (_, response) => sendJson(response, 200, '{"items":[],"next_cursor":null}') },
  { id: 'empty-body', answer: (_, response) => void response.writeHead(200).end() },
  { id: 'created', answer: (_, response) => sendJson(response, 201, '{}') },
  { id: 'not-found', answer: (_, response) => void response.writeHead(404).end() },
  { id: 'problem-not-found', answer: (_, response) => sendProblem(response, 404, 'not_found') },
  { id: 'problem-unauthenticated', answer: (_, response) => sendProblem(response, 401, 'unauthenticated') },
  { id: 'problem-invalid', answer: (_, response) => sendProblem(response, 422, 'invalid_request') },
  { id: 'problem-conflict', answer: (_, response) => sendProblem(response, 409, 'already_responded') },
  { id: 'fault', answer: (_, response) => void response.writeHead(500).end('Internal Server Error') },
  // A real one never answers; that it gives up after a while keeps the tests short and answers nothing either.
  { id: 'hang', answer: (request) => void setTimeout(() => request.socket.destroy(), 250) },
  { id: 'reset', answer: (request) => void request.socket.resetAndDestroy() },
  { id: 'echo', answer: echo },
]

/** What a null server claims where it has to claim something, because without it the suite does not even begin. */
const EVERYTHING = JSON.stringify({
  versions: ['draft'],
  profiles: [
    'core',
    'long-poll',
    'lists',
    'scopes',
    'durability',
    'events',
    'sse',
    'timers',
    'webhooks',
    'composites',
    'contacts',
    'routing',
    'policies',
    'humanlayer',
  ],
  features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],
  channel_kinds: ['inbox', 'named', 'any_of', 'all_of', 'quorum'],
  limits: {
    body_bytes: 1_048_576,
    json_depth: 64,
    wait_seconds: 1,
    page_size: 100,
    expires_in_seconds: 31_622_400,
    schema_bytes: 65_536,
    schema_depth: 16,
    heartbeat_seconds: 1,
    timer_seconds: 31_622_400,
    channel_depth: 4,
    channel_leaves: 32,
    run_depth: 100,
  },
})

const listed = (...allowed_responder_ids: string[]) => ({ inbox: { allowed_responder_ids } })

/** What it says of its project: that everything is configured, so that everything is judged. */
const project = {
  project_id: 'null',
  name: 'Null',
  people: [
    { id: 'ana', name: 'Ana', addresses: ['email:ana@example.com'] },
    { id: 'bo' },
    { id: 'cy', delegate: 'ana' },
    { id: 'dee', delegate: 'ana' },
  ],
  teams: [{ name: 'payments', people: ['ana', 'bo'] }],
  channels: [
    { name: 'payments', channel: listed('ana', 'bo') },
    { name: 'both', channel: { all_of: [listed('ana'), listed('bo')] } },
  ],
  default_channel: { inbox: {} },
  policies: [
    { name: 'small', fn: 'pay', kwargs: [{ pointer: '/amount', at_most: 50 }], effect: 'approve' },
    { name: 'abroad', fn: 'pay', kwargs: [{ pointer: '/to', equals: 'XX' }], effect: 'deny' },
    { name: 'rest', fn: 'pay', effect: 'ask', channel: listed('ana', 'bo', 'cy'), minimum_people: 2 },
  ],
}
/** The key of the second project, which takes answers of known people alone. */
const OTHER = 'Bearer d'

export interface StartedNullServer {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts a null server. With `claiming` it serves a discovery document that claims everything, and takes any key for the project. */
export async function startNullServer(
  { answer }: NullServer,
  { claiming }: { claiming: boolean },
): Promise<StartedNullServer> {
  const listener: RequestListener = (request, response) => {
    if (claiming && request.url === '/.well-known/countersign') return sendJson(response, 200, EVERYTHING)
    if (claiming && request.url === '/v1/project') {
      const responders = request.headers.authorization === OTHER ? 'known' : 'any'
      return sendJson(response, 200, JSON.stringify({ ...project, responders }))
    }
    void answer(request, response)
  }
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(body)
}

function sendProblem(response: ServerResponse, status: number, code: string): void {
  const body = { type: `urn:countersign:problem:${code}`, title: 'No', status, code, detail: 'No.' }
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(body))
}

/** Sends back what came, as whoever sent it called it. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await buffer(request).catch(() => Buffer.alloc(0))
  const type = request.headers['content-type'] ?? 'application/json'
  response.writeHead(200, { 'content-type': type }).end(body)
}
