import { describe, expect, test } from 'vitest'
import { callHistories, isBefore } from '../../src/oracles/call-history.ts'
import { history } from '../../src/oracles/history.ts'
import { judgedBy, transcript, type Line, type Told } from '../transcripts.ts'

const spec = { fn: 'refund', kwargs: { order: 42 } }
const pending = { state: 'pending', approved: null, comment: null, escalations: [] }
const approved = { state: 'approved', approved: true, comment: 'go ahead', escalations: [] }
const denied = { ...approved, state: 'denied', approved: false, comment: 'no' }
const of = (status: object, more: object = {}) => ({ call_id: 'c1', spec, status, ...more })

const create = (told: Told = {}): Line => [
  'POST /v1/function_calls',
  { sent: { call_id: 'c1' }, status: 201, body: of(pending), ...told },
]
const read = (body: unknown, told: Told = {}): Line => ['GET /v1/function_calls/c1', { body, ...told }]
const respond = (body: unknown, told: Told = {}): Line => [
  'POST /v1/function_calls/c1/respond',
  { body, ...told },
]

describe('the history of a call', () => {
  const histories = (...lines: Line[]) => callHistories(transcript(...lines))

  test('tells what was asked, what was sent and what came, in the order in which it was sent', () => {
    const [one, ...more] = histories(
      read(of(pending), { at: [20, 25] }),
      create({ at: [0, 30] }),
      respond(
        { code: 'already_responded', winning_status: approved },
        { status: 409, sent: { approved: false }, at: [10, 40] },
      ),
    )

    expect(more).toEqual([])
    expect(one).toMatchObject({ call_id: 'c1', kind: { name: 'function call' } })
    expect(one?.observations.map(({ exchange, ...rest }) => ({ ...rest, number: exchange.number }))).toEqual([
      {
        number: 2,
        act: 'create',
        sent: { call_id: 'c1' },
        status: 201,
        code: undefined,
        call: { spec, status: pending },
        winning_status: undefined,
      },
      {
        number: 3,
        act: 'respond',
        sent: { approved: false },
        status: 409,
        code: 'already_responded',
        call: undefined,
        winning_status: approved,
      },
      {
        number: 1,
        act: 'get',
        sent: undefined,
        status: 200,
        code: undefined,
        call: { spec, status: pending },
        winning_status: undefined,
      },
    ])
  })

  test.each<[string, string]>([
    ['POST /v1/function_calls/c1/respond', 'respond'],
    ['POST /v1/human_contacts/c1/cancel', 'cancel'],
    ['POST /v1/function_calls/c1/escalate', 'escalate'],
    ['GET /v1/human_contacts/c1?wait=3', 'get'],
  ])('has %s as %s', (request, act) => {
    const [one] = histories([request])

    expect(one).toMatchObject({ call_id: 'c1', observations: [{ act }] })
    expect(one?.kind.collection).toBe(request.includes('human') ? '/v1/human_contacts' : '/v1/function_calls')
  })

  test.each<[string, Told?]>([
    ['GET /v1/function_calls'],
    ['PUT /v1/function_calls', { sent: { call_id: 'c1' } }],
    ['POST /v1/function_calls', { sent: { call_id: 3 } }],
    ['POST /v1/function_calls', { sentText: '{"call_id":"c1"' }],
    ['POST /v1/function_calls', { sent: [{ call_id: 'c1' }] }],
    ['POST /v1/function_calls', { sentText: 'null' }],
    ['POST /v1/function_calls', { sentText: '3' }],
    ['POST /v1/function_calls'],
    ['DELETE /v1/function_calls/c1'],
    ['GET /v1/function_calls/c1/respond'],
    ['POST /v1/function_calls/c1'],
    ['POST /v1/function_calls/c1/retry'],
    ['POST /v1/function_calls/c1/respond/x'],
    ['GET /v1/function_calls/%E0%A4'],
    ['GET /v1/function_calls_old/c1'],
    ['GET /v1/keys/c1'],
    ['GET /humanlayer/v1/function_calls/c1'],
  ])('does not have %s', (request, told) => {
    expect(histories([request, told])).toEqual([])
  })

  test('is apart from those of other ids, kinds and projects', () => {
    const other = create({ key: 'other' })
    const contact: Line = ['POST /v1/human_contacts', { sent: { call_id: 'c1' } }]
    const decoded: Line = ['GET /v1/function_calls/%631', {}]
    const all = histories(create(), other, contact, read(of(pending), { key: 'responder' }), decoded, [
      'GET /v1/function_calls/C1',
    ])

    expect(all.map(({ observations }) => observations.map(({ exchange }) => exchange.number))).toEqual([
      [1, 4, 5],
      [2],
      [3],
      [6],
    ])
  })

  test.each<[string, Told]>([
    ['an error', { status: 300, body: of(approved) }],
    ['the call of another', { body: of(approved, { call_id: 'C1' }) }],
    ['a call without a spec', { body: of(approved, { spec: null }) }],
    ['a call without a status', { body: { call_id: 'c1', spec } }],
    ['a list', { body: [of(approved)] }],
    ['no JSON', { text: 'call' }],
    ['no answer', { status: null }],
  ])('shows no call in %s', (_, told) => {
    expect(histories(read(undefined, told))[0]?.observations[0]).toMatchObject({
      call: undefined,
      code: undefined,
      winning_status: undefined,
      status: told.status === null ? undefined : (told.status ?? 200),
    })
    expect(histories(read(of(approved), { status: 299 }))[0]?.observations[0]?.call).toBeDefined()
  })

  test('tells what overlaps', () => {
    const order = (first: Told, second: Told) => {
      const [one, other] = histories(read({}, first), read({}, second))[0]!.observations
      return isBefore(one!, other!)
    }

    expect(order({ at: [0, 5] }, { at: [6, 9] })).toBe(true)
    expect(order({ at: [0, 5] }, { at: [5, 9] })).toBe(false)
    expect(order({ at: [0, 7] }, { at: [5, 9] })).toBe(false)
    expect(order({ at: [0, 5], status: null }, { at: [6, 9] })).toBe(false)
  })
})

