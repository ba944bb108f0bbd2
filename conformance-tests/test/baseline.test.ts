import { beforeAll, describe, expect, test } from 'vitest'
import { applyBaseline, BadBaseline, baselineOf, parseBaseline, type KnownFailure } from '../src/baseline.ts'
import type { Report } from '../src/report/report.ts'
import { judge } from './reports.ts'

const now = new Date('2026-11-22T12:00:00Z')
const broken = 'function-call.starts-pending'

describe('the baseline', () => {
  let fail: Report
  let pass: Report
  beforeAll(async () => {
    fail = await judge({ mutant: 'new-function-call-has-empty-comment' })
    pass = await judge({ only: [broken] })
  })

  test('lets a run succeed whose failures are all known, and leaves the verdict', () => {
    const report = applyBaseline(fail, known({ id: broken }), now)

    expect(report.exit_code).toBe(0)
    expect(report.verdict).toBe('non-conformant')
    expect(report.baseline).toEqual({ file: 'known.json', known: [broken], stale: [] })
  })

  test('does not excuse another failure', () => {
    const report = applyBaseline(fail, known({ id: 'call.cancel' }), now)

    expect(report.exit_code).toBe(1)
    expect(report.baseline?.known).toEqual([])
  })

  test.each([
    ['is kept now', { id: broken }, 'the requirement is kept now'],
    ['is over', { id: broken, expires: '2026-11-21' }, 'it was known until 2026-11-21'],
    ['does not exist', { id: 'call.no-such-thing' }, 'the specification has no such requirement'],
  ])('makes a run fail by an entry that %s', (_, entry, reason) => {
    const report = applyBaseline(pass, known(entry), now)

    expect(report.exit_code).toBe(1)
    expect(report.baseline?.stale).toEqual([{ id: entry.id, reason }])
  })

  test('knows an entry through its last day', () => {
    expect(applyBaseline(fail, known({ id: broken, expires: '2026-11-22' }), now).exit_code).toBe(0)
  })

  test('says nothing of what this run did not judge', () => {
    const report = applyBaseline(pass, known({ id: 'call.cancel' }), now)

    expect([report.exit_code, report.baseline?.stale]).toEqual([0, []])
  })

  test('excuses what cannot be judged because of a known failure, and nothing else', () => {
    const blocked: Report = {
      ...fail,
      requirements: fail.requirements.map((one) =>
        one.id === 'call.cancel' ? { ...one, verdict: 'INCONCLUSIVE', checks: ['call.cancel'] } : one,
      ),
      checks: [
        ...fail.checks,
        {
          ...fail.checks[0]!,
          id: 'call.cancel',
          requirement: 'call.cancel',
          verdict: 'INCONCLUSIVE',
          finding: { requirement: broken, expected: 'a', actual: 'b' },
        },
      ],
    }
    const other: Report = {
      ...blocked,
      checks: blocked.checks.map((check) => {
        const { finding, ...rest } = check
        return check.verdict === 'INCONCLUSIVE' ? rest : check
      }),
    }

    expect(applyBaseline(blocked, known({ id: broken }), now).exit_code).toBe(0)
    expect(applyBaseline(other, known({ id: broken }), now).exit_code).toBe(3)
  })

  test('is made from a run, and then excuses exactly that run', () => {
    const text = baselineOf(fail, now)

    const report = applyBaseline(fail, parseBaseline(text, 'made.json'), now)

    expect(JSON.parse(text)).toMatchObject({ known_failures: [{ id: broken, expires: '2027-02-20' }] })
    expect(report.exit_code).toBe(0)
  })
})

describe('a file of known failures', () => {
  const entry = { id: broken, reason: 'being mended', expires: '2027-01-31' }

  test('is read', () => {
    const linked = { ...entry, link: 'https://example.com/1' }

    expect(parseBaseline(JSON.stringify({ known_failures: [linked] }), 'a.json')).toEqual({
      file: 'a.json',
      known_failures: [linked],
    })
  })

  test.each([
    ['{', 'a.json: is no JSON'],
    ['[]', 'a.json: is no object'],
    ['{}', 'a.json at /known_failures: is no list'],
    ['{"known_failures":[],"knwon":1}', 'a.json at /knwon: is not known'],
    [fileOf({ ...entry, id: 3 }), 'a.json at /known_failures/0/id: is no requirement id'],
    [fileOf({ ...entry, reason: ' ' }), 'a.json at /known_failures/0/reason'],
    [fileOf({ ...entry, expires: '2027-02-30' }), 'a.json at /known_failures/0/expires'],
    [fileOf({ ...entry, expires: undefined }), 'a.json at /known_failures/0/expires'],
    [fileOf({ ...entry, link: 'issue 3' }), 'a.json at /known_failures/0/link'],
    [fileOf({ ...entry, expired: true }), 'a.json at /known_failures/0/expired: is not known'],
    [fileOf(entry, entry), 'a.json at /known_failures/1/id: function-call.starts-pending stands there twice'],
  ])('that says %s is refused with the place', (text, message) => {
    expect(() => parseBaseline(text, 'a.json')).toThrow(BadBaseline)
    expect(() => parseBaseline(text, 'a.json')).toThrow(message)
  })
})

function known(entry: Partial<KnownFailure> & { id: string }) {
  return { file: 'known.json', known_failures: [{ reason: 'being mended', expires: '2027-01-31', ...entry }] }
}

function fileOf(...known_failures: unknown[]): string {
  return JSON.stringify({ known_failures })
}
