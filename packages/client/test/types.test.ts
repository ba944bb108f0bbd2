import { describe, expectTypeOf, test } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import type { FunctionCall, HumanContactList } from '../src/schemas.ts'

interface Refund {
  order_id: string
  amount?: number
}

// Never runs: what counts is what compiles.
export async function examples(client: Countersign): Promise<void> {
  const refund = client.requireApproval(async ({ order_id }: Refund) => order_id.length, { name: 'refund' })
  expectTypeOf(await refund({ order_id: 'A1' })).toEqualTypeOf<number | string>()
  // @ts-expect-error an argument is missing
  await refund({})
  // @ts-expect-error an argument has the wrong type
  await refund({ order_id: 7 })
  // @ts-expect-error there is no such option
  await refund({ order_id: 'A1' }, { call_id: 'call_1' })
  // @ts-expect-error a function of two arguments has no single object to show
  client.requireApproval((a: object, b: object) => [a, b])
  // @ts-expect-error options are camelCase
  client.requireApproval(async ({ amount }: Refund) => amount, { allow_edit: true })

  expectTypeOf(await client.humanAsTool()({ message: 'Hi' })).toEqualTypeOf<string>()
  // @ts-expect-error the message is missing
  await client.humanAsTool()({ subject: 'Hi' })

  const { functionCalls, humanContacts } = client
  expectTypeOf(
    await functionCalls.create({ spec: { fn: 'f', kwargs: { id: 2n ** 64n, list: [{ a: 1 }] } } }),
  ).toEqualTypeOf<FunctionCall>()
  expectTypeOf(await humanContacts.list({ state: 'pending' })).toEqualTypeOf<HumanContactList>()
  // @ts-expect-error a function call has kwargs
  await functionCalls.create({ spec: { fn: 'f' } })
  // @ts-expect-error a human contact is answered with a text, an option or data
  await humanContacts.respond('call_1', { approved: true })
  // @ts-expect-error channels are closed
  await client.fetchResponse({ spec: { msg: 'Hi', channel: { slak: {} } } })

  // @ts-expect-error the base URL is a text
  void new Countersign({ baseUrl: new URL('https://server.example') })
  void new Countersign({ fetch, baseUrl: undefined })
}

describe('the types', () => {
  test('are checked by the compiler', () => {
    expectTypeOf(examples).toBeFunction()
  })
})
