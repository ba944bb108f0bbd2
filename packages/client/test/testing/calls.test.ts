import { describe, expect, test } from 'vitest'
import { aFunctionCall, aHumanContact, expectProblem, interceptFetch } from './wire.ts'

const { agent, responder, nobody, as, server } = interceptFetch({
  keys: [
    { secret: 'agent-key', key_id: 'agent', scopes: ['agent'] },
    { secret: 'responder-key', key_id: 'responder', scopes: ['responder'] },
    { secret: 'alice-key', key_id: 'desk', scopes: ['responder'], responder_id: 'alice' },
    { secret: 'both-key' },
    { secret: 'other-key', project_id: 'other' },
  ],
})
const FUNCTION_CALLS = '/v1/function_calls'
const CALL = '/v1/function_calls/call_1'
const CONTACT = '/v1/human_contacts/call_1'

describe('a call', () => {
  test('is created once: the same again is 200, and different is 409 and leaks nothing (call.created-status, call.repeat-returns-existing, call.id-conflict)', async () => {
    const created = await agent(FUNCTION_CALLS, aFunctionCall())
    const again = await agent(FUNCTION_CALLS, aFunctionCall({ kwargs: { order_id: 4417.0 } }))
    const other = await agent(FUNCTION_CALLS, aFunctionCall({ kwargs: { order_id: 4418 } }))

    expect([created.status, again.status]).toEqual([201, 200])
    expect(created.headers.get('location')).toBe(CALL)
    expect(created.json.status).toMatchObject({
      state: 'pending',
      requested_by: 'key:agent',
      channel: { inbox: {} },
    })
    expect(again.text).toBe(created.text)
    expectProblem(other, 409, 'call_id_conflict')
    expect(other.text).not.toContain('4417')
    expect((await agent(CALL)).text).toBe(created.text)
  })

  test('keeps what it does not understand and drops what it does not know (opaque.values-kept, call.unknown-members-ignored)', async () => {
    const kwargs = '{"b":9007199254740993,"a":[1.0,null,{"x":-0}],"10":"\\u0041"}'
    const body = `{"run_id":"r","call_id":"call_1","note":1,"spec":{"fn":"f","kwargs":${kwargs},"nope":[]}}`

    const created = await agent(FUNCTION_CALLS, body)

    expect(created.text).toContain(`"spec":{"fn":"f","kwargs":${kwargs}}`)
    expect(created.text).not.toMatch(/nope|note/)
  })

  test('of another project is as good as none (project.isolated, project.ids-independent)', async () => {
    await agent(FUNCTION_CALLS, aFunctionCall())
    const unknown = await as('other-key')('/v1/function_calls/call_2')
    const foreign = await as('other-key')(CALL)

    expectProblem(foreign, 404, 'not_found')
    expect(foreign.text).toBe(unknown.text)
    expect((await as('other-key')(FUNCTION_CALLS, aFunctionCall({ fn: 'other' }))).status).toBe(201)
    expect((await as('other-key')('/v1/project')).json.project_id).toBe('other')
  })

  test('takes the first answer, the same again, and no other (function-call.first-answer-wins, function-call.same-answer-again, function-call.late-answer-conflict)', async () => {
    await agent(FUNCTION_CALLS, aFunctionCall())

    const first = await responder(`${CALL}/respond`, { approved: true, comment: 'Fine.' })
    const again = await responder(`${CALL}/respond`, { approved: true, comment: 'Fine.' })
    const late = await responder(`${CALL}/respond`, { approved: false })
    const byAlice = await as('alice-key')(`${CALL}/respond`, { approved: true, comment: 'Fine.' })

    expect([first.status, again.status]).toEqual([200, 200])
    expect(first.json.status).toMatchObject({ state: 'approved', approved: true, comment: 'Fine.' })
    expect(again.text).toBe(first.text)
    for (const refused of [late, byAlice]) {
      expectProblem(refused, 409, 'already_responded')
      expect(refused.json.winning_status).toEqual(first.json.status)
    }
  })

  test.each([CALL, CONTACT])(
    'of two different answers at the same time takes one (…one-winner): %s',
    async (path) => {
      await agent(FUNCTION_CALLS, aFunctionCall())
      await agent('/v1/human_contacts', aHumanContact())
      const answers =
        path === CALL ? [{ approved: true }, { approved: false }] : [{ response: 'a' }, { response: 'b' }]

      const given = await Promise.all(answers.map((answer) => responder(`${path}/respond`, answer)))

      expect(given.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409])
      expect((await agent(path)).json.status.responses).toHaveLength(1)
    },
  )

  test('is answered by the person of a key, where it lists who decides (responder.of-a-key, responder.vouched, responder.listed)', async () => {
    await agent(FUNCTION_CALLS, aFunctionCall({ channel: { inbox: { allowed_responder_ids: ['alice'] } } }))

    const refused = await responder(`${CALL}/respond`, { approved: true })
    const taken = await as('alice-key')(`${CALL}/respond`, { approved: true })

    expectProblem(refused, 403, 'responder_not_allowed')
    expect(taken.json.status.responder).toEqual({
      id: 'alice',
      channel: 'api',
      assurance: 'session',
      asserted_by: 'key:desk',
    })
  })

  test('is cancelled, and then takes no answer (call.cancel, call.cancel-again, function-call.respond-to-cancelled)', async () => {
    await agent(FUNCTION_CALLS, aFunctionCall())

    const cancelled = await agent(`${CALL}/cancel`, undefined, { method: 'POST' })
    const again = await agent(`${CALL}/cancel`, { comment: 'Never mind.' })

    expect(cancelled.json.status).toMatchObject({ state: 'cancelled', approved: false })
    expect(again.text).toBe(cancelled.text)
    expectProblem(await responder(`${CALL}/respond`, { approved: true }), 409, 'already_cancelled')
  })

  test('is escalated once for each id, and only while pending (call.escalate, call.escalate-again, call.escalate-conflict)', async () => {
    await agent('/v1/human_contacts', aHumanContact())
    const escalation = { escalation_id: 'esc_1', escalation_msg: 'Still waiting.' }

    const escalated = await agent(`${CONTACT}/escalate`, escalation)
    const again = await agent(`${CONTACT}/escalate`, escalation)
    const other = await agent(`${CONTACT}/escalate`, { ...escalation, escalation_msg: 'Hurry.' })

    expect(escalated.json.status.escalations).toMatchObject([{ ...escalation, escalated_by: 'key:agent' }])
    expect(again.text).toBe(escalated.text)
    expectProblem(other, 409, 'escalation_id_conflict')
  })

  test('shows its state to agents alone', async () => {
    await agent(FUNCTION_CALLS, aFunctionCall({ state: { step: 3 } }))

    expect((await agent(CALL)).json.spec.state).toEqual({ step: 3 })
    expect((await responder(CALL)).json.spec).not.toHaveProperty('state')
  })

  test('is checked in the order of the protocol (respond.order, auth.before-everything)', async () => {
    const bad = 'not json'
    await agent(FUNCTION_CALLS, aFunctionCall({ channel: { inbox: { allowed_responder_ids: ['alice'] } } }))

    expectProblem(await nobody(`${CALL}x/respond`, bad), 401, 'unauthenticated')
    expectProblem(await as('agent-key-2')(`${CALL}x/respond`, bad), 401, 'unauthenticated')
    expectProblem(await agent(`${CALL}x/respond`, bad), 403, 'insufficient_scope')
    expectProblem(await responder(`${CALL}x/respond`, bad), 404, 'not_found')
    expectProblem(await responder(`${CALL}/respond`, bad), 400, 'malformed_body')
    expectProblem(await responder(`${CALL}/respond`, {}), 422, 'invalid_request', ['/approved'])
    expectProblem(
      await responder(`${CALL}/respond`, { approved: false, reject_option_name: 'x' }),
      403,
      'responder_not_allowed',
    )
    expectProblem(
      await as('alice-key')(`${CALL}/respond`, { approved: false, reject_option_name: 'x' }),
      422,
      'unknown_option',
    )
  })
})

