import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { humanLayerGo, pythonRequests } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeError, decodeFunctionCall, decodeHumanContact, type DecodedCall } from './strict-decoder.ts'

// What became of a call at /v1, as HumanLayer clients have to see it at /humanlayer/v1.

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

type Collection = 'function_calls' | 'human_contacts'

async function native(key: string, method: string, path: string, body?: object): Promise<Response> {
  const response = await fetch(`${server.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${path} ${response.status}: ${await response.text()}`)
  return response
}

async function ask(collection: Collection, spec: object): Promise<string> {
  const call_id = `call-${randomUUID()}`
  await native(server.agentKey, 'POST', `/${collection}`, { run_id: 'native', call_id, spec })
  return call_id
}

const answer = (collection: Collection, call_id: string, body: object) =>
  native(server.responderKey, 'POST', `/${collection}/${call_id}/respond`, body)
const cancel = (collection: Collection, call_id: string, body: object) =>
  native(server.agentKey, 'POST', `/${collection}/${call_id}/cancel`, body)
/** Held by the server until the call is terminal. */
const settled = (collection: Collection, call_id: string) =>
  native(server.agentKey, 'GET', `/${collection}/${call_id}?wait=20`)

async function shownCall(call_id: string): Promise<DecodedCall> {
  const agent = pythonRequests(server.apiBase, server.agentKey)
  return decodeFunctionCall((await agent.get(`/function_calls/${call_id}`)).body)
}

async function shownContact(call_id: string): Promise<DecodedCall> {
  const agent = pythonRequests(server.apiBase, server.agentKey)
  return decodeHumanContact((await agent.get(`/contact_requests/${call_id}`)).body)
}

describe('a native function call', () => {
  const spec = { fn: 'refund', kwargs: { amount: 100 } }

  test('shows none of the members that HumanLayer does not have', async () => {
    const call_id = await ask('function_calls', {
      ...spec,
      context: { summary: 'A **refund**.' },
      kwargs_schema: { type: 'object' },
      allow_edit: true,
      expires_in_seconds: 3_600,
      on_expire: { comment: 'too late' },
      metadata: { 'com.example.order': 7 },
      channel: { inbox: {} },
    })

    expect(await shownCall(call_id)).toEqual({
      run_id: 'native',
      call_id,
      spec: { ...spec, channel: null },
      status: { requested_at: expect.any(String), approved: null, comment: null },
    })
  })

  test('that is approved with changed arguments shows a denial that says why', async () => {
    const call_id = await ask('function_calls', { ...spec, allow_edit: true })
    await answer('function_calls', call_id, {
      approved: true,
      comment: 'half of it',
      edited_kwargs: { amount: 50 },
    })

    const { spec: shown, status } = await shownCall(call_id)

    expect(shown['kwargs']).toEqual({ amount: 100 })
    expect(status).toMatchObject({
      approved: false,
      comment: 'approved with changed arguments, which this client cannot apply',
      responded_at: expect.any(String),
    })
  })

  test('that may be edited and is approved as it is shows an approval', async () => {
    const call_id = await ask('function_calls', { ...spec, allow_edit: true })
    await answer('function_calls', call_id, { approved: true, comment: 'fine' })

    expect((await shownCall(call_id)).status).toMatchObject({ approved: true, comment: 'fine' })
  })

  test('that is cancelled shows a denial that says so', async () => {
    const call_id = await ask('function_calls', spec)
    await cancel('function_calls', call_id, { comment: 'the customer called' })

    expect((await shownCall(call_id)).status).toMatchObject({
      approved: false,
      comment: 'cancelled: the customer called',
      responded_at: expect.any(String),
    })
  })

  test('that expires shows a denial that says so, and comes too late to answer', async () => {
    const call_id = await ask('function_calls', {
      ...spec,
      expires_in_seconds: 1,
      on_expire: { comment: 'ask again tomorrow' },
    })
    await settled('function_calls', call_id)

    const late = await humanLayerGo(server.apiBase, server.responderKey).post(
      `/agent/function_calls/${call_id}/respond`,
      '{"approved":true}',
    )

    expect(late.status).toBe(409)
    decodeError(late.body)
    expect((await shownCall(call_id)).status).toMatchObject({
      approved: false,
      comment: 'expired: ask again tomorrow',
      responded_at: expect.any(String),
    })
  })
})

describe('a native human contact', () => {
  const spec = { msg: 'How many?' }
  const response_schema = { type: 'object', properties: { count: { type: 'integer' } } }

  test('shows none of the members that HumanLayer does not have', async () => {
    const call_id = await ask('human_contacts', {
      ...spec,
      response_schema,
      context: { links: [{ url: 'https://example.com' }] },
      expires_in_seconds: 3_600,
      metadata: {},
    })

    expect(await shownContact(call_id)).toEqual({
      run_id: 'native',
      call_id,
      spec: { ...spec, channel: null },
      status: null,
    })
  })

  test.each([
    { said: 'data alone', given: { response_data: { count: 3 } }, shown: '{"count":3}' },
    { said: 'text beside data', given: { response: 'three', response_data: { count: 3 } }, shown: 'three' },
  ])('that is answered with $said shows a text', async ({ given, shown }) => {
    const call_id = await ask('human_contacts', { ...spec, response_schema })
    await answer('human_contacts', call_id, given)

    expect((await shownContact(call_id)).status).toMatchObject({
      response: shown,
      responded_at: expect.any(String),
    })
  })

  test.each([0, false, ''])('that is answered with the data %j shows a text', async (response_data) => {
    const call_id = await ask('human_contacts', { ...spec, response_schema: {} })
    await answer('human_contacts', call_id, { response_data })

    expect((await shownContact(call_id)).status).toMatchObject({ response: JSON.stringify(response_data) })
  })

  test('that is cancelled shows that there is no answer', async () => {
    const call_id = await ask('human_contacts', spec)
    await cancel('human_contacts', call_id, {})

    expect((await shownContact(call_id)).status).toMatchObject({
      response: '[no answer: cancelled]',
      response_option_name: null,
      responded_at: expect.any(String),
    })
  })

  test('that expires shows that there is no answer', async () => {
    const call_id = await ask('human_contacts', { ...spec, expires_in_seconds: 1 })
    await settled('human_contacts', call_id)

    expect((await shownContact(call_id)).status).toMatchObject({
      response: '[no answer: expired]',
      responded_at: expect.any(String),
    })
  })
})

describe('a call of a HumanLayer client', () => {
  test('stands in the native API with its kinds and the inbox, and is answered there too', async () => {
    const call_id = `_call ${randomUUID()}`
    const agent = pythonRequests(server.apiBase, server.agentKey)
    await agent.post(
      '/function_calls',
      `{"run_id": "Research Agent", "call_id": "${call_id}", "spec": {"fn": "f", "kwargs": {}, "channel": {"slack": {"channel_or_user_id": "C1"}, "sms": {"phone_number": "+15551234567"}}}, "status": null}`,
    )

    const list = await native(server.responderKey, 'GET', '/function_calls?run_id=Research~20Agent')
    const { items } = (await list.json()) as { items: { call_id: string; spec: object }[] }
    await answer('function_calls', items[0]!.call_id, { approved: true })

    expect(items).toHaveLength(1)
    expect(items[0]!.spec).toMatchObject({
      channel: {
        any_of: [
          { slack: { channel_or_user_id: 'C1' } },
          { sms: { phone_number: '+15551234567' } },
          { inbox: {} },
        ],
      },
    })
    expect(await shownCall(encodeURIComponent(call_id))).toMatchObject({
      call_id,
      status: { approved: true },
    })
  })
})
