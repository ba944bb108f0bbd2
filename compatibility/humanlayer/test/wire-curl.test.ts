import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curl } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeError, decodeFunctionCall, decodeValidationError } from './strict-decoder.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const agent = () => curl(server.apiBase, server.agentKey)
const person = () => curl(server.apiBase, server.responderKey)
const newId = (prefix: string) => `${prefix}-${randomUUID()}`

describe('curl', () => {
  test('asks for a function with 100,000 numbers of state and gets all of them back (rule 14)', async () => {
    const call_id = newId('call')
    const state = `{"context": [${Array.from({ length: 100_000 }, (_, index) => index).join(', ')}]}`

    const created = await agent().post(
      '/function_calls',
      `{"run_id": "test-large-context", "call_id": "${call_id}", "spec": {"fn": "f", "kwargs": {}, "state": ${state}}}`,
    )

    expect(created.status).toBe(200)
    expect((await agent().get(`/function_calls/${call_id}`)).text).toContain(state)
  })

  test('reaches one contact under all of its names and with doubled slashes (rule 13)', async () => {
    const call_id = newId('human_call')
    const slashes = curl(`${server.url}//humanlayer/v1/`, server.agentKey)

    const created = await slashes.post(
      '/human_contacts',
      `{"run_id": "docs", "call_id": "${call_id}", "spec": {"msg": "Which one?"}}`,
    )
    const read = [
      await agent().get(`/human_contacts/${call_id}`),
      await agent().get(`/contact_requests/${call_id}`),
      await slashes.get(`/contact_requests//${call_id}`),
    ]

    expect(created.status).toBe(200)
    for (const { status, body } of read) expect({ status, body }).toEqual({ status: 200, body: created.body })
  })

  test('names the thread of an e-mail as the documentation does', async () => {
    const { status, body } = await agent().post(
      '/function_calls',
      `{"run_id": "docs", "call_id": "${newId('call')}", "spec": {"fn": "f", "kwargs": {}, "channel": {"email": {"address": "boss@example.com", "subject": "Re: it", "in_reply_to": "<2@example.com>"}}}}`,
    )

    expect(status).toBe(200)
    expect(decodeFunctionCall(body).spec['channel']).toEqual({
      email: {
        address: 'boss@example.com',
        experimental_subject_line: 'Re: it',
        experimental_in_reply_to_message_id: '<2@example.com>',
      },
    })
  })

  test('may send members that nobody knows, and never sees them again (rules 9, 12)', async () => {
    const created = await agent().post(
      '/function_calls',
      `{"run_id": "docs", "call_id": "${newId('call')}", "new": 1, "status": {"approved": true}, "spec": {"fn": "f", "kwargs": {}, "new": 2, "channel": {"channel_id": 3, "sms": {"phone_number": "+15551234567", "new": 4}}, "reject_options": [{"name": "no", "new": 5}]}}`,
    )

    expect(created.status).toBe(200)
    expect(decodeFunctionCall(created.body)).toMatchObject({
      spec: { channel: { sms: { phone_number: '+15551234567' } }, reject_options: [{ name: 'no' }] },
      status: { approved: null },
    })
  })

  test('cannot list nobody as the people who may answer (rule 11)', async () => {
    const created = await agent().post(
      '/function_calls',
      `{"run_id": "docs", "call_id": "${newId('call')}", "spec": {"fn": "f", "kwargs": {}, "channel": {"slack": {"channel_or_user_id": "C1", "allowed_responder_ids": []}}}}`,
    )

    expect(created.status).toBe(422)
    expect(decodeValidationError(created.body)[0]!.loc).toEqual([
      'body',
      'spec',
      'channel',
      'slack',
      'allowed_responder_ids',
    ])
  })

  test('gets the call that exists when it asks the same again, and a conflict otherwise (rule 15)', async () => {
    const call_id = newId('call')
    const body = (spec: string, run_id = 'docs') =>
      `{"run_id": "${run_id}", "call_id": "${call_id}", "spec": ${spec}}`
    await agent().post('/function_calls', body('{"fn": "f", "kwargs": {"a": 1, "b": 2}}'))
    const approved = await person().post(`/agent/function_calls/${call_id}/respond`, '{"approved": true}')

    const same = await agent().post(
      '/function_calls',
      body('{"kwargs": {"b": 2.0, "a": 1}, "fn": "f", "channel": null}'),
    )
    const others = [
      await agent().post('/function_calls', body('{"fn": "f", "kwargs": {"a": 1, "b": 3}}')),
      await agent().post('/function_calls', body('{"fn": "g", "kwargs": {"a": 1, "b": 2}}')),
      await agent().post('/function_calls', body('{"fn": "f", "kwargs": {"a": 1, "b": 2}, "state": {}}')),
      await agent().post('/function_calls', body('{"fn": "f", "kwargs": {"a": 1, "b": 2}}', 'other')),
    ]

    expect(same.status).toBe(200)
    expect(decodeFunctionCall(same.body).status).toEqual(decodeFunctionCall(approved.body).status)
    expect(others.map(({ status }) => status)).toEqual([409, 409, 409, 409])
    for (const { body: error } of others) expect(decodeError(error).detail).not.toContain('approved')
  })

  test('may poll as often as it likes (rule 16)', async () => {
    const call_id = newId('call')
    await agent().post(
      '/function_calls',
      `{"run_id": "docs", "call_id": "${call_id}", "spec": {"fn": "f", "kwargs": {}}}`,
    )

    const polls = await Promise.all(
      Array.from({ length: 300 }, () => agent().get(`/function_calls/${call_id}`)),
    )

    expect(new Set(polls.map(({ status }) => status))).toEqual(new Set([200]))
  })
})
