import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalForm,
  differenceOf,
  disorderOf,
  exactAt,
  parseExactJson,
  textOf,
} from '../src/exact-json.ts'

const parse = (text: string) => parseExactJson(text)!
const canonical = (text: string) => canonicalForm(parse(text))

describe('JSON text is read exactly', () => {
  test.each([
    '{}',
    '[]',
    '""',
    'null',
    'true',
    'false',
    '-0.10e+2',
    '12345678901234567890',
    '{"2":1,"1":[true,null,"a"],"":{}}',
    '{"a":1,"a":2}',
    '[[],[[]],{},{"a":{}}]',
    '[1,2,{"a":[]},3]',
    '"\\\\"',
    '["\\"",1]',
  ])('such as %s', (text) => {
    expect(textOf(parse(text))).toBe(text)
  })

  test('with white space everywhere and escapes', () => {
    const text = ' \t\r\n{ "a" :\t1 ,\n"b\\"]" : [ true , false\r] , "\\u0063" : null } '
    expect(textOf(parse(text))).toBe('{"a":1,"b\\"]":[true,false],"c":null}')
    expect(parse(' 1 ')).toEqual({ kind: 'number', literal: '1' })
    expect(parse('[1 ]')).toEqual({ kind: 'array', items: [{ kind: 'number', literal: '1' }] })
    expect(parse('[ ]')).toEqual({ kind: 'array', items: [] })
    expect(parse('{\n}')).toEqual({ kind: 'object', members: [] })
    expect(parse('[true]')).toEqual({ kind: 'array', items: [{ kind: 'literal', value: true }] })
    expect(parse('false')).toEqual({ kind: 'literal', value: false })
    expect(parse('null')).toEqual({ kind: 'literal', value: null })
  })

  test.each(['', '{', '{"a":}', "{'a':1}", '01', 'NaN', '1 2'])('and "%s" is none', (text) => {
    expect(parseExactJson(text)).toBeUndefined()
  })

  test('whatever it is', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(textOf(parse(text))).toBe(JSON.stringify(value))
        expect(differenceOf(parse(text), parse(JSON.stringify(value)))).toBeUndefined()
        expect(disorderOf(parse(text), parse(JSON.stringify(value)))).toBeUndefined()
      }),
    )
  })
})

describe('a pointer', () => {
  test.each([
    ['', '{"a":{"b/c":[1,{"~":2}]},"":3}'],
    ['/', '3'],
    ['/a/b~1c', '[1,{"~":2}]'],
    ['/a/b~1c/1/~0', '2'],
    ['/a/x', 'nothing'],
    ['/a/b~1c/7', 'nothing'],
    ['/a/b~1c/0/x', 'nothing'],
    ['/x/y', 'nothing'],
  ])('"%s" leads to %s', (pointer, text) => {
    expect(textOf(exactAt(parse('{"a":{"b/c":[1,{"~":2}]},"":3}'), pointer))).toBe(text)
  })

  test('leads to the last of equal names, and nowhere from nothing', () => {
    expect(textOf(exactAt(parse('{"a":1,"a":2}'), '/a'))).toBe('2')
    expect(exactAt(undefined, '/a')).toBeUndefined()
    expect(textOf(exactAt(parse('{"~1":1,"/":2}'), '/~01'))).toBe('1')
    expect(textOf(undefined)).toBe('nothing')
  })
})

describe('the canonical form', () => {
  test.each([
    ['{"b":1,"a":[2,{"d":3,"c":4}]}', '{"a":[2,{"c":4,"d":3}],"b":1}'],
    ['{"\\uFB33":1,"\\uD83D\\uDE00":2}', '{"\u{1F600}":2,"\uFB33":1}'],
    ['{"a":1,"a":2}', '{"a":1,"a":2}'],
    ['"\\u0061\\/"', '"a/"'],
    ['[true,false,null]', '[true,false,null]'],
    ['1.0', '1'],
    ['1e3', '1000'],
    ['1e21', '1000000000000000000000'],
    ['-0', '0'],
    ['-0.0', '0'],
    ['0.10', '0.1'],
    ['-12', '-12'],
    ['9007199254740993', '9007199254740993'],
    ['9007199254740993.0', '9007199254740992'],
    ['1.5e-7', '1.5e-7'],
  ])('of %s is %s', (text, form) => {
    expect(canonical(text)).toBe(form)
  })
})

describe('a difference', () => {
  const between = (expected: string, actual: string) => differenceOf(parse(expected), parseExactJson(actual))

  test.each([
    ['{"a":1,"b":2}', '{"b":2.0,"a":1}'],
    ['[1,[2]]', '[1.0,[2e0]]'],
    ['"\\u0061"', '"a"'],
  ])('is none between %s and %s', (expected, actual) => {
    expect(between(expected, actual)).toBeUndefined()
  })

  test.each([
    ['1', '2', '', '1', '2'],
    ['1', '', '', '1', 'nothing'],
    ['{"a":1}', '', '', '{"a":1}', 'nothing'],
    ['[1]', '', '', '[1]', 'nothing'],
    ['{"a":{"b":[1,2]}}', '{"a":{"b":[1,3]}}', '/a/b/1', '2', '3'],
    ['{"a":1}', '{}', '/a', '1', 'nothing'],
    ['{"a":1}', '{"a":1,"x/~y":[2]}', '/x~1~0y', 'no member of this name', '[2]'],
    ['[1,2]', '[1]', '', '[1,2]', '[1]'],
    ['[{"a":1}]', '[{"a":"1"}]', '/0/a', '1', '"1"'],
    ['{}', '[]', '', '{}', '[]'],
    ['[]', '{}', '', '[]', '{}'],
    ['{"a":1}', '3', '', '{"a":1}', '3'],
    ['[3]', '3', '', '[3]', '3'],
    ['{"a":1,"b":2}', '{"a":1,"b":3}', '/b', '2', '3'],
    ['{"a":1,"a":2}', '{"a":2}', '', '{"a":1,"a":2}', '{"a":2}'],
  ])('between %s and %s is at "%s"', (expected, actual, pointer, wanted, given) => {
    expect(between(expected, actual)).toEqual({ pointer, expected: wanted, actual: given })
  })
})

describe('a disorder', () => {
  const between = (expected: string, actual: string) => disorderOf(parse(expected), parseExactJson(actual))

  test.each([
    ['{"b":1,"a":2}', '{"b":3,"a":4}'],
    ['{"a":1}', '{"a":1,"more":2}'],
    ['[{"a":1}]', '[{"a":1}]'],
    ['{"a":{"b":1}}', '{"a":3}'],
    ['[1]', '{"a":1}'],
    ['{"a":1}', '[1]'],
    ['{"a":1}', ''],
  ])('is none between %s and %s', (expected, actual) => {
    expect(between(expected, actual)).toBeUndefined()
  })

  test.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}', '', '["b","a"]', '["a","b"]'],
    ['{"a":[0,{"c":1,"b":2}]}', '{"a":[0,{"b":2,"c":1}]}', '/a/1', '["c","b"]', '["b","c"]'],
    ['{"x/~y":{"2":1,"1":1}}', '{"x/~y":{"1":1,"2":1}}', '/x~1~0y', '["2","1"]', '["1","2"]'],
    ['{"a":1,"b":2}', '{"a":1}', '', '["a","b"]', '["a"]'],
  ])('between %s and %s is at "%s"', (expected, actual, pointer, wanted, given) => {
    expect(between(expected, actual)).toEqual({ pointer, expected: wanted, actual: given })
  })
})
