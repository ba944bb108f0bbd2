import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aFunctionCall, expectProblem, newId, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

const HOUR_MS = 3_600_000

function aTimer(ms: number, more: object = {}) {
  return {
    run_id: newId('run'),
    timer_id: newId('timer'),
    spec: { wake_at: new Date(Date.now() + ms).toISOString(), state: { step: 4 } },
    ...more,
  }
}

async function eventsOf({ run_id }: { run_id: string }, query = '', client = server.agent) {
  const { json } = await client.get(`/v1/events?run_id=${run_id}${query}`)
  return json.items as { type: string; principal: string; data: Record<string, unknown> }[]
}

async function untilFired({ timer_id }: { timer_id: string }, from = server) {
  return vi.waitUntil(
    async () => {
      const { json } = await from.agent.get(`/v1/timers/${timer_id}`)
      return json.status.state === 'fired' ? json : undefined
    },
    { timeout: 10_000, interval: 20 },
  )
}

describe.concurrent('a timer', () => {
  test('is created, shown and pending (timer.created, timer.read)', async () => {
    const timer = aTimer(HOUR_MS)

    const created = await server.agent.post('/v1/timers', timer)

    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/v1/timers/${timer.timer_id}`)
    expect(created.json).toEqual({
      ...timer,
      status: { state: 'pending', created_at: expect.any(String), fired_at: null },
    })
    expect((await server.agent.get(`/v1/timers/${timer.timer_id}`)).json).toEqual(created.json)
  })

  test('keeps its state value for value', async () => {
    const timer = aTimer(HOUR_MS)
    const body = JSON.stringify(timer).replace('"step":4', '"z":9007199254740993,"a":1.50')

    const created = await server.agent.post('/v1/timers', body)

    for (const { text } of [created, await server.agent.get(`/v1/timers/${timer.timer_id}`)])
      expect(text).toContain('"z":9007199254740993,"a":1.50')
  })

  test('that is set again is the same one, and otherwise a conflict (timer.repeat, timer.id-conflict)', async () => {
    const timer = aTimer(HOUR_MS)
    const created = await server.agent.post('/v1/timers', timer)

    const again = await server.agent.post('/v1/timers', timer)
    const other = await server.agent.post('/v1/timers', { ...timer, run_id: 'other' })

    expect([again.status, again.json]).toEqual([200, created.json])
    expectProblem(other, 409, 'timer_id_conflict')
    expect(other.text).not.toContain(timer.run_id)
  })

  test('fires when its time has come, with one event (timer.fires, timer.never-early, timer.event)', async () => {
    const timer = aTimer(600)
    await server.agent.post('/v1/timers', timer)

    const fired = await untilFired(timer)

    expect(Date.parse(fired.status.fired_at)).toBeGreaterThanOrEqual(Date.parse(timer.spec.wake_at))
    expect(await eventsOf(timer)).toEqual([
      {
        id: expect.any(String),
        type: 'timer.fired',
        created_at: fired.status.fired_at,
        principal: 'system:timer',
        data: fired,
      },
    ])
  })

  test('whose time is over fires at once (timer.past-fires-at-once)', async () => {
    const timer = aTimer(-HOUR_MS)

    const created = await server.agent.post('/v1/timers', timer)

    expect([created.status, created.json.status.state]).toEqual([201, 'fired'])
    expect(await eventsOf(timer)).toHaveLength(1)
    expect((await server.agent.post('/v1/timers', timer)).status).toBe(200)
    expect(await eventsOf(timer)).toHaveLength(1)
  })

  test('shows its state to agents alone (timer.state-for-agents)', async () => {
    const timer = aTimer(-1)
    await server.agent.post('/v1/timers', timer)

    expect((await eventsOf(timer, '', server.responder))[0]!.data['spec']).toEqual({
      wake_at: timer.spec.wake_at,
    })
    expectProblem(await server.responder.get(`/v1/timers/${timer.timer_id}`), 403, 'insufficient_scope')
  })

  test('is no call: a call may have its id, and their events stay apart', async () => {
    const timer = aTimer(-1)
    await server.agent.post('/v1/timers', timer)
    await server.agent.post(
      '/v1/function_calls',
      aFunctionCall({}, { run_id: timer.run_id, call_id: timer.timer_id }),
    )

    const events = await eventsOf(timer, `&call_id=${timer.timer_id}`)

    expect(events.map(({ type }) => type)).toEqual(['function_call.requested'])
  })

  test('is cancelled for good (timer.cancel)', async () => {
    const timer = aTimer(400)
    await server.agent.post('/v1/timers', timer)
    const path = `/v1/timers/${timer.timer_id}`

    const cancelled = await server.agent.post(`${path}/cancel`)

    expect([cancelled.status, cancelled.json.status.state]).toEqual([200, 'cancelled'])
    // Another one that is due later has fired: this one would have been first.
    const later = aTimer(500)
    await server.agent.post('/v1/timers', later)
    await untilFired(later)
    expect((await server.agent.get(path)).json).toEqual(cancelled.json)
    expect((await server.agent.post(`${path}/cancel`)).json).toEqual(cancelled.json)
    expect(await eventsOf(timer)).toEqual([])
  })

  test('that has fired is not cancelled (timer.cancel-too-late)', async () => {
    const timer = aTimer(-1)
    const { json: fired } = await server.agent.post('/v1/timers', timer)

    const refused = await server.agent.post(`/v1/timers/${timer.timer_id}/cancel`)

    expectProblem(refused, 409, 'already_fired')
    expect(refused.json.winning_status).toEqual(fired.status)
    expect((await server.agent.get(`/v1/timers/${timer.timer_id}`)).json).toEqual(fired)
  })

  test('is refused when it is too far ahead or no instant (timer.in-range)', async () => {
    const { json } = await server.nobody.get('/.well-known/countersign')
    const ahead = (json.limits.timer_seconds as number) * 1000

    expectProblem(await server.agent.post('/v1/timers', aTimer(ahead + 60_000)), 422, 'invalid_request', [
      '/spec/wake_at',
    ])
    expectProblem(
      await server.agent.post('/v1/timers', aTimer(0, { spec: { wake_at: 'PT8H' } })),
      422,
      'invalid_request',
      ['/spec/wake_at'],
    )
    expect((await server.agent.post('/v1/timers', aTimer(ahead - 60_000))).status).toBe(201)
  })

  test('of nobody, and of another project, is not found', async () => {
    await server.insertProject('elsewhere')
    const other = await server.insertKey(['agent'], { project_id: 'elsewhere' })
    const timer = aTimer(HOUR_MS)
    await server.agent.post('/v1/timers', timer)

    for (const client of [server.agent, other]) {
      const id = client === other ? timer.timer_id : 'nobody'
      expectProblem(await client.get(`/v1/timers/${id}`), 404, 'not_found')
      expectProblem(await client.post(`/v1/timers/${id}/cancel`), 404, 'not_found')
    }
    expect((await other.post('/v1/timers', timer)).status).toBe(201)
  })

  test('survives the end of the server, and fires once when it came due meanwhile (timer.survives)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    const first = await startTestServer({}, folder)
    const [due, later] = [aTimer(300), aTimer(HOUR_MS)]
    for (const timer of [due, later]) await first.agent.post('/v1/timers', timer)
    const { json: pending } = await first.agent.get(`/v1/timers/${later.timer_id}`)
    await first.stop()

    const second = await startTestServer({}, folder)
    const fired = await untilFired(due, second)

    expect(Date.parse(fired.status.fired_at)).toBeGreaterThanOrEqual(Date.parse(due.spec.wake_at))
    expect((await second.agent.get(`/v1/events?run_id=${due.run_id}`)).json.items).toHaveLength(1)
    expect((await second.agent.get(`/v1/timers/${later.timer_id}`)).json).toEqual(pending)
    await second.close()
  })
})
