import { describe, expect, test } from 'vitest'
import { applyBaseline, baselineOf, parseBaseline, type KnownFailure } from '../src/baseline.ts'
import type { RequirementId } from '../src/generated/requirement-ids.ts'
import { requirementOf } from '../src/registry.ts'
import type { CheckReport, Report } from '../src/report/report.ts'
import type { Verdict } from '../src/verdict.ts'

const now = new Date('2026-11-22T12:00:00Z')

/** A report of these requirements alone, each with one check. */
function reportOf(
  verdicts: Readonly<Partial<Record<RequirementId, Verdict>>>,
  more: { reason?: string; blockedBy?: RequirementId } = {},
): Report {
  const entries = Object.entries(verdicts) as [RequirementId, Verdict][]
  const requirements = entries.map(([id, verdict]) => ({
    ...requirementOf(id),
    verdict,
    ...(more.reason === undefined ? {} : { reason: more.reason }),
    checks: [id],
    subjects: 1,
    findings: [],
  }))
  const checks = entries.map(([id, verdict]): CheckReport => ({
    id,
    requirement: id,
    title: 'a server does something',
    expect: 'accept',
    kind: 'safety',
    verdict,
    attempts: 1,
    duration_ms: 1,
    subjects: 1,
    ...(more.blockedBy && verdict === 'INCONCLUSIVE'
      ? { finding: { requirement: more.blockedBy, expected: 'a', actual: 'b' } }
      : {}),
  }))
  return {
    requirements,
    checks,
    baseline: null,
    verdict: 'non-conformant',
    exit_code: 1,
  } as unknown as Report
}

const entry = (id: string, expires = '2027-01-31'): KnownFailure => ({ id, reason: 'being mended', expires })
const apply = (report: Report, ...known_failures: KnownFailure[]) => {
  const { exit_code, baseline, ...rest } = applyBaseline(report, { file: 'known.json', known_failures }, now)
  return { exit_code, baseline, rest }
}

describe('a run with known failures', () => {
  test('does not fail because of them, and says so', () => {
    const report = reportOf({ 'call.cancel': 'FAIL', 'time.format': 'PASS' })
    const { exit_code, baseline, rest } = apply(report, entry('call.cancel'))

    expect(exit_code).toBe(0)
    expect(baseline).toEqual({ file: 'known.json', known: ['call.cancel'], stale: [] })
    expect(rest).toMatchObject({ verdict: 'non-conformant', requirements: report.requirements })
  })

  test('has warnings among them, which fail no run', () => {
    const warned = reportOf({ 'http.not-stored': 'WARN', 'time.format': 'PASS' })

    expect(apply(warned, entry('http.not-stored'))).toMatchObject({
      exit_code: 0,
      baseline: { known: ['http.not-stored'] },
    })
    expect(apply(warned)).toMatchObject({ exit_code: 0, baseline: { known: [], stale: [] } })
    expect(apply(reportOf({ 'http.not-stored': 'FAIL', 'time.format': 'PASS' }))).toMatchObject({
      exit_code: 0,
    })
  })

  test('fails because of others', () => {
    expect(
      apply(reportOf({ 'call.cancel': 'FAIL', 'call.cancel-again': 'FAIL' }), entry('call.cancel')),
    ).toMatchObject({
      exit_code: 1,
      baseline: { known: ['call.cancel'] },
    })
  })

  test('is judged when nothing passes and all is known, and is not when there is nothing', () => {
    expect(apply(reportOf({ 'call.cancel': 'FAIL' }), entry('call.cancel')).exit_code).toBe(0)
    expect(apply(reportOf({ 'call.cancel': 'NOT_APPLICABLE' })).exit_code).toBe(3)
    expect(apply(reportOf({})).exit_code).toBe(3)
  })

  test('is an error where the suite is at fault, unless something is violated', () => {
    expect(apply(reportOf({ 'call.cancel': 'ERROR', 'time.format': 'PASS' })).exit_code).toBe(4)
    expect(apply(reportOf({ 'call.cancel': 'ERROR', 'time.format': 'FAIL' })).exit_code).toBe(1)
    expect(apply(reportOf({ 'call.cancel': 'ERROR', 'time.format': 'INCONCLUSIVE' })).exit_code).toBe(4)
  })

  test('is incomplete where something else kept it from judging', () => {
    const blocked = (blockedBy?: RequirementId) =>
      reportOf(
        { 'call.cancel': 'FAIL', 'call.cancel-again': 'INCONCLUSIVE', 'time.format': 'PASS' },
        blockedBy ? { blockedBy } : {},
      )

    expect(apply(blocked('call.cancel'), entry('call.cancel')).exit_code).toBe(0)
    expect(apply(blocked('time.format'), entry('call.cancel')).exit_code).toBe(3)
    expect(apply(blocked(), entry('call.cancel')).exit_code).toBe(3)
    expect(apply(reportOf({ 'http.not-stored': 'INCONCLUSIVE', 'time.format': 'PASS' })).exit_code).toBe(0)
  })

  test('is incomplete where one of several checks was kept by something else', () => {
    const report = reportOf(
      { 'call.cancel': 'FAIL', 'call.cancel-again': 'INCONCLUSIVE', 'time.format': 'PASS' },
      { blockedBy: 'call.cancel' },
    )
    const { finding, ...check } = report.checks[1]!
    const checks = [...report.checks, { ...check, id: 'call.cancel-again/b' }]
    const requirements = report.requirements.map((one) =>
      one.id === check.requirement ? { ...one, checks: [check.id, 'call.cancel-again/b'] } : one,
    )

    expect(finding).toBeDefined()
    expect(apply({ ...report, checks, requirements }, entry('call.cancel')).exit_code).toBe(3)
    expect(apply({ ...report, checks }, entry('call.cancel')).exit_code).toBe(0)
    const passed = [...report.checks, { ...check, id: 'call.cancel-again/b', verdict: 'PASS' as const }]
    expect(apply({ ...report, checks: passed, requirements }, entry('call.cancel')).exit_code).toBe(0)
  })
})