describe('a call that expires', () => {
  test('takes an answer in time and none later (expiry.never-early, expiry.never-late, expiry.shown)', async () => {
    await agent(
      FUNCTION_CALLS,
      aFunctionCall({ expires_in_seconds: 60, on_expire: { comment: 'Too late.' } }),
    )
    await agent('/v1/human_contacts', aHumanContact({ expires_in_seconds: 60 }))

    server.passSeconds(59)
    const inTime = await responder(`${CONTACT}/respond`, { response: 'The new one.' })
    server.passSeconds(2)
    const late = await responder(`${CALL}/respond`, { approved: true })

    expect(inTime.json.status.state).toBe('answered')
    expectProblem(late, 409, 'already_expired')
    expect((await agent(CALL)).json.status).toMatchObject({
      state: 'expired',
      approved: false,
      comment: 'Too late.',
    })
    expect(
      (
        await agent(
          FUNCTION_CALLS,
          aFunctionCall({ expires_in_seconds: 60, on_expire: { comment: 'Too late.' } }),
        )
      ).status,
    ).toBe(200)
  })
})

const ids = ({ json }: { json: { items: { call_id: string }[] } }) => json.items.map(({ call_id }) => call_id)

describe('a list', () => {
  test('shows calls newest first, page by page, filtered (list.newest-first, list.complete, list.filters)', async () => {
    for (const call_id of ['a', 'b', 'c', 'd']) {
      const run_id = call_id === 'b' ? 'run_2' : 'run_1'
      await agent(FUNCTION_CALLS, aFunctionCall({}, { call_id, run_id }))
    }

    const first = await agent(`${FUNCTION_CALLS}?run_id=run_1&limit=2`)
    await agent(FUNCTION_CALLS, aFunctionCall({}, { call_id: 'e' }))
    const query = `run_id=run_1&limit=2&cursor=${first.json.next_cursor}`
    const second = await agent(`${FUNCTION_CALLS}?${query}`)

    expect([ids(first), ids(second)]).toEqual([['d', 'c'], ['a']])
    expect(second.json.next_cursor).toBeNull()
    for (const wrong of [
      `/v1/human_contacts?${query}`,
      `${FUNCTION_CALLS}?${query.slice(7)}`,
      `${FUNCTION_CALLS}?cursor=x`,
    ])
      expectProblem(await agent(wrong), 400, 'invalid_cursor', ['/cursor'])
    for (const wrong of ['limit=0', 'limit=x', 'limit=1&limit=2', 'state=answered', 'run_id=a%00'])
      expectProblem(await agent(`${FUNCTION_CALLS}?${wrong}`), 400, 'invalid_parameter')
  })
})
