import { describe, expect, test } from 'vitest'
import { check } from '../src/check.ts'
import { exclusions } from '../src/exclusions.ts'
import type { RequirementId } from '../src/generated/requirement-ids.ts'
import { requirements } from '../src/registry.ts'
import { judgeRequirements } from '../src/requirement-verdicts.ts'
import { selectionOf } from '../src/selection.ts'
import type { CheckResult, OracleResult } from '../src/verdict.ts'
import type { Finding } from '../src/violation.ts'
import { discovery, subject } from './transcripts.ts'

const id = 'call.cancel'
const everything = selectionOf([], [])
const core = { ...subject, discovery: { ...discovery, profiles: ['core'] } }
const finding = (requirement: RequirementId = id): Finding => ({
  requirement,
  expected: 'HTTP 200',
  actual: 'HTTP 500',
})

function result(
  more: Partial<CheckResult> = {},
  variant?: string,
  requirement: RequirementId = id,
): CheckResult {
  const options = { expect: 'accept' as const, ...(variant === undefined ? {} : { variant }) }
  return {
    check: check(requirement, 'a server does something', options, async () => {}),
    verdict: 'PASS',
    attempts: 1,
    duration_ms: 1,
    subjects: 2,
    ...more,
  }
}

const watched = (more: Partial<OracleResult> = {}): OracleResult => ({
  requirement: id,
  title: 'every call does something',
  subjects: 3,
  findings: [],
  ...more,
})

function verdictOf(
  checks: readonly CheckResult[],
  oracles: readonly OracleResult[] = [],
  {
    of = id,
    on = subject,
    isSelected = everything,
  }: { of?: RequirementId; on?: typeof subject; isSelected?: typeof everything } = {},
) {
  const report = judgeRequirements(on, checks, oracles, isSelected).find((one) => one.id === of)!
  return { verdict: report.verdict, ...('reason' in report ? { reason: report.reason } : {}) }
}

test('every requirement has one verdict, in the order of the prose', () => {
  const reports = judgeRequirements(subject, [result()], [watched()], everything)

  expect(reports.map((report) => report.id)).toEqual([...requirements.keys()])
  expect(reports.find((report) => report.id === id)).toEqual({
    ...requirements.get(id),
    verdict: 'PASS',
    checks: [id, `${id}/everywhere`],
    subjects: 5,
    findings: [],
  })
  expect(reports.filter(({ verdict }) => verdict === 'PASS')).toHaveLength(1)
})

test('checks and subjects of others are not those of a requirement', () => {
  const other = result({}, undefined, 'call.cancel-again')
  const reports = judgeRequirements(
    subject,
    [result({}, 'a'), other],
    [watched({ requirement: 'time.format' })],
    everything,
  )

  expect(reports.find((report) => report.id === id)).toMatchObject({ checks: [`${id}/a`], subjects: 2 })
  expect(reports.find((report) => report.id === 'time.format')).toMatchObject({
    checks: ['time.format/everywhere'],
    subjects: 3,
    verdict: 'PASS',
  })
})

describe('a requirement is violated', () => {
  test('by a finding of its own check', () => {
    expect(verdictOf([result(), result({ verdict: 'FAIL', finding: finding() }, 'b')])).toEqual({
      verdict: 'FAIL',
      reason: 'expected HTTP 200, got HTTP 500',
    })
  })

  test('by a finding on the way to another one, whose own verdict that is not', () => {
    const blocked = result(
      { verdict: 'INCONCLUSIVE', reason: 'blocked', finding: finding() },
      undefined,
      'call.cancel-again',
    )

    expect(verdictOf([blocked]).verdict).toBe('FAIL')
    expect(verdictOf([blocked], [], { of: 'call.cancel-again' })).toEqual({
      verdict: 'INCONCLUSIVE',
      reason: 'call.cancel-again: blocked',
    })
    expect(judgeRequirements(subject, [blocked], [], everything).flatMap(({ findings }) => findings)).toEqual(
      [finding()],
    )
  })

  test('by what an oracle saw, and of a SHOULD it is a warning', () => {
    expect(verdictOf([result()], [watched({ findings: [finding()] })]).verdict).toBe('FAIL')
    const stored = watched({ requirement: 'http.not-stored', findings: [finding('http.not-stored')] })
    expect(verdictOf([], [stored], { of: 'http.not-stored' }).verdict).toBe('WARN')
  })

  test('even when nobody selected it, or it is excluded', () => {
    const blocked = result({ verdict: 'INCONCLUSIVE', finding: finding() }, undefined, 'call.cancel-again')
    expect(verdictOf([blocked], [], { isSelected: selectionOf(['call.cancel-again'], []) }).verdict).toBe(
      'FAIL',
    )
  })
})

