import { describe, expect, test } from 'vitest'
import { humanlayerInvariants } from '../../src/oracles/humanlayer.ts'
import { subject, transcript, verdictOn, type Told } from '../transcripts.ts'

const json = { 'content-type': 'application/json' }
const on = (name: string, request: string, told: Told = {}) =>
  verdictOn(humanlayerInvariants, `humanlayer.${name}`, request, { headers: json, ...told })

const v1 = '/humanlayer/v1'
const get = `GET ${v1}/function_calls/c1`
const getContact = `GET ${v1}/contact_requests/c1`
const list = `GET ${v1}/agent/function_calls/pending`
const pending = { requested_at: '2026-01-31T12:00:00.5Z' }
const approved = { ...pending, responded_at: '2026-01-31T13:00:00+01:00', approved: true }
const call = (status: unknown = pending, channel: unknown = null) => ({
  run_id: 'r',
  call_id: 'c1',
  spec: { fn: 'f', kwargs: {}, channel },
  status,
})
const contact = (status: unknown = pending) => ({ run_id: 'r', call_id: 'c1', spec: { msg: 'm' }, status })

describe('every answer is JSON', () => {
  test.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json ;a',
    'Application/Json',
  ])('as %s', (type) => {
    expect(on('json-always', get, { headers: { 'content-type': type }, body: {} })).toBe('kept')
  })

  test.each(['text/html', 'application/jsonp', 'text/application/json'])('and not %s', (type) => {
    expect(on('json-always', get, { headers: { 'content-type': type }, body: {} })).toEqual({
      expected: 'application/json',
      actual: `HTTP 200 as ${type}`,
    })
  })

  test('of a type, with a body that is JSON', () => {
    expect(on('json-always', get, { headers: {}, status: 404, body: {} })).toEqual({
      expected: 'application/json',
      actual: 'HTTP 404 as no type',
    })
    expect(on('json-always', get, { status: 500, text: '' })).toEqual({
      expected: 'JSON',
      actual: 'HTTP 500 with a body that is none',
    })
    expect(on('json-always', get, { text: 'null' })).toBe('kept')
  })

  test('below the profile, and not to HEAD', () => {
    const html = { headers: { 'content-type': 'text/html' } }
    expect(on('json-always', `HEAD ${v1}/function_calls/c1`, html)).toBe('not judged')
    expect(on('json-always', 'GET /v1/function_calls/c1', html)).toBe('not judged')
    expect(on('json-always', 'GET /humanlayer/v2/function_calls/c1', html)).toBe('not judged')
    expect(on('json-always', 'GET /x/humanlayer/v1/function_calls', html)).toBe('not judged')
    expect(on('json-always', 'GET //humanlayer//v1///function_calls?a=//b', html)).not.toBe('not judged')
    expect(on('json-always', 'GET /x?y=/humanlayer/v1/function_calls', html)).toBe('not judged')
  })
})

