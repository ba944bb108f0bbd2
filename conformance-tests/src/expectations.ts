import { isDeepStrictEqual } from 'node:util'
import { canonicalChannel, channelOf, type Channel } from './channel.ts'
import { differenceOf, disorderOf, exactAt, parseExactJson, type ExactJson } from './exact-json.ts'
import type { Reply } from './reply.ts'
import { Inconclusive, violate } from './violation.ts'

/** Whoever reads a report has to see the difference, not a page of JSON. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}

/** The answer has one of these statuses. */
export function expectStatus(reply: Reply, ...statuses: readonly number[]): void {
  if (!statuses.includes(reply.status))
    violate(`HTTP ${statuses.join(' or ')}`, describe(reply), { exchange: reply.exchange })
}

/** The answer is an error with this status and this code. */
export function expectProblem(reply: Reply, status: number, code?: string): void {
  if (reply.status === status && (code === undefined || reply.code === code)) return
  violate(`HTTP ${status}${code ? ` with the code ${code}` : ''}`, describe(reply), {
    exchange: reply.exchange,
  })
}

/** The error names this place. */
export function expectPlace(reply: Reply, pointer: string): void {
  const errors: unknown = reply.json?.errors
  const pointers = Array.isArray(errors) ? errors.map((error: { pointer?: unknown }) => error?.pointer) : []
  if (!pointers.includes(pointer))
    violate(`an entry of errors with the pointer ${show(pointer)}`, `the pointers ${show(pointers)}`, {
      exchange: reply.exchange,
      pointer: '/errors',
    })
}

/** The value at `pointer` of the answer equals `expected`. */
export function expectValue(reply: Reply, pointer: string, expected: unknown): void {
  const actual = valueAt(reply.json, pointer)
  if (!isDeepStrictEqual(actual, expected))
    violate(`${show(expected)} at ${pointer}`, show(actual), { exchange: reply.exchange, pointer })
}

/** The channel at `pointer` is this one, whatever the order of the people in a list. */
export function expectChannel(reply: Reply, pointer: string, expected: Channel): void {
  const actual: unknown = valueAt(reply.json, pointer)
  const channel = channelOf(actual)
  if (!channel || !isDeepStrictEqual(canonicalChannel(channel), canonicalChannel(expected)))
    violate(`${show(expected)} at ${pointer}`, show(actual), { exchange: reply.exchange, pointer })
}

/** Something that a check worked out holds. */
export function expectThat(
  holds: boolean,
  expected: string,
  actual: string,
  at: { reply?: Reply; pointer?: string } = {},
): asserts holds {
  if (!holds)
    violate(expected, actual, {
      ...(at.reply ? { exchange: at.reply.exchange } : {}),
      ...(at.pointer === undefined ? {} : { pointer: at.pointer }),
    })
}

/** The value at an RFC 6901 pointer, or undefined. */
// oxlint-disable-next-line typescript/no-explicit-any -- checks look into whatever came
export function valueAt(value: any, pointer: string): any {
  if (pointer === '') return value
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((inner, step) => (inner === null || typeof inner !== 'object' ? undefined : inner[step]), value)
}

/** The status and, for an error, what it says. */
export function describe(reply: Reply): string {
  const { status, code, text } = reply
  if (code !== undefined) return `HTTP ${status} with the code ${code}`
  if (status < 400) return `HTTP ${status}`
  return `HTTP ${status}${text === '' ? ' without a body' : ` with ${show(text.slice(0, 120))}`}`
}

/** The answer shows the status as it was in `before`, as far as the protocol names its members. Contacts go on by themselves. */
export function expectUnchanged(reply: Reply, before: Reply): void {
  const state: unknown = before.json?.status?.state
  expectThat(typeof state === 'string', 'a call with its state', show(state), { reply: before })
  for (const name of STATUS_MEMBERS)
    expectValue(reply, `/status/${name}`, valueAt(before.json, `/status/${name}`))
}

const STATUS_MEMBERS = [
  'state',
  'requested_at',
  'requested_by',
  'expires_at',
  'completed_at',
  'responded_at',
  'responder',
  'responses',
  'escalations',
  'approved',
  'comment',
  'reject_option_name',
  'edited_kwargs',
  'response',
  'response_option_name',
  'response_data',
]

/** The value at `pointer` equals the one in this JSON text, number for number; the order of members does not count. */
export function expectJson(reply: Reply, pointer: string, text: string): void {
  const difference = differenceOf(exactOf(text), exactAt(parseExactJson(reply.text), pointer))
  if (difference)
    violate(cut(difference.expected), cut(difference.actual), {
      exchange: reply.exchange,
      pointer: `${pointer}${difference.pointer}`,
    })
}

/** The members of the objects at and below `pointer` stand in the order of this JSON text. */
export function expectOrder(reply: Reply, pointer: string, text: string): void {
  const shown = exactAt(parseExactJson(reply.text), pointer)
  // What is not there has no order. Whether it has to be there is for others to judge.
  if (!shown) throw new Inconclusive(`nothing is shown at ${pointer}`)
  const disorder = disorderOf(exactOf(text), shown)
  if (disorder)
    violate(`the members in the order ${cut(disorder.expected)}`, cut(disorder.actual), {
      exchange: reply.exchange,
      pointer: `${pointer}${disorder.pointer}`,
    })
}

function exactOf(text: string): ExactJson {
  const value = parseExactJson(text)
  if (!value) throw new Error(`A check expects what is no JSON: ${text.slice(0, 80)}`)
  return value
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 300)}… (${text.length} characters)` : text
}
