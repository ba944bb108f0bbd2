import { describe, expect, test } from 'vitest'
import { isSameJson, parseExact, writeExact, writeParsed, writePretty } from '../src/exact-json.ts'

describe('exact JSON', () => {
  test('keeps every digit of large integers', () => {
    const text = '{"id":12345678901234567890,"minus":-9007199254740993}'

    const value = parseExact(text)

    expect(value).toEqual({ id: 12345678901234567890n, minus: -9007199254740993n })
    expect(writeExact(value, 'args')).toBe(text)
  })

  test('leaves other numbers as doubles', () => {
    expect(parseExact('[9007199254740991,1.5,1e300,-0]')).toEqual([9007199254740991, 1.5, 1e300, -0])
  })

  test('writes whatever it parsed so that it is parsed as the same again', () => {
    const value = parseExact(
      '{"a":[1e20,-0,1.5,1e-7,-123456789012345680000.0,12345678901234567890,{"b":null}]}',
    )

    expect(parseExact(writeParsed(value))).toEqual(value)
    expect(() => writeExact(value, 'args')).toThrow(TypeError)
  })

  test('refuses a number that no double can hold', () => {
    expect(() => parseExact('{"n":1e400}')).toThrow(SyntaxError)
  })

  test('writes a bigint as digits even when somebody gave bigints a toJSON', () => {
    const prototype = BigInt.prototype as unknown as { toJSON?: () => string }
    prototype.toJSON = () => 'text'
    try {
      expect(writeExact({ id: 2n ** 64n }, 'args')).toBe('{"id":18446744073709551616}')
    } finally {
      delete prototype.toJSON
    }
  })

  test('lays large integers out for reading', () => {
    expect(writePretty({ id: 2n ** 64n })).toBe('{\n  "id": 18446744073709551616\n}')
  })

  test('counts a member that is undefined as absent', () => {
    expect(writeExact({ a: 1, b: undefined }, 'args')).toBe('{"a":1}')
  })

  test('keeps a member named __proto__', () => {
    const text = '{"__proto__":{"admin":true}}'

    expect(writeExact(parseExact(text), 'args')).toBe(text)
  })

  test('takes objects without a prototype', () => {
    expect(writeExact(Object.assign(Object.create(null), { a: 1 }), 'args')).toBe('{"a":1}')
  })

  const cycle: Record<string, unknown> = { name: 'loop' }
  cycle['below'] = [cycle]
  const sparse = [1, 2]
  Reflect.deleteProperty(sparse, 0)

  test.each([
    ['NaN', { a: { b: Number.NaN } }, 'args.a.b'],
    ['infinity', { a: [1, Infinity] }, 'args.a[1]'],
    ['negative zero', { a: -0 }, 'args.a'],
    ['a date', { 'due at': new Date(0) }, 'args["due at"]'],
    ['a map', { a: new Map() }, 'args.a'],
    ['a class instance', { a: new URLSearchParams() }, 'args.a'],
    ['a boxed string', { a: Object('text') }, 'args.a'],
    ['a function', { a: () => 1 }, 'args.a'],
    ['a symbol', { a: Symbol('s') }, 'args.a'],
    ['a member under a symbol', { [Symbol('s')]: 1 }, 'args[Symbol(s)]'],
    ['undefined in an array', { a: [undefined] }, 'args.a[0]'],
    ['an array with a hole', { a: sparse }, 'args.a'],
    ['an array with a member', { a: Object.assign([1], { extra: 1 }) }, 'args.a'],
    ['a bigint that fits a number', { a: 5n }, 'args.a'],
    ['a number beyond the safe integers', { a: 2 ** 60 }, 'args.a'],
    ['a lone surrogate', { a: '\ud800' }, 'args.a'],
    ['a lone surrogate in a name', { '\ud800': 1 }, String.raw`args["\ud800"]`],
    ['a toJSON', { a: { toJSON: () => 'other' } }, 'args.a'],
    ['a hidden member', Object.defineProperty({}, 'a', { value: 1 }), 'args.a'],
    ['a cycle', cycle, 'args.below[0]'],
    ['undefined itself', undefined, 'args'],
  ])('refuses %s and names the place', (_what, value, path) => {
    const write = () => writeExact(value, 'args')

    expect(write).toThrow(TypeError)
    expect(write).toThrow(`${path} `)
  })

  test('compares by value, whatever the order of members', () => {
    expect(isSameJson({ a: [1, { b: 'x' }], c: null }, { c: null, a: [1, { b: 'x' }] })).toBe(true)
    expect(isSameJson(1e21, 10n ** 21n)).toBe(true)
    expect(isSameJson({ a: 1 }, { a: 1, b: 2 })).toBe(false)
    expect(isSameJson({ a: undefined }, { b: undefined })).toBe(false)
    expect(isSameJson([1], { 0: 1 })).toBe(false)
    expect(isSameJson(9007199254740993n, 9007199254740994n)).toBe(false)
  })
})
