import type { Context, Outgoing } from '../context.ts'
import type { Exchange, KeyName } from '../exchange.ts'
import { expectStatus, expectThat, expectValue } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { Reply } from '../reply.ts'
import { Inconclusive, violate } from '../violation.ts'
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

/** The longest wait of the server that is worth asking for. It may be as short as one second. */
export function longWait({ limits }: Context): { seconds: number } {
  return { seconds: Math.min(limits.wait_seconds ?? 1, 30) }
}

/** How long an answer may take that has nothing to wait for: what takes longer waited until the time was over. */
export function atOnce(context: Context): { timeoutMs: number } {
  const { seconds } = longWait(context)
  return { timeoutMs: Math.min(2_000, (seconds * 900) / context.patience) }
}

/** A long wait that is to be cut short: where it can be told soon that it was not, nobody waits for its end. */
export function heldLong(context: Context): { seconds: number; timeoutMs: number } {
  const { seconds } = longWait(context)
  return { seconds, timeoutMs: seconds < SHORT_SECONDS ? 10_000 : atOnce(context).timeoutMs }
}

const SHORT_SECONDS = 3
/** How much later than the acknowledgement of the act that ended a call a waiter may hear of it, where waits are short. */
const LATE_MS = 400

/** A moment in which a request reaches the server and is held. */
export async function untilHeld(context: Context): Promise<void> {
  await context.sleep(60)
}

/** An act that ends a call, with the times at which it began and was acknowledged. */
export interface Ending {
  readonly began_at: number
  readonly ended_at: number
}

export async function ending(context: Context, act: () => Promise<unknown>): Promise<Ending> {
  const began_at = context.now()
  await act()
  return { began_at, ended_at: context.now() }
}

/**
 * The held request was answered because its call ended, and with the call as it then stood. Undefined where the wait was over before that,
 * which says nothing: a server may end a wait early, and a short one may not outlast the act.
 */
export function wokenReply(
  context: Context,
  exchange: Exchange,
  state: string,
  { began_at, ended_at }: Ending,
): Reply | undefined {
  const expected = `the held request answered when its call became ${state}`
  if (!exchange.response) violate(expected, exchange.failure?.message ?? 'no answer', { exchange })
  const reply = new Reply(exchange, exchange.response)
  expectThat([200, 201].includes(reply.status), 'HTTP 200 or 201', `HTTP ${reply.status}`, { reply })

  const { sent_at, received_at } = exchange
  const isPending = reply.json?.status?.state === 'pending'
  if (isPending && received_at < began_at) return undefined
  const { seconds } = longWait(context)
  if (seconds < SHORT_SECONDS && received_at - sent_at >= seconds * 900) {
    const late = received_at - Math.max(ended_at, sent_at)
    expectThat(late <= LATE_MS, expected, `held on for ${late} ms, until the time was over`, { reply })
    if (isPending) return undefined
  }
  expectValue(reply, '/status/state', state)
  return reply
}

/** Some of these were judged at least; else the server is too slow for waits this short. */
export function expectJudged(replies: readonly (Reply | undefined)[]): Reply[] {
  const judged = replies.filter((reply) => reply !== undefined)
  if (judged.length === 0)
    throw new Inconclusive('every wait was over before its call could be ended; a longer one is needed')
  return judged
}

/** The seconds in `Preference-Applied: wait=N`, or undefined. */
export function appliedWait(reply: Reply): string | undefined {
  return /(?:^|[,;])\s*wait\s*=\s*"?(\d+)"?\s*(?:$|[,;])/i.exec(reply.header('preference-applied') ?? '')?.[1]
}

/** Answers a call as soon as the held creation has made it. */
export async function respondWhenCreated(
  context: Context,
  { kind, call_id }: Pick<HoldWish, 'kind' | 'call_id'>,
  creation: Promise<Exchange>,
): Promise<void> {
  await whenCreated(
    context,
    creation,
    () => context.responder.tryRespond(kind, call_id),
    kind.requirements.decides,
  )
}

/** Comes back when a call is there whose creation is held. */
export async function seeCreated(
  context: Context,
  { kind, call_id }: Pick<HoldWish, 'kind' | 'call_id'>,
  creation: Promise<Exchange>,
): Promise<void> {
  await whenCreated(
    context,
    creation,
    () => context.agent.get(pathOf(kind, call_id)),
    'call.read-your-writes',
  )
}

/** Tries what needs the call until it is there. A creation that is refused makes none. */
async function whenCreated(
  context: Context,
  creation: Promise<Exchange>,
  act: () => Promise<Reply>,
  requirement: RequirementId,
): Promise<void> {
  const began = context.now()
  let ended: Exchange | undefined
  void creation.then((exchange) => {
    ended = exchange
  })
  for (let pause = 2; ; pause = Math.min(2 * pause, 100)) {
    const reply = await act()
    if (reply.status === 200) return
    if (ended?.response)
      await context.step('call.created-status', async () => expectStatus(replyOf(ended!), 201))
    await context.step(requirement, async () => {
      const isTooLate = context.now() - began > 5_000 * context.patience
      expectThat(
        reply.status === 404 && !isTooLate,
        'HTTP 200, while the creation is held',
        `HTTP ${reply.status}`,
        { reply },
      )
    })
    await context.sleep(pause)
  }
}

/** What came of a request that has to be answered. */
export function replyOf(exchange: Exchange): Reply {
  expectThat(exchange.response !== undefined, 'an answer', exchange.failure?.message ?? 'none')
  return new Reply(exchange, exchange.response)
}
