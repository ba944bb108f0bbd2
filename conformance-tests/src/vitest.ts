import { beforeAll, describe, test } from 'vitest'
import { requirements } from './registry.ts'
import type { Report, RequirementReport } from './report/report.ts'
import { selectionOf } from './selection.ts'
import { runConformance, type ConformanceOptions } from './suite.ts'

export interface DescribeConformanceOptions extends Omit<ConformanceOptions, 'baseUrl' | 'keys'> {
  /** The address, or how to find it once the server of the test has been started. */
  baseUrl: string | (() => string | Promise<string>)
  keys: ConformanceOptions['keys'] | (() => ConformanceOptions['keys'] | Promise<ConformanceOptions['keys']>)
  /** How long the whole run may take, in milliseconds. Default: three minutes. */
  timeoutMs?: number
}

/**
 * Defines one vitest test for each requirement of the specification: it fails when a MUST is violated or could not be judged, and is
 * skipped, with the reason, when there is nothing to judge. The suite runs once, in its own lanes, before the first of them.
 */
export function describeConformance({
  baseUrl,
  keys,
  timeoutMs = 180_000,
  ...options
}: DescribeConformanceOptions): void {
  const { only = [], profiles = [] } = options
  const isSelected = selectionOf(only, profiles)
  describe('Countersign conformance', () => {
    let report: Report
    beforeAll(async () => {
      report = await runConformance({
        ...options,
        baseUrl: typeof baseUrl === 'string' ? baseUrl : await baseUrl(),
        keys: typeof keys === 'function' ? await keys() : keys,
      })
    }, timeoutMs)

    for (const { id, sentence } of requirements.values()) {
      if (!isSelected({ id, requirement: id })) continue
      test(`${id}: ${sentence}`, ({ skip }) => {
        const found = report.requirements.find((one) => one.id === id)!
        if (found.verdict === 'NOT_APPLICABLE') skip(found.reason)
        if (found.level === 'MUST' && found.verdict !== 'PASS') throw new Error(explain(report, found))
      })
    }
  })
}

function explain({ roots }: Report, { id, verdict, reason = '' }: RequirementReport): string {
  const cause = roots.find(({ also }) => also.includes(id))
  return `${verdict}: ${reason}${cause ? ` (because of ${cause.requirement})` : ''}`
}
