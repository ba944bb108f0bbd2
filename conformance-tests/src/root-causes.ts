import type { Exchange } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
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

/** Where a finding was made. */
interface Sighting {
  readonly finding: Finding
  readonly check: string
  /** Whether it was made by a check of that very requirement; then its script is the shortest. */
  readonly own: boolean
  /** The requirements that would explain it. */
  readonly causes: ReadonlySet<RequirementId>
}

/**
 * Groups what went wrong by cause. A violation is explained by another requirement when its check says so (`after`), when both kinds of
 * calls show the same, or when the answer that shows it already violates something more basic.
 */
export function rootCauses(
  checks: readonly CheckResult[],
  oracles: readonly (OracleResult & { explains: boolean })[],
  exchanges: readonly Exchange[],
): Root[] {
  const sightings = [...sightingsOfChecks(checks, oracles), ...sightingsOfOracles(oracles, checks, exchanges)]
  const violated = new Map<RequirementId, Sighting[]>()
  for (const sighting of sightings) {
    const { requirement } = sighting.finding
    // Not into a copy: a server that answers everything wrongly is seen hundreds of thousands of times.
    const known = violated.get(requirement)
    if (known) known.push(sighting)
    else violated.set(requirement, [sighting])
  }

  const rootOf = (
    requirement: RequirementId,
    path: ReadonlySet<RequirementId> = new Set(),
  ): RequirementId => {
    const causes = [...causesOf(requirement, violated)].filter(
      (cause) => cause !== requirement && violated.has(cause) && !path.has(cause),
    )
    const [cause] = causes
    return cause === undefined ? requirement : rootOf(cause, new Set([...path, requirement]))
  }

  const roots = new Map<RequirementId, Root & { also: RequirementId[]; blocked: string[] }>()
  for (const requirement of violated.keys()) {
    const root = rootOf(requirement)
    const { finding, check } = clearest(violated.get(root)!)
    const known = roots.get(root) ?? { requirement: root, finding, check, also: [], blocked: [] }
    roots.set(root, known)
    if (root !== requirement) known.also.push(requirement)
    for (const { check: result, finding: seen } of checks.map((one) => ({
      check: one,
      finding: one.finding,
    })))
      if (seen?.requirement === requirement && result.check.requirement !== requirement)
        known.blocked.push(result.check.id)
  }
  return [...roots.values()].toSorted((one, other) => other.also.length - one.also.length)
}

/** A cause counts only when every sighting is explained by it: what also happens elsewhere stands for itself. */
function causesOf(
  requirement: RequirementId,
  violated: ReadonlyMap<RequirementId, readonly Sighting[]>,
): ReadonlySet<RequirementId> {
  const sightings = violated.get(requirement) ?? []
  const own = sightings.filter((sighting) => sighting.own)
  const judged = own.length > 0 ? own : sightings
  const twin = twinOf(requirement)
  const explained = judged.map(
    ({ causes }) =>
      new Set([...causes, ...(twin && violated.has(twin) ? [twin] : [])].filter((id) => violated.has(id))),
  )
  if (explained.some((causes) => causes.size === 0)) return new Set()
  return explained.reduce((all, causes) => new Set([...all, ...causes]), new Set<RequirementId>())
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
}

function clearest(sightings: readonly Sighting[]): Sighting {
  return sightings.find(({ own }) => own) ?? sightings[0]!
}

function sightingsOfChecks(
  checks: readonly CheckResult[],
  oracles: readonly (OracleResult & { explains: boolean })[],
): Sighting[] {
  const explained = explainedBy(oracles)
  return checks.flatMap(({ check, finding }) => {
    if (!finding) return []
    const own = finding.requirement === check.requirement
    const causes = new Set<RequirementId>(own ? check.after : [])
    for (const requirement of explained.get(finding.exchange) ?? [])
      if (requirement !== finding.requirement) causes.add(requirement)
    return [{ finding, check: check.id, own, causes }]
  })
}

function sightingsOfOracles(
  oracles: readonly (OracleResult & { explains: boolean })[],
  checks: readonly CheckResult[],
  exchanges: readonly Exchange[],
): Sighting[] {
  const explained = explainedBy(oracles)
  const seen = checks.flatMap(({ finding }) => (finding ? [finding] : []))
  const seenAt = Map.groupBy(seen, ({ exchange }) => exchange)
  return oracles.flatMap(({ findings, explains }) =>
    findings.map((finding) => {
      const causes = new Set<RequirementId>()
      // A basic rule explains the rest; what is itself a consequence is explained by whatever else is wrong there.
      if (!explains && finding.exchange !== undefined) {
        for (const { requirement } of seenAt.get(finding.exchange) ?? []) causes.add(requirement)
        for (const requirement of explained.get(finding.exchange) ?? []) causes.add(requirement)
      }
      causes.delete(finding.requirement)
      return { finding, check: exchanges[(finding.exchange ?? 0) - 1]?.check ?? '', own: true, causes }
    }),
  )
}

/** The basic rules that each exchange violates. */
function explainedBy(
  oracles: readonly (OracleResult & { explains: boolean })[],
): ReadonlyMap<number | undefined, ReadonlySet<RequirementId>> {
  const found = new Map<number | undefined, Set<RequirementId>>()
  for (const { requirement, explains, findings } of oracles)
    for (const { exchange } of explains ? findings : [])
      if (exchange !== undefined) found.set(exchange, (found.get(exchange) ?? new Set()).add(requirement))
  return found
}
