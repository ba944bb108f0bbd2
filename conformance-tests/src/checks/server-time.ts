import { functionCalls } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import { expectThat, show } from '../expectations.ts'
import { isInstant, spanOf } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { judging } from '../violation.ts'

/** What the clock of the server showed while it answered a request: not before `earliest` and not after `latest`. */
export interface ServerTime {
  /** Milliseconds since 1970, by the clock of the server. */
  readonly earliest: number
  readonly latest: number
  /** When the answer came, by the clock of the run. */
  readonly received_at: number
}

/**
 * Reads the clock of the server off a call that it creates. The clock of the suite may be another one, and whatever a server does with time
 * is right or wrong by its own.
 */
export async function serverTime(context: Context): Promise<ServerTime> {
  return requestedAt(await context.agent.create(functionCalls))
}

/** When the server created this call. */
export function requestedAt(created: Reply): Promise<ServerTime> {
  const at: unknown = created.json?.status?.requested_at
  return judging('time.format', () => {
    expectThat(isInstant(at), 'the instant of the creation', show(at), {
      reply: created,
      pointer: '/status/requested_at',
    })
    return { ...spanOf(at), received_at: created.exchange.received_at }
  })
}

/** Waits until the clock of the server is past `at`: since the reading it has gone on at least as long as ours. */
export async function passed(
  context: Context,
  { earliest, received_at }: ServerTime,
  at: number,
): Promise<void> {
  const left = () => at + MARGIN_MS - (earliest + context.now() - received_at)
  while (left() > 0) await context.sleep(left())
}

/** Two clocks do not run at quite the same speed. */
const MARGIN_MS = 4
