import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentControlPlane, humanLayerGo, pythonRequests } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeError, decodeFunctionCall, decodeHumanContact } from './strict-decoder.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const agent = () => pythonRequests(server.apiBase, server.agentKey)
const daemon = () => humanLayerGo(server.apiBase, server.responderKey)
const operator = () => agentControlPlane(server.url, server.agentKey)
const newId = (prefix: string) => `${prefix}-${randomUUID()}`

const ask = (call_id: string) =>
  agent().post(
    '/function_calls',
    `{"run_id": "agent", "call_id": "${call_id}", "spec": {"fn": "Bash", "kwargs": {"command": "rm -rf build"}, "channel": null, "reject_options": null, "state": {"step": 1}}, "status": null}`,
  )

describe('humanlayer-go', () => {
  test('denies without a comment, and times that it sends itself do not count (rules 5, 12)', async () => {
    const call_id = newId('call')
    await ask(call_id)

    const { status, body, text } = await daemon().post(
      `/agent/function_calls/${call_id}/respond`,
      '{"requested_at":"2001-02-03T04:05:06Z","responded_at":"2001-02-03T04:05:07.123456Z","approved":false}',
    )

    expect(status).toBe(200)
    expect(decodeFunctionCall(body).status).toMatchObject({ approved: false, comment: '' })
    expect(text).not.toContain('2001-02-03')
  })

  test('finds a contact among the pending ones and answers it', async () => {
    const call_id = newId('call')
    await agent().post(
      '/contact_requests',
      `{"run_id": "agent", "call_id": "${call_id}", "spec": {"msg": "Which one?", "channel": null}, "status": null}`,
    )

    const pending = (await daemon().get('/agent/human_contacts/pending')).body as unknown[]
    const answered = await daemon().post(
      `/agent/human_contacts/${call_id}/respond`,
      '{"response":"the blue one"}',
    )
    const left = (await daemon().get('/agent/human_contacts/pending')).body as unknown[]

    expect(pending.map(decodeHumanContact)).toContainEqual(expect.objectContaining({ call_id, status: null }))
    expect(decodeHumanContact(answered.body).status).toMatchObject({ response: 'the blue one' })
    expect(left.map(decodeHumanContact)).not.toContainEqual(expect.objectContaining({ call_id }))
  })

  test('is told of a conflict when somebody has answered before', async () => {
    const call_id = newId('call')
    await ask(call_id)
    await daemon().post(`/agent/function_calls/${call_id}/respond`, '{"approved":true,"comment":"ok"}')

    const second = await daemon().post(
      `/agent/function_calls/${call_id}/respond`,
      '{"approved":true,"comment":"ok"}',
    )

    expect(second.status).toBe(409)
    decodeError(second.body)
  })
})

describe('agentcontrolplane', () => {
  test('asks under a base without /humanlayer/v1 and decodes strictly (rules 8, 9, 13)', async () => {
    const [call_id, contact_id] = [randomUUID().slice(0, 8), randomUUID().slice(0, 8)]

    const call = await operator().post(
      '/function_calls',
      `{"call_id":"${call_id}","run_id":"task-abc","spec":{"channel":{"slack":{"channel_or_user_id":"C1","allowed_responder_ids":["U1"],"bot_token":"xoxb-1"},"email":{"address":"boss@example.com","experimental_subject_line":"Re: it"}},"fn":"mcp__fetch","kwargs":{"url":"https://example.com"}}}`,
    )
    const contact = await operator().post(
      '/contact_requests',
      `{"call_id":"${contact_id}","run_id":"task-abc","spec":{"msg":"Which one?"}}`,
    )

    expect([call.status, contact.status]).toEqual([200, 200])
    expect(decodeFunctionCall(call.body).spec['channel']).toEqual({
      slack: { channel_or_user_id: 'C1', allowed_responder_ids: ['U1'] },
      email: { address: 'boss@example.com', experimental_subject_line: 'Re: it' },
    })
    expect(decodeHumanContact(contact.body).status).toBeNull()
  })

  test('does not take a pending call for an answered one (rules 3, 4)', async () => {
    const call_id = randomUUID().slice(0, 8)
    await operator().post(
      '/function_calls',
      `{"call_id":"${call_id}","run_id":"task-abc","spec":{"fn":"f","kwargs":{}}}`,
    )

    const { body } = await operator().get(`/function_calls/${call_id}`)

    expect(decodeFunctionCall(body).status).not.toHaveProperty('responded_at')
  })

  test('reads the project under both generations of names', async () => {
    const { status, body } = await operator().get('/project')

    expect(status).toBe(200)
    expect(body).toEqual({
      name: expect.any(String),
      slug: expect.any(String),
      organization: expect.any(String),
      project_slug: expect.any(String),
      org_slug: expect.any(String),
    })
  })
})
