import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from 'node:net'
import {
  aFunctionCall,
  aHumanContact,
  ask,
  askPerson,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

describe('a wait', () => {
  test('holds while the call is pending and wakes with the answer (wait.holds, wait.wakes)', async () => {
    const path = await ask(server)
    let isHeld = true
    const waiting = server.agent.get(`${path}?wait=30`).finally(() => (isHeld = false))
    for (let round = 0; round < 10; round++) await server.agent.get(path)
    expect(isHeld).toBe(true)

    const answered = await server.responder.post(`${path}/respond`, { approved: true })

    const waited = await waiting
    expect(waited.json).toEqual(answered.json)
    expect(waited.headers.get('preference-applied')).toBe('wait=30')
  })

  test('wakes everybody who waits, with the creator among them (wait.wakes)', async () => {
    const call = aHumanContact()
    const path = `/v1/human_contacts/${call.call_id}`
    const creating = server.agent.post('/v1/human_contacts?wait=30', call)
    await expect.poll(async () => (await server.agent.get(path)).status).toBe(200)
    const waiting = Array.from({ length: 50 }, (_, index) =>
      (index % 2 ? server.agent : server.responder).get(`${path}?wait=30`),
    )

    await server.responder.post(`${path}/respond`, { response: 'yes' })

    const waited = await Promise.all([creating, ...waiting])
    expect(waited[0].status).toBe(201)
    expect(waited.map(({ json }) => json.status.response)).toEqual(Array(51).fill('yes'))
  })

  test('misses no answer that comes while it begins (wait.nothing-lost)', async () => {
    const paths = await Promise.all(Array.from({ length: 100 }, () => ask(server)))

    const states = await Promise.all(
      paths.map(async (path) => {
        const [waited] = await Promise.all([
          server.agent.get(`${path}?wait=20`),
          server.responder.post(`${path}/respond`, { approved: true }),
        ])
        return waited.json.status.state
      }),
    )

    expect(new Set(states)).toEqual(new Set(['approved']))
  })

  test('wakes when the call is cancelled or expires (wait.wakes)', async () => {
    const cancelled = await ask(server)
    const expiring = await askPerson(server, { expires_in_seconds: 1 })

    const waiting = Promise.all([
      server.agent.get(`${cancelled}?wait=30`),
      server.agent.get(`${expiring}?wait=30`),
    ])
    await server.agent.post(`${cancelled}/cancel`)

    const states = (await waiting).map(({ json }) => json.status.state)
    expect(states).toEqual(['cancelled', 'expired'])
  })

  test('ends at once when the call is terminal (wait.terminal-at-once)', async () => {
    const path = await ask(server)
    const answered = await server.responder.post(`${path}/respond`, { approved: true })

    const waited = await server.agent.get(`${path}?wait=60`)

    expect(waited.json).toEqual(answered.json)
  })

  test('ends with the pending call when the time is over (wait.times-out-with-the-call)', async () => {
    const call = aFunctionCall()

    const created = await server.agent.post('/v1/function_calls?wait=1', call)
    const repeated = await server.agent.post('/v1/function_calls', call, { headers: { prefer: 'wait=1' } })

    expect(created.status).toBe(201)
    expect(repeated.status).toBe(200)
    expect(repeated.headers.get('preference-applied')).toBe('wait=1')
    expect([created.json.status.state, repeated.json.status.state]).toEqual(['pending', 'pending'])
  })

  test('of the query wins over the header (wait.query-wins, wait.preference-applied)', async () => {
    const path = await ask(server)

    const waited = await server.agent.get(`${path}?wait=0`, { headers: { prefer: 'wait=60' } })

    expect(waited.headers.get('preference-applied')).toBe('wait=0')
  })

  test('that is no whole number is refused, and nothing is created (wait.malformed)', async () => {
    for (const wait of ['-1', '1.5', '1e3', 'x', '', '%201', '%2B1', '0x1', 'Infinity', '%00']) {
      const call = aFunctionCall()

      const created = await server.agent.post(`/v1/function_calls?wait=${wait}`, call)

      expectProblem(created, 400, 'invalid_parameter', ['/wait'])
      expect(created.json.errors[0].in).toBe('query')
      expect((await server.agent.get(`/v1/function_calls/${call.call_id}`)).status).toBe(404)
    }
    expectProblem(await server.agent.get('/v1/function_calls/any?wait=1&wait=1'), 400, 'invalid_parameter', [
      '/wait',
    ])
  })

  test.each(['wait', 'wait=', 'wait=-1', 'wait=1.5', 'respond-async', ';;;,,,', '"', 'x'.repeat(5000)])(
    'of a header that cannot be read is ignored: %s (wait.prefer-malformed)',
    async (prefer) => {
      const path = await ask(server)

      const read = await server.agent.get(path, { headers: { prefer } })

      expect(read.status).toBe(200)
      expect(read.headers.get('preference-applied')).toBeNull()
    },
  )

  test('for a call that does not exist is 404 at once (http.unknown-id)', async () => {
    expectProblem(await server.agent.get('/v1/function_calls/nobody?wait=60'), 404, 'not_found')
  })

  test('whose client goes away leaves the server serving', async () => {
    const path = await ask(server)
    const clients = Array.from({ length: 20 }, () => {
      const socket = connect(server.port, '127.0.0.1')
      socket.write(`GET ${path}?wait=60 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\n\r\n`)
      return socket
    })
    await server.agent.get(path)

    for (const client of clients) client.resetAndDestroy()

    const answered = await server.responder.post(`${path}/respond`, { approved: true })
    expect(answered.status).toBe(200)
  })
})

describe('the longest wait', () => {
  test('cuts every longer one to it (wait.clamped)', async () => {
    const short = await startTestServer({ wait_seconds: 1 })
    const path = await ask(short)

    const waited = await Promise.all(
      ['2', '61', '9'.repeat(40)].flatMap((wait) => [
        short.agent.get(`${path}?wait=${wait}`),
        short.agent.get(path, { headers: { prefer: `wait=${wait}` } }),
      ]),
    )

    for (const { status, headers, json } of waited) {
      expect(status).toBe(200)
      expect(headers.get('preference-applied')).toBe('wait=1')
      expect(json.status.state).toBe('pending')
    }
    await short.close()
  })
})

describe('a server that ends', () => {
  test('answers what it holds with the pending call (wait.early)', async () => {
    const ending = await startTestServer()
    const path = await ask(ending)
    const waiting = Array.from({ length: 10 }, () => ending.agent.get(`${path}?wait=60`))
    await ending.agent.get(path)

    await ending.close()

    for (const waited of await Promise.all(waiting)) {
      expect(waited.status).toBe(200)
      expect(waited.json.status.state).toBe('pending')
    }
  })
})
