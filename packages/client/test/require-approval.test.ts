import { describe, expect, test, vi } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { ApiError, ProtocolError } from '../src/errors.ts'
import { writeExact } from '../src/exact-json.ts'
import type { FunctionCallStatus } from '../src/schemas.ts'
import { aFunctionCall, fakeFetch, json, problem, type Seen } from './fake-server.ts'

/** A server that decides every call at once. */
function decidedBy(status: Partial<FunctionCallStatus>, change: (sent: any) => object = () => ({})) {
  const server = fakeFetch(({ body }: Seen) =>
    json(writeExact({ ...aFunctionCall(status, { ...body, ...change(body) }) }, 'answer')),
  )
  const client = new Countersign({ baseUrl: 'http://server.example', apiKey: 'sk_1', fetch: server.fetch })
  return { client, requests: server.requests }
}

const yes = { state: 'approved', approved: true, comment: '' }
const refundOrder = () =>
  vi.fn(async (args: object): Promise<string> => `refunded ${Object.keys(args).join()}`)

describe('a guarded function', () => {
  test('runs once it is approved and returns what the function returns', async () => {
    const { client, requests } = decidedBy(yes)
    const run = refundOrder()

    const result = await client.requireApproval(run, { name: 'refund_order' })({ order_id: 'A1' })

    expect(result).toBe('refunded order_id')
    expect(run).toHaveBeenCalledExactlyOnceWith({ order_id: 'A1' })
    expect(requests[0]!.body).toMatchObject({
      run_id: client.runId,
      spec: { fn: 'refund_order', kwargs: { order_id: 'A1' } },
    })
  })

  test('runs with what was shown, whatever became of the object meanwhile', async () => {
    const args = { to: 'alice', amount: 2n ** 64n, note: undefined }
    const { client } = decidedBy(yes, () => {
      args.to = 'mallory'
      return {}
    })
    const run = refundOrder()

    await client.requireApproval(run, { name: 'pay' })(args)

    expect(run).toHaveBeenCalledExactlyOnceWith({ to: 'alice', amount: 2n ** 64n })
    expect(run.mock.calls[0]![0]).not.toBe(args)
  })

  test('runs with the edited arguments and no others', async () => {
    const { client } = decidedBy({ ...yes, edited_kwargs: { amount: 18446744073709551616n } })
    const run = refundOrder()

    await client.requireApproval(run, { name: 'pay', allowEdit: true })({ amount: 1, to: 'bob' })

    expect(run).toHaveBeenCalledExactlyOnceWith({ amount: 18446744073709551616n })
  })

  test('never runs with arguments that were edited without leave', async () => {
    const run = vi.fn(async () => 'ran')
    const { client } = decidedBy({ ...yes, edited_kwargs: { amount: 999_999 } })

    await expect(client.requireApproval(run, { name: 'pay' })({ amount: 1 })).rejects.toThrow('not allowed')
    expect(run).not.toHaveBeenCalled()
  })

  test('does not run with edited arguments that are no object', async () => {
    const { client } = decidedBy({ ...yes, edited_kwargs: ['x'] as never })
    const run = refundOrder()

    await expect(client.requireApproval(run, { name: 'pay' })({})).rejects.toThrow(ProtocolError)
    expect(run).not.toHaveBeenCalled()
  })

  test.each([
    ['denied', { comment: 'Too much.' }, 'A person denied it: Too much.'],
    ['denied', { comment: '' }, 'A person denied it.'],
    ['denied', { comment: 'Later.', reject_option_name: 'not_now' }, 'A person denied it (not_now): Later.'],
    ['denied', { comment: 'Over 100.', responder: rule() }, 'A rule of the operator denied it: Over 100.'],
    ['expired', { comment: 'Try tomorrow.' }, 'It expired: Try tomorrow.'],
    ['cancelled', { comment: 'Stopped.' }, 'The request for approval was cancelled: Stopped.'],
    ['granted', { comment: null }, 'The call ended in the state "granted", which is no approval.'],
    ['denied', { approved: true, comment: 'No.' }, 'A person denied it: No.'],
    ['approved', { approved: false, comment: null }, 'The answer contradicts itself: approved is false.'],
    ['denied', { comment: 'No.', edited_kwargs: { a: 1 } }, 'A person denied it: No.'],
  ] as const)('does not run when %s, and tells the model why: %j', async (state, status, reason) => {
    const { client } = decidedBy({ approved: false, ...status, state })
    const run = refundOrder()

    const result = await client.requireApproval(run, { name: 'refund_order' })({ order_id: 'A1' })

    expect(result).toBe(`The function refund_order was not run. ${reason}`)
    expect(run).not.toHaveBeenCalled()
  })

  test.each([
    ['another function', (sent: any) => ({ spec: { ...sent.spec, fn: 'delete_order' } })],
    ['other arguments', (sent: any) => ({ spec: { ...sent.spec, kwargs: { order_id: 'B2' } } })],
    ['more arguments', (sent: any) => ({ spec: { ...sent.spec, kwargs: { order_id: 'A1', force: true } } })],
    ['another call', () => ({ call_id: 'call_other' })],
  ])('does not run when the approval is for %s', async (_what, change) => {
    const { client } = decidedBy(yes, change)
    const run = refundOrder()

    await expect(client.requireApproval(run, { name: 'refund_order' })({ order_id: 'A1' })).rejects.toThrow(
      ProtocolError,
    )
    expect(run).not.toHaveBeenCalled()
  })

  test('does not run when the server refuses the call', async () => {
    const { fetch } = fakeFetch(() => problem('unsupported_feature', 422))
    const client = new Countersign({ baseUrl: 'http://server.example', apiKey: 'sk_1', fetch })
    const run = refundOrder()

    await expect(client.requireApproval(run, { name: 'refund_order' })({})).rejects.toThrow(ApiError)
    expect(run).not.toHaveBeenCalled()
  })

  test.each([
    ['a date', { at: new Date(0) }, 'args.at'],
    ['NaN', { list: [1, Number.NaN] }, 'args.list[1]'],
    ['a list instead of an object', [1], 'args'],
    ['nothing', undefined, 'args'],
  ])('refuses %s before anybody is asked', async (_what, args, path) => {
    const { client, requests } = decidedBy(yes)
    const guarded = client.requireApproval(refundOrder(), { name: 'refund_order' })

    await expect(guarded(args as object)).rejects.toThrow(TypeError)
    await expect(guarded(args as object)).rejects.toThrow(path)
    expect(requests).toEqual([])
  })

  test('passes on what the function throws', async () => {
    const { client } = decidedBy(yes)
    const failure = new Error('card declined')
    const guarded = client.requireApproval(() => Promise.reject(failure), { name: 'refund_order' })

    await expect(guarded({})).rejects.toBe(failure)
  })

  test('is a tool: it has a name, a description and parameters', () => {
    const { client } = decidedBy(yes)
    const parameters = { type: 'object', properties: { id: { type: 'string' } } }

    const tool = client.requireApproval(refund_order, { description: 'Refunds an order.', parameters })

    expect({ ...tool, name: tool.name }).toEqual({
      name: 'refund_order',
      description: 'Refunds an order.',
      parameters,
    })
    expect({ ...client.requireApproval(refund_order) }).toEqual({
      description: 'Runs refund_order once a person has approved it.',
      parameters: { type: 'object' },
    })
  })

  test('needs a name', () => {
    const { client } = decidedBy(yes)

    expect(() => client.requireApproval(async () => {})).toThrow(TypeError)
  })

  test('asks with its options', async () => {
    const { client, requests } = decidedBy(yes)
    const guarded = client.requireApproval(refundOrder(), {
      name: 'refund_order',
      parameters: { type: 'object' },
      channel: { inbox: {} },
      context: (args: { order_id?: string }) => ({ summary: `Order ${args.order_id}` }),
      rejectOptions: [{ name: 'not_now' }],
      allowEdit: true,
      state: { step: 3 },
      metadata: { 'com.example.team': 'shop' },
      expiresInSeconds: 60,
      onExpire: { comment: 'Too slow.' },
      requires: ['expiry'],
      redact: ['/kwargs/iban'],
      minimumAssurance: 'session',
      excludeResponderIds: ['bob'],
      requiresPerson: true,
      risk: 'high',
      locale: 'de',
    })

    await guarded({ order_id: 'A1' })

    expect(requests[0]!.body.spec).toEqual({
      fn: 'refund_order',
      kwargs: { order_id: 'A1' },
      channel: { inbox: {} },
      context: { summary: 'Order A1' },
      reject_options: [{ name: 'not_now' }],
      allow_edit: true,
      kwargs_schema: { type: 'object' },
      state: { step: 3 },
      metadata: { 'com.example.team': 'shop' },
      expires_in_seconds: 60,
      on_expire: { comment: 'Too slow.' },
      requires: ['expiry'],
      redact: ['/kwargs/iban'],
      minimum_assurance: 'session',
      exclude_responder_ids: ['bob'],
      requires_person: true,
      risk: 'high',
      locale: 'de',
    })
  })

  test('uses nothing that needs a feature when no option says so', async () => {
    const { client, requests } = decidedBy(yes)

    await client.requireApproval(refundOrder(), { name: 'f', parameters: { type: 'object' } })({})

    expect(requests[0]!.body.spec).toEqual({ fn: 'f', kwargs: {} })
  })

  test('takes a call id, a signal and a time limit for each run', async () => {
    const { client, requests } = decidedBy(yes)
    const guarded = client.requireApproval(refundOrder(), { name: 'f' })

    await guarded({}, { callId: 'call_mine' })
    await expect(guarded({}, { signal: AbortSignal.abort('stop') })).rejects.toBe('stop')

    expect(requests.map(({ body }) => body.call_id)).toEqual(['call_mine'])
  })
})

async function refund_order() {}

function rule() {
  return { id: 'system:policy', channel: 'system', assurance: 'session' as const }
}
