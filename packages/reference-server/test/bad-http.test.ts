import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  ask,
  BODY_BYTES,
  expectProblem,
  sendRaw,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

/** Whatever came, nothing of it is kept, and the next request is served (json.refused-leaves-nothing). */
afterEach(async () => {
  expect((await server.agent.get('/v1/function_calls?run_id=bad')).json.items).toEqual([])
  expect((await server.nobody.get('/readyz')).status).toBe(200)
})

/** A function call as text, with these members in its spec. */
function text(spec: string, call_id = 'bad'): string {
  return `{"run_id":"bad","call_id":"${call_id}","spec":{"fn":"f","kwargs":{},${spec}}}`
}

describe('a path', () => {
  test.each([
    ['/v1/function_calls/%', 400],
    ['/v1/function_calls/%E0%A4%A', 400],
    ['/v1/function_calls/%ff', 400],
    ['/v1/function_calls/%00', 404],
    ['/v1/function_calls/a%00b', 404],
    ['/v1/function_calls/a%0d%0aX-Injected:1', 404],
    ['/v1/function_calls/%2e%2e', 404],
    ['/v1/function_calls/..%2f..%2fetc%2fpasswd', 404],
    ['/v1/function_calls/a%2Frespond', 404],
    ["/v1/function_calls/'%20or%201=1", 404],
    ['/v1/function_calls/{call_id}', 404],
    ['/v1/function_calls/:call_id', 404],
    ['/v1/function_calls/a/b/c', 404],
    ['/V1/function_calls', 404],
    ['/v1/Function_Calls', 404],
    ['/v1//function_calls', 404],
    [`/v1/function_calls/${'x'.repeat(8_000)}`, 404],
    ['/v1/function_calls/%F0%9F%98%80', 404],
  ])('like %s is answered with a problem (http.unknown-path, http.unknown-id)', async (path, status) => {
    const code = status === 400 ? 'invalid_parameter' : 'not_found'

    const answer = await server.agent.get(path)

    expectProblem(answer, status, code)
    expect(answer.headers.get('x-injected')).toBeNull()
  })

  test('without its own case is none of HumanLayer either (humanlayer.errors, humanlayer.json-always)', async () => {
    for (const [path, status] of [
      ['/humanlayer/v1/Function_calls', 404],
      ['/humanlayer/v1/function_calls/%E0%A4%A', 400],
      ['/humanlayer/v1/nowhere', 404],
      ['/humanlayer/v1', 404],
      ['/humanlayer//v1///function_calls//nobody', 404],
    ] as const) {
      const answer = await server.agent.get(path)

      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(answer.json.detail).toEqual(expect.any(String))
    }
  })
})

describe('a method', () => {
  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND', 'QUERY'])(
    '%s is refused with those that are taken (http.method)',
    async (method) => {
      const collection = await server.agent.send(method, '/v1/function_calls')
      const answer = await server.nobody.send(method, '/v1/function_calls/any/respond')
      const project = await server.agent.send(method, '/v1/project')

      expectProblem(collection, 405, 'method_not_allowed')
      expect(collection.headers.get('allow')).toBe('POST, GET, HEAD')
      expectProblem(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('allow')).toBe('POST')
      expectProblem(project, 405, 'method_not_allowed')
    },
  )

  test('TRACE echoes nothing (http.method)', async () => {
    const answer = await server.raw(
      'TRACE /v1/project HTTP/1.1\r\nhost: x\r\nx-secret: hidden-text\r\nconnection: close\r\n\r\n',
    )

    expect(answer).toMatch(/^HTTP\/1.1 405 /)
    expect(answer).not.toContain('hidden-text')
  })

  test('HEAD is a GET without its body', async () => {
    const path = await ask(server)

    const head = await server.agent.send('HEAD', path)
    const get = await server.agent.get(path)
    const unknown = await server.agent.send('HEAD', '/v1/function_calls/nobody')

    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
    expect(unknown.status).toBe(404)
    expect((await server.agent.send('HEAD', `${path}/cancel`)).status).toBe(405)
  })

  test('that HumanLayer does not have is refused in its way (humanlayer.errors)', async () => {
    const answer = await server.agent.send('DELETE', '/humanlayer/v1/function_calls/any')

    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, HEAD')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.json.detail).toEqual(expect.any(String))
  })
})

describe('the size of a body', () => {
  const tooLarge = 'x'.repeat(BODY_BYTES + 1)

  test('is limited when it is announced (json.body-limit)', async () => {
    expectProblem(await server.agent.post('/v1/function_calls', tooLarge), 413, 'body_too_large', [''])
    expectProblem(await server.agent.post('/v1/function_calls', tooLarge.repeat(20)), 413, 'body_too_large', [
      '',
    ])
  })

  test('is limited when it is not (json.body-limit)', async () => {
    for (const body of [tooLarge, tooLarge.repeat(20)]) {
      const answer = await server.raw(post(chunked(body)))

      expect(answer).toMatch(/^HTTP\/1.1 413 /)
      expect(answer).toContain('"code":"body_too_large"')
    }
  })

  test('is limited before it is sent (json.body-limit)', async () => {
    const answer = await server.raw(post(`connection: close\r\ncontent-length: 999999999999\r\n\r\n`))

    expect(answer).toMatch(/^HTTP\/1.1 413 /)
  })

  test('that does not matter yet is answered first (auth.before-everything)', async () => {
    expect(await server.raw(post(chunked(tooLarge), 'wrong-key'))).toMatch(/^HTTP\/1.1 401 /)
    expect(await server.raw(post(chunked(tooLarge), 'responder-key'))).toMatch(/^HTTP\/1.1 403 /)
  })

  test('hides no second request in a body that was refused', async () => {
    const hidden = post(`content-length: ${text('"state":{}').length}\r\n\r\n${text('"state":{}')}`)
    const body = `${'x'.repeat(BODY_BYTES)}${hidden}`

    const answers = [
      await server.raw(post(chunked(body))),
      await server.raw(post(`content-length: ${body.length}\r\n\r\n${body}`)),
    ]

    for (const answer of answers) expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413'])
  })

  test('may be confirmed before the body is sent', async () => {
    const call = JSON.stringify(aFunctionCall())

    const answer = await server.raw(
      post(`connection: close\r\nexpect: 100-continue\r\ncontent-length: ${call.length}\r\n\r\n${call}`),
    )

    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 201 /)
  })
})

