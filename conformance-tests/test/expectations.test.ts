import { describe, expect, test } from 'vitest'
import {
  describe as described,
  expectEqualJson,
  expectOrder,
  expectPlace,
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
  valueAt,
} from '../src/expectations.ts'
import { Reply } from '../src/reply.ts'
import { judging, violate, Violation } from '../src/violation.ts'
import { transcript } from './transcripts.ts'

function reply(status: number, body: unknown): Reply {
  const told = typeof body === 'string' ? { status, text: body } : { status, body }
  const [exchange] = transcript(['GET /', told])
  return new Reply(exchange!, exchange!.response!)
}

/** What an expectation finds, or undefined when it holds. */
function findingOf(act: () => void): Violation['finding'] | undefined {
  try {
    act()
  } catch (error) {
    if (error instanceof Violation) return error.finding
    throw error
  }
  return undefined
}

const problem = (more: object = {}) => reply(404, { code: 'not_found', ...more })

test('a value is shown as JSON, and cut where it is long', () => {
  expect(show({ a: [1, null] })).toBe('{"a":[1,null]}')
  expect(show(undefined)).toBe('nothing')
  expect(show('x'.repeat(298))).toBe(`"${'x'.repeat(298)}"`)
  expect(show('x'.repeat(299))).toBe(`"${'x'.repeat(299)}… (301 characters)`)
})

test('a status is one of those that are allowed', () => {
  expect(findingOf(() => expectStatus(reply(200, ''), 200))).toBeUndefined()
  expect(findingOf(() => expectStatus(reply(201, ''), 200, 201))).toBeUndefined()
  expect(findingOf(() => expectStatus(problem(), 200, 201))).toEqual({
    expected: 'HTTP 200 or 201',
    actual: 'HTTP 404 with the code not_found',
    exchange: 1,
  })
})

test('a problem has its status and its code', () => {
  expect(findingOf(() => expectProblem(problem(), 404, 'not_found'))).toBeUndefined()
  expect(findingOf(() => expectProblem(problem(), 404))).toBeUndefined()
  expect(findingOf(() => expectProblem(problem(), 400, 'not_found'))).toEqual({
    expected: 'HTTP 400 with the code not_found',
    actual: 'HTTP 404 with the code not_found',
    exchange: 1,
  })
  expect(findingOf(() => expectProblem(problem(), 400))).toMatchObject({ expected: 'HTTP 400' })
  expect(findingOf(() => expectProblem(problem(), 404, 'gone'))).toMatchObject({
    expected: 'HTTP 404 with the code gone',
  })
})

describe('an answer is described', () => {
  test.each([
    [200, '{"a":1}', 'HTTP 200'],
    [399, 'x', 'HTTP 399'],
    [400, 'x', 'HTTP 400 with "x"'],
    [404, '', 'HTTP 404 without a body'],
    [404, '{"code":"gone"}', 'HTTP 404 with the code gone'],
    [404, '{"code":3}', 'HTTP 404 with "{\\"code\\":3}"'],
    [200, '{"code":"odd"}', 'HTTP 200 with the code odd'],
    [500, 'x'.repeat(200), `HTTP 500 with "${'x'.repeat(120)}"`],
    [500, 'null', 'HTTP 500 with "null"'],
  ])('of %s with %s', (status, body, text) => {
    expect(described(reply(status, body))).toBe(text)
  })
})

test('an error names a place', () => {
  const naming = (...pointers: unknown[]) => problem({ errors: pointers.map((pointer) => ({ pointer })) })

  expect(findingOf(() => expectPlace(naming('/a', '/b'), '/b'))).toBeUndefined()
  expect(findingOf(() => expectPlace(naming('/a', 3), '/b'))).toEqual({
    expected: 'an entry of errors with the pointer "/b"',
    actual: 'the pointers ["/a",3]',
    exchange: 1,
    pointer: '/errors',
  })
  expect(findingOf(() => expectPlace(problem({ errors: [null] }), '/b'))).toMatchObject({
    actual: 'the pointers [null]',
  })
  for (const other of [problem(), problem({ errors: '/b' }), reply(404, 'text')])
    expect(findingOf(() => expectPlace(other, '/b'))).toMatchObject({ actual: 'the pointers []' })
})

test('a value equals another one, whatever the order of its members', () => {
  const answer = reply(200, { status: { a: 1, b: [2] } })

  expect(findingOf(() => expectValue(answer, '/status', { b: [2], a: 1 }))).toBeUndefined()
  expect(findingOf(() => expectValue(answer, '/status/c', undefined))).toBeUndefined()
  expect(findingOf(() => expectValue(answer, '/status/a', '1'))).toEqual({
    expected: '"1" at /status/a',
    actual: '1',
    exchange: 1,
    pointer: '/status/a',
  })
})

test('what a check worked out holds, at a place where there is one', () => {
  const at = { reply: reply(200, ''), pointer: '/a' }
  const finding = { expected: 'a', actual: 'b' }

  expect(findingOf(() => expectThat(true, 'a', 'b', at))).toBeUndefined()
  expect(findingOf(() => expectThat(false, 'a', 'b', at))).toEqual({ ...finding, exchange: 1, pointer: '/a' })
  expect(findingOf(() => expectThat(false, 'a', 'b', { pointer: '' }))).toEqual({ ...finding, pointer: '' })
  expect(findingOf(() => expectThat(false, 'a', 'b'))).toEqual(finding)
})

