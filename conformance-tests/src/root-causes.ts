import type { Exchange } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { requirements } from './registry.ts'
import { checkAt, failuresOf, violations, type Judged, type Sighting, type Violated } from './sightings.ts'
import type { CheckResult } from './verdict.ts'
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

/**
 * Groups what went wrong by cause, so that one broken behaviour is one root. A violation is explained by another one when
 * - its check names that one as an explanation (`after`);
 * - the answer that shows it breaks a more basic rule (an oracle that explains);
 * - an oracle saw it in passing, while the check that was running failed for a reason of its own. An oracle that explains is
 *   believed rather than the check, unless what it says is about a call and nobody saw it but those who failed for one
 *   reason: then what they did to the call is what broke the rule;
 * - others met the same on their way: the same operation was answered with the same wrong thing where it was a step, and
 *   steps have the name of the more basic requirement;
 * - the other kind of call shows the same.
 *
 * What was only met on the way, although the checks of its own requirement pass, is no broken step in general: it explains
 * nobody's own failure, and is explained by the failure of a check that says the same about the same operation, or that
 * names it in `after`.
 */
export function rootCauses(
  checks: readonly CheckResult[],
  oracles: readonly Judged[],
  exchanges: readonly Exchange[],
): Root[] {
  return rootsOf(violations(checks, withoutConsequences(checks, oracles, exchanges), exchanges))
}

function rootsOf(violated: Violated): Root[] {
  const roots = new Map<RequirementId, Root & { also: RequirementId[]; blocked: string[] }>()
  for (const [requirement, sightings] of violated.sightings) {
    const id = rootOf(requirement, violated)
    const { finding, check } = clearest(violated.sightings.get(id)!)
    const root = roots.get(id) ?? { requirement: id, finding, check, also: [], blocked: [] }
    roots.set(id, root)
    if (id !== requirement) root.also.push(requirement)
    root.blocked.push(...sightings.filter(({ by }) => by === 'step').map((sighting) => sighting.check))
  }
  return [...roots.values()].toSorted((one, other) => other.also.length - one.also.length)
}

/**
 * The oracles, where those that explain but follow from what a check did are no explanation any more. Whether they follow is
 * known when the checks that saw them have one root without them.
 */
function withoutConsequences(
  checks: readonly CheckResult[],
  oracles: readonly Judged[],
  exchanges: readonly Exchange[],
): readonly Judged[] {
  const failures = failuresOf(checks)
  const doubtful = new Map<RequirementId, ReadonlySet<RequirementId>>()
  for (const { requirement, explains, findings } of oracles) {
    const seenWith = findings.map((finding) =>
      isAboutCall(finding) ? failures.get(checkAt(finding, exchanges)) : undefined,
    )
    const isOwn = [...failures.values()].includes(requirement)
    if (explains && !isOwn && findings.length > 0 && !seenWith.includes(undefined))
      doubtful.set(requirement, new Set(seenWith as RequirementId[]))
  }
  if (doubtful.size === 0) return oracles

  const demoted = (ids: (id: RequirementId) => boolean) =>
    oracles.map((oracle) => (ids(oracle.requirement) ? { ...oracle, explains: false } : oracle))
  const violated = violations(
    checks,
    demoted((id) => doubtful.has(id)),
    exchanges,
  )
  return demoted((id) => {
    const roots = [...(doubtful.get(id) ?? [])].map((failed) => rootOf(failed, violated))
    return new Set(roots).size === 1
  })
}

/** The form of an answer is right or wrong by itself; what it says about a call follows from what was done to the call. */
function isAboutCall({ pointer = '' }: Finding): boolean {
  return /^(\/items\/\d+)?\/(spec|status|winning_status)(\/|$)/.test(pointer)
}

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
  const sightings = violated.sightings.get(requirement)!
  const own = sightings.filter(({ by }) => by === 'own')
  const twin = twinOf(requirement)
  const causes = (own.length > 0 ? own : sightings).map((sighting) =>
    [
      ...sighting.causes,
      ...moreBasic(requirement, sighting, violated),
      ...moreSpecial(requirement, sighting, violated),
      ...(twin ? [twin] : []),
    ].filter((cause) => cause !== requirement && isCause(cause, sighting, violated)),
  )
  return causes.some((some) => some.length === 0) ? [] : [...new Set(causes.flat())]
}

/** What was only seen in passing, where something else failed, explains no failure of a check; nor does a step that is well elsewhere. */
function isCause(cause: RequirementId, { by }: Sighting, { sightings, cleared }: Violated): boolean {
  const others = sightings.get(cause) ?? []
  if (by !== 'own') return others.length > 0
  if (cleared.has(cause)) return false
  return others.some((other) => other.by !== 'seen' || other.causes.length === 0)
}

/** Who met the very same fault on the way more often: steps have the name of what is more basic. */
function moreBasic(
  requirement: RequirementId,
  { by, fault }: Sighting,
  { steps }: Violated,
): RequirementId[] {
  const met = fault === undefined || by !== 'own' ? undefined : steps.get(fault)
  const often = met?.get(requirement) ?? 0
  return [...(met ?? [])].flatMap(([other, times]) => (times > often ? [other] : []))
}

/** Whose failure shows as a step that is well elsewhere. */
function moreSpecial(
  requirement: RequirementId,
  { by, fault }: Sighting,
  violated: Violated,
): RequirementId[] {
  if (by !== 'step' || !violated.cleared.has(requirement)) return []
  const isSame = (own: Sighting) =>
    own.by === 'own' && (own.causes.includes(requirement) || (fault !== undefined && own.fault === fault))
  return [...violated.sightings].flatMap(([other, sightings]) => (sightings.some(isSame) ? [other] : []))
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
