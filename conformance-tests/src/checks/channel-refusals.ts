import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectPlace, expectProblem, expectStatus, expectThat, expectValue } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** A typing error in a channel would weaken an approval, so a channel is taken whole or not at all. */
export const channelRefusalChecks: readonly Check[] = [
  check(
    'channel.exactly-one-kind',
    'a channel without a kind or with two is refused',
    { expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        const call = await escalatable(context, kind)
        for (const channel of [
          {},
          { inbox: {}, email: { address: 'dana@example.com' } },
          { inbox: {}, slack: { channel_or_user_id: 'C1' } },
          { inbox: {}, any_of: [{ inbox: {} }] },
          { inbox: null },
        ]) {
          expectStatus(await context.agent.tryCreate(kind, { spec: { channel } }), 422)
          expectStatus(await call.escalateTo(channel), 422)
        }

        await context.agent.create(kind, { spec: { channel: { inbox: {} } } })
      }
    },
  ),

  check(
    'channel.exactly-one-kind',
    'so is a member of a composite without a kind or with two',
    { variant: 'any-of', expect: 'reject', needs: { channel_kinds: ['any_of'] } },
    async ({ agent }) => {
      for (const kind of callKinds) {
        for (const member of [{}, { inbox: {}, email: { address: 'dana@example.com' } }])
          expectStatus(
            await agent.tryCreate(kind, { spec: { channel: { any_of: [{ inbox: {} }, member] } } }),
            422,
          )

        await agent.create(kind, { spec: { channel: { any_of: [{ inbox: {} }, { inbox: {} }] } } })
      }
    },
  ),

  check(
    'channel.closed',
    'a member of a channel that nobody knows is refused, and the refusal points at it',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call = await escalatable(context, kind)
        for (const [channel, pointer] of CLOSED) {
          const refused = await agent.tryCreate(kind, { spec: { channel: JSON.parse(channel) as unknown } })
          expectStatus(refused, 422)
          expectPlace(refused, `/spec/channel${pointer}`)

          const escalation = await call.escalateTo(JSON.parse(channel) as object)
          expectStatus(escalation, 422)
          expectPlace(escalation, `/channel${pointer}`)
        }

        await agent.create(kind, { spec: { channel: { inbox: { allowed_responder_ids: ['dana'] } } } })
      }
    },
  ),

  check(
    'channel.closed',
    'the members of a composite are closed too',
    { variant: 'any-of', expect: 'reject', needs: { channel_kinds: ['any_of'] } },
    async ({ agent }) => {
      for (const kind of callKinds)
        for (const [channel, pointer] of CLOSED) {
          const refused = await agent.tryCreate(kind, {
            spec: { channel: { any_of: [{ inbox: {} }, JSON.parse(channel) as unknown] } },
          })

          expectStatus(refused, 422)
          expectPlace(refused, `/spec/channel/any_of/1${pointer}`)
        }
    },
  ),

  ...Object.entries({
    named: { name: 'payments-oncall' },
    slack: { channel_or_user_id: 'C1' },
    email: { address: 'dana@example.com' },
    sms: { phone_number: '+15550100' },
    whatsapp: { phone_number: '+15550100' },
    discord: { channel_or_user_id: '1234' },
    all_of: [{ inbox: {} }, { inbox: { allowed_responder_ids: ['dana'] } }],
    any_of: [{ inbox: {} }],
    quorum: { required: 1, of: [{ inbox: {} }] },
  }).map(([name, value]) =>
    check(
      'channel.unserved-kind',
      `the channel kind ${name} is refused by a server that does not serve it`,
      {
        variant: name.replace('_', '-'),
        expect: 'reject',
        needs: { lacks: name },
        after: ['discovery.served'],
      },
      async (context) => {
        const { agent, subject } = context
        const composites = subject.discovery.channel_kinds.includes('any_of')
        for (const kind of callKinds) {
          const call = await escalatable(context, kind)
          const refused = await agent.tryCreate(kind, { spec: { channel: { [name]: value } } })
          expectProblem(refused, 422, 'unsupported_feature')
          expectPlace(refused, `/spec/channel/${name}`)

          const escalation = await call.escalateTo({ [name]: value })
          expectProblem(escalation, 422, 'unsupported_feature')
          expectPlace(escalation, `/channel/${name}`)

          if (!composites || name.includes('_of') || name === 'quorum') continue
          const nested = await agent.tryCreate(kind, {
            spec: { channel: { any_of: [{ inbox: {} }, { [name]: value }] } },
          })
          expectProblem(nested, 422, 'unsupported_feature')
          expectPlace(nested, `/spec/channel/any_of/1/${name}`)
        }
      },
    ),
  ),

  check(
    'channel.secrets-not-returned',
    'a bot token is in no answer, whether its channel is taken or refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const token = secretOf(context)
        const slack = { channel_or_user_id: 'C1', bot_token: token }
        const replies: Reply[] = []
        for (const channel of [
          { slack },
          { any_of: [{ inbox: {} }, { slack }] },
          { slack: { bot_token: token } },
          { slack: { ...slack, bot_token: [token] } },
          { slack: { ...slack, allowed_responder_ids: token } },
          { inbox: { bot_token: token } },
        ]) {
          const call_id = callId(context, kind, context.nextName())
          const created = await agent.tryCreate(kind, { call_id, spec: { channel } })
          replies.push(created)
          if (created.status === 201)
            replies.push(
              await agent.read(kind, call_id),
              await agent.tryCreate(kind, { call_id, spec: { channel } }),
              await agent.tryCreate(kind, { call_id, spec: { channel, metadata: {} } }),
              await agent.cancel(kind, call_id),
            )
        }
        const call = await escalatable(context, kind)
        replies.push(await call.escalateTo({ slack }), await agent.read(kind, call.call_id))

        for (const reply of replies) expectSecret(reply, token)
        // Silence would be no proof.
        for (const reply of replies) expectStatus(reply, 200, 201, 409, 422)
      }
    },
  ),

  check(
    'channel.secrets-not-returned',
    'a bot token that came through the HumanLayer profile is in no answer',
    {
      variant: 'humanlayer',
      expect: 'reject',
      needs: { claims: ['humanlayer'] },
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const token = secretOf(context)
        const call_id = callId(context, kind, 'slack')
        const channel = {
          slack: { channel_or_user_id: 'C1', bot_token: token, experimental_slack_blocks: true },
        }
        const body = { run_id: context.id('run'), call_id, spec: kind.spec({ channel }) }
        const path = kind.collection.replace('/v1/', '/humanlayer/v1/')

        const created = await context.step('humanlayer.create-answers-200', async () => {
          const reply = await agent.post(path, body)
          expectStatus(reply, 200)
          expectValue(reply, '/call_id', call_id)
          return reply
        })
        const replies = [
          created,
          await agent.post(path, body),
          await agent.get(`${path}/${call_id}`),
          await agent.read(kind, call_id),
          await responder.respond(kind, call_id),
          await responder.tryRespond(kind, call_id, kind.otherAnswer),
          await agent.tryCreate(kind, { call_id }),
        ]

        for (const reply of replies) expectSecret(reply, token)
      }
    },
  ),
]

