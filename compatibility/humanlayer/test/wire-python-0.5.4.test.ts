import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonRequests } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeFunctionCall, decodeHumanContact } from './strict-decoder.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const agent = () => pythonRequests(server.apiBase, server.agentKey)
const person = () => pythonRequests(server.apiBase, server.responderKey)
const newId = (prefix: string) => `${prefix}-${randomUUID()}`

describe('the Python SDK 0.5.4', () => {
  test('asks with explicit nulls and polls the id that it made (rules 1, 2, 4, 12)', async () => {
    const call_id = newId('call')

    const created = await agent().post(
      '/function_calls',
      `{"run_id": "agent-0_5-4", "call_id": "${call_id}", "spec": {"fn": "multiply", "kwargs": {"x": 2, "y": 3}, "channel": null}, "status": null}`,
    )
    const polled = await agent().get(`/function_calls/${call_id}`)

    expect([created.status, polled.status]).toEqual([200, 200])
    expect(polled.body).toEqual(created.body)
    expect(decodeFunctionCall(polled.body)).toMatchObject({
      run_id: 'agent-0_5-4',
      call_id,
      spec: { fn: 'multiply', kwargs: { x: 2, y: 3 }, channel: null },
      status: { approved: null, requested_at: expect.any(String) },
    })
  })

  test('reads a pending contact, whose status it can only take as null (rules 1, 2, 3)', async () => {
    const call_id = newId('human_call')

    const created = await agent().post(
      '/contact_requests',
      `{"run_id": "agent-0_5-4", "call_id": "${call_id}", "spec": {"msg": "Which one?", "channel": {"slack": {"channel_or_user_id": "C1", "context_about_channel_or_user": null, "bot_token": null, "experimental_slack_blocks": null}}}, "status": null}`,
    )
    const polled = await agent().get(`/contact_requests/${call_id}`)

    expect(created.status).toBe(200)
    expect(polled.body).toEqual(created.body)
    expect(decodeHumanContact(polled.body)).toMatchObject({
      call_id,
      spec: { channel: { slack: { channel_or_user_id: 'C1' } } },
      status: null,
    })
    expect(polled.text).toContain('"status":null')
  })

  test('reads what a person answered (rules 5, 6, 8)', async () => {
    const [call_id, contact_id] = [newId('call'), newId('human_call')]
    await agent().post(
      '/function_calls',
      `{"run_id": "agent-0_5-4", "call_id": "${call_id}", "spec": {"fn": "multiply", "kwargs": {}, "channel": null}, "status": null}`,
    )
    await agent().post(
      '/contact_requests',
      `{"run_id": "agent-0_5-4", "call_id": "${contact_id}", "spec": {"msg": "Which one?", "channel": null}, "status": null}`,
    )
    await person().post(`/agent/function_calls/${call_id}/respond`, '{"approved": true}')
    await person().post(`/agent/human_contacts/${contact_id}/respond`, '{"response": "the blue one"}')

    const call = decodeFunctionCall((await agent().get(`/function_calls/${call_id}`)).body)
    const contact = decodeHumanContact((await agent().get(`/contact_requests/${contact_id}`)).body)

    expect(call.status).toMatchObject({ approved: true })
    expect(contact.status).toMatchObject({ response: 'the blue one' })
  })
})
