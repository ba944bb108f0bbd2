import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { Webhook as StandardWebhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  aFunctionCall,
  askPerson,
  Client,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

interface Received {
  headers: IncomingHttpHeaders
  body: string
  at: number
}

type Answer = (response: ServerResponse, index: number, request: IncomingMessage) => void

interface Receiver {
  url: string
  received: Received[]
  /** Waits until so many deliveries have come. */
  has(count: number, timeout?: number): Promise<Received[]>
}

const receivers: Server[] = []
afterAll(() => {
  for (const receiver of receivers) {
    receiver.close()
    receiver.closeAllConnections()
  }
})

const noContent: Answer = (response) => response.writeHead(204).end()

/** A real receiver on this machine. */
async function startReceiver(answer: Answer = noContent): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    response.on('error', () => undefined)
    void buffer(request).then((body) => {
      received.push({ headers: request.headers, body: body.toString(), at: Date.now() })
      answer(response, received.length - 1, request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  receivers.push(server)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    async has(count, timeout = 3_000) {
      await vi.waitUntil(() => received.length >= count, { timeout, interval: 10 })
      return received
    },
  }
}

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ body_bytes: 4_194_304 })
})
afterAll(() => server.close())

interface Project {
  id: string
  agent: { post: TestServer['agent']['post'] }
  admin: TestServer['admin']
  register: (wish: object) => Promise<{ path: string; secret: string }>
  ask: (spec?: object) => Promise<string>
  deliveries: (path: string) => Promise<Delivery[]>
}

interface Delivery {
  delivery_id: string
  state: string
  attempts: { status_code: number | null }[]
}

let projects = 0
/** A project of its own, so that no test gets the deliveries of another. */
async function newProject(on = server): Promise<Project> {
  const project_id = `webhooks-${++projects}`
  await on.insertProject(project_id)
  const agent = await on.insertKey(['agent', 'responder'], { project_id })
  const admin = await on.insertKey(['admin'], { project_id })
  return {
    id: project_id,
    agent,
    admin,
    async register(wish) {
      const { status, json } = await admin.post('/v1/webhook_endpoints', wish)
      expect(status).toBe(201)
      return { path: `/v1/webhook_endpoints/${json.webhook_endpoint_id}`, secret: json.secret }
    },
    async ask(spec = {}) {
      const call = aFunctionCall(spec)
      expect((await agent.post('/v1/function_calls', call)).status).toBe(201)
      return call.call_id
    },
    deliveries: async (path) => (await admin.get(`${path}/deliveries`)).json.items,
  }
}

