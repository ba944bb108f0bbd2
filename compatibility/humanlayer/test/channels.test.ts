import type { ContactChannel } from 'humanlayer-sdk-0.7.9'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentOf, personOf } from './actors.ts'
import { sdks } from './sdks.ts'
import { startServer, type ServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const slack = {
  channel_or_user_id: 'C123456',
  context_about_channel_or_user: 'the release channel',
  experimental_slack_blocks: true,
  thread_ts: '1748952000.123456',
}
const email = {
  address: 'boss@example.com',
  context_about_user: 'the boss',
  additional_recipients: [
    { address: 'cto@example.com', field: 'cc' as const, context_about_user: 'signs off' },
    { address: 'audit@example.com', field: 'bcc' as const },
  ],
  experimental_subject_line: 'Re: the release',
  experimental_references_message_id: '<first@example.com>',
  experimental_in_reply_to_message_id: '<last@example.com>',
  template: '<p>{{ event.spec.fn }}</p>',
}
const sms = { phone_number: '+15551234567', context_about_user: 'on call' }
const whatsapp = { phone_number: '+15557654321' }

const channels: { kind: string; channel: ContactChannel }[] = [
  { kind: 'slack', channel: { slack } },
  { kind: 'slack to whoever installed the app', channel: { slack: { channel_or_user_id: '' } } },
  { kind: 'email', channel: { email } },
  { kind: 'sms', channel: { sms } },
  { kind: 'whatsapp', channel: { whatsapp } },
  { kind: 'several at once', channel: { slack, email, sms, whatsapp } },
]

describe.each(sdks)('a contact channel of $name', ({ sdk }) => {
  test.each(channels)('is kept and shown, and the inbox answers beside it: $kind', async ({ channel }) => {
    const agent = agentOf(sdk, server)
    const person = personOf(sdk, server)

    const call = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {}, channel } })
    const contact = await agent.createHumanContact({ spec: { msg: 'Shall I?', channel } })

    expect(call.spec.channel).toEqual(channel)
    expect(contact.spec.channel).toEqual(channel)
    const decided = await person
      .functions()
      .respond(call.call_id, { requested_at: new Date(), approved: true })
    const answered = await person.contacts().respond(contact.call_id, { response: 'yes' })
    expect(decided).toMatchObject({ spec: { channel }, status: { approved: true } })
    expect(answered).toMatchObject({ spec: { channel }, status: { response: 'yes' } })
  })

  test('of the instance is used when the call names none', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { sms } })

    const call = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    expect(call.spec.channel).toEqual({ sms })
  })

  test('is null when nobody names one', async () => {
    const call = await agentOf(sdk, server).createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    expect(call.spec.channel).toBeNull()
  })

  test('takes a bot token and never gives it back', async () => {
    const channel = { slack: { ...slack, bot_token: 'xoxb-secret' } }

    const call = await agentOf(sdk, server).createFunctionCall({
      spec: { fn: 'deploy', kwargs: {}, channel },
    })

    expect(call.spec.channel).toEqual({ slack })
  })

  test('without an address is refused', async () => {
    const channel = { email: { context_about_user: 'the boss' } } as unknown as ContactChannel

    const asked = agentOf(sdk, server).createFunctionCall({ spec: { fn: 'deploy', kwargs: {}, channel } })

    await expect(asked).rejects.toThrow(/ 422: .*"loc":\["body","spec","channel","email","address"\]/)
  })
})
