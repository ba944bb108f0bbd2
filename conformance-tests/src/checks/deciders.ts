import { callId, callKinds } from '../actors/call-kind.ts'
import type { KeyHolder } from '../actors/actor.ts'
import { check, type Check } from '../check.ts'
import {
  describe,
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { whoAnswers } from './contact-channels.ts'
import { holders, KEYS } from './responders.ts'

/** Who may decide a call, and what becomes of the answer of anybody else. */
export const deciderChecks: readonly Check[] = [
  check(
    'responder.listed',
    'where a leaf lists responders, nobody else decides',
    { expect: 'reject', after: ['responder.of-a-key'] },
    async (context) => {
      const { agent, responder } = context
      const { id } = await whoAnswers(context)
      for (const kind of callKinds) {
        for (const [index, allowed] of near(id).entries()) {
          const call_id = callId(context, kind, `refused${index}`)
          const channel = { inbox: { allowed_responder_ids: allowed } }
          await agent.create(kind, { call_id, spec: { channel } })

          const answer = await responder.tryRespond(kind, call_id)

          expectThat(answer.status >= 400, `${show(id)} kept out by ${show(allowed)}`, describe(answer), {
            reply: answer,
          })
          expectUndecided(await agent.read(kind, call_id))
        }

        // As many as a leaf may list.
        const many = Array.from({ length: 99 }, (_, n) => context.id(`dana${n}`))
        for (const [name, others] of [
          ['accepted', many.slice(0, 1)],
          ['many', many],
        ] as const) {
          const call_id = callId(context, kind, name)
          const channel = { inbox: { allowed_responder_ids: [...others, id] } }
          await agent.create(kind, { call_id, spec: { channel } })
          expectStatus(await responder.tryRespond(kind, call_id), 200)
        }
      }
    },
  ),

  check(
    'responder.listed',
    'a list of persons admits the keys of these persons and no others',
    { variant: 'persons', expect: 'reject', needs: KEYS, after: ['responder.of-a-key'] },
    async (context) => {
      const { agent } = context
      const { dana, eli, unbound } = await holders(context)
      const cases: readonly (readonly [string, readonly string[], KeyHolder, readonly KeyHolder[]])[] = [
        ['person', [context.id('dana')], dana, [eli, unbound]],
        ['key', [`key:${unbound.key_id}`], unbound, [dana, eli]],
        // A key that is bound to a person answers as that person and not as itself.
        ['both', [`key:${dana.key_id}`, context.id('eli')], eli, [dana, unbound]],
        ['case', [context.id('DANA'), context.id('dana-2'), context.id('eli')], eli, [dana, unbound]],
      ]
      for (const kind of callKinds)
        for (const [name, allowed, listed, others] of cases) {
          const call_id = callId(context, kind, name)
          const channel = { inbox: { allowed_responder_ids: allowed } }
          await agent.create(kind, { call_id, spec: { channel } })

          for (const { actor } of others) {
            const answer = await actor.tryRespond(kind, call_id)
            expectThat(answer.status >= 400, 'an answer of somebody else refused', describe(answer), {
              reply: answer,
            })
          }
          expectUndecided(await agent.read(kind, call_id))
          const answered = await listed.actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          expectValue(answered, '/status/state', kind.answeredState)
        }
    },
  ),

  check(
    'responder.unlisted-leaf',
    'where a leaf lists nobody, whoever has the scope may answer',
    { expect: 'accept', after: ['responder.listed'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const [name, answer, state] of [
          ['yes', kind.answer, kind.answeredState],
          ['no', kind.otherAnswer, kind.name === 'function call' ? 'denied' : 'answered'],
        ] as const) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })

          const answered = await responder.tryRespond(kind, call_id, answer)

          expectStatus(answered, 200)
          expectValue(answered, '/status/state', state)
        }
    },
  ),

  check(
    'responder.unlisted-leaf',
    'a leaf that lists nobody takes the answer of every key with the scope, bound or not',
    { variant: 'keys', expect: 'accept', needs: KEYS },
    async (context) => {
      const { agent } = context
      const { dana, unbound } = await holders(context)
      for (const kind of callKinds)
        for (const { actor } of [dana, unbound]) {
          const call_id = callId(context, kind, context.nextName())
          await agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })

          const answered = await actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          expectValue(answered, '/status/state', kind.answeredState)
        }
    },
  ),

  check(
    'responder.not-allowed',
    'an answer that counts for nothing is refused, and the call is as it was',
    { expect: 'reject', after: ['responder.listed'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const answer of [kind.answer, kind.otherAnswer]) {
          const call_id = callId(context, kind, context.nextName())
          const channel = { inbox: { allowed_responder_ids: [context.id('dana')] } }
          await agent.create(kind, { call_id, spec: { channel } })
          await agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' })
          const before = await agent.read(kind, call_id)

          expectProblem(await responder.tryRespond(kind, call_id, answer), 403, 'responder_not_allowed')

          const after = await agent.read(kind, call_id)
          expectUnchanged(after, before)
          expectValue(after, '/status/state', 'pending')
          await agent.cancel(kind, call_id)
        }
    },
  ),

  check(
    'responder.not-allowed',
    'after a refused answer the one who may decides',
    { variant: 'then-allowed', expect: 'reject', needs: KEYS, after: ['responder.listed'] },
    async (context) => {
      const { agent } = context
      const { dana, eli } = await holders(context)
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'then')
        const channel = { inbox: { allowed_responder_ids: [context.id('dana')] } }
        await agent.create(kind, { call_id, spec: { channel } })

        const refused = await eli.actor.tryRespond(kind, call_id, kind.otherAnswer)
        const answered = await dana.actor.tryRespond(kind, call_id)

        expectProblem(refused, 403, 'responder_not_allowed')
        expectStatus(answered, 200)
        expectValue(answered, '/status/state', kind.answeredState)
        expectValue(answered, '/status/responder/id', context.id('dana'))
        expectThat(
          answered.json?.status?.responses?.length === 1,
          'one answer',
          show(answered.json?.status?.responses),
          {
            reply: answered,
            pointer: '/status/responses',
          },
        )
      }
    },
  ),

  check(
    'responder.list-not-empty',
    'a list of nobody is refused rather than taken for everybody',
    { expect: 'reject' },
    async (context) => {
      const { agent, subject } = context
      const composites = subject.discovery.channel_kinds.includes('any_of')
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'escalated')
        const nobody = { inbox: { allowed_responder_ids: [] } }
        await agent.create(kind, {
          call_id,
          spec: { channel: { inbox: { allowed_responder_ids: ['dana'] } } },
        })

        expectStatus(await agent.tryCreate(kind, { spec: { channel: nobody } }), 422)
        expectStatus(
          await agent.tryEscalate(kind, call_id, {
            escalation_id: 'e1',
            escalation_msg: 'Please.',
            channel: nobody,
          }),
          422,
        )
        if (composites)
          expectStatus(
            await agent.tryCreate(kind, { spec: { channel: { any_of: [{ inbox: {} }, nobody] } } }),
            422,
          )
      }
    },
  ),
]

/** Lists on which this id does not stand, and almost does. */
function near(id: string): string[][] {
  const folded = id === id.toUpperCase() ? id.toLowerCase() : id.toUpperCase()
  return [
    [`not-${id.replace(':', '-')}`],
    [folded],
    [`${id}0`, `0${id}`, ` ${id}`, `${id} `],
    [id.slice(0, -1), id.slice(1)],
    ['*', 'key:*', '%', 'api', 'inbox', 'responder', 'everyone'],
    [`${id},${id}`],
  ]
}

function expectUndecided(reply: Reply): void {
  expectValue(reply, '/status/state', 'pending')
  expectValue(reply, '/status/responses', [])
}
