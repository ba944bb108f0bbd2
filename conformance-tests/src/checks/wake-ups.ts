import { callKinds, functionCalls, type CallKind } from '../actors/call-kind.ts'
import {
  ending,
  expectJudged,
  heldLong,
  hold,
  longWait,
  respondWhenCreated,
  seeCreated,
  untilHeld,
  waysToHold,
  wokenReply,
  type Ending,
  type HoldWish,
} from '../actors/held-request.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectStatus, expectThat, expectValue } from '../expectations.ts'
import { Reply } from '../reply.ts'

/** What ends a call, and how it then stands. */
interface End {
  readonly name: string
  readonly state: (kind: CallKind) => string
  readonly act: (context: Context, kind: CallKind, call_id: string) => Promise<unknown>
}

const answer: End = {
  name: 'an answer',
  state: (kind) => kind.answeredState,
  act: ({ responder }, kind, call_id) => responder.respond(kind, call_id),
}

const otherAnswer: End = {
  name: 'the other answer',
  state: (kind) => (kind === functionCalls ? 'denied' : kind.answeredState),
  act: ({ responder }, kind, call_id) => responder.respond(kind, call_id, kind.otherAnswer),
}

const cancellation: End = {
  name: 'a cancellation',
  state: () => 'cancelled',
  act: ({ agent }, kind, call_id) => agent.cancel(kind, call_id),
}

export const wakeUpChecks: readonly Check[] = [
  check(
    'wait.wakes',
    'every one of sixteen held requests is answered when the call is answered or cancelled',
    { expect: 'accept', kind: 'liveness', after: ['wait.holds'] },
    async (context) => {
      await Promise.all(
        callKinds.flatMap((kind) =>
          [answer, otherAnswer, cancellation].map(async (end) => {
            const call_id = context.id(context.nextName())
            await context.agent.create(kind, { call_id })
            const held = Array.from({ length: 16 }, (_, n) =>
              hold(context, {
                ...waysToHold[n % waysToHold.length]!,
                ...heldLong(context),
                kind,
                call_id,
                // Creating takes the scope of an agent; whoever answers may wait too.
                key: n % 8 === 0 ? 'responder' : 'agent',
              }),
            )
            await untilHeld(context)

            const ended = await ending(context, () => end.act(context, kind, call_id))

            const replies = (await Promise.all(held)).map((exchange) =>
              wokenReply(context, exchange, end.state(kind), ended),
            )
            for (const reply of expectJudged(replies)) expectValue(reply, '/call_id', call_id)
          }),
        ),
      )
    },
  ),

  check(
    'wait.wakes',
    'a creation that is held is answered when the call is answered',
    { variant: 'creation', expect: 'accept', kind: 'liveness', after: ['wait.holds'] },
    async (context) => {
      const creations = await createAndAnswer(context)
      const replies = creations.map(({ exchange, kind, end }) =>
        wokenReply(context, exchange, kind.answeredState, end),
      )
      // It takes several requests to answer a call that is being created; a short wait may be over by then.
      if (longWait(context).seconds > 5) expectJudged(replies)
    },
  ),

  check(
    'call.created-status',
    'a creation that was held until the answer came is answered with 201',
    {
      variant: 'held',
      expect: 'accept',
      kind: 'liveness',
      needs: { claims: ['long-poll'] },
      after: ['wait.times-out-with-the-call'],
    },
    async (context) => {
      for (const { exchange } of await createAndAnswer(context)) {
        await context.step('wait.wakes', async () =>
          expectThat(exchange.response !== undefined, 'an answer', exchange.failure?.message ?? 'none'),
        )
        expectStatus(new Reply(exchange, exchange.response!), 201)
      }
    },
  ),

  check(
    'wait.wakes',
    'held requests for many calls are each answered with their own',
    { variant: 'many-calls', expect: 'accept', kind: 'liveness', after: ['wait.holds'] },
    async (context) => {
      const calls = Array.from({ length: 24 }, (_, n) => ({
        // Every other pair shares an id, which the two kinds keep apart.
        kind: callKinds[n % 2]!,
        call_id: context.id(`n${Math.floor(n / 2)}`),
      }))
      await Promise.all(calls.map(({ kind, call_id }) => context.agent.create(kind, { call_id })))
      const held = calls.map(({ kind, call_id }, n) =>
        hold(context, { ...waysToHold[n % 4]!, ...heldLong(context), kind, call_id }),
      )
      await untilHeld(context)

      const ends = await Promise.all(
        calls.map(({ kind, call_id }, n) =>
          ending(context, () =>
            context.responder.respond(kind, call_id, { ...kind.answer, ...said(kind, `answer ${n}`) }),
          ),
        ),
      )

      const replies = (await Promise.all(held)).map((exchange, n) => {
        const { kind, call_id } = calls[n]!
        const reply = wokenReply(context, exchange, kind.answeredState, ends[n]!)
        if (!reply) return undefined
        expectValue(reply, '/call_id', call_id)
        expectValue(reply, `/status/${Object.keys(said(kind, ''))[0]!}`, `answer ${n}`)
        return reply
      })
      expectJudged(replies)
    },
  ),

  check(
    'wait.wakes',
    'a client that goes away takes no other with it',
    { variant: 'after-disconnect', expect: 'accept', kind: 'liveness', after: ['wait.holds'] },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = context.id('one')
        await context.agent.create(kind, { call_id })
        const wish = { ask: 'get', way: 'query', kind, call_id, ...heldLong(context) } as const
        const leaving = new AbortController()

        // One leaves before the others come, one while they are held, one after.
        const gone = [hold(context, { ...wish, signal: leaving.signal })]
        const held = [hold(context, wish)]
        await untilHeld(context)
        gone.push(hold(context, { ...wish, signal: leaving.signal }))
        held.push(hold(context, wish))
        await untilHeld(context)
        leaving.abort()
        await Promise.all(gone)
        await untilHeld(context)
        held.push(hold(context, wish))
        await untilHeld(context)

        const end = await ending(context, () => context.responder.respond(kind, call_id))

        const replies = (await Promise.all(held)).map((exchange) =>
          wokenReply(context, exchange, kind.answeredState, end),
        )
        expectJudged(replies)
      }
    },
  ),

  check(
    'wait.wakes',
    'held requests are answered when the call expires',
    {
      variant: 'expiry',
      expect: 'accept',
      kind: 'liveness',
      lane: 'timer',
      needs: { claims: ['expiry'] },
      after: ['wait.holds', 'expiry.expires'],
    },
    async (context) => {
      const wish = { ask: 'get', way: 'query', ...heldLong(context) } as const
      await Promise.all(
        callKinds.map(async (kind) => {
          const call_id = context.id('one')
          await context.agent.create(kind, { call_id, spec: { expires_in_seconds: 1 } })
          const began = context.now()
          await Promise.all(
            [1, 2, 3].map(async () => {
              // Where waits are short, whoever waits asks again.
              let reply: Reply | undefined
              while (reply?.json?.status?.state !== 'expired') {
                const isTooLate = context.now() - began > 5_000 * context.patience
                const exchange = await hold(context, { ...wish, kind, call_id })
                const { response, failure } = exchange
                expectThat(
                  response !== undefined && !isTooLate,
                  'the held request answered when its call expired',
                  failure?.message ?? 'the pending call again',
                )
                reply = new Reply(exchange, response)
              }
            }),
          )
        }),
      )
    },
  ),

  check(
    'wait.nothing-lost',
    'an answer that arrives while a request begins to be held is not missed',
    {
      expect: 'accept',
      lane: 'race',
      kind: 'liveness',
      after: ['wait.holds', 'wait.wakes', 'wait.terminal-at-once'],
    },
    async (context) => {
      // Rare losses get a second chance to show themselves: the second try takes more trips.
      const batches = 8 * context.patience
      for (let batch = 0; batch < batches; batch++)
        await Promise.all(Array.from({ length: 16 }, (_, n) => raceTrip(context, batch * 16 + n)))
    },
  ),

  check(
    'wait.nothing-lost',
    'an answer that arrives as soon as a held creation has made the call is not missed',
    {
      variant: 'creation',
      expect: 'accept',
      lane: 'race',
      kind: 'liveness',
      after: ['wait.holds', 'wait.wakes'],
    },
    async (context) => {
      for (let batch = 0; batch < 4 * context.patience; batch++)
        await Promise.all(
          Array.from({ length: 8 }, async (_, n) => {
            const kind = callKinds[n % 2]!
            const call_id = context.id(`b${batch}n${n}`)
            const way = n % 4 < 2 ? 'query' : 'header'
            const held = hold(context, { ask: 'create', way, kind, call_id, ...heldLong(context) })

            const end = await ending(context, () => respondWhenCreated(context, { kind, call_id }, held))

            wokenReply(context, await held, kind.answeredState, end)
          }),
        )
    },
  ),
]