describe('a request that is no proper HTTP', () => {
  const body = text('"state":{}')
  const head =
    'POST /v1/function_calls HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\ncontent-type: application/json\r\n'

  test.each<[name: string, request: string]>([
    ['that is none at all', 'hello\r\n\r\n'],
    ['with an unknown method', 'ASK /v1/project HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['with a space in its path', 'GET /v1/pro ject HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['with a NUL in its path', 'GET /v1/pro\0ject HTTP/1.1\r\nhost: x\r\n\r\n'],
    ['without a host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n'],
    ['with a header without a name', 'GET /healthz HTTP/1.1\r\nhost: x\r\n: x\r\n\r\n'],
    ['with a NUL in a header', 'GET /healthz HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n'],
    ['with two lengths', `${head}content-length: 1\r\ncontent-length: ${body.length}\r\n\r\n${body}`],
    [
      'with a length and chunks',
      `${head}content-length: ${body.length}\r\ntransfer-encoding: chunked\r\n\r\n${body}`,
    ],
    ['with a negative length', `${head}content-length: -1\r\n\r\n${body}`],
    ['with a length in hexadecimal', `${head}content-length: 0x10\r\n\r\n${body}`],
    ['with a chunk of no length', `${head}transfer-encoding: chunked\r\n\r\nzz\r\n${body}`],
    ['with an unknown encoding', `${head}transfer-encoding: gzip\r\n\r\n${body}`],
  ])('%s is answered with a problem (error.problem)', async (_name, request) => {
    const answer = await server.raw(request)

    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('content-type: application/problem+json')
    expect(answer).toContain('"code":"invalid_parameter"')
  })

  test('with huge headers is answered with a problem (error.problem)', async () => {
    for (const request of [
      `GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(100_000)}\r\n\r\n`,
      `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    ]) {
      const answer = await server.raw(request)

      expect(answer).toMatch(/^HTTP\/1.1 431 /)
      expect(answer).toContain('content-type: application/problem+json')
    }
  })

  test('with an expectation that nobody knows is served all the same', async () => {
    const call = JSON.stringify(aFunctionCall())

    const answer = await server.raw(
      `${head}connection: close\r\nexpect: tea\r\ncontent-length: ${call.length}\r\n\r\n${call}`,
    )

    expect(answer).toMatch(/^HTTP\/1.1 201 /)
  })

  test('with more bytes than it announced keeps to what it announced', async () => {
    const call = JSON.stringify(aFunctionCall())

    const answer = await server.raw(`${head}content-length: ${call.length - 1}\r\n\r\n${call}`)

    expect(answer).not.toContain('HTTP/1.1 2')
  })

  test('is not waited for when its client keeps the connection open', async () => {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.resume()
    socket.on('error', () => undefined)
    socket.write('hello\r\n\r\n')
    await once(socket, 'end')

    const chatter = setInterval(() => socket.write('hello\r\n\r\n'), 20)

    // Not `once`, which fails with the errors that are expected here.
    await new Promise((resolve) => socket.on('close', resolve))
    clearInterval(chatter)
  })

  test('in a row after a good one does not undo it', async () => {
    const answer = await server.raw(
      `GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /v1/project HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\n\r\nhello\r\n\r\n`,
    )

    expect(answer).toContain('HTTP/1.1 400 ')
  })
})

describe('a client that goes away', () => {
  test('in the middle of a body leaves nothing behind (json.refused-leaves-nothing)', async () => {
    const body = text('"state":{}', 'broken')
    for (const rest of [
      `content-length: ${body.length + 1}\r\n\r\n${body}`,
      `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
    ]) {
      const socket = connect(server.port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        `POST /v1/function_calls HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\ncontent-type: application/json\r\n${rest}`,
      )
      await server.agent.get('/v1/project')

      socket.resetAndDestroy()
      await once(socket, 'close')
    }

    expect((await server.agent.get('/v1/function_calls/broken')).status).toBe(404)
  })

  test('in the middle of what is thrown away lets the server end', async () => {
    const ending = await startTestServer()
    const answer = sendRaw(
      ending.port,
      `POST /v1/function_calls HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{`,
    )

    expect(await answer).toMatch(/^HTTP\/1.1 401 /)
    await ending.close()
  })
})

function post(rest: string, key = 'agent-key'): string {
  return `POST /v1/function_calls HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${rest}`
}

function chunked(body: string): string {
  return `transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
}