describe('every error has a detail', () => {
  const judge = (status: number, body: unknown, told: Told = {}) =>
    on('errors', get, { status, body, ...told })
  const item = { loc: ['body', 0], msg: 'm', type: 't' }

  test('that is a text', () => {
    expect(judge(404, { detail: 'gone' })).toBe('kept')
    expect(judge(400, { detail: ['gone'] })).toEqual({
      expected: 'a text as the detail of 400',
      actual: '["gone"]',
      pointer: '/detail',
    })
    expect(judge(404, {})).toMatchObject({ actual: 'nothing' })
    expect(judge(404, null)).toMatchObject({ actual: 'nothing' })
    expect(judge(404, undefined, { text: '{' })).toMatchObject({ actual: 'nothing' })
    expect(judge(404, { detail: ['x'.repeat(300)] })).toMatchObject({ actual: `["${'x'.repeat(198)}` })
  })

  test('that lists what is wrong where the status is 422', () => {
    expect(judge(422, { detail: [item] })).toBe('kept')
    expect(judge(422, { detail: [item, { ...item, loc: [] }] })).toBe('kept')
  })

  test.each([
    ['a text', 'wrong'],
    ['an empty list', []],
    ['an object', { length: 1 }],
    ['a list with null', [item, null]],
    ['a list with another member', [{ ...item, input: 3 }]],
    ['a list without a member', [{ loc: [], msg: 'm' }]],
    ['a list with other members', [{ loc: [], msg: 'm', kind: 't' }]],
    ['a place that is a text', [{ ...item, loc: 'body' }]],
    ['a place with null', [{ ...item, loc: ['body', null] }]],
    ['a place with a fraction', [{ ...item, loc: ['body', 0.5] }]],
    ['a message that is no text', [{ ...item, msg: 3 }]],
    ['a type that is no text', [{ ...item, type: null }]],
  ])('that is not %s', (_, detail) => {
    expect(judge(422, { detail })).toEqual({
      expected: 'a list of items with exactly loc, msg and type as the detail of 422',
      actual: JSON.stringify(detail),
      pointer: '/detail',
    })
  })

  test('where it is an error, in JSON, of the profile', () => {
    expect(judge(399, {})).toBe('not judged')
    expect(judge(400, {})).not.toBe('not judged')
    expect(judge(404, {}, { headers: {} })).toBe('not judged')
    expect(judge(404, {}, { headers: { 'content-type': 'x/application/json' } })).toBe('not judged')
    expect(judge(404, {}, { headers: { 'content-type': 'application/jsonp' } })).toBe('not judged')
    expect(judge(404, {}, { headers: { 'content-type': 'APPLICATION/JSON ; a' } })).not.toBe('not judged')
    expect(on('errors', `HEAD ${v1}/function_calls/c1`, { status: 404 })).toBe('not judged')
    expect(on('errors', 'GET /v1/function_calls/c1', { status: 404, body: {} })).toBe('not judged')
  })
})

describe('a list of pending calls', () => {
  const judge = (body: unknown, query = '', told: Told = {}) =>
    on('pending-lists', `${list}${query}`, { body, ...told })
  const page = { items: [call()], total: 3, limit: 2, offset: 1, has_more: true }

  test('is an array unless a page is asked for', () => {
    expect(judge([])).toBe('kept')
    expect(judge([], '?other=limit')).toBe('kept')
    expect(judge({ items: [1], total: 1 })).toEqual({
      expected: 'a bare array',
      actual: '{"items":"[…]","total":1}',
    })
    expect(judge({ items: 3 })).toMatchObject({ actual: '{"items":3}' })
    expect(judge('x'.repeat(300))).toMatchObject({ actual: `"${'x'.repeat(199)}` })
    expect(on('pending-lists', `GET ${v1}/agent/human_contacts/pending`, { body: {} })).not.toBe('not judged')
  })

  test.each(['?limit=2', '?offset=1', '?limit=2&offset=1', '?a=?&limit'])(
    'is a page with the query %s',
    (query) => {
      expect(judge(page, query)).toBe('kept')
      expect(judge([], query)).toEqual({
        expected: 'a page of items, total, limit, offset and has_more that fit together',
        actual: 'an array of 0',
      })
    },
  )

  test.each([
    ['an end', { has_more: false, total: 2 }],
    ['nothing', { items: [], total: 0, offset: 0, has_more: false }],
    ['as many as asked for', { items: [1, 2], total: 3, has_more: false }],
  ])('may be %s', (_, more) => {
    expect(judge({ ...page, ...more }, '?limit=2')).toBe('kept')
  })

  test.each([
    ['items that are none', { items: null }],
    ['more than asked for', { items: [1, 2, 3], total: 9 }],
    ['a total that is a text', { total: '3' }],
    ['a limit that is a text', { limit: '2' }],
    ['an offset that is null', { offset: null }],
    ['a negative offset', { offset: -1 }],
    ['a fraction', { total: 3.5 }],
    ['has_more at its end', { total: 2 }],
    ['no has_more before its end', { has_more: false }],
    ['no has_more at all', { has_more: undefined }],
  ])('has not %s', (_, more) => {
    expect(judge({ ...page, ...more }, '?limit=2')).not.toBe('kept')
  })

  test('is judged where it is one', () => {
    expect(judge({}, '', { status: 404 })).toBe('not judged')
    expect(on('pending-lists', `${list}/x`, { body: {} })).toBe('not judged')
    expect(on('pending-lists', `GET ${v1}/x/agent/function_calls/pending`, { body: {} })).toBe('not judged')
    expect(on('pending-lists', get, { body: {} })).toBe('not judged')
    expect(on('pending-lists', 'GET /v1/function_calls', { body: {} })).toBe('not judged')
  })

  test('shows every call once', () => {
    const other = { ...call(), call_id: 'c2' }
    expect(on('ids', list, { body: [call(), other] })).toBe('kept')
    expect(on('ids', list, { body: [other, call(), call()] })).toEqual({
      expected: 'every call_id once',
      actual: '"c1" twice',
      pointer: '/2/call_id',
    })
    expect(on('ids', list, { body: { items: [call(), other, call()] } })).toMatchObject({
      pointer: '/items/2/call_id',
    })
    expect(on('ids', list, { body: [] })).toBe('not judged')
    expect(on('ids', list, { body: { items: 3 } })).toBe('not judged')
    expect(on('ids', `GET ${v1}/function_calls`, { body: [call(), call()] })).toBe('not judged')
    expect(on('ids', 'GET /v1/function_calls', { body: [call(), call()] })).toBe('not judged')
  })
})

