import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Scope } from '@countersign/protocol'
import { expect } from 'vitest'
import { insertBearerKey } from '../src/bearer-key.ts'
import { startServer } from '../src/main.ts'
import { NO_DIRECTORIES } from '../src/routing/configuration.ts'
import type { Settings } from '../src/settings.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'

export const BODY_BYTES = 262_144

/** A real server on a free port, over a database file of its own, with one key for each scope. */
export interface TestServer {
  url: string
  port: number
  /** The file of the database. */
  db: string
  agent: Client
  responder: Client
  admin: Client
  /** Without a key. */
  nobody: Client
  /** A further key of this or, after `insertProject`, of another project. */
  insertKey(scopes: Scope[], wish?: { project_id?: string; responder_id?: string }): Promise<Client>
  insertProject(project_id: string): Promise<void>
  /** Sends these bytes and gives back everything that came until the connection was closed. */
  raw(request: string | Buffer): Promise<string>
  /** Ends the server and keeps its folder, for another one to begin with. */
  stop(): Promise<void>
  close(): Promise<void>
}

export async function startTestServer(
  settings: Partial<Settings> = {},
  folder = mkdtempSync(join(tmpdir(), 'countersign-')),
): Promise<TestServer> {
  const db = join(folder, 'countersign.db')
  const server = await startServer(
    {
      port: 0,
      host: '127.0.0.1',
      db,
      log_level: 'silent',
      body_bytes: BODY_BYTES,
      wait_seconds: 60,
      heartbeat_seconds: 15,
      humanlayer_pending_page: false,
      directories: NO_DIRECTORIES,
      webhook_allow: ['127.0.0.0/8', '::1/128'],
      ...settings,
    },
    { agent: 'agent-key', responder: 'responder-key', admin: 'admin-key' },
  )
  const { url } = server
  const port = Number(new URL(url).port)
  return {
    url,
    port,
    db,
    agent: new Client(url, 'agent-key'),
    responder: new Client(url, 'responder-key'),
    admin: new Client(url, 'admin-key'),
    nobody: new Client(url, undefined),
    async insertKey(scopes, { project_id = 'default', ...wish } = {}) {
      const store = openSqliteStore({ path: db })
      const { key, secret } = await insertBearerKey(store, { project_id, scopes, ...wish })
      await store.close()
      return new Client(url, secret, key.key_id)
    },
    async insertProject(project_id) {
      const store = openSqliteStore({ path: db })
      await store.insertProject({ project_id, name: project_id })
      await store.close()
    },
    raw: (request) => sendRaw(port, request),
    stop: () => server.close(),
    async close() {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** What a server said, with its body both as text and as JSON. */
export interface Answer {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came
  json: any
}

type Init = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> }

export class Client {
  readonly secret: string | undefined
  readonly key_id: string | undefined
  readonly #url: string

  constructor(url: string, secret: string | undefined, key_id?: string) {
    this.#url = url
    this.secret = secret
    this.key_id = key_id
  }

  get(path: string, init?: Init): Promise<Answer> {
    return this.send('GET', path, init)
  }

  /** Sends a value as JSON, or text and bytes as they are. */
  post(path: string, body?: unknown, init: Init = {}): Promise<Answer> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array || body === undefined
    const sent = isRaw ? (body as string | undefined) : JSON.stringify(body)
    return this.send('POST', path, {
      ...init,
      ...(sent !== undefined && { body: sent }),
      headers: { ...(sent !== undefined && { 'content-type': 'application/json' }), ...init.headers },
    })
  }

  async send(method: string, path: string, init: Init = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      ...init,
      method,
      headers: { ...(this.secret && { authorization: `Bearer ${this.secret}` }), ...init.headers },
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: parse(text) }
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function sendRaw(port: number, request: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let received = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => (received += String(chunk)))
    // A connection that is reset is closed as well; what came before counts.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
    socket.write(request)
  })
}

let count = 0

export function newId(prefix = 'call'): string {
  return `${prefix}_${++count}`
}

export function aFunctionCall(
  spec: object = {},
  call: object = {},
): { run_id: string; call_id: string; spec: object } {
  return {
    run_id: 'run_1',
    call_id: newId(),
    spec: { fn: 'refund_order', kwargs: { order_id: 4417 }, ...spec },
    ...call,
  }
}

export function aHumanContact(
  spec: object = {},
  call: object = {},
): { run_id: string; call_id: string; spec: object } {
  return { run_id: 'run_1', call_id: newId(), spec: { msg: 'Which address shall I use?', ...spec }, ...call }
}

/** Creates a function call and gives back its path. */
export async function ask({ agent }: { agent: Client }, spec: object = {}): Promise<string> {
  const call = aFunctionCall(spec)
  const answer = await agent.post('/v1/function_calls', call)
  expect(answer.status).toBe(201)
  return `/v1/function_calls/${call.call_id}`
}

/** Creates a human contact and gives back its path. */
export async function askPerson({ agent }: { agent: Client }, spec: object = {}): Promise<string> {
  const call = aHumanContact(spec)
  const answer = await agent.post('/v1/human_contacts', call)
  expect(answer.status).toBe(201)
  return `/v1/human_contacts/${call.call_id}`
}

/** A problem is complete, shows nothing of the inside, and names exactly these places. */
export function expectProblem(answer: Answer, status: number, code: string, pointers?: string[]): void {
  expect(answer.text).toContain(`"code":"${code}"`)
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(answer.json).toMatchObject({ type: `urn:countersign:problem:${code}`, status, code })
  expect(answer.json.title).toEqual(expect.any(String))
  expect(answer.text).not.toMatch(/node:internal|\.[jt]s:\d|node_modules|sqlite/i)
  if (pointers)
    expect((answer.json.errors as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual(pointers)
}