describe('an entry is stale', () => {
  const stale = (report: Report, known: KnownFailure) => {
    const { exit_code, baseline } = apply(report, known)
    return { exit_code, reasons: baseline?.stale.map(({ reason }) => reason), known: baseline?.known }
  }

  test('when there is no such requirement', () => {
    expect(stale(reportOf({ 'time.format': 'PASS' }), entry('call.no-such'))).toEqual({
      exit_code: 1,
      reasons: ['the specification has no such requirement'],
      known: [],
    })
  })

  test('after its last day, also while it fails', () => {
    const report = reportOf({ 'call.cancel': 'FAIL' })

    expect(stale(report, entry('call.cancel', '2026-11-22'))).toEqual({
      exit_code: 0,
      reasons: [],
      known: ['call.cancel'],
    })
    expect(stale(report, entry('call.cancel', '2026-11-21'))).toEqual({
      exit_code: 1,
      reasons: ['it was known until 2026-11-21'],
      known: [],
    })
    const midnight = new Date('2026-11-22T00:00:00Z')
    const known_failures = [entry('call.cancel', '2026-11-21')]
    expect(applyBaseline(report, { file: 'a', known_failures }, midnight).exit_code).toBe(1)
    expect(
      applyBaseline(report, { file: 'a', known_failures }, new Date(midnight.getTime() - 1)).exit_code,
    ).toBe(0)
  })

  test('when it is kept now, or no longer claimed', () => {
    expect(stale(reportOf({ 'call.cancel': 'PASS' }), entry('call.cancel')).reasons).toEqual([
      'the requirement is kept now',
    ])
    const reason = 'the server does not claim lists'
    expect(
      stale(reportOf({ 'list.filters': 'NOT_APPLICABLE' }, { reason }), entry('list.filters')).reasons,
    ).toEqual([reason])
  })

  test.each<[Verdict, string | undefined]>([
    ['NOT_APPLICABLE', 'not selected'],
    ['NOT_APPLICABLE', undefined],
    ['INCONCLUSIVE', 'the server does not claim lists'],
    ['ERROR', undefined],
  ])('not when this run says %s: %s', (verdict, reason) => {
    const report = reportOf(
      { 'list.filters': verdict, 'time.format': 'PASS' },
      reason === undefined ? {} : { reason },
    )
    expect(stale(report, entry('list.filters')).reasons).toEqual([])
  })

  test('not when this run knows nothing of it', () => {
    expect(stale(reportOf({ 'time.format': 'PASS' }), entry('call.cancel'))).toEqual({
      exit_code: 0,
      reasons: [],
      known: [],
    })
  })
})

