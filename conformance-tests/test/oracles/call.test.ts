import { describe, expect, test } from 'vitest'
import { callInvariants } from '../../src/oracles/call.ts'
import { judgedBy, verdictOn, type Line, type Told } from '../transcripts.ts'

const on = (requirement: string, ...line: Line) => verdictOn(callInvariants, requirement, ...line)
const spec = { fn: 'refund', kwargs: { order: 42 } }
const wish = { run_id: 'r1', call_id: 'c1', spec }
const pending = {
  state: 'pending',
  requested_at: '2026-01-31T12:00:00Z',
  requested_by: 'key:k1',
  channel: { inbox: {} },
  completed_at: null,
  responded_at: null,
  responder: null,
}
const call = { run_id: 'r1', call_id: 'c1', spec, status: pending }

/** A creation and what it was answered with. */
const created = (told: Told = {}): Line => [
  'POST /v1/function_calls',
  { sent: wish, status: 201, body: call, ...told },
]
const read = (told: Told = {}): Line => ['GET /v1/function_calls/c1', { body: call, ...told }]
const list = (...items: unknown[]): Line => ['GET /v1/function_calls', { body: { items } }]

describe('which answers show calls', () => {
  const judge = (...line: Line) => on('call.terminal-times', ...line)
  const wrong = { ...call, status: { ...pending, completed_at: '2026-01-31T12:00:00Z' } }
  const finding = { expected: 'null while pending', actual: '"2026-01-31T12:00:00Z"' }

  test.each<[string, Line, string]>([
    ['a creation', created({ body: wrong }), '/status/completed_at'],
    ['a creation with a query', ['POST /v1/human_contacts?wait=1', { body: wrong }], '/status/completed_at'],
    ['a reading', read({ body: wrong }), '/status/completed_at'],
    ['a long poll', ['GET /v1/human_contacts/c1?wait=3', { body: wrong }], '/status/completed_at'],
    ['an encoded id', ['GET /v1/function_calls/c%3A1', { body: wrong }], '/status/completed_at'],
    ['an answer', ['POST /v1/function_calls/c1/respond', { body: wrong }], '/status/completed_at'],
    ['a cancellation', ['POST /v1/function_calls/c1/cancel', { body: wrong }], '/status/completed_at'],
    ['an escalation', ['POST /v1/function_calls/c1/escalate', { body: wrong }], '/status/completed_at'],
    ['the last success', read({ body: wrong, status: 299 }), '/status/completed_at'],
    ['a list', list(call, null, wrong), '/items/2/status/completed_at'],
  ])('%s does', (_, line, pointer) => {
    expect(judge(...line)).toEqual({ ...finding, pointer })
  })

  test.each<[string, Line]>([
    ['an error', read({ body: wrong, status: 400 })],
    ['a redirection', read({ body: wrong, status: 300 })],
    ['a preliminary answer', read({ body: wrong, status: 199 })],
    ['a deletion', ['DELETE /v1/function_calls/c1', { body: wrong }]],
    ['another collection', ['GET /v1/keys', { body: wrong }]],
    ['something below a call', ['POST /v1/function_calls/c1/respond/x', { body: wrong }]],
    ['an unknown verb', ['POST /v1/function_calls/c1/retry', { body: wrong }]],
    ['the reading of a verb', ['GET /v1/function_calls/c1/respond', { body: wrong }]],
    ['a post to a call', ['POST /v1/function_calls/c1', { body: wrong }]],
    ['a change of the list', ['PUT /v1/function_calls', { body: { items: [wrong] } }]],
    ['an id that cannot be decoded', ['GET /v1/function_calls/%E0%A4', { body: wrong }]],
    ['the HumanLayer profile', ['GET /humanlayer/v1/function_calls/c1', { body: wrong }]],
    ['what is no JSON', read({ text: 'call' })],
    ['an array', read({ body: [wrong] })],
    ['null', read({ text: 'null' })],
    ['a call without a spec', read({ body: { ...wrong, spec: 'x' } })],
    ['a call without a status', read({ body: { ...wrong, status: [] } })],
    ['a list without items', ['GET /v1/function_calls', { body: wrong }]],
    ['no answer', read({ status: null })],
  ])('%s does not', (_, line) => {
    expect(judge(...line)).toBe('not judged')
  })
})

