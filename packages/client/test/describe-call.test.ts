import { describe, expect, test } from 'vitest'
import { describeFunctionCall, describeHumanContact } from '../src/describe-call.ts'

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
