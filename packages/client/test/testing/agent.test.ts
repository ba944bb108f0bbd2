import { getResponse } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Countersign } from '../../src/countersign.ts'
import { countersignHandlers } from '../../src/testing/countersign-handlers.ts'
import { Refused } from '../../src/testing/refused.ts'

const server = countersignHandlers()
const network = setupServer(...server.handlers)
const { baseUrl, apiKey } = server
const countersign = new Countersign({ baseUrl, apiKey, runId: 'run_1' })

beforeAll(() => network.listen({ onUnhandledFrame: 'error' }))
afterEach(() => server.reset())
afterAll(() => network.close())

const refunded: object[] = []
afterEach(() => void refunded.splice(0))

const refundOrder = countersign.requireApproval(
  async function refund_order(args: { order_id: number; amount: string }) {
    refunded.push(args)
    return `Refunded ${args.amount}.`
  },
  {
    rejectOptions: [{ name: 'too-much', title: 'Too much', prompt_fill: 'Refund half of it.' }],
    allowEdit: true,
    expiresInSeconds: 3600,
    onExpire: { comment: 'Nobody was there.' },
  },
)

describe('an agent under test', () => {
  test('runs its function once the person approves', async () => {
    const outcome = refundOrder({ order_id: 4417, amount: '12.50' })
    const call = await server.functionCalls.next()
    expect(call.spec).toMatchObject({ fn: 'refund_order', kwargs: { order_id: 4417, amount: '12.50' } })
    expect(refunded).toEqual([])

    const approved = call.approve('Fine.')

    expect(await outcome).toBe('Refunded 12.50.')
    expect(refunded).toEqual([{ order_id: 4417, amount: '12.50' }])
    expect(approved.status).toMatchObject({
      state: 'approved',
      comment: 'Fine.',
      responder: { id: 'key:responder' },
    })
  })

  test('is told why the person denies', async () => {
    const outcome = refundOrder({ order_id: 4417, amount: '12.50' })

    const call = await server.functionCalls.next()
    call.deny({ reject_option_name: 'too-much' })

    expect(await outcome).toContain('Refund half of it.')
    expect(refunded).toEqual([])
  })

  test('runs with the arguments as the person changed them', async () => {
    const outcome = refundOrder({ order_id: 4417, amount: '12.50' })

    const call = await server.functionCalls.next()
    call.approve({ edited_kwargs: { order_id: 4417, amount: '6.25' } })

    expect(await outcome).toBe('Refunded 6.25.')
  })

  test('keeps integers beyond 2^53, both ways', async () => {
    const outcome = countersign.requireApproval(({ id }: { id: bigint }) => id, {
      name: 'f',
      allowEdit: true,
    })({
      id: 9007199254740993n,
    })

    const call = await server.functionCalls.next()
    expect(call.spec.kwargs).toEqual({ id: 9007199254740993n })
    call.approve({ edited_kwargs: { id: 9007199254740995n } })

    expect(await outcome).toBe(9007199254740995n)
  })

  test('is told that nobody answered, without anybody sleeping', async () => {
    const outcome = refundOrder({ order_id: 4417, amount: '12.50' })
    await server.functionCalls.next()

    server.passSeconds(3601)

    expect(await outcome).toContain('Nobody was there.')
  })

  test('gets the text of a person, and of an option', async () => {
    const askPerson = countersign.humanAsTool({ responseOptions: [{ name: 'new', title: 'The new one' }] })

    const first = askPerson({ message: 'Which address?' })
    const question = await server.humanContacts.next()
    expect(question.spec.msg).toBe('Which address?')
    question.answer('Neither.')
    const second = askPerson({ message: 'Which address now?' })
    const next = await server.humanContacts.next()
    next.answer({ response_option_name: 'new' })

    expect([await first, await second]).toEqual(['Neither.', 'The new one'])
  })

  test('finds the decision when it asks again under the same id', async () => {
    server.functionCalls.respondWith(() => ({ approved: true }))

    const first = await refundOrder({ order_id: 1, amount: '1' }, { callId: 'call_1' })
    const again = await refundOrder({ order_id: 1, amount: '1' }, { callId: 'call_1' })

    expect([first, again]).toEqual(['Refunded 1.', 'Refunded 1.'])
    expect(server.functionCalls.asked()).toHaveLength(1)
  })

  test('reads the project and lists what it asked', async () => {
    server.functionCalls.respondWith(() => ({ approved: true }))
    await refundOrder({ order_id: 1, amount: '1' })
    await refundOrder({ order_id: 2, amount: '2' })

    const { items, next_cursor } = await countersign.functionCalls.list({ limit: 1 })
    const rest = await countersign.functionCalls.list({ limit: 1, cursor: next_cursor! })

    expect([...items, ...rest.items].map(({ spec }) => spec.kwargs['order_id'])).toEqual([2, 1])
    expect(rest.next_cursor).toBeNull()
    expect((await countersign.project()).project_id).toBe('default')
  })
})

