import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fetch } from '../src/connection.ts'
import { Countersign } from '../src/countersign.ts'
import { ApiError, ConnectionError, ProtocolError, TimeoutError } from '../src/errors.ts'
import { aFunctionCall, fakeFetch, json, networkDown, problem, silence, type Seen } from './fake-server.ts'

const approved = () => json(aFunctionCall({ state: 'approved', approved: true }))
const pending = () => json(aFunctionCall())
const call = { run_id: 'run_1', call_id: 'call_1', spec: { fn: 'refund_order', kwargs: {} } }

const clientOver = (fetch: Fetch, reconnectForMs?: number) =>
  new Countersign({ baseUrl: 'http://server.example', apiKey: 'sk_1', runId: 'run_1', fetch, reconnectForMs })

describe('a wait', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('creates once, then holds requests until the call is terminal', async () => {
    const { fetch, requests } = fakeFetch(held, held, approved)

    const asked = clientOver(fetch).fetchApproval(call)
    await vi.advanceTimersByTimeAsync(50_000)

    expect((await asked).status.approved).toBe(true)
    expect(requests.map(({ method, query }) => `${method} ${query}`)).toEqual([
      'POST wait=25',
      'GET wait=25',
      'GET wait=25',
    ])
  })

  test('creates again under the same id until the server has answered', async () => {
    const { fetch, requests } = fakeFetch(networkDown, () => problem('internal_error', 500), approved)

    const asked = clientOver(fetch).fetchApproval({ spec: call.spec })
    const failed = expect(asked).rejects.toThrow(ProtocolError)
    await vi.advanceTimersByTimeAsync(10_000)

    // The fake server answers with its own call id, which is not the one that was asked.
    await failed
    expect(requests.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
    expect(new Set(requests.map(({ text }) => text)).size).toBe(1)
  })

  test('returns every terminal state as a result', async () => {
    for (const state of ['denied', 'expired', 'cancelled', 'unheard_of']) {
      const { fetch } = fakeFetch(() => json(aFunctionCall({ state, approved: false })))

      expect((await clientOver(fetch).functionCalls.wait('call_1')).status.state).toBe(state)
    }
  })

  test.each([408, 429, 500, 502, 503, 504])('survives %d', async (status) => {
    const { fetch } = fakeFetch(() => problem('busy', status), approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(200)

    expect((await waited).status.approved).toBe(true)
  })

  test.each([400, 401, 403, 404, 409, 422])('fails at once on %d', async (status) => {
    const { fetch, requests } = fakeFetch(() => problem('refused', status))

    await expect(clientOver(fetch).functionCalls.wait('call_1')).rejects.toThrow(ApiError)
    expect(requests).toHaveLength(1)
  })

  test('pauses longer after each failure, from about 100 ms to about 5 s', async () => {
    const times: number[] = []
    const { fetch } = fakeFetch(() => {
      times.push(performance.now())
      return networkDown()
    })

    clientOver(fetch)
      .functionCalls.wait('call_1')
      .catch(() => {})
    await vi.advanceTimersByTimeAsync(60_000)

    const pauses = times.slice(1).map((time, index) => time - times[index]!)
    expect(pauses[0]).toBeGreaterThanOrEqual(70)
    expect(pauses[0]).toBeLessThanOrEqual(130)
    expect(pauses[4]).toBeGreaterThanOrEqual(1_190)
    expect(Math.min(...pauses.slice(7))).toBeGreaterThanOrEqual(3_700)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(6_300)
  })

  test('honours Retry-After', async () => {
    const { fetch, requests } = fakeFetch(() => problem('busy', 429, { 'Retry-After': '30' }), approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(29_000)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(1_500)

    expect((await waited).status.approved).toBe(true)
  })

  test('honours a Retry-After that is a date', async () => {
    const date = new Date(Date.now() + 20_000).toUTCString()
    const { fetch, requests } = fakeFetch(() => problem('busy', 503, { 'Retry-After': date }), approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(18_000)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(3_000)

    expect((await waited).status.approved).toBe(true)
  })

  test('gives up when the server was silent for `reconnectForMs`, ten minutes by default', async () => {
    const { fetch } = fakeFetch(networkDown)
    let error: unknown
    clientOver(fetch)
      .functionCalls.wait('call_1')
      .catch((caught: unknown) => (error = caught))

    await vi.advanceTimersByTimeAsync(590_000)
    expect(error).toBeUndefined()
    await vi.advanceTimersByTimeAsync(15_000)

    expect(error).toBeInstanceOf(ConnectionError)
  })

  test('counts the silence anew after any answer, be it an error', async () => {
    const answers = Array.from({ length: 40 }, (_, index) =>
      index % 4 === 3 ? () => problem('busy', 503) : networkDown,
    )
    const { fetch, requests } = fakeFetch(...answers, approved)

    const waited = clientOver(fetch, 20_000).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(400_000)

    expect((await waited).status.approved).toBe(true)
    expect(requests).toHaveLength(41)
  })

  test('does not count the time for which a request was held as silence', async () => {
    const { fetch } = fakeFetch(heldAndLost, heldAndLost, approved)

    const waited = clientOver(fetch, 30_000).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(60_000)

    expect((await waited).status.approved).toBe(true)
  })

  test('never gives up when told so', async () => {
    const { fetch, requests } = fakeFetch(networkDown)
    let settled = false
    const controller = new AbortController()
    const waited = clientOver(fetch, Infinity)
      .functionCalls.wait('call_1', { signal: controller.signal })
      .catch((reason: unknown) => {
        settled = true
        return reason
      })

    await vi.advanceTimersByTimeAsync(3_600_000)

    expect(settled).toBe(false)
    expect(requests.length).toBeGreaterThan(500)
    controller.abort('enough')
    await expect(waited).resolves.toBe('enough')
  })

  test('takes up a connection that went silent without breaking', async () => {
    const { fetch } = fakeFetch(silence, approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(60_000)

    expect((await waited).status.approved).toBe(true)
  })

  test('asks about once a second when the server does not hold requests', async () => {
    const { fetch, requests } = fakeFetch(pending)
    const controller = new AbortController()
    clientOver(fetch)
      .functionCalls.wait('call_1', { signal: controller.signal })
      .catch(() => {})

    await vi.advanceTimersByTimeAsync(30_000)
    controller.abort()

    expect(requests.length).toBeGreaterThan(25)
    expect(requests.length).toBeLessThan(35)
  })

  test('asks again quickly when a server that holds requests sends it away once', async () => {
    const { fetch } = fakeFetch(held, pending, approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1')
    await vi.advanceTimersByTimeAsync(25_150)

    expect((await waited).status.approved).toBe(true)
  })

  test('rejects with a TimeoutError that names the call when the time is up', async () => {
    const { fetch } = fakeFetch(held)
    const failed = expect(
      clientOver(fetch).functionCalls.wait('call_1', { timeoutMs: 60_000 }),
    ).rejects.toMatchObject({ name: 'TimeoutError', callId: 'call_1' })

    await vi.advanceTimersByTimeAsync(60_000)

    await failed
  })

  test('rejects with a TimeoutError even while the server is away', async () => {
    const { fetch } = fakeFetch(networkDown)
    const failed = expect(
      clientOver(fetch).functionCalls.wait('call_1', { timeoutMs: 1_000 }),
    ).rejects.toThrow(TimeoutError)

    await vi.advanceTimersByTimeAsync(1_000)

    await failed
  })

  test('takes a timeout longer than any timer', async () => {
    const { fetch } = fakeFetch(held, approved)

    const waited = clientOver(fetch).functionCalls.wait('call_1', { timeoutMs: 2 ** 40 })
    await vi.advanceTimersByTimeAsync(25_000)

    expect((await waited).status.approved).toBe(true)
  })

  test.each([
    ['during a pause', networkDown],
    ['during a held request', silence],
  ])('rejects promptly with the reason of its signal %s', async (_when, answer) => {
    const { fetch, requests } = fakeFetch(answer)
    const controller = new AbortController()
    const waited = clientOver(fetch).functionCalls.wait('call_1', { signal: controller.signal })
    const failed = expect(waited).rejects.toBe('stop')
    await vi.advanceTimersByTimeAsync(10)

    controller.abort('stop')

    await failed
    const asked = requests.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect(requests).toHaveLength(asked)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('refuses an answer about another call', async () => {
    const { fetch } = fakeFetch(() => json(aFunctionCall({ state: 'approved' }, { call_id: 'call_2' })))

    await expect(clientOver(fetch).functionCalls.wait('call_1')).rejects.toThrow(ProtocolError)
  })
})

describe('a wait over a real connection', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  async function listen(port: number, listener: RequestListener): Promise<Server> {
    const server = createServer(listener)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
    return server
  }

  test('survives a restart of the server', async () => {
    const arrived = Promise.withResolvers<void>()
    const first = await listen(0, () => arrived.resolve())
    const port = portOf(first)
    const client = new Countersign({ baseUrl: `http://127.0.0.1:${port}`, apiKey: 'sk_1' })

    const asked = client.fetchApproval(call)
    await arrived.promise
    await stop(first)
    await listen(port, answer)

    expect((await asked).status.approved).toBe(true)
  })

  test('survives answers that break off in the middle', async () => {
    let broken = 0
    const server = await listen(0, (request, response) => {
      if (++broken > 2) return answer(request, response)
      response.writeHead(200, { 'Content-Length': '1000' })
      return response.write('{"call_id":', () => response.destroy())
    })
    const client = new Countersign({ baseUrl: `http://127.0.0.1:${portOf(server)}`, apiKey: 'sk_1' })

    expect((await client.fetchApproval(call)).status.approved).toBe(true)
    expect(broken).toBe(3)
  })

  test('closes its connection when the signal aborts', async () => {
    const closed = Promise.withResolvers<void>()
    const controller = new AbortController()
    const server = await listen(0, (request) => {
      request.socket.on('close', () => closed.resolve())
      controller.abort(new Error('stop'))
    })
    const client = new Countersign({ baseUrl: `http://127.0.0.1:${portOf(server)}`, apiKey: 'sk_1' })

    await expect(client.fetchApproval(call, { signal: controller.signal })).rejects.toThrow('stop')
    await closed.promise
  })

  test('leaves no listener on its signal', async () => {
    const server = await listen(0, answer)
    const client = new Countersign({ baseUrl: `http://127.0.0.1:${portOf(server)}`, apiKey: 'sk_1' })
    const { signal } = new AbortController()
    const added = vi.spyOn(signal, 'addEventListener')
    const removed = vi.spyOn(signal, 'removeEventListener')

    await client.fetchApproval(call, { signal })

    expect(added).toHaveBeenCalled()
    expect(removed).toHaveBeenCalledTimes(added.mock.calls.length)
  })

  test('does not follow a redirect with the key', async () => {
    const seen: string[] = []
    const elsewhere = await listen(0, (request, response) => {
      seen.push(request.url!)
      response.end('{}')
    })
    const server = await listen(0, (_request, response) => {
      response.writeHead(302, { Location: `http://127.0.0.1:${portOf(elsewhere)}/` }).end()
    })
    const client = new Countersign({ baseUrl: `http://127.0.0.1:${portOf(server)}`, apiKey: 'sk_1' })

    await expect(client.fetchApproval(call)).rejects.toMatchObject({ code: 'http_302' })
    expect(seen).toEqual([])
  })
})

/** Holds a request for as long as it asks to, like a server on which nobody answers. */
const held = ({ query }: Seen) =>
  new Promise<Response>((resolve) => setTimeout(() => resolve(pending()), Number(query.get('wait')) * 1000))

const heldAndLost = () =>
  new Promise<Response>((_resolve, reject) => setTimeout(() => reject(new TypeError('lost')), 20_000))

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

const portOf = (server: Server) => (server.address() as AddressInfo).port
const answer: RequestListener = (_request, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify(aFunctionCall({ state: 'approved', approved: true })))
}