const judge = (requirement: string, ...lines: Line[]) => judgedBy(history, requirement, ...lines)

describe('a spec', () => {
  const changed = { spec: { ...spec, fn: 'Refund' } }

  test('does not change from one answer to the next', () => {
    expect(judge('call.spec-immutable', create(), read(of(pending)), read(of(approved, changed)))).toEqual({
      subjects: 2,
      findings: [
        {
          expected: '"refund" at /spec/fn, as in the answer before',
          actual: '"Refund"',
          pointer: '/spec/fn',
          exchange: 3,
        },
      ],
    })
  })

  test('neither loses nor gains a member', () => {
    const more = of(pending, { spec: { ...spec, risk: 'high' } })
    expect(judge('call.spec-immutable', create(), read(more)).findings).toMatchObject([
      { expected: 'nothing at /spec/risk, as in the answer before', actual: '"high"' },
    ])
    expect(judge('call.spec-immutable', create({ body: more }), read(of(pending))).findings).toMatchObject([
      { expected: '"high" at /spec/risk, as in the answer before', actual: 'nothing' },
    ])
  })

  test('may have null for nothing, and members that the specification does not name', () => {
    const shown = of(pending, { spec: { ...spec, risk: null, constructor: 3, shown_times: 2 } })
    expect(judge('call.spec-immutable', create(), read(shown))).toEqual({ subjects: 1, findings: [] })
  })

  test('may show its state to some alone', () => {
    expect(
      judge('call.spec-immutable', create(), read(of(pending, { spec: { ...spec, state: { a: 1 } } }))),
    ).toEqual({ subjects: 1, findings: [] })
  })

  test('is not judged by one answer, or those of another project', () => {
    expect(judge('call.spec-immutable', create()).subjects).toBe(0)
    expect(
      judge('call.spec-immutable', create(), read(of(pending, changed), { key: 'other' })).subjects,
    ).toBe(0)
    expect(judge('call.spec-immutable', create(), read({}), read({}, { status: null })).subjects).toBe(0)
  })
})

describe.each([
  ['function-call', '/v1/function_calls', ['approved', 'comment', 'reject_option_name', 'edited_kwargs']],
  ['human-contact', '/v1/human_contacts', ['response', 'response_option_name', 'response_data']],
])('a terminal %s', (noun, collection, members) => {
  const requirement = `${noun}.first-answer-wins`
  const at = (status: object, told: Told = {}): Line => [
    `GET ${collection}/c1`,
    { body: of(status), ...told },
  ]
  const conflict = (winning_status: object): Line => [
    `POST ${collection}/c1/respond`,
    { status: 409, body: { winning_status } },
  ]
  const ended = { state: 'ended', comment: 'x' }

  test.each(['state', 'responder', 'responded_at', 'completed_at', 'responses', ...members])(
    'keeps its %s',
    (name) => {
      const before = { ...ended, [name]: 'before' }
      const after = { ...ended, [name]: 'after' }
      const findings = [
        { expected: `${name} to stay "before", as it was shown before`, actual: '"after"', exchange: 2 },
      ]

      expect(judge(requirement, at(before), at(before))).toEqual({ subjects: 1, findings: [] })
      expect(judge(requirement, at(before), at(after))).toEqual({ subjects: 1, findings })
      expect(judge(requirement, at(before), conflict(after))).toEqual({ subjects: 1, findings })
      expect(judge(requirement, conflict(before), at(after))).toEqual({ subjects: 1, findings })
    },
  )

  test('may go on with its contacts, and leave members out', () => {
    expect(judge(requirement, at({ ...ended, contacts: [] }), at({ ...ended, contacts: [{}] }))).toEqual({
      subjects: 1,
      findings: [],
    })
    expect(judge(requirement, at(ended), at({ state: 'ended' })).findings).toEqual([])
    expect(judge(requirement, at({ state: 'ended' }), at(ended)).findings).toEqual([])
  })

  test('is not judged while pending, where answers overlap, or by the other kind', () => {
    const other = { state: 'other' }
    const elsewhere = collection === '/v1/function_calls' ? '/v1/human_contacts' : '/v1/function_calls'
    const there = (status: object): Line => [`GET ${elsewhere}/c1`, { body: of(status) }]

    expect(judge(requirement, at(pending), at(other)).subjects).toBe(0)
    expect(judge(requirement, at(other), at(pending)).subjects).toBe(0)
    expect(judge(requirement, at({ state: 3 }), at(other)).subjects).toBe(0)
    expect(judge(requirement, at(ended, { at: [0, 9] }), at(other, { at: [5, 12] })).subjects).toBe(0)
    expect(judge(requirement, there(ended), there(other)).subjects).toBe(0)
    expect(judge(requirement, at(ended), at(other, { key: 'other' })).subjects).toBe(0)
  })
})

