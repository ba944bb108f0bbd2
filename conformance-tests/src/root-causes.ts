import type { Exchange } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { requirements } from './registry.ts'
import type { CheckResult, OracleResult } from './verdict.ts'
import type { Finding } from './violation.ts'

/** One broken behaviour: the requirement that names it, and what fails or cannot be judged because of it. */
export interface Root {
  readonly requirement: RequirementId
  /** The clearest finding, from the requirement's own check when there is one. */
  readonly finding: Finding
  readonly check: string
  /** Requirements that are violated too, and by what this one explains. */
  readonly also: readonly RequirementId[]
  /** Checks that could not get as far as judging their own requirement. */
  readonly blocked: readonly string[]
}

/** Where a violation was seen, and what would explain it there. */
interface Sighting {
  readonly finding: Finding
  /** The check that was running. */
  readonly check: string
  /** `own`: by a check of that requirement. `step`: on the way to something else. `seen`: by an oracle over everything. */
  readonly by: 'own' | 'step' | 'seen'
  readonly causes: readonly RequirementId[]
}

/**
 * Groups what went wrong by cause, so that one broken behaviour is one root. A violation is explained by another one when
 * - its check names that one as an explanation (`after`);
 * - the answer that shows it breaks a more basic rule (an oracle that explains);
 * - an oracle saw it in passing, while the check that was running failed for a reason of its own;
 * - the other kind of call shows the same.
 */
export function rootCauses(
  checks: readonly CheckResult[],
  oracles: readonly (OracleResult & { explains: boolean })[],
  exchanges: readonly Exchange[],
): Root[] {
  const violated = new Map<RequirementId, Sighting[]>()
  for (const sighting of [...byChecks(checks, oracles), ...byOracles(checks, oracles, exchanges)])
    violated.set(sighting.finding.requirement, [
      ...(violated.get(sighting.finding.requirement) ?? []),
      sighting,
    ])

  const roots = new Map<RequirementId, Root & { also: RequirementId[]; blocked: string[] }>()
  for (const [requirement, sightings] of violated) {
    const id = rootOf(requirement, violated)
    const { finding, check } = clearest(violated.get(id)!)
    const root = roots.get(id) ?? { requirement: id, finding, check, also: [], blocked: [] }
    roots.set(id, root)
    if (id !== requirement) root.also.push(requirement)
    root.blocked.push(...sightings.filter(({ by }) => by === 'step').map((sighting) => sighting.check))
  }
  return [...roots.values()].toSorted((one, other) => other.also.length - one.also.length)
}

type Violated = ReadonlyMap<RequirementId, readonly Sighting[]>

/** Follows the explanations to their end. Where they go round in a circle, the first of the specification stands for all. */
function rootOf(requirement: RequirementId, violated: Violated): RequirementId {
  const path = [requirement]
  for (;;) {
    const causes = causesOf(path.at(-1)!, violated)
    const cause = causes.find((one) => causesOf(one, violated).length === 0) ?? causes[0]
    if (cause === undefined) return path.at(-1)!
    if (path.includes(cause)) return firstOfSpec(path.slice(path.indexOf(cause)))
    path.push(cause)
  }
}

/** Nothing, unless every sighting is explained: what also happens for no other reason stands for itself. */
function causesOf(requirement: RequirementId, violated: Violated): RequirementId[] {
  const sightings = violated.get(requirement)!
  const own = sightings.filter(({ by }) => by === 'own')
  const twin = twinOf(requirement)
  const causes = (own.length > 0 ? own : sightings).map((sighting) =>
    [...sighting.causes, ...(twin ? [twin] : [])].filter(
      (cause) => cause !== requirement && isCause(cause, sighting, violated),
    ),
  )
  return causes.some((some) => some.length === 0) ? [] : [...new Set(causes.flat())]
}

/** What was only seen in passing, where something else failed, explains no failure of a check. */
function isCause(cause: RequirementId, { by }: Sighting, violated: Violated): boolean {
  return (violated.get(cause) ?? []).some(
    (other) => by !== 'own' || other.by !== 'seen' || other.causes.length === 0,
  )
}

/** The same rule for the other kind of call: one fault in what they share is one cause. */
function twinOf(requirement: RequirementId): RequirementId | undefined {
  const twin = TWINS[requirement] ?? requirement.replace(/^human-contact\./, 'function-call.')
  return twin === requirement ? undefined : (twin as RequirementId)
}

const TWINS: { [id in RequirementId]?: RequirementId } = {
  'human-contact.respond-answers': 'function-call.respond-decides',
  'human-contact.option-unknown': 'function-call.reject-option-unknown',
  'human-contact.option-text': 'function-call.reject-option-text',
  'human-contact.data-recorded': 'function-call.edit-recorded',
  'human-contact.data-schema': 'function-call.edit-schema',
}

function clearest(sightings: readonly Sighting[]): Sighting {
  return sightings.find(({ by }) => by === 'own') ?? sightings[0]!
}

function firstOfSpec(ids: readonly RequirementId[]): RequirementId {
  return [...requirements.keys()].find((id) => ids.includes(id)) ?? ids[0]!
}

function byChecks(
  checks: readonly CheckResult[],
  oracles: readonly (OracleResult & { explains: boolean })[],
): Sighting[] {
  return checks.flatMap(({ check, finding }): Sighting[] => {
    if (!finding) return []
    const by = finding.requirement === check.requirement ? 'own' : 'step'
    const causes = [...(by === 'own' ? check.after : []), ...basicRulesBrokenAt(finding, oracles)]
    return [{ finding, check: check.id, by, causes }]
  })
}

function byOracles(
  checks: readonly CheckResult[],
  oracles: readonly (OracleResult & { explains: boolean })[],
  exchanges: readonly Exchange[],
): Sighting[] {
  const failures = new Map(
    checks.flatMap(({ check, finding }) => (finding ? [[check.id, finding.requirement] as const] : [])),
  )
  return oracles.flatMap(({ findings, explains }) => {
    const sightings = findings.map((finding): Sighting => {
      const check = exchanges[(finding.exchange ?? 0) - 1]?.check ?? ''
      const failure = failures.get(check)
      // A basic rule explains the rest; what is itself a consequence is explained by whatever else is wrong there.
      const causes = explains ? [] : [...basicRulesBrokenAt(finding, oracles), ...(failure ? [failure] : [])]
      return { finding, check, by: 'seen', causes }
    })
    return explains ? sightings : shareCauses(sightings)
  })
}

/** A consequence shows in every answer, its cause only where a check looked: what explains one explains all of the same kind. */
function shareCauses(sightings: readonly Sighting[]): Sighting[] {
  const byFault = new Map<string, RequirementId[]>()
  for (const { finding, causes } of sightings)
    byFault.set(finding.expected, [...(byFault.get(finding.expected) ?? []), ...causes])
  return sightings.map((sighting) => ({ ...sighting, causes: byFault.get(sighting.finding.expected)! }))
}

function basicRulesBrokenAt(
  { requirement, exchange }: Finding,
  oracles: readonly (OracleResult & { explains: boolean })[],
): RequirementId[] {
  if (exchange === undefined) return []
  return oracles
    .filter(
      (oracle) =>
        oracle.explains &&
        oracle.requirement !== requirement &&
        oracle.findings.some((other) => other.exchange === exchange),
    )
    .map((oracle) => oracle.requirement)
}