describe('the ids of a call', () => {
  const judge = (...line: Line) => on('call.echoes-ids', ...line)

  test('are those under which it was created', () => {
    expect(judge(...created())).toBe('kept')
    expect(judge(...created({ body: { ...call, call_id: 'C1' } }))).toEqual({
      expected: '"c1"',
      actual: '"C1"',
      pointer: '/call_id',
    })
    expect(judge(...created({ body: { ...call, run_id: 'r2' } }))).toEqual({
      expected: '"r1"',
      actual: '"r2"',
      pointer: '/run_id',
    })
  })

  test('are not judged where the call was not created before the eyes of the run', () => {
    expect(judge(...read({ body: { ...call, call_id: 'c2' } }))).toBe('not judged')
    expect(judge('POST /v1/function_calls/c1/cancel', { body: { ...call, call_id: 'c2' } })).toBe(
      'not judged',
    )
  })

  test('are not judged where none was asked for, or who knows which', () => {
    expect(judge(...list(call))).toBe('not judged')
    expect(judge(...created({ sentText: '{"call_id": "c2"}' }))).toBe('not judged')
    expect(judge(...created({ sentText: '{' }))).toBe('not judged')
    expect(judge(...created({ sent: [wish] }))).toBe('not judged')
    expect(judge(...created({ sent: undefined }))).toBe('not judged')
    expect(judge(...created({ sent: { ...wish, call_id: 3 } }))).toBe('not judged')
    expect(judge(...created({ sent: { ...wish, run_id: 3 } }))).toBe('kept')
  })
})

describe('the spec of a new call', () => {
  const judge = (sent: unknown, shown: unknown, told: Told = {}, noun = 'function_calls') =>
    on('call.spec-returned', `POST /v1/${noun}`, {
      status: 201,
      sent: { ...wish, spec: sent },
      body: { ...call, spec: shown },
      ...told,
    })

  test('is the one that was sent, with whatever the server adds', () => {
    expect(judge(spec, { ...spec, allow_edit: false })).toBe('kept')
    expect(judge({ ...spec, unknown: 3 }, spec)).toBe('kept')
    expect(judge({ ...spec, risk: null, allow_edit: false }, spec)).toBe('kept')
  })

  test('keeps its values, at any depth', () => {
    expect(judge(spec, { ...spec, fn: 'Refund' })).toEqual({
      expected: '"refund"',
      actual: '"Refund"',
      pointer: '/spec/fn',
    })
    const options = { ...spec, reject_options: [{ name: 'a' }, { name: 'b', title: 'B' }] }
    expect(judge(options, options)).toBe('kept')
    expect(judge(options, { ...spec, reject_options: [{ name: 'a' }, { name: 'b' }] })).toEqual({
      expected: '"B"',
      actual: 'nothing',
      pointer: '/spec/reject_options/1/title',
    })
    expect(judge(options, spec)).toMatchObject({ pointer: '/spec/reject_options/0/name', actual: 'nothing' })
    expect(judge({ ...spec, requires: ['a', 'b'] }, { ...spec, requires: ['a'] })).toEqual({
      expected: '"b"',
      actual: 'nothing',
      pointer: '/spec/requires/1',
    })
    expect(judge({ ...spec, on_expire: { comment: 'late' } }, { ...spec, on_expire: {} })).toEqual({
      expected: '"late"',
      actual: 'nothing',
      pointer: '/spec/on_expire/comment',
    })
    expect(judge({ msg: 'a', subject: 'b' }, { msg: 'a' }, {}, 'human_contacts')).toMatchObject({
      pointer: '/spec/subject',
    })
  })

  test('shows opaque values and the channel; which ones is not asked here', () => {
    expect(judge(spec, { ...spec, kwargs: { order: 43 } })).toBe('kept')
    expect(judge(spec, { fn: 'refund' })).toEqual({
      expected: 'what was sent',
      actual: 'nothing',
      pointer: '/spec/kwargs',
    })
    expect(judge(spec, { ...spec, kwargs: null })).toMatchObject({ actual: 'null', pointer: '/spec/kwargs' })
    const slack = { channel: { slack: { channel_or_user_id: 'C', bot_token: 'secret' } } }
    expect(judge({ ...spec, ...slack }, { ...spec, channel: {} })).toBe('kept')
    expect(judge({ ...spec, ...slack }, spec)).toMatchObject({ pointer: '/spec/channel' })
  })

  test('is not judged by a repeat, or where nobody knows what was sent', () => {
    expect(judge(spec, {}, { status: 200 })).toBe('not judged')
    expect(judge('spec', {})).toBe('not judged')
    expect(judge(spec, {}, { sentText: '{"spec": {"fn":"refund"}}' })).toBe('not judged')
    expect(
      on('call.spec-returned', 'GET /v1/function_calls/c1', { status: 201, sent: wish, body: call }),
    ).toBe('not judged')
  })
})

