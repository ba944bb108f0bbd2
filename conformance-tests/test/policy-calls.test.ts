import { describe, expect, test } from 'vitest'
import { textOf } from '../src/exact-json.ts'
import { policyFor, standingOf } from '../src/oracles/policy.ts'
import { callsFor, callUnder, type Concern } from '../src/policy-calls.ts'
import { readProject } from '../src/project.ts'

const { policies } = readProject(
  {
    policies: [
      {
        name: 'small',
        fn: 'pay.*',
        kwargs: [
          { pointer: '/order/amount', more_than: 0, at_most: 50 },
          { pointer: '/a~1b', starts_with: 'x', ends_with: 'y' },
        ],
        effect: 'approve',
      },
      {
        name: 'abroad',
        fn: 'pay.*',
        kwargs: [{ pointer: '/lines/0/to', one_of: ['XX', 7] }],
        effect: 'deny',
      },
      { name: 'rest', fn: ['pay.now', 'pay.later'], effect: 'ask' },
      { name: 'never', fn: 'pay.now', effect: 'deny' },
    ],
  },
  { is_admin: true },
)

const sentFor = (concern: Concern) =>
  callsFor(policies, concern)
    .flat()
    .map(({ fn, kwargs }) => `${fn} ${textOf(kwargs)}`)

describe('the calls by which policies are judged', () => {
  test('lead to every policy that can apply', () => {
    expect(policies.map((policy) => callUnder(policies, policy)?.fn)).toEqual([
      'pay.x',
      'pay.x',
      'pay.now',
      undefined,
    ])
    for (const policy of policies.slice(0, 3))
      expect(policyFor(policies, callUnder(policies, policy)!)).toBe(policy)
  })

  test('have each requirement for a concern, and no call for two', () => {
    const concerns = [
      'policy.first-match',
      'policy.matches',
      'policy.doubt-does-not-approve',
      'policy.doubt-is-strict',
    ] as const
    const sent = concerns.map(sentFor)
    for (const each of sent) expect(each.length).toBeGreaterThan(3)
    expect(sent.flatMap((each) => [...new Set(each)]).length).toBe(new Set(sent.flat()).size)
  })

  test('lie on both sides of each bound, also where doubles have no numbers left', () => {
    const sent = [
      ...sentFor('policy.matches'),
      ...sentFor('policy.first-match'),
      ...sentFor('policy.doubt-is-strict'),
    ]
    for (const amount of ['50', '51', '50.0', '5e1', '0', '-0', '9007199254740993'])
      expect(sent.some((text) => text.includes(`"amount":${amount}}`))).toBe(true)
  })

  test('are in doubt by what is missing, of another type, or at another place', () => {
    const sent = sentFor('policy.doubt-does-not-approve')
    for (const part of [
      '"order":{}',
      '"order":null',
      '"amount":"50"',
      '"a":{"b":',
      '"a~1b":',
      '"amount":[0]',
    ])
      expect(
        sent.some((text) => text.includes(part)),
        part,
      ).toBe(true)
  })

  test('have names that are nearly those of the policy', () => {
    const names = callsFor(policies, 'policy.matches')
      .flat()
      .map(({ fn }) => fn)
    for (const name of ['xpay.x', 'PAY.X', 'ay.x', 'payxx', 'pay.']) expect(names).toContain(name)
  })

  test('are not made from numbers that servers may read differently', () => {
    const inexact = readProject(
      {
        policies: [
          { name: 'n', fn: 'f', kwargs: [{ pointer: '/n', equals: 9007199254740992 }], effect: 'deny' },
        ],
      },
      { is_admin: true },
    )
    expect(callsFor(inexact.policies, 'policy.matches').flat()).toEqual([])
  })

  test('take for certain what other policies do not mean', () => {
    const call = callUnder(policies, policies[2]!)!
    expect(policies.map((policy) => standingOf(policy, call))).toEqual([
      'differs',
      'differs',
      'matches',
      'matches',
    ])
  })
})
