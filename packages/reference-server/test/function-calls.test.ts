import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFunctionCall, ask, expectProblem, newId, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

describe('a function call', () => {
  test('is created pending, with its spec as it was sent (function-call.starts-pending, call.created-status)', async () => {
    const call = aFunctionCall({ reject_options: [{ name: 'no', title: 'No' }], context: { summary: '*x*' } })

    const created = await server.agent.post('/v1/function_calls', call)

    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/v1/function_calls/${call.call_id}`)
    expect(created.headers.get('content-type')).toBe('application/json')
    expect(created.headers.get('cache-control')).toBe('no-store')
    expect(created.json).toMatchObject(call)
    expect(Object.keys(created.json.spec)).toEqual(Object.keys(call.spec))
    expect(created.json.status).toMatchObject({
      state: 'pending',
      approved: null,
      comment: null,
      responses: [],
      channel: { inbox: {} },
      expires_at: null,
      completed_at: null,
      requested_by: expect.stringMatching(/^key:key_/),
      requested_at: expect.stringMatching(/Z$/),
    })
    const read = await server.agent.get(`/v1/function_calls/${call.call_id}`)
    expect(read.json).toEqual(created.json)
  })

  test.each([true, false])(
    'ends as the answer says, approved: %s (function-call.respond-decides)',
    async (approved) => {
      const path = await ask(server)

      const answered = await server.responder.post(`${path}/respond`, { approved, comment: 'because' })

      expect(answered.status).toBe(200)
      expect(answered.json.status).toMatchObject({
        state: approved ? 'approved' : 'denied',
        approved,
        comment: 'because',
        responder: { channel: 'api', assurance: 'session' },
        responses: [{ approved, comment: 'because' }],
      })
      expect(answered.json.status.responded_at).toBe(answered.json.status.completed_at)
      expect((await server.agent.get(path)).json.status).toEqual(answered.json.status)
    },
  )

  test('has a comment when nobody wrote one (function-call.terminal-comment)', async () => {
    const path = await ask(server)

    const answered = await server.responder.post(`${path}/respond`, { approved: true })

    expect(answered.json.status.comment).toBe('')
  })
})

describe('the answer to a function call', () => {
  test('the first answer wins over everything later (function-call.first-answer-wins)', async () => {
    const path = await ask(server)
    const first = await server.responder.post(`${path}/respond`, { approved: false, comment: 'first' })

    await server.responder.post(`${path}/respond`, { approved: true })
    await server.agent.post(`${path}/cancel`)
    await server.agent.post(`${path}/escalate`, { escalation_id: 'e1', escalation_msg: 'again' })

    expect((await server.agent.get(path)).json.status).toEqual(first.json.status)
  })

  test('a second different answer is refused with the status that won (function-call.late-answer-conflict)', async () => {
    const path = await ask(server)
    const first = await server.responder.post(`${path}/respond`, { approved: false, comment: 'first' })

    const second = await server.responder.post(`${path}/respond`, { approved: true })

    expectProblem(second, 409, 'already_responded')
    expect(second.json.winning_status).toEqual(first.json.status)
  })

  test('the same answer again changes nothing (function-call.same-answer-again)', async () => {
    const path = await ask(server)
    const answer = { approved: false, comment: 'no' }
    const first = await server.responder.post(`${path}/respond`, answer)

    const again = await server.responder.post(`${path}/respond`, answer)

    expect(again.status).toBe(200)
    expect(again.text).toBe(first.text)
  })

  test('the same answer of somebody else is a conflict (function-call.late-answer-conflict)', async () => {
    const path = await ask(server)
    const alice = await server.insertKey(['responder'], { responder_id: 'alice' })
    await server.responder.post(`${path}/respond`, { approved: true })

    const second = await alice.post(`${path}/respond`, { approved: true })

    expectProblem(second, 409, 'already_responded')
  })

  test('of many at the same time exactly one is accepted (function-call.one-winner)', async () => {
    const path = await ask(server)

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.responder.post(`${path}/respond`, { approved: index % 2 === 0, comment: `answer ${index}` }),
      ),
    )

    const winners = answers.filter(({ status }) => status === 200)
    expect(winners).toHaveLength(1)
    const { status } = (await server.agent.get(path)).json
    expect(status.responses).toHaveLength(1)
    expect(status).toEqual(winners[0]!.json.status)
    for (const loser of answers.filter((answer) => !winners.includes(answer)))
      expect(loser.json.winning_status).toEqual(status)
  })

  test('the person bound to the key is the responder, whatever the body says (responder.from-the-answer)', async () => {
    const path = await ask(server)
    const alice = await server.insertKey(['responder'], { responder_id: 'alice' })

    const answered = await alice.post(`${path}/respond`, {
      approved: true,
      responder: { id: 'mallory' },
      responded_at: '2000-01-01T00:00:00Z',
      state: 'approved',
    })

    expect(answered.json.status.responder).toEqual({
      id: 'alice',
      channel: 'api',
      assurance: 'session',
      asserted_by: expect.stringMatching(/^key:key_/),
    })
    expect(answered.json.status.responded_at).not.toBe('2000-01-01T00:00:00Z')
  })

  test('a stranger may not decide, and the call stays pending (responder.not-allowed)', async () => {
    const path = await ask(server, { channel: { any_of: [{ inbox: { allowed_responder_ids: ['alice'] } }] } })
    const bob = await server.insertKey(['responder'], { responder_id: 'bob' })
    const alice = await server.insertKey(['responder'], { responder_id: 'alice' })

    expectProblem(await bob.post(`${path}/respond`, { approved: true }), 403, 'responder_not_allowed')
    expectProblem(
      await server.responder.post(`${path}/respond`, { approved: true }),
      403,
      'responder_not_allowed',
    )

    expect((await server.agent.get(path)).json.status.state).toBe('pending')
    expect((await alice.post(`${path}/respond`, { approved: true })).json.status.state).toBe('approved')
    expectProblem(await bob.post(`${path}/respond`, { approved: true }), 403, 'responder_not_allowed')
  })

  test('needs the boolean `approved` (function-call.respond-shape)', async () => {
    const path = await ask(server)

    for (const body of [{}, { approved: null }, { approved: 'true' }, { approved: 1 }, { approved: [true] }])
      expectProblem(await server.responder.post(`${path}/respond`, body), 422, 'invalid_request', [
        '/approved',
      ])

    expect((await server.agent.get(path)).json.status.state).toBe('pending')
  })
})

describe('a reject option', () => {
  const reject_options = [
    { name: 'filled', title: 'Title', prompt_fill: 'Fill' },
    { name: 'titled', title: 'Title' },
    { name: 'named' },
    { name: '__proto__' },
  ]

  test.each([
    ['filled', 'Fill'],
    ['titled', 'Title'],
    ['named', 'named'],
    ['__proto__', '__proto__'],
  ])(
    '%s stands for the comment %s (function-call.reject-option-text)',
    async (reject_option_name, comment) => {
      const path = await ask(server, { reject_options })

      const answered = await server.responder.post(`${path}/respond`, { approved: false, reject_option_name })

      expect(answered.json.status).toMatchObject({ state: 'denied', comment, reject_option_name })
    },
  )

  test.each(['nobody', 'constructor', 'toString', 'FILLED', ' filled'])(
    'that the call does not offer is refused: %s (function-call.reject-option-unknown)',
    async (reject_option_name) => {
      const path = await ask(server, { reject_options })

      const answered = await server.responder.post(`${path}/respond`, { approved: false, reject_option_name })

      expectProblem(answered, 422, 'unknown_option', ['/reject_option_name'])
      expect((await server.agent.get(path)).json.status.state).toBe('pending')
    },
  )

  test('never comes with an approval (function-call.reject-option-denies)', async () => {
    const path = await ask(server, { reject_options })

    const answered = await server.responder.post(`${path}/respond`, {
      approved: true,
      reject_option_name: 'named',
    })

    expectProblem(answered, 422, 'invalid_request', ['/reject_option_name'])
  })

  test('has a name of its own (function-call.option-names-unique)', async () => {
    const call = aFunctionCall({ reject_options: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] })

    const created = await server.agent.post('/v1/function_calls', call)

    expectProblem(created, 422, 'invalid_request', ['/spec/reject_options/2/name'])
  })

  test('is checked after the terminal state (respond.order)', async () => {
    const path = await ask(server, { reject_options })
    await server.responder.post(`${path}/respond`, { approved: true })

    const late = await server.responder.post(`${path}/respond`, {
      approved: false,
      reject_option_name: 'nobody',
    })

    expectProblem(late, 409, 'already_responded')
  })
})

describe('edited arguments', () => {
  const kwargs_schema = {
    type: 'object',
    required: ['amount'],
    properties: { amount: { type: 'integer', maximum: 100 } },
  }

  test('stand beside the arguments that were asked (function-call.edit-recorded)', async () => {
    const path = await ask(server, { allow_edit: true })

    const answered = await server.responder.post(
      `${path}/respond`,
      '{"approved":true,"edited_kwargs":{"2":1,"1":9007199254740993,"gone":null}}',
    )

    expect(answered.text).toContain('"edited_kwargs":{"2":1,"1":9007199254740993,"gone":null}')
    expect(answered.json.spec.kwargs).toEqual({ order_id: 4417 })
    const read = await server.agent.get(path)
    expect(read.text).toBe(answered.text)
  })

  test('are refused unless the call allows them (function-call.edit-not-allowed, function-call.edit-effective)', async () => {
    const path = await ask(server)

    const answered = await server.responder.post(`${path}/respond`, { approved: true, edited_kwargs: {} })

    expectProblem(answered, 422, 'edit_not_allowed', ['/edited_kwargs'])
    expect((await server.agent.get(path)).json.status).toMatchObject({ state: 'pending', allow_edit: false })
  })

  test('have to satisfy the schema of the call (function-call.edit-schema)', async () => {
    const path = await ask(server, { allow_edit: true, kwargs_schema })

    const wrong = { approved: true, edited_kwargs: { amount: 101 } }
    expectProblem(await server.responder.post(`${path}/respond`, wrong), 422, 'schema_mismatch', [
      '/edited_kwargs/amount',
    ])
    const right = { approved: true, edited_kwargs: { amount: 100 } }
    expect((await server.responder.post(`${path}/respond`, right)).status).toBe(200)
  })

  test('do not come with a denial (function-call.edit-with-denial)', async () => {
    const path = await ask(server, { allow_edit: true })

    const answered = await server.responder.post(`${path}/respond`, { approved: false, edited_kwargs: {} })

    expectProblem(answered, 422, 'invalid_request', ['/edited_kwargs'])
  })

  test('make another answer when they differ, and the same one when they only look different (function-call.same-answer-again)', async () => {
    const path = await ask(server, { allow_edit: true })
    await server.responder.post(`${path}/respond`, '{"approved":true,"edited_kwargs":{"a":1,"b":2}}')

    const same = await server.responder.post(
      `${path}/respond`,
      '{"approved":true,"edited_kwargs":{"b":2.0,"a":1e0}}',
    )
    const other = await server.responder.post(
      `${path}/respond`,
      '{"approved":true,"edited_kwargs":{"a":1,"b":3}}',
    )

    expect(same.status).toBe(200)
    expectProblem(other, 409, 'already_responded')
  })
})

describe('asking again', () => {
  test('gives the call as it stands and causes nothing (call.repeat-returns-existing, call.repeat-causes-nothing)', async () => {
    const call = aFunctionCall({ metadata: { b: 1, a: [null] } })
    await server.agent.post('/v1/function_calls', call)
    const answered = await server.responder.post(`/v1/function_calls/${call.call_id}/respond`, {
      approved: true,
    })

    const again = await server.agent.post('/v1/function_calls', call)

    expect(again.status).toBe(200)
    expect(again.json).toEqual(answered.json)
  })

  test('compares values, not texts (call.repeat-equality)', async () => {
    const call_id = newId()
    const say = (spec: string) =>
      server.agent.post('/v1/function_calls', `{"run_id":"r","call_id":"${call_id}","spec":{${spec}}}`)
    const created = await say('"fn":"f","kwargs":{"a":1,"b":100},"context":{"summary":null},"channel":null')

    const again = await say('"kwargs":{ "b": 1e2, "a": 1.0 },"fn":"\\u0066","context":{},"unknown":1')

    expect(created.status).toBe(201)
    expect(again.status).toBe(200)
    expect(again.json).toEqual(created.json)
  })

  test.each([
    ['another argument', { kwargs: { order_id: 4418 } }],
    ['an argument that is null', { kwargs: { order_id: 4417, x: null } }],
    ['another function', { fn: 'refund_orders' }],
    ['another channel', { channel: { inbox: {} } }],
    ['an option more', { reject_options: [{ name: 'no' }] }],
  ])(
    'with %s is a conflict that shows nothing of the call (call.id-conflict, call.id-conflict-leaks-nothing)',
    async (_name, spec) => {
      const call = aFunctionCall({ metadata: { secret: 'hidden-text' } })
      await server.agent.post('/v1/function_calls', call)

      const conflict = await server.agent.post('/v1/function_calls', {
        ...call,
        spec: { ...call.spec, ...spec },
      })

      expectProblem(conflict, 409, 'call_id_conflict')
      expect(conflict.text).not.toContain('hidden-text')
      expect(conflict.json.winning_status).toBeUndefined()
    },
  )

  test('with another run is a conflict (call.id-conflict)', async () => {
    const call = aFunctionCall()
    await server.agent.post('/v1/function_calls', call)

    const conflict = await server.agent.post('/v1/function_calls', { ...call, run_id: 'run_2' })

    expectProblem(conflict, 409, 'call_id_conflict')
  })

  test('integers that a double cannot tell apart are different (call.repeat-equality)', async () => {
    await server.agent.post('/v1/function_calls', callOver('9007199254740992'))

    const conflict = await server.agent.post('/v1/function_calls', callOver('9007199254740993'))

    expectProblem(conflict, 409, 'call_id_conflict')
  })

  test('at the same time creates one call (call.concurrent-creates)', async () => {
    const call = aFunctionCall()

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.agent.post('/v1/function_calls', call)),
    )

    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19)
    expect(new Set(answers.map(({ json }) => JSON.stringify(json.status))).size).toBe(1)
  })

  test('comes before every check that depends on time (call.repeat-first)', async () => {
    const call = aFunctionCall({ expires_at: new Date(Date.now() + 1_000).toISOString() })
    await server.agent.post('/v1/function_calls', call)
    const expired = await server.agent.get(`/v1/function_calls/${call.call_id}?wait=10`)
    expect(expired.json.status.state).toBe('expired')

    const again = await server.agent.post('/v1/function_calls', call)

    expect(again.status).toBe(200)
    expect(again.json).toEqual(expired.json)
  })

  test('ids that differ in case are different (id.case-sensitive)', async () => {
    const first = await server.agent.post('/v1/function_calls', aFunctionCall({}, { call_id: 'Case' }))
    const second = await server.agent.post(
      '/v1/function_calls',
      aFunctionCall({ fn: 'g' }, { call_id: 'case' }),
    )

    expect([first.status, second.status]).toEqual([201, 201])
  })

  test.each(['constructor', 'toString', '0', 'a'.repeat(128), 'A0._~:@+=-'])(
    'takes every id of the pattern: %s (id.pattern, call.echoes-ids)',
    async (id) => {
      const created = await server.agent.post(
        '/v1/function_calls',
        aFunctionCall({}, { run_id: id, call_id: id }),
      )

      expect(created.status).toBe(201)
      expect(created.json).toMatchObject({ run_id: id, call_id: id })
      const read = await server.agent.get(`/v1/function_calls/${encodeURIComponent(id)}`)
      expect(read.json).toEqual(created.json)
      expect((await server.agent.get(created.headers.get('location')!)).json).toEqual(created.json)
    },
  )
})

describe('a cancellation', () => {
  test('ends a pending call (call.cancel)', async () => {
    const path = await ask(server)

    const cancelled = await server.agent.post(`${path}/cancel`, { comment: 'no need' })

    expect(cancelled.status).toBe(200)
    expect(cancelled.json.status).toMatchObject({ state: 'cancelled', approved: false, comment: 'no need' })
    expectProblem(
      await server.responder.post(`${path}/respond`, { approved: true }),
      409,
      'already_cancelled',
    )
  })

  test('needs no body, and the second one changes nothing (call.cancel-again)', async () => {
    const path = await ask(server)
    const first = await server.agent.post(`${path}/cancel`)

    const again = await server.agent.post(`${path}/cancel`, { comment: 'other' })

    expect(first.json.status.comment).toEqual(expect.any(String))
    expect(again.status).toBe(200)
    expect(again.text).toBe(first.text)
  })

  test('comes too late after an answer (call.cancel-too-late)', async () => {
    const path = await ask(server)
    const answered = await server.responder.post(`${path}/respond`, { approved: true })

    const cancelled = await server.agent.post(`${path}/cancel`)

    expectProblem(cancelled, 409, 'already_responded')
    expect(cancelled.json.winning_status).toEqual(answered.json.status)
  })

  test('or an answer wins, never both (call.cancel-against-answer)', async () => {
    for (let round = 0; round < 10; round++) {
      const path = await ask(server)

      const [cancelled, answered] = await Promise.all([
        server.agent.post(`${path}/cancel`),
        server.responder.post(`${path}/respond`, { approved: true }),
      ])

      expect(new Set([cancelled.status, answered.status])).toEqual(new Set([200, 409]))
    }
  })
})

describe('an escalation', () => {
  const escalation = { escalation_id: 'esc_1', escalation_msg: 'It is urgent.', channel: { inbox: {} } }

  test('is recorded and changes nothing else (call.escalate, call.escalate-keeps-deciders)', async () => {
    const path = await ask(server, { channel: { inbox: { allowed_responder_ids: ['alice'] } } })

    const escalated = await server.agent.post(`${path}/escalate`, escalation)

    expect(escalated.status).toBe(200)
    expect(escalated.json.status.escalations).toMatchObject([escalation])
    expect(escalated.json.status.channel).toEqual({ inbox: { allowed_responder_ids: ['alice'] } })
    expectProblem(
      await server.responder.post(`${path}/respond`, { approved: true }),
      403,
      'responder_not_allowed',
    )
  })

  test('asked again changes nothing, and a different one is a conflict (call.escalate-again, call.escalate-conflict)', async () => {
    const path = await ask(server)
    const first = await server.agent.post(`${path}/escalate`, escalation)

    const again = await server.agent.post(`${path}/escalate`, escalation)
    const other = await server.agent.post(`${path}/escalate`, { ...escalation, escalation_msg: 'Or not.' })

    expect(again.text).toBe(first.text)
    expectProblem(other, 409, 'escalation_id_conflict')
  })

  test('of a terminal call is refused (call.escalate-too-late)', async () => {
    const path = await ask(server)
    await server.agent.post(`${path}/cancel`)

    expectProblem(await server.agent.post(`${path}/escalate`, escalation), 409, 'already_cancelled')
  })

  test('to a kind that is not served is refused (channel.unserved-kind)', async () => {
    const path = await ask(server)
    const channel = { slack: { channel_or_user_id: 'C1', bot_token: 'xoxb-secret' } }

    const escalated = await server.agent.post(`${path}/escalate`, { ...escalation, channel })

    expectProblem(escalated, 422, 'unsupported_feature', ['/channel/slack'])
    expect(escalated.text).not.toContain('xoxb-secret')
  })
})

function callOver(amount: string): string {
  return `{"run_id":"r","call_id":"exact","spec":{"fn":"f","kwargs":{"a":${amount}}}}`
}
