import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { Policy, PolicyMatcher } from '../schemas/policy.ts'
import { matcherFaults, policyFor, tryPolicies } from './policies.ts'

type Bounds = Omit<PolicyMatcher, 'pointer'>

describe('a matcher', () => {
  test.each<[bounds: Bounds, value: string, verdict: 'met' | 'not met' | 'in doubt']>([
    [{ equals: 'EUR' }, '"EUR"', 'met'],
    [{ equals: 'EUR' }, '"eur"', 'not met'],
    [{ equals: 'EUR' }, 'null', 'in doubt'],
    [{ equals: 1 }, '1.0', 'met'],
    [{ equals: 1 }, '"1"', 'in doubt'],
    [{ equals: true }, 'false', 'not met'],
    [{ equals: true }, '1', 'in doubt'],
    [{ one_of: ['a', 'b'] }, '"b"', 'met'],
    [{ one_of: ['a', 1] }, '2', 'not met'],
    [{ one_of: ['a', 1] }, 'true', 'in doubt'],
    [{ at_most: 50 }, '50', 'met'],
    [{ at_most: 50 }, '50.01', 'not met'],
    [{ at_most: 50 }, '5e1', 'met'],
    [{ at_most: 50 }, '"50"', 'in doubt'],
    [{ at_most: 50 }, '[50]', 'in doubt'],
    [{ at_most: 50 }, '{}', 'in doubt'],
    [{ at_most: 9_007_199_254_740_991 }, '9007199254740993', 'not met'],
    [{ at_least: 9_007_199_254_740_991 }, '9007199254740993', 'met'],
    [{ less_than: 50 }, '50', 'not met'],
    [{ more_than: 0 }, '0', 'not met'],
    [{ more_than: 0 }, '-1', 'not met'],
    [{ more_than: 0, at_most: 50 }, '1e-9', 'met'],
    [{ at_least: -5 }, '-5', 'met'],
    [{ starts_with: '/tmp/' }, '"/tmp/a"', 'met'],
    [{ starts_with: '/tmp/' }, '"/tmp"', 'not met'],
    [{ starts_with: '/tmp/' }, '7', 'in doubt'],
    [{ ends_with: '@ours.com' }, '"a@ours.com.evil"', 'not met'],
    [{ starts_with: 'a', ends_with: 'z' }, '"az"', 'met'],
  ])('%j of %s is %s', (bounds, value, verdict) => {
    const approves = matches({ effect: 'approve', kwargs: [{ pointer: '/x', ...bounds }] }, `{"x":${value}}`)
    const denies = matches({ effect: 'deny', kwargs: [{ pointer: '/x', ...bounds }] }, `{"x":${value}}`)

    expect([approves, denies]).toEqual(
      { met: [true, true], 'not met': [false, false], 'in doubt': [false, true] }[verdict],
    )
  })

  test.each([
    ['/a~1b/~01', '{"a/b":{"~1":7}}', true],
    ['/a/1', '{"a":[1,7]}', true],
    ['/a/01', '{"a":[1,7]}', false],
    ['/a/-', '{"a":[1,7]}', false],
    ['/a/length', '{"a":[1,7]}', false],
    ['/a/b', '{"a":"b"}', false],
    ['/__proto__', '{}', false],
    ['/toString', '{}', false],
    ['/__proto__', '{"__proto__":7}', true],
    ['/', '{"":7}', true],
  ])('at %s of %s finds a value: %s', (pointer, kwargs, found) => {
    expect(matches({ effect: 'approve', kwargs: [{ pointer, equals: 7 }] }, kwargs)).toBe(found)
  })

  test.each<[PolicyMatcher, boolean]>([
    [{ pointer: '/x', equals: 'a', at_most: 5 }, false],
    [{ pointer: '/x', equals: 'a', starts_with: 'a' }, true],
    [{ pointer: '/x', at_most: 2 ** 53 }, false],
    [{ pointer: '/x', one_of: [1, 'a'], more_than: 0 }, true],
  ])('%j can match something: %s', (matcher, can) => {
    expect(matcherFaults(matcher, '/m')).toHaveLength(can ? 0 : 1)
  })
})

