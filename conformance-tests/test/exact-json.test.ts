import { describe, expect, test } from 'vitest'
import {
  canonicalForm,
  differenceOf,
  disorderOf,
  exactAt,
  parseExactJson,
  textOf,
} from '../src/exact-json.ts'

const exact = (text: string) => parseExactJson(text)!

describe('exact JSON', () => {
  test('keeps number literals and the order of members, integer-like names included', () => {
    const text = '{"b":1.0,"2":-0,"1":1E2,"__proto__":{"a":[123456789012345678901234567890,true,null]},"":""}'

    expect(textOf(exact(` ${text.replaceAll(',', ' , ')} `))).toBe(text)
  })

  test.each(['', '{', '{} {}', "{'a':1}", '[1,]', 'NaN'])('is not read from %j', (text) => {
    expect(parseExactJson(text)).toBeUndefined()
  })

  test('finds what a pointer names, the last of equal names', () => {
    const value = exact('{"a/b~c":[{"x":1,"x":2}],"toString":3}')

    expect(exactAt(value, '/a~1b~0c/0/x')).toEqual({ kind: 'number', literal: '2' })
    expect(exactAt(value, '/toString')).toEqual({ kind: 'number', literal: '3' })
    expect(exactAt(value, '/constructor')).toBeUndefined()
  })

  test.each([
    ['1.0', '1'],
    ['1e2', '100'],
    ['-0.0', '0'],
    ['-0', '0'],
    ['0.10', '0.1'],
    ['1e21', '1000000000000000000000'],
    ['{"a":1,"b":2}', '{"b":2,"a":1}'],
    ['"\\u0041\\/"', '"A/"'],
  ])('%s equals %s', (one, other) => {
    expect(canonicalForm(exact(one))).toBe(canonicalForm(exact(other)))
    expect(differenceOf(exact(one), exact(other))).toBeUndefined()
  })

  test.each([
    ['9007199254740993', '9007199254740992'],
    ['1e23', '100000000000000000000000'],
    ['"\u00e9"', '"e\u0301"'],
    ['[1,2]', '[2,1]'],
    ['{"a":null}', '{}'],
    ['1', '"1"'],
  ])('%s does not equal %s', (one, other) => {
    expect(differenceOf(exact(one), exact(other))).toBeDefined()
  })

  test('tells where two values differ first', () => {
    expect(differenceOf(exact('{"a":[1,{"b/c":2}]}'), exact('{"a":[1,{"b/c":3}]}'))).toEqual({
      pointer: '/a/1/b~1c',
      expected: '2',
      actual: '3',
    })
  })

  test('tells where members stand in another order', () => {
    expect(disorderOf(exact('{"a":{"b":1,"2":2}}'), exact('{"a":{"2":2,"b":1}}'))?.pointer).toBe('/a')
    expect(disorderOf(exact('[{"b":1,"2":2}]'), exact('[{"b":9,"2":9}]'))).toBeUndefined()
  })
})
