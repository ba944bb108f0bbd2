import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import {
  appliedWait,
  atOnce,
  ending,
  expectJudged,
  heldLong,
  hold,
  longWait,
  replyOf,
  respondWhenCreated,
  untilHeld,
  waysToHold,
  wokenReply,
  type HoldWish,
} from '../actors/held-request.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** How a wait is asked for, and how it is taken. */
export const waitWishChecks: readonly Check[] = [
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
      const { timeoutMs } = heldLong(context)
      const longer = [limit + 1, limit * 60 + 3_600, 2_147_484, '99999999999999999999999']
      const { call_id, kind, held } = await holdAll(context, functionCalls, [
        ...longer.map((seconds) => ({ ask: 'get', way: 'query', seconds, timeoutMs }) as const),
        ...longer.map((seconds) => ({ ask: 'repeat', way: 'header', seconds, timeoutMs }) as const),
      ])

      const end = await ending(context, () => context.responder.respond(kind, call_id))

      const cut: (Reply | undefined)[] = []
      for (const exchange of await Promise.all(held)) {
        await expectCut(context, exchange, limit)
        cut.push(wokenReply(context, exchange, kind.answeredState, end))
      }
      expectJudged(cut)
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
        for (const [index, id] of createdIds.entries())
          await respondWhenCreated(context, { kind, call_id: id }, creations[index]!)

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
      const { seconds, timeoutMs } = { ...longWait(context), ...atOnce(context) }
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
      const { seconds, timeoutMs } = heldLong(context)
      const call_id = context.id('one')
      await context.agent.create(functionCalls, { call_id })
      const held = context.exchange('agent', {
        path: `${pathOf(functionCalls, call_id)}?wait=${seconds}`,
        headers: { prefer: 'wait=0' },
        timeoutMs,
      })
      await untilHeld(context)

      const end = await ending(context, () => context.responder.respond(functionCalls, call_id))

      const exchange = await held
      await context.step('wait.wakes', async () => replyOf(exchange))
      expectJudged([wokenReply(context, exchange, functionCalls.answeredState, end)])
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
      const { timeoutMs } = atOnce(context)
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

async function expectCut(context: Context, exchange: Exchange, seconds: number): Promise<void> {
  await context.step('wait.wakes', async () => replyOf(exchange))
  const reply = replyOf(exchange)
  const applied = appliedWait(reply)
  expectThat(reply.status !== 400, `a wait cut to ${seconds} s`, `HTTP ${reply.status}`, { reply })
  await context.step('wait.preference-applied', async () =>
    expectThat(
      applied !== undefined,
      `Preference-Applied: wait=${seconds}`,
      show(reply.header('preference-applied')),
      { reply },
    ),
  )
  expectThat(applied === String(seconds), `a wait cut to ${seconds} s`, `wait=${applied}`, { reply })
}
