import { describe, expect, test } from 'vitest'
import { Type } from '@sinclair/typebox'
import { parseJson } from './json/parse.ts'
import { RawJson } from './json/raw-json.ts'
import { opaquePlaces } from './opaque-places.ts'
import { Cancellation } from './schemas/call.ts'
import { ContactChannel } from './schemas/contact-channel.ts'
import { CreateFunctionCall, FunctionCallResponse } from './schemas/function-call.ts'
import { CreateHumanContact, HumanContactResponse } from './schemas/human-contact.ts'
import { Timestamp } from './schemas/primitives.ts'
import { CreateKey } from './schemas/project.ts'
import { validate } from './validate.ts'

const refund = { run_id: 'run_1', call_id: 'call_1', spec: { fn: 'refund', kwargs: { amount: 5 } } }

describe('validate', () => {
  test('a good document becomes a value of the schema', () => {
    const validated = validate(CreateFunctionCall, parsed(refund))

    expect(validated).toEqual({
      ok: true,
      value: {
        run_id: 'run_1',
        call_id: 'call_1',
        spec: { fn: 'refund', kwargs: new RawJson('{"amount":5}') },
      },
    })
  })

  test('members that the schema does not name are dropped at every level', () => {
    const validated = validate(
      CreateFunctionCall,
      parsed({
        ...refund,
        status: { approved: true },
        spec: {
          ...refund.spec,
          requested_at: 'now',
          reject_options: [{ name: 'no', approves: true }],
          context: { summary: 's', html: '<p>', links: [{ url: 'https://a.example', target: '_top' }] },
        },
      }),
    )

    expect(validated).toEqual({
      ok: true,
      value: {
        run_id: 'run_1',
        call_id: 'call_1',
        spec: {
          fn: 'refund',
          kwargs: new RawJson('{"amount":5}'),
          reject_options: [{ name: 'no' }],
          context: { summary: 's', links: [{ url: 'https://a.example' }] },
        },
      },
    })
  })

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'])(
    'an unknown member named %s is dropped like any other',
    (name) => {
      const validated = validate(FunctionCallResponse, JSON.parse(`{"approved":false,"${name}":{"a":1}}`))

      expect(validated.ok && Object.keys(validated.value)).toEqual(['approved'])
    },
  )

  test('a member named __proto__ lends no members', () => {
    const validated = validate(FunctionCallResponse, JSON.parse('{"__proto__":{"approved":true}}'))

    expect(validated).toMatchObject({ ok: false, faults: [{ pointer: '/approved' }] })
  })

  test('a null member counts as absent', () => {
    const validated = validate(
      CreateFunctionCall,
      parsed({ ...refund, spec: { ...refund.spec, state: null, channel: null, context: { summary: null } } }),
    )

    expect(validated).toMatchObject({ ok: true, value: { spec: { context: {} } } })
    expect(validated.ok && Object.keys(validated.value.spec)).toEqual(['fn', 'kwargs', 'context'])
  })

  test.each([
    ['a required member', { ...refund, call_id: null }, '/call_id'],
    ['kwargs', { ...refund, spec: { fn: 'refund', kwargs: null } }, '/spec/kwargs'],
    [
      'an item of a list',
      { ...refund, spec: { ...refund.spec, reject_options: [null] } },
      '/spec/reject_options/0',
    ],
  ])('%s that is null is refused', (_what, document, pointer) => {
    const validated = validate(CreateFunctionCall, parsed(document))

    expect(pointersOf(validated)).toContain(pointer)
  })

  test('null inside an opaque value is kept', () => {
    const validated = validate(
      CreateFunctionCall,
      parsed({ ...refund, spec: { fn: 'f', kwargs: { a: null } } }),
    )

    expect(validated.ok && validated.value.spec.kwargs.text).toBe('{"a":null}')
  })

  test.each([
    ['a string', { ...refund, spec: { ...refund.spec, fn: 'a\0b' } }, '/spec/fn'],
    ['a list of strings', { ...refund, spec: { ...refund.spec, requires: ['a', '\0'] } }, '/spec/requires/1'],
    ['a member that nobody knows', { ...refund, note: { 'a/b': '\0' } }, '/note/a~1b'],
  ])('U+0000 in %s is refused with its pointer', (_what, document, pointer) => {
    const validated = validate(CreateFunctionCall, parsed(document))

    expect(pointersOf(validated)).toEqual([pointer])
  })

  test('U+0000 inside an opaque value is kept', () => {
    const validated = validate(
      CreateFunctionCall,
      parsed({ ...refund, spec: { fn: 'f', kwargs: { a: '\0' } } }),
    )

    expect(validated.ok && validated.value.spec.kwargs.text).toBe('{"a":"\\u0000"}')
  })

  test.each([
    ['a list', []],
    ['text', 'a'],
    ['a number', 5],
    ['true', true],
  ])('kwargs that are %s are refused with a telling fault', (_what, kwargs) => {
    const validated = validate(CreateFunctionCall, parsed({ ...refund, spec: { fn: 'f', kwargs } }))

    expect(validated).toEqual({
      ok: false,
      faults: [{ pointer: '/spec/kwargs', detail: 'Expected object.' }],
    })
  })

  test.each([
    ['', false],
    ['a', true],
    ['run_refunds_7', true],
    ['01J9ZQ4V7M8K2N3P5R6S7T8V9W', true],
    ['a._~:@+=-9', true],
    ['a'.repeat(128), true],
    ['a'.repeat(129), false],
    ['.a', false],
    ['_a', false],
    ['a/b', false],
    ['a b', false],
    ['a%2Fb', false],
    ['ä', false],
    ['a\n', false],
  ])('whether %j is an id: %s', (call_id, isId) => {
    const validated = validate(CreateFunctionCall, parsed({ ...refund, call_id }))

    expect(validated.ok).toBe(isId)
  })

  test.each([
    ['2026-03-02T15:05:00Z', true],
    ['2026-03-02T15:05:00.1Z', true],
    ['2026-03-02T15:05:00.123456789Z', true],
    ['2028-02-29T00:00:00Z', true],
    ['2026-02-29T00:00:00Z', false],
    ['2026-02-30T00:00:00Z', false],
    ['2026-04-31T00:00:00Z', false],
    ['2026-13-01T00:00:00Z', false],
    ['2026-03-02T24:00:00Z', false],
    ['2026-03-02T15:60:00Z', false],
    ['2026-03-02T15:05:00', false],
    ['2026-03-02T15:05:00+00:00', false],
    ['2026-03-02t15:05:00z', false],
    ['2026-03-02 15:05:00Z', false],
    ['2026-03-02', false],
    ['+012026-03-02T15:05:00Z', false],
    ['2026-03-02T15:05:00Z\n', false],
    ['tomorrow', false],
  ])('whether %j is a timestamp: %s', (text, isTimestamp) => {
    const validated = validate(Type.Object({ at: Timestamp('When.') }), { at: text })

    expect(validated.ok).toBe(isTimestamp)
  })

  test('every wrong place is reported once, at most twenty of them', () => {
    const reject_options = Array.from({ length: 30 }, () => ({ name: '' }))

    const validated = validate(
      CreateFunctionCall,
      parsed({ ...refund, spec: { ...refund.spec, reject_options } }),
    )

    const pointers = pointersOf(validated)
    expect(pointers).toHaveLength(20)
    expect(new Set(pointers).size).toBe(20)
  })

  test('names in pointers are escaped', () => {
    const validated = validate(ContactChannel, { inbox: { 'a/b~c': 1 } })

    expect(pointersOf(validated)).toEqual(['/inbox/a~1b~0c'])
  })

  test.each([
    ['an object', {}],
    ['a list', []],
    ['a string', ''],
    ['a number', 0],
    ['null', null],
  ])('%s where something else is expected is refused and no crash', (_what, document) => {
    const validated = validate(CreateHumanContact, document)

    expect(validated.ok).toBe(false)
  })

  test('the empty response to a contact has the right shape, and the transition judges it', () => {
    const validated = validate(HumanContactResponse, { response: null, response_data: null })

    expect(validated).toEqual({ ok: true, value: {} })
  })

  test('an empty text is no response', () => {
    const validated = validate(HumanContactResponse, { response: '' })

    expect(pointersOf(validated)).toEqual(['/response'])
  })

  test.each(['true', 1, 'yes', {}])('%j does not approve', (approved) => {
    const validated = validate(FunctionCallResponse, { approved })

    expect(pointersOf(validated)).toEqual(['/approved'])
  })

  test('a person to whom a key is bound has no colon in the id, so that nobody can pose as somebody else', () => {
    const validated = validate(CreateKey, { scopes: ['responder'], responder_id: 'email:ana@example.com' })

    expect(pointersOf(validated)).toEqual(['/responder_id'])
  })

  test('a cancellation needs no reason', () => {
    const validated = validate(Cancellation, {})

    expect(validated).toEqual({ ok: true, value: {} })
  })
})

