import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import {
  appliedWait,
  hold,
  longWait,
  respondWhenCreated,
  untilHeld,
  waysToHold,
  type HoldWish,
} from '../actors/held-request.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { Reply } from '../reply.ts'

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
        const longest = Math.max(...answered.map(({ sent_at, received_at }) => received_at - sent_at))
        expectThat(
          longest >= seconds * 750,
          `${name} held for ${seconds} s`,
          `three of them answered within ${longest} ms`,
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

      const headers = { prefer: 'handling=lenient, wait=1, respond-async' }
      const replies = await Promise.all(
        [1, 2, 3].map(() => agent.get(pathOf(functionCalls, call_id), headers)),
      )

      const times = replies.map(({ exchange }) => exchange.received_at - exchange.sent_at)
      expectThat(
        Math.max(...times) >= 750,
        'a request held for 1 s',
        `three answered within ${Math.max(...times)} ms`,
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
      const { timeoutMs } = longWait(context)
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
      const { seconds, timeoutMs } = longWait(context)
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

  check(
    'wait.clamped',
    'a wait longer than the limit, however long, is cut to it',
    {
      expect: 'accept',
      lane: 'timer',
      kind: 'liveness',
      after: ['wait.holds', 'wait.wakes', 'wait.preference-applied'],
    },
    async (context) => {
      const limit = context.limits.wait_seconds ?? 1
      const { timeoutMs } = longWait(context)
      const longer = [limit + 1, limit * 60 + 3_600, 2_147_484, '99999999999999999999999']
      const { call_id, kind, held } = await holdAll(context, functionCalls, [
        ...longer.map((seconds) => ({ ask: 'get', way: 'query', seconds, timeoutMs }) as const),
        ...longer.map((seconds) => ({ ask: 'repeat', way: 'header', seconds, timeoutMs }) as const),
      ])

      await context.responder.respond(kind, call_id)

      for (const exchange of await Promise.all(held))
        await expectCut(context, exchange, kind.answeredState, limit)
    },
  ),

  check(
    'wait.clamped',
    'a wait longer than a short limit is over when the limit is',
    { variant: 'waited-out', expect: 'accept', lane: 'timer', kind: 'liveness' },
    async (context) => {
      // A long limit is not waited for; then only the header tells.
      const limit = context.limits.wait_seconds ?? 1
      const isShort = limit <= 5
      const call_id = context.id('one')
      await context.agent.create(functionCalls, { call_id })

      const seconds = isShort ? limit + 600 : 0
      const timeoutMs = (limit + 5) * 1000
      const reply = replyOf(
        await hold(context, { ask: 'get', way: 'query', kind: functionCalls, call_id, seconds, timeoutMs }),
      )

      expectStatus(reply, 200)
    },
  ),

  check(
    'wait.preference-applied',
    'the answer to a held request tells the wait that was applied',
    { expect: 'accept', kind: 'liveness', after: ['wait.holds'] },
    async (context) => {
      const seconds = Math.min(2, longWait(context).seconds)
      for (const kind of callKinds) {
        const { call_id, held } = await holdAll(
          context,
          kind,
          waysToHold.map((way) => ({ ...way, seconds })),
        )
        const createdIds = ['query', 'header'].map((way) => context.id(`${kind.answeredState}-${way}`))
        const creations = (['query', 'header'] as const).map((way, index) =>
          hold(context, { ask: 'create', way, kind, call_id: createdIds[index]!, seconds }),
        )

        await context.responder.respond(kind, call_id)
        for (const id of createdIds) await respondWhenCreated(context, kind, id)

        for (const exchange of await Promise.all([...held, ...creations])) {
          const reply = replyOf(exchange)
          const shown = reply.header('preference-applied')
          expectThat(
            appliedWait(reply) === String(seconds),
            `Preference-Applied: wait=${seconds}`,
            show(shown),
            { reply },
          )
        }
      }
    },
  ),

  check(
    'wait.query-wins',
    'a wait of 0 in the query wins over a long one in the header',
    { expect: 'accept', kind: 'liveness' },
    async (context) => {
      const { seconds, timeoutMs } = longWait(context)
      for (const kind of callKinds) {
        const call_id = context.id('one')
        await context.agent.create(kind, { call_id })

        const exchange = await context.exchange('agent', {
          path: `${pathOf(kind, call_id)}?wait=0`,
          headers: { prefer: `wait=${seconds}` },
          timeoutMs,
        })

        expectThat(
          exchange.response !== undefined,
          'an answer at once, as the query says',
          exchange.failure?.message ?? 'none',
        )
        expectStatus(replyOf(exchange), 200)
      }
    },
  ),

  check(
    'wait.query-wins',
    'a long wait in the query wins over one of 0 in the header',
    { variant: 'longer', expect: 'accept', kind: 'liveness', after: ['wait.holds', 'wait.wakes'] },
    async (context) => {
      const { seconds, timeoutMs } = longWait(context)
      const call_id = context.id('one')
      await context.agent.create(functionCalls, { call_id })
      const held = context.exchange('agent', {
        path: `${pathOf(functionCalls, call_id)}?wait=${seconds}`,
        headers: { prefer: 'wait=0' },
        timeoutMs,
      })
      await untilHeld(context)

      await context.responder.respond(functionCalls, call_id)

      const reply = await context.step('wait.wakes', async () => replyOf(await held))
      expectStatus(reply, 200)
      expectValue(reply, '/status/state', functionCalls.answeredState)
    },
  ),

  check(
    'wait.malformed',
    'a wait in the query that is no whole number from 0 up is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id, query: '?wait=0' })
        for (const wait of ['-1', '1.5', 'abc', '', '5s', 'NaN', 'Infinity', 'true', '1%202', '0x10']) {
          expectProblem(await agent.get(`${pathOf(kind, call_id)}?wait=${wait}`), 400, 'invalid_parameter')
          expectProblem(await agent.tryCreate(kind, { query: `?wait=${wait}` }), 400, 'invalid_parameter')
        }
      }
    },
  ),

  check(
    'wait.prefer-malformed',
    'a Prefer header that cannot be read is ignored',
    { expect: 'accept', kind: 'liveness' },
    async (context) => {
      const { agent } = context
      const { timeoutMs } = longWait(context)
      const unreadable = ['wait=abc', 'wait=-1', 'wait=', 'wait', '=5', 'wait="', ';;,,=', '', 'wait=NaN']
      for (const kind of callKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        for (const prefer of unreadable) {
          const read = await agent.send({ path: pathOf(kind, call_id), headers: { prefer }, timeoutMs })
          expectStatus(read, 200)
          expectValue(read, '/status/state', 'pending')

          const created = await agent.send({
            method: 'POST',
            path: kind.collection,
            headers: { prefer },
            json: {
              run_id: context.id('run'),
              call_id: context.id(context.nextName()),
              spec: kind.spec(),
            },
            timeoutMs,
          })
          expectStatus(created, 201)
        }
      }
    },
  ),
]

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