describe('the members of a call', () => {
  const extra = { ...call(), extra: 3 }
  const wrong = { ...call(), run_id: 3 }
  const unknown = { expected: 'no member that HumanLayer API v1 does not have', actual: 'the member "extra"' }
  const type = { expected: 'a text', actual: '3' }

  test('are known, and have their types', () => {
    expect(on('no-new-members', get, { body: call() })).toBe('kept')
    expect(on('no-new-members', get, { body: wrong })).toBe('kept')
    expect(on('no-new-members', get, { body: extra })).toEqual({ ...unknown, pointer: '/extra' })
    expect(on('member-types', get, { body: call() })).toBe('kept')
    expect(on('member-types', get, { body: extra })).toBe('kept')
    expect(on('member-types', get, { body: wrong })).toEqual({ ...type, pointer: '/run_id' })
    expect(on('member-types', getContact, { body: call() })).toMatchObject({ pointer: '/spec/msg' })
    expect(on('member-types', getContact, { body: contact() })).toBe('kept')
  })

  test.each<[string, unknown, string]>([
    [list, [call(), extra], '/1/extra'],
    [list, { items: [call(), extra] }, '/items/1/extra'],
    [`POST ${v1}/function_calls`, extra, '/extra'],
    [`POST ${v1}/agent/function_calls/c1/respond`, extra, '/extra'],
    [`GET ${v1}/function_calls/c1?a=b`, { ...extra, items: [] }, '/items'],
    [`GET ${v1}/contact_requests/c1`, { ...contact(), extra: 3 }, '/extra'],
    [`GET ${v1}/human_contacts/c1`, { ...contact(), extra: 3 }, '/extra'],
    [`GET ${v1}/agent/human_contacts/pending`, [{ ...contact(), extra: 3 }], '/0/extra'],
  ])('are judged in the answer to %s', (request, body, pointer) => {
    expect(on('no-new-members', request, { body })).toMatchObject({
      pointer: pointer === '/items' ? '/extra' : pointer,
    })
  })

  test.each<[string, Told]>([
    [get, { status: 404, body: extra }],
    [get, { status: 201, body: extra }],
    [`GET ${v1}/function_calls_old`, { body: extra }],
    [`GET ${v1}/x/function_calls/c1`, { body: extra }],
    [`GET ${v1}/x/human_contacts/c1`, { body: extra }],
    [`GET ${v1}/human_contacts_old`, { body: extra }],
    [`GET ${v1}/project`, { body: extra }],
    ['GET /v1/function_calls/c1', { body: extra }],
    [list, { body: [] }],
  ])('are not judged in the answer to %s', (request, told) => {
    expect(on('no-new-members', request, told)).toBe('not judged')
  })

  test('are none in what is no call', () => {
    expect(on('member-types', get, { body: 'call' })).toMatchObject({ expected: 'an object', pointer: '' })
    expect(on('member-types', list, { body: [null] })).toMatchObject({ expected: 'an object', pointer: '/0' })
  })
})

