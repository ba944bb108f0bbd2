import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { createServer, request as forward, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import type { Event } from '../src/schemas.ts'

// Over a real server process, with a counting proxy in between.

let folder: string
let server: { port: number; process: ChildProcess }
let proxy: CountingProxy
let responder: Countersign
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  server = await startServer()
  proxy = await CountingProxy.start(() => server.port)
  responder = new Countersign({ baseUrl: urlOf(server.port), apiKey: 'responder-key' })
})
afterEach(async () => {
  proxy.close()
  await kill()
})

const agent = (runId = 'run_1') => new Countersign({ baseUrl: proxy.url, apiKey: 'agent-key', runId })
const spec = { fn: 'refund_order', kwargs: { order_id: 12345678901234567890n } }
const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `call_${index}`)

describe('many waits of one client', () => {
  test('hang on one connection, and each is woken by its own answer', async () => {
    const client = agent()
    const ids = idsOf(200)
    const waits = ids.map((call_id) => client.fetchApproval({ call_id, spec }))
    await proxy.settled(1)
    expect(proxy.open()).toEqual(['/v1/events?after=latest&run_id=run_1&type=function_call.completed'])

    const asked = proxy.answered
    for (const [index, id] of ids.entries())
      await responder.functionCalls.respond(id, { approved: index % 2 === 0 })
    const calls = await Promise.all(waits)

    expect(calls.map(({ call_id }) => call_id)).toEqual(ids)
    expect(calls.map(({ status }) => status.approved)).toEqual(ids.map((_, index) => index % 2 === 0))
    expect(calls[0]!.spec.kwargs).toEqual(spec.kwargs)
    expect(proxy.answered - asked).toBeLessThanOrEqual(1)
    await proxy.settled(0)
  })

  test('go on over a server that is killed and comes back', async () => {
    const client = agent()
    const ids = idsOf(30)
    const waits = ids.map((call_id) => client.fetchApproval({ call_id, spec }))
    await proxy.settled(1)

    await kill()
    server = await startServer()
    responder = new Countersign({ baseUrl: urlOf(server.port), apiKey: 'responder-key' })
    // Some are answered before the stream is back, and some may be after.
    await Promise.all(ids.map((id) => responder.functionCalls.respond(id, { approved: true })))

    for (const { status } of await Promise.all(waits)) expect(status.state).toBe('approved')
  })

  test('of both kinds and of several runs share the stream', async () => {
    const client = agent()
    const ids = idsOf(8)
    await client.humanContacts.create({ run_id: 'elsewhere', call_id: 'far', spec: { msg: 'Where?' } })
    const approvals = ids.map((call_id) => client.fetchApproval({ call_id, spec }))
    await proxy.settled(1)
    const answers = ids.map((call_id) => client.fetchResponse({ call_id, spec: { msg: 'Ship it?' } }))
    const far = client.humanContacts.wait('far')
    await until(
      () => proxy.open().join() === `/v1/events?after=${/after=([^&]*)/.exec(proxy.open()[0] ?? '')?.[1]}`,
    )

    for (const id of ids) await responder.functionCalls.respond(id, { approved: true })
    for (const id of [...ids, 'far']) await responder.humanContacts.respond(id, { response: 'Yes.' })

    for (const { status } of await Promise.all(approvals)) expect(status.approved).toBe(true)
    for (const { status } of await Promise.all([...answers, far])) expect(status.response).toBe('Yes.')
  })

  test('lose nothing that is answered while they begin', async () => {
    const client = agent()
    const ids = idsOf(60)
    const waits = ids.map(async (call_id) => {
      await client.functionCalls.create({ call_id, spec })
      const [call] = await Promise.all([
        client.functionCalls.wait(call_id),
        responder.functionCalls.respond(call_id, { approved: true }),
      ])
      return call
    })

    for (const { status } of await Promise.all(waits)) expect(status.approved).toBe(true)
  })

  test('hold requests when the server has no stream, or refuses it', async () => {
    for (const [call, refuse] of [
      ['a', (path: string) => path.startsWith('/v1/events')],
      ['b', (path: string) => path.startsWith('/.well-known/')],
    ] as const) {
      proxy.refuse = refuse
      const ids = idsOf(6).map((id) => `${call}_${id}`)
      const client = agent()
      const waits = ids.map((call_id) => client.fetchApproval({ call_id, spec }))
      await proxy.settled(6)

      for (const id of ids) await responder.functionCalls.respond(id, { approved: true })

      for (const { status } of await Promise.all(waits)) expect(status.approved).toBe(true)
    }
  })

  test('hold requests again when the stream fails for good', async () => {
    const client = agent()
    const ids = idsOf(10)
    const waits = ids.map((call_id) => client.fetchApproval({ call_id, spec }))
    await proxy.settled(1)

    proxy.refuse = (path) => path.startsWith('/v1/events')
    proxy.sever()
    await proxy.settled(10)
    for (const id of ids) await responder.functionCalls.respond(id, { approved: true })

    for (const { status } of await Promise.all(waits)) expect(status.approved).toBe(true)
  })

  test('end with their signal and their time limit, and the last one closes the stream', async () => {
    const client = agent()
    const controller = new AbortController()
    const failed = idsOf(10).map((call_id, index) =>
      client.fetchApproval(
        { call_id, spec },
        index === 0 ? { timeoutMs: 3_000 } : { signal: controller.signal },
      ),
    )
    const settled = Promise.allSettled(failed)
    await proxy.settled(1)

    controller.abort('stop')
    const [first, ...others] = await settled

    expect(first).toMatchObject({ reason: { name: 'TimeoutError' } })
    for (const other of others) expect(other).toMatchObject({ reason: 'stop' })
    await proxy.settled(0)
  })
})