test('a pointer leads to a value', () => {
  const value = { a: { 'b/c': [1, { '~': 2 }] }, '': 3, n: null, t: 'text' }

  expect(valueAt(value, '')).toBe(value)
  expect(valueAt(value, '/')).toBe(3)
  expect(valueAt(value, '/a/b~1c/0')).toBe(1)
  expect(valueAt(value, '/a/b~1c/1/~0')).toBe(2)
  for (const pointer of ['/x/y', '/n/y', '/t/length', '/a/b~1c/7/x'])
    expect(valueAt(value, pointer)).toBeUndefined()
  expect(valueAt({ '~1': 'right', '/': 'wrong' }, '/~01')).toBe('right')
})

describe('an unchanged call', () => {
  const status = { state: 'approved', comment: 'a', contacts: [] }
  const before = { run_id: 'r', call_id: 'c', status }
  const find = (after: object) => findingOf(() => expectUnchanged(reply(200, after), reply(200, before)))

  test('may go on with its contacts', () => {
    expect(find(before)).toBeUndefined()
    expect(find({ ...before, more: 1, status: { ...status, contacts: [{}] } })).toBeUndefined()
  })

  test.each(['run_id', 'call_id'])('keeps its %s', (name) => {
    expect(find({ ...before, [name]: 'other' })).toMatchObject({ pointer: `/${name}`, actual: '"other"' })
  })

  test.each([
    'state',
    'requested_at',
    'requested_by',
    'expires_at',
    'channel',
    'completed_at',
    'responded_at',
    'responder',
    'responses',
    'escalations',
    'approved',
    'comment',
    'reject_option_name',
    'edited_kwargs',
    'response',
    'response_option_name',
    'response_data',
  ])('keeps its %s', (name) => {
    expect(find({ ...before, status: { ...status, [name]: 'other' } })).toMatchObject({
      pointer: `/status/${name}`,
      actual: '"other"',
    })
  })
})

test('JSON equals JSON number for number', () => {
  const answer = reply(200, '{"a": {"x": 9007199254740993, "y": [1.0]}}')
  const long = `{"x":"${'z'.repeat(400)}"}`

  expect(findingOf(() => expectEqualJson(answer, '/a', '{"y":[1],"x":9007199254740993}'))).toBeUndefined()
  expect(findingOf(() => expectEqualJson(answer, '/a', '{"y":[1],"x":9007199254740992}'))).toEqual({
    expected: '9007199254740992',
    actual: '9007199254740993',
    exchange: 1,
    pointer: '/a/x',
  })
  expect(findingOf(() => expectEqualJson(reply(200, 'no JSON'), '', '1'))).toMatchObject({
    actual: 'nothing',
  })
  expect(findingOf(() => expectEqualJson(answer, '/a/y', long))?.expected).toBe(
    `${long.slice(0, 300)}… (${long.length} characters)`,
  )
  const edge = `"${'z'.repeat(298)}"`
  expect(findingOf(() => expectEqualJson(answer, '/a/y', edge))?.expected).toBe(edge)
  expect(() => expectEqualJson(answer, '', '{')).toThrow(/^A check expects what is no JSON: \{$/)
  expect(() => expectEqualJson(answer, '', `{${'x'.repeat(100)}`)).toThrow(
    new Error(`A check expects what is no JSON: {${'x'.repeat(79)}`),
  )
})

test('members stand in their order', () => {
  const answer = reply(200, '{"a": {"y": 1, "x": {"2": 1, "1": 2}}}')

  expect(findingOf(() => expectOrder(answer, '/a', '{"y":0,"x":{"2":0,"1":0}}'))).toBeUndefined()
  expect(findingOf(() => expectOrder(answer, '/a', '{"y":0,"x":{"1":0,"2":0}}'))).toEqual({
    expected: 'the members in the order ["1","2"]',
    actual: '["2","1"]',
    exchange: 1,
    pointer: '/a/x',
  })
})

describe('a violation', () => {
  test('says what was expected', () => {
    const [exchange] = transcript(['GET /'])

    expect(() => violate('a', 'b')).toThrow('expected a, got b')
    expect(findingOf(() => violate('a', 'b'))).toEqual({ expected: 'a', actual: 'b' })
    expect(findingOf(() => violate('a', 'b', { exchange: exchange!, pointer: '' }))).toEqual({
      expected: 'a',
      actual: 'b',
      exchange: 1,
      pointer: '',
    })
  })

  test('belongs to the requirement of the step, unless it names another one', async () => {
    const finding = { expected: 'a', actual: 'b', exchange: 3 }
    const caught = (error: Error) =>
      judging('call.cancel', () => {
        throw error
      }).catch((thrown: unknown) => thrown)

    expect(await judging('call.cancel', () => 3)).toBe(3)
    expect(await judging('call.cancel', async () => 4)).toBe(4)
    expect(await caught(new Violation(finding))).toMatchObject({
      finding: { ...finding, requirement: 'call.cancel' },
    })
    const other = new Violation({ ...finding, requirement: 'time.format' })
    expect(await caught(other)).toBe(other)
    const bug = new TypeError('bug')
    expect(await caught(bug)).toBe(bug)
    await expect(judging('call.cancel', () => Promise.reject(new Violation(finding)))).rejects.toMatchObject({
      finding: { requirement: 'call.cancel' },
    })
  })
})