/** Has creations of both kinds held, and answers the calls. */
async function createAndAnswer(
  context: Context,
): Promise<{ kind: CallKind; exchange: Exchange; end: Ending }[]> {
  const creations = callKinds.flatMap((kind) => (['query', 'header'] as const).map((way) => ({ kind, way })))
  return Promise.all(
    creations.map(async ({ kind, way }) => {
      const call_id = context.id(`${kind.answeredState}-${way}`)
      const held = hold(context, { ask: 'create', way, kind, call_id, ...heldLong(context) })
      await seeCreated(context, { kind, call_id }, held)
      await untilHeld(context)

      const end = await ending(context, () => context.responder.respond(kind, call_id))

      return { kind, exchange: await held, end }
    }),
  )
}

/** One call, one wait and one end of it, so close together that now the one comes first and now the other. */
async function raceTrip(context: Context, number: number): Promise<void> {
  const kind = callKinds[number % 2]!
  const end = number % 5 === 4 ? cancellation : answer
  const call_id = context.id(`t${number}`)
  await context.agent.create(kind, { call_id })
  const wish: HoldWish = {
    ...waysToHold[Math.floor(context.random() * waysToHold.length)]!,
    ...heldLong(context),
    kind,
    call_id,
  }
  const offset = Math.floor(context.random() * 16) - 4

  const [exchange, ended] = await Promise.all([
    after(Math.max(0, -offset), () => hold(context, wish)),
    after(Math.max(0, offset), () => ending(context, () => end.act(context, kind, call_id))),
  ])

  wokenReply(context, exchange, end.state(kind), ended)
}

async function after<T>(turns: number, act: () => Promise<T>): Promise<T> {
  // A turn is less than a timer can tell apart.
  for (let turn = 0; turn < turns; turn++)
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
  return act()
}

/** The member of an answer that carries its text. */
function said(kind: CallKind, text: string): Readonly<Record<string, string>> {
  return kind === functionCalls ? { comment: text } : { response: text }
}
