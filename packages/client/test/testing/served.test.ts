import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Countersign } from '../../src/countersign.ts'
import { countersignHandlers } from '../../src/testing/countersign-handlers.ts'
import { serveHandlers, type ServedHandlers } from './served.ts'
import { aFunctionCall, expectProblem, sender } from './wire.ts'

const server = countersignHandlers()
let served: ServedHandlers

beforeAll(async () => {
  served = await serveHandlers(server.handlers)
})

afterAll(() => served.close())

describe('handlers behind a port', () => {
  test('get bytes, repeated parameters and methods as they came', async () => {
    const agent = sender(served.url, 'agent-key')
    const body = JSON.stringify(aFunctionCall()).padEnd(2_097_152)

    expect((await agent('/v1/function_calls', body)).status).toBe(201)
    expectProblem(await agent('/v1/function_calls', `${body} `), 413, 'body_too_large')
    expectProblem(
      await agent('/v1/function_calls', new Uint8Array([0x22, 0xff, 0x22])),
      400,
      'malformed_body',
    )
    expectProblem(await agent('/v1/function_calls?limit=1&limit=2'), 400, 'invalid_parameter', ['/limit'])
    expectProblem(await agent('/v1/function_calls/%E0%A4%A'), 400, 'invalid_parameter')
    expectProblem(await agent('//'), 404, 'not_found')
    expect((await agent('/healthz', undefined, { method: 'HEAD' })).status).toBe(200)
    expect(await raw('TRACE /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 405 /,
    )
    expect(
      await raw(
        'GET /v1/project HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\nauthorization: Bearer agent-key\r\nconnection: close\r\n\r\n',
      ),
    ).toMatch(/^HTTP\/1\.1 401 /)
  })

  test('answer the client while it waits', async () => {
    const countersign = new Countersign({ baseUrl: served.url, apiKey: server.apiKey })
    const answer = countersign.fetchResponse({ spec: { msg: 'Ship it?' } })

    const question = await server.humanContacts.next()
    question.answer('Yes.')

    expect((await answer).status.response).toBe('Yes.')
  })
})

function raw(request: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(served.url).port), '127.0.0.1')
    let received = ''
    socket.on('data', (chunk) => (received += String(chunk)))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(received))
    socket.write(request)
  })
}
