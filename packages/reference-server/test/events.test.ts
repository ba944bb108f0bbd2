import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

interface Event {
  id: string
  type: string
  principal: string
  data: { call_id: string; spec: Record<string, unknown>; status: { state: string } }
}

async function eventsOf(run_id: string, query = '', client = server.agent): Promise<Event[]> {
  const { json } = await client.get(`/v1/events?run_id=${run_id}${query}`)
  return json.items as Event[]
}

/** A call that was created and approved. */
async function approved(run_id: string): Promise<string> {
  const call = aFunctionCall({ state: { step: 1 } }, { run_id })
  await server.agent.post('/v1/function_calls', call)
  await server.responder.post(`/v1/function_calls/${call.call_id}/respond`, { approved: true })
  return call.call_id
}

describe('the event log', () => {
  test('tells what happened to a call, oldest first, with the status as it then was', async () => {
    const call_id = await approved('log-1')

    const events = await eventsOf('log-1')

    expect(events.map(({ type }) => type)).toEqual([
      'function_call.requested',
      'function_call.responded',
      'function_call.completed',
    ])
    expect(events.map(({ data }) => data.status.state)).toEqual(['pending', 'approved', 'approved'])
    expect(events.every(({ data }) => data.call_id === call_id)).toBe(true)
    const { json: call } = await server.agent.get(`/v1/function_calls/${call_id}`)
    expect(events[2]!.data).toEqual(call)
  })

  test('shows the state of a spec to agents alone', async () => {
    await approved('log-2')

    expect((await eventsOf('log-2'))[0]!.data.spec['state']).toEqual({ step: 1 })
    expect((await eventsOf('log-2', '', server.responder))[0]!.data.spec).not.toHaveProperty('state')
  })

  test('is read page by page, each beginning after the last event seen', async () => {
    for (let n = 0; n < 3; n++) await approved('log-3')
    const seen: string[] = []
    let after = 'start'
    for (let page = 0; page < 9; page++) {
      const { json } = await server.agent.get(`/v1/events?run_id=log-3&limit=2&after=${after}`)
      seen.push(...(json.items as Event[]).map(({ id }) => id))
      if (json.next_cursor === null) break
      after = json.next_cursor as string
    }

    expect(seen).toEqual((await eventsOf('log-3')).map(({ id }) => id))
    expect(new Set(seen).size).toBe(9)
  })

  test('is filtered by call and type', async () => {
    const call_id = await approved('log-4')
    await approved('log-4')

    expect(await eventsOf('log-4', `&call_id=${call_id}`)).toHaveLength(3)
    expect(await eventsOf('log-4', '&type=function_call.completed')).toHaveLength(2)
  })

  test('of what has yet to happen is empty', async () => {
    await approved('log-5')

    expect(await eventsOf('log-5', '&after=latest')).toEqual([])
  })

  test.each(['after=nobody', 'after='])('is refused after what is no event: %s', async (query) => {
    expectProblem(await server.agent.get(`/v1/events?${query}`), 410, 'event_gone')
  })

  test('is refused after an event of another project', async () => {
    await server.insertProject('elsewhere')
    const other = await server.insertKey(['agent'], { project_id: 'elsewhere' })
    await other.post('/v1/human_contacts', aHumanContact())
    const { json } = await other.get('/v1/events')

    const foreign = (json.items as Event[])[0]!.id

    expectProblem(await server.agent.get(`/v1/events?after=${foreign}`), 410, 'event_gone')
  })
})

