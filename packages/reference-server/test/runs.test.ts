import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  expectProblem,
  newId,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

const FIVE = { cost: '5.00', currency: 'USD' }
const path = (run_id: string) => `/v1/runs/${run_id}`
const declare = (run: object) => server.agent.post('/v1/runs', run)
const ask = (call: object) => server.agent.post('/v1/function_calls', aFunctionCall({}, call))
const read = async (run_id: string) => (await server.agent.get(path(run_id))).json

function aReport(more: object = {}) {
  return { usage_id: newId('usage'), model: 'large', input_tokens: 10, output_tokens: 2, ...more }
}

function report(run_id: string, more: object = {}) {
  return server.agent.post(`${path(run_id)}/usage`, aReport(more))
}

async function treeOf(run_id: string): Promise<string[]> {
  const ids: string[] = []
  for (let cursor = ''; ;) {
    const { json } = await server.responder.get(`/v1/runs?tree_of=${run_id}&limit=2${cursor}`)
    ids.push(...(json.items as { run_id: string }[]).map((run) => run.run_id))
    if (json.next_cursor === null) return ids
    cursor = `&cursor=${json.next_cursor}`
  }
}

describe.concurrent('a run', () => {
  test('is there as soon as something names it (run.exists)', async () => {
    const [asked, slept, used, parent] = ['run', 'run', 'run', 'run'].map((name) => newId(name))
    expectProblem(await server.agent.get(path(asked!)), 404, 'not_found')

    await ask({ run_id: asked, parent_run_id: parent })
    await server.agent.post('/v1/timers', {
      run_id: slept,
      timer_id: newId('timer'),
      spec: { wake_at: '2001-01-01T00:00:00Z' },
    })
    await report(used!)

    for (const run_id of [asked, slept, used, parent])
      expect(await read(run_id!)).toMatchObject({ run_id, created_at: expect.any(String) })
    expect(await read(parent!)).toMatchObject({ parent_run_id: null, children: [asked], items: [] })
  })

  test('is created with its parent and budget, and again without effect (run.created, run.repeat)', async () => {
    const [run_id, parent_run_id] = [newId('run'), newId('run')]
    const wish = { run_id, parent_run_id, budget: FIVE }

    const created = await declare(wish)
    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(path(run_id))
    expect(created.json).toEqual({
      run_id,
      parent_run_id,
      created_at: expect.any(String),
      usage: { input_tokens: 0, output_tokens: 0, costs: [] },
      budget: FIVE,
      children: [],
      items: [],
    })
    for (const again of [wish, { run_id }, { run_id, budget: FIVE }]) {
      const repeated = await declare(again)
      expect([repeated.status, repeated.json]).toEqual([200, created.json])
    }
  })

  test('keeps its parent and its budget (run.id-conflict)', async () => {
    const [run_id, parent_run_id] = [newId('run'), newId('run')]
    await declare({ run_id, parent_run_id, budget: FIVE })
    const call_id = newId()

    expectProblem(await declare({ run_id, parent_run_id: newId('run') }), 409, 'run_id_conflict')
    expectProblem(await declare({ run_id, budget: { ...FIVE, cost: '6' } }), 409, 'run_id_conflict')
    expectProblem(await ask({ run_id, call_id, parent_run_id: newId('run') }), 409, 'run_id_conflict')

    expect((await server.agent.get(`/v1/function_calls/${call_id}`)).status).toBe(404)
    expect(await read(run_id)).toMatchObject({ parent_run_id, budget: FIVE, items: [] })
  })

  test('stands neither below itself nor below its own (run.no-cycle)', async () => {
    const [root, child, leaf] = [newId('run'), newId('run'), newId('run')]
    await declare({ run_id: child, parent_run_id: root })
    await declare({ run_id: leaf, parent_run_id: child })

    for (const parent_run_id of [root, child, leaf])
      expectProblem(await ask({ run_id: root, parent_run_id }), 422, 'invalid_request', ['/parent_run_id'])
    expect(await read(root)).toMatchObject({ parent_run_id: null, items: [] })
  })

  test('is left alone by a repeat, whatever parent that names (run.repeat-first)', async () => {
    const call = aFunctionCall({}, { run_id: newId('run') })
    await server.agent.post('/v1/function_calls', call)

    const repeated = await server.agent.post('/v1/function_calls', { ...call, parent_run_id: newId('run') })

    expect(repeated.status).toBe(200)
    expect(await read(call.run_id)).toMatchObject({ parent_run_id: null })
  })

  test('shows what it asked, in order, with the state of each (run.items)', async () => {
    const run_id = newId('run')
    const [call, contact] = [aFunctionCall({}, { run_id }), aHumanContact({}, { run_id })]
    const timer = { run_id, timer_id: newId('timer'), spec: { wake_at: '2001-01-01T00:00:00Z' } }
    await server.agent.post('/v1/human_contacts', contact)
    await server.agent.post('/v1/timers', timer)
    await server.agent.post('/v1/function_calls', call)
    await server.responder.post(`/v1/function_calls/${call.call_id}/respond`, { approved: true })

    expect((await read(run_id)).items).toMatchObject([
      { kind: 'human_contact', id: contact.call_id, state: 'pending' },
      { kind: 'timer', id: timer.timer_id, state: 'fired' },
      { kind: 'function_call', id: call.call_id, state: 'approved' },
    ])
  })

  test('is listed with the runs below it, page by page (run.list-tree)', async () => {
    const [root, one, two, leaf, other] = Array.from({ length: 5 }, () => newId('run'))
    await declare({ run_id: root })
    await declare({ run_id: one, parent_run_id: root })
    await declare({ run_id: other })
    await declare({ run_id: two, parent_run_id: root })
    await declare({ run_id: leaf, parent_run_id: one })

    expect(await treeOf(root!)).toEqual([leaf, two, one, root])
    expect(await treeOf(one!)).toEqual([leaf, one])
    expect(await treeOf(newId('run'))).toEqual([])
  })

  test('of another project is none (run.own-project)', async () => {
    await server.insertProject('others')
    const foreign = await server.insertKey(['agent'], { project_id: 'others' })
    const [run_id, child] = [newId('run'), newId('run')]
    await report(run_id)
    await declare({ run_id: child, parent_run_id: run_id })

    expectProblem(await foreign.get(path(run_id)), 404, 'not_found')
    expect((await foreign.get('/v1/runs')).json).toEqual({ items: [], next_cursor: null })
    await foreign.post('/v1/runs', { run_id, parent_run_id: child })
    expect((await foreign.get(path(run_id))).json).toMatchObject({
      parent_run_id: child,
      usage: { input_tokens: 0 },
    })
  })

  test('takes no timer under another parent, and a timer under its own', async () => {
    const [run_id, parent_run_id] = [newId('run'), newId('run')]
    const timer = (more: object) => ({
      run_id,
      timer_id: newId('timer'),
      spec: { wake_at: '2125-01-01T00:00:00Z' },
      ...more,
    })
    expect((await server.agent.post('/v1/timers', timer({ parent_run_id }))).status).toBe(422)
    const near = { spec: { wake_at: '2001-01-01T00:00:00Z' } }
    expect((await server.agent.post('/v1/timers', timer({ ...near, parent_run_id }))).status).toBe(201)
    const wrong = timer({ ...near, parent_run_id: newId('run') })
    expectProblem(await server.agent.post('/v1/timers', wrong), 409, 'run_id_conflict')
    expect((await server.agent.get(`/v1/timers/${wrong.timer_id}`)).status).toBe(404)
    expect((await read(run_id)).parent_run_id).toBe(parent_run_id)
  })
})

