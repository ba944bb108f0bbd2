import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Act } from '../src/oracles/call-history.ts'
import { callHistories } from '../src/oracles/call-history.ts'
import { isLinearizable, operationsOf, textOf, type Operation } from '../src/oracles/linearizability.ts'
import { transcript, type Line, type Told } from './transcripts.ts'

const pending = { state: 'pending', comment: null }
const ended = (comment: string) => ({
  state: comment === 'a cancellation' ? 'cancelled' : 'approved',
  comment,
})
const of = (status: object) => ({ call_id: 'c1', spec: {}, status })
const endOf = (status: Record<string, unknown>) => String(status['comment'])

/** An act with its answer: the status of the call, a conflict with the one that has won, or the number of a status. */
type Answer = { call: object; status?: number } | { won: object | undefined } | { status: number } | 'none'

function act(name: Act, at: readonly [number, number], answer: Answer, text = ''): Line {
  const told: Told = {
    at,
    ...(name === 'create'
      ? { sent: { call_id: 'c1' } }
      : name === 'respond'
        ? { sent: { comment: text } }
        : {}),
    ...(answer === 'none'
      ? { status: null }
      : 'won' in answer
        ? { status: 409, body: { winning_status: answer.won } }
        : 'call' in answer
          ? { status: answer.status ?? 200, body: of(answer.call) }
          : { status: answer.status, body: {} }),
  }
  if (name === 'create') return ['POST /v1/function_calls', told]
  return [name === 'get' ? 'GET /v1/function_calls/c1' : `POST /v1/function_calls/c1/${name}`, told]
}

function operations(...lines: Line[]): Operation[] {
  return callHistories(transcript(...lines)).flatMap(({ observations }) => operationsOf(observations, endOf))
}

const hasOrder = (...lines: Line[]) => isLinearizable(operations(...lines))

const created = (at: readonly [number, number] = [0, 1], call: object = pending) =>
  act('create', at, { call, status: 201 })
const approve = (text: string, at: readonly [number, number], answer: Answer = { call: ended(text) }) =>
  act('respond', at, answer, text)
const cancel = (at: readonly [number, number], answer: Answer = { call: ended('a cancellation') }) =>
  act('cancel', at, answer)
const get = (at: readonly [number, number], answer: Answer) => act('get', at, answer)

describe('some order explains', () => {
  test.each<[string, Line[]]>([
    ['nothing at all', []],
    ['a call that nobody has created', [get([0, 1], { status: 404 }), cancel([2, 3], { status: 404 })]],
    [
      'one act after the other',
      [created(), get([2, 3], { call: pending }), approve('a', [4, 5]), get([6, 7], { call: ended('a') })],
    ],
    ['a repeated creation', [created(), act('create', [2, 3], { call: pending })]],
    [
      'a creation that is repeated after the end',
      [created(), approve('a', [2, 3]), act('create', [4, 5], { call: ended('a') })],
    ],
    ['an answer that overlaps its creation', [created([0, 9]), approve('a', [1, 5])]],
    ['a creation that shows what came meanwhile', [created([0, 9], ended('a')), approve('a', [1, 5])]],
    [
      'two answers at once, of which one wins',
      [created(), approve('a', [2, 9], { won: ended('b') }), approve('b', [3, 8])],
    ],
    [
      'a conflict that does not say who has won',
      [created(), approve('b', [2, 3]), approve('a', [4, 5], { won: undefined })],
    ],
    ['the same answer again', [created(), approve('a', [2, 3]), approve('a', [4, 5])]],
    ['the same cancellation again', [created(), cancel([2, 3]), cancel([4, 5])]],
    [
      'a cancellation that comes too late',
      [created(), approve('a', [2, 3]), cancel([4, 5], { won: ended('a') })],
    ],
    [
      'a reading at the instant of the answer',
      [created(), approve('a', [2, 5]), get([5, 6], { call: pending })],
    ],
    ['an unanswered creation that arrived', [act('create', [0, 0], 'none'), get([5, 6], { call: pending })]],
    ['an unanswered creation that did not', [act('create', [0, 0], 'none'), get([5, 6], { status: 404 })]],
    [
      'an unanswered creation of what there was',
      [created(), act('create', [2, 2], 'none'), get([5, 6], { call: pending })],
    ],
    [
      'an unanswered answer that arrived late',
      [
        created(),
        approve('a', [2, 2], 'none'),
        get([3, 4], { call: pending }),
        get([5, 6], { call: ended('a') }),
      ],
    ],
    [
      'an unanswered answer that did not',
      [created(), approve('a', [2, 2], 'none'), approve('b', [3, 4]), get([5, 6], { call: ended('b') })],
    ],
    [
      'an unanswered cancellation',
      [created(), cancel([2, 2], 'none'), approve('a', [3, 4], { won: ended('a cancellation') })],
    ],
    ['an unanswered reading', [created(), get([2, 2], 'none'), approve('a', [3, 4])]],
  ])('%s', (_, lines) => {
    expect(hasOrder(...lines)).toBe(true)
  })
})

