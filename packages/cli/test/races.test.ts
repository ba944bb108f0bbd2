import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFunctionCall, KEYS, ServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start()
})
afterAll(() => server.stop())

const sixteen = Array.from({ length: 16 }, (_, index) => index)

const ascending = (one: number, other: number) => one - other

describe('a race', () => {
  test('of 16 different answers to one function call has one winner, the first answer wins and all others see it (function-call.first-answer-wins, function-call.one-winner)', async () => {
    await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall('raced'))

    const answers = await Promise.all(
      sixteen.map((index) =>
        server.request('POST', '/v1/function_calls/raced/respond', KEYS.responder, {
          approved: index % 2 === 0,
          comment: `answer ${index}`,
        }),
      ),
    )

    const won = answers.filter(({ status }) => status === 200)
    const lost = answers.filter(({ status }) => status === 409)
    const final = await server.request('GET', '/v1/function_calls/raced', KEYS.agent)
    expect([won.length, lost.length]).toEqual([1, 15])
    expect(final.body.status).toEqual(won[0]!.body.status)
    expect(final.body.status.responses).toHaveLength(1)
    for (const { body } of lost) {
      expect(body.code).toBe('already_responded')
      expect(body.winning_status).toEqual(won[0]!.body.status)
    }
  })

  test('of 16 different answers to one human contact has one winner (human-contact.one-winner)', async () => {
    const contact = { run_id: 'run_1', call_id: 'raced', spec: { msg: 'Which one?' } }
    await server.request('POST', '/v1/human_contacts', KEYS.agent, contact)

    const answers = await Promise.all(
      sixteen.map((index) =>
        server.request('POST', '/v1/human_contacts/raced/respond', KEYS.responder, {
          response: `answer ${index}`,
        }),
      ),
    )

    const won = answers.filter(({ status }) => status === 200)
    expect(won).toHaveLength(1)
    for (const { status, body } of answers)
      if (status !== 200) expect(body.winning_status).toEqual(won[0]!.body.status)
  })

  test('of 16 equal creations makes one function call (call.concurrent-creates)', async () => {
    const answers = await Promise.all(
      sixteen.map(() => server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall('created'))),
    )

    const list = await server.request('GET', '/v1/function_calls?limit=100', KEYS.agent)
    expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([
      ...sixteen.slice(1).map(() => 200),
      201,
    ])
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(list.body.items.filter(({ call_id }: { call_id: string }) => call_id === 'created')).toHaveLength(
      1,
    )
  })

  test('between an answer and a cancellation has one winner (call.cancel-against-answer)', async () => {
    for (const index of sixteen) {
      const path = `/v1/function_calls/contested-${index}`
      await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(`contested-${index}`))

      const [answer, cancellation] = await Promise.all([
        server.request('POST', `${path}/respond`, KEYS.responder, { approved: true }),
        server.request('POST', `${path}/cancel`, KEYS.agent),
      ])

      const { body } = await server.request('GET', path, KEYS.agent)
      expect([answer.status, cancellation.status].toSorted(ascending)).toEqual([200, 409])
      expect(body.status.state).toBe(answer.status === 200 ? 'approved' : 'cancelled')
    }
  })

  test('between an answer and the beginning of a wait loses no wake-up (wait.nothing-lost)', async () => {
    for (const index of Array.from({ length: 50 }, (_, at) => at)) {
      const path = `/v1/function_calls/waited-${index}`
      await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(`waited-${index}`))

      const [waited] = await Promise.all([
        server.request('GET', `${path}?wait=20`, KEYS.agent),
        server.request('POST', `${path}/respond`, KEYS.responder, { approved: true }),
      ])

      expect(waited.body.status.state).toBe('approved')
    }
  })
})
