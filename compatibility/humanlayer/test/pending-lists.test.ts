import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { humanLayerGo, pythonRequests } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeFunctionCall } from './strict-decoder.ts'

async function ask(server: ServerProcess, count: number): Promise<string[]> {
  const call_ids = Array.from({ length: count }, () => `call-${randomUUID()}`)
  for (const call_id of call_ids)
    await pythonRequests(server.apiBase, server.agentKey).post(
      '/function_calls',
      `{"run_id": "agent", "call_id": "${call_id}", "spec": {"fn": "f", "kwargs": {}, "channel": null}, "status": null}`,
    )
  return call_ids
}

async function pending(server: ServerProcess, query = ''): Promise<unknown> {
  const daemon = humanLayerGo(server.apiBase, server.responderKey)
  return (await daemon.get(`/agent/function_calls/pending${query}`)).body
}

const idsOf = (calls: unknown) => (calls as unknown[]).map((call) => decodeFunctionCall(call).call_id)

describe('a list of pending calls', () => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  test('is an array, as the OpenAPI document and humanlayer-go 0.7.9 have it', async () => {
    expect(await pending(server)).toEqual([])

    const call_ids = await ask(server, 3)
    await humanLayerGo(server.apiBase, server.responderKey).post(
      `/agent/function_calls/${call_ids[1]}/respond`,
      '{"approved":true}',
    )

    expect(new Set(idsOf(await pending(server)))).toEqual(new Set([call_ids[0], call_ids[2]]))
  })

  test('is a page for whoever asks for one', async () => {
    const first = await pending(server, '?limit=1')
    const second = await pending(server, '?limit=1&offset=1')

    expect(first).toMatchObject({ total: 2, limit: 1, offset: 0, has_more: true })
    expect(second).toMatchObject({ total: 2, limit: 1, offset: 1, has_more: false })
    const items = [first, second].flatMap((page) => (page as { items: unknown[] }).items)
    expect(new Set(idsOf(items))).toEqual(new Set(idsOf(await pending(server))))
  })
})

describe('a list of pending calls that is configured to be a page', () => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await startServer({ COUNTERSIGN_HUMANLAYER_PENDING_PAGE: 'true' })
  })
  afterAll(() => server.stop())

  test('is one without being asked, as humanlayer-go 0.8 has it', async () => {
    expect(await pending(server)).toEqual({ items: [], total: 0, limit: 100, offset: 0, has_more: false })

    const call_ids = await ask(server, 101)
    const page = (await pending(server)) as { items: unknown[] }

    expect(page).toMatchObject({ total: 101, limit: 100, offset: 0, has_more: true })
    expect(idsOf(page.items)).toHaveLength(100)
    expect(call_ids).toEqual(expect.arrayContaining(idsOf(page.items)))
  })
})
