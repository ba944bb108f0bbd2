import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { FunctionCall } from '../schemas/function-call.ts'
import { create, respond } from './function-call.ts'
import { NO_DIRECTORY } from '../routing/directory.ts'

// The prose of "Composites", written down a second time in the plainest way: every assignment of people to leaves is tried. It shares nothing
// with the code that decides.

const PEOPLE = ['ana', 'bo', 'cy'] as const
type Person = (typeof PEOPLE)[number]

interface Answer {
  person: Person
  approved: boolean
  /** Seconds after the call was asked. */
  at: number
}

type Tree =
  | { leaf: readonly Person[]; name: string }
  | { every: readonly Tree[] }
  | { any: readonly Member[] }
  | { required: number; of: readonly Member[] }

interface Member {
  after: number
  tree: Tree
}

interface PlainLeaf {
  name: string
  listed: readonly Person[]
  joins: number
}

function plainLeaves(tree: Tree, joins = 0): PlainLeaf[] {
  if ('leaf' in tree) return [{ name: tree.name, listed: tree.leaf, joins }]
  if ('every' in tree) return tree.every.flatMap((member) => plainLeaves(member, joins))
  const members = 'any' in tree ? tree.any : tree.of
  return members.flatMap(({ after, tree: inner }) => plainLeaves(inner, joins + after))
}

/** Whether the tree holds when these people sit at these leaves. */
function holdsWith(tree: Tree, seated: ReadonlyMap<Person, string>): boolean {
  if ('leaf' in tree) return countAt(seated, tree.name) >= 1
  if ('every' in tree) return tree.every.every((member) => holdsWith(member, seated))
  if ('any' in tree) return tree.any.some(({ tree: member }) => holdsWith(member, seated))
  return plainLeaves(tree).reduce((sum, { name }) => sum + countAt(seated, name), 0) >= tree.required
}

function countAt(seated: ReadonlyMap<Person, string>, name: string): number {
  return [...seated.values()].filter((leaf) => leaf === name).length
}

function holds(tree: Tree, may: ReadonlyMap<Person, ReadonlySet<string>>): boolean {
  const tryAll = (people: readonly Person[], seated: ReadonlyMap<Person, string>): boolean => {
    const [first, ...others] = people
    if (first === undefined) return holdsWith(tree, seated)
    return (
      tryAll(others, seated) ||
      [...may.get(first)!].some((name) => tryAll(others, new Map([...seated, [first, name]])))
    )
  }
  return tryAll([...may.keys()], new Map())
}

/** What the prose says of each answer, one after the other. */
function judged(tree: Tree, answers: readonly Answer[]): string[] {
  const leaves = plainLeaves(tree)
  const may = new Map<Person, Set<string>>()
  let state = 'pending'
  return answers.map(({ person, approved, at }) => {
    const open = leaves.filter(({ listed, joins }) => listed.includes(person) && joins <= at)
    if (open.length === 0) return 'responder_not_allowed'
    // Every answer of this test has other words, so that none is the same again.
    if (state !== 'pending') return 'already_responded'
    if (!approved) return (state = 'denied')
    const before = may.get(person)
    if (before && open.every(({ name }) => before.has(name))) return 'already_responded'
    may.set(person, new Set([...(before ?? []), ...open.map(({ name }) => name)]))
    if (holds(tree, may)) state = 'approved'
    return state
  })
}

/** What the transitions say. */
function decided(tree: Tree, answers: readonly Answer[]): string[] | undefined {
  const noon = new Date('2026-03-02T12:00:00.000Z')
  const created = create(
    undefined,
    {
      run_id: 'run_1',
      call_id: 'call_1',
      spec: { fn: 'refund', kwargs: new RawJson('{}'), channel: channelOf(tree) },
    },
    {
      now: noon,
      principal: 'key:agent',
      capabilities: {
        profiles: ['composites'],
        features: [],
        channel_kinds: ['inbox', 'any_of', 'all_of', 'quorum'],
        limits: { channel_depth: 4, channel_leaves: 32 },
      },
      max_expires_in_seconds: 3_600,
      directory: NO_DIRECTORY,
      schema_faults: [],
    },
  )
  if (!created.ok) return undefined
  let call: FunctionCall = created.next
  return answers.map(({ person, approved, at }, index) => {
    const decision = respond(
      call,
      { approved, comment: `answer ${index}` },
      {
        now: new Date(noon.getTime() + at * 1000),
        responder: { id: person, channel: 'api', assurance: 'session' },
        directory: NO_DIRECTORY,
        schema_faults: [],
      },
    )
    call = decision.next ?? call
    return decision.ok ? call.status.state : decision.refusal.code
  })
}

function channelOf(tree: Tree): ContactChannel {
  if ('leaf' in tree) return { inbox: { allowed_responder_ids: [...tree.leaf] } }
  if ('every' in tree) return { all_of: tree.every.map(channelOf) }
  const membersOf = (members: readonly Member[]) =>
    members.map(({ after, tree: inner }) =>
      after === 0 ? channelOf(inner) : { after_seconds: after, channel: channelOf(inner) },
    )
  if ('any' in tree) return { any_of: membersOf(tree.any) }
  return {
    quorum: {
      required: tree.required,
      of: membersOf(tree.of),
    },
  }
}

