import { describe, expect, test } from 'vitest'
import {
  canonicalChannel,
  channelOf,
  couldHold,
  depthOf,
  holds,
  leavesIn,
  listedIn,
  meaningOf,
  narrowedTo,
  type Channel,
} from '../src/channel.ts'
import { readProject } from '../src/project.ts'

const leaf = (...allowed_responder_ids: string[]) => ({ inbox: { allowed_responder_ids } })
const OPEN = { inbox: {} }
const after = (channel: Channel) => ({ after_seconds: 60, channel })
const tree = {
  any_of: [
    { all_of: [leaf('ana'), leaf('bo', 'cy')] },
    { after_seconds: 60, channel: { any_of: [OPEN, { after_seconds: 5, channel: leaf('ana') }] } },
    { quorum: { required: 2, of: [leaf('dee'), leaf('eli', 'ana')] } },
  ],
}

describe('a channel', () => {
  test.each<[unknown, boolean]>([
    [OPEN, true],
    [tree, true],
    [{}, false],
    [null, false],
    [[OPEN], false],
    [{ inbox: {}, email: {} }, false],
    [{ inbox: 3 }, false],
    [{ any_of: [OPEN, {}] }, false],
    [{ any_of: [after(OPEN)] }, true],
    [{ all_of: 'everybody' }, false],
  ])('%j: %s', (value, isChannel) => {
    expect(channelOf(value) !== undefined).toBe(isChannel)
  })

  test('has leaves, people and a depth', () => {
    expect(leavesIn(tree).map(({ after_seconds }) => after_seconds)).toEqual([0, 0, 60, 65, 0, 0])
    expect(leavesIn(tree)[2]).toEqual({ kind: 'inbox', responders: undefined, after_seconds: 60 })
    expect(listedIn(tree)).toEqual(['ana', 'bo', 'cy', 'dee', 'eli'])
    expect([OPEN, { any_of: [OPEN] }, tree].map(depthOf)).toEqual([0, 1, 2])
  })

  test('is the same whatever the order of the people', () => {
    expect(canonicalChannel({ all_of: [leaf('bo', 'ana'), OPEN] })).toEqual({
      all_of: [leaf('ana', 'bo'), OPEN],
    })
  })
})

describe('a narrower channel', () => {
  test.each<[Channel, string[], Channel | undefined]>([
    [leaf('ana', 'bo'), ['bo', 'cy'], leaf('bo')],
    [OPEN, ['bo'], leaf('bo')],
    [leaf('ana'), ['bo'], undefined],
    [{ any_of: [leaf('ana'), after(leaf('bo'))] }, ['bo'], { any_of: [after(leaf('bo'))] }],
    [{ all_of: [leaf('ana'), leaf('bo')] }, ['bo'], undefined],
    [{ all_of: [leaf('ana'), leaf('bo')] }, ['bo', 'ana'], { all_of: [leaf('ana'), leaf('bo')] }],
    [
      { quorum: { required: 2, of: [leaf('ana', 'bo'), leaf('cy')] } },
      ['ana', 'bo'],
      { quorum: { required: 2, of: [leaf('ana', 'bo')] } },
    ],
  ])('of %j for %j', (channel, people, expected) => {
    expect(narrowedTo(channel, people)).toEqual(expected)
  })
})

describe('a channel holds', () => {
  test.each<[Channel, string[], boolean]>([
    [OPEN, [], false],
    [OPEN, ['ana'], true],
    [leaf('ana'), ['bo'], false],
    [{ all_of: [leaf('ana', 'bo'), leaf('ana')] }, ['ana'], false],
    [{ all_of: [leaf('ana', 'bo'), leaf('ana')] }, ['ana', 'bo'], true],
    [{ all_of: [OPEN, leaf('ana')] }, ['bo', 'ana'], true],
    [{ any_of: [after(leaf('ana'))] }, ['ana'], false],
    [{ quorum: { required: 2, of: [leaf('ana', 'bo')] } }, ['ana', 'bo'], true],
    [{ quorum: { required: 2, of: [leaf('ana', 'bo'), after(OPEN)] } }, ['ana', 'cy'], false],
    [{ quorum: { required: 1, of: [after(OPEN)] } }, ['ana'], false],
    [{ quorum: { required: 2, of: [leaf('ana'), OPEN] } }, ['bo', 'cy'], true],
    [tree, ['bo', 'ana'], true],
    [tree, ['dee', 'bo'], false],
  ])('%j with %j: %s', (channel, people, expected) => {
    expect(holds(channel, people)).toBe(expected)
  })

  test.each<[Channel, boolean]>([
    [{ all_of: [leaf('ana'), leaf('ana')] }, false],
    [{ all_of: [leaf('ana'), OPEN, OPEN] }, true],
    [{ quorum: { required: 3, of: [leaf('ana', 'bo')] } }, false],
    [{ quorum: { required: 60, of: [OPEN] } }, true],
    [{ any_of: [after(leaf('ana'))] }, true],
  ])('or could: %j: %s', (channel, expected) => {
    expect(couldHold(channel)).toBe(expected)
  })
})

describe('a name', () => {
  const project = readProject(
    {
      people: [{ id: 'ana', addresses: ['email:ana@example.com'] }, { id: 'bo' }],
      teams: [{ name: 'payments', people: ['ana', 'bo'] }],
      channels: [
        { name: 'oncall', channel: leaf('team:payments', 'cy') },
        { name: 'twice', channel: { any_of: [{ named: { name: 'oncall' } }] } },
      ],
    },
    { is_admin: true },
  )
  test.each<[Channel, Channel | undefined]>([
    [leaf('email:ana@example.com', 'team:payments'), leaf('ana', 'bo')],
    [leaf('team:nobody'), leaf('team:nobody')],
    [{ named: { name: 'oncall' } }, leaf('ana', 'bo', 'cy')],
    [
      { named: { name: 'twice', allowed_responder_ids: ['email:ana@example.com'] } },
      { any_of: [leaf('ana')] },
    ],
    [{ named: { name: 'nobody' } }, undefined],
    [{ named: { name: 'oncall', allowed_responder_ids: ['dee'] } }, undefined],
    [OPEN, OPEN],
  ])('in %j means %j', (channel, expected) => {
    expect(meaningOf(channel, project)).toEqual(expected)
  })
})
