import type { Countersign } from '@countersign/client'

// The sample agent. No model is needed: it does what one would do, so that the asking can be seen on its own.

/** What the agent says while it works. */
export type Say = (line: string) => void

interface Refund {
  order_id: number
  amount: string
  currency: string
}

/** Wants to refund an order, may not do so alone, and goes on with what the person decided. */
export async function runRefundAgent(countersign: Countersign, say: Say): Promise<void> {
  let refunded = false
  const refundOrder = countersign.requireApproval(
    async function refund_order({ order_id, amount, currency }: Refund) {
      refunded = true
      return `Refunded ${amount} ${currency} for order ${order_id}.`
    },
    {
      description: 'Pays the price of an order back to the customer.',
      parameters: {
        type: 'object',
        properties: {
          order_id: { type: 'integer' },
          amount: { type: 'string' },
          currency: { type: 'string' },
        },
        required: ['order_id', 'amount', 'currency'],
      },
      context: { summary: 'The customer says that the parcel arrived broken and sent two photos.' },
      rejectOptions: [{ name: 'too-much', title: 'Too much', prompt_fill: 'Refund half of it at most.' }],
    },
  )
  const askPerson = countersign.humanAsTool({
    responseOptions: [{ name: 'apologise', title: 'Apologise and offer a voucher' }],
  })

  say('The parcel of order 4417 arrived broken. I want to run refund_order, which I may not do alone.')
  say(`The answer: ${await refundOrder({ order_id: 4417, amount: '1250.00', currency: 'EUR' })}`)
  if (refunded) return say('Done: the function ran, because a person approved it.')

  say('So the function did not run. I ask what to tell the customer instead.')
  const reply = await askPerson({ message: 'Order 4417 is not refunded. What shall I tell the customer?' })
  say(`I write to the customer: ${reply}`)
}
