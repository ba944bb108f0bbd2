import type { Check } from './check.ts'
import { exclusions } from './exclusions.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { requirements, type Requirement } from './registry.ts'
import type { RequirementReport } from './report/report.ts'
import { severityOf } from './runner.ts'
import { claims, type Subject } from './subject.ts'
import type { CheckResult, OracleResult, Verdict } from './verdict.ts'
import type { Finding } from './violation.ts'

/** Every requirement of the specification with one verdict, so that the counts add up to the registry. */
export function judgeRequirements(
  subject: Subject,
  checks: readonly CheckResult[],
  oracles: readonly OracleResult[],
  isSelected: (check: Pick<Check, 'id' | 'requirement'>) => boolean,
): RequirementReport[] {
  return [...requirements.values()].map((requirement) => {
    const { id } = requirement
    const own = checks.filter(({ check }) => check.requirement === id)
    const watching = oracles.filter((oracle) => oracle.requirement === id)
    const findings = findingsOf(id, checks, watching)
    const { verdict, reason } = verdictOf(requirement, subject, own, watching, findings, isSelected)
    return {
      ...requirement,
      verdict,
      ...(reason === undefined ? {} : { reason }),
      checks: [...own.map(({ check }) => check.id), ...watching.map(() => `${id}/everywhere`)],
      subjects: [...own, ...watching].reduce((sum, { subjects }) => sum + subjects, 0),
      findings,
    }
  })
}

/** A finding counts for the requirement that it names, whichever check came across it. */
function findingsOf(
  id: RequirementId,
  checks: readonly CheckResult[],
  oracles: readonly OracleResult[],
): Finding[] {
  return [
    ...checks.flatMap(({ finding }) => (finding?.requirement === id ? [finding] : [])),
    ...oracles.flatMap(({ findings }) => findings),
  ]
}

type Judgement = { verdict: Verdict; reason?: string }

function verdictOf(
  { id, profile }: Requirement,
  subject: Subject,
  own: readonly CheckResult[],
  oracles: readonly OracleResult[],
  findings: readonly Finding[],
  isSelected: (check: Pick<Check, 'id' | 'requirement'>) => boolean,
): Judgement {
  const [finding] = findings
  if (finding)
    return { verdict: severityOf(id), reason: `expected ${finding.expected}, got ${finding.actual}` }

  const excluded = exclusions[id]
  if (excluded !== undefined) return { verdict: 'NOT_APPLICABLE', reason: excluded }
  if (!claims(subject, profile))
    return { verdict: 'NOT_APPLICABLE', reason: `the server does not claim ${profile}` }
  const isWatched = oracles.some(({ subjects }) => subjects > 0)
  if (own.length === 0 && !isWatched && !isSelected({ id, requirement: id }))
    return { verdict: 'NOT_APPLICABLE', reason: 'not selected' }

  for (const verdict of ['ERROR', 'INCONCLUSIVE'] as const) {
    const result = own.find((one) => one.verdict === verdict)
    if (result) return { verdict, reason: `${result.check.id}: ${result.reason ?? ''}` }
  }
  if (isWatched || own.some(({ verdict }) => verdict === 'PASS')) return { verdict: 'PASS' }
  const [skipped] = own
  if (skipped) return { verdict: 'NOT_APPLICABLE', reason: skipped.reason ?? '' }
  return { verdict: 'NOT_APPLICABLE', reason: 'nothing that came gave occasion to judge it' }
}
