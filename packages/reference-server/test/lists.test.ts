import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  expectProblem,
  startTestServer,
  type Client,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

/** Follows `next_cursor` to the end and gives back the ids on each page. */
async function pagesOf(client: Client, path: string, between?: () => Promise<unknown>): Promise<string[][]> {
  const pages: string[][] = []
  let cursor: string | null = null
  do {
    const { json } = await client.get(`${path}${cursor === null ? '' : `&cursor=${cursor}`}`)
    pages.push((json.items as { call_id: string }[]).map(({ call_id }) => call_id))
    cursor = json.next_cursor as string | null
    await between?.()
  } while (cursor !== null)
  return pages
}

async function create(run_id: string, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index++) {
    const call = aFunctionCall({}, { run_id })
    await server.agent.post('/v1/function_calls', call)
    ids.push(call.call_id)
  }
  return ids
}

describe('a list', () => {
  test('is newest first and complete, whatever is created meanwhile (list.newest-first, list.complete, list.end)', async () => {
    const ids = await create('paged', 7)

    const pages = await pagesOf(server.agent, '/v1/function_calls?run_id=paged&limit=3', () =>
      create('paged', 2),
    )

    expect(pages.flat()).toEqual(ids.toReversed())
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
  })

  test('ends with null when the last page is full (list.end)', async () => {
    await create('full', 4)

    expect((await pagesOf(server.agent, '/v1/function_calls?run_id=full&limit=2')).length).toBe(2)
  })

  test('holds what the query names (list.filters)', async () => {
    const [first, second] = await create('filtered', 2)
    await server.responder.post(`/v1/function_calls/${first}/respond`, { approved: true })

    const listed = async (query: string) =>
      (await pagesOf(server.responder, `/v1/function_calls?${query}`)).flat()

    expect(await listed('run_id=filtered&state=approved')).toEqual([first])
    expect(await listed('run_id=filtered&state=pending')).toEqual([second])
    expect(await listed('run_id=filtered&state=denied')).toEqual([])
    expect(await listed('run_id=nobody')).toEqual([])
    expect(await listed("run_id=filtered'--")).toEqual([])
  })

  test('shows each call as it is read alone', async () => {
    const contact = aHumanContact({}, { run_id: 'alone' })
    await server.agent.post('/v1/human_contacts', contact)

    const { json } = await server.agent.get('/v1/human_contacts?run_id=alone')

    expect(json.items).toEqual([(await server.agent.get(`/v1/human_contacts/${contact.call_id}`)).json])
    expect(json.next_cursor).toBeNull()
  })

  test.each(['0', '-1', '1.5', '', 'x', '1e2', '%2B1'])(
    'has no limit of "%s" (list.limit-malformed)',
    async (limit) => {
      expectProblem(await server.agent.get(`/v1/function_calls?limit=${limit}`), 400, 'invalid_parameter', [
        '/limit',
      ])
    },
  )

  test.each(['answered', 'PENDING', '', '__proto__', 'toString', '%00'])(
    'has no state "%s" (list.unknown-state)',
    async (state) => {
      expectProblem(await server.agent.get(`/v1/function_calls?state=${state}`), 400, 'invalid_parameter', [
        '/state',
      ])
    },
  )

  test.each(['limit', 'state', 'run_id', 'cursor'])('takes %s once', async (name) => {
    const answer = await server.agent.get(`/v1/function_calls?${name}=1&${name}=2`)

    expectProblem(answer, 400, 'invalid_parameter', [`/${name}`])
  })

  test('ignores parameters that it does not know', async () => {
    for (const query of ['x=1&x=2', '__proto__=1', '%', '&&&==', 'constructor'])
      expect((await server.agent.get(`/v1/function_calls?${query}`)).status).toBe(200)
  })
})

