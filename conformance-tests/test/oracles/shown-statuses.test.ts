import { describe, expect, test } from 'vitest'
import { functionCallInvariants } from '../../src/oracles/function-call.ts'
import { humanContactInvariants } from '../../src/oracles/human-contact.ts'
import { keyInvariants } from '../../src/oracles/keys.ts'
import { subject, transcript, verdictOn, type Line, type Told } from '../transcripts.ts'

const call = '/v1/function_calls/c1'
const pending = { state: 'pending', approved: null, comment: null }
const approved = {
  state: 'approved',
  approved: true,
  comment: 'go ahead',
  responder: { id: 'r' },
  responded_at: '2026-01-31T12:00:00Z',
  completed_at: '2026-01-31T12:00:00Z',
  responses: [{}],
}
const answered = { ...approved, state: 'answered', response: 'eu-west' }

const ofFunctionCall = (requirement: string, status: unknown, told: Told = {}, request = `GET ${call}`) =>
  verdictOn(functionCallInvariants, requirement, request, { body: { status }, ...told })

describe('a status', () => {
  const judge = (...line: Line) =>
    verdictOn(functionCallInvariants, 'function-call.approved-mirrors-state', ...line)
  const wrong = { ...approved, approved: null }
  const finding = { expected: 'true in the state approved', actual: 'null' }

  test.each<[string, Line, string]>([
    ['in a call', [`GET ${call}`, { body: { status: wrong } }], '/status/approved'],
    [
      'in a new call',
      ['POST /v1/function_calls', { status: 201, body: { status: wrong } }],
      '/status/approved',
    ],
    ['in what a query asked for', [`GET ${call}?wait=1`, { body: { status: wrong } }], '/status/approved'],
    [
      'in a list',
      ['GET /v1/function_calls?limit=2', { body: { items: [3, { status: pending }, { status: wrong }] } }],
      '/items/2/status/approved',
    ],
    [
      'that has won',
      [`POST ${call}/respond`, { status: 409, body: { winning_status: wrong } }],
      '/winning_status/approved',
    ],
  ])('is judged %s', (_, line, pointer) => {
    expect(judge(...line)).toEqual({ ...finding, pointer })
  })

  test.each<[string, Line]>([
    ['of a human contact', ['GET /v1/human_contacts/c1', { body: { status: wrong } }]],
    ['of another collection', ['GET /v1/function_calls_old', { body: { status: wrong } }]],
    ['of the HumanLayer profile', ['GET /humanlayer/v1/function_calls/c1', { body: { status: wrong } }]],
    ['with an error', [`GET ${call}`, { status: 404, body: { status: wrong } }]],
    ['with an error that has items', [`GET ${call}`, { status: 404, body: { items: [{ status: wrong }] } }]],
    ['of a conflict that has none', [`GET ${call}`, { status: 409, body: { status: wrong } }]],
    ['with another success', [`GET ${call}`, { status: 202, body: { status: wrong } }]],
    ['in what is no JSON', [`GET ${call}`, { text: 'approved' }]],
    ['in null', [`GET ${call}`, { text: 'null' }]],
    ['in an array', [`GET ${call}`, { body: [{ status: wrong }] }]],
    ['that is a text', [`GET ${call}`, { body: { status: 'approved' } }]],
    ['that is null', [`GET ${call}`, { body: { status: null } }]],
    ['whose state is no text', [`GET ${call}`, { body: { status: { ...wrong, state: 3 } } }]],
    ['of an empty list', ['GET /v1/function_calls', { body: { items: [] } }]],
    ['in a list of null', ['GET /v1/function_calls', { body: { items: [null] } }]],
    ['that did not come', [`GET ${call}`, { status: null }]],
  ])('is not judged %s', (_, line) => {
    expect(judge(...line)).toBe('not judged')
  })
})

describe('approved', () => {
  test.each([
    ['pending', null],
    ['approved', true],
    ['denied', false],
    ['expired', false],
    ['cancelled', false],
    ['brand_new', false],
  ])('is in the state %s %s and nothing else', (state, right) => {
    const judge = (value: unknown) =>
      ofFunctionCall('function-call.approved-mirrors-state', { state, approved: value })

    expect(judge(right)).toBe('kept')
    for (const wrong of [null, true, false, undefined].filter((value) => value !== right))
      expect(judge(wrong)).toEqual({
        expected: `${right} in the state ${state}`,
        actual: wrong === undefined ? 'nothing' : String(wrong),
        pointer: '/status/approved',
      })
  })
})

