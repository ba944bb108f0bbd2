import { describe, expect, test } from 'vitest'
import { readRouting } from '../src/routing/configuration.ts'

describe('a configuration', () => {
  test.each<[name: string, routing: Record<string, unknown>, pointers: string[]]>([
    ['a name that is nobody', { teams: [{ name: 't', people: ['bob'] }] }, ['/teams/0/people/0']],
    ['a person who is there twice', { people: [{ id: 'a' }, { id: 'a' }] }, ['/people/1/id']],
    [
      'an address that two people have',
      {
        people: [
          { id: 'a', addresses: ['email:A@x.org'] },
          { id: 'b', addresses: ['email:a@x.org'] },
        ],
      },
      ['/people/1/addresses/0'],
    ],
    ['an id with a colon', { people: [{ id: 'slack:U1' }] }, ['/people/0/id']],
    [
      'a delegate who is nobody',
      { people: [{ id: 'a', out_of_office: { delegate: 'b' } }] },
      ['/people/0/out_of_office/delegate'],
    ],
    [
      'delegates who go round in a circle',
      {
        people: [
          { id: 'a', out_of_office: { delegate: 'b' } },
          { id: 'b', out_of_office: { delegate: 'c' } },
          { id: 'c', out_of_office: { delegate: 'b' } },
        ],
      },
      ['/people/1/out_of_office', '/people/2/out_of_office'],
    ],
    [
      'somebody who stands in for themselves',
      { people: [{ id: 'a', out_of_office: { delegate: 'a' } }] },
      ['/people/0/out_of_office'],
    ],
    [
      'an absence that ends before it begins',
      {
        people: [
          {
            id: 'a',
            out_of_office: { delegate: 'b', from: '2026-03-02T00:00:00Z', until: '2026-03-01T00:00:00Z' },
          },
          { id: 'b' },
        ],
      },
      ['/people/0/out_of_office/until'],
    ],
    [
      'channels that lead back to themselves',
      {
        channels: [
          { name: 'a', channel: { named: { name: 'b' } } },
          { name: 'b', channel: { any_of: [{ named: { name: 'a' } }] } },
          { name: 'c', channel: { inbox: {} } },
        ],
      },
      ['/channels/0/channel', '/channels/1/channel'],
    ],
    [
      'a channel that is nowhere',
      { default_channel: { named: { name: 'x' } } },
      ['/default_channel/named/name'],
    ],
    [
      'a kind that is not served',
      { channels: [{ name: 'a', channel: { sms: { phone_number: '+491701234567' } } }] },
      ['/channels/0/channel/sms'],
    ],
    [
      'a channel that its people can never decide',
      {
        channels: [
          {
            name: 'a',
            channel: { quorum: { required: 2, of: [{ inbox: { allowed_responder_ids: ['x'] } }] } },
          },
        ],
      },
      ['/channels/0/channel'],
    ],
    ['a member that is misspelt', { people: [{ id: 'a', adresses: [] }] }, ['/people/0/adresses']],
    [
      'a matcher that says nothing',
      { policies: [{ name: 'p', fn: 'f', effect: 'deny', kwargs: [{ pointer: '/a' }] }] },
      ['/policies/0/kwargs/0'],
    ],
    [
      'a matcher that is misspelt',
      { policies: [{ name: 'p', fn: 'f', effect: 'deny', kwargs: [{ pointer: '/a', at_mots: 5 }] }] },
      ['/policies/0/kwargs/0/at_mots'],
    ],
    [
      'a matcher that nothing can meet',
      {
        policies: [
          { name: 'p', fn: 'f', effect: 'deny', kwargs: [{ pointer: '/a', at_most: 5, equals: 'x' }] },
        ],
      },
      ['/policies/0/kwargs/0'],
    ],
    [
      'a rule that asks without need',
      { policies: [{ name: 'p', fn: 'f', effect: 'approve', minimum_people: 2 }] },
      ['/policies/0/minimum_people'],
    ],
    [
      'a rule that wants more people than it names',
      {
        policies: [
          {
            name: 'p',
            fn: 'f',
            effect: 'ask',
            channel: { inbox: { allowed_responder_ids: ['a'] } },
            minimum_people: 2,
          },
        ],
      },
      ['/policies/0/minimum_people'],
    ],
    [
      'somebody whom nobody knows, where only known people answer',
      {
        responders: 'known',
        channels: [{ name: 'a', channel: { inbox: { allowed_responder_ids: ['a'] } } }],
      },
      ['/channels/0/channel/inbox/allowed_responder_ids/0'],
    ],
    ['a project that is no object', { projects: { 'p/q': 1 } }, ['/projects/p~1q']],
    [
      'nothing in place of a list',
      { default_channel: { inbox: { allowed_responder_ids: null } } },
      ['/default_channel/inbox/allowed_responder_ids'],
    ],
    [
      'nothing in place of a bound',
      {
        policies: [
          { name: 'p', fn: 'f', effect: 'approve', kwargs: [{ pointer: '/a', more_than: 0, at_most: null }] },
        ],
      },
      ['/policies/0/kwargs/0/at_most'],
    ],
    ['nothing in place of rules', { projects: { p: { policies: null } } }, ['/projects/p/policies']],
    [
      'a function that begins with white space',
      { policies: [{ name: 'p', fn: ' f', effect: 'deny' }] },
      ['/policies/0/fn'],
    ],
    [
      'a rule that wants more people than the default channel lists',
      {
        default_channel: { inbox: { allowed_responder_ids: ['a'] } },
        policies: [{ name: 'p', fn: 'f', effect: 'ask', minimum_people: 2 }],
      },
      ['/policies/0/minimum_people'],
    ],
    [
      'a rule that wants more people than there are',
      {
        responders: 'known',
        people: [{ id: 'a' }],
        policies: [{ name: 'p', fn: 'f', effect: 'ask', minimum_people: 2 }],
      },
      ['/policies/0/minimum_people'],
    ],
    [
      'a rule that wants two keys that are bound to nobody',
      {
        policies: [
          {
            name: 'p',
            fn: 'f',
            effect: 'ask',
            channel: { inbox: { allowed_responder_ids: ['key:a', 'key:b'] } },
            minimum_people: 2,
          },
        ],
      },
      ['/policies/0/minimum_people'],
    ],
    [
      'a name in a project',
      { projects: { p: { teams: [{ name: 't', people: ['a'] }] } } },
      ['/projects/p/teams/0/people/0'],
    ],
  ])('with %s is refused with the place', (_name, routing, pointers) => {
    const read = readRouting(routing)

    expect(read.ok ? [] : read.faults.map(({ pointer }) => pointer)).toEqual(pointers)
  })
})
