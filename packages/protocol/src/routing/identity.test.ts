import { describe, expect, test } from 'vitest'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { Responder } from '../schemas/responder.ts'
import { delegateOf, NO_DIRECTORY, type Directory } from './directory.ts'
import { comparedWithOwn, decidedBy } from '../transitions/answer.ts'
import { answering, identified, mayAnswer, recognised } from './identity.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const evening = new Date('2026-03-02T18:00:00.000Z')

const directory: Directory = {
  ...NO_DIRECTORY,
  people: [
    { id: 'ana', name: 'Ana Lima', addresses: ['key:key_1', 'email:Ana@example.com'] },
    { id: 'bo', addresses: [], out_of_office: { until: '2026-03-02T18:00:00Z', delegate: 'ana' } },
    { id: 'cy', addresses: [], out_of_office: { from: '2026-03-02T12:00:00Z', delegate: 'bo' } },
    {
      id: 'di',
      addresses: [],
      out_of_office: { from: '2026-03-02T12:00:01Z', until: '2026-03-02T13:00:00Z', delegate: 'ana' },
    },
  ],
}

describe('a delegate', () => {
  test.each([
    ['bo', noon, 'ana'],
    ['bo', evening, undefined],
    ['cy', new Date('2026-03-02T11:59:59.999Z'), undefined],
    ['cy', noon, 'ana'],
    ['cy', evening, 'bo'],
    ['di', noon, undefined],
    ['ana', noon, undefined],
  ])('of %s at %s is %s', (id, now, delegate) => {
    const person = directory.people.find((each) => each.id === id)!
    expect(delegateOf(directory, person, now)).toBe(delegate)
  })
})

describe('who answers', () => {
  test('is the person of the key, with their name, and those for whom they stand in', () => {
    expect(identified(byKey('ana'), directory, noon)).toEqual({
      ...byKey('ana'),
      name: 'Ana Lima',
      on_behalf_of: ['bo', 'cy'],
    })
  })

  test('is the person of the address, and the address vouches for them (routing.address)', () => {
    const byEmail: Responder = { id: 'email:ana@EXAMPLE.com', channel: 'email', assurance: 'message' }

    expect(identified(byEmail, directory, evening)).toEqual({
      id: 'ana',
      name: 'Ana Lima',
      channel: 'email',
      assurance: 'message',
      asserted_by: 'email:ana@EXAMPLE.com',
    })
    expect(identified({ id: 'key:key_1', channel: 'api' }, directory, evening)).toMatchObject({
      id: 'ana',
      asserted_by: 'key:key_1',
    })
  })

  test('is whoever it was when nobody knows them', () => {
    expect(identified(byKey('eve'), directory, noon)).toEqual(byKey('eve'))
  })

  test('has to be known where the project says so (routing.known)', () => {
    const known: Directory = { ...directory, responders: 'known' }
    const status = statusWith({ inbox: {} })

    expect(mayAnswer(status, byKey('ana'), known, noon)).toBe(true)
    expect(mayAnswer(status, { id: 'key:key_1', channel: 'api' }, known, noon)).toBe(true)
    expect(mayAnswer(status, byKey('eve'), known, noon)).toBe(false)
    expect(mayAnswer(status, byKey('eve'), directory, noon)).toBe(true)
  })
})

