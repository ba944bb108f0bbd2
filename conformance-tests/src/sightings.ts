import type { Exchange } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { operationOf } from './spec-operations.ts'
import type { CheckResult, OracleResult } from './verdict.ts'
import type { Finding } from './violation.ts'

/** Where a violation was seen, and what would explain it there. */
export interface Sighting {
  readonly finding: Finding
  /** The check that was running. */
  readonly check: string
  /** `own`: by a check of that requirement. `step`: on the way to something else. `seen`: by an oracle over everything. */
  readonly by: 'own' | 'step' | 'seen'
  readonly causes: readonly RequirementId[]
  /** The operation and what it did wrong there, in words that are the same wherever the same goes wrong. */
  readonly fault: string | undefined
}

/** What an oracle found, and whether it explains what failed at the same exchange. */
export type Judged = OracleResult & { readonly explains: boolean }

/** All that is violated, and whose own checks say that it is not. */
export interface Violated {
  readonly sightings: ReadonlyMap<RequirementId, readonly Sighting[]>
  readonly cleared: ReadonlySet<RequirementId>
  /** Of each fault that was met on the way: as what, and how often. */
  readonly steps: ReadonlyMap<string, ReadonlyMap<RequirementId, number>>
}

export function violations(
  checks: readonly CheckResult[],
  oracles: readonly Judged[],
  exchanges: readonly Exchange[],
): Violated {
  const basics = basicRulesBroken(oracles)
  const sightings = new Map<RequirementId, Sighting[]>()
  for (const sighting of [
    ...byChecks(checks, basics, exchanges),
    ...byOracles(checks, oracles, basics, exchanges),
  ])
    putInto(sightings, sighting.finding.requirement, sighting)
  const passed = checks.flatMap(({ check, verdict }) => (verdict === 'PASS' ? [check.requirement] : []))
  const isWell = (id: RequirementId) => (sightings.get(id) ?? []).every(({ by }) => by === 'step')
  return {
    sightings,
    cleared: new Set(passed.filter(isWell)),
    steps: stepsOf([...sightings.values()].flat()),
  }
}

function stepsOf(sightings: readonly Sighting[]): Violated['steps'] {
  const steps = new Map<string, Map<RequirementId, number>>()
  for (const { by, fault, finding } of sightings) {
    if (by !== 'step' || fault === undefined) continue
    const met = steps.get(fault) ?? new Map<RequirementId, number>()
    steps.set(fault, met.set(finding.requirement, (met.get(finding.requirement) ?? 0) + 1))
  }
  return steps
}

function byChecks(
  checks: readonly CheckResult[],
  basics: BasicRules,
  exchanges: readonly Exchange[],
): Sighting[] {
  return checks.flatMap(({ check, finding }): Sighting[] => {
    if (!finding) return []
    const by = finding.requirement === check.requirement ? 'own' : 'step'
    const causes = [...(by === 'own' ? check.after : []), ...brokenAt(finding, basics)]
    return [{ finding, check: check.id, by, causes, fault: faultOf(finding, exchanges) }]
  })
}

function byOracles(
  checks: readonly CheckResult[],
  oracles: readonly Judged[],
  basics: BasicRules,
  exchanges: readonly Exchange[],
): Sighting[] {
  const failures = failuresOf(checks)
  return oracles.flatMap(({ findings, explains }) => {
    const sightings = findings.map((finding): Sighting => {
      const check = checkAt(finding, exchanges)
      const failure = failures.get(check)
      // A basic rule explains the rest; what is itself a consequence is explained by whatever else is wrong there.
      const causes = explains ? [] : [...brokenAt(finding, basics), ...(failure ? [failure] : [])]
      return { finding, check, by: 'seen', causes, fault: undefined }
    })
    return explains ? sightings : shareCauses(sightings)
  })
}

/** Which requirement each check that failed found violated. */
export function failuresOf(checks: readonly CheckResult[]): ReadonlyMap<string, RequirementId> {
  return new Map(
    checks.flatMap(({ check, finding }) => (finding ? [[check.id, finding.requirement] as const] : [])),
  )
}

export function checkAt({ exchange = 0 }: Finding, exchanges: readonly Exchange[]): string {
  return exchanges[exchange - 1]?.check ?? ''
}

/** Undefined where no single answer is wrong. */
function faultOf(
  { exchange = 0, expected, actual }: Finding,
  exchanges: readonly Exchange[],
): string | undefined {
  const request = exchanges[exchange - 1]?.request
  const operation = request && operationOf(request.method, request.path)
  return operation && `${operation.method} ${operation.path}: ${expected}, not ${actual}`
}

/** A consequence shows in every answer, its cause only where a check looked: what explains one explains all of the same kind. */
function shareCauses(sightings: readonly Sighting[]): Sighting[] {
  const byKind = new Map<string, Set<RequirementId>>()
  for (const { finding, causes } of sightings) {
    const kind = kindOf(finding)
    byKind.set(kind, new Set([...(byKind.get(kind) ?? []), ...causes]))
  }
  return sightings.map((sighting) => ({ ...sighting, causes: [...byKind.get(kindOf(sighting.finding))!] }))
}

/** What was expected, without the values that differ from call to call. */
function kindOf({ expected }: Finding): string {
  return expected.replace(/["[{\d].*/s, '') || expected
}

/** Which oracles that explain found something at each exchange. */
type BasicRules = ReadonlyMap<number, readonly RequirementId[]>

function basicRulesBroken(oracles: readonly Judged[]): BasicRules {
  const basics = new Map<number, RequirementId[]>()
  for (const { requirement, findings } of oracles.filter(({ explains }) => explains))
    for (const exchange of new Set(findings.map((finding) => finding.exchange)))
      if (exchange !== undefined) putInto(basics, exchange, requirement)
  return basics
}

function brokenAt({ requirement, exchange = 0 }: Finding, basics: BasicRules): RequirementId[] {
  return (basics.get(exchange) ?? []).filter((basic) => basic !== requirement)
}

function putInto<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