test('each kind of call is judged by its own oracles', () => {
  const broken = {
    body: {
      status: { ...answered, ...approved, approved: null, comment: null, responses: [], responder: null },
    },
  }
  const judged = (group: typeof functionCallInvariants, path: string) =>
    group.map(({ requirement }) => verdictOn(group, requirement, `GET ${path}`, broken) !== 'not judged')

  expect(judged(functionCallInvariants, call)).toEqual([true, true, true, true])
  expect(judged(functionCallInvariants, '/v1/human_contacts/c1')).toEqual([false, false, false, false])
  expect(judged(humanContactInvariants, '/v1/human_contacts/c1')).toEqual([true, true])
  expect(judged(humanContactInvariants, call)).toEqual([false, false])
})

test('a terminal function call has a comment', () => {
  const judge = (status: unknown) => ofFunctionCall('function-call.terminal-comment', status)

  expect(judge(pending)).toBe('kept')
  expect(judge({ state: 'denied', comment: '' })).toBe('kept')
  expect(judge({ state: 'denied', comment: null })).toEqual({
    expected: 'a string in the state denied',
    actual: 'null',
    pointer: '/status/comment',
  })
})

describe.each([
  [functionCallInvariants, 'function-call', 'respond-decides', call, { ...approved, state: 'denied' }],
  [functionCallInvariants, 'function-call', 'respond-decides', call, approved],
  [humanContactInvariants, 'human-contact', 'respond-answers', '/v1/human_contacts/c1', answered],
])('%# a decided call', (group, noun, decides, path, status) => {
  const judge = (requirement: string, body: unknown, told: Told = {}) =>
    verdictOn(group, `${noun}.${requirement}`, `GET ${path}`, { body, ...told })

  test.each(['responder', 'responded_at', 'completed_at'])('shows its %s', (name) => {
    expect(judge(decides, { status })).toBe('kept')
    for (const value of [null, undefined])
      expect(judge(decides, { status: { ...status, [name]: value } })).toEqual({
        expected: `${name} that is not null in the state ${status.state}`,
        actual: value === null ? 'null' : 'nothing',
        pointer: `/status/${name}`,
      })
  })

  test('lists its answer', () => {
    expect(judge('responses-recorded', { status })).toBe('kept')
    for (const responses of [[], null, { length: 1 }])
      expect(judge('responses-recorded', { status: { ...status, responses } })).toEqual({
        expected: `the answer in responses in the state ${status.state}`,
        actual: JSON.stringify(responses),
        pointer: '/status/responses',
      })
  })

  test('may show less of it where it is the one that has won', () => {
    const conflict = { status: 409, body: { winning_status: { state: status.state } } }

    expect(judge(decides, undefined, conflict)).toBe('kept')
    expect(judge('responses-recorded', undefined, conflict)).toBe('kept')
  })

  test('is one that a person decided', () => {
    for (const state of ['pending', 'expired', 'cancelled']) {
      expect(judge(decides, { status: { state } })).toBe('kept')
      expect(judge('responses-recorded', { status: { state } })).toBe('kept')
    }
  })
})

test('every 401 says how to authenticate', () => {
  const judge = (told: Told, request = 'GET /v1/project') =>
    verdictOn(keyInvariants, 'auth.challenge', request, { status: 401, ...told })
  const expected = 'a WWW-Authenticate header'

  expect(judge({ headers: { 'www-authenticate': 'Bearer' } })).toBe('kept')
  expect(judge({})).toEqual({ expected, actual: 'none' })
  expect(judge({ headers: { 'www-authenticate': ' ' } })).toEqual({ expected, actual: ' ' })
  expect(judge({ status: 403 })).toBe('not judged')
  expect(judge({}, 'GET /humanlayer/v1/project')).toBe('not judged')
  expect(judge({}, 'GET /v1/humanlayer/v1/project')).not.toBe('not judged')
})

test('what only follows from another fault explains nothing', () => {
  const explaining = [...functionCallInvariants, ...humanContactInvariants, ...keyInvariants]
    .filter(({ explains }) => explains)
    .map(({ requirement }) => requirement)

  expect(explaining).toEqual([
    'function-call.approved-mirrors-state',
    'function-call.terminal-comment',
    'auth.challenge',
  ])
})

test('each oracle makes a claim and looks at answers alone', () => {
  for (const oracle of [...functionCallInvariants, ...humanContactInvariants, ...keyInvariants]) {
    expect(oracle.title).toMatch(/^(every|an?|approved) \w+ .+/)
    const exchanges = transcript([`GET ${call}`, { status: null }], ['GET /healthz', { body: {} }])
    expect(oracle.judge({ subject, exchanges })).toEqual({ subjects: 0, findings: [] })
  }
})
