import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import type { KeyHolder } from '../actors/actor.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { whoAnswers } from './contact-channels.ts'

export const KEYS = { keys: ['admin'], claims: ['scopes'] } as const

/** Who has answered, as the server knows it. */
export const responderChecks: readonly Check[] = [
  check(
    'responder.of-a-key',
    'an answer with a key shows a responder that came through the API',
    { expect: 'accept' },
    async (context) => {
      for (const kind of callKinds) {
        const { answered, call_id } = await answeredBy(context, context.responder, kind)
        for (const reply of [answered, await context.agent.read(kind, call_id)])
          for (const pointer of ['/status/responder', '/status/responses/0/responder']) {
            expectValue(reply, `${pointer}/channel`, 'api')
            const id: unknown = reply.json?.status?.responder?.id
            expectThat(
              typeof id === 'string' && /^(?:key:.+|[^:\s]+)$/.test(id),
              'a person, or key: and the id of the key',
              show(id),
              { reply, pointer: `${pointer}/id` },
            )
          }
      }
    },
  ),

  check(
    'responder.of-a-key',
    'the responder is the person to whom the key is bound, or else the key',
    { variant: 'keys', expect: 'accept', needs: KEYS },
    async (context) => {
      const { dana, unbound } = await holders(context)
      for (const kind of callKinds)
        for (const [holder, id] of [
          [dana, context.id('dana')],
          [unbound, `key:${unbound.key_id}`],
        ] as const) {
          const { answered, call_id } = await answeredBy(context, holder.actor, kind)

          for (const reply of [answered, await context.agent.read(kind, call_id)])
            for (const pointer of ['/status/responder', '/status/responses/0/responder']) {
              expectValue(reply, `${pointer}/id`, id)
              expectValue(reply, `${pointer}/channel`, 'api')
            }
        }
    },
  ),

  check(
    'responder.vouched',
    'where a key is bound to a person, the answer names the key',
    { expect: 'accept', needs: KEYS },
    async (context) => {
      const { dana } = await holders(context)
      for (const kind of callKinds) {
        const { answered, call_id } = await answeredBy(context, dana.actor, kind)

        for (const reply of [answered, await context.agent.read(kind, call_id)])
          for (const pointer of ['/status/responder', '/status/responses/0/responder'])
            expectValue(reply, `${pointer}/asserted_by`, `key:${dana.key_id}`)
      }
    },
  ),

  check(
    'responder.from-the-answer',
    'nobody becomes another responder by saying so',
    {
      expect: 'reject',
      after: ['call.unknown-members-ignored', 'responder.listed', 'responder.not-allowed'],
    },
    async (context) => {
      const { agent, responder } = context
      const { id } = await whoAnswers(context)
      const boss = context.id('boss')
      for (const kind of callKinds) {
        const listed = callId(context, kind, 'listed')
        const open = callId(context, kind, 'open')
        await agent.create(kind, {
          call_id: listed,
          spec: { channel: { inbox: { allowed_responder_ids: [boss] } } },
        })
        await agent.create(kind, { call_id: open, spec: { channel: { inbox: {} } } })
        const forged = { ...kind.answer, ...forgedFor(boss) }

        expectProblem(await responder.tryRespond(kind, listed, forged), 403, 'responder_not_allowed')
        const answered = await responder.tryRespond(kind, open, forged)

        expectStatus(answered, 200)
        for (const reply of [answered, await agent.read(kind, open)]) {
          expectValue(reply, '/status/responder/id', id)
          expectThat(!reply.text.includes(boss), `an answer without ${boss}`, show(reply.json?.status), {
            reply,
          })
        }
      }
    },
  ),
]

/** Keys for answers: of two persons, and of nobody in particular. */
export async function holders(context: Context): Promise<Record<'dana' | 'eli' | 'unbound', KeyHolder>> {
  const admin = context.actor('admin')
  const scopes = ['responder']
  return {
    dana: await admin.createKey({ scopes, responder_id: context.id('dana') }),
    eli: await admin.createKey({ scopes, responder_id: context.id('eli') }),
    unbound: await admin.createKey({ scopes, name: 'for answers' }),
  }
}

async function answeredBy(
  context: Context,
  actor: KeyHolder['actor'],
  kind: CallKind,
): Promise<{ answered: Reply; call_id: string }> {
  const call_id = callId(context, kind, context.nextName())
  await context.agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })
  return context.step('responder.unlisted-leaf', async () => {
    const answered = await actor.tryRespond(kind, call_id)
    expectStatus(answered, 200)
    return { answered, call_id }
  })
}

/** What somebody would send to be taken for another one. */
function forgedFor(id: string): Record<string, unknown> {
  return {
    responder: { id, name: id, channel: 'slack', assurance: 'passkey', asserted_by: id },
    responder_id: id,
    responder_name: id,
    user: id,
    asserted_by: id,
    principal: id,
  }
}