/** Channels with a member too many, and where it stands. As text, because `__proto__` is no member in a literal. */
const CLOSED: readonly (readonly [string, string])[] = [
  ['{"inbox":{"allowed_responder_id":["dana"]}}', '/inbox/allowed_responder_id'],
  [
    '{"inbox":{"allowed_responder_ids":["dana"],"Allowed_responder_ids":["eli"]}}',
    '/inbox/Allowed_responder_ids',
  ],
  ['{"inbox":{"required":2}}', '/inbox/required'],
  ['{"inbox":{"a/b~c":1}}', '/inbox/a~1b~0c'],
  ['{"inbox":{"constructor":1}}', '/inbox/constructor'],
  ['{"inbox":{"__proto__":1}}', '/inbox/__proto__'],
  ['{"pigeon":{"loft":"north"}}', '/pigeon'],
  ['{"Inbox":{}}', '/Inbox'],
  ['{"inbox":{},"pigeon":{}}', '/pigeon'],
]

/** A pending call, and escalations of it under ids of their own. */
async function escalatable(
  context: Context,
  kind: CallKind,
): Promise<{ call_id: string; escalateTo: (channel: object) => Promise<Reply> }> {
  const call_id = callId(context, kind, context.nextName())
  await context.agent.create(kind, { call_id })
  return {
    call_id,
    escalateTo: (channel) =>
      context.agent.tryEscalate(kind, call_id, {
        escalation_id: context.nextName(),
        escalation_msg: 'Please.',
        channel,
      }),
  }
}

function secretOf({ random }: Context): string {
  return `xoxb-${Array.from({ length: 3 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('-')}`
}

function expectSecret(reply: Reply, token: string): void {
  expectThat(!reply.text.includes(token), 'an answer without the token', 'the token', { reply })
  expectThat(!/"bot_token"\s*:/.test(reply.text), 'an answer without bot_token', 'the member', { reply })
}