test('a file of known failures is made of what a MUST violates, for ninety days', () => {
  const report = reportOf(
    {
      'call.cancel': 'FAIL',
      'http.not-stored': 'WARN',
      'time.format': 'PASS',
      'call.escalate': 'INCONCLUSIVE',
    },
    { reason: 'expected a, got b' },
  )

  expect(baselineOf(report, now)).toBe(
    `{
  "known_failures": [
    {
      "id": "call.cancel",
      "reason": "expected a, got b",
      "expires": "2027-02-20"
    }
  ]
}
`,
  )
  expect(JSON.parse(baselineOf(reportOf({ 'call.cancel': 'FAIL' }), now))).toMatchObject({
    known_failures: [{ reason: '' }],
  })
})

describe('a file of known failures', () => {
  const good = { id: 'call.cancel', reason: 'being mended', expires: '2027-01-31' }
  const parse = (value: unknown) =>
    parseBaseline(typeof value === 'string' ? value : JSON.stringify(value), 'a.json')
  const withEntry = (more: object) => ({ known_failures: [{ ...good, ...more }] })

  test('has entries with a link or without, and a schema', () => {
    const linked = { ...good, id: 'time.format', link: 'https://example.com/1' }
    expect(parse({ $schema: 'x', known_failures: [good, linked] })).toEqual({
      file: 'a.json',
      known_failures: [good, linked],
    })
    expect(parse({ known_failures: [good] }).known_failures[0]).not.toHaveProperty('link')
    expect(parse({ known_failures: [] })).toEqual({ file: 'a.json', known_failures: [] })
  })

  test.each<[unknown, string]>([
    ['[]', 'a.json: is no object.'],
    ['null', 'a.json: is no object.'],
    ['3', 'a.json: is no object.'],
    [{}, 'a.json at /known_failures: is no list.'],
    [{ known_failures: [], extra: 1 }, 'a.json at /extra: is not known; only known_failures is.'],
    [{ known_failures: [3] }, 'a.json at /known_failures/0: is no object.'],
    [
      withEntry({ more: 1 }),
      'a.json at /known_failures/0/more: is not known; id, reason, link and expires are.',
    ],
    [withEntry({ id: 3 }), 'a.json at /known_failures/0/id: is no requirement id.'],
    [withEntry({ id: '' }), 'a.json at /known_failures/0/id: is no requirement id.'],
    [{ known_failures: [good, good] }, 'a.json at /known_failures/1/id: call.cancel stands there twice.'],
    [withEntry({ reason: 3 }), 'a.json at /known_failures/0/reason: is no text; say why it is borne.'],
    [withEntry({ reason: ' ' }), 'a.json at /known_failures/0/reason: is no text; say why it is borne.'],
    ...[20_270_131, '2027-02-30', '2027-13-01', 'x2027-01-31', '2027-01-31x', '2027-1-31', 'tomorrow'].map(
      (expires): [unknown, string] => [
        withEntry({ expires }),
        'a.json at /known_failures/0/expires: is no day such as 2027-01-31.',
      ],
    ),
    [withEntry({ link: 3 }), 'a.json at /known_failures/0/link: is no URL.'],
    [withEntry({ link: 'issue 3' }), 'a.json at /known_failures/0/link: is no URL.'],
  ])('is refused as %j', (value, message) => {
    expect(() => parse(value)).toThrow(new Error(message))
  })

  test('is refused when it is no JSON', () => {
    expect(() => parse('{')).toThrow(/^a\.json: is no JSON: .+\.$/)
  })
})
