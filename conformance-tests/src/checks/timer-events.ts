import { callId, functionCalls } from '../actors/call-kind.ts'
import { readAllEvents, type EventQuery } from '../actors/event-log.ts'
import { setTimer, timerBody, timerPath, untilFired } from '../actors/timers.ts'
import type { Actor } from '../actors/actor.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectThat, show } from '../expectations.ts'
import { isDeepStrictEqual } from 'node:util'
import { iso } from './expiring-calls.ts'
import { serverTime } from './server-time.ts'

/** What the event log tells of timers. */
export const timerEventChecks: readonly Check[] = [
  check(
    'timer.event',
    'a timer that fires is told of once, with all that it is, whatever comes later',
    {
      expect: 'accept',
      lane: 'timer',
      needs: { claims: ['events'] },
      after: ['timer.read', 'timer.past-fires-at-once'],
    },
    async (context) => {
      const { latest } = await serverTime(context)
      const run_id = context.id('told')
      const wishes = ['past', 'soon'].map((name, index) => ({
        timer_id: context.id(name),
        run_id,
        wake_at: iso(latest - 1_000 + index * 1_800),
        state: { step: 4, of: name },
      }))
      for (const wish of wishes) await setTimer(context, wish)

      for (const wish of wishes) {
        const fired = await untilFired(context, wish.timer_id, 1_000)
        await context.agent.post('/v1/timers', timerBody(context, wish))
        await context.agent.post(timerPath(wish.timer_id, 'cancel'))
        await context.sleep(200)

        const events = await timerEventsOf(context, wish)
        expectThat(events.length === 1, 'one event timer.fired', String(events.length), { reply: fired })
        const [{ principal, data }] = events as [TimerEvent]
        expectThat(principal === 'system:timer', 'the principal system:timer', show(principal))
        const { json } = fired
        expectThat(isDeepStrictEqual(data, json), `the timer as data: ${show(json)}`, show(data))
      }
    },
  ),

  check(
    'timer.state-for-agents',
    'the event of a timer shows its state to agents alone',
    {
      expect: 'reject',
      lane: 'timer',
      needs: { claims: ['events', 'scopes'], keys: ['admin'] },
      after: ['timer.event', 'timer.past-fires-at-once'],
    },
    async (context) => {
      const { earliest } = await serverTime(context)
      const [run_id, timer_id] = [context.id('hidden'), context.id('timer')]
      const wake_at = iso(earliest - 1_000)
      await setTimer(context, {
        timer_id,
        run_id,
        wake_at,
        state: { secret: 'between the agent and itself' },
      })
      await untilFired(context, timer_id)
      const { actor } = await context.actor('admin').createKey({ scopes: ['responder'] })

      const [event] = await timerEventsOf(context, { run_id, timer_id }, {}, actor)

      // Whether it is told of at all is for others to judge.
      if (!event) return
      const text = show(event)
      expectThat(!text.includes('between the agent and itself'), 'an event without the state', text)
      const spec = event.data['spec'] as object | undefined
      expectThat(!Object.hasOwn(spec ?? {}, 'state'), 'a spec without state', show(spec))
    },
  ),

  check(
    'event.filters',
    'the events of a call leave out the timer that has its id',
    {
      variant: 'timers',
      expect: 'reject',
      lane: 'timer',
      needs: { claims: ['timers'] },
      after: ['timer.event', 'timer.past-fires-at-once'],
    },
    async (context) => {
      const { earliest } = await serverTime(context)
      const id = callId(context, functionCalls, 'both')
      const run_id = context.id('both')
      await setTimer(context, { timer_id: id, run_id, wake_at: iso(earliest - 1_000) })
      await untilFired(context, id)
      await context.agent.create(functionCalls, { call_id: id, run_id })

      const events = await timerEventsOf(context, { run_id, timer_id: id }, { call_id: id })

      expectThat(events.length === 0, 'no event of the timer', show(events))
    },
  ),
]

interface TimerEvent {
  type: unknown
  principal: unknown
  data: Record<string, unknown>
}

/** The events `timer.fired` of one timer. */
export async function timerEventsOf(
  context: Context,
  { run_id, timer_id }: { run_id: string; timer_id: string },
  query: EventQuery = {},
  reader: Actor = context.agent,
): Promise<TimerEvent[]> {
  const events = (await readAllEvents(context, { run_id, ...query }, reader)) as TimerEvent[]
  return events.filter(({ type, data }) => type === 'timer.fired' && data?.['timer_id'] === timer_id)
}
