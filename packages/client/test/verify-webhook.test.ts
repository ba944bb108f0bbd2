import { Webhook } from 'standardwebhooks'
import { describe, expect, test } from 'vitest'
import { WebhookVerificationError } from '../src/errors.ts'
import { verifyWebhook } from '../src/verify-webhook.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const OTHER = 'whsec_ZXhhbXBsZS1zZWNyZXQtbm90LWluLXVzZQ=='
const BODY =
  '{"id":"8f0c","type":"function_call.completed","data":{"spec":{"kwargs":{"note":"Grüße 🎉","large":12345678901234567890}}}}'

/** What a sender that is not ours makes of a body. */
function signed(
  body = BODY,
  { secret = SECRET, at = new Date(), prefix = 'webhook' } = {},
): Record<string, string> {
  return {
    [`${prefix}-id`]: 'msg_1',
    [`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
    [`${prefix}-signature`]: new Webhook(secret).sign('msg_1', at, body),
  }
}

describe('verifyWebhook', () => {
  test('gives the event that standardwebhooks has signed, every digit of it', async () => {
    const event = await verifyWebhook(BODY, signed(), SECRET)

    expect(event).toMatchObject({ id: '8f0c', data: { spec: { kwargs: { large: 12345678901234567890n } } } })
  })

  test('takes bytes, Headers, the names of Svix, and a megabyte', async () => {
    const large = JSON.stringify({ text: 'ß'.repeat(1_000_000) })

    await verifyWebhook(new TextEncoder().encode(BODY), signed(), SECRET)
    await verifyWebhook(BODY, new Headers(signed()), SECRET)
    await verifyWebhook(BODY, signed(BODY, { prefix: 'svix' }), SECRET)
    await verifyWebhook(large, signed(large), SECRET)
  })

  test('takes either secret while one is rotated, on both sides', async () => {
    const headers = signed()
    const both = {
      ...headers,
      'webhook-signature': `${signed(BODY, { secret: OTHER })['webhook-signature']} ${headers['webhook-signature']}`,
    }

    await verifyWebhook(BODY, both, SECRET)
    await verifyWebhook(BODY, both, OTHER)
    await verifyWebhook(BODY, headers, [OTHER, SECRET])
  })

  test('takes what is five minutes old or ahead, and nothing beyond', async () => {
    const now = new Date('2026-01-01T00:00:00Z')
    const from = (seconds: number) =>
      verifyWebhook(BODY, signed(BODY, { at: new Date(now.getTime() + seconds * 1000) }), SECRET, { now })

    await from(-300)
    await from(300)
    await expect(from(-301)).rejects.toThrow(WebhookVerificationError)
    await expect(from(301)).rejects.toThrow(WebhookVerificationError)
  })

  test.each<[string, Parameters<typeof verifyWebhook>]>([
    ['another body', [`${BODY} `, signed(), SECRET]],
    ['another secret', [BODY, signed(), OTHER]],
    ['another id', [BODY, { ...signed(), 'webhook-id': 'msg_2' }, SECRET]],
    [
      'another time',
      [BODY, { ...signed(), 'webhook-timestamp': String(Math.floor(Date.now() / 1000) + 60) }, SECRET],
    ],
    ['a time that is no number', [BODY, { ...signed(), 'webhook-timestamp': 'NaN' }, SECRET]],
    ['no signature', [BODY, { ...signed(), 'webhook-signature': undefined }, SECRET]],
    ['an empty signature', [BODY, { ...signed(), 'webhook-signature': 'v1,' }, SECRET]],
    [
      'a signature of another version',
      [
        BODY,
        { ...signed(), 'webhook-signature': signed()['webhook-signature']!.replace('v1,', 'v1a,') },
        SECRET,
      ],
    ],
    ['a signature that is no base64', [BODY, { ...signed(), 'webhook-signature': 'v1,…' }, SECRET]],
    ['no headers', [BODY, {}, SECRET]],
    ['an empty secret', [BODY, signed(), '']],
    ['no secrets', [BODY, signed(), []]],
    ['a secret that is no base64', [BODY, signed(), 'whsec_…']],
    ['a body that is no JSON', ['{', signed('{'), SECRET]],
  ])('refuses %s', async (_, args) => {
    await expect(verifyWebhook(...args)).rejects.toThrow(WebhookVerificationError)
  })
})
