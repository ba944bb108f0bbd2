import { describe, expect, test } from 'vitest'
import { visibleText } from '../src/visible-text.ts'

describe('visible text', () => {
  test.each([
    ['an escape sequence', '\u001b[2J', String.raw`\u001b[2J`],
    ['a C1 control', '\u009b31m', String.raw`\u009b31m`],
    ['a right-to-left override', 'a\u202eb', String.raw`a\u202eb`],
    ['an isolate', '\u2066x\u2069', String.raw`\u2066x\u2069`],
    ['a zero-width space', 'pay\u200bpal', String.raw`pay\u200bpal`],
    ['a byte order mark', '\ufeff', String.raw`\ufeff`],
    ['a line separator', '\u2028', String.raw`\u2028`],
    ['a tag character', '\u{e0041}', String.raw`\u{e0041}`],
    ['a variation selector', 'a\ufe0f', String.raw`a\ufe0f`],
    ['a Hangul filler', '\u3164', String.raw`\u3164`],
    ['a lone surrogate', '\ud800', String.raw`\ud800`],
    ['line breaks and tabs', 'a\r\n\tb', String.raw`a\r\n\tb`],
    ['a delete', '\u007f', String.raw`\u007f`],
  ])('shows %s', (_what, text, shown) => {
    expect(visibleText(text)).toBe(shown)
  })

  test('leaves letters of any script, digits, signs and emoji alone', () => {
    const text = 'Grüße, 你好, שלום, مرحبا, 😀 — 3 × 4 = 12 "ok" \\ /'

    expect(visibleText(text)).toBe(text)
  })
})