describe('the spec of every later answer', () => {
  const judge = (...lines: Line[]) => judgedBy(callInvariants, 'call.spec-immutable', ...lines)
  const changed = { ...call, spec: { ...spec, fn: 'Refund' } }

  test('is that of the new call', () => {
    expect(judge(created(), read(), list(call), read({ body: changed }))).toEqual({
      subjects: 4,
      findings: [
        {
          expected: '{"fn":"refund","kwargs":{"order":42}}',
          actual: '{"fn":"Refund","kwargs":{"order":42}}',
          pointer: '/spec',
          exchange: 4,
        },
      ],
    })
    expect(judge(created(), list(call, changed)).findings).toMatchObject([{ pointer: '/items/1/spec' }])
    expect(judge(read({ body: changed }), created()).findings).toMatchObject([{ exchange: 1 }])
  })

  test('may leave out the state, have null for nothing, and further members', () => {
    const shown = { ...call, spec: { ...spec, risk: null, brand_new: 3 } }
    expect(
      judge(created({ body: { ...call, spec: { ...spec, state: { a: 1 } } } }), read({ body: shown })),
    ).toEqual({
      subjects: 2,
      findings: [],
    })
  })

  test('is that of any new call under the id, since projects may have the same', () => {
    const other = created({ key: 'other', body: changed })
    expect(judge(created(), other, read({ body: changed }), read())).toEqual({ subjects: 4, findings: [] })
  })

  test('is judged by the same kind, run and id alone, and by a creation that was acknowledged', () => {
    expect(judge(created({ status: 200 }), read({ body: changed })).subjects).toBe(0)
    expect(judge(created({ status: null }), read({ status: null }), read()).subjects).toBe(0)
    expect(judge(['POST /v1/function_calls/c1/respond', { status: 201, body: call }], read()).subjects).toBe(
      0,
    )
    expect(judge(created(), read({ body: { ...changed, run_id: 'r2' } })).subjects).toBe(1)
    expect(judge(created(), read({ body: { ...changed, call_id: 'c2' } })).subjects).toBe(1)
    expect(judge(created(), ['GET /v1/human_contacts/c1', { body: changed }])).toEqual({
      subjects: 1,
      findings: [],
    })
  })
})

describe('the times of an end', () => {
  const when = '2026-01-31T12:00:00Z'
  const judge = (status: unknown) => on('call.terminal-times', ...read({ body: { ...call, status } }))

  test.each(['pending', 'cancelled', 'expired'])('of a %s call are none of an answer', (state) => {
    const status = { ...pending, state, completed_at: state === 'pending' ? null : when }
    expect(judge(status)).toBe('kept')
    expect(judge({ ...status, responded_at: when })).toEqual({
      expected: 'null without an answer',
      actual: `"${when}"`,
      pointer: '/status/responded_at',
    })
    expect(judge({ ...status, responder: { id: 'r' } })).toEqual({
      expected: 'null without an answer',
      actual: '{"id":"r"}',
      pointer: '/status/responder',
    })
  })

  test.each([null, undefined, 'yesterday'])('of a terminal call are not %s', (completed_at) => {
    expect(judge({ ...pending, state: 'approved', completed_at })).toEqual({
      expected: 'when it became approved',
      actual: completed_at === undefined ? 'nothing' : JSON.stringify(completed_at),
      pointer: '/status/completed_at',
    })
  })

  test('of an answered call may be those of the answer', () => {
    expect(
      judge({ ...pending, state: 'approved', completed_at: when, responded_at: when, responder: {} }),
    ).toBe('kept')
    expect(judge({ ...pending, state: 3 })).toBe('not judged')
  })
})

describe('who asked, and when', () => {
  const judge = (...lines: Line[]) => judgedBy(callInvariants, 'call.requested-by', ...lines)
  const of = (status: object) =>
    on('call.requested-by', ...read({ body: { ...call, status: { ...pending, ...status } } }))

  test('stands in every call', () => {
    expect(of({})).toBe('kept')
    expect(of({ requested_at: 'once' })).toEqual({
      expected: 'an instant',
      actual: '"once"',
      pointer: '/status/requested_at',
    })
    for (const requested_by of ['key:', 'k1', 'my key:k1', 'key:k 1', 3, undefined])
      expect(of({ requested_by })).toEqual({
        expected: 'key: and the id of a key',
        actual: requested_by === undefined ? 'nothing' : JSON.stringify(requested_by),
        pointer: '/status/requested_by',
      })
  })

  test('stays', () => {
    const later = { ...call, status: { ...pending, state: 'approved', requested_by: 'key:k2' } }
    expect(judge(created(), read(), read({ body: later }))).toEqual({
      subjects: 6,
      findings: [
        {
          expected: '{"requested_at":"2026-01-31T12:00:00Z","requested_by":"key:k1"}',
          actual: '{"requested_at":"2026-01-31T12:00:00Z","requested_by":"key:k2"}',
          pointer: '/status',
          exchange: 3,
        },
      ],
    })
  })
})

