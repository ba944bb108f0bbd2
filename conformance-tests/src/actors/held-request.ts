import type { Context, Outgoing } from '../context.ts'
import type { Exchange, KeyName } from '../exchange.ts'
import { expectThat, expectValue } from '../expectations.ts'
import { Reply } from '../reply.ts'
import { violate } from '../violation.ts'
import { pathOf, type CallKind } from './call-kind.ts'

/** `?wait=N` or `Prefer: wait=N`. */
type Way = 'query' | 'header'

/** What an agent does when it wants to be held: it asks, asks the same again, or gets. */
type Ask = 'create' | 'repeat' | 'get'

export interface HoldWish {
  ask: Ask
  way: Way
  kind: CallKind
  call_id: string
  seconds: number | string
  key?: KeyName
  signal?: AbortSignal
  timeoutMs?: number
}

/** Every way to be held while a call exists already. */
export const waysToHold: readonly Pick<HoldWish, 'ask' | 'way'>[] = (['get', 'repeat'] as const).flatMap(
  (ask) => (['query', 'header'] as const).map((way) => ({ ask, way })),
)

/** Sends a request that the server is to hold. It never rejects, so that it can be left alone while others act. */
export function hold(context: Context, wish: HoldWish): Promise<Exchange> {
  const { ask, way, kind, call_id, seconds, key = 'agent', signal, timeoutMs } = wish
  const query = way === 'query' ? `?wait=${seconds}` : ''
  const outgoing: Partial<Outgoing> = {
    headers: way === 'header' ? { prefer: `wait=${seconds}` } : {},
    ...(signal ? { signal } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  }
  if (ask === 'get') return context.exchange(key, { path: `${pathOf(kind, call_id)}${query}`, ...outgoing })
  return context.exchange(key, {
    method: 'POST',
    path: `${kind.collection}${query}`,
    json: { run_id: context.id('run'), call_id, spec: kind.spec() },
    ...outgoing,
  })
}

/**
 * A wait that is long enough to tell a request that was woken from one whose time was over: what does not come within `timeoutMs` was
 * not woken. The longest wait of a server may be one second.
 */
export function longWait({ limits, patience }: Context): { seconds: number; timeoutMs: number } {
  const seconds = Math.min(limits.wait_seconds ?? 1, 30)
  return { seconds, timeoutMs: Math.min(2_000, (seconds * 900) / patience) }
}

/** A moment in which a request reaches the server and is held. */
export async function untilHeld(context: Context): Promise<void> {
  await context.sleep(60)
}

/** The held request was answered, and with the call in this state. */
export function expectWoken(exchange: Exchange, state: string): Reply {
  if (!exchange.response)
    violate(
      `the held request answered when its call became ${state}`,
      exchange.failure?.message ?? 'no answer',
      {
        exchange,
      },
    )
  const reply = new Reply(exchange, exchange.response)
  expectThat([200, 201].includes(reply.status), 'HTTP 200 or 201', `HTTP ${reply.status}`, { reply })
  expectValue(reply, '/status/state', state)
  return reply
}

/** The seconds in `Preference-Applied: wait=N`, or undefined. */
export function appliedWait(reply: Reply): string | undefined {
  return /(?:^|[,;])\s*wait\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i.exec(reply.header('preference-applied') ?? '')?.[1]
}

/** Answers a call that is being created by somebody else, as soon as it is there. */
export async function respondWhenCreated(context: Context, kind: CallKind, call_id: string): Promise<void> {
  const began = context.now()
  for (;;) {
    const reply = await context.responder.tryRespond(kind, call_id)
    if (reply.status === 200) return
    await context.step(kind.requirements.decides, async () => {
      const isTooLate = context.now() - began > 5_000 * context.patience
      expectThat(reply.status === 404 && !isTooLate, 'HTTP 200', `HTTP ${reply.status}`, { reply })
    })
  }
}
