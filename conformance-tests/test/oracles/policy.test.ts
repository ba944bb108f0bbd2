import { describe, expect, test } from 'vitest'
import { parseExactJson } from '../../src/exact-json.ts'
import {
  applies,
  policyFor,
  standingOf,
  standingOfMatcher,
  type PolicySubject,
} from '../../src/oracles/policy.ts'
import { readProject, type ShownMatcher, type ShownPolicy } from '../../src/project.ts'

function call(fn: string, kwargs = '{}', requires_person?: boolean): PolicySubject {
  return { fn, kwargs: parseExactJson(kwargs)!, ...(requires_person !== undefined && { requires_person }) }
}

function policy(wish: object): ShownPolicy {
  const [read] = readProject(
    { policies: [{ name: 'rule', fn: 'pay', effect: 'approve', ...wish }] },
    { is_admin: true },
  ).policies
  return read!
}

describe('the name of a function', () => {
  test.each<[string | string[], string, boolean]>([
    ['pay', 'pay', true],
    ['pay', 'pays', false],
    ['pay', 'Pay', false],
    ['a.b', 'axb', false],
    ['a*', 'a', true],
    ['a*', 'a\nb', true],
    ['*', '', true],
    ['*b', 'abc', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a.*.b_*', 'a.b_c', false],
    ['a.*.b_*', 'a..b_', true],
    ['a**c', 'abc', true],
    [['pay', 'refund'], 'refund', true],
    [[], 'refund', false],
  ])('%j and %j: %s', (fn, name, isAbout) => {
    expect(standingOf(policy({ fn }), call(name))).toBe(isAbout ? 'matches' : 'differs')
  })
})

describe('a matcher', () => {
  const at = (pointer: string, members: object) => ({ pointer, ...members }) as ShownMatcher
  const standing = (members: object, value: string) =>
    standingOfMatcher(at('/v', members), parseExactJson(`{"v":${value}}`)!)

  test.each<[object, string, string]>([
    [{ equals: 'a' }, '"a"', 'matches'],
    [{ equals: 'a' }, '"A"', 'differs'],
    [{ equals: 'a' }, '1', 'doubtful'],
    [{ equals: '1' }, '1', 'doubtful'],
    [{ equals: true }, 'true', 'matches'],
    [{ equals: true }, 'false', 'differs'],
    [{ equals: true }, 'null', 'doubtful'],
    [{ equals: true }, '"true"', 'doubtful'],
    [{ equals: 100 }, '1e2', 'matches'],
    [{ equals: 100 }, '100.0', 'matches'],
    [{ equals: 100 }, '101', 'differs'],
    [{ equals: 0 }, '-0', 'matches'],
    [{ equals: 1 }, '[1]', 'doubtful'],
    [{ equals: 1 }, '{"v":1}', 'doubtful'],
    [{ one_of: ['a', 1] }, '1', 'matches'],
    [{ one_of: ['a', 1] }, '"b"', 'differs'],
    [{ one_of: ['a', 1] }, 'true', 'doubtful'],
    [{ at_least: 5 }, '5', 'matches'],
    [{ at_least: 5 }, '4.999', 'differs'],
    [{ at_most: 5 }, '5', 'matches'],
    [{ at_most: 5 }, '5.001', 'differs'],
    [{ more_than: 5 }, '5', 'differs'],
    [{ more_than: 5 }, '6', 'matches'],
    [{ less_than: 5 }, '5', 'differs'],
    [{ less_than: 5 }, '4', 'matches'],
    [{ at_most: 9007199254740991 }, '9007199254740993', 'differs'],
    [{ at_least: 9007199254740991 }, '9007199254740990', 'differs'],
    [{ at_most: 5 }, '"4"', 'doubtful'],
    [{ more_than: 0, at_most: 50 }, '50', 'matches'],
    [{ more_than: 0, at_most: 50 }, '0', 'differs'],
    [{ starts_with: 'tmp-' }, '"tmp-x"', 'matches'],
    [{ starts_with: 'tmp-' }, '"xtmp-"', 'differs'],
    [{ ends_with: '.txt' }, '"a.txt"', 'matches'],
    [{ ends_with: '.txt' }, '"a.txtx"', 'differs'],
    [{ starts_with: 'a', ends_with: 'a' }, '"a"', 'matches'],
    [{ starts_with: 'a' }, '7', 'doubtful'],
    [{ one_of: ['EUR', 978], starts_with: 'E' }, '978', 'doubtful'],
  ])('%j on %s: %s', (members, value, expected) => {
    expect(standing(members, value)).toBe(expected)
  })

  test.each<[string, string, string]>([
    ['/a/b', '{"a":{"b":1}}', 'matches'],
    ['/a/b', '{"a":5}', 'doubtful'],
    ['/a/b', '{}', 'doubtful'],
    ['/a~1b', '{"a/b":1}', 'matches'],
    ['/a~0b', '{"a~b":1}', 'matches'],
    ['/a~01b', '{"a~1b":1}', 'matches'],
    ['/a~01b', '{"a/b":1}', 'doubtful'],
    ['/0', '{"0":1}', 'matches'],
    ['/l/0', '{"l":[1]}', 'matches'],
    ['/l/00', '{"l":[1]}', 'doubtful'],
    ['/l/-', '{"l":[1]}', 'doubtful'],
    ['/l/length', '{"l":[1]}', 'doubtful'],
    ['', '{}', 'doubtful'],
    ['/', '{"":1}', 'matches'],
  ])('at %j in %s: %s', (pointer, kwargs, expected) => {
    expect(standingOfMatcher(at(pointer, { equals: 1 }), parseExactJson(kwargs)!)).toBe(expected)
  })
})

describe('a policy', () => {
  const small = policy({ kwargs: [{ pointer: '/amount', at_most: 50 }] })
  const large = policy({ name: 'large', effect: 'ask', kwargs: [{ pointer: '/amount', more_than: 1000 }] })
  const none = policy({ name: 'none', effect: 'deny', kwargs: [{ pointer: '/to', equals: 'XX' }] })

  test('in doubt does not approve, and asks and denies', () => {
    expect([small, large, none].map((each) => applies(each, call('pay')))).toEqual([false, true, true])
    expect(applies(none, call('pay', '{"to":"DE"}'))).toBe(false)
    expect(
      standingOf(policy({ kwargs: [...small.kwargs, ...none.kwargs] }), call('pay', '{"to":"DE"}')),
    ).toBe('differs')
  })

  test('does not approve what requires a person, and denies and asks all the same', () => {
    expect(applies(small, call('pay', '{"amount":5}'))).toBe(true)
    expect(applies(small, call('pay', '{"amount":5}', false))).toBe(true)
    expect(applies(small, call('pay', '{"amount":5}', true))).toBe(false)
    expect(applies(none, call('pay', '{"to":"XX"}', true))).toBe(true)
  })

  test('applies when no earlier one does', () => {
    const all = [small, large, none]
    expect(policyFor(all, call('pay', '{"amount":5,"to":"XX"}'))).toBe(small)
    expect(policyFor(all, call('pay', '{"amount":500,"to":"XX"}'))).toBe(none)
    expect(policyFor(all, call('pay', '{"amount":500,"to":"DE"}'))).toBeUndefined()
  })
})