/** Creates a call and has requests held for it. */
async function holdAll(
  context: Context,
  kind: CallKind,
  wishes: readonly Omit<HoldWish, 'kind' | 'call_id'>[],
): Promise<{ kind: CallKind; call_id: string; held: Promise<Exchange>[] }> {
  const call_id = context.id(context.nextName())
  await context.agent.create(kind, { call_id })
  const held = wishes.map((wish) => hold(context, { ...wish, kind, call_id }))
  await untilHeld(context)
  return { kind, call_id, held }
}

async function expectCut(
  context: Context,
  exchange: Exchange,
  state: string,
  seconds: number,
): Promise<void> {
  await context.step('wait.wakes', async () => replyOf(exchange))
  const reply = replyOf(exchange)
  const applied = appliedWait(reply)
  await context.step('wait.preference-applied', async () =>
    expectThat(
      applied !== undefined,
      `Preference-Applied: wait=${seconds}`,
      show(reply.header('preference-applied')),
      { reply },
    ),
  )
  expectThat(applied === String(seconds), `a wait cut to ${seconds} s`, `wait=${applied}`, { reply })
  expectValue(reply, '/status/state', state)
}

function replyOf(exchange: Exchange): Reply {
  expectThat(exchange.response !== undefined, 'an answer', exchange.failure?.message ?? 'none')
  return new Reply(exchange, exchange.response)
}