describe('a policy', () => {
  test.each<[fn: string | string[], name: string, about: boolean]>([
    ['refund', 'refund', true],
    ['refund', 'Refund', false],
    ['refund', 'refund2', false],
    ['db.drop_*', 'db.drop_table', true],
    ['db.drop_*', 'dbXdrop_table', false],
    ['*', '', true],
    ['*.read', 'files.read', true],
    ['*.read', 'files.reader', false],
    ['a*b*c', 'a1b2b3c', true],
    ['a*b*c', 'abb', false],
    ['ab*ba', 'aba', false],
    ['a*a', 'a', false],
    ['a**a', 'aa', true],
    [['refund', 'credit*'], 'credit_note', true],
    ['line*end', 'line\nend', true],
  ])('about %j is about %j: %s', (fn, name, about) => {
    expect(matches({ fn, effect: 'ask' }, '{}', name)).toBe(about)
  })

  test('is the first that matches (policy.first-match)', () => {
    const policies = [
      policy('none', { fn: 'pay' }),
      policy('small', { kwargs: [{ pointer: '/amount', at_most: 50 }], effect: 'approve' }),
      policy('rest', { effect: 'deny' }),
      policy('never', { effect: 'approve' }),
    ]

    expect(policyFor(call('{"amount":50}'), policies)?.name).toBe('small')
    expect(policyFor(call('{"amount":51}'), policies)?.name).toBe('rest')
    expect(policyFor(call('{}'), policies)?.name).toBe('rest')
    expect(policyFor(call('{}', 'other'), policies)).toBeUndefined()
  })

  test('that approves is passed over where a person is required (policy.requires-person)', () => {
    const policies = [policy('yes', { effect: 'approve' }), policy('two', { effect: 'ask' })]

    expect(policyFor({ ...call('{}'), requires_person: true }, policies)?.name).toBe('two')
    expect(policyFor({ ...call('{}'), requires_person: false }, policies)?.name).toBe('yes')
  })

  test('says why it does not match, and what is in doubt', () => {
    const policies = [
      policy('other', { fn: 'pay' }),
      policy('small', {
        effect: 'approve',
        kwargs: [
          { pointer: '/amount', at_most: 50 },
          { pointer: '/currency', equals: 'EUR' },
        ],
      }),
      policy('large', { effect: 'ask', kwargs: [{ pointer: '/amount', at_least: 1000 }] }),
    ]

    const trials = tryPolicies(call('{"amount":"60"}'), policies)

    expect(trials.map(({ matches: does, reasons }) => [does, reasons])).toEqual([
      [false, ['It is not about the function "refund".']],
      [false, ['/amount is no number.', '/currency is not there.']],
      [true, ['/amount is no number.']],
    ])
  })

  test('is in doubt about a number that takes too long to compare (policy.doubt-is-strict)', () => {
    const kwargs = `{"amount":${'9'.repeat(21_000_000)}}`
    const wish: Partial<Policy> = { kwargs: [{ pointer: '/amount', at_most: 1_000 }] }

    expect(matches({ ...wish, effect: 'deny' }, kwargs)).toBe(true)
    expect(matches({ ...wish, effect: 'approve' }, kwargs)).toBe(false)
  })

  test.each<[name: string, matcher: Omit<PolicyMatcher, 'pointer'>]>([
    ['bounds without a number between them', { at_least: 10, at_most: 5 }],
    ['bounds that leave out the one number between them', { more_than: 5, at_most: 5 }],
    ['a value beyond a bound', { equals: 6, at_most: 5 }],
    ['values of which none is meant', { one_of: ['a', 'b'], starts_with: 'c' }],
    ['a value that is none of the values', { equals: 'a', one_of: ['b'] }],
  ])('cannot have %s', (_name, matcher) => {
    expect(matcherFaults({ pointer: '/a', ...matcher }, '/at')).toMatchObject([{ pointer: '/at' }])
  })

  test.each<Omit<PolicyMatcher, 'pointer'>>([
    { at_least: 5, at_most: 5 },
    { more_than: 4, less_than: 6 },
    { one_of: ['ab', 'b'], starts_with: 'a' },
    { equals: 'a', one_of: ['a'] },
    { equals: 5 },
    { starts_with: 'a', ends_with: 'b' },
  ])('can have %j', (matcher) => {
    expect(matcherFaults({ pointer: '/a', ...matcher }, '/at')).toEqual([])
  })

  test('compares a name with many stars in a moment', () => {
    const fn = '*a'.repeat(100)

    expect(matches({ fn, effect: 'ask' }, '{}', `${'a'.repeat(255)}b`)).toBe(false)
  })
})

function policy(name: string, wish: Partial<Policy> = {}): Policy {
  return { name, fn: 'refund', effect: 'ask', ...wish }
}

function call(kwargs: string, fn = 'refund'): { fn: string; kwargs: RawJson } {
  return { fn, kwargs: new RawJson(kwargs) }
}

function matches(wish: Partial<Policy>, kwargs: string, fn = 'refund'): boolean {
  return policyFor(call(kwargs, fn), [policy('it', wish)]) !== undefined
}
