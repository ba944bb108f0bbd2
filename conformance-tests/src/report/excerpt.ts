import type { Exchange, Header } from '../exchange.ts'
import { textOf } from './body.ts'
import type { Report } from './report.ts'

/** The exchange that shows a finding, short enough to be read. */
export interface Excerpt {
  /** Who asked, and for what: `agent: POST /v1/function_calls`. */
  readonly asked: string
  readonly sent: readonly string[]
  /** `HTTP 200`, or why nothing came. */
  readonly answered: string
  readonly received: readonly string[]
  readonly number: number
}

/** Headers that say something about the protocol; the rest is plumbing. */
const TELLING = new Set([
  'accept',
  'allow',
  'authorization',
  'cache-control',
  'content-type',
  'location',
  'retry-after',
  'www-authenticate',
])

export function exchangeOf({ transcript }: Report, number: number | undefined): Exchange | undefined {
  if (number === undefined) return undefined
  const { exchanges } = transcript
  const expected = exchanges[number - 1]
  return expected?.number === number ? expected : exchanges.find((one) => one.number === number)
}

export function excerptOf({ number, request, response, failure }: Exchange, room = 600): Excerpt {
  const { key, method, path, headers, body } = request
  return {
    asked: `${key}: ${method} ${path}`,
    sent: [...telling(headers), ...shortBody(body, room)],
    answered: response ? `HTTP ${response.status}` : `no answer: ${failure?.message ?? 'nothing came'}`,
    received: response ? [...telling(response.headers), ...shortBody(response.body, room)] : [],
    number,
  }
}

function telling(headers: readonly Header[]): string[] {
  return headers
    .filter(([name, value]) => TELLING.has(name.toLowerCase()) && !isUsual(name, value))
    .map(([name, value]) => `${name}: ${value}`)
}

function isUsual(name: string, value: string): boolean {
  return (
    (name.toLowerCase() === 'content-type' && value === 'application/json') ||
    (name.toLowerCase() === 'cache-control' && value === 'no-store')
  )
}

function shortBody(body: Uint8Array | undefined, room: number): string[] {
  if (!body || body.byteLength === 0) return []
  const text = textOf(body)
  if (text === undefined) return [`(${body.byteLength} bytes that are no text)`]
  const spaced = withSpaces(text)
  return [spaced.length > room ? `${spaced.slice(0, room)}… (${body.byteLength} bytes)` : spaced]
}

/** Compact JSON with a space after each comma and colon outside of strings, so that lines can be broken there. */
function withSpaces(text: string): string {
  if (!/^[{[]/.test(text)) return text
  return text.replace(/"(?:[^"\\]|\\.)*"|[,:](?=\S)/g, (token) => (token.length === 1 ? `${token} ` : token))
}
