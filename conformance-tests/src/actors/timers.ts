import type { Context } from '../context.ts'
import { describe, expectStatus, expectThat } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { serverTime } from '../checks/server-time.ts'
import { Inconclusive } from '../violation.ts'
import type { Actor } from './actor.ts'

/** What a check asks of a timer. */
export interface TimerWish {
  timer_id?: string
  run_id?: string
  wake_at: string
  state?: unknown
}

/** The body that sets a timer. */
export function timerBody(
  context: Context,
  { timer_id, run_id, ...spec }: TimerWish,
): { run_id: string; timer_id: string; spec: Omit<TimerWish, 'timer_id' | 'run_id'> } {
  return {
    run_id: run_id ?? context.id('run'),
    timer_id: timer_id ?? context.id(context.nextName()),
    spec,
  }
}

/** Sets a timer that the server has to take. */
export function setTimer(context: Context, wish: TimerWish, agent: Actor = context.agent): Promise<Reply> {
  return context.step('timer.created', async () => {
    const reply = await agent.post('/v1/timers', timerBody(context, wish))
    expectStatus(reply, 201)
    return reply
  })
}

/** Reads a timer that exists. */
export function readTimer(context: Context, timer_id: string): Promise<Reply> {
  return context.step('timer.read', async () => {
    const reply = await context.agent.get(timerPath(timer_id))
    expectStatus(reply, 200)
    return reply
  })
}

/** Withdraws a timer that is pending. */
export function cancelTimer(context: Context, timer_id: string): Promise<Reply> {
  return context.step('timer.cancel', async () => {
    const reply = await context.agent.post(timerPath(timer_id, 'cancel'))
    expectStatus(reply, 200)
    return reply
  })
}

/** Reads a timer that is due by now or soon, until it has fired. */
export function untilFired(context: Context, timer_id: string, withinMs = 0): Promise<Reply> {
  return context.step('timer.fires', async () => {
    const until = context.now() + withinMs + DELAY_MS * context.patience
    for (;;) {
      const read = await readTimer(context, timer_id)
      if (read.json?.status?.state === 'fired') return read
      expectThat(context.now() < until, 'a timer that has fired', describe(read), {
        reply: read,
        pointer: '/status/state',
      })
      await context.sleep(50)
    }
  })
}

/** What a server may need that is busy with other things. */
const DELAY_MS = 3_000

/** An instant that stays ahead for as long as a check takes, by the clock of the server. */
export async function wakeAhead(context: Context): Promise<string> {
  const { latest } = await serverTime(context)
  return new Date(latest + Math.min(3_600_000, (timerLimitOf(context) * 1_000) / 2)).toISOString()
}

/** How far ahead a timer may be, in seconds. */
export function timerLimitOf({ limits }: Context): number {
  if (limits.timer_seconds === undefined) throw new Inconclusive('the server claims no limits.timer_seconds')
  return limits.timer_seconds
}

export function timerPath(timer_id: string, verb?: 'cancel'): string {
  return `/v1/timers/${encodeURIComponent(timer_id)}${verb ? `/${verb}` : ''}`
}
