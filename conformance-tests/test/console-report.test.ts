import { beforeAll, describe, expect, test } from 'vitest'
import { toConsole } from '../src/report/console.ts'
import { createProgress } from '../src/report/progress.ts'
import type { Report } from '../src/report/report.ts'
import { printable, terminalOf, wrap } from '../src/report/terminal.ts'
import { judge } from './reports.ts'

const options = { color: false, width: 90, program: 'countersign-conformance' }

describe('the report on a terminal', () => {
  let pass: Report
  let fail: Report
  beforeAll(async () => {
    pass = await judge()
    fail = await judge({ mutant: 'late-denial-is-accepted' })
  })

  test('begins with the verdict and says what was judged', () => {
    const text = toConsole(pass, options)

    expect(text).toMatch(/^\nConformant: every requirement that was judged is kept \(\d+\)\.\n/)
    expect(text).toContain(pass.subject.base_url)
    expect(text).toContain('countersign 0.1.0')
    expect(text).toContain('seed 1')
    expect(text).not.toContain('VIOLATED')
  })

  test('tells a violation with the sentence, its place, both sides, the exchange and the way to see it again', () => {
    const text = toConsole(fail, options)

    const story = text.slice(text.indexOf('VIOLATED'))
    expect(story).toContain('VIOLATED  function-call.late-answer-conflict')
    expect(story).toContain('spec/draft/function-calls.md#function-call.late-answer-conflict')
    expect(story).toContain('HTTP 409 with the code already_responded')
    expect(story).toMatch(/responder: POST \/v1\/function_calls\/\S+\/respond/)
    expect(story).toContain('countersign-conformance repro function-call.late-answer-conflict')
    expect(toConsole(fail, { ...options, scripts: 'out/curl' })).toMatch(
      /sh out\/curl\/function-call\.late-answer-conflict(--[\w-]+)?\.sh/,
    )
  })

  test('names one root and what follows from it', () => {
    const text = toConsole(fail, options)

    expect(text.match(/^VIOLATED/gm)).toHaveLength(fail.roots.length)
    const [root] = fail.roots
    if (root!.also.length > 0) expect(text).toContain('also violated because of it')
  })

  test('says what could not be judged and what it needs', () => {
    const report: Report = { ...pass, not_judged: ['project.isolation: needs a key: --other-token'] }

    const text = toConsole(report, options)

    expect(text).toMatch(/not judged +project\.isolation: needs a key: --other-token/)
  })

  test('keeps to the width and uses colour only when asked', () => {
    const lines = toConsole(fail, { ...options, width: 60 }).split('\n')

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(lines.join('')).not.toContain('\u001b')
    expect(toConsole(fail, { ...options, color: true })).toContain('\u001b[31m')
  })

  test('lets no text of a server steer the terminal', () => {
    const [root] = fail.roots
    const actual = '\u001b]0;owned\u0007\u202e'
    const report: Report = { ...fail, roots: [{ ...root!, finding: { ...root!.finding, actual } }] }

    const text = toConsole(report, options)

    expect(text).toContain('\\x1b]0;owned\\x07\\u202e')
  })
})

describe('a terminal', () => {
  test('gets colour when it is one, unless the environment says otherwise', () => {
    expect(terminalOf({ isTTY: true, columns: 80 }, {})).toEqual({ color: true, width: 80 })
    expect(terminalOf({ isTTY: true }, { NO_COLOR: '1' }).color).toBe(false)
    expect(terminalOf({ isTTY: true }, { TERM: 'dumb' }).color).toBe(false)
    expect(terminalOf({}, {}).color).toBe(false)
    expect(terminalOf({}, { FORCE_COLOR: '1', NO_COLOR: '1' }).color).toBe(true)
    expect(terminalOf({ isTTY: true }, { FORCE_COLOR: '0' }).color).toBe(false)
  })

  test('gets lines that fit', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three'])
    expect(wrap('abcdefgh', 3)).toEqual(['abc', 'def', 'gh'])
    expect(wrap('', 3)).toEqual([''])
    expect(printable('a\tb\rc\u009b')).toBe('a  b\\x0dc\\x9b')
  })
})

describe('the progress', () => {
  const check = { id: 'call.cancel' } as never

  test('is one line that is written again, and goes away', () => {
    const written: string[] = []
    let time = 0
    const stream = { isTTY: true, columns: 30, write: (text: string) => written.push(text) }
    const progress = createProgress(stream, { now: () => (time += 100) })

    progress.onStart(undefined, [check, check])
    progress.onResult({ check, verdict: 'PASS' }, 1, 2)
    progress.onResult({ check, verdict: 'FAIL' }, 2, 2)
    progress.end()

    expect(written).toHaveLength(4)
    for (const line of written) expect(line.startsWith('\r\u001b[2K') && !line.includes('\n')).toBe(true)
    expect(written[2]).toContain('1 violated')
    expect(written[3]).toBe('\r\u001b[2K')
  })

  test('writes nothing where nobody watches', () => {
    const written: string[] = []
    const progress = createProgress({ write: (text: string) => written.push(text) })

    progress.onStart(undefined, [check])
    progress.onResult({ check, verdict: 'PASS' }, 1, 1)
    progress.end()

    expect(written).toEqual([])
  })
})
