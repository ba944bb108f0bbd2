import { isDeepStrictEqual } from 'node:util'
import { callKinds, functionCalls, humanContacts, pathOf, type CallKind } from '../actors/call-kind.ts'
import { restart } from '../actors/restart.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { parseJson, Reply } from '../reply.ts'

export const durabilityChecks: readonly Check[] = [
  check(
    'call.acknowledged-survives',
    'every kind of act that was acknowledged is there after a sudden end',
    { expect: 'accept', lane: 'restart', needs: { process: true }, after: ['call.read-your-writes'] },
    async (context) => {
      const acknowledged: { kind: CallKind; call_id: string; shown: Reply }[] = []
      for (const kind of callKinds) {
        const call = (name: string) => context.id(`${kind.collection.slice(4)}-${name}`)
        await context.agent.create(kind, { call_id: call('pending') })
        for (const name of ['answered', 'refused', 'cancelled', 'escalated'])
          await context.agent.create(kind, { call_id: call(name) })
        await context.responder.respond(kind, call('answered'))
        await context.responder.respond(kind, call('refused'), kind.otherAnswer)
        await context.agent.cancel(kind, call('cancelled'))
        await context.agent.escalate(kind, call('escalated'), {
          escalation_id: context.id('e'),
          escalation_msg: 'Still there?',
        })
        for (const name of ['pending', 'answered', 'refused', 'cancelled', 'escalated'])
          acknowledged.push({ kind, call_id: call(name), shown: await context.agent.read(kind, call(name)) })
      }

      await restart(context)

      for (const { kind, call_id, shown } of acknowledged) {
        const after = await context.agent.get(pathOf(kind, call_id))
        expectStatus(after, 200)
        expectSame(after, shown)
      }
    },
  ),

  check(
    'call.acknowledged-survives',
    'what was acknowledged in the very moment before a sudden end is there afterwards',
    {
      variant: 'burst',
      expect: 'accept',
      lane: 'restart',
      needs: { process: true },
      after: ['call.read-your-writes'],
    },
    async (context) => {
      for (let round = 1; round <= 3; round++) {
        const lanes = await burst(context, round)

        for (const { kind, call_id, created, answered } of lanes) {
          if (!created) continue
          const after = await context.agent.get(pathOf(kind, call_id))
          expectStatus(after, 200)
          if (answered) expectSame(after, answered)
        }
      }
    },
  ),

  check(
    'call.decided-once',
    'after a sudden end among racing answers each call has at most one decision, and the acknowledged one stands',
    {
      expect: 'accept',
      lane: 'restart',
      needs: { process: true },
      after: ['function-call.one-winner', 'call.acknowledged-survives'],
    },
    async (context) => {
      const calls = Array.from({ length: 12 }, (_, n) => context.id(`raced${n}`))
      for (const call_id of calls) await context.agent.create(functionCalls, { call_id })

      const racing = calls.map((call_id) =>
        Promise.all(
          [0, 1, 2, 3].map((n) =>
            context.exchange(context.responder.key, {
              method: 'POST',
              path: pathOf(functionCalls, call_id, 'respond'),
              json: { approved: n % 2 === 0, comment: `answer ${n}` },
            }),
          ),
        ),
      )
      // The first acknowledgement shows that the race is on.
      await Promise.race(racing)
      await restart(context)

      for (const [index, race] of racing.entries()) {
        const accepted = (await race).filter(({ response }) => response?.status === 200)
        const call_id = calls[index]!
        const after = await context.agent.get(pathOf(functionCalls, call_id))
        expectStatus(after, 200)
        const responses: unknown = after.json?.status?.responses
        expectThat(Array.isArray(responses) && responses.length <= 1, 'at most one answer', show(responses), {
          reply: after,
          pointer: '/status/responses',
        })
        expectThat(accepted.length <= 1, 'at most one answer accepted', `${accepted.length} accepted`, {
          reply: after,
        })
        const [winner] = accepted
        if (winner) expectValue(after, '/status/comment', commentOf(winner))
        if (winner || responses.length > 0)
          expectProblem(
            await context.responder.tryRespond(functionCalls, call_id, {
              approved: true,
              comment: 'too late',
            }),
            409,
            'already_responded',
          )
      }
    },
  ),

  check(
    'call.acknowledged-survives',
    'keys that were made and revoked stay so over a sudden end',
    {
      variant: 'keys',
      expect: 'accept',
      lane: 'restart',
      needs: { process: true, keys: ['admin'], claims: ['scopes'] },
    },
    async (context) => {
      const admin = context.actor('admin')
      const made = await admin.createKey({ scopes: ['agent'] })
      const revoked = await admin.createKey({ scopes: ['agent'] })
      await admin.revokeKey(revoked.key_id)

      await restart(context)

      expectStatus(await made.actor.get('/v1/project'), 200)
      expectStatus(await revoked.actor.get('/v1/project'), 401)
    },
  ),

  check(
    'call.ids-forever',
    'a repeat after a sudden end finds the call that was acknowledged',
    {
      variant: 'after-an-end',
      expect: 'accept',
      lane: 'restart',
      needs: { process: true, claims: ['durability'] },
      after: ['call.acknowledged-survives'],
    },
    async (context) => {
      const call_id = context.id('repeated')
      await context.agent.create(humanContacts, { call_id })

      await restart(context)

      expectStatus(await context.agent.tryCreate(humanContacts, { call_id }), 200)
      expectProblem(
        await context.agent.tryCreate(humanContacts, { call_id, spec: { msg: 'Something else?' } }),
        409,
        'call_id_conflict',
      )
    },
  ),
]