describe('the channel of a call', () => {
  const judge = (named: unknown, shown: unknown) =>
    on(
      'channel.effective',
      ...read({
        body: { ...call, spec: { ...spec, channel: named }, status: { ...pending, channel: shown } },
      }),
    )
  const email = { email: { address: 'a@example.com' } }

  test('is one, and the one that it names', () => {
    expect(judge(undefined, { inbox: {} })).toBe('kept')
    expect(judge(email, email)).toBe('kept')
    expect(judge(email, { email: { address: 'b@example.com' } })).toEqual({
      expected: '{"email":{"address":"a@example.com"}}',
      actual: '{"email":{"address":"b@example.com"}}',
      pointer: '/status/channel',
    })
  })

  test.each([[null], [{}], ['inbox'], [{ inbox: {}, email: {} }]])('is not %j', (shown) => {
    expect(judge(undefined, shown)).toEqual({
      expected: 'a channel of one kind',
      actual: JSON.stringify(shown),
      pointer: '/status/channel',
    })
  })

  test('may have people in place of teams and addresses', () => {
    const listed = (...allowed_responder_ids: string[]) => ({ inbox: { allowed_responder_ids } })
    expect(judge(listed('team:payments', 'bo'), listed('ana', 'bo'))).toBe('kept')
    expect(judge({ any_of: [listed('email:ana@example.com')] }, { any_of: [listed('ana')] })).toBe('kept')
    expect(judge(listed('bo'), listed('ana'))).toMatchObject({ pointer: '/status/channel' })
  })

  test('may be resolved, hide a secret and leave out what is null', () => {
    expect(judge({ named: 'ops' }, email)).toBe('kept')
    expect(judge({ slack: { channel_or_user_id: 'C', bot_token: 't' } }, { slack: {} })).toBe('kept')
    expect(judge({ email: { address: 'a', template: null } }, { email: { address: 'a' } })).toBe('kept')
  })

  test('is not judged where it should have been refused', () => {
    expect(judge({}, {})).toBe('not judged')
    expect(judge({ ...email, inbox: {} }, {})).toBe('not judged')
  })
})

describe('a bot token', () => {
  const token = 'xoxb-0123456789a'
  const judge = (...lines: Line[]) => judgedBy(callInvariants, 'channel.secrets-not-returned', ...lines)
  const sent = (channel: unknown): Line => created({ sent: { ...wish, spec: { ...spec, channel } } })
  const slack = { slack: { bot_token: token } }
  const shown: Line = ['GET /v1/project', { text: `a ${token} b` }]
  const finding = { expected: 'no bot token', actual: 'the token' }

  test('is in no answer, before or after', () => {
    expect(judge(shown, sent(slack), shown, read())).toEqual({
      subjects: 4,
      findings: [
        { ...finding, exchange: 1 },
        { ...finding, exchange: 3 },
      ],
    })
    const another = sent({ slack: { bot_token: 'xoxb-another-token' } })
    expect(judge(sent(slack), another, shown).findings).toEqual([{ ...finding, exchange: 3 }])
    expect(judge(sent({ any_of: [{ inbox: {} }, slack] }), shown).findings).toHaveLength(1)
    expect(judge(sent(slack), read())).toEqual({ subjects: 2, findings: [] })
  })

  test.each([
    ['too short to stand nowhere else', sent({ slack: { bot_token: token.slice(1) } })],
    ['no text', sent({ slack: { bot_token: { value: token } } })],
    ['a member of another name', sent({ slack: { token } })],
    ['in what is no JSON', created({ sentText: `"bot_token" ${token}` })],
    ['not answered', ['POST /v1/function_calls', { sent: slack, status: null }] as Line],
    ...['kwargs', 'state', 'metadata', 'edited_kwargs', 'response_data'].map((name): [string, Line] => [
      `an opaque value in ${name}`,
      sent({ [name]: { bot_token: token } }),
    ]),
  ])('is not what is %s', (_, line) => {
    expect(judge(line, shown)).toEqual({ subjects: 0, findings: [] })
  })

  test('is not asked for where none was sent', () => {
    expect(judge(read(), shown)).toEqual({ subjects: 0, findings: [] })
  })
})

test('each of these explains what fails because of it, and makes a claim', () => {
  for (const { title, explains } of callInvariants) {
    expect(explains).toBe(true)
    expect(title).toMatch(/^(every|no) \w+ .+/)
  }
})
