import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalize, parseExact } from './canonicalize.ts'
import { RawJson } from './raw-json.ts'

describe('canonicalize', () => {
  test('white space goes', () => {
    const text = canonicalize(' { "a" : [ 1 , 2 ] ,\n"b" : { } } ')

    expect(text).toBe('{"a":[1,2],"b":{}}')
  })

  test('members are ordered by the UTF-16 code units of their names, as in RFC 8785', () => {
    const text = canonicalize(
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",' +
        '"1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}',
    )

    expect(text).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis",' +
        '"€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    )
  })

  test('members of nested objects are ordered, items of lists are not', () => {
    const text = canonicalize('{"b":[{"d":1,"c":2},3,1],"a":{"10":1,"9":2,"B":3}}')

    expect(text).toBe('{"a":{"10":1,"9":2,"B":3},"b":[{"c":2,"d":1},3,1]}')
  })

  test('strings are written as in RFC 8785', () => {
    const text = canonicalize('"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"')

    expect(text).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
  })

  test.each([
    ['1.0', '1'],
    ['1e21', '1000000000000000000000'],
    ['1E2', '100'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['0e5', '0'],
    ['333333333.33333329', '333333333.3333333'],
    ['4.50', '4.5'],
    ['2e-3', '0.002'],
    ['0.000000000000000000000000001', '1e-27'],
    ['1e-7', '1e-7'],
    ['9007199254740993.0', '9007199254740992'],
    ['9007199254740993', '9007199254740993'],
    ['-18446744073709551617', '-18446744073709551617'],
  ])('the number %s is written as %s', (number, written) => {
    const text = canonicalize(number)

    expect(text).toBe(written)
  })

  test('an integer of 400 digits is written in full', () => {
    const digits = '7'.repeat(400)

    const text = canonicalize(`[${digits}]`)

    expect(text).toBe(`[${digits}]`)
  })

  test('neighbouring integers beyond 2^53 stay distinct', () => {
    const [one, other] = [canonicalize('9007199254740992'), canonicalize('9007199254740993')]

    expect(one).not.toBe(other)
  })

  test('members named __proto__ and constructor are members like any other', () => {
    const text = canonicalize('{"constructor":2,"__proto__":{"b":1,"a":2}}')

    expect(text).toBe('{"__proto__":{"a":2,"b":1},"constructor":2}')
  })

  test('null, true and false are written as such', () => {
    const text = canonicalize('[null, true, false, {}, [], ""]')

    expect(text).toBe('[null,true,false,{},[],""]')
  })

  test('the canonical form of a canonical form is itself', () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = canonicalize(textOf(value))

        expect(canonicalize(once)).toBe(once)
      }),
    )
  })

  test('the order of members and the white space between them do not matter', () => {
    fc.assert(
      fc.property(json, (value) => {
        const [one, other] = [textOf(value), textOf(value, { reversed: true, space: ' \n' })]

        expect(canonicalize(one)).toBe(canonicalize(other))
      }),
    )
  })

  test('different integers have different canonical forms', () => {
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt(), (one, other) => {
        const same = canonicalize(String(one)) === canonicalize(String(other))

        expect(same).toBe(one === other)
      }),
    )
  })
})

describe('parseExact', () => {
  test('an integer that a double cannot hold becomes its digits, every other number a number', () => {
    const value = parseExact('[9007199254740991, 9007199254740993, 9007199254740992.0, 1e300]')

    expect(value).toEqual([9007199254740991, new RawJson('9007199254740993'), 9007199254740992, 1e300])
  })
})

type Json = null | boolean | number | bigint | string | Json[] | { members: [string, Json][] }

const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.record({
      members: fc.uniqueArray(fc.tuple(fc.string(), tie('json')), {
        maxLength: 5,
        selector: ([name]) => name,
      }),
    }),
  ),
}))

/** Writes the value with its members forwards or backwards, which an object of JavaScript could not hold apart. */
function textOf(value: Json, how: { reversed?: boolean; space?: string } = {}): string {
  const space = how.space ?? ''
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, how)).join(`,${space}`)}]`
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)

  const members = how.reversed ? value.members.toReversed() : value.members
  const written = members.map(([name, member]) => `${JSON.stringify(name)}${space}:${textOf(member, how)}`)
  return `{${space}${written.join(`${space},`)}}`
}