describe('a time', () => {
  const judge = (status: unknown, request = get, body: unknown = call(status)) =>
    on('instants', request, { body })
  const expected = (name: string) => `an RFC 3339 time with an offset in ${name}`

  test.each(['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123456+00:00', '2026-01-31T12:00:00-05:30'])(
    'may be %s',
    (at) => {
      expect(judge({ requested_at: at, responded_at: at })).toBe('kept')
    },
  )

  test.each([
    '2026-01-31T12:00:00',
    '2026-01-31 12:00:00Z',
    'x2026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Zx',
    '2026-01-31T12:00:00.Z',
    '2026-01-31T12:00:00+0100',
    '2026-1-31T12:00:00Z',
    '',
    12,
  ])('is not %s', (at) => {
    expect(judge({ requested_at: at })).toEqual({
      expected: expected('requested_at'),
      actual: JSON.stringify(at),
      pointer: '/status/requested_at',
    })
    expect(judge({ ...pending, responded_at: at })).toMatchObject({ pointer: '/status/responded_at' })
  })

  test('may be missing, but for the request of a call that was answered', () => {
    expect(judge({})).toBe('kept')
    expect(judge({ requested_at: null, responded_at: null })).toBe('kept')
    expect(judge({ ...approved, responded_at: null })).toBe('kept')
    for (const verdict of [true, false])
      expect(judge({ approved: verdict })).toMatchObject({ actual: 'nothing' })
    expect(judge({ approved: null })).toBe('kept')
    expect(judge(null, getContact, contact({ response: 'yes' }))).toMatchObject({ actual: 'nothing' })
    expect(judge(null, getContact, contact({ response: '' }))).toBe('kept')
    expect(judge(null, getContact, contact({ approved: true, response: 3 }))).toBe('kept')
    expect(judge({ response: 'yes' })).toBe('kept')
  })

  test('is not judged where there is no status', () => {
    expect(judge(null)).toBe('not judged')
    expect(judge('pending')).toBe('not judged')
    expect(on('instants', list, { body: [call(null), call()] })).toBe('kept')
    expect(on('instants', list, { body: [call(), call({ requested_at: 1 })] })).toMatchObject({
      pointer: '/1/status/requested_at',
    })
  })
})

test('a pending function call has no responded_at', () => {
  const judge = (status: unknown) => on('pending-unanswered', get, { body: call(status) })

  expect(judge(pending)).toBe('kept')
  expect(judge({ ...pending, approved: null, responded_at: null })).toEqual({
    expected: 'no responded_at in the status of a pending function call',
    actual: 'null',
    pointer: '/status/responded_at',
  })
  expect(judge({ ...pending, responded_at: 'x' })).toMatchObject({ actual: '"x"' })
  expect(judge(approved)).toBe('not judged')
  expect(on('pending-unanswered', getContact, { body: contact({ responded_at: null }) })).toBe('not judged')
})

test('a denial has a comment', () => {
  const judge = (status: unknown) => on('denial-comment', get, { body: call(status) })
  const finding = { expected: 'a text as the comment of a denial', pointer: '/status/comment' }

  expect(judge({ approved: false, comment: '' })).toBe('kept')
  expect(judge({ approved: false, comment: null })).toEqual({ ...finding, actual: 'null' })
  expect(judge({ approved: false })).toEqual({ ...finding, actual: 'nothing' })
  expect(judge(approved)).toBe('not judged')
  expect(judge(pending)).toBe('not judged')
})