describe('an answer', () => {
  test.each<[name: string, channel: ContactChannel, on_behalf_of: string[] | undefined]>([
    ['is for whom the delegate stands in (routing.delegate)', listed('bo'), ['bo']],
    ['is their own where they are listed (routing.delegate-own-answer)', listed('bo', 'ana'), undefined],
    ['is their own where anybody may answer', { inbox: {} }, undefined],
    ['is their own where they are listed elsewhere', { all_of: [listed('cy'), listed('ana')] }, undefined],
    ['is for the first who is listed (routing.delegate-one)', listed('cy', 'bo'), ['cy']],
    [
      'is for whom a leaf lists that has joined',
      { any_of: [{ after_seconds: 60, channel: listed('ana', 'bo') }, listed('cy')] },
      ['cy'],
    ],
    [
      'is for whom a leaf lists that has joined, whoever stands in one that has not',
      { any_of: [{ after_seconds: 60, channel: listed('bo') }, listed('cy'), listed('bo')] },
      ['cy'],
    ],
  ])('%s', (_name, channel, on_behalf_of) => {
    expect(answering(statusWith(channel), byKey('ana'), directory, noon).on_behalf_of).toEqual(on_behalf_of)
  })

  test.each<[name: string, given: Responder, on_behalf_of: string[] | undefined]>([
    ['for somebody who has answered is for the next', byKey('bo'), ['cy']],
    [
      'for somebody for whom another has answered is for the next',
      { ...byKey('di'), on_behalf_of: ['bo'] },
      ['cy'],
    ],
    ['again is for the same', { ...byKey('ana'), on_behalf_of: ['bo'] }, ['bo']],
  ])('%s', (_name, responder, on_behalf_of) => {
    const status = { ...statusWith(listed('bo', 'cy')), responses: [{ responder }] }

    expect(answering(status, byKey('ana'), directory, noon).on_behalf_of).toEqual(on_behalf_of)
  })

  test('does not count for somebody who is excluded', () => {
    const status = { ...statusWith(listed('bo')), exclude_responder_ids: ['bo'] }

    expect(mayAnswer(status, byKey('ana'), directory, noon)).toBe(false)
    expect(answering(status, byKey('ana'), directory, noon).on_behalf_of).toBeUndefined()
  })
})

describe('somebody whom the project comes to know', () => {
  const two: ContactChannel = { quorum: { required: 2, of: [{ inbox: {} }] } }
  const unknown: Responder = { id: 'key:key_1', channel: 'api', assurance: 'session' }

  test.each<[name: string, before: Responder, after: Responder]>([
    ['by a key', unknown, { ...byKey('ana'), asserted_by: 'key:key_1' }],
    ['by an address', { id: 'email:ana@example.com', channel: 'api' }, byKey('ana')],
    ['and does not any more', { ...byKey('ana'), asserted_by: 'key:key_7' }, { ...unknown, id: 'key:key_7' }],
  ])('%s counts once all the same (composite.one-person-once)', (_name, before, after) => {
    const status = recognised({ ...statusWith(two), responses: [answer(before)] }, directory)

    expect(comparedWithOwn(status, answer(after), () => false)).toBe('further')
    expect(decidedBy(status, [...status.responses, answer(after)])).toBeUndefined()
  })

  test('stays excluded (responder.excluded)', () => {
    const excluding = {
      ...statusWith({ inbox: {} }),
      exclude_responder_ids: ['key:key_1', 'email:ana@example.com'],
    }
    const [byOther, byThis] = [byKey('ana'), { ...byKey('ana'), asserted_by: 'key:key_1' }]

    expect(mayAnswer(recognised(excluding, directory), byOther, directory, noon)).toBe(false)
    expect(mayAnswer(excluding, byThis, directory, noon)).toBe(false)
    expect(mayAnswer(statusWith({ inbox: {} }), byOther, directory, noon)).toBe(true)
  })
})

function answer(responder: Responder): { responder: Responder; responded_at: string } {
  return { responder, responded_at: noon.toISOString() }
}

function byKey(id: string): Responder {
  return { id, channel: 'api', assurance: 'session', asserted_by: 'key:key_9' }
}

function listed(...allowed_responder_ids: string[]): { inbox: { allowed_responder_ids: string[] } } {
  return { inbox: { allowed_responder_ids } }
}

function statusWith(channel: ContactChannel): {
  channel: ContactChannel
  requested_at: string
  requested_by: string
  responses: { responder: Responder }[]
} {
  return { channel, requested_at: noon.toISOString(), requested_by: 'key:agent', responses: [] }
}