describe.concurrent('the endpoints of webhooks', () => {
  test('are registered, listed, read and deleted, with the secret shown once', async () => {
    const { admin } = await newProject()
    const wish = { url: 'http://127.0.0.1:9/one', event_types: ['function_call.completed'] }

    const created = await admin.post('/v1/webhook_endpoints', wish)
    const second = await admin.post('/v1/webhook_endpoints', { url: 'http://127.0.0.1:9/two' })
    const path = `/v1/webhook_endpoints/${created.json.webhook_endpoint_id}`
    const list = await admin.get('/v1/webhook_endpoints')
    const one = await admin.get(path)
    const deleted = await admin.send('DELETE', path)
    const gone = [
      await admin.get(path),
      await admin.send('DELETE', path),
      await admin.post(`${path}/rotate_secret`),
      await admin.get(`${path}/deliveries`),
    ]

    expect(created.json).toMatchObject({ ...wish, state: 'enabled', payload_style: 'countersign' })
    expect(created.json.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const { secret: _, ...shown } = created.json
    expect(list.json.items.map(({ url }: { url: string }) => url)).toEqual([second.json.url, wish.url])
    expect([one.json, deleted.json]).toEqual([shown, shown])
    expect([list.text, one.text, deleted.text].join('')).not.toContain('whsec_')
    for (const answer of gone) expectProblem(answer, 404, 'not_found')
  })

  test('belong to their project, and to keys with the scope admin', async () => {
    const { agent, register } = await newProject()
    const { path } = await register({ url: 'http://127.0.0.1:9/' })
    const other = await newProject()

    expectProblem(await other.admin.get(path), 404, 'not_found')
    expect((await other.admin.get('/v1/webhook_endpoints')).json.items).toEqual([])
    expectProblem(await agent.post('/v1/webhook_endpoints', {}), 403, 'insufficient_scope')
  })

  test.each([
    'not a url',
    '/hook',
    'ftp://example.com/',
    'file:///etc/passwd',
    'http://user:password@example.com/',
    'http://user@example.com/',
    'http://10.0.0.1/',
    'http://192.168.1.1:8080/',
    'http://172.16.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http://[fd00::1]/',
    'http://[fe80::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::a00:1]/',
    'http://167772161/',
    'http://0x0a.1/',
  ])('are refused for %s', async (url) => {
    expectProblem(await server.admin.post('/v1/webhook_endpoints', { url }), 422, 'url_not_allowed', ['/url'])
  })

  test('are refused for this machine unless the operator allows it, by name too', async () => {
    const strict = await startTestServer({ webhook_allow: [] })
    const refused = await Promise.all(
      ['http://127.0.0.1/', 'http://localhost/', 'http://[::1]/', 'http://2130706433/'].map((url) =>
        strict.admin.post('/v1/webhook_endpoints', { url }),
      ),
    )
    await strict.close()

    for (const answer of refused) expectProblem(answer, 422, 'url_not_allowed', ['/url'])
  })
})

describe.concurrent('a delivery', () => {
  test('is the signed event, which two verifiers take, with state and unicode', async () => {
    const { register, ask, agent } = await newProject()
    const receiver = await startReceiver()
    const { secret } = await register({ url: receiver.url })
    const call_id = await ask({
      kwargs: { note: 'Grüße 🎉 \u2028', large: 12345678901234567890n.toString() },
      state: { at: 1 },
    })
    await agent.post(`/v1/function_calls/${call_id}/respond`, { approved: true })

    const received = await receiver.has(3)

    const types = received.map(({ body }) => (JSON.parse(body) as { type: string }).type)
    expect(types.toSorted()).toEqual([
      'function_call.completed',
      'function_call.requested',
      'function_call.responded',
    ])
    for (const { headers, body } of received) {
      const event = new StandardWebhook(secret).verify(body, headers as Record<string, string>)
      new SvixWebhook(secret).verify(body, headers as Record<string, string>)
      expect(event).toMatchObject({ data: { call_id, spec: { state: { at: 1 } } } })
      expect(headers['content-type']).toBe('application/json')
      expect(headers).not.toHaveProperty('svix-id')
    }
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
  })

  test('of a megabyte arrives whole', async () => {
    const { register, ask } = await newProject()
    const receiver = await startReceiver()
    const { secret } = await register({ url: receiver.url })
    await ask({ kwargs: { text: 'ß'.repeat(600_000) } })

    const [{ headers, body }] = (await receiver.has(1)) as [Received]

    expect(body.length).toBeGreaterThan(600_000)
    new StandardWebhook(secret).verify(body, headers as Record<string, string>)
  })

  test('is made for the types that the endpoint names, and for none after it is deleted', async () => {
    const { register, ask, agent, admin } = await newProject()
    const receiver = await startReceiver()
    const { path } = await register({ url: receiver.url, event_types: ['function_call.responded'] })
    const call_id = await ask()
    await agent.post(`/v1/function_calls/${call_id}/respond`, { approved: true })
    await receiver.has(1)
    await admin.send('DELETE', path)
    const witness = await startReceiver()
    await register({ url: witness.url })

    await ask()
    await witness.has(1)

    expect(receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      'function_call.responded',
    ])
  })

  test('is what HumanLayer sent, for endpoints that want that', async () => {
    const { register, ask, agent } = await newProject()
    const [raw, wrapped] = [await startReceiver(), await startReceiver()]
    const one = await register({ url: raw.url, payload_style: 'humanlayer-v1' })
    const other = await register({ url: wrapped.url, payload_style: 'humanlayer-v1beta2' })
    const call_id = await ask({ state: { at: 1 } })
    await agent.post(`/v1/function_calls/${call_id}/respond`, { approved: false, comment: 'No.' })
    await askPerson({ agent: agent as TestServer['agent'] })

    const [first] = (await raw.has(1)) as [Received]
    const [second] = (await wrapped.has(1)) as [Received]

    const { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature } = first.headers
    const svix = { 'svix-id': id, 'svix-timestamp': timestamp, 'svix-signature': signature } as Record<
      string,
      string
    >
    const object = new SvixWebhook(one.secret).verify(first.body, svix)
    expect(object).toMatchObject({
      call_id,
      spec: { fn: 'refund_order', state: { at: 1 } },
      status: { approved: false, comment: 'No.' },
    })
    expect(
      new SvixWebhook(other.secret).verify(second.body, second.headers as Record<string, string>),
    ).toEqual({
      is_test: false,
      type: 'function_call.completed',
      event: object,
    })
    expect([raw.received, wrapped.received].map(({ length }) => length)).toEqual([1, 1])
  })

  test.each<[string, Answer]>([
    ['500', (response) => response.writeHead(500).end()],
    ['a reset', (response) => response.destroy()],
    ['a redirect', (response) => response.writeHead(307, { location: '/elsewhere' }).end()],
    ['404', (response) => response.writeHead(404).end()],
  ])(
    'is sent again in the same words after %s',
    async (_, fail) => {
      const { register, ask, deliveries } = await newProject()
      const receiver = await startReceiver((response, index, request) =>
        index === 0 ? fail(response, index, request) : noContent(response, index, request),
      )
      const { path, secret } = await register({ url: receiver.url })
      await ask()

      const [first, second] = (await receiver.has(2, 10_000)) as [Received, Received]

      expect([second.body, second.headers['webhook-id']]).toEqual([first.body, first.headers['webhook-id']])
      expect(second.at - first.at).toBeGreaterThan(3_500)
      new StandardWebhook(secret).verify(second.body, second.headers as Record<string, string>)
      await vi.waitUntil(async () => (await deliveries(path))[0]!.state === 'delivered')
      expect((await deliveries(path))[0]!.attempts).toHaveLength(2)
    },
    20_000,
  )

  test('does not follow a redirect to a private address', async () => {
    const { register, ask, deliveries } = await newProject()
    const secret = await startReceiver()
    const receiver = await startReceiver((response) =>
      response.writeHead(302, { location: secret.url }).end(),
    )
    const { path } = await register({ url: receiver.url })
    await ask()
    await receiver.has(1)

    await vi.waitUntil(async () => (await deliveries(path))[0]!.attempts.length > 0)

    expect(secret.received).toEqual([])
    expect((await deliveries(path))[0]).toMatchObject({ state: 'pending', attempts: [{ status_code: 302 }] })
  })

  test('has arrived with its status, however long the answer goes on', async () => {
    const { register, ask, deliveries } = await newProject()
    let written = 0
    let closed = false
    const receiver = await startReceiver((response) => {
      response.writeHead(200)
      response.on('close', () => (closed = true))
      const chunk = Buffer.alloc(65_536)
      const pour = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length
        if (!response.destroyed) response.once('drain', pour)
      }
      pour()
    })
    const { path } = await register({ url: receiver.url })
    await ask()

    await receiver.has(1)
    await vi.waitUntil(() => closed, { timeout: 5_000 })

    await vi.waitUntil(async () => (await deliveries(path))[0]!.state === 'delivered')
    expect(written).toBeLessThan(50_000_000)
  })

  test('disables the endpoint that says 410, and can be asked for again', async () => {
    const { register, ask, deliveries, admin } = await newProject()
    const receiver = await startReceiver((response, index) =>
      response.writeHead(index === 0 ? 410 : 200).end(),
    )
    const { path } = await register({ url: receiver.url })
    await ask()
    await vi.waitUntil(async () => (await admin.get(path)).json.state === 'disabled')
    await ask()

    const [delivery, ...others] = await deliveries(path)
    expect([delivery!.state, others]).toEqual(['failed', []])
    expect(receiver.received).toHaveLength(1)

    const again = await admin.post(`${path}/deliveries/${delivery!.delivery_id}/redeliver`)
    const [first, second] = (await receiver.has(2)) as [Received, Received]
    expect(again.status).toBe(200)
    expect([second.body, second.headers['webhook-id']]).toEqual([first.body, first.headers['webhook-id']])
    expectProblem(await admin.post(`${path}/deliveries/unknown/redeliver`), 404, 'not_found')
  })

  test('waits as long as Retry-After asks for', async () => {
    const { register, ask, admin } = await newProject()
    const receiver = await startReceiver((response) =>
      response.writeHead(429, { 'retry-after': '600' }).end(),
    )
    const { path } = await register({ url: receiver.url })
    await ask()
    await receiver.has(1)

    const next = () => admin.get(`${path}/deliveries`).then(({ json }) => json.items[0])
    await vi.waitUntil(async () => (await next()).attempts.length > 0)

    const waits = Date.parse((await next()).next_attempt_at) - Date.now()
    expect(waits).toBeGreaterThan(590_000)
    expect(waits).toBeLessThan(601_000)
  })

  test('to a slow endpoint delays no other, and no more than a few are in flight', async () => {
    const { register, ask } = await newProject()
    const slow = await startReceiver(() => undefined)
    const good = await startReceiver()
    await register({ url: slow.url })
    await register({ url: good.url })

    await Promise.all(Array.from({ length: 20 }, () => ask()))
    await good.has(20)

    expect(slow.received.length).toBeLessThanOrEqual(4)
  })

  test('is signed with both secrets for a day after a rotation', async () => {
    const { register, ask, admin } = await newProject()
    const receiver = await startReceiver()
    const { path, secret: old } = await register({ url: receiver.url })
    const rotated = await admin.post(`${path}/rotate_secret`)
    await ask()

    const [{ headers, body }] = (await receiver.has(1)) as [Received]

    expect(rotated.status).toBe(200)
    expect(rotated.json.secret).not.toBe(old)
    const signatures = (headers['webhook-signature'] as string).split(' ')
    expect(signatures).toEqual([rotated.json.secret, old].map((secret) => signatureOf(secret, headers, body)))
    for (const secret of [rotated.json.secret, old])
      new StandardWebhook(secret).verify(body, headers as Record<string, string>)
  })

  test.each(['127.0.0.1', 'localhost'])(
    'to %s is not sent once the operator allows that no longer',
    async (host) => {
      const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
      const first = await startTestServer({}, folder)
      const project = await newProject(first)
      const receiver = await startReceiver()
      const { path } = await project.register({ url: receiver.url.replace('127.0.0.1', host) })
      await first.stop()
      const second = await startTestServer({ webhook_allow: [] }, folder)
      const admin = new Client(second.url, project.admin.secret)

      const agent = await second.insertKey(['agent'], { project_id: project.id })
      await agent.post('/v1/function_calls', aFunctionCall())
      await vi.waitUntil(
        async () => (await admin.get(`${path}/deliveries`)).json.items[0]?.attempts.length > 0,
        { timeout: 5_000 },
      )

      const { items } = (await admin.get(`${path}/deliveries`)).json
      expect(items[0]).toMatchObject({ state: 'pending', attempts: [{ status_code: null }] })
      expect(receiver.received).toEqual([])
      await second.close()
    },
  )

  test('that was on its way when the server ended is sent after the next start', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    const first = await startTestServer({}, folder)
    const { register, ask } = await newProject(first)
    const receiver = await startReceiver((response, index, request) => {
      if (index > 0) noContent(response, index, request)
    })
    await register({ url: receiver.url })
    await ask()
    await receiver.has(1)
    await first.stop()

    const second = await startTestServer({}, folder)
    const received = await receiver.has(2)

    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    await second.close()
  }, 20_000)
})

function signatureOf(secret: string, headers: IncomingHttpHeaders, body: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const signed = `${headers['webhook-id'] as string}.${headers['webhook-timestamp'] as string}.${body}`
  return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
}
