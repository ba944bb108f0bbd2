import { describe, expect, test } from 'vitest'
import { SseParser, type SseMessage } from '../src/sse.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

/** Everything that comes of the bytes when they arrive in pieces of this size. */
function parse(bytes: Uint8Array, size = bytes.length): SseMessage[] {
  const parser = new SseParser()
  const messages: SseMessage[] = []
  for (let at = 0; at < bytes.length; at += size) messages.push(...parser.push(bytes.slice(at, at + size)))
  return messages
}

describe('server-sent events', () => {
  const text = [
    '\ufeff: hello\r\n',
    'id: 1\r\ndata: one\r\n\r\n',
    'id:2\rdata:zwölf 🦊\rdata\rdata: end\r\r',
    ':\n\n',
    'id: 3\nevent: x\nunknown: y\ndata:  two blanks\n\n',
    'id: 4\n\n',
    'data: without an id\n\n',
    'id: 5\ndata: broken off',
  ].join('')
  const expected = [
    { lastEventId: '1', data: 'one' },
    { lastEventId: '2', data: 'zwölf 🦊\n\nend' },
    { lastEventId: '3', data: ' two blanks' },
    { lastEventId: '4', data: undefined },
    { lastEventId: '4', data: 'without an id' },
  ]

  test('are the same wherever the bytes are cut', () => {
    const bytes = bytesOf(text)

    for (let size = 1; size <= bytes.length; size++) expect(parse(bytes, size)).toEqual(expected)
  })

  test('ignore an id with a NUL and a retry that is no number, and keep one that is', () => {
    const parser = new SseParser('before')

    const messages = parser.push(bytesOf('id: a\0b\nretry: 1500\nretry: soon\ndata: x\n\n'))

    expect(messages).toEqual([{ lastEventId: 'before', data: 'x' }])
    expect(parser.retryMs).toBe(1_500)
  })

  test('read a line of megabytes in small pieces in linear time', () => {
    const bytes = bytesOf(`data: ${'x'.repeat(4_000_000)}\n\n`)

    expect(parse(bytes, 1_000)[0]?.data).toHaveLength(4_000_000)
  })
})
