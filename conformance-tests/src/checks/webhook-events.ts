import { setTimer, untilFired } from '../actors/timers.ts'
import {
  cause,
  causeAgain,
  causeRarely,
  firstArrival,
  RARE,
  RETRY_MS,
  withEndpoints,
} from '../actors/webhook-endpoints.ts'
import { describeArrivals } from '../actors/webhook-receiver.ts'
import { check, type Check } from '../check.ts'
import { expectThat, show } from '../expectations.ts'
import { iso } from './expiring-calls.ts'
import { serverTime } from './server-time.ts'
import { RECEIVING } from './webhooks.ts'

/** Events that arrive like any other: large ones, those of timers, and those from before a sudden end. */
export const webhookEventChecks: readonly Check[] = [
  check(
    'webhook.delivered',
    'an event about a large call is delivered whole',
    { expect: 'accept', ...RECEIVING, variant: 'large' },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({ event_types: [RARE] })
        const call_id = context.id('large')
        // The smallest limit that a server may have is 65536.
        const text = 'x'.repeat(Math.min(100_000, context.limits.body_bytes - 2_000))
        await causeRarely(context, call_id, { kwargs: { text } })

        const { json } = await firstArrival(context, endpoint, call_id)

        const shown: unknown = json?.data?.spec?.kwargs?.text
        expectThat(shown === text, `a text of ${text.length} characters`, lengthOf(shown))
      }),
  ),

  check(
    'webhook.delivered',
    'a timer that fires is delivered',
    {
      expect: 'accept',
      ...RECEIVING,
      variant: 'timers',
      needs: { ...RECEIVING.needs, claims: ['events', 'timers'] },
      after: ['timer.event', 'timer.past-fires-at-once'],
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const endpoint = await register({ event_types: ['timer.fired'] })
        const { earliest } = await serverTime(context)
        const timer_id = context.id('timer')
        await setTimer(context, { timer_id, wake_at: iso(earliest - 1_000) })
        await untilFired(context, timer_id)

        const { json } = await firstArrival(context, endpoint, timer_id)

        expectThat(json?.type === 'timer.fired', 'the event timer.fired', show(json?.type))
        expectThat(json.data?.timer_id === timer_id, 'the timer as data', show(json.data))
      }),
  ),

  check(
    'webhook.delivered',
    'what had not been delivered before a sudden end is delivered after it',
    {
      expect: 'accept',
      lane: 'restart',
      variant: 'after-an-end',
      needs: { loopback: true, process: true, keys: ['admin'], claims: ['durability'] },
      after: ['call.acknowledged-survives'],
    },
    (context) =>
      withEndpoints(context, async (register) => {
        let isOver = false
        const endpoint = await register({
          answer: (response) => (isOver ? response.writeHead(204).end() : undefined),
        })
        const { receiver } = endpoint
        const call_id = context.id('before')
        await cause(context, call_id)
        await firstArrival(context, endpoint, call_id)
        for (let count = 2; count <= EVENTS; count++) await causeAgain(context, call_id)

        await context.process.kill()
        isOver = true
        const before = receiver.about(call_id)
        await context.process.start()

        // Most servers have so few on their way to one endpoint that the others are sent at once. Where all were, one has to come again.
        const untried = EVENTS - new Set(before.map(({ json }) => String(json?.id))).size
        const arrivals = await receiver.waitFor(call_id, before.length + Math.max(untried, 1), RETRY_MS)
        const late = arrivals.slice(before.length)
        expectThat(
          late.length >= Math.max(untried, 1),
          `${Math.max(untried, 1)} more deliveries within a minute`,
          describeArrivals(late),
        )
      }),
  ),
]

const EVENTS = 10

function lengthOf(value: unknown): string {
  return typeof value === 'string' ? `one of ${value.length}` : typeof value
}