describe('a policy', () => {
  test('answers every call, and leaves those that it says nothing to', async () => {
    server.functionCalls.respondWith(({ spec }) =>
      spec.kwargs['order_id'] === 1 ? { approved: true } : undefined,
    )

    const [easy, hard] = [
      refundOrder({ order_id: 1, amount: '1' }),
      refundOrder({ order_id: 2, amount: '2' }),
    ]
    const left = await server.functionCalls.next()
    left.deny('No.')

    expect(await easy).toBe('Refunded 1.')
    expect(left.spec.kwargs).toMatchObject({ order_id: 2 })
    expect(await hard).toContain('No.')
  })

  test('answers what is pending already', async () => {
    const outcome = countersign.fetchResponse({ spec: { msg: 'Ship it?' } })
    await server.humanContacts.next()

    server.humanContacts.respondWith(() => ({ response: 'Yes.' }))

    expect((await outcome).status.response).toBe('Yes.')
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('no such order')
      },
      'no such order',
    ],
    ['names an unknown option', () => ({ approved: false, reject_option_name: 'x' }), 'no such option'],
    ['has no shape', () => ({ approved: 'yes' }) as never, '/approved'],
  ])('that %s fails the agent at once and keeps nothing', async (_name, policy, reason) => {
    server.functionCalls.respondWith(policy)

    await expect(refundOrder({ order_id: 1, amount: '1' })).rejects.toThrow(reason)
    expect(server.functionCalls.asked()).toEqual([])
  })
})

describe('the person', () => {
  test('is handed each call once, the oldest first, and can pick', async () => {
    const outcomes = [1, 2, 3].map((order_id) =>
      refundOrder({ order_id, amount: '1' }, { callId: `c${order_id}` }),
    )
    await server.functionCalls
      .next(({ spec }) => spec.kwargs['order_id'] === 3)
      .then((call) => call.approve())

    const first = await server.functionCalls.next()
    const second = await server.functionCalls.next()
    for (const call of [first, second]) call.approve()

    await Promise.all(outcomes)
    expect(new Set([first.call_id, second.call_id])).toEqual(new Set(['c1', 'c2']))
  })

  test('may be anybody where a call lists who decides', async () => {
    const outcome = countersign.fetchApproval({
      spec: { fn: 'f', kwargs: {}, channel: { inbox: { allowed_responder_ids: ['alice'] } } },
    })
    const call = await server.functionCalls.next()

    expect(() => call.approve()).toThrow(/responder_not_allowed/)
    call.approve({ as: 'alice' })

    expect((await outcome).status.responder).toMatchObject({ id: 'alice', asserted_by: 'key:responder' })
  })

  test('is refused like anybody else: the first answer wins', async () => {
    const outcome = refundOrder({ order_id: 1, amount: '1' })
    const call = await server.functionCalls.next()
    call.approve()

    expect(() => call.deny()).toThrow(Refused)
    expect(() => call.deny()).toThrow(/already_responded/)
    expect(call.approve().status.state).toBe('approved')
    expect(await outcome).toBe('Refunded 1.')
  })

  test('cannot answer a call from before a reset', async () => {
    const outcome = refundOrder({ order_id: 1, amount: '1' }, { callId: 'call_1' })
    const call = await server.functionCalls.next()

    server.reset()

    expect(() => call.approve()).toThrow(/not_found/)
    await expect(outcome).rejects.toMatchObject({ code: 'not_found' })
    expect(server.functionCalls.asked()).toEqual([])
  })
})

test('handlers at a base URL with a path leave everything else alone', async () => {
  const elsewhere = countersignHandlers({ baseUrl: 'http://gateway.test/countersign/' })
  network.use(...elsewhere.handlers)
  elsewhere.functionCalls.respondWith(() => ({ approved: true }))

  const client = new Countersign({ baseUrl: elsewhere.baseUrl, apiKey })
  const { status } = await client.fetchApproval({ spec: { fn: 'f', kwargs: {} } })

  expect(status.state).toBe('approved')
  const neighbour = new Request('http://gateway.test/countersigned/healthz')
  expect(await getResponse(elsewhere.handlers, neighbour)).toBeUndefined()
  network.resetHandlers()
})