describe('a page', () => {
  test('is never longer than the limit of the server (list.limit)', async () => {
    await create('long', 101)

    const cut = await server.agent.get(`/v1/function_calls?run_id=long&limit=${'9'.repeat(30)}`)
    const standard = await server.agent.get('/v1/function_calls?run_id=long')

    expect(cut.json.items).toHaveLength(100)
    expect(standard.json.items).toHaveLength(50)
  })

  test('ends early when its calls are large, and the list stays complete (list.complete)', async () => {
    const large = await startTestServer({ body_bytes: 4 * 2 ** 20 })
    const calls = Array.from({ length: 8 }, () =>
      aFunctionCall({ kwargs: { text: 'x'.repeat(3 * 2 ** 20) } }),
    )
    for (const call of calls) await large.agent.post('/v1/function_calls', call)

    const pages = await pagesOf(large.agent, '/v1/function_calls?limit=100')
    const pending = await large.agent.get('/humanlayer/v1/agent/function_calls/pending')

    expect(pages.flat()).toEqual(calls.map(({ call_id }) => call_id).toReversed())
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 2])
    expect(pending.text.length).toBeLessThan(24 * 2 ** 20)
    await large.close()
  })
})

describe('a cursor', () => {
  test('is refused when it was tampered with, cut, or written another way (list.cursor-tampered)', async () => {
    await create('sealed', 3)
    const path = '/v1/function_calls?run_id=sealed&limit=1'
    const cursor = (await server.agent.get(path)).json.next_cursor as string
    const bytes = Buffer.from(cursor, 'base64url')
    const position = bytes.subarray(16).toString()
    const rewritten = [`+${position}`, `0${position}`, `${position}.0`, `${position}e0`, ` ${position}`].map(
      (text) => Buffer.concat([bytes.subarray(0, 16), Buffer.from(text)]).toString('base64url'),
    )
    const tampered = [
      ...rewritten,
      Buffer.concat([bytes.subarray(0, 16), Buffer.from(String(Number(position) + 1))]).toString('base64url'),
      cursor.slice(0, -1),
      cursor.slice(0, 10),
      cursor.slice(1),
      `${cursor}A`,
      `${cursor}=`,
      `${cursor}?`,
      `${cursor}%00`,
      `%20${cursor}`,
      cursor.toUpperCase(),
      '',
      '1',
      'null',
      '__proto__',
      'A'.repeat(5000),
      '%F0%9F%98%80',
    ]

    for (const wrong of tampered)
      expectProblem(await server.agent.get(`${path}&cursor=${wrong}`), 400, 'invalid_cursor', ['/cursor'])

    expect((await server.agent.get(`${path}&cursor=${cursor}`)).json.items).toHaveLength(1)
  })

  test('belongs to its list, its filters and its project (list.cursor-tampered)', async () => {
    await server.insertProject('cursors')
    const foreign = await server.insertKey(['agent', 'admin'], { project_id: 'cursors' })
    await create('mine', 3)
    const { next_cursor } = (await server.agent.get('/v1/function_calls?run_id=mine&limit=1')).json

    for (const [client, path] of [
      [server.agent, '/v1/function_calls?limit=1'],
      [server.agent, '/v1/function_calls?run_id=mine&state=pending'],
      [server.agent, '/v1/function_calls?run_id=sealed'],
      [server.agent, '/v1/human_contacts?run_id=mine'],
      [server.admin, '/v1/keys?'],
      [foreign, '/v1/function_calls?run_id=mine'],
    ] as const)
      expectProblem(await client.get(`${path}&cursor=${next_cursor}`), 400, 'invalid_cursor', ['/cursor'])

    const { status } = await server.agent.get(`/v1/function_calls?run_id=mine&limit=3&cursor=${next_cursor}`)
    expect(status).toBe(200)
  })
})

describe('the HumanLayer list of pending calls', () => {
  test('is an array, and a page when the query asks for one (humanlayer.pending-lists)', async () => {
    const path = '/humanlayer/v1/agent/function_calls/pending'

    const all = await server.agent.get(path)
    const page = await server.agent.get(`${path}?limit=2&offset=1`)

    expect(page.json).toEqual({
      items: all.json.slice(1, 3),
      total: all.json.length,
      limit: 2,
      offset: 1,
      has_more: true,
    })
    const beyond = await server.agent.get(`${path}?offset=999999999999999999999`)
    expect(beyond.json).toMatchObject({ items: [], has_more: false })
    expect((await server.agent.get(`${path}?limit=x`)).status).toBe(400)
  })
})
