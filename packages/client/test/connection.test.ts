import { describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { ApiError, ConnectionError, ProtocolError } from '../src/errors.ts'
import type { Fetch } from '../src/connection.ts'
import { aFunctionCall, fakeFetch, json, networkDown, problem, silence } from './fake-server.ts'

const clientOver = (fetch: Fetch) =>
  new Countersign({ baseUrl: 'https://server.example/base/', apiKey: 'sk_1', runId: 'run_1', fetch })

describe('a request', () => {
  test('goes to the path below the base URL, with the key', async () => {
    const { fetch, requests } = fakeFetch(() => json(aFunctionCall()))

    await clientOver(fetch).functionCalls.get('a@b:c')

    expect(requests[0]).toMatchObject({ method: 'GET', path: '/base/v1/function_calls/a%40b%3Ac' })
    expect(requests[0]!.headers.get('authorization')).toBe('Bearer sk_1')
  })

  test('carries every digit of large integers, both ways', async () => {
    const { fetch, requests } = fakeFetch(() =>
      json('{"call_id":"call_1","spec":{"fn":"f","kwargs":{"id":18446744073709551616}},"status":{}}'),
    )

    const call = await clientOver(fetch).functionCalls.create({
      spec: { fn: 'f', kwargs: { id: 2n ** 64n } },
    })

    expect(requests[0]!.text).toContain('"kwargs":{"id":18446744073709551616}')
    expect(requests[0]!.headers.get('content-type')).toBe('application/json')
    expect(call.spec.kwargs).toEqual({ id: 2n ** 64n })
  })

  test('fills in the run, a new call id and the channel of the client', async () => {
    const { fetch, requests } = fakeFetch(() => json(aFunctionCall()))
    const client = new Countersign({
      baseUrl: 'https://server.example',
      apiKey: 'sk_1',
      channel: { named: { name: 'on-call' } },
      fetch,
    })

    await client.functionCalls.create({ spec: { fn: 'f', kwargs: {} } })
    await client.humanContacts.create({
      run_id: 'run_9',
      call_id: 'call_9',
      spec: { msg: 'Hi', channel: { inbox: {} } },
    })

    expect(client.runId).toMatch(/^run_[0-9a-f]{32}$/)
    expect(requests[0]!.body).toEqual({
      run_id: client.runId,
      call_id: expect.stringMatching(/^call_[0-9a-f]{32}$/),
      spec: { fn: 'f', kwargs: {}, channel: { named: { name: 'on-call' } } },
    })
    expect(requests[1]!.body).toEqual({
      run_id: 'run_9',
      call_id: 'call_9',
      spec: { msg: 'Hi', channel: { inbox: {} } },
    })
  })

  test('covers every operation of both kinds', async () => {
    const { fetch, requests } = fakeFetch(() => json({}))
    const { functionCalls, humanContacts } = clientOver(fetch)

    for (const calls of [functionCalls, humanContacts]) {
      await calls.get('call_1', { waitSeconds: 7 })
      await calls.list({ state: 'pending', limit: 2 })
      await calls.cancel('call_1', { comment: 'never mind' })
      await calls.escalate('call_1', { escalation_msg: 'hurry' })
    }
    await functionCalls.respond('call_1', { approved: true })
    await humanContacts.respond('call_1', { response: 'yes' })
    await clientOver(fetch).project()
    await clientOver(fetch).discovery()

    const sent = requests.map(({ method, path, query }) => `${method} ${path.slice(5)} ${query}`.trim())
    expect(sent).toEqual([
      ...['function_calls', 'human_contacts'].flatMap((calls) => [
        `GET /v1/${calls}/call_1 wait=7`,
        `GET /v1/${calls} state=pending&limit=2`,
        `POST /v1/${calls}/call_1/cancel`,
        `POST /v1/${calls}/call_1/escalate`,
      ]),
      'POST /v1/function_calls/call_1/respond',
      'POST /v1/human_contacts/call_1/respond',
      'GET /v1/project',
      'GET /.well-known/countersign',
    ])
    expect(requests[2]!.body).toEqual({ comment: 'never mind' })
    expect(requests[3]!.body).toEqual({
      escalation_id: expect.stringMatching(/^esc_/),
      escalation_msg: 'hurry',
    })
  })

  test('with an id that is none is refused before it is sent', async () => {
    const { fetch, requests } = fakeFetch(() => json({}))
    const { functionCalls } = clientOver(fetch)

    await expect(functionCalls.get('..')).rejects.toThrow(TypeError)
    await expect(functionCalls.create({ call_id: '', spec: { fn: 'f', kwargs: {} } })).rejects.toThrow(
      TypeError,
    )

    expect(requests).toEqual([])
  })

  test('with a value that JSON cannot hold is refused before it is sent', async () => {
    const { fetch, requests } = fakeFetch(() => json({}))

    const asked = clientOver(fetch).functionCalls.create({ spec: { fn: 'f', kwargs: { n: Number.NaN } } })

    await expect(asked).rejects.toThrow('body.spec.kwargs.n cannot be written as JSON')
    expect(requests).toEqual([])
  })
})

describe('an error of the server', () => {
  test('is an ApiError with the code, the places and the winning status', async () => {
    const { fetch, requests } = fakeFetch(() =>
      json(
        '{"type":"urn:x","title":"Late","status":409,"code":"already_responded","detail":"Too late.","errors":[{"pointer":"/a","detail":"b"}],"winning_status":{"edited_kwargs":{"id":18446744073709551616}}}',
        409,
      ),
    )

    const error = await clientOver(fetch)
      .functionCalls.get('call_1')
      .catch((caught: unknown) => caught)

    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({
      name: 'ApiError',
      code: 'already_responded',
      status: 409,
      detail: 'Too late.',
      errors: [{ pointer: '/a', detail: 'b' }],
      winning_status: { edited_kwargs: { id: 2n ** 64n } },
      problem: { title: 'Late' },
    })
    expect(requests).toHaveLength(1)
  })

  test('without a problem document has its status as the code', async () => {
    const { fetch } = fakeFetch(() => new Response('<h1>Not here</h1>', { status: 404 }))

    await expect(clientOver(fetch).project()).rejects.toMatchObject({ code: 'http_404', status: 404 })
  })

  test('names the address when it is a redirect, which is not followed', async () => {
    const { fetch } = fakeFetch(() => new Response(null, { status: 301, headers: { Location: 'https://b' } }))

    await expect(clientOver(fetch).project()).rejects.toThrow('redirects to https://b')
  })

  test.each(['<html></html>', '', '[', 'null', '1'])(
    'is a ProtocolError when a success holds %j',
    async (text) => {
      const { fetch } = fakeFetch(() => new Response(text, { status: 200 }))

      await expect(clientOver(fetch).project()).rejects.toThrow(ProtocolError)
    },
  )
})

describe('a single request without an answer', () => {
  test('is sent twice more', async () => {
    const { fetch, requests } = fakeFetch(networkDown, networkDown, () => json({ name: 'p' }))

    await expect(clientOver(fetch).project()).resolves.toEqual({ name: 'p' })
    expect(requests).toHaveLength(3)
  })

  test('fails with a ConnectionError after that', async () => {
    const { fetch, requests } = fakeFetch(networkDown)

    await expect(clientOver(fetch).project()).rejects.toThrow(ConnectionError)
    expect(requests).toHaveLength(3)
  })

  test('names the server and what the network said, and never the key', async () => {
    const { fetch } = fakeFetch(networkDown)

    await expect(clientOver(fetch).project()).rejects.toThrow(
      /^The server at https:\/\/server\.example did not answer: connect ECONNREFUSED$/,
    )
  })

  test('is not repeated when the server did answer', async () => {
    const { fetch, requests } = fakeFetch(() => problem('storage_unavailable', 503))

    await expect(clientOver(fetch).project()).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect(requests).toHaveLength(1)
  })

  test('keeps its escalation id when it is repeated', async () => {
    const { fetch, requests } = fakeFetch(networkDown, () => json(aFunctionCall()))

    await clientOver(fetch).functionCalls.escalate('call_1', { escalation_msg: 'hurry' })

    expect(requests[1]!.body).toEqual(requests[0]!.body)
  })

  test('counts as broken when the connection stays silent', async () => {
    vi.useFakeTimers()
    try {
      const { fetch, requests } = fakeFetch(silence)
      const failed = expect(clientOver(fetch).project()).rejects.toThrow(ConnectionError)

      await vi.advanceTimersByTimeAsync(100_000)

      await failed
      expect(requests).toHaveLength(3)
    } finally {
      vi.useRealTimers()
    }
  })

  test('rejects with the reason of its signal, even when fetch ignores the signal', async () => {
    const { fetch, requests } = fakeFetch(silence)
    const controller = new AbortController()
    const asked = clientOver(fetch).project({ signal: controller.signal })
    await vi.waitUntil(() => requests.length === 1)

    controller.abort('stop')

    await expect(asked).rejects.toBe('stop')
    expect(requests[0]!.signal.aborted).toBe(true)
  })

  test('is not sent at all under a signal that is aborted already', async () => {
    const { fetch, requests } = fakeFetch(() => json({}))

    await expect(clientOver(fetch).project({ signal: AbortSignal.abort('stop') })).rejects.toBe('stop')
    expect(requests).toEqual([])
  })
})