describe('events of a real server', () => {
  test('come once each and in order over a server that is killed and comes back', async () => {
    const client = agent()
    const seen: Event[] = []
    const reading = (async () => {
      for await (const event of client.events({ type: 'function_call.requested' }))
        if (seen.push(event) === 40) break
    })()
    const create = (call_id: string) => client.functionCalls.create({ call_id, spec })
    for (const id of idsOf(40).slice(0, 20)) await create(id)
    await until(() => seen.length === 20)

    await kill()
    server = await startServer()
    for (const id of idsOf(40).slice(20)) await create(id)
    await reading

    expect(seen.map(({ data }) => 'call_id' in data && data.call_id)).toEqual(idsOf(40))
    await proxy.settled(0)
  })

  test('end with event_gone when the server does not know the place', async () => {
    await expect(agent().events({ after: 'long-gone' }).next()).rejects.toMatchObject({ code: 'event_gone' })
  })
})

/** Passes requests on, and knows which are open. */
class CountingProxy {
  answered = 0
  refuse: (path: string) => boolean = () => false
  readonly #open = new Set<{ path: string }>()
  readonly #server: Server

  private constructor(portOf: () => number) {
    this.#server = createServer((request, response) => {
      const entry = { path: request.url! }
      this.#open.add(entry)
      response.on('close', () => {
        this.#open.delete(entry)
        this.answered++
      })
      if (this.refuse(entry.path)) return response.writeHead(404).end()
      const { method, headers, url: path } = request
      const onward = forward(
        { port: portOf(), host: '127.0.0.1', method, headers, path, agent: false },
        (answer) => {
          response.writeHead(answer.statusCode!, answer.headers)
          response.flushHeaders()
          answer.pipe(response)
          answer.on('error', () => response.destroy())
        },
      )
      onward.on('error', () => response.destroy())
      response.on('close', () => onward.destroy())
      return request.pipe(onward)
    })
  }

  static async start(portOf: () => number): Promise<CountingProxy> {
    const started = new CountingProxy(portOf)
    await once(started.#server.listen(0, '127.0.0.1'), 'listening')
    return started
  }

  get url(): string {
    return urlOf((this.#server.address() as AddressInfo).port)
  }

  open(): string[] {
    return [...this.#open].map(({ path }) => path)
  }

  /** Resolves when so many requests are open, and for a while none has come or gone. */
  async settled(open: number): Promise<void> {
    let since = performance.now()
    let answered = this.answered
    await until(() => {
      if (this.#open.size !== open || this.answered !== answered) since = performance.now()
      answered = this.answered
      return performance.now() - since > 300
    })
  }

  sever(): void {
    this.#server.closeAllConnections()
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

async function startServer(): Promise<{ port: number; process: ChildProcess }> {
  const main = join(import.meta.dirname, '../../cli/src/main.ts')
  const args = ['serve', '--port', '0', '--db', join(folder, 'countersign.db'), '--log-level', 'error']
  const child = spawn(process.execPath, ['--conditions=countersign-source', main, ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      COUNTERSIGN_AGENT_KEY: 'agent-key',
      COUNTERSIGN_RESPONDER_KEY: 'responder-key',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const port = /ready at \S+:(\d+)/.exec(line)?.[1]
    if (port) return { port: Number(port), process: child }
  }
  throw new Error('The server ended before it was ready.')
}

async function kill(): Promise<void> {
  server.process.kill('SIGKILL')
  if (server.process.exitCode === null && server.process.signalCode === null)
    await once(server.process, 'exit')
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`
}
