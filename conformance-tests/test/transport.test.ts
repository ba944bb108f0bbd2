import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Request } from '../src/exchange.ts'
import { httpTransport, type SendOptions, type Transport } from '../src/transport.ts'
import { CountingClock } from './memory-run.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

interface Judged {
  url: string
  transport: Transport
  clock: CountingClock
  send: (request?: Partial<Request>, options?: Partial<SendOptions>) => ReturnType<Transport['send']>
}

function judging(port: number, base = ''): Judged {
  const clock = new CountingClock()
  const url = `http://127.0.0.1:${port}${base}`
  const transport = httpTransport(new URL(url), (key) => (key === 'agent' ? 'the-secret' : undefined), clock)
  ends.push(() => transport.close())
  const send = (request: Partial<Request> = {}, options: Partial<SendOptions> = {}) =>
    transport.send(
      { key: 'agent', method: 'GET', path: '/a?b=c', headers: [], body: undefined, ...request },
      { timeoutMs: 3_000, ...options },
    )
  return { url, transport, clock, send }
}

async function portOf(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A server of node:http that answers as told. */
async function serving(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  base = '',
): Promise<Judged> {
  const server = createServer((request, response) => void answer(request, response))
  const port = await portOf(server)
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return judging(port, base)
}

/** A server that is no more than a socket. */
async function socketServing(onConnection: (socket: Socket) => void): Promise<Judged> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  const port = await portOf(server)
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return judging(port)
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

describe('a request', () => {
  const echo = () =>
    serving(async (request, response) => {
      const body = await bodyOf(request)
      const { method, url, rawHeaders } = request
      response.end(JSON.stringify({ method, url, rawHeaders, body: body.toString() }))
    }, '/base')
  const seen = async (request: Partial<Request>) => {
    const { send } = await echo()
    const { response } = await send(request)
    return JSON.parse(Buffer.from(response!.body).toString()) as {
      method: string
      url: string
      rawHeaders: string[]
      body: string
    }
  }
  const headerIn = (raw: string[], name: string) =>
    raw.filter((_, index) => index % 2 === 1 && raw[index - 1]!.toLowerCase() === name)

  test('goes below the base address, with its key and its headers, twice where they are given twice', async () => {
    const { method, url, rawHeaders } = await seen({
      headers: [
        ['X-A', '1'],
        ['X-A', '2'],
      ],
    })

    expect([method, url]).toEqual(['GET', '/base/a?b=c'])
    expect(headerIn(rawHeaders, 'x-a')).toEqual(['1', '2'])
    expect(headerIn(rawHeaders, 'authorization')).toEqual(['Bearer the-secret'])
    expect(headerIn(rawHeaders, 'host')).toHaveLength(1)
    expect(headerIn(rawHeaders, 'content-length')).toEqual([])
  })

  test('without a key says so by saying nothing', async () => {
    expect(headerIn((await seen({ key: 'nobody' })).rawHeaders, 'authorization')).toEqual([])
  })

  test.each([
    ['POST', undefined, ['0']],
    ['DELETE', undefined, ['0']],
    ['POST', 'é', ['2']],
    ['GET', 'x', ['1']],
  ])('%s with the body %s has the length %j', async (method, body, length) => {
    const { rawHeaders, body: came } = await seen({
      method,
      body: body === undefined ? body : Buffer.from(body),
    })

    expect(headerIn(rawHeaders, 'content-length')).toEqual(length)
    expect(came).toBe(body ?? '')
  })

  test('may frame its body itself', async () => {
    const { rawHeaders, body } = await seen({
      method: 'POST',
      body: Buffer.from('abc'),
      headers: [['Transfer-Encoding', 'chunked']],
    })

    expect([headerIn(rawHeaders, 'content-length'), body]).toEqual([[], 'abc'])
  })

  test('of several pieces arrives whole', async () => {
    for (const size of [65_536, 65_537, 131_072, 300_000])
      expect((await seen({ method: 'POST', body: Buffer.alloc(size, 'x') })).body).toHaveLength(size)
  })

  test('may send its body later than its headers', async () => {
    let release: (() => void) | undefined
    const bodyAfter = new Promise<void>((resolve) => (release = resolve))
    const { send } = await serving(async (request, response) => {
      release!()
      response.end(await bodyOf(request))
    })

    const { response } = await send({ method: 'POST', body: Buffer.from('late') }, { bodyAfter })

    expect(Buffer.from(response!.body).toString()).toBe('late')
  })
})

describe('an answer', () => {
  test('is read as it is, with its headers in their order', async () => {
    const { send } = await serving((_, response) => {
      response.writeHead(302, [
        ['X-B', '1'],
        ['Location', '/elsewhere'],
        ['X-B', '2'],
      ])
      response.end('moved')
    })

    const { response } = await send()

    expect(response?.status).toBe(302)
    expect(response?.headers.filter(([name]) => ['x-b', 'location'].includes(name))).toEqual([
      ['x-b', '1'],
      ['location', '/elsewhere'],
      ['x-b', '2'],
    ])
    expect(Buffer.from(response!.body).toString()).toBe('moved')
  })

  test('may come while the body is still being sent', async () => {
    const { send } = await serving((request, response) => {
      request.once('data', () => {
        response.writeHead(413, { connection: 'close', 'content-length': 2 })
        response.end('no')
      })
    })

    const { response, failure } = await send({ method: 'POST', body: Buffer.alloc(64 * 1024 * 1024, 'x') })

    expect(failure).toBeUndefined()
    expect(response?.status).toBe(413)
  })

  test('may come before a body that never comes', async () => {
    const { send } = await serving((_, response) => {
      response.writeHead(401, { 'content-length': 2 })
      response.end('no')
    })

    const { response } = await send(
      { method: 'POST', body: Buffer.from('never') },
      { bodyAfter: new Promise(() => {}) },
    )

    expect(response?.status).toBe(401)
  })
})

describe('no answer', () => {
  test('in time is a time-out', async () => {
    const { send } = await serving(() => {})
    const began = performance.now()

    expect(await send({}, { timeoutMs: 150 })).toEqual({
      failure: { kind: 'timeout', message: 'no answer within 0.15 seconds' },
    })
    expect(performance.now() - began).toBeGreaterThan(140)
  })

  test('in time is one also where the answer has begun', async () => {
    const { send } = await serving((_, response) => response.write('a'))
    expect(await send({}, { timeoutMs: 150 })).toMatchObject({ failure: { kind: 'timeout' } })
  })

  test('on a new connection that is closed is a reset, and is not tried again', async () => {
    let connections = 0
    const { send } = await socketServing((socket) => {
      connections += 1
      socket.once('data', () => socket.destroy())
    })

    expect(await send()).toEqual({
      failure: { kind: 'reset', message: 'the server closed the connection without an answer' },
    })
    expect(connections).toBe(1)
  })

  test('is a body that is cut', async () => {
    const { send } = await socketServing((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'))
    })
    expect(await send()).toMatchObject({ failure: { kind: 'reset' } })
  })

  test('is what is no HTTP', async () => {
    const { send } = await socketServing((socket) =>
      socket.once('data', () => socket.end('220 mail ready\r\n')),
    )
    const { failure } = await send()

    expect(failure?.kind).toBe('unreadable')
    expect(failure?.message).toMatch(/^the answer is no HTTP: /)
  })

  test('is where nothing listens', async () => {
    const server = createServer()
    const port = await portOf(server)
    server.close()
    await once(server, 'close')

    const { failure } = await judging(port).send()

    expect(failure?.kind).toBe('unreachable')
    expect(failure?.message).toMatch(/^ECONNREFUSED: /)
  })

  test('is what the suite gave up', async () => {
    const giving = new AbortController()
    const { send } = await serving(() => giving.abort())

    expect(await send({}, { signal: giving.signal })).toEqual({
      failure: { kind: 'aborted', message: 'the suite gave the request up' },
    })
  })
})

describe('a connection that was closed while it was idle', () => {
  /** Each connection answers the first request, and does with the second as told. */
  async function answeringOnce(then: (socket: Socket) => void) {
    const paths: string[] = []
    const { send } = await socketServing((socket) => {
      let requests = 0
      socket.on('data', (data) => {
        paths.push(data.toString().split(' ')[1]!)
        requests += 1
        if (requests > 1) then(socket)
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      })
    })
    await send({ path: '/first' })
    // The socket goes back to the idle ones after its answer has been read.
    await new Promise((resolve) => setImmediate(resolve))
    return { outcome: await send({ path: '/second' }), paths }
  }

  test('says nothing about the server: the request is sent again', async () => {
    const { outcome, paths } = await answeringOnce((socket) => socket.resetAndDestroy())

    expect(outcome.failure).toBeUndefined()
    expect(Buffer.from(outcome.response!.body).toString()).toBe('ok')
    expect(paths).toEqual(['/first', '/second', '/second'])
  })

  test('is none on which the answer had begun: that is cut', async () => {
    const { outcome, paths } = await answeringOnce((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'),
    )

    expect(outcome.failure?.kind).toBe('reset')
    expect(paths).toEqual(['/first', '/second'])
  })
})

describe('a server that is busy', () => {
  const busy = async (status: number, retryAfter: string | undefined, times: number) => {
    let requests = 0
    const { send, clock } = await serving((_, response) => {
      requests += 1
      const isBusy = requests <= times
      response.writeHead(
        isBusy ? status : 200,
        isBusy && retryAfter !== undefined ? { 'retry-after': retryAfter } : {},
      )
      response.end()
    })
    const { response } = await send()
    return { status: response?.status, slept: clock.slept, requests }
  }

  test.each([429, 503])('with %s is asked again when it says', async (status) => {
    expect(await busy(status, '2', 1)).toEqual({ status: 200, slept: [2_000], requests: 2 })
  })

  test('is asked again at once only after a breath', async () => {
    expect(await busy(503, '0', 1)).toEqual({ status: 200, slept: [50], requests: 2 })
    expect(await busy(503, '10', 1)).toEqual({ status: 200, slept: [10_000], requests: 2 })
  })

  test('is asked four times at most', async () => {
    expect(await busy(503, '1', 9)).toEqual({ status: 503, slept: [1_000, 1_000, 1_000], requests: 4 })
  })

  test.each([
    [503, undefined],
    [503, '11'],
    [503, '-1'],
    [503, 'soon'],
    [500, '1'],
    [200, '1'],
  ])('is not asked again with %s and Retry-After %s', async (status, retryAfter) => {
    expect(await busy(status, retryAfter, 9)).toEqual({ status, slept: [], requests: 1 })
  })
})