describe('no order explains', () => {
  test.each<[string, Line[]]>([
    ['a call that is not there', [created(), get([2, 3], { status: 404 })]],
    ['a call that nobody has created', [get([0, 1], { call: pending })]],
    ['an answer to what nobody has created', [approve('a', [0, 1])]],
    ['a conflict over what nobody has created', [approve('a', [0, 1], { won: ended('b') })]],
    ['a repeat of what nobody has created', [act('create', [0, 1], { call: pending })]],
    ['a creation that finds no collection', [act('create', [0, 1], { status: 404 })]],
    ['two creations', [created(), created([2, 3])]],
    ['two creations at once', [created([0, 9]), created([1, 8])]],
    ['a creation that shows what came later', [created([0, 1], ended('a')), approve('a', [2, 3])]],
    ['a creation that shows what nobody did', [created([0, 1], ended('a'))]],
    ['two answers that are accepted', [created(), approve('a', [2, 9]), approve('b', [3, 8])]],
    ['an answer and a cancellation that are accepted', [created(), approve('a', [2, 9]), cancel([3, 8])]],
    ['an answer that is not seen', [created(), approve('a', [2, 3]), get([4, 5], { call: pending })]],
    [
      'an answer that becomes another one',
      [created(), approve('a', [2, 3]), get([4, 5], { call: ended('b') })],
    ],
    [
      'an answer that is seen before it was sent',
      [created(), get([2, 3], { call: ended('a') }), approve('a', [4, 5])],
    ],
    ['an accepted answer that shows another one', [created(), approve('a', [2, 3], { call: ended('b') })]],
    ['an accepted answer that shows nothing', [created(), approve('a', [2, 3], { status: 200 })]],
    [
      'a repeat that shows another end',
      [created(), approve('a', [2, 3]), act('create', [4, 5], { call: pending })],
    ],
    ['a conflict while pending', [created(), approve('a', [2, 3], { won: ended('b') })]],
    ['a conflict while pending that names nobody', [created(), approve('a', [2, 3], { won: undefined })]],
    ['a conflict with itself', [created(), approve('a', [2, 3]), approve('a', [4, 5], { won: ended('a') })]],
    [
      'a conflict with another than has won',
      [created(), approve('a', [2, 3]), approve('b', [4, 5], { won: ended('c') })],
    ],
    [
      'an unanswered answer that was replaced',
      [
        created(),
        approve('a', [2, 2], 'none'),
        get([3, 4], { call: ended('a') }),
        get([5, 6], { call: pending }),
      ],
    ],
    [
      'an unanswered answer that came after another one',
      [created(), approve('a', [2, 3]), approve('b', [4, 4], 'none'), get([5, 6], { call: ended('b') })],
    ],
    [
      'an unanswered creation that began anew',
      [created(), approve('a', [2, 3]), act('create', [4, 4], 'none'), get([5, 6], { call: pending })],
    ],
    [
      'an unanswered reading that ended the call',
      [created(), get([2, 2], 'none'), get([3, 4], { call: ended('get') })],
    ],
    [
      'an unanswered creation that ended the call',
      [created(), act('create', [2, 2], 'none'), get([3, 4], { call: ended('create') })],
    ],
  ])('%s', (_, lines) => {
    expect(hasOrder(...lines)).toBe(false)
  })
})