describe('the schema of a contact channel', () => {
  const inbox = { inbox: {} }
  const sms = { sms: { phone_number: '+14155550123' } }

  test.each<[string, unknown]>([
    ['inbox', inbox],
    ['inbox with listed people', { inbox: { allowed_responder_ids: ['ana'] } }],
    ['named', { named: { name: 'payments-oncall' } }],
    ['slack', { slack: { channel_or_user_id: 'C1', bot_token: 't', thread_ts: '1.2' } }],
    ['slack to whoever installed the app', { slack: { channel_or_user_id: '' } }],
    ['email', { email: { address: 'a@b', additional_recipients: [{ address: 'c@d', field: 'cc' }] } }],
    ['sms', sms],
    ['whatsapp', { whatsapp: { phone_number: '+14155550123' } }],
    ['discord', { discord: { channel_or_user_id: '1' } }],
    ['any_of', { any_of: [inbox, sms] }],
    ['any_of with a member that joins later', { any_of: [inbox, { after_seconds: 60, channel: sms }] }],
    ['all_of', { all_of: [inbox, { any_of: [sms, inbox] }] }],
    ['quorum', { quorum: { required: 2, of: [inbox, { after_seconds: 0, channel: sms }] } }],
  ])('%s is a channel', (_what, channel) => {
    const validated = validate(ContactChannel, structuredClone(channel))

    expect(validated).toEqual({ ok: true, value: channel })
  })

  test.each<[string, unknown]>([
    ['no kind', {}],
    ['two kinds', { ...inbox, ...sms }],
    ['an unknown kind', { fax: {} }],
    ['a misspelt member', { inbox: { allowed_responders: ['ana'] } }],
    ['a misspelt member deep down', { any_of: [{ all_of: [{ inbox: { allow: ['ana'] } }] }] }],
    ['a member named __proto__', JSON.parse('{"inbox":{"__proto__":{}}}')],
    ['an empty list of people', { inbox: { allowed_responder_ids: [] } }],
    ['an empty id in the list of people', { inbox: { allowed_responder_ids: [''] } }],
    ['an empty any_of', { any_of: [] }],
    ['an empty all_of', { all_of: [] }],
    ['a delayed member directly under all_of', { all_of: [{ after_seconds: 60, channel: sms }] }],
    ['a delayed member at the root', { after_seconds: 60, channel: sms }],
    ['a delay that is not whole', { any_of: [{ after_seconds: 0.5, channel: sms }] }],
    ['a delay below zero', { any_of: [{ after_seconds: -1, channel: sms }] }],
    ['a delayed member with a third member', { any_of: [{ after_seconds: 1, channel: sms, inbox: {} }] }],
    ['a quorum of nobody', { quorum: { required: 0, of: [inbox] } }],
    ['a quorum over composites', { quorum: { required: 1, of: [{ any_of: [inbox] }] } }],
    ['a quorum without leaves', { quorum: { required: 1, of: [] } }],
    ['a named channel without a name', { named: { name: '' } }],
  ])('%s is refused', (_what, channel) => {
    const validated = validate(ContactChannel, channel)

    expect(validated.ok).toBe(false)
  })
})

/** As the server does it: the text of the body is parsed with the opaque places of the schema. */
function parsed(document: unknown): unknown {
  const result = parseJson(JSON.stringify(document), opaquePlaces(CreateFunctionCall), 64)
  return result.ok ? result.value : undefined
}

function pointersOf(validated: ReturnType<typeof validate>): string[] | undefined {
  return validated.ok ? undefined : validated.faults.map(({ pointer }) => pointer)
}
