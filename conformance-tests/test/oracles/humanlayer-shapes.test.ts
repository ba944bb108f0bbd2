import { describe, expect, test } from 'vitest'
import { faultsOfFunctionCall, faultsOfHumanContact } from '../../src/oracles/humanlayer-shapes.ts'

type Path = readonly (string | number)[]
type Value = Record<string, unknown>

const option = { name: 'a', title: 'A', description: null, prompt_fill: '', interactive: true }
const channel = {
  slack: {
    channel_or_user_id: 'C',
    context_about_channel_or_user: 'c',
    allowed_responder_ids: ['U'],
    experimental_slack_blocks: true,
    thread_ts: '1',
    bot_token: 3,
  },
  sms: { phone_number: '1', context_about_user: 'c' },
  whatsapp: { phone_number: '1', context_about_user: 'c' },
  email: {
    address: 'a',
    context_about_user: 'c',
    additional_recipients: [{ address: 'b', context_about_user: 'c', field: 'cc' }],
    experimental_subject_line: 's',
    experimental_references_message_id: 'r',
    experimental_in_reply_to_message_id: 'i',
    template: 't',
    subject: 3,
    references_message_id: 3,
    in_reply_to_message_id: 3,
    in_reply_to: 3,
  },
}
const status = { slack_message_ts: '1', user_info: {}, slack_context: {}, brand_new: 3 }
const functionCall = {
  run_id: 'r',
  call_id: 'c',
  spec: { fn: 'f', kwargs: {}, channel, reject_options: [option], state: {} },
  status: { ...status, reject_option_name: 'a', comment: 'c' },
}
const humanContact = {
  run_id: 'r',
  call_id: 'c',
  spec: { msg: 'm', subject: 's', channel, response_options: [option], state: {} },
  status: { ...status, response_option_name: 'a' },
}

/** The value with another one at a place; undefined takes the member out. */
function changed(value: Value, path: Path, to: unknown): Value {
  const copy = structuredClone(value)
  let inner = copy as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) inner = inner[step] as Value
  const last = path.at(-1)!
  if (to === undefined) delete inner[last]
  else inner[last] = to
  return copy
}

/** Every place of a value, but not those where anything goes. */
function placesOf(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(name) : name]
    return inner === 3 ? [] : [at, ...placesOf(inner, at)]
  })
}

const pointerOf = (path: Path) => path.map((step) => `/${step}`).join('')
const ofSpec = (places: Path[]) => places.filter((path) => path.length > 0)
const REQUIRED = /^(run_id|call_id|spec|fn|kwargs|msg|name|address|phone_number|channel_or_user_id)$/
const NEVER_NULL =
  /^(run_id|call_id|spec|fn|kwargs|msg|name|address|phone_number|channel_or_user_id|interactive)$/

describe.each([
  ['a function call', functionCall, faultsOfFunctionCall],
  ['a human contact', humanContact, faultsOfHumanContact],
])('%s', (_, whole, faultsOf) => {
  const places = ofSpec(placesOf(whole))
  const named = places.filter((path) => typeof path.at(-1) === 'string')

  test('with everything has no fault, nor has one with the least', () => {
    const [text] = Object.keys(whole.spec)

    expect(faultsOf(whole)).toEqual([])
    expect(
      faultsOf({ run_id: 'r', call_id: 'c', spec: text === 'fn' ? { fn: 'f', kwargs: {} } : { msg: 'm' } }),
    ).toEqual([])
  })

  test.each(places.map((path) => [pointerOf(path), path] as const))(
    'has one type alone at %s',
    (pointer, path) => {
      const last = path.at(-1)
      const wrong = last === 'interactive' || last === 'experimental_slack_blocks' ? 'true' : true
      const faults = faultsOf(changed(whole, path, wrong))

      expect(faults).toEqual([
        { about: 'type', pointer, expected: expect.any(String), actual: JSON.stringify(wrong) },
      ])
      expect(faults[0]?.expected).toMatch(/^(a text|a boolean|an object|a list|to, cc or bcc)$/)
    },
  )

  test.each(named.map((path) => [pointerOf(path), path] as const))(
    'may lack %s, or may not',
    (pointer, path) => {
      const name = String(path.at(-1))
      const missing = [{ about: 'type', pointer, expected: 'a value', actual: 'nothing' }]

      expect(faultsOf(changed(whole, path, undefined))).toEqual(REQUIRED.test(name) ? missing : [])
      expect(faultsOf(changed(whole, path, null)).map((fault) => fault.pointer)).toEqual(
        NEVER_NULL.test(name) ? [pointer] : [],
      )
    },
  )

  test.each([
    '',
    '/spec',
    '/spec/channel',
    '/spec/channel/slack',
    '/spec/channel/sms',
    '/spec/channel/whatsapp',
    '/spec/channel/email',
    '/spec/channel/email/additional_recipients/0',
  ])('has no other member at "%s"', (pointer) => {
    const path = [...pointer.split('/').slice(1), 'a/b~c']

    expect(faultsOf(changed(whole, path, 1))).toEqual([
      {
        about: 'unknown',
        pointer: `${pointer}/a~1b~0c`,
        expected: 'no member that HumanLayer API v1 does not have',
        actual: 'the member "a/b~c"',
      },
    ])
  })

  test('has options of known members', () => {
    const [list] = Object.keys(whole.spec).filter((name) => name.endsWith('_options'))
    expect(faultsOf(changed(whole, ['spec', list!, 0, 'extra'], 1))).toMatchObject([
      { about: 'unknown', pointer: `/spec/${list}/0/extra` },
    ])
  })

  test.each([null, 'call', [], undefined])('is not %j', (value) => {
    expect(faultsOf(value)).toEqual([
      { about: 'type', pointer: '', expected: 'an object', actual: JSON.stringify(value) ?? 'nothing' },
    ])
  })

  test('is shown cut where it is long', () => {
    expect(faultsOf(changed(whole, ['spec', 'channel', 'slack'], 'x'.repeat(300)))[0]?.actual).toHaveLength(
      200,
    )
  })

  test('names its types', () => {
    const expectedAt = (...path: Path) => faultsOf(changed(whole, path, 7))[0]?.expected
    const text = 'spec' in whole && 'fn' in whole.spec ? 'fn' : 'msg'

    expect(expectedAt('spec', text)).toBe('a text')
    expect(expectedAt('spec', 'channel', 'slack', 'experimental_slack_blocks')).toBe('a boolean')
    expect(expectedAt('spec', 'channel', 'slack', 'allowed_responder_ids')).toBe('a list')
    expect(expectedAt('spec', 'state')).toBe('an object')
    expect(expectedAt('spec', 'channel', 'email', 'additional_recipients', 0, 'field')).toBe('to, cc or bcc')
  })

  test.each(['to', 'cc', 'bcc'])('has recipients of the kind %s', (field) => {
    expect(
      faultsOf(changed(whole, ['spec', 'channel', 'email', 'additional_recipients', 0, 'field'], field)),
    ).toEqual([])
  })
})

test('the comment of a denial is not judged, and any other is', () => {
  const withStatus = (more: object) =>
    faultsOfFunctionCall({ ...functionCall, status: { ...status, ...more } })

  expect(withStatus({ approved: false, comment: 3 })).toEqual([])
  expect(withStatus({ approved: true, comment: 3 })).toMatchObject([
    { pointer: '/status/comment', actual: '3' },
  ])
  expect(withStatus({ comment: 3 })).toHaveLength(1)
})
