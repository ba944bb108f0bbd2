import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { meaningOf } from '../channel.ts'
import type { Context } from '../context.ts'
import { expectChannel, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import type { ShownProject } from '../project.ts'
import type { Reply } from '../reply.ts'
import { Inconclusive } from '../violation.ts'

/** Where people are asked. */
export const contactChannelChecks: readonly Check[] = [
  check(
    'channel.default',
    'a call without a channel goes to one and the same channel, whatever other calls name',
    { expect: 'accept', after: ['discovery.served'] },
    async (context) => {
      const { agent, subject } = context
      const stranger = context.id('stranger')
      const defaults: unknown[] = []
      for (const kind of callKinds) {
        await agent.create(kind, { spec: { channel: { inbox: { allowed_responder_ids: [stranger] } } } })
        for (const spec of [{}, { channel: null }]) {
          const created = await agent.create(kind, { spec })

          const channel: unknown = created.json?.status?.channel
          const kinds = Object.keys(channel ?? {})
          expectThat(
            kinds.length === 1 && subject.discovery.channel_kinds.includes(kinds[0]!),
            `a channel of one kind out of ${subject.discovery.channel_kinds.join(', ')}`,
            show(channel),
            { reply: created, pointer: '/status/channel' },
          )
          expectThat(!show(channel).includes(stranger), 'the default of the project', show(channel), {
            reply: created,
            pointer: '/status/channel',
          })
          expectValue(created, '/status/channel', defaults[0] ?? channel)
          defaults.push(channel)
        }
      }
    },
  ),

  check(
    'channel.default',
    'a call without a channel goes to the channel that the project shows as its default',
    { variant: 'shown', expect: 'accept', needs: { claims: ['routing'] } },
    async (context) => {
      const { agent, subject } = context
      for (const kind of callKinds) expectDefault(await agent.create(kind), subject.project)
    },
  ),

  check(
    'channel.default',
    'every project has a default of its own',
    { variant: 'other', expect: 'accept', needs: { claims: ['routing'], keys: ['other'] } },
    async (context) => {
      for (const kind of callKinds)
        expectDefault(await context.actor('other').create(kind), context.subject.other_project)
    },
  ),

  check(
    'channel.effective',
    'the channel that is in effect is shown in the status, whatever becomes of the call',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds)
        for (const [name, channel] of Object.entries({
          default: undefined,
          open: { inbox: {} },
          listed: {
            inbox: { allowed_responder_ids: ['dana', context.id('eli'), `slack:T1:${context.id('U1')}`] },
          },
        })) {
          const call_id = callId(context, kind, name)
          const created = await agent.create(kind, { call_id, spec: { channel } })
          const pending = await agent.read(kind, call_id)
          const escalated = await agent.escalate(kind, call_id, {
            escalation_id: 'e1',
            escalation_msg: 'Please.',
          })
          const cancelled = await agent.cancel(kind, call_id)
          const read = await agent.read(kind, call_id)

          const effective: unknown = channel ?? created.json?.status?.channel
          expectThat(Object.keys(effective ?? {}).length === 1, 'a channel of one kind', show(effective), {
            reply: created,
            pointer: '/status/channel',
          })
          for (const reply of [created, pending, escalated, cancelled, read])
            expectValue(reply, '/status/channel', effective)
        }
    },
  ),

  check(
    'channel.effective',
    'a channel that combines others is shown whole',
    { variant: 'any-of', expect: 'accept', needs: { channel_kinds: ['any_of'] } },
    async (context) => {
      const { agent } = context
      const channel = {
        any_of: [
          { inbox: { allowed_responder_ids: ['dana'] } },
          { inbox: { allowed_responder_ids: ['eli'] } },
        ],
      }
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'any')
        const created = await agent.create(kind, { call_id, spec: { channel } })

        for (const reply of [created, await agent.read(kind, call_id)])
          expectValue(reply, '/status/channel', channel)
      }
    },
  ),

  check(
    'channel.any-of',
    'one answer that counts for one of the members decides',
    {
      expect: 'accept',
      needs: { channel_kinds: ['any_of'] },
      after: ['responder.listed', 'responder.unlisted-leaf'],
    },
    async (context) => {
      const { agent, responder } = context
      const { id } = await whoAnswers(context)
      const strangers = { inbox: { allowed_responder_ids: [context.id('dana'), context.id('eli')] } }
      for (const kind of callKinds)
        for (const [name, any_of] of Object.entries({
          first: [{ inbox: { allowed_responder_ids: [id] } }, strangers],
          last: [strangers, strangers, { inbox: { allowed_responder_ids: [context.id('fay'), id] } }],
          unlisted: [strangers, { inbox: {} }],
          only: [{ inbox: {} }],
        })) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id, spec: { channel: { any_of } } })

          const answered = await responder.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          expectValue(answered, '/status/state', kind.answeredState)
        }
    },
  ),

  check(
    'channel.any-of',
    'an answer that counts for none of the members decides nothing',
    {
      variant: 'none',
      expect: 'reject',
      needs: { channel_kinds: ['any_of'] },
      after: ['responder.listed', 'responder.not-allowed'],
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'none')
        const any_of = ['dana', 'eli'].map((name) => ({
          inbox: { allowed_responder_ids: [context.id(name)] },
        }))
        await agent.create(kind, { call_id, spec: { channel: { any_of } } })

        expectProblem(await responder.tryRespond(kind, call_id), 403, 'responder_not_allowed')
        expectValue(await agent.read(kind, call_id), '/status/state', 'pending')
      }
    },
  ),
]

function expectDefault(created: Reply, project: ShownProject): void {
  const expected = meaningOf(project.default_channel ?? { inbox: {} }, project)
  if (!expected) throw new Inconclusive('the default channel of the project names what it does not have')
  expectChannel(created, '/status/channel', expected)
}

/** Whoever the run's responder is to the server. */
export async function whoAnswers(context: Context): Promise<{ id: string }> {
  const { agent, responder } = context
  const [kind] = callKinds as [CallKind]
  const call_id = callId(context, kind, context.nextName())
  await agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })
  return context.step('responder.of-a-key', async () => {
    const answered = await responder.respond(kind, call_id)
    const id: unknown = answered.json?.status?.responder?.id
    expectThat(typeof id === 'string' && id !== '', 'the id of the responder', show(id), {
      reply: answered,
      pointer: '/status/responder/id',
    })
    return { id }
  })
}