/** What was acknowledged stands as it was shown. */
function expectSame(after: Reply, before: Reply): void {
  for (const member of ['spec', 'status'])
    expectThat(
      isDeepStrictEqual(lasting(after, member), lasting(before, member)),
      `the ${member} that was shown before the end: ${show(lasting(before, member))}`,
      show(lasting(after, member)),
      { reply: after, pointer: `/${member}` },
    )
}

/** How far the contacts have come may well go on meanwhile. */
function lasting(reply: Reply, member: string): Record<string, unknown> {
  const { contacts: _contacts, ...rest } = (reply.json?.[member] ?? {}) as Record<string, unknown>
  return rest
}

interface Lane {
  kind: CallKind
  call_id: string
  created: boolean
  /** The answer that acknowledged it. */
  answered: Reply | undefined
}

/** Creates and answers in sixteen lanes at once and ends the server in the middle of it. */
async function burst(context: Context, round: number): Promise<Lane[]> {
  const lanes: Lane[] = []
  const end = new AbortController()
  let acknowledged = 0
  const enough = Promise.withResolvers<void>()
  const isAcknowledged = ({ response }: Exchange, status: number): boolean => {
    const yes = response?.status === status
    if (yes && ++acknowledged >= 60) enough.resolve()
    return yes
  }
  const running = Array.from({ length: 16 }, async (_, lane) => {
    for (let n = 0; !end.signal.aborted && n < 200; n++) {
      const kind = callKinds[n % 2]!
      const one: Lane = {
        kind,
        call_id: context.id(`b${round}-${lane}-${n}`),
        created: false,
        answered: undefined,
      }
      lanes.push(one)
      const body = { run_id: context.id('run'), call_id: one.call_id, spec: kind.spec() }
      one.created = isAcknowledged(await post(context, context.agent.key, kind.collection, body), 201)
      if (!one.created) continue
      const answer = await post(
        context,
        context.responder.key,
        pathOf(kind, one.call_id, 'respond'),
        kind.answer,
      )
      if (isAcknowledged(answer, 200)) one.answered = new Reply(answer, answer.response!)
    }
  })
  await Promise.race([enough.promise, Promise.all(running)])
  await context.process.kill()
  end.abort()
  await Promise.all(running)
  await context.process.start()
  return lanes
}

function post(context: Context, key: string, path: string, json: unknown): Promise<Exchange> {
  return context.exchange(key, { method: 'POST', path, json })
}

function commentOf({ request }: Exchange): unknown {
  return (parseJson(Buffer.from(request.body ?? []).toString('utf8')) as { comment?: unknown }).comment
}
