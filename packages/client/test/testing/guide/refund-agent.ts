import { Countersign } from '@countersign/client'

interface Payments {
  refund(order_id: number, amount: string): Promise<void>
}

export function refundTools(payments: Payments) {
  const countersign = new Countersign() // COUNTERSIGN_URL and COUNTERSIGN_API_KEY

  const refundOrder = countersign.requireApproval(
    async function refund_order({ order_id, amount }: { order_id: number; amount: string }) {
      await payments.refund(order_id, amount)
      return `Refunded ${amount}.`
    },
    { allowEdit: true, expiresInSeconds: 3600 },
  )
  const askPerson = countersign.humanAsTool()
  return { refundOrder, askPerson }
}
