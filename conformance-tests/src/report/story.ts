import { isDeepStrictEqual } from 'node:util'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Root } from '../root-causes.ts'
import { exchangeOf, excerptOf, type Excerpt } from './excerpt.ts'
import { scriptNameOf } from './script-name.ts'
import type { CheckReport, Report, RequirementReport } from './report.ts'

/** Everything that a person wants to know about one root cause; every form of report tells it in its own way. */
export interface RootStory {
  readonly root: Root
  readonly requirement: RequirementReport
  readonly severity: 'violated' | 'warning' | 'known'
  /** Where the sentence stands, such as `spec/draft/calls.md#call.cancel`. */
  readonly where: string
  /** What the check claims about the server. */
  readonly claim: string
  readonly excerpt: Excerpt | undefined
  /** The file of the script that shows it again, in the folder of scripts. */
  readonly script: string
}

/** The root causes as a person reads them: what is violated first, then warnings, then what was known before. */
export function storiesOf(report: Report): RootStory[] {
  const order = { violated: 0, warning: 1, known: 2 }
  return report.roots
    .map((root) => storyOf(report, root))
    .toSorted((one, other) => order[one.severity] - order[other.severity])
}

function storyOf(report: Report, root: Root): RootStory {
  const requirement = report.requirements.find(({ id }) => id === root.requirement)!
  const known = report.baseline?.known.includes(root.requirement) === true
  const exchange = exchangeOf(report, root.finding.exchange)
  return {
    root,
    requirement,
    severity: known ? 'known' : requirement.level === 'MUST' ? 'violated' : 'warning',
    where: whereIs(requirement),
    claim: report.checks.find(({ id }) => id === root.check)?.title ?? '',
    excerpt: exchange && excerptOf(exchange),
    script: scriptNameOf(root.check),
  }
}

export function whereIs({ id, source }: Pick<RequirementReport, 'id' | 'source'>): string {
  return `spec/draft/${source}#${id}`
}

/** What should have been judged and could not be, apart from what a root cause explains. */
export function unexplained(report: Report): RequirementReport[] {
  const explained = new Set(report.roots.flatMap(({ blocked }) => blocked))
  return report.requirements.filter(
    ({ verdict, checks }) =>
      verdict === 'INCONCLUSIVE' &&
      report.checks.some(
        (check) => checks.includes(check.id) && check.verdict === 'INCONCLUSIVE' && !explained.has(check.id),
      ),
  )
}

export function suiteErrors({ checks }: Report): CheckReport[] {
  return checks.filter(({ verdict }) => verdict === 'ERROR')
}

/** The finding of an oracle about a requirement: one that no check made. */
export function findingOfOracle(report: Report, id: RequirementId): Root['finding'] | undefined {
  const requirement = report.requirements.find((one) => one.id === id)
  return requirement?.findings.find(
    (finding) => !report.checks.some((check) => isDeepStrictEqual(check.finding, finding)),
  )
}

/** The verdict on the whole run as one sentence. */
export function headlineOf(report: Report): string {
  const { verdict, counts, baseline, requirements } = report
  const broken = requirements.filter(({ verdict: one, level }) => one === 'FAIL' && level === 'MUST')
  const known = broken.filter(({ id }) => baseline?.known.includes(id))
  const fresh = broken.length - known.length
  const stale = baseline?.stale.length ?? 0
  const tail = stale === 0 ? '' : ` The baseline has ${count(stale, 'stale entry', 'stale entries')}.`
  if (verdict === 'conformant')
    return `Conformant: every requirement that was judged is kept (${counts.PASS}).${tail}`
  if (verdict === 'incomplete')
    return `Incomplete: nothing that was judged is violated, but not everything could be judged.${tail}`
  if (verdict === 'error') return `No verdict: the suite itself failed.${tail}`
  if (fresh === 0)
    return `Not conformant, as is known: ${count(known.length, 'known failure', 'known failures')} and no new one.${tail}`
  const also = known.length === 0 ? '' : `, beside ${count(known.length, 'known failure', 'known failures')}`
  return `Not conformant: ${count(fresh, 'requirement is', 'requirements are')} violated${also}.${tail}`
}

export function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

export function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
