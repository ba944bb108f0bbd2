import type { Check } from './check.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import type { Finding } from './violation.ts'

/**
 * PASS: judged and kept. FAIL: a MUST is violated. WARN: a SHOULD is. NOT_APPLICABLE: nothing to judge here, with the reason.
 * INCONCLUSIVE: it should have been judged and could not be. ERROR: the suite's own fault.
 */
export type Verdict = 'PASS' | 'FAIL' | 'WARN' | 'NOT_APPLICABLE' | 'INCONCLUSIVE' | 'ERROR'

/** What one check found out. */
export interface CheckResult {
  readonly check: Check
  readonly verdict: Verdict
  /** In words, where the verdict is not PASS. */
  readonly reason?: string
  /** What the server did wrong, under whichever requirement that is. */
  readonly finding?: Finding
  readonly attempts: number
  readonly duration_ms: number
  /** How many answers of the server it looked at. */
  readonly subjects: number
}

/** What an oracle found in the whole transcript about one requirement. */
export interface OracleResult {
  readonly requirement: RequirementId
  readonly title: string
  readonly subjects: number
  readonly findings: readonly Finding[]
}
