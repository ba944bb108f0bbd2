import { describe, expect, test } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import type { RunSummary } from '../src/schemas.ts'
import { aFunctionCall, fakeFetch, json, problem } from './fake-server.ts'

function clientOf(...answers: Parameters<typeof fakeFetch>) {
  const { fetch, requests } = fakeFetch(...answers)
  const client = new Countersign({
    baseUrl: 'https://server.example',
    apiKey: 'sk_1',
    runId: 'run_1',
    parentRunId: 'run_0',
    fetch,
  })
  return { client, requests }
}

function summary(run_id: string, parent_run_id: string | null): RunSummary {
  return { run_id, parent_run_id, created_at: '2026-01-01T00:00:00Z' }
}

describe('runs', () => {
  test('are created with the parent of the client, and others with what is given', async () => {
    const { client, requests } = clientOf(() =>
      json({ ...summary('run_1', 'run_0'), children: [], items: [] }),
    )

    await client.runs.create({ budget: { cost: '5.00', currency: 'USD' } })
    await client.runs.create({ run_id: 'run_2' })

    expect(requests.map(({ body }) => body)).toEqual([
      { run_id: 'run_1', parent_run_id: 'run_0', budget: { cost: '5.00', currency: 'USD' } },
      { run_id: 'run_2' },
    ])
  })

  test('get the parent of the client with each call and timer of its own', async () => {
    const { client, requests } = clientOf(
      ({ body }) => json(aFunctionCall({}, body)),
      ({ body }) => json(aFunctionCall({}, body)),
      ({ body }) => json({ ...body, status: { state: 'pending', created_at: '', fired_at: null } }),
    )

    await client.functionCalls.create({ spec: { fn: 'f', kwargs: {} } })
    await client.functionCalls.create({ run_id: 'run_2', spec: { fn: 'f', kwargs: {} } })
    await client.timers.create({ spec: { wake_at: '2026-03-03T08:00:00Z' } })

    expect(requests.map(({ body }) => body.parent_run_id)).toEqual(['run_0', undefined, 'run_0'])
  })

  test('are told what they consumed, under an id that makes a repeat safe', async () => {
    const { client, requests } = clientOf(
      () => problem('storage_unavailable', 503),
      ({ body }) => json({ run_id: 'run_1', ...body, reported_at: '2026-01-01T00:00:00Z' }, 201),
    )
    const usage = { model: 'large', input_tokens: 10, output_tokens: 2, cost: '0.01', currency: 'USD' }

    await expect(client.runs.reportUsage(usage)).rejects.toThrow('storage_unavailable')
    await client.runs.reportUsage({ ...usage, usage_id: 'usage_1' })

    expect(requests[0]).toMatchObject({ method: 'POST', path: '/v1/runs/run_1/usage' })
    expect(requests[0]!.body).toEqual({ usage_id: expect.stringMatching(/^usage_/), ...usage })
    expect(requests[1]!.body).toEqual({ usage_id: 'usage_1', ...usage })
  })

  test('are read as a tree, oldest first, over every page', async () => {
    const root = summary('run_1', 'run_0')
    const { client, requests } = clientOf(
      () => json({ ...root, children: ['run_2', 'run_3'], items: [] }),
      () => json({ items: [summary('run_4', 'run_2'), summary('run_3', 'run_1')], next_cursor: 'more' }),
      () => json({ items: [summary('run_2', 'run_1'), root], next_cursor: null }),
    )

    const tree = await client.runs.tree()

    expect(tree).toEqual({
      run: root,
      children: [
        {
          run: summary('run_2', 'run_1'),
          children: [{ run: summary('run_4', 'run_2'), children: [] }],
        },
        { run: summary('run_3', 'run_1'), children: [] },
      ],
    })
    expect(requests[1]!.query.get('tree_of')).toBe('run_1')
    expect(requests[2]!.query.get('cursor')).toBe('more')
  })
})
