import { describe, expect, test } from 'vitest'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Responder } from '../schemas/responder.ts'
import { unservedKinds, withoutSecrets } from './contact-channel.ts'
import { mayDecide } from './voices.ts'

const inbox: ContactChannel = { inbox: {} }
const slack: ContactChannel = { slack: { channel_or_user_id: 'C1' } }
const email: ContactChannel = { email: { address: 'ana@example.com' } }
const capabilities = { features: [], channel_kinds: ['inbox', 'slack', 'any_of'] }

describe('who may decide', () => {
  const key: Responder = { id: 'key:key_1', channel: 'api', assurance: 'session' }
  const ana: Responder = { id: 'ana', channel: 'api', assurance: 'session', asserted_by: 'key:key_2' }
  const anaInInbox: Responder = { id: 'ana', channel: 'inbox', assurance: 'passkey' }
  const anaOnSlack: Responder = { id: 'slack:T1:U1', channel: 'slack', assurance: 'click' }
  const anaByMail: Responder = { id: 'email:ana@example.com', channel: 'email', assurance: 'link' }
  const forAna: ContactChannel = { inbox: { allowed_responder_ids: ['ana'] } }
  const forAnaOnSlack: ContactChannel = {
    slack: { channel_or_user_id: 'C1', allowed_responder_ids: ['slack:T1:U1', 'slack:T1:U2'] },
  }

  test.each<[string, boolean, ContactChannel, Responder]>([
    ['a key, for a leaf that lists nobody', true, inbox, key],
    ['a key, for a leaf of another kind that lists nobody', true, slack, key],
    ['a person bound to a key, for a leaf that lists nobody', true, email, ana],
    ['whoever answers through a leaf that lists nobody', true, slack, anaOnSlack],
    ['somebody in the inbox, for the inbox', true, inbox, anaInInbox],
    ['somebody on Slack, for an e-mail leaf', false, email, anaOnSlack],
    ['somebody on Slack, for the inbox', false, inbox, anaOnSlack],
    ['somebody by e-mail, for a Slack leaf', false, slack, anaByMail],
    ['a listed person bound to a key', true, forAna, ana],
    ['a listed person in the inbox', true, forAna, anaInInbox],
    ['a key, for a leaf that lists others', false, forAna, key],
    ['somebody on Slack, for an inbox that lists others', false, forAna, anaOnSlack],
    ['a listed person on Slack', true, forAnaOnSlack, anaOnSlack],
    ['a person with another id, for a Slack leaf that lists others', false, forAnaOnSlack, ana],
    ['a listed key', true, { inbox: { allowed_responder_ids: ['key:key_1'] } }, key],
    [
      'a key whose id only begins like a listed one',
      false,
      { inbox: { allowed_responder_ids: ['key:key_12'] } },
      key,
    ],
    [
      'a listed person, however the answer came',
      true,
      { slack: { channel_or_user_id: 'C1', allowed_responder_ids: ['ana'] } },
      anaInInbox,
    ],
    ['a key, for any_of whose leaves list nobody', true, { any_of: [slack, inbox] }, key],
    ['somebody on Slack, for any_of with a Slack leaf', true, { any_of: [email, slack] }, anaOnSlack],
    ['somebody on Slack, for any_of without one', false, { any_of: [email, inbox] }, anaOnSlack],
    ['somebody listed by one leaf of any_of', true, { any_of: [forAnaOnSlack, forAna] }, ana],
    ['a key, for any_of whose leaves all list others', false, { any_of: [forAnaOnSlack, forAna] }, key],
    ['a key, for any_of with one leaf that lists nobody', true, { any_of: [forAna, slack] }, key],
    [
      'somebody on Slack whom the Slack leaf does not list',
      false,
      { any_of: [inbox, { slack: { channel_or_user_id: 'C1', allowed_responder_ids: ['slack:T1:U9'] } }] },
      anaOnSlack,
    ],
  ])('%s: %s', (_who, expected, channel, responder) => {
    const may = mayDecide(
      { channel, requested_at: '2026-03-02T12:00:00.000Z', requested_by: 'key:agent' },
      responder,
    )

    expect(may).toBe(expected)
  })
})

describe('the kinds that a server does not serve', () => {
  test.each<[string, ContactChannel, string[]]>([
    ['a kind that is served', slack, []],
    ['a kind that is not', email, ['/spec/channel/email']],
    ['a composite of served leaves', { any_of: [inbox, slack] }, []],
    [
      'a composite with leaves that are not',
      { any_of: [inbox, email, { sms: { phone_number: '+1' } }] },
      ['/spec/channel/any_of/1/email', '/spec/channel/any_of/2/sms'],
    ],
    ['a composite that is not served', { all_of: [inbox] }, ['/spec/channel/all_of']],
    [
      'a quorum that is not served',
      { quorum: { required: 1, of: [{ inbox: {} }] } },
      ['/spec/channel/quorum'],
    ],
    [
      'a member that joins later',
      { any_of: [inbox, { after_seconds: 60, channel: slack }] },
      ['/spec/channel/any_of/1/after_seconds'],
    ],
    ['a composite in a composite', { any_of: [{ any_of: [inbox] }] }, ['/spec/channel/any_of/0']],
  ])('%s is judged with its place', (_what, channel, expected) => {
    const faults = unservedKinds(channel, capabilities, '/spec/channel')

    expect(faults.map(({ pointer }) => pointer)).toEqual(expected)
  })
})

describe('a channel without secrets', () => {
  const secretive: ContactChannel = {
    slack: { channel_or_user_id: 'C1', bot_token: 'secret', thread_ts: '1.2' },
  }
  const open: ContactChannel = { slack: { channel_or_user_id: 'C1', thread_ts: '1.2' } }

  test.each<[string, ContactChannel, ContactChannel]>([
    ['a Slack leaf loses its bot token and nothing else', secretive, open],
    ['so does one within any_of', { any_of: [inbox, secretive] }, { any_of: [inbox, open] }],
    ['other leaves stay as they are', email, email],
  ])('%s', (_what, channel, expected) => {
    const kept = withoutSecrets(channel)

    expect(kept).toEqual(expected)
  })

  test('the channel that was handed in stays as it was', () => {
    const channel = structuredClone(secretive)

    withoutSecrets(channel)

    expect(channel).toEqual(secretive)
  })
})
