import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
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

const response_options = [
  { name: 'filled', title: 'Title', prompt_fill: 'Fill' },
  { name: 'titled', title: 'Title' },
  { name: 'constructor' },
]

describe('a human contact', () => {
  test('is created pending (human-contact.starts-pending, call.created-status)', async () => {
    const call = aHumanContact({ subject: 'Address', response_options })

    const created = await server.agent.post('/v1/human_contacts', call)

    expect(created.status).toBe(201)
    expect(created.headers.get('location')).toBe(`/v1/human_contacts/${call.call_id}`)
    expect(created.json).toMatchObject(call)
    expect(created.json.status).toMatchObject({
      state: 'pending',
      response: null,
      response_option_name: null,
      responses: [],
    })
    expect((await server.responder.get(`/v1/human_contacts/${call.call_id}`)).json).toEqual(created.json)
  })

  test.each([{}, { msg: '' }, { msg: null }, { msg: 1 }])(
    'needs a message: %j (human-contact.msg-not-empty)',
    async (spec) => {
      const call = { ...aHumanContact(), spec }

      const created = await server.agent.post('/v1/human_contacts', call)

      expectProblem(created, 422, 'invalid_request', ['/spec/msg'])
    },
  )

  test('shares its id with a function call (call.kinds-apart)', async () => {
    const contact = aHumanContact()
    const { call_id } = contact

    const created = await server.agent.post('/v1/human_contacts', contact)
    const other = await server.agent.post('/v1/function_calls', aFunctionCall({}, { call_id }))

    expect([created.status, other.status]).toEqual([201, 201])
    await server.responder.post(`/v1/human_contacts/${call_id}/respond`, { response: 'yes' })
    expect((await server.agent.get(`/v1/function_calls/${call_id}`)).json.status.state).toBe('pending')
  })

  test('asked again is the same one, asked differently a conflict (call.repeat-returns-existing, call.id-conflict)', async () => {
    const call = aHumanContact()
    const created = await server.agent.post('/v1/human_contacts', call)

    const again = await server.agent.post('/v1/human_contacts', call)
    const other = await server.agent.post('/v1/human_contacts', { ...call, spec: { msg: 'Something else?' } })

    expect(again.status).toBe(200)
    expect(again.json).toEqual(created.json)
    expectProblem(other, 409, 'call_id_conflict')
  })

  test('has options with names of their own (human-contact.option-names-unique)', async () => {
    const call = aHumanContact({ response_options: [{ name: 'a' }, { name: 'a' }] })

    const created = await server.agent.post('/v1/human_contacts', call)

    expectProblem(created, 422, 'invalid_request', ['/spec/response_options/1/name'])
  })
})

