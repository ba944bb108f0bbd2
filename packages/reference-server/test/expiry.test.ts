import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  ask,
  askPerson,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

describe.concurrent('the expiry of a call', () => {
  test('is shown as an instant, or as null (expiry.shown)', async () => {
    const expires_at = new Date(Date.now() + 3_600_000).toISOString()
    const path = await ask(server, { expires_at })
    const counted = await server.agent.get(await ask(server, { expires_in_seconds: 60 }))

    expect((await server.agent.get(path)).json.status.expires_at).toBe(expires_at)
    const { requested_at, expires_at: shown } = counted.json.status
    expect(Date.parse(shown) - Date.parse(requested_at)).toBe(60_000)
    expect((await server.agent.get(await ask(server))).json.status.expires_at).toBeNull()
  })

  test('ends a function call without approving it (expiry.expires, expiry.silence-never-approves, expiry.comment)', async () => {
    const silent = await ask(server, { expires_in_seconds: 1 })
    const spoken = await ask(server, { expires_in_seconds: 1, on_expire: { comment: 'Nobody was there.' } })

    const [plain, told] = await Promise.all([
      server.agent.get(`${silent}?wait=10`),
      server.agent.get(`${spoken}?wait=10`),
    ])

    expect(plain.json.status).toMatchObject({
      state: 'expired',
      approved: false,
      comment: expect.any(String),
      responses: [],
      responder: null,
    })
    expect(told.json.status).toMatchObject({
      state: 'expired',
      approved: false,
      comment: 'Nobody was there.',
    })
    expect(Date.parse(told.json.status.completed_at)).toBeGreaterThan(Date.parse(told.json.status.expires_at))
  })

  test('ends a human contact with its default answer (expiry.default-answer)', async () => {
    const response_options = [{ name: 'stop', prompt_fill: 'Stop here.' }]
    const paths = [
      await askPerson(server, { expires_in_seconds: 1 }),
      await askPerson(server, { expires_in_seconds: 1, on_expire: { response: 'Go on.' } }),
      await askPerson(server, {
        expires_in_seconds: 1,
        response_options,
        on_expire: { response_option_name: 'stop' },
      }),
    ]

    const answers = await Promise.all(paths.map((path) => server.agent.get(`${path}?wait=10`)))

    expect(
      answers.map(({ json: { status } }) => [status.state, status.response, status.response_option_name]),
    ).toEqual([
      ['expired', null, null],
      ['expired', 'Go on.', null],
      ['expired', 'Stop here.', 'stop'],
    ])
  })

  test('refuses what comes later (expiry.never-late)', async () => {
    const path = await ask(server, { expires_in_seconds: 1 })
    const expired = await server.agent.get(`${path}?wait=10`)

    for (const answer of [
      await server.responder.post(`${path}/respond`, { approved: true }),
      await server.agent.post(`${path}/cancel`),
      await server.agent.post(`${path}/escalate`, { escalation_id: 'e', escalation_msg: 'm' }),
    ]) {
      expectProblem(answer, 409, 'already_expired')
      expect(answer.json.winning_status).toEqual(expired.json.status)
    }
    expect((await server.agent.get(path)).json).toEqual(expired.json)
  })

  test('does nothing to a call that was answered in time (function-call.first-answer-wins)', async () => {
    const path = await ask(server, { expires_in_seconds: 1 })
    const answered = await server.responder.post(`${path}/respond`, { approved: true })
    // Another call that expires later tells that the time of the first one has passed.
    const later = await ask(server, { expires_in_seconds: 1 })
    await server.agent.get(`${later}?wait=10`)

    expect((await server.agent.get(path)).json).toEqual(answered.json)
  })

  test('of many calls at once ends them all (expiry.expires)', async () => {
    const paths = await Promise.all(Array.from({ length: 300 }, () => ask(server, { expires_in_seconds: 1 })))

    const answers = await Promise.all(paths.map((path) => server.agent.get(`${path}?wait=20`)))

    expect(new Set(answers.map(({ json }) => json.status.state))).toEqual(new Set(['expired']))
  })

  test('is one of two, in range, and an instant (expiry.one-of-two, expiry.in-range, time.input)', async () => {
    const year = 366 * 24 * 60 * 60
    const wrong: [spec: string, pointer: string][] = [
      [`"expires_at":"2099-01-01T00:00:00Z","expires_in_seconds":60`, '/spec/expires_in_seconds'],
      [`"expires_at":"2020-01-01T00:00:00Z"`, '/spec/expires_at'],
      [`"expires_at":"9999-12-31T23:59:59Z"`, '/spec/expires_at'],
      [`"expires_in_seconds":${year + 1}`, '/spec/expires_in_seconds'],
      ...['9007199254740991', '9007199254740993', '1e300', '0', '-1', '1.5', '"60"', 'true', '[]'].map(
        (seconds): [string, string] => [`"expires_in_seconds":${seconds}`, '/spec/expires_in_seconds'],
      ),
      ...[
        '2027-02-30T00:00:00Z',
        '2027-04-31T00:00:00Z',
        '2027-13-01T00:00:00Z',
        '2027-01-01T24:00:00Z',
        '2027-01-01T00:60:00Z',
        '2027-01-01T00:00:00+00:00',
        '2027-01-01T00:00:00+01:00',
        '2027-01-01T00:00:00',
        '2027-01-01T00:00:00z',
        '2027-01-01 00:00:00Z',
        '2027-01-01',
        '27-01-01T00:00:00Z',
        '+012027-01-01T00:00:00Z',
        'tomorrow',
        '',
      ].map((instant): [string, string] => [`"expires_at":"${instant}"`, '/spec/expires_at']),
      ['"expires_at":1800000000', '/spec/expires_at'],
    ]

    for (const [spec, pointer] of wrong) {
      const { call_id } = aFunctionCall()
      const body = `{"run_id":"r","call_id":"${call_id}","spec":{"fn":"f","kwargs":{},${spec}}}`
      const answer = await server.agent.post('/v1/function_calls', body)
      expectProblem(answer, 422, 'invalid_request', [pointer])
      expect((await server.agent.get(`/v1/function_calls/${call_id}`)).status).toBe(404)
    }
    for (const spec of [
      { expires_in_seconds: year },
      { expires_at: null, expires_in_seconds: 1 },
      { expires_in_seconds: 60, on_expire: {} },
    ])
      expect((await server.agent.post('/v1/function_calls', aFunctionCall(spec))).status).toBe(201)
  })

  test('names only options that there are (expiry.default-answer)', async () => {
    const call = aHumanContact({
      response_options: [{ name: 'a' }],
      on_expire: { response_option_name: 'toString' },
    })

    const created = await server.agent.post('/v1/human_contacts', call)

    expectProblem(created, 422, 'unknown_option', ['/spec/on_expire/response_option_name'])
  })
})
