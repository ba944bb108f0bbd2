import type { CallKind } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import { expectThat, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** What a person may write and a careless server changes: white space at the ends, what looks like markup, text that is not normalised. */
export const UNUSUAL_TEXT = '  "Zoë" e\u0301 \\ <b>no</b> &amp; %41\n\tעם 😀\u2028{{x}}  '

/** An instant stands at `pointer`. */
export function expectInstant(reply: Reply, pointer: string): number {
  const value: unknown = valueAt(reply.json, pointer)
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN
  expectThat(!Number.isNaN(instant), `an instant at ${pointer}`, show(value), { reply, pointer })
  return instant
}

/** The instant at `pointer` is clearly later than the other; servers may round, and their clocks may differ by a second. */
export function expectAfter(reply: Reply, pointer: string, other: string): void {
  const [instant, earlier] = [expectInstant(reply, pointer), expectInstant(reply, other)]
  expectThat(
    instant - earlier >= 400,
    `an instant at ${pointer} that is clearly after ${other}`,
    `${instant - earlier} ms later, when 1500 ms have passed`,
    { reply, pointer },
  )
}

/** Waits until the server itself says that nobody answered in time. */
export async function readWhenExpired(context: Context, kind: CallKind, call_id: string) {
  const giveUpAt = context.now() + 10_000 * context.patience
  return context.step('expiry.expires', async () => {
    for (;;) {
      const reply = await context.agent.read(kind, call_id)
      if (reply.json?.status?.state !== 'pending') return reply
      expectThat(context.now() < giveUpAt, 'an expired call', 'a pending one after its time', { reply })
      await context.sleep(100)
    }
  })
}
