import { describe, expect, test } from 'vitest'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import { NO_DIRECTORY, type Directory } from './directory.ts'
import { resolveChannel, resolveResponders } from './names.ts'

const directory: Directory = {
  ...NO_DIRECTORY,
  people: [
    { id: 'ana', name: 'Ana Lima', addresses: ['email:Ana@example.com', 'key:key_1'] },
    { id: 'bo', addresses: [] },
    { id: 'cy', addresses: [] },
  ],
  teams: [{ name: 'payments', people: ['ana', 'bo'] }],
  channels: [
    { name: 'oncall', channel: { inbox: { allowed_responder_ids: ['ana', 'bo'] } } },
    { name: 'anybody', channel: { inbox: {} } },
    {
      name: 'fallback',
      channel: { any_of: [listed('ana', 'bo'), { after_seconds: 60, channel: listed('cy') }] },
    },
    { name: 'both', channel: { all_of: [listed('ana'), listed('bo')] } },
    { name: 'two', channel: { quorum: { required: 2, of: [listed('ana', 'bo'), listed('cy')] } } },
  ],
}

describe('a list of responders', () => {
  test.each<[string[], string[]]>([
    [['ana'], ['ana']],
    [['team:payments'], ['ana', 'bo']],
    [
      ['team:payments', 'ana', 'email:ana@EXAMPLE.com'],
      ['ana', 'bo'],
    ],
    [
      ['key:key_1', 'key:key_2', 'dana'],
      ['ana', 'key:key_2', 'dana'],
    ],
  ])('%j is %j (routing.team, routing.address)', (ids, value) => {
    expect(resolveResponders(ids, directory, '/list')).toEqual({ value, faults: [] })
  })

  test('with a team that is not there is refused with its place (routing.unknown-team)', () => {
    expect(resolveResponders(['ana', 'team:Payments'], directory, '/list').faults).toEqual([
      { pointer: '/list/1', detail: 'This project has no team "Payments".' },
    ])
  })

  test('with somebody unknown is refused where only known people answer (routing.known-lists)', () => {
    const known: Directory = { ...directory, responders: 'known' }

    expect(resolveResponders(['dana', 'ana'], known, '/list').faults).toEqual([
      { pointer: '/list/0', detail: 'This project does not know "dana".' },
    ])
  })

  test('of more people than a leaf may list is refused', () => {
    const people = Array.from({ length: 60 }, (_, index) => `p${index}`)
    const large = {
      ...directory,
      teams: [
        { name: 'a', people },
        { name: 'b', people: people.map((id) => `q${id}`) },
      ],
    }

    expect(resolveResponders(['team:a', 'team:b'], large, '/list').faults).toMatchObject([
      { pointer: '/list' },
    ])
  })
})

describe('a named channel', () => {
  test.each<[name: string, sent: ContactChannel, effective: ContactChannel]>([
    ['alone', named('oncall'), listed('ana', 'bo')],
    ['that anybody answers', named('anybody'), { inbox: {} }],
    ['with a list', named('oncall', 'bo', 'cy'), listed('bo')],
    [
      'with a team for a list',
      named('two', 'team:payments'),
      { quorum: { required: 2, of: [listed('ana', 'bo')] } },
    ],
    ['with a list, where it has none of its own', named('anybody', 'cy'), listed('cy')],
    [
      'within composites',
      { any_of: [{ after_seconds: 5, channel: named('both') }, { inbox: {} }] },
      { any_of: [{ after_seconds: 5, channel: { all_of: [listed('ana'), listed('bo')] } }, { inbox: {} }] },
    ],
    [
      'of which a member is left without anybody',
      named('fallback', 'cy'),
      { any_of: [{ after_seconds: 60, channel: listed('cy') }] },
    ],
    [
      'within a quorum',
      { quorum: { required: 1, of: [named('oncall')] } },
      { quorum: { required: 1, of: [listed('ana', 'bo')] } },
    ],
  ])('%s becomes what it stands for (routing.named, routing.named-list)', (_name, sent, effective) => {
    expect(resolveChannel(sent, directory, {}, '')).toEqual({ value: effective, faults: [] })
  })

  test.each<[name: string, sent: ContactChannel, pointer: string]>([
    ['that is not there', { any_of: [{ inbox: {} }, named('none')] }, '/any_of/1/named/name'],
    ['of which nobody is left', named('oncall', 'cy'), '/named/allowed_responder_ids'],
    [
      'of which a necessary member is left without anybody',
      named('both', 'ana'),
      '/named/allowed_responder_ids',
    ],
    ['with an unknown team', named('oncall', 'team:none'), '/named/allowed_responder_ids/0'],
    [
      'that is a composite within a quorum',
      { quorum: { required: 1, of: [named('both')] } },
      '/quorum/of/0/named',
    ],
  ])('%s is refused with its place', (_name, sent, pointer) => {
    expect(resolveChannel(sent, directory, {}, '').faults).toMatchObject([{ pointer }])
  })
})

function listed(...allowed_responder_ids: string[]): { inbox: { allowed_responder_ids: string[] } } {
  return { inbox: { allowed_responder_ids } }
}

function named(name: string, ...allowed_responder_ids: string[]): ContactChannel {
  return { named: { name, ...(allowed_responder_ids.length > 0 && { allowed_responder_ids }) } }
}
