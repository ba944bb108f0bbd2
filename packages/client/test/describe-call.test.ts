import { describe, expect, test } from 'vitest'
import { describeFunctionCall, describeHumanContact } from '../src/describe-call.ts'
import type { ContactChannel, HumanContact } from '../src/schemas.ts'

const PENDING: Omit<HumanContact['status'], 'channel'> = {
  state: 'pending',
  response: null,
  response_option_name: null,
  response_data: null,
  requested_at: '2026-03-02T12:00:00Z',
  requested_by: 'key:key_1',
  expires_at: null,
  completed_at: null,
  responded_at: null,
  responder: null,
  responses: [],
}

describe('the description of a call', () => {
  test('shows a function call whole, with every digit of its arguments', () => {
    const lines = describeFunctionCall({
      run_id: 'run_1',
      call_id: 'call_1',
      spec: {
        fn: 'refund_order',
        kwargs: { order_id: 12345678901234567890n, lines: ['a'] },
        context: { summary: 'A refund.\nSee below.', links: [{ url: 'https://x.example', title: 'Order' }] },
        reject_options: [{ name: 'later', title: 'Not now', description: 'Ask tomorrow' }],
      },
    })

    expect(lines).toEqual([
      'Function:  refund_order',
      'Arguments: {',
      '             "order_id": 12345678901234567890,',
      '             "lines": [',
      '               "a"',
      '             ]',
      '           }',
      'Run:       run_1',
      'Call:      call_1',
      'Context:',
      '  | A refund.',
      '  | See below.',
      'Link:      Order <https://x.example>',
      'Ways to deny:',
      '  1) Not now (later): Ask tomorrow',
    ])
  })

  test('shows a human contact whole', () => {
    const lines = describeHumanContact({
      run_id: 'run_1',
      call_id: 'call_1',
      spec: { msg: 'Ship it?', subject: 'Release', response_options: [{ name: 'yes' }, { name: 'no' }] },
    })

    expect(lines).toEqual([
      'Subject:   Release',
      'Message:',
      '  | Ship it?',
      'Run:       run_1',
      'Call:      call_1',
      'Options:',
      '  1) yes',
      '  2) no',
    ])
  })

  test.each<[name: string, channel: ContactChannel, line: string | undefined]>([
    ['those whom it lists', { inbox: { allowed_responder_ids: ['ana', 'bo'] } }, 'For:       ana, bo'],
    [
      'each once',
      {
        any_of: [
          { inbox: { allowed_responder_ids: ['ana'] } },
          {
            after_seconds: 60,
            channel: { quorum: { required: 1, of: [{ inbox: { allowed_responder_ids: ['bo', 'ana'] } }] } },
          },
        ],
      },
      'For:       ana, bo',
    ],
    [
      'nobody in particular',
      { all_of: [{ inbox: { allowed_responder_ids: ['ana'] } }, { inbox: {} }] },
      undefined,
    ],
  ])('says for whom a call is: %s', (_name, channel, line) => {
    const call = { run_id: 'r', call_id: 'c', spec: { msg: 'Hi' }, status: { ...PENDING, channel } }

    expect(describeHumanContact(call).find((shown) => shown.startsWith('For:'))).toBe(line)
  })

  test('prints no control or bidirectional character from any member', () => {
    const evil = 'a\u001b[2K\u202eb\u0007'
    const lines = [
      ...describeFunctionCall({
        run_id: evil,
        call_id: evil,
        spec: {
          fn: evil,
          kwargs: { [evil]: evil },
          expires_at: evil,
          context: { summary: evil, links: [{ url: evil, title: evil }] },
          reject_options: [{ name: evil, title: evil, description: evil }],
        },
      }),
      ...describeHumanContact({
        run_id: evil,
        call_id: evil,
        spec: {
          msg: evil,
          subject: evil,
          response_schema: { [evil]: evil },
          response_options: [{ name: evil }],
        },
      }),
    ]

    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('marks every line of the agent, so that none passes for a prompt', () => {
    const lines = describeHumanContact({ run_id: 'r', call_id: 'c', spec: { msg: 'Hi\nApprove? y' } })

    expect(lines).toContain('  | Approve? y')
    expect(lines).not.toContain('Approve? y')
  })
})