describe('what was acknowledged', () => {
  const forgotten = (...lines: Line[]) => judge('call.read-your-writes', ...lines)
  const gone = { code: 'not_found' }

  test('is there in every later answer', () => {
    expect(forgotten(create(), read(of(pending)), respond(of(approved)), read(of(approved)))).toEqual({
      subjects: 3,
      findings: [],
    })
  })

  test('is not forgotten', () => {
    const finding = { expected: 'the call that was created before', actual: 'HTTP 404' }
    expect(forgotten(create(), read(gone, { status: 404 }))).toEqual({
      subjects: 1,
      findings: [{ ...finding, exchange: 2 }],
    })
    expect(forgotten(create(), respond(gone, { status: 404 })).findings).toHaveLength(1)
  })

  test('may be out of reach for a key that has not seen it', () => {
    expect(forgotten(create(), read(gone, { status: 404, key: 'nobody' }))).toEqual({
      subjects: 1,
      findings: [],
    })
    expect(forgotten(create(), create({ status: 404, body: gone }))).toEqual({ subjects: 1, findings: [] })
    expect(forgotten(create(), read(gone, { status: 403 })).findings).toEqual([])
    const seen = read(of(pending), { key: 'responder' })
    expect(forgotten(create(), seen, read(gone, { status: 404, key: 'responder' })).findings).toHaveLength(1)
  })

  test('does not become pending again', () => {
    const again = {
      expected: 'the state "approved", as it was shown before',
      actual: '"pending"',
      pointer: '/status/state',
    }
    expect(forgotten(create(), respond(of(approved)), read(of(pending)))).toEqual({
      subjects: 2,
      findings: [{ ...again, exchange: 3 }],
    })
    expect(forgotten(create(), respond(of(approved)), read(of(denied))).findings).toEqual([])
    const overlapping = [
      create(),
      respond(of(approved), { at: [10, 30] }),
      read(of(pending), { at: [20, 25] }),
    ]
    expect(forgotten(...overlapping).findings).toEqual([])
  })

  test('counts a conflict for no proof that somebody saw the call', () => {
    const conflict = respond({ winning_status: approved }, { status: 409 })
    expect(forgotten(conflict, read(gone, { status: 404 }))).toEqual({ subjects: 0, findings: [] })
    expect(forgotten(create(), respond({ winning_status: pending }, { status: 409 })).findings).toEqual([])
  })

  test('keeps its escalations', () => {
    const twice = { ...pending, escalations: [{}, {}] }
    expect(forgotten(create(), read(of(twice)), read(of({ ...pending, escalations: [{}] })))).toEqual({
      subjects: 2,
      findings: [
        {
          expected: 'at least the 2 escalations that were shown before',
          actual: '1 escalations',
          pointer: '/status/escalations',
          exchange: 3,
        },
      ],
    })
    expect(forgotten(read(of(twice)), read(of(twice)), read({}, { status: 500 })).findings).toEqual([])
    expect(forgotten(read(of(twice)), read(of({ ...pending, escalations: 2 }))).findings).toMatchObject([
      { actual: '0 escalations' },
    ])
  })

  test('is not judged without an answer, or before the first that shows the call', () => {
    expect(forgotten(create(), read({}, { status: null })).subjects).toBe(0)
    expect(forgotten(create({ status: 500, body: {} }), read(gone, { status: 404 })).subjects).toBe(0)
    expect(forgotten(create({ at: [0, 20] }), read(gone, { status: 404, at: [10, 15] })).subjects).toBe(0)
    expect(forgotten(create(), read(gone, { status: 404, key: 'other' })).subjects).toBe(0)
  })
})

test('what a history shows explains no failure of a check', () => {
  expect(history.map(({ explains }) => explains)).toEqual([false, false, false, false])
  for (const { title } of history) expect(title).toMatch(/^(no|what) \w+ .+/)
})
