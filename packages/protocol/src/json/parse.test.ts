import { describe, expect, test } from 'vitest'
import { parseJson, pointerOf, type OpaquePlaces, type ParsedJson } from './parse.ts'
import { RawJson } from './raw-json.ts'

const kwargs: OpaquePlaces = { members: { spec: { members: { kwargs: { opaque: true } } } } }

describe('parseJson', () => {
  test('a document without opaque places is parsed as JSON', () => {
    const parsed = parseJson(' {"a": [1, true, false, null, "x\\n"], "b": {"c": -1.5e3}} ', {}, 8)

    expect(parsed).toEqual({ ok: true, value: { a: [1, true, false, null, 'x\n'], b: { c: -1500 } } })
  })

  test.each([
    ['nothing at all', ''],
    ['a comment', '{} // done'],
    ['trailing garbage', '{"a":1} x'],
    ['a second document', '{} {}'],
    ['a trailing comma', '{"a":1,}'],
    ['single quotes', "{'a':1}"],
    ['NaN', '{"a":NaN}'],
    ['a leading zero', '{"a":01}'],
    ['a byte order mark', '\uFEFF{}'],
    ['a control character in a string', '{"a":"\u0001"}'],
    ['an object cut short', '{"a":'],
  ])('%s is refused at the root', (_what, text) => {
    const parsed = parseJson(text, kwargs, 8)

    expect(pointerOfFault(parsed)).toBe('')
  })

  test.each([
    ['in the same spelling', '{"a":1,"a":1}', '/a'],
    ['in an escaped spelling', '{"a":1,"\\u0061":2}', '/a'],
    ['with the escaped spelling first', '{"\\u0061":1,"a":2}', '/a'],
    ['of a surrogate pair in two spellings', '{"😀":1,"\\uD83D\\uDE00":2}', '/😀'],
    ['in a nested object', '{"a":{"b":[{}, {"c":1,"c":2}]}}', '/a/b/1/c'],
    ['inside an opaque value', '{"spec":{"kwargs":{"x":{"y":1,"y":2}}}}', '/spec/kwargs/x/y'],
    ['of the opaque value itself', '{"spec":{"kwargs":{},"kwargs":{}}}', '/spec/kwargs'],
    ['named __proto__', '{"__proto__":1,"__proto__":2}', '/__proto__'],
    ['named constructor', '{"constructor":1,"constructor":2}', '/constructor'],
    ['with ~ and / in its name', '{"a/b~c":1,"a/b~c":2}', '/a~1b~0c'],
    ['with the empty name', '{"":1,"":2}', '/'],
  ])('a member that stands twice %s is refused with its pointer', (_what, text, pointer) => {
    const parsed = parseJson(text, kwargs, 8)

    expect(pointerOfFault(parsed)).toBe(pointer)
  })

  test('the same name in different objects is no duplicate', () => {
    const parsed = parseJson('{"a":{"a":[{"a":1},{"a":2}]},"A":3}', {}, 8)

    expect(parsed.ok).toBe(true)
  })

  test('a name that objects inherit is no duplicate', () => {
    const parsed = parseJson('{"constructor":1,"toString":2,"hasOwnProperty":3}', {}, 8)

    expect(parsed.ok).toBe(true)
  })

  test.each([
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
    ['arrays', (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`],
    ['empty containers', (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`],
  ])('%s nest exactly as deep as the limit and no deeper', (_what, nested) => {
    const limit = 5

    const [within, beyond] = [parseJson(nested(limit), {}, limit), parseJson(nested(limit + 1), {}, limit)]

    expect(within.ok).toBe(true)
    expect(beyond).toMatchObject({ ok: false, fault: { detail: 'The document nests deeper than 5 levels.' } })
  })

  test('the depth limit counts from the root into opaque values', () => {
    const text = '{"spec":{"kwargs":{"a":[]}}}'

    const [within, beyond] = [parseJson(text, kwargs, 4), parseJson(text, kwargs, 3)]

    expect(within.ok).toBe(true)
    expect(pointerOfFault(beyond)).toBe('/spec/kwargs/a')
  })

  test('nesting of a hundred thousand levels is a fault and no crash', () => {
    const parsed = parseJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 64)

    expect(parsed.ok).toBe(false)
  })

  test.each([
    ['an escaped high surrogate', '{"a":"\\uD800"}', '/a'],
    ['an escaped low surrogate', '{"a":"x\\uDC00y"}', '/a'],
    ['two halves in the wrong order', '{"a":"\\uDE00\\uD83D"}', '/a'],
    ['a surrogate that is not escaped', '{"a":"\uD800"}', '/a'],
    ['a surrogate in a list', '{"a":["x","\\ud800"]}', '/a/1'],
    ['a surrogate inside an opaque value', '{"spec":{"kwargs":{"a":"\\uD800"}}}', '/spec/kwargs/a'],
    ['a surrogate in a member name', '{"a":{"\\uD800":1}}', '/a'],
  ])('%s is refused', (_what, text, pointer) => {
    const parsed = parseJson(text, kwargs, 8)

    expect(pointerOfFault(parsed)).toBe(pointer)
  })

  test('a surrogate pair is taken in either spelling', () => {
    const parsed = parseJson('["😀","\\uD83D\\uDE00"]', {}, 8)

    expect(parsed).toEqual({ ok: true, value: ['😀', '😀'] })
  })

  test('an escaped backslash before u is no escape of a surrogate', () => {
    const parsed = parseJson('["\\\\uD800"]', {}, 8)

    expect(parsed).toEqual({ ok: true, value: ['\\uD800'] })
  })

  test.each(['1e400', '-1e400', '1E+309', '1.0e309', `${'9'.repeat(310)}.5`])(
    'the number %s is out of the range of a double and refused',
    (number) => {
      const parsed = parseJson(`{"spec":{"kwargs":{"n":${number}}}}`, kwargs, 8)

      expect(pointerOfFault(parsed)).toBe('/spec/kwargs/n')
    },
  )

  test.each(['1.7976931348623157e308', '-1.7976931348623157E+308', '1e-400', '0.1', '-0.0', '5e-324'])(
    'the number %s is a double and taken',
    (number) => {
      const parsed = parseJson(`[${number}]`, {}, 8)

      expect(parsed.ok).toBe(true)
    },
  )

  test('an opaque integer of 400 digits is taken and kept in full', () => {
    const digits = '7'.repeat(400)

    const parsed = parseJson(`{"spec":{"kwargs":{"n":${digits}}}}`, kwargs, 8)

    expect(opaqueText(parsed)).toBe(`{"n":${digits}}`)
  })

  test.each([
    ['white space', '{ "b" : 1 ,\n\t"a" : [ 1 , 2 ] }'],
    ['member order of integer-like names', '{"10":1,"9":2,"x":3,"1":4}'],
    ['integers beyond 2^53', '{"n":9007199254740993,"m":-18446744073709551616}'],
    ['the spelling of numbers', '{"a":1.0,"b":1E2,"c":-0,"d":1.10}'],
    ['the spelling of strings', '{"a":"\\u00e9\\/\\u0000","b":"é/"}'],
    ['a member named __proto__', '{"__proto__":{"admin":true}}'],
    ['members that are null', '{"a":null,"b":[null]}'],
    ['strings that look like structure', '{"a":"}]\\"{[,:","b":"\\\\"}'],
    ['the empty object', '{}'],
  ])('an opaque value keeps %s', (_what, text) => {
    const parsed = parseJson(`{"spec" : {"fn":"f", "kwargs" :  ${text}  , "z":1}}`, kwargs, 8)

    expect(opaqueText(parsed)).toBe(text)
  })

  test.each(['[1, 2]', '"text"', '12345678901234567890', 'true', 'false'])(
    'an opaque value may be %s, so that its schema can judge it',
    (text) => {
      const parsed = parseJson(`{"spec":{"kwargs":${text}}}`, kwargs, 8)

      expect(opaqueText(parsed)).toBe(text)
    },
  )

  test('an opaque member that is null stays null, which counts as absent', () => {
    const parsed = parseJson('{"spec":{"kwargs": null}}', kwargs, 8)

    expect(parsed).toEqual({ ok: true, value: { spec: { kwargs: null } } })
  })

  test('a whole document can be opaque', () => {
    const parsed = parseJson(' { "a" : 1 } ', { opaque: true }, 8)

    expect(parsed).toEqual({ ok: true, value: new RawJson('{ "a" : 1 }') })
  })

  test('opaque values in the items of a list are each kept', () => {
    const places: OpaquePlaces = {
      members: { items: { members: { '*': { members: { x: { opaque: true } } } } } },
    }

    const parsed = parseJson('{"items":[{"x":{"n":1.0}},{"y":2},{"x":[ ]}]}', places, 8)

    expect(parsed).toEqual({
      ok: true,
      value: { items: [{ x: new RawJson('{"n":1.0}') }, { y: 2 }, { x: new RawJson('[ ]') }] },
    })
  })

  test('a name of an opaque place elsewhere in the document means nothing', () => {
    const parsed = parseJson('{"kwargs":{"a":1},"spec":{"context":{"kwargs":{"a":1}}}}', kwargs, 8)

    expect(parsed).toEqual({
      ok: true,
      value: { kwargs: { a: 1 }, spec: { context: { kwargs: { a: 1 } } } },
    })
  })

  test('a member named __proto__ becomes a member and no prototype', () => {
    const parsed = parseJson('{"__proto__":{"approved":true}}', {}, 8)

    const value = (parsed as { value: object }).value
    expect(Object.keys(value)).toEqual(['__proto__'])
    expect('approved' in value).toBe(false)
  })
})

describe('pointerOf', () => {
  test('a trail becomes an RFC 6901 pointer with ~ escaped before /', () => {
    const pointer = pointerOf(['a/b', 'c~d', '~1', 0, ''])

    expect(pointer).toBe('/a~1b/c~0d/~01/0/')
  })

  test('the empty trail is the whole document', () => {
    const pointer = pointerOf([])

    expect(pointer).toBe('')
  })
})

function pointerOfFault(parsed: ParsedJson): string | undefined {
  return parsed.ok ? undefined : parsed.fault.pointer
}

function opaqueText(parsed: ParsedJson): string | undefined {
  const value = parsed.ok ? (parsed.value as { spec: { kwargs: unknown } }).spec.kwargs : undefined
  return value instanceof RawJson ? value.text : undefined
}