describe('the answer to a human contact', () => {
  test('ends it (human-contact.respond-answers, human-contact.responses-recorded)', async () => {
    const path = await askPerson(server)

    const answered = await server.responder.post(`${path}/respond`, { response: 'The new one.' })

    expect(answered.status).toBe(200)
    expect(answered.json.status).toMatchObject({
      state: 'answered',
      response: 'The new one.',
      response_option_name: null,
      responder: { channel: 'api' },
      responses: [{ response: 'The new one.' }],
    })
    expect((await server.agent.get(path)).text).toBe(answered.text)
  })

  test('given again is accepted, a different one is a conflict (human-contact.same-answer-again, human-contact.late-answer-conflict)', async () => {
    const path = await askPerson(server)
    const first = await server.responder.post(`${path}/respond`, { response: 'one' })

    const again = await server.responder.post(`${path}/respond`, { response: 'one' })
    const other = await server.responder.post(`${path}/respond`, { response: 'two' })

    expect(again.text).toBe(first.text)
    expectProblem(other, 409, 'already_responded')
    expect(other.json.winning_status).toEqual(first.json.status)
    expect((await server.agent.get(path)).text).toBe(first.text)
  })

  test('of many at the same time exactly one is accepted (human-contact.one-winner)', async () => {
    const path = await askPerson(server)

    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.responder.post(`${path}/respond`, { response: `${index}` }),
      ),
    )

    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19)
  })

  test('after a cancellation is refused (human-contact.respond-to-cancelled)', async () => {
    const path = await askPerson(server)
    const cancelled = await server.agent.post(`${path}/cancel`)

    const answered = await server.responder.post(`${path}/respond`, { response: 'late' })

    expectProblem(answered, 409, 'already_cancelled')
    expect(answered.json.winning_status).toEqual(cancelled.json.status)
  })

  test.each([{}, { response: null }, { unknown: 'x' }])(
    'is not empty: %j (human-contact.answer-not-empty)',
    async (body) => {
      const path = await askPerson(server)

      const answered = await server.responder.post(`${path}/respond`, body)

      expectProblem(answered, 422, 'invalid_request', [''])
      expect((await server.agent.get(path)).json.status.state).toBe('pending')
    },
  )

  test('is not an empty text (human-contact.answer-not-empty)', async () => {
    const path = await askPerson(server)

    expectProblem(await server.responder.post(`${path}/respond`, { response: '' }), 422, 'invalid_request', [
      '/response',
    ])
  })

  test.each([
    ['filled', 'Fill'],
    ['titled', 'Title'],
    ['constructor', 'constructor'],
  ])(
    'by the option %s has the text %s (human-contact.option-text)',
    async (response_option_name, response) => {
      const path = await askPerson(server, { response_options })

      const answered = await server.responder.post(`${path}/respond`, { response_option_name })

      expect(answered.json.status).toMatchObject({ state: 'answered', response, response_option_name })
    },
  )

  test.each(['__proto__', 'toString', 'nobody'])(
    'does not name the option %s (human-contact.option-unknown)',
    async (response_option_name) => {
      const path = await askPerson(server, { response_options })

      const answered = await server.responder.post(`${path}/respond`, { response_option_name })

      expectProblem(answered, 422, 'unknown_option', ['/response_option_name'])
    },
  )

  test('is free text although there are options (human-contact.free-text-stays-possible)', async () => {
    const path = await askPerson(server, { response_options })

    const answered = await server.responder.post(`${path}/respond`, { response: 'Neither.' })

    expect(answered.json.status).toMatchObject({ response: 'Neither.', response_option_name: null })
  })
})

describe('data', () => {
  const response_schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] }

  test('comes back value for value (human-contact.data-recorded, human-contact.data-alone)', async () => {
    const path = await askPerson(server, { response_schema })

    const answered = await server.responder.post(
      `${path}/respond`,
      '{"response_data":{"n":123456789012345678901}}',
    )

    expect(answered.text).toContain('"response_data":{"n":123456789012345678901}')
    expect(answered.json.status.response).toBeNull()
    expect((await server.agent.get(path)).text).toBe(answered.text)
  })

  test.each(['false', '0', '""', '[]'])('may be %s (human-contact.data-recorded)', async (data) => {
    const path = await askPerson(server)

    const answered = await server.responder.post(`${path}/respond`, `{"response_data":${data}}`)

    expect(answered.status).toBe(200)
    expect(answered.text).toContain(`"response_data":${data}`)
  })

  test('is needed when there is a schema (human-contact.data-required)', async () => {
    const path = await askPerson(server, { response_schema })

    const answered = await server.responder.post(`${path}/respond`, { response: 'five' })

    expectProblem(answered, 422, 'schema_mismatch', ['/response_data'])
  })

  test('has to satisfy the schema (human-contact.data-schema)', async () => {
    const path = await askPerson(server, { response_schema })

    const answered = await server.responder.post(`${path}/respond`, { response_data: { n: 1.5 } })

    expectProblem(answered, 422, 'schema_mismatch', ['/response_data/n'])
    expect((await server.agent.get(path)).json.status.state).toBe('pending')
  })
})