describe('a requirement is not applicable', () => {
  test.each(Object.entries(exclusions))('when it is excluded: %s', (excluded, reason) => {
    const of = excluded as RequirementId
    const on = { ...subject, discovery: { ...discovery, profiles: [] } }

    expect(verdictOf([], [], { of })).toEqual({ verdict: 'NOT_APPLICABLE', reason })
    expect(verdictOf([], [], { of, on, isSelected: selectionOf([id], []) })).toEqual({
      verdict: 'NOT_APPLICABLE',
      reason,
    })
  })

  test('when its profile is not claimed', () => {
    const of = 'list.filters'
    expect(verdictOf([result({}, undefined, of)], [], { of, on: core })).toEqual({
      verdict: 'NOT_APPLICABLE',
      reason: 'the server does not claim lists',
    })
  })

  test('when it is not selected, and no check or oracle of it was there all the same', () => {
    const isSelected = selectionOf(['call.cancel-again'], [])

    expect(verdictOf([], [], { isSelected })).toEqual({ verdict: 'NOT_APPLICABLE', reason: 'not selected' })
    expect(verdictOf([], [watched({ subjects: 0 })], { isSelected })).toMatchObject({
      reason: 'not selected',
    })
    expect(verdictOf([], [watched()], { isSelected })).toEqual({ verdict: 'PASS' })
    expect(verdictOf([result()], [], { isSelected })).toEqual({ verdict: 'PASS' })
  })

  test('when its checks are not', () => {
    const skipped = result({ verdict: 'NOT_APPLICABLE', reason: 'needs a key: --admin-token', subjects: 0 })

    expect(verdictOf([skipped])).toEqual({ verdict: 'NOT_APPLICABLE', reason: 'needs a key: --admin-token' })
    expect(verdictOf([skipped, result({}, 'b')])).toEqual({ verdict: 'PASS' })
    expect(verdictOf([result({ verdict: 'NOT_APPLICABLE' })])).toEqual({
      verdict: 'NOT_APPLICABLE',
      reason: '',
    })
  })

  test('when nothing gave occasion', () => {
    const reason = 'nothing that came gave occasion to judge it'
    expect(verdictOf([])).toEqual({ verdict: 'NOT_APPLICABLE', reason })
    expect(verdictOf([], [watched({ subjects: 0 })])).toEqual({ verdict: 'NOT_APPLICABLE', reason })
  })
})

describe('a requirement is not judged', () => {
  const inconclusive = result({ verdict: 'INCONCLUSIVE', reason: 'blocked' }, 'b')
  const error = result({ verdict: 'ERROR', reason: 'a bug' }, 'c')

  test('when one of its checks could not be, whatever the others say', () => {
    expect(verdictOf([result(), inconclusive], [watched()])).toEqual({
      verdict: 'INCONCLUSIVE',
      reason: `${id}/b: blocked`,
    })
    expect(verdictOf([result({ verdict: 'INCONCLUSIVE' }, 'd')])).toMatchObject({ reason: `${id}/d: ` })
  })

  test('when the suite is at fault, before all', () => {
    expect(verdictOf([inconclusive, error])).toEqual({ verdict: 'ERROR', reason: `${id}/c: a bug` })
  })
})

describe('a selection', () => {
  const takes = (only: string[], profiles: string[], name: string, requirement: RequirementId = id) =>
    selectionOf(only, profiles)({ id: name, requirement })

  test.each([
    [[], true],
    [['call.cancel'], true],
    [['call.cancel/late'], true],
    [['call'], true],
    [['time', 'call'], true],
    [['call.can'], false],
    [['call.cancel/lat'], false],
    [['call.cancel/other'], false],
    [['call.cancel-again'], false],
    [['cancel'], false],
  ])('of %j takes a check of call.cancel/late: %s', (only, isTaken) => {
    expect(takes(only, [], 'call.cancel/late')).toBe(isTaken)
  })

  test('takes what is below a check, and the requirement of a check', () => {
    expect(takes(['a/b'], [], 'a/b/c')).toBe(true)
    expect(takes(['a.b'], [], 'a.b.c')).toBe(true)
    expect(takes(['call.cancel'], [], 'another')).toBe(true)
  })

  test('keeps to the profiles that are named', () => {
    expect(takes([], ['core'], id)).toBe(true)
    expect(takes([], ['lists'], id)).toBe(false)
    expect(takes(['call.cancel'], ['lists', 'core'], id)).toBe(true)
    expect(takes(['time'], ['core'], id)).toBe(false)
  })
})
