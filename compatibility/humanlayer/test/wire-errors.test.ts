import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeError, decodeValidationError } from './strict-decoder.ts'
import { send } from './wire.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const newId = (prefix: string) => `${prefix}-${randomUUID()}`
const as = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })
const call = (call_id: string) =>
  `{"run_id": "r", "call_id": "${call_id}", "spec": {"fn": "f", "kwargs": {}}}`

// Rule 7: `send` refuses whatever is not application/json, so that every status is one more claim of these tests.
describe('an error', () => {
  test.each([
    { status: 401, what: 'no key', method: 'GET', path: '/function_calls/call-1', headers: {} },
    { status: 401, what: 'a wrong key', method: 'GET', path: '/project', headers: as('hl_wrong') },
    {
      status: 401,
      what: 'no bearer',
      method: 'GET',
      path: '/project',
      headers: { authorization: 'Basic eA==' },
    },
    { status: 404, what: 'an unknown call', method: 'GET', path: '/function_calls/call-unknown' },
    { status: 404, what: 'an unknown contact', method: 'GET', path: '/contact_requests/call-unknown' },
    { status: 404, what: 'an unknown contact channel', method: 'GET', path: '/contact_channel/1' },
    { status: 404, what: 'an unknown path', method: 'GET', path: '/nowhere' },
    { status: 404, what: 'the base alone', method: 'GET', path: '' },
    { status: 400, what: 'a path that is not UTF-8', method: 'GET', path: '/function_calls/%E0%A4%A' },
    { status: 405, what: 'a list that the API has not', method: 'GET', path: '/function_calls' },
    { status: 405, what: 'a deletion', method: 'DELETE', path: '/function_calls/call-1' },
    { status: 405, what: 'a question about options', method: 'OPTIONS', path: '/function_calls' },
    {
      status: 405,
      what: 'an answer that is read',
      method: 'GET',
      path: '/agent/function_calls/call-1/respond',
    },
    {
      status: 400,
      what: 'JSON that breaks off',
      method: 'POST',
      path: '/function_calls',
      body: '{"run_id": "r"',
    },
    { status: 400, what: 'an empty body', method: 'POST', path: '/function_calls', body: '' },
    {
      status: 400,
      what: 'a member that stands twice',
      method: 'POST',
      path: '/function_calls',
      body: '{"a": 1, "a": 2}',
    },
    {
      status: 400,
      what: 'a limit that is no number',
      method: 'GET',
      path: '/agent/function_calls/pending?limit=all',
    },
  ])('is $status in JSON for $what', async ({ status, method, path, headers, body }) => {
    const answer = await send(server.url, {
      method,
      path: `/humanlayer/v1${path}`,
      headers: headers ?? as(server.agentKey),
      ...(body !== undefined && { body }),
    })

    expect(answer.status).toBe(status)
    expect(decodeError(answer.body).detail).not.toBe('')
  })

  test.each([
    { status: 413, key: 'agentKey', sent: 'in one piece' },
    { status: 413, key: 'agentKey', sent: 'in chunks' },
    { status: 401, key: undefined, sent: 'in one piece' },
    { status: 401, key: undefined, sent: 'in chunks' },
  ] as const)(
    'is $status in JSON for 20 MB $sent, which are still being sent',
    async ({ status, key, sent }) => {
      const body = call(newId('call')).replace('{}', `{"text": "${'x'.repeat(20_000_000)}"}`)

      const answer = await send(server.url, {
        method: 'POST',
        path: '/humanlayer/v1/function_calls',
        headers: {
          ...as(key ? server[key] : 'hl_wrong'),
          ...(sent === 'in chunks'
            ? { 'transfer-encoding': 'chunked' }
            : { 'content-length': Buffer.byteLength(body) }),
        },
        body,
      })

      expect(answer.status).toBe(status)
      decodeError(answer.body)
    },
  )

  test('is 422 with the place of everything that is wrong', async () => {
    const answer = await send(server.url, {
      method: 'POST',
      path: '/humanlayer/v1/function_calls',
      headers: as(server.agentKey),
      body: '{"call_id": "c", "spec": {"kwargs": [], "channel": {"email": {}}, "reject_options": [{}]}}',
    })

    expect(answer.status).toBe(422)
    expect(decodeValidationError(answer.body).map(({ loc }) => loc)).toEqual(
      expect.arrayContaining([
        ['body', 'run_id'],
        ['body', 'spec', 'fn'],
        ['body', 'spec', 'kwargs'],
        ['body', 'spec', 'channel', 'email', 'address'],
        ['body', 'spec', 'reject_options', 0, 'name'],
      ]),
    )
  })

  test.each([
    {
      what: 'two options of one name',
      spec: '{"fn": "f", "kwargs": {}, "reject_options": [{"name": "a"}, {"name": "a"}]}',
    },
    {
      what: 'an address that is none',
      spec: '{"fn": "f", "kwargs": {}, "channel": {"email": {"address": "x"}}}',
    },
  ])('is 422 for $what', async ({ spec }) => {
    const answer = await send(server.url, {
      method: 'POST',
      path: '/humanlayer/v1/function_calls',
      headers: as(server.agentKey),
      body: `{"run_id": "r", "call_id": "${newId('call')}", "spec": ${spec}}`,
    })

    expect(answer.status).toBe(422)
    decodeValidationError(answer.body)
  })

  test.each([
    '{}',
    '{"approved": null}',
    '{"approved": "yes"}',
    '{"approved": false, "reject_option_name": "x"}',
  ])('is 422 for the decision %s', async (decision) => {
    const call_id = newId('call')
    await send(server.url, {
      method: 'POST',
      path: '/humanlayer/v1/function_calls',
      headers: as(server.agentKey),
      body: call(call_id),
    })

    const answer = await send(server.url, {
      method: 'POST',
      path: `/humanlayer/v1/agent/function_calls/${call_id}/respond`,
      headers: as(server.responderKey),
      body: decision,
    })

    expect(answer.status).toBe(422)
    decodeValidationError(answer.body)
  })

  test('does not stand in the way of those who ask without a key how the server is', async () => {
    const answers = await Promise.all(
      ['/humanlayer/v1/status', '/healthz', '/version'].map((path) =>
        send(server.url, { method: 'GET', path, headers: {} }),
      ),
    )

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
  })
})
