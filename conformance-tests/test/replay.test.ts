import { beforeAll, describe, expect, test } from 'vitest'
import { parseReport, toJson } from '../src/report/json.ts'
import type { Report } from '../src/report/report.ts'
import { rejudge } from '../src/replay.ts'
import { judge } from './reports.ts'

describe('judging a report again', () => {
  let healthy: Report
  let comment: Report
  let late: Report
  beforeAll(async () => {
    healthy = parseReport(toJson(await judge()))
    comment = parseReport(toJson(await judge({ mutant: 'new-function-call-has-empty-comment' })))
    late = parseReport(toJson(await judge({ mutant: 'late-denial-is-accepted' })))
  }, 180_000)

  test('gives every check and requirement the same verdict', async () => {
    for (const report of [healthy, comment, late]) {
      const again = await rejudge(report)

      expect(verdictsOf(again)).toEqual(verdictsOf(report))
      expect(again.roots).toEqual(report.roots)
      expect([again.verdict, again.exit_code, again.counts]).toEqual([
        report.verdict,
        report.exit_code,
        report.counts,
      ])
    }
  }, 180_000)

  test('gives another verdict when an answer was changed', async () => {
    const conflict = healthy.transcript.exchanges.findIndex(
      ({ check, response }) => check === 'function-call.late-answer-conflict' && response?.status === 409,
    )
    const exchanges = healthy.transcript.exchanges.with(conflict, {
      ...healthy.transcript.exchanges[conflict]!,
      response: { ...healthy.transcript.exchanges[conflict]!.response!, status: 200 },
    })

    const again = await rejudge({ ...healthy, transcript: { ...healthy.transcript, exchanges } })

    expect(again.verdict).toBe('non-conformant')
    const judged = again.requirements.find(({ id }) => id === 'function-call.late-answer-conflict')
    expect(judged?.verdict).toBe('FAIL')
  })

  test('does not judge what the transcript does not hold', async () => {
    const id = 'function-call.late-answer-conflict'
    const exchanges = healthy.transcript.exchanges.filter(({ check }) => check !== id)

    const again = await rejudge({ ...healthy, transcript: { ...healthy.transcript, exchanges } })

    const check = again.checks.find((one) => one.id === id)
    expect(check?.verdict).toBe('INCONCLUSIVE')
    expect(check?.reason).toContain('the transcript does not hold what this check asks')
    expect([again.verdict, again.exit_code]).toEqual(['incomplete', 3])
  })
})

function verdictsOf({ checks, requirements }: Report): unknown {
  return {
    checks: Object.fromEntries(checks.map(({ id, verdict, finding }) => [id, { verdict, finding }])),
    requirements: requirements.map(({ id, verdict, findings }) => ({ id, verdict, findings })),
  }
}