describe.concurrent('usage', () => {
  test('is counted once under its id (usage.reported, usage.repeat, usage.id-conflict)', async () => {
    const run_id = newId('run')
    const sent = aReport({ cost: '0.10', currency: 'USD' })
    const post = (body: object) => server.agent.post(`${path(run_id)}/usage`, body)

    const first = await post(sent)
    expect(first.status).toBe(201)
    expect(first.json).toEqual({ run_id, ...sent, reported_at: expect.any(String) })
    const again = await post(sent)
    expect([again.status, again.json]).toEqual([200, first.json])
    expectProblem(await post({ ...sent, cost: '0.1' }), 409, 'usage_id_conflict')

    expect((await read(run_id)).usage).toEqual({
      input_tokens: 10,
      output_tokens: 2,
      costs: [{ cost: '0.1', currency: 'USD' }],
    })
  })

  test('adds up over the tree, also what came before the tree was there (usage.totals)', async () => {
    const [root, child, leaf] = [newId('run'), newId('run'), newId('run')]
    await report(leaf, { cost: '0.1', currency: 'USD' })
    await declare({ run_id: leaf, parent_run_id: child })
    await report(child, { cost: '3', currency: 'JPY' })
    await declare({ run_id: child, parent_run_id: root })
    await report(leaf, { cost: '0.2', currency: 'USD' })
    await report(root, { cost: '1', currency: 'EUR' })

    expect((await read(root)).usage).toEqual({
      input_tokens: 40,
      output_tokens: 8,
      costs: [
        { cost: '1', currency: 'EUR' },
        { cost: '3', currency: 'JPY' },
        { cost: '0.3', currency: 'USD' },
      ],
    })
    expect((await read(leaf)).usage).toMatchObject({ input_tokens: 20, costs: [{ cost: '0.3' }] })
  })

  test.each([
    [{ input_tokens: -1 }, '/input_tokens'],
    [{ output_tokens: 1.5 }, '/output_tokens'],
    [{ output_tokens: 1_000_000_001 }, '/output_tokens'],
    [{ cost: '1' }, '/currency'],
    [{ currency: 'USD' }, '/cost'],
    [{ cost: '1', currency: 'ZZZ' }, '/currency'],
    [{ cost: '1', currency: 'usd' }, '/currency'],
    [{ cost: '-1', currency: 'USD' }, '/cost'],
    [{ cost: 1, currency: 'USD' }, '/cost'],
    [{ cost: '1e3', currency: 'USD' }, '/cost'],
  ])('with %j is refused at %s and makes no run', async (wrong, pointer) => {
    const run_id = newId('run')

    expectProblem(await report(run_id, wrong), 422, 'invalid_request', [pointer])
    expect((await server.agent.get(path(run_id))).status).toBe(404)
  })

  test('of a run whose id no run can have is not found', async () => {
    expectProblem(await report('-not-an-id'), 404, 'not_found')
  })

  test('beyond the budget is counted (usage.beyond-budget)', async () => {
    const run_id = newId('run')
    await declare({ run_id, budget: { cost: '0', currency: 'USD' } })

    expect((await report(run_id, { cost: '1', currency: 'USD' })).status).toBe(201)
    expect((await read(run_id)).usage.costs).toEqual([{ cost: '1', currency: 'USD' }])
  })
})
