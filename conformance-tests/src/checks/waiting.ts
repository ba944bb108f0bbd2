import { callKinds, functionCalls, pathOf } from '../actors/call-kind.ts'
import { atOnce, hold, longWait, replyOf, waysToHold, type HoldWish } from '../actors/held-request.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectStatus, expectThat, expectValue } from '../expectations.ts'

/** Creating, creating again and getting, each with the query and with the header. */
const everyWay = [{ ask: 'create', way: 'query' }, { ask: 'create', way: 'header' }, ...waysToHold] as const

export const waitingChecks: readonly Check[] = [
  check(
    'wait.holds',
    'a request with a wait is held while the call is pending, on creating and on getting, by query and by header',
    { expect: 'accept', lane: 'timer' },
    async (context) => {
      const seconds = Math.min(2, longWait(context).seconds)

      // A server may answer early now and then, so each way has three tries.
      const tries = await Promise.all(
        waysOf(context, 3).map(async (wish) => {
          if (wish.ask !== 'create') await context.agent.create(wish.kind, wish)
          return { wish, exchange: await hold(context, { ...wish, seconds }) }
        }),
      )

      for (const [name, same] of Map.groupBy(tries, ({ wish }) => nameOf(wish))) {
        const answered = same.map(({ exchange }) => exchange).filter(({ response }) => response)
        await context.step('wait.times-out-with-the-call', async () =>
          expectThat(answered.length > 0, `an answer to ${name}`, 'no answer to any of three'),
        )
        const held = usual(answered)
        expectThat(
          held >= seconds * 750,
          `${name} held for ${seconds} s`,
          `two of three answered within ${held} ms`,
          { reply: replyOf(answered[0]!) },
        )
      }
    },
  ),

  check(
    'wait.holds',
    'a preference among others is a wait too',
    { variant: 'among-others', expect: 'accept', lane: 'timer' },
    async (context) => {
      const { agent } = context
      const call_id = context.id('one')
      await agent.create(functionCalls, { call_id })

      const seconds = Math.min(2, longWait(context).seconds)
      const headers = { prefer: `handling=lenient, wait=${seconds}, respond-async` }
      const replies = await Promise.all(
        [1, 2, 3].map(() => agent.get(pathOf(functionCalls, call_id), headers)),
      )

      const held = usual(replies.map(({ exchange }) => exchange))
      expectThat(
        held >= seconds * 750,
        `a request held for ${seconds} s`,
        `two of three answered within ${held} ms`,
        { reply: replies[0]! },
      )
    },
  ),

  check(
    'wait.times-out-with-the-call',
    'when the time is over the answer is the pending call, with 201 when it was created and 200 otherwise',
    { expect: 'accept', lane: 'timer', kind: 'liveness' },
    async (context) => {
      await Promise.all(
        waysOf(context, 1).map(async (wish) => {
          if (wish.ask !== 'create') await context.agent.create(wish.kind, wish)

          const reply = replyOf(await hold(context, { ...wish, seconds: 1 }))

          expectStatus(reply, wish.ask === 'create' ? 201 : 200)
          expectValue(reply, '/call_id', wish.call_id)
          expectValue(reply, '/status/state', 'pending')
        }),
      )
    },
  ),

  check(
    'wait.times-out-with-the-call',
    'a wait of 0 is over at once',
    { variant: 'zero', expect: 'accept', kind: 'liveness' },
    async (context) => {
      const { timeoutMs } = atOnce(context)
      for (const wish of waysOf(context, 1)) {
        if (wish.ask !== 'create') await context.agent.create(wish.kind, wish)

        const reply = replyOf(await hold(context, { ...wish, seconds: 0, timeoutMs }))

        expectStatus(reply, wish.ask === 'create' ? 201 : 200)
        expectValue(reply, '/status/state', 'pending')
      }
    },
  ),

  check(
    'wait.terminal-at-once',
    'a wait for a call that is terminal already is answered at once',
    { expect: 'accept', kind: 'liveness' },
    async (context) => {
      const { agent, responder } = context
      const { seconds, timeoutMs } = { ...longWait(context), ...atOnce(context) }
      for (const kind of callKinds) {
        const [answered, cancelled] = [context.id(context.nextName()), context.id(context.nextName())]
        await agent.create(kind, { call_id: answered })
        await agent.create(kind, { call_id: cancelled })
        await responder.respond(kind, answered)
        await agent.cancel(kind, cancelled)

        for (const way of waysToHold)
          for (const [call_id, state] of [
            [answered, kind.answeredState],
            [cancelled, 'cancelled'],
          ] as const) {
            const reply = replyOf(await hold(context, { ...way, kind, call_id, seconds, timeoutMs }))

            expectStatus(reply, 200)
            expectValue(reply, '/status/state', state)
          }
      }
    },
  ),
]

/** The time in the middle: neither the one answer that came early nor the one that a busy machine kept. */
function usual(exchanges: readonly Exchange[]): number {
  const times = exchanges.map(({ sent_at, received_at }) => received_at - sent_at)
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
}

/** Every kind and way so many times, each with a call of its own. */
function waysOf(context: Context, times: number): Pick<HoldWish, 'ask' | 'way' | 'kind' | 'call_id'>[] {
  return Array.from({ length: times }, () =>
    callKinds.flatMap((kind) =>
      everyWay.map((way) => ({ ...way, kind, call_id: context.id(context.nextName()) })),
    ),
  ).flat()
}

function nameOf({ ask, way, kind }: Pick<HoldWish, 'ask' | 'way' | 'kind'>): string {
  const act = { create: 'the creation', repeat: 'the repeated creation', get: 'the reading' }[ask]
  return `${act} of a ${kind.name} with a wait in the ${way}`
}
