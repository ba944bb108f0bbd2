import { inProfile, profileKinds } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { ANSWERING, CREATING, PATHS } from './humanlayer-causes.ts'

const slack = {
  channel_or_user_id: 'C123456',
  context_about_channel_or_user: 'the release channel',
  allowed_responder_ids: ['U1', 'U2'],
  experimental_slack_blocks: true,
  thread_ts: '1748952000.123456',
}
const email = {
  address: 'boss@example.com',
  context_about_user: 'the boss',
  additional_recipients: [
    { address: 'cto@example.com', field: 'cc', context_about_user: 'signs off' },
    { address: 'audit@example.com', field: 'bcc' },
  ],
  experimental_subject_line: 'Re: the release',
  experimental_references_message_id: '<first@example.com>',
  experimental_in_reply_to_message_id: '<last@example.com>',
  template: '<p>{{ event.spec.fn }}</p>',
}
const sms = { phone_number: '+15551234567', context_about_user: 'on call' }
const whatsapp = { phone_number: '+15557654321' }

/** Some at once, as command lines put them together from what they find. */
const CHANNELS: readonly Record<string, Record<string, unknown>>[] = [
  { slack },
  // It reaches whoever installed the app.
  { slack: { channel_or_user_id: '' } },
  { email },
  { sms },
  { whatsapp },
  { slack, sms, whatsapp, email },
]

