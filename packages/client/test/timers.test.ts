import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { ApiError, ConfigurationError, ProtocolError } from '../src/errors.ts'
import type { Timer } from '../src/schemas.ts'
import { fakeFetch, json, networkDown, problem } from './fake-server.ts'

const morning = new Date('2026-03-03T08:00:00.000Z')
const midnight = new Date('2026-03-03T00:00:00.000Z')

function aTimer(state: string, rest: Partial<Timer> = {}): Timer {
  return {
    run_id: 'run_1',
    timer_id: 'timer_1',
    spec: { wake_at: morning.toISOString() },
    status: {
      state,
      created_at: midnight.toISOString(),
      fired_at: state === 'fired' ? morning.toISOString() : null,
    },
    ...rest,
  }
}

function clientOf(...answers: Parameters<typeof fakeFetch>) {
  const { fetch, requests } = fakeFetch(...answers)
  const client = new Countersign({ baseUrl: 'https://server.example', apiKey: 'sk_1', runId: 'run_1', fetch })
  return { client, requests }
}

describe('timers', () => {
  test('are created under a run and an id of the client', async () => {
    const { client, requests } = clientOf(() => json(aTimer('pending'), 201))

    const timer = await client.timers.create({
      spec: { wake_at: morning.toISOString(), state: { big: 2n ** 64n } },
    })

    expect(timer).toEqual(aTimer('pending'))
    expect(requests[0]).toMatchObject({ method: 'POST', path: '/v1/timers', body: { run_id: 'run_1' } })
    expect(requests[0]!.body.timer_id).toMatch(/^timer_[0-9a-f]+$/)
    expect(requests[0]!.text).toContain('"big":18446744073709551616')
  })

  test('are read and cancelled by their id', async () => {
    const { client, requests } = clientOf(
      () => json(aTimer('pending')),
      () => json(aTimer('cancelled')),
    )

    expect((await client.timers.get('timer_1')).status.state).toBe('pending')
    expect((await client.timers.cancel('timer_1')).status.state).toBe('cancelled')

    expect(requests.map(({ method, path }) => [method, path])).toEqual([
      ['GET', '/v1/timers/timer_1'],
      ['POST', '/v1/timers/timer_1/cancel'],
    ])
  })

  test('that have fired are not cancelled', async () => {
    const { client } = clientOf(() => problem('already_fired', 409))

    const refused = client.timers.cancel('timer_1')

    await expect(refused).rejects.toThrow(ApiError)
    await expect(refused).rejects.toMatchObject({ code: 'already_fired' })
  })

  test('with ids that would name something else are refused before anything is sent', async () => {
    const { client, requests } = clientOf(() => json({}))

    await expect(client.timers.get('../keys')).rejects.toThrow(TypeError)
    await expect(client.timers.cancel('a/b')).rejects.toThrow(TypeError)
    await expect(client.sleepUntil(morning, { timerId: '' })).rejects.toThrow(TypeError)
    expect(requests).toEqual([])
  })

  test('need a server', async () => {
    vi.stubEnv('COUNTERSIGN_URL', '')
    vi.stubEnv('COUNTERSIGN_API_KEY', '')
    const client = new Countersign()
    vi.unstubAllEnvs()

    expect(() => client.timers).toThrow(ConfigurationError)
    await expect(client.sleepUntil(morning)).rejects.toThrow(ConfigurationError)
  })
})

describe('sleepUntil', () => {
  beforeEach(() => void vi.useFakeTimers({ now: midnight }))
  afterEach(() => void vi.useRealTimers())

  test('sets one timer and resolves once it has fired', async () => {
    const { client, requests } = clientOf(({ method }) =>
      json(aTimer(method === 'GET' && Date.now() >= morning.getTime() ? 'fired' : 'pending')),
    )
    const options = { timerId: 'timer_1', runId: 'run_2', state: { step: 4 } }

    const sleeping = client.sleepUntil(morning, options)
    await vi.advanceTimersByTimeAsync(morning.getTime() - midnight.getTime() - 1)
    const before = requests.length
    await vi.advanceTimersByTimeAsync(1_000)

    expect((await sleeping).status.state).toBe('fired')
    expect(requests.filter(({ method }) => method === 'POST')).toHaveLength(1)
    expect(requests[0]!.body).toEqual({
      run_id: 'run_2',
      timer_id: 'timer_1',
      spec: { wake_at: '2026-03-03T08:00:00.000Z', state: { step: 4 } },
    })
    // Once a minute, for the timer may be cancelled.
    expect(before).toBeLessThanOrEqual(8 * 60 + 1)
    expect(requests.length).toBe(before + 1)
  })

  test('asks a server whose clock is behind ever less often', async () => {
    const { client, requests } = clientOf(({ method }) =>
      json(aTimer(method === 'GET' && Date.now() >= morning.getTime() + 600_000 ? 'fired' : 'pending')),
    )
    vi.setSystemTime(morning)

    const sleeping = client.sleepUntil(morning, { timerId: 'timer_1' })
    await vi.advanceTimersByTimeAsync(610_000)

    expect((await sleeping).status.state).toBe('fired')
    expect(requests.length).toBeLessThan(200)
  })

  test('until a moment that is over resolves at once', async () => {
    const { client, requests } = clientOf(() => json(aTimer('fired'), 201))

    await client.sleepUntil(morning, { timerId: 'timer_1' })

    expect(requests).toHaveLength(1)
  })

  test('resolves when somebody cancels the timer', async () => {
    const { client } = clientOf(
      () => json(aTimer('pending'), 201),
      () => json(aTimer('cancelled')),
    )

    const sleeping = client.sleepUntil(morning, { timerId: 'timer_1' })
    await vi.advanceTimersByTimeAsync(60_000)

    expect((await sleeping).status.state).toBe('cancelled')
  })

  test('goes on through a lost network and a server that starts again', async () => {
    const { client, requests } = clientOf(
      networkDown,
      networkDown,
      networkDown,
      () => json(aTimer('pending'), 201),
      networkDown,
      () => problem('storage_unavailable', 503),
      () => json(aTimer('fired')),
    )

    const sleeping = client.sleepUntil(morning, { timerId: 'timer_1' })
    await vi.advanceTimersByTimeAsync(120_000)

    expect((await sleeping).status.state).toBe('fired')
    expect(requests.slice(0, 4).every(({ text }) => text === requests[0]!.text)).toBe(true)
  })

  test('ends when its signal aborts, and the timer stays', async () => {
    const { client, requests } = clientOf(() => json(aTimer('pending'), 201))
    const controller = new AbortController()

    const sleeping = client.sleepUntil(morning, { timerId: 'timer_1', signal: controller.signal })
    const ended = expect(sleeping).rejects.toThrow('enough')
    await vi.advanceTimersByTimeAsync(1_000)
    controller.abort(new Error('enough'))

    await ended
    expect(requests).toHaveLength(1)
  })

  test.each([
    ['the id of another timer', { timer_id: 'timer_2' }],
    ['another time', { spec: { wake_at: '2026-03-04T08:00:00.000Z' } }],
    ['no status', { status: undefined as never }],
  ])('does not take an answer with %s for its own', async (_, rest) => {
    const { client } = clientOf(() => json(aTimer('fired', rest), 201))

    await expect(client.sleepUntil(morning, { timerId: 'timer_1' })).rejects.toThrow(ProtocolError)
  })
})