describe('the stream', () => {
  test('tells of a timer when it fires, and not to who follows a call of the same id', async () => {
    const call = aFunctionCall({}, { run_id: 'sse-timer' })
    const all = await follow('/v1/events?run_id=sse-timer')
    const ofCall = await follow(`/v1/events?run_id=sse-timer&call_id=${call.call_id}`)

    const wake_at = new Date(Date.now() + 200).toISOString()
    const timer = { run_id: 'sse-timer', timer_id: call.call_id, spec: { wake_at } }
    await server.agent.post('/v1/timers', timer)
    const [fired] = await all.take(1)
    await server.agent.post('/v1/function_calls', call)

    expect(fired!.event).toBe('timer.fired')
    expect(JSON.parse(fired!.data)).toMatchObject({ type: 'timer.fired', data: timer })
    expect((await ofCall.take(1))[0]!.event).toBe('function_call.requested')
    all.close()
    ofCall.close()
  })

  test('sends the backlog and then what happens', async () => {
    const first = await approved('sse-1')
    const stream = await follow('/v1/events?run_id=sse-1')

    const backlog = await stream.take(3)
    const second = await approved('sse-1')
    const live = await stream.take(3)

    expect([...backlog, ...live].map(({ data }) => (JSON.parse(data) as Event).data.call_id)).toEqual([
      first,
      first,
      first,
      second,
      second,
      second,
    ])
    const listed = await eventsOf('sse-1')
    expect([...backlog, ...live].map(({ data }) => JSON.parse(data) as Event)).toEqual(listed)
    expect([...backlog, ...live].map(({ id }) => id)).toEqual(listed.map(({ id }) => id))
    stream.close()
  })

  test('says where it begins when it begins with what has yet to happen', async () => {
    await approved('sse-2')
    const { json } = await server.agent.get('/v1/events?limit=100')
    const stream = await follow('/v1/events?after=latest')

    const [position] = await stream.take(1)

    expect(position).toMatchObject({ data: '' })
    expect((json.items as Event[]).map(({ id }) => id)).toContain(position!.id)
    stream.close()
  })

  test('goes on after the last event seen, whatever the query says', async () => {
    await approved('sse-3')
    const listed = await eventsOf('sse-3')
    const stream = await follow('/v1/events?run_id=sse-3&after=latest', { 'last-event-id': listed[0]!.id })

    const rest = await stream.take(2)

    expect(rest.map(({ id }) => id)).toEqual(listed.slice(1).map(({ id }) => id))
    stream.close()
  })

  test('has no gap and no duplicate while many write and it is resumed again and again', async () => {
    const seen: string[] = []
    const total = 40
    const writing = Promise.all(
      Array.from({ length: total }, async (_, n) => {
        await new Promise((resolve) => setTimeout(resolve, n * 5))
        await approved('sse-4')
      }),
    )
    let last = 'start'
    while (seen.length < total * 3) {
      const stream = await follow('/v1/events?run_id=sse-4', { 'last-event-id': last })
      const some = await stream.take(Math.min(17, total * 3 - seen.length))
      stream.close()
      seen.push(...some.map(({ id }) => id))
      last = seen.at(-1)!
    }
    await writing

    const { json } = await server.agent.get('/v1/events?run_id=sse-4&limit=100')
    const { json: rest } = await server.agent.get(
      `/v1/events?run_id=sse-4&limit=100&after=${json.next_cursor as string}`,
    )
    expect(seen).toEqual([...(json.items as Event[]), ...(rest.items as Event[])].map(({ id }) => id))
  })

  test('is refused before it begins where the list is', async () => {
    const accept = { accept: 'text/event-stream' }
    expectProblem(
      await server.agent.get('/v1/events', { headers: { ...accept, 'last-event-id': 'nobody' } }),
      410,
      'event_gone',
    )
    expectProblem(await server.agent.get('/v1/events?after=nobody', { headers: accept }), 410, 'event_gone')
  })

  test('ends when its key is revoked', async () => {
    const key = await server.insertKey(['agent'])
    const stream = await follow('/v1/events?after=latest', {}, key.secret)
    await stream.take(1)

    await server.admin.send('DELETE', `/v1/keys/${key.key_id}`)

    await expect(stream.take(1)).rejects.toThrow()
  })

  test('is not asked for by whoever refuses it', async () => {
    const { headers } = await server.agent.get('/v1/events', {
      headers: { accept: 'application/json, text/event-stream;q=0' },
    })
    expect(headers.get('content-type')).toBe('application/json')
  })
})

describe('a stream that is silent', () => {
  test('shows that it lives', async () => {
    const own = await startTestServer({ heartbeat_seconds: 1 })
    const response = await fetch(`${own.url}/v1/events?run_id=nobody`, {
      headers: { accept: 'text/event-stream', authorization: 'Bearer agent-key' },
    })
    const { value } = await response.body!.getReader().read()

    expect(Buffer.from(value!).toString()).toBe(':\n\n')
    await own.close()
  })
})

describe('a client that does not read', () => {
  test('is not remembered, and gets everything when it reads again', async () => {
    const run_id = 'sse-slow'
    const count = 60
    const stream = await follow(`/v1/events?run_id=${run_id}`)
    stream.pause()
    const message = 'x'.repeat(90_000)
    for (let n = 0; n < count; n++)
      await server.agent.post('/v1/human_contacts', aHumanContact({ msg: message }, { run_id }))

    const all = await stream.take(count)

    expect(new Set(all.map(({ id }) => id)).size).toBe(count)
    stream.close()
  })
})

interface Message {
  id: string
  event: string
  data: string
}

/** Follows a stream and gives its messages, however the bytes were cut. */
async function follow(path: string, headers: Record<string, string> = {}, key = 'agent-key') {
  const abort = new AbortController()
  const response = await fetch(server.url + path, {
    headers: { accept: 'text/event-stream', authorization: `Bearer ${key}`, ...headers },
    signal: abort.signal,
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  let paused = Promise.resolve()
  return {
    /** Waits for so many messages. */
    async take(count: number): Promise<Message[]> {
      await paused
      const messages: Message[] = []
      while (messages.length < count) {
        const end = text.indexOf('\n\n')
        if (end < 0) {
          const { value, done } = await reader.read()
          if (done) throw new Error('the stream has ended')
          text += value
          continue
        }
        const lines = text.slice(0, end).split('\n')
        text = text.slice(end + 2)
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? ''
        if (field('id') !== '') messages.push({ id: field('id'), event: field('event'), data: field('data') })
      }
      return messages
    },
    pause() {
      paused = new Promise((resolve) => setTimeout(resolve, 300))
    },
    close: () => abort.abort(),
  }
}
