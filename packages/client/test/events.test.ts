import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Fetch } from '../src/connection.ts'
import { Countersign } from '../src/countersign.ts'
import { ApiError, ConfigurationError, ConnectionError, ProtocolError } from '../src/errors.ts'
import type { Event } from '../src/schemas.ts'
import { aFunctionCall, fakeFetch, json, networkDown, problem, silence, type Seen } from './fake-server.ts'

const clientOver = (fetch: Fetch, reconnectForMs?: number) =>
  new Countersign({ baseUrl: 'http://server.example', apiKey: 'sk_1', fetch, reconnectForMs })

describe('events', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('come once each, through ends, losses and errors of the server', async () => {
    const { fetch, requests } = fakeStreams(
      stream([event('1'), event('2')]),
      networkDown,
      () => problem('busy', 503, { 'Retry-After': '2' }),
      () => problem('busy', 429),
      () => problem('slow', 408),
      stream([event('2'), event('3')], 'breaks'),
      stream([event('4')], 'stays'),
    )

    const ids = await collect(clientOver(fetch), 4)

    expect(ids).toEqual(['1', '2', '3', '4'])
    expect(requests.map(({ query, headers }) => [query.get('after'), headers.get('last-event-id')])).toEqual([
      ['start', null],
      ...Array.from({ length: 5 }, () => [null, '2']),
      [null, '3'],
    ])
    expect(requests[0]!.headers.get('accept')).toBe('text/event-stream')
  })

  test('honour Retry-After and the `retry` of the stream', async () => {
    const { fetch, requests } = fakeStreams(
      () => problem('busy', 503, { 'Retry-After': '30' }),
      stream(['retry: 20000\n', event('1')]),
      stream([event('2')], 'stays'),
    )

    const ids = collect(clientOver(fetch), 2, 25)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(20_000)
    expect(requests).toHaveLength(2)
    await vi.advanceTimersByTimeAsync(2_500)

    expect(await ids).toEqual(['1', '2'])
  })

  test('resume from a position without an event (sse.position)', async () => {
    const { fetch, requests } = fakeStreams(stream(['id: 7\n\n']), stream([event('8')], 'stays'))

    const ids = await collect(clientOver(fetch), 1, 1_000, { after: 'latest' })

    expect(ids).toEqual(['8'])
    expect(requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([null, '7'])
  })

  test('are asked for again after twice the heartbeat of silence, and a heartbeat is no silence', async () => {
    const { fetch, requests } = fakeStreams(stream([event('1')], 'stays'), stream([event('2')], 'beats'))
    const ids = collect(clientOver(fetch), 2, 0)

    await vi.advanceTimersByTimeAsync(19_900)
    expect(requests).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(300)

    expect(await ids).toEqual(['1', '2'])
  })

  test('stay on a connection with heartbeats', async () => {
    const { fetch, requests } = fakeStreams(stream([event('1')], 'beats'))
    const events = clientOver(fetch).events()
    await events.next()
    const next = events.next()

    await vi.advanceTimersByTimeAsync(120_000)

    expect(requests).toHaveLength(1)
    void next
  })

  test.each([
    [410, 'event_gone'],
    [401, 'unauthenticated'],
    [403, 'insufficient_scope'],
    [404, 'not_found'],
  ])('throw %d as an ApiError', async (status, code) => {
    const { fetch, requests } = fakeStreams(() => problem(code, status))

    const failed = clientOver(fetch).events({ after: 'gone' }).next()

    await expect(failed).rejects.toMatchObject({ name: 'ApiError', code })
    await expect(failed).rejects.toBeInstanceOf(ApiError)
    expect(requests).toHaveLength(1)
  })

  test('need a server that claims `sse`', async () => {
    const { fetch } = fakeFetch(() => json({ profiles: ['core', 'events'], limits: {} }))

    const failed = clientOver(fetch).events().next()

    await expect(failed).rejects.toThrow(ConfigurationError)
    await expect(failed).rejects.toThrow('`sse`')
  })

  test('need a server', () => {
    vi.stubEnv('COUNTERSIGN_URL', '')
    vi.stubEnv('COUNTERSIGN_API_KEY', '')

    expect(() => new Countersign().events()).toThrow(ConfigurationError)
    vi.unstubAllEnvs()
  })

  test('refuse what is no stream and no event', async () => {
    const page = fakeStreams(() => json({ items: [], next_cursor: null }))
    const broken = fakeStreams(stream(['id: 1\ndata: {"id":\n\n']))

    await expect(clientOver(page.fetch).events().next()).rejects.toThrow(ProtocolError)
    await expect(clientOver(broken.fetch).events().next()).rejects.toThrow(ProtocolError)
  })

  test('give up after `reconnectForMs` of silence', async () => {
    const { fetch } = fakeFetch(networkDown)
    const failed = expect(clientOver(fetch, 5_000).events().next()).rejects.toThrow(ConnectionError)

    await vi.advanceTimersByTimeAsync(6_000)

    await failed
  })

  test('do not hammer a server whose streams end at once', async () => {
    const { fetch, requests } = fakeStreams(stream([]))
    const controller = new AbortController()
    const failed = expect(clientOver(fetch).events({ signal: controller.signal }).next()).rejects.toBe('stop')

    await vi.advanceTimersByTimeAsync(60_000)
    controller.abort('stop')

    await failed
    expect(requests.length).toBeLessThan(25)
  })

  test.each([
    ['while it connects', silence],
    ['while it listens', stream([], 'stays')],
  ])('end with the reason of the signal %s', async (_when, answer) => {
    const { fetch } = fakeStreams(answer)
    const controller = new AbortController()
    const failed = expect(clientOver(fetch).events({ signal: controller.signal }).next()).rejects.toBe('stop')
    await vi.advanceTimersByTimeAsync(10)

    controller.abort('stop')

    await failed
    await vi.advanceTimersByTimeAsync(60_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('close the connection when the loop is left', async () => {
    let isCancelled = false
    const { fetch } = fakeStreams(stream([event('1')], 'stays', () => (isCancelled = true)))

    await collect(clientOver(fetch), 1)

    expect(isCancelled).toBe(true)
  })

  test('keep every digit, as pages do', async () => {
    const text = event('1').replace('"kwargs":{}', '"kwargs":{"order_id":12345678901234567890}')
    const { fetch } = fakeStreams(stream([text], 'stays'))
    const list = fakeFetch(() => json(`{"items":[${text.split('data: ')[1]}],"next_cursor":null}`))

    const { value } = await clientOver(fetch).events().next()
    const { items } = await clientOver(list.fetch).listEvents({ runId: 'run_1', limit: 5 })

    for (const { data } of [value as Event, items[0]!])
      expect(data).toMatchObject({ spec: { kwargs: { order_id: 12345678901234567890n } } })
    expect(String(list.requests[0]!.query)).toBe('run_id=run_1&limit=5')
  })
})

/** Like `fakeFetch`, with a discovery document in front of it. */
function fakeStreams(...answers: Parameters<typeof fakeFetch>) {
  const { fetch, requests } = fakeFetch(...answers)
  return {
    requests,
    fetch: async (url: string, init: RequestInit) =>
      url.endsWith('/.well-known/countersign')
        ? json({ profiles: ['core', 'events', 'sse'], limits: { heartbeat_seconds: 10 } })
        : fetch(url, init),
  }
}

async function collect(client: Countersign, count: number, advanceMs = 10_000, options = { after: 'start' }) {
  const ids: string[] = []
  const reading = (async () => {
    for await (const { id } of client.events(options)) if (ids.push(id) === count) break
  })()
  if (advanceMs > 0) await vi.advanceTimersByTimeAsync(advanceMs)
  await reading
  return ids
}

function event(id: string): string {
  const data = {
    id,
    type: 'function_call.requested',
    created_at: '2026-01-01T00:00:00Z',
    data: aFunctionCall(),
  }
  return `id: ${id}\nevent: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`
}

/** A stream of these texts, and what becomes of it then. */
function stream(texts: string[], then: 'ends' | 'breaks' | 'stays' | 'beats' = 'ends', cancelled = () => {}) {
  return (_request: Seen) => {
    let beat: ReturnType<typeof setInterval>
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (const text of texts) controller.enqueue(new TextEncoder().encode(text))
        await Promise.resolve()
        if (then === 'ends') controller.close()
        if (then === 'breaks') setTimeout(() => controller.error(new TypeError('terminated')), 50)
        if (then === 'beats')
          beat = setInterval(() => controller.enqueue(new TextEncoder().encode(':\n\n')), 9_000)
      },
      cancel() {
        clearInterval(beat)
        cancelled()
      },
    })
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream; charset=utf-8' } })
  }
}