/** Gives every leaf a name of its own. */
function named(tree: Tree): Tree {
  let count = 0
  const walk = (inner: Tree): Tree => {
    if ('leaf' in inner) return { ...inner, name: `leaf ${count++}` }
    if ('every' in inner) return { every: inner.every.map(walk) }
    const members = (list: readonly Member[]) => list.map((each) => ({ ...each, tree: walk(each.tree) }))
    return 'any' in inner ? { any: members(inner.any) } : { required: inner.required, of: members(inner.of) }
  }
  return walk(tree)
}

const LEAVES: readonly Tree[] = [['ana'], ['bo'], ['ana', 'bo'], ['ana', 'bo', 'cy']].map((leaf) => ({
  leaf: leaf as Person[],
  name: '',
}))

/** Every tree of one level over two leaves: all_of, any_of, quorums of one and two, with and without a later member. */
const PAIRS: readonly Tree[] = LEAVES.flatMap((one) =>
  LEAVES.flatMap((other): Tree[] => [
    { every: [one, other] },
    ...[0, 10].flatMap((after): Tree[] => {
      const of = [
        { after: 0, tree: one },
        { after, tree: other },
      ]
      return [{ any: of }, { required: 1, of }, { required: 2, of }]
    }),
  ]),
)

/** Two levels: every pair beside a leaf, and pairs of pairs, four leaves at the most. */
const NESTED: readonly Tree[] = [
  ...PAIRS.flatMap((pair) =>
    LEAVES.flatMap((leaf): Tree[] => [
      { every: [pair, leaf] },
      {
        any: [
          { after: 0, tree: leaf },
          { after: 5, tree: pair },
        ],
      },
    ]),
  ),
  ...PAIRS.flatMap((one, index): Tree[] => {
    const other = PAIRS[(index * 7 + 3) % PAIRS.length]!
    return [
      { every: [one, other] },
      {
        any: [
          { after: 0, tree: { every: [one] } },
          { after: 5, tree: other },
        ],
      },
    ]
  }),
]

const TIMES = [0, 7, 20]

/** All orders of one answer each, all of them yes, or one of them no, and somebody who answers again later. */
const ORDERS: readonly (readonly Answer[])[] = permutations(PEOPLE).flatMap((order) => {
  const yes = order.map((person, index) => ({ person, approved: true, at: TIMES[index]! }))
  const again = { person: order[0]!, approved: true, at: 30 }
  return [
    [...yes, again],
    ...order.map((_, denier) => yes.map((answer, index) => ({ ...answer, approved: index !== denier }))),
    [yes[0]!, { ...yes[0]!, at: 1 }, again],
  ]
})

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]]
  return items.flatMap((item, index) =>
    permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
  )
}

describe('a call with several people', () => {
  test('is decided as the prose says, for every small tree and every order of answers', () => {
    let compared = 0
    for (const tree of [...LEAVES, ...PAIRS, ...NESTED].map(named))
      for (const answers of ORDERS) {
        const outcome = decided(tree, answers)
        if (!outcome) continue
        compared += 1
        expect(outcome, JSON.stringify({ tree, answers })).toEqual(judged(tree, answers))
      }
    expect(compared).toBeGreaterThan(20_000)
  })

  test('is refused exactly when nobody could ever decide it', () => {
    const everybody = PEOPLE.map((person, index) => ({ person, approved: true, at: 100 + index }))
    for (const tree of [...LEAVES, ...PAIRS, ...NESTED].map(named)) {
      const canHold = judged(tree, everybody).includes('approved')
      expect(decided(tree, []) !== undefined, JSON.stringify(tree)).toBe(canHold)
    }
  })

  test('is decided as the prose says, whatever the tree', () => {
    const leaf = fc
      .subarray([...PEOPLE], { minLength: 1 })
      .map((people): Tree => ({ leaf: people, name: '' }))
    const after = fc.constantFrom(0, 0, 5, 10)
    const leaves = fc.array(fc.record({ after, tree: leaf }), { minLength: 1, maxLength: 3 })
    const quorum = fc
      .tuple(fc.integer({ min: 1, max: 3 }), leaves)
      .map(([required, of]): Tree => ({ required, of }))
    const grow = (inner: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> =>
      fc.oneof(
        inner,
        fc.array(inner, { minLength: 1, maxLength: 3 }).map((every): Tree => ({ every })),
        fc
          .array(fc.record({ after, tree: inner }), { minLength: 1, maxLength: 3 })
          .map((any): Tree => ({ any })),
      )
    const tree = grow(grow(fc.oneof(leaf, quorum))).map(named)
    const answers = fc
      .array(
        fc.record({
          person: fc.constantFrom(...PEOPLE),
          approved: fc.constantFrom(true, true, true, true, false),
          at: fc.integer({ min: 0, max: 25 }),
        }),
        { maxLength: 6 },
      )
      .map((list) => list.toSorted((one, other) => one.at - other.at))

    fc.assert(
      fc.property(tree, answers, (channel, given) => {
        const outcome = decided(channel, given)
        if (outcome) expect(outcome).toEqual(judged(channel, given))
      }),
      { numRuns: 3_000 },
    )
  })
})
