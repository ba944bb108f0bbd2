import { describe, expect, test } from 'vitest'
import { requireEcho } from '../src/echo.ts'
import { ProtocolError } from '../src/errors.ts'

const sent = {
  run_id: 'run_1',
  call_id: 'call_1',
  spec: {
    fn: 'refund_order',
    kwargs: { amount: 1 },
    channel: {
      slack: { channel_or_user_id: 'C1', bot_token: 'xoxb', allowed_responder_ids: ['U1'], thread_ts: null },
    },
    allow_edit: false,
  },
}
const channel = { slack: { channel_or_user_id: 'C1', allowed_responder_ids: ['U1'] } }

describe('the call that a server holds', () => {
  test('may leave out what never comes back, what is null and what is off', () => {
    const held = {
      ...sent,
      spec: { fn: 'refund_order', kwargs: { amount: 1 }, channel, metadata: { more: 1 } },
    }

    expect(() => requireEcho(sent, held)).not.toThrow()
  })

  test.each([
    ['run_id', { ...sent, run_id: 'run_2' }],
    ['channel', { ...sent, spec: { ...sent.spec, channel: { inbox: {} } } }],
    ['channel', { ...sent, spec: { ...sent.spec, channel: undefined } }],
    ['kwargs', { ...sent, spec: { ...sent.spec, kwargs: { amount: 2 } } }],
    ['requires_person', { ...sent, spec: { ...sent.spec, requires_person: true } }],
    ['allow_edit', { ...sent, spec: { ...sent.spec, allow_edit: true } }],
  ])('is refused with another %s', (name, held) => {
    expect(() => requireEcho(sent, held)).toThrow(ProtocolError)
    expect(() => requireEcho(sent, held)).toThrow(name)
  })
})
