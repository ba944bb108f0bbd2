import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseJson } from './parse.ts'
import { RawJson } from './raw-json.ts'
import { stringify } from './stringify.ts'

describe('stringify', () => {
  test('raw JSON is spliced in unchanged', () => {
    const text = stringify({ run_id: 'run_1', spec: { kwargs: new RawJson('{ "n" : 9007199254740993 }') } })

    expect(text).toBe('{"run_id":"run_1","spec":{"kwargs":{ "n" : 9007199254740993 }}}')
  })

  test('raw JSON is spliced into lists and at the root', () => {
    const texts = [stringify([1, new RawJson('1.0'), null]), stringify(new RawJson('[ ]'))]

    expect(texts).toEqual(['[1,1.0,null]', '[ ]'])
  })

  test('members that are undefined are left out', () => {
    const text = stringify({ a: undefined, b: 1, c: undefined, d: null })

    expect(text).toBe('{"b":1,"d":null}')
  })

  test('members keep the order in which they were set', () => {
    const text = stringify({ spec: 1, call_id: 2, run_id: 3 })

    expect(text).toBe('{"spec":1,"call_id":2,"run_id":3}')
  })

  test('names and strings are escaped', () => {
    const text = stringify({ 'a"b\n': 'é\u0000"\\' })

    expect(text).toBe('{"a\\"b\\n":"é\\u0000\\"\\\\"}')
  })

  test('without raw JSON it writes what JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringify(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('an opaque value comes out as it went in, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json(), (opaque) => {
        fc.pre(opaque !== 'null')
        const text = `{"spec":{"kwargs":${opaque}}}`

        const parsed = parseJson(text, { members: { spec: { members: { kwargs: { opaque: true } } } } }, 100)

        expect(parsed.ok && stringify(parsed.value)).toBe(text)
      }),
    )
  })
})

describe('RawJson', () => {
  test('JSON.stringify writes it as the value that it holds', () => {
    const text = JSON.stringify({ kwargs: new RawJson('{ "a" : 1.0 }') })

    expect(text).toBe('{"kwargs":{"a":1}}')
  })
})
