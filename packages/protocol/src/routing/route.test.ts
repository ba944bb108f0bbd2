import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Policy } from '../schemas/policy.ts'
import { assign, type Voice } from '../transitions/assignment.ts'
import { leavesOf } from '../transitions/leaves.ts'
import { NO_DIRECTORY } from './directory.ts'
import { routeOf, routeUnder } from './route.ts'

const PEOPLE = ['ana', 'bo', 'cy', 'di']
const LIMITS = { limits: { channel_depth: 4, channel_leaves: 32 } }

describe('the route of a call', () => {
  test('without a channel is the default one of the project (channel.default)', () => {
    const default_channel = { inbox: { allowed_responder_ids: ['ana'] } }

    expect(routeOf({}, { ...NO_DIRECTORY, default_channel }, LIMITS).channel).toEqual(default_channel)
    expect(routeOf({}, NO_DIRECTORY, LIMITS).channel).toEqual({ inbox: {} })
  })

  test('has teams resolved among the excluded (routing.excluded)', () => {
    const teams = [{ name: 'all', people: ['ana', 'bo'] }]
    const people = PEOPLE.map((id) => ({ id, addresses: [] }))

    const route = routeOf(
      { exclude_responder_ids: ['team:all', 'cy'] },
      { ...NO_DIRECTORY, people, teams },
      LIMITS,
    )

    expect(route.exclude_responder_ids).toEqual(['ana', 'bo', 'cy'])
  })
})

describe('the route under a policy that asks', () => {
  const [any, ana, anaBo, bo]: ContactChannel[] = [
    { inbox: {} },
    listed('ana'),
    listed('ana', 'bo'),
    listed('bo'),
  ]

  test.each<[name: string, policy: Partial<Policy>, asked: ContactChannel, effective: ContactChannel]>([
    ['a rule that says nothing', {}, ana!, ana!],
    ['a call that says nothing', { channel: anaBo! }, any!, anaBo!],
    [
      'a call that only says where',
      { channel: anaBo! },
      { any_of: [{ console: {} }, { inbox: {} }] },
      anaBo!,
    ],
    ['a list within a list', { channel: anaBo! }, ana!, ana!],
    ['lists that share nobody', { channel: ana! }, bo!, { all_of: [ana!, bo!] }],
    ['a composite', { channel: ana! }, { all_of: [bo!] }, { all_of: [ana!, { all_of: [bo!] }] }],
    ['two people of a leaf', { minimum_people: 2 }, any!, { quorum: { required: 2, of: [{ inbox: {} }] } }],
    [
      'three people of a quorum of two',
      { minimum_people: 3 },
      { quorum: { required: 2, of: [{ inbox: {} }] } },
      { quorum: { required: 3, of: [{ inbox: {} }] } },
    ],
    ['as many as it takes anyway', { minimum_people: 2 }, { all_of: [ana!, bo!] }, { all_of: [ana!, bo!] }],
    [
      'one more beside a tree',
      { minimum_people: 3 },
      { all_of: [ana!, any!] },
      { all_of: [{ all_of: [ana!, any!] }, { quorum: { required: 1, of: [ana!, any!] } }] },
    ] as [string, Partial<Policy>, ContactChannel, ContactChannel],
    [
      'later members',
      { minimum_people: 2 },
      { any_of: [ana!, { after_seconds: 60, channel: anaBo! }] },
      { quorum: { required: 2, of: [ana!, { after_seconds: 60, channel: anaBo! }] } },
    ] as [string, Partial<Policy>, ContactChannel, ContactChannel],
    [
      'a list of one where the rule wants two',
      { channel: any!, minimum_people: 2 },
      ana!,
      { all_of: [any!, ana!] },
    ],
  ])('%s', (_name, wish, channel, effective) => {
    expect(routeUnder(policy(wish), { channel, isAsked: true, faults: [] }, LIMITS).channel).toEqual(
      effective,
    )
  })

  test('is that of the policy where the call says nothing, whatever the default of the project (policy.ask-channel)', () => {
    const route = routeUnder(policy({ channel: bo! }), { channel: ana!, isAsked: false, faults: [] }, LIMITS)

    expect(route.channel).toEqual(bo)
  })

  test.each<[name: string, channel: ContactChannel]>([
    ['nobody may decide yet', { any_of: [{ after_seconds: 60, channel: { inbox: {} } }] }],
    ['the one who asks may not decide', { all_of: [{ inbox: {} }] }],
    ['the one who asks may not decide, nor alone', { quorum: { required: 1, of: [{ inbox: {} }] } }],
  ])('stands beside one through which %s (policy.tightens)', (_name, channel) => {
    const route = routeUnder(policy({ channel: bo! }), { channel, isAsked: true, faults: [] }, LIMITS)

    expect(route.channel).toEqual({ all_of: [bo, channel] })
  })

  test('is not looked at where the call asks for too much', () => {
    const many = { quorum: { required: 100, of: [{ inbox: {} }] } }
    const channel = { all_of: Array.from({ length: 32 }, () => many) }

    const { faults } = routeOf({ channel }, NO_DIRECTORY, LIMITS)
    const route = routeUnder(policy({ minimum_people: 2 }), { channel, isAsked: true, faults: [] }, LIMITS)

    expect(faults).toMatchObject([{ pointer: '/spec/channel' }])
    expect(route.channel).toBe(channel)
  })

  test('never takes fewer people than either says, nor others (policy.tightens, policy.minimum-people)', () => {
    fc.assert(
      fc.property(
        channels(),
        channels(),
        fc.integer({ min: 1, max: 3 }),
        voters(),
        (own, asked, people, approvers) => {
          const { channel } = routeUnder(
            policy({ channel: own, minimum_people: people }),
            {
              channel: asked,
              isAsked: true,
              faults: [],
            },
            LIMITS,
          )

          if (!holds(channel, approvers)) return
          expect(approvers.length).toBeGreaterThanOrEqual(people)
          expect(holds(own, approvers)).toBe(true)
          expect(holds(asked, approvers)).toBe(true)
        },
      ),
      { numRuns: 3_000 },
    )
  })
})

function holds(channel: ContactChannel, approvers: readonly string[]): boolean {
  const voices: Voice[] = approvers.map((person) => ({
    person,
    places: new Set(
      leavesOf(channel)
        .filter(({ allowed_responder_ids }) => allowed_responder_ids?.includes(person) ?? true)
        .map(({ place }) => place),
    ),
  }))
  return assign(channel, voices) !== undefined
}

function policy(wish: Partial<Policy>): Policy {
  return { name: 'rule', fn: '*', effect: 'ask', ...wish }
}

function listed(...allowed_responder_ids: string[]): { inbox: { allowed_responder_ids: string[] } } {
  return { inbox: { allowed_responder_ids } }
}

function voters(): fc.Arbitrary<string[]> {
  return fc.subarray(PEOPLE)
}

function channels(): fc.Arbitrary<ContactChannel> {
  const leaf: fc.Arbitrary<{ inbox: { allowed_responder_ids?: string[] } }> = fc.oneof(
    fc.subarray(PEOPLE, { minLength: 1 }).map((people) => listed(...people)),
    fc.constant({ inbox: {} }),
  )
  const some = fc.array(leaf, { minLength: 1, maxLength: 3 })
  return fc.oneof(
    leaf,
    some.map((any_of) => ({ any_of })),
    some.map((all_of) => ({ all_of })),
    fc.tuple(fc.integer({ min: 1, max: 2 }), some).map(([required, of]) => ({ quorum: { required, of } })),
  )
}