test('a terminal human contact has a text', () => {
  const judge = (status: unknown) => on('answer-not-empty', getContact, { body: contact(status) })
  const finding = { expected: 'a response of at least one character', pointer: '/status/response' }

  expect(judge({ responded_at: 'now', response: 'x' })).toBe('kept')
  expect(judge({ responded_at: 'now', response: '' })).toEqual({ ...finding, actual: '""' })
  expect(judge({ responded_at: 'now', response: 3 })).toEqual({ ...finding, actual: '3' })
  expect(judge({ responded_at: 'now' })).toEqual({ ...finding, actual: 'nothing' })
  expect(judge({ responded_at: null })).toBe('not judged')
  expect(judge({})).toBe('not judged')
  expect(on('answer-not-empty', get, { body: call(approved) })).toBe('not judged')
})

describe('a channel', () => {
  const judge = (name: string, channel: unknown) => on(name, get, { body: call(pending, channel) })
  const slack = (more: object = {}) => ({ slack: { channel_or_user_id: 'C', ...more } })

  test('shows no bot token', () => {
    expect(judge('channel-shown', slack())).toBe('kept')
    expect(judge('channel-shown', slack({ bot_token: null }))).toEqual({
      expected: 'no bot_token',
      actual: 'a bot_token',
      pointer: '/spec/channel/slack/bot_token',
    })
  })

  test('has no empty list of responders', () => {
    expect(judge('no-empty-responders', slack())).toBe('kept')
    expect(judge('no-empty-responders', slack({ allowed_responder_ids: null }))).toBe('kept')
    expect(judge('no-empty-responders', slack({ allowed_responder_ids: ['U'] }))).toBe('kept')
    for (const ids of [[], 'U', { length: 1 }])
      expect(judge('no-empty-responders', slack({ allowed_responder_ids: ids }))).toEqual({
        expected: 'null, or a list of at least one responder',
        actual: JSON.stringify(ids),
        pointer: '/spec/channel/slack/allowed_responder_ids',
      })
  })

  test.each(['subject', 'references_message_id', 'in_reply_to_message_id', 'in_reply_to'])(
    'of e-mail does not show %s',
    (name) => {
      expect(judge('email-names', { email: { address: 'a', experimental_subject_line: 's' } })).toBe('kept')
      expect(judge('email-names', { email: { address: 'a', [name]: null } })).toEqual({
        expected: 'only e-mail threading members that begin with experimental_',
        actual: `the member ${name}`,
        pointer: `/spec/channel/email/${name}`,
      })
    },
  )

  test('is judged where there is one', () => {
    for (const name of ['channel-shown', 'no-empty-responders', 'email-names']) {
      expect(judge(name, null)).toBe('not judged')
      expect(judge(name, 'slack')).toBe('not judged')
      expect(judge(name, { slack: null, email: null })).toBe('not judged')
      expect(on(name, get, { body: { ...call(), spec: null } })).toBe('not judged')
      expect(on(name, get, { body: 'call' })).toBe('not judged')
    }
  })
})

describe('who reads a call', () => {
  test.each(['function_calls', 'contact_requests', 'human_contacts'])('is not slowed down at %s', (noun) => {
    const request = `GET ${v1}/${noun}/c1`
    expect(on('polls', request)).toBe('kept')
    expect(on('polls', request, { status: 429 })).toEqual({
      expected: 'no limit for reading',
      actual: 'HTTP 429',
    })
  })

  test.each<[string, Told]>([
    [`POST ${v1}/function_calls/c1`, {}],
    [get, { key: 'nobody' }],
    [`${get}/respond`, {}],
    [list, {}],
    [`GET ${v1}/function_calls`, {}],
    ['GET /v1/function_calls/c1', {}],
  ])('may be slowed down at %s', (request, told) => {
    expect(on('polls', request, { status: 429, ...told })).toBe('not judged')
  })
})

test('each oracle of the profile makes a claim and looks at its answers alone', () => {
  const exchanges = transcript(
    [get, { status: null }],
    ['GET /v1/function_calls/c1', { status: 500, body: call() }],
  )

  for (const oracle of humanlayerInvariants) {
    expect(oracle.title).toMatch(/^(every|no|the|only|nobody) \w+ .+/)
    expect(oracle.explains).toBe(true)
    expect(oracle.judge({ subject, exchanges })).toEqual({ subjects: 0, findings: [] })
  }
})