test('thirty acts are judged, and more are refused', () => {
  const readings = (count: number) =>
    Array.from({ length: count }, (_, index): Line => get([index * 2, index * 2 + 1], { status: 404 }))

  expect(hasOrder(...readings(30))).toBe(true)
  expect(hasOrder(...readings(29), get([100, 101], { call: pending }))).toBe(false)
  expect(() => hasOrder(...readings(31))).toThrow(
    new RangeError('A history of more than 30 acts is not judged.'),
  )
})

test('acts at the same time are judged soon, also where no order explains them', () => {
  const readings = Array.from({ length: 12 }, (): Line => get([2, 9], { call: pending }))
  const began = performance.now()

  expect(hasOrder(created(), ...readings, get([2, 9], { call: ended('a') }))).toBe(false)
  expect(performance.now() - began).toBeLessThan(10_000)
})

test('an act is known by the text that it leaves behind', () => {
  expect(textOf('respond', { comment: 'a', response: 'b' })).toBe('a')
  expect(textOf('respond', { response: 'b' })).toBe('b')
  expect(textOf('respond', { comment: 3 })).toBe('respond')
  expect(textOf('respond', undefined)).toBe('respond')
  expect(textOf('cancel', { comment: 'a' })).toBe('a cancellation')
})

/** What one register answers when the acts come one after the other. */
function answers(acts: readonly Act[]): { answer: Answer; text: string }[] {
  let end: object | undefined
  return acts.map((name, index) => {
    const text = name === 'cancel' ? 'a cancellation' : `answer ${index}`
    const before = end
    if (name === 'create') {
      end ??= pending
      return { text, answer: before ? { call: before } : { call: pending, status: 201 } }
    }
    if (!before) return { text, answer: { status: 404 } }
    if (name === 'get') return { text, answer: { call: before } }
    if (before === pending) end = ended(text)
    const holds = end && 'comment' in end && end.comment === text
    return { text, answer: holds ? { call: end! } : { won: end } }
  })
}

const acts = fc.array(
  fc.record({
    name: fc.constantFrom<Act>('create', 'get', 'get', 'respond', 'cancel'),
    before: fc.nat(30),
    after: fc.nat(30),
    isLost: fc.nat(9).map((chance) => chance === 0),
  }),
  { minLength: 3, maxLength: 10 },
)

/** Every act takes effect at a point of its own; its interval is any that contains this point. */
function linesOf(program: readonly { name: Act; before: number; after: number; isLost: boolean }[]): Line[] {
  const answered = answers(program.map(({ name }) => name))
  return program.map(({ name, before, after, isLost }, index) => {
    const point = index * 10
    const { answer, text } = answered[index]!
    return act(name, [point - before, point + after], isLost ? 'none' : answer, text)
  })
}

test('every history of one register has an order, however its acts overlap', () => {
  fc.assert(
    fc.property(acts, (program) => {
      expect(hasOrder(...linesOf(program))).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('a history in which one reading is changed seldom has one, and none where nothing overlaps', () => {
  let orders = 0
  let histories = 0
  fc.assert(
    fc.property(acts, fc.nat(), fc.constantFrom(0, 1), (program, which, overlap) => {
      const lines = linesOf(
        program.map((one) => ({
          ...one,
          before: one.before * overlap,
          after: one.after * overlap,
          isLost: false,
        })),
      )
      const readings = lines.flatMap(([request, told], index) =>
        request.startsWith('GET') && told?.status === 200 ? [index] : [],
      )
      fc.pre(readings.length > 0)
      const index = readings[which % readings.length]!
      const [request, told] = lines[index]!
      const changed = lines.with(index, [request, { ...told, body: of(ended('an answer of nobody')) }])
      const forgotten = lines.with(index, [request, { ...told, status: 404, body: {} }])

      expect(hasOrder(...changed)).toBe(false)
      histories += 1
      if (!hasOrder(...forgotten)) return
      orders += 1
      expect(overlap).toBe(1)
    }),
    { numRuns: 300 },
  )
  expect(orders).toBeLessThan(histories / 2)
})