export const humanlayerChannelChecks: readonly Check[] = [
  check(
    'humanlayer.channel-shown',
    'every kind is shown as it was sent, and the others are not',
    { expect: 'accept', after: [...CREATING, 'humanlayer.email-names', ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds)
        for (const [index, channel] of CHANNELS.entries()) {
          const call_id = context.id(`one${index}`)

          const created = await agent.tryCreate(kind, { call_id, spec: { channel } })

          expectStatus(created, 200)
          for (const reply of [created, await responder.read(kind, call_id)]) {
            for (const name of ['slack', 'sms', 'whatsapp', 'email']) {
              const leaf = channel[name]
              const shown: unknown = valueAt(reply.json, `/spec/channel/${name}`) ?? null
              const pointer = `/spec/channel/${name}`
              if (!leaf) expectThat(shown === null, 'nothing', show(shown), { reply, pointer })
              for (const [member, value] of Object.entries(leaf ?? {}))
                expectMember(reply, `${pointer}/${member}`, value)
            }
          }
        }
    },
  ),

  check(
    'humanlayer.channel-shown',
    'a call without such a kind shows null',
    { expect: 'accept', variant: 'none', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const [none, empty, native] = [context.id('none'), context.id('empty'), context.id('native')]
        await agent.create(kind, { call_id: none })
        await agent.create(kind, { call_id: empty, spec: { channel: {} } })
        await context.agent.create(kind.core, { call_id: native, spec: { channel: { inbox: {} } } })

        for (const call_id of [none, empty])
          expectValue(await agent.read(kind, call_id), '/spec/channel', null)
        expectValue(await agent.readNative(kind, native), '/spec/channel', null)
      }
    },
  ),

  check(
    'humanlayer.channel-shown',
    'a bot token is taken and never given back, here or natively',
    {
      expect: 'accept',
      variant: 'secret',
      after: [...CREATING, 'channel.secrets-not-returned', ...PATHS],
    },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const bot_token = `xoxb-${context.id('secret')}`
        const spec = { channel: { slack: { ...slack, bot_token } } }

        const created = await agent.tryCreate(kind, { call_id, spec })

        expectStatus(created, 200)
        const answers = [
          created,
          await agent.read(kind, call_id),
          await agent.tryCreate(kind, { call_id, spec }),
          await natively.read(kind, call_id),
          await agent.pending(kind),
        ]
        expectMember(answers[1]!, '/spec/channel/slack/thread_ts', slack.thread_ts)
        for (const reply of answers)
          expectThat(!reply.text.includes(bot_token), 'no bot token', 'the bot token', { reply })
      }
    },
  ),

  check(
    'humanlayer.email-names',
    'of both spellings the newer wins, and the older is shown',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent } = inProfile(context)
      const newer = {
        subject: 'The newer subject',
        references_message_id: '<newer-first@example.com>',
        in_reply_to_message_id: '<newer-last@example.com>',
      }
      const older = {
        experimental_subject_line: 'The older subject',
        experimental_references_message_id: '<older-first@example.com>',
        experimental_in_reply_to_message_id: '<older-last@example.com>',
      }
      const nulled = { subject: null, references_message_id: null, in_reply_to_message_id: null }
      for (const kind of profileKinds)
        for (const [index, [sent, wins]] of (
          [
            [newer, Object.values(newer)],
            [older, Object.values(older)],
            [{ ...older, ...newer }, Object.values(newer)],
            [{ ...older, ...nulled }, Object.values(older)],
          ] as const
        ).entries()) {
          const call_id = context.id(`one${index}`)
          const channel = { email: { address: 'boss@example.com', ...sent } }

          const created = await agent.tryCreate(kind, { call_id, spec: { channel } })

          expectStatus(created, 200)
          for (const reply of [created, await agent.read(kind, call_id)]) {
            for (const [at, name] of Object.keys(older).entries())
              expectValue(reply, `/spec/channel/email/${name}`, wins[at])
            const shown = Object.keys((valueAt(reply.json, '/spec/channel/email') ?? {}) as object)
            const extra = shown.filter((name) => name in newer)
            expectThat(extra.length === 0, 'only names that begin with experimental_', extra.join(', '), {
              reply,
              pointer: '/spec/channel/email',
            })
          }
        }
    },
  ),

  check(
    'humanlayer.channel-any-of',
    'the channel of a call is any of its kinds and the inbox',
    { expect: 'accept', after: [...CREATING, 'channel.effective', 'humanlayer.channel-shown', ...PATHS] },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const kind of profileKinds)
        for (const [index, channel] of CHANNELS.entries()) {
          const call_id = context.id(`one${index}`)
          await agent.create(kind, { call_id, spec: { channel } })

          const read = await natively.read(kind, call_id)

          const leaves: unknown = valueAt(read.json, '/status/channel/any_of')
          const kinds = Array.isArray(leaves)
            ? leaves.flatMap((leaf: object | null) => Object.keys(leaf ?? {}))
            : []
          expectThat(
            [...Object.keys(channel), 'inbox'].toSorted().join() === kinds.toSorted().join(),
            `any_of with ${[...Object.keys(channel), 'inbox'].join(', ')}`,
            show(valueAt(read.json, '/status/channel')),
            { reply: read, pointer: '/status/channel' },
          )
          // Nobody is listed for the inbox, so that every responder key can answer.
          const inbox = (leaves as Record<string, object>[]).find((leaf) => 'inbox' in leaf)!['inbox']
          expectThat(!('allowed_responder_ids' in (inbox ?? {})), 'an inbox for everybody', show(inbox), {
            reply: read,
          })
        }
    },
  ),

  check(
    'humanlayer.channel-any-of',
    'a responder key answers a call whose Slack channel lists other people, here and natively',
    {
      expect: 'accept',
      variant: 'answered',
      after: [...ANSWERING, 'channel.any-of', 'responder.listed', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const [here, native] = [context.id('here'), context.id('native')]
        for (const call_id of [here, native])
          await agent.create(kind, { call_id, spec: { channel: { slack } } })

        const answered = [
          await responder.tryRespond(kind, here),
          await context.responder.tryRespond(kind.core, native),
        ]

        for (const reply of answered) expectStatus(reply, 200)
        expectValue(answered[0]!, `/status/${kind.decision}`, kind.core.answer[kind.decision])
      }
    },
  ),

  check(
    'humanlayer.no-empty-responders',
    'a channel without a list of responders shows none, and one with a list shows it',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent } = inProfile(context)
      const absent = { channel_or_user_id: 'C1' }
      for (const kind of profileKinds)
        for (const [index, sent] of [
          absent,
          { ...absent, allowed_responder_ids: null },
          { ...absent, allowed_responder_ids: [] },
          { ...absent, allowed_responder_ids: ['U1'] },
        ].entries()) {
          const call_id = context.id(`one${index}`)
          const created = await agent.tryCreate(kind, { call_id, spec: { channel: { slack: sent } } })
          // To refuse an empty list is as good as to take it for none.
          const ids = 'allowed_responder_ids' in sent ? sent.allowed_responder_ids : null
          if (ids?.length === 0 && created.status === 422) continue

          expectStatus(created, 200)
          for (const reply of [created, await agent.read(kind, call_id)]) {
            expectValue(reply, '/spec/channel/slack/channel_or_user_id', 'C1')
            const shown: unknown = valueAt(reply.json, '/spec/channel/slack/allowed_responder_ids') ?? null
            const expected = ids?.length ? ids : null
            expectThat(JSON.stringify(shown) === JSON.stringify(expected), show(expected), show(shown), {
              reply,
              pointer: '/spec/channel/slack/allowed_responder_ids',
            })
          }
        }
    },
  ),
]

/** Values that are lists of objects may have got members that are null. */
function expectMember(reply: Reply, pointer: string, expected: unknown): void {
  if (Array.isArray(expected) && typeof expected[0] === 'object')
    for (const [index, item] of expected.entries())
      for (const [member, value] of Object.entries(item as object))
        expectValue(reply, `${pointer}/${index}/${member}`, value)
  else expectValue(reply, pointer, expected)
}
