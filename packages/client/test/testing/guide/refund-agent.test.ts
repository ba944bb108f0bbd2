import { countersignHandlers } from '@countersign/client/testing'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { refundTools } from './refund-agent.ts'

const countersign = countersignHandlers()
const network = setupServer(...countersign.handlers)

beforeAll(() => {
  vi.stubEnv('COUNTERSIGN_URL', countersign.baseUrl)
  vi.stubEnv('COUNTERSIGN_API_KEY', countersign.apiKey)
  network.listen({ onUnhandledFrame: 'error' })
})
afterEach(() => countersign.reset())
afterAll(() => network.close())

test('a refund runs with the amount that a person approved', async () => {
  const refund = vi.fn(async () => {})
  const { refundOrder } = refundTools({ refund })

  const outcome = refundOrder({ order_id: 4417, amount: '1250.00' })
  const call = await countersign.functionCalls.next()
  expect(call.spec.kwargs).toEqual({ order_id: 4417, amount: '1250.00' })
  expect(refund).not.toHaveBeenCalled()
  call.approve({ edited_kwargs: { order_id: 4417, amount: '625.00' }, comment: 'Half of it.' })

  expect(await outcome).toBe('Refunded 625.00.')
  expect(refund).toHaveBeenCalledExactlyOnceWith(4417, '625.00')
})

test('nothing is refunded when a person denies, or when nobody answers', async () => {
  const refund = vi.fn(async () => {})
  const { refundOrder } = refundTools({ refund })

  const denied = refundOrder({ order_id: 4417, amount: '1250.00' })
  const call = await countersign.functionCalls.next()
  call.deny('Not on a Friday.')
  const expired = refundOrder({ order_id: 4418, amount: '9.00' })
  await countersign.functionCalls.next()
  countersign.passSeconds(3601)

  expect(await denied).toContain('Not on a Friday.')
  expect(await expired).toContain('Nobody answered in time.')
  expect(refund).not.toHaveBeenCalled()
})

test('an answer can be given beforehand', async () => {
  countersign.humanContacts.respondWith(({ spec }) =>
    spec.msg.includes('address') ? { response: 'The new one.' } : undefined,
  )

  const { askPerson } = refundTools({ refund: async () => {} })

  expect(await askPerson({ message: 'Which address?' })).toBe('The new one.')
  expect(countersign.humanContacts.asked()).toHaveLength(1)
})
