import { requirements } from './registry.ts'
import {
  EXIT,
  type BaselineReport,
  type ExitCode,
  type Report,
  type RequirementReport,
} from './report/report.ts'

/** A requirement that the server is known to violate, and until when that is to be borne. */
export interface KnownFailure {
  readonly id: string
  readonly reason: string
  /** Where it is worked on. */
  readonly link?: string
  /** The last day on which it is known, such as `2027-01-31`. */
  readonly expires: string
}

/** The file of known failures: with it a run succeeds as long as nothing else fails. */
export interface Baseline {
  readonly file: string
  readonly known_failures: readonly KnownFailure[]
}

/** The file is not what a baseline has to be. The message names the place. */
export class BadBaseline extends Error {}

/**
 * Reads a baseline.
 *
 * @throws {BadBaseline} when a member is missing, has another form, or is not known.
 */
export function parseBaseline(text: string, file: string): Baseline {
  const fail = (place: string, problem: string): never => {
    throw new BadBaseline(`${file}${place === '' ? '' : ` at ${place}`}: ${problem}.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    fail('', `is no JSON: ${(error as Error).message}`)
  }
  const { known_failures, ...others } = membersOf(value) ?? fail('', 'is no object')
  const [unknown] = Object.keys(others).filter((name) => name !== '$schema')
  if (unknown !== undefined) fail(`/${unknown}`, 'is not known; only known_failures is')
  if (!Array.isArray(known_failures)) return fail('/known_failures', 'is no list')

  const seen = new Set<string>()
  const entries = known_failures.map((entry: unknown, index): KnownFailure => {
    const place = `/known_failures/${index}`
    const { id, reason, link, expires, ...more } = membersOf(entry) ?? fail(place, 'is no object')
    for (const name of Object.keys(more))
      fail(`${place}/${name}`, 'is not known; id, reason, link and expires are')
    if (typeof id !== 'string' || id === '') return fail(`${place}/id`, 'is no requirement id')
    if (seen.has(id)) fail(`${place}/id`, `${id} stands there twice`)
    seen.add(id)
    if (typeof reason !== 'string' || reason.trim() === '')
      return fail(`${place}/reason`, 'is no text; say why it is borne')
    if (typeof expires !== 'string' || !isDay(expires))
      return fail(`${place}/expires`, 'is no day such as 2027-01-31')
    if (link !== undefined && (typeof link !== 'string' || !URL.canParse(link)))
      return fail(`${place}/link`, 'is no URL')
    return { id, reason, expires, ...(link === undefined ? {} : { link }) }
  })
  return { file, known_failures: entries }
}

/**
 * Judges a run by what was known before. A known failure no longer makes the run fail, nor does what cannot be judged because of it; an
 * entry that no longer fails, whose time is over, or that names no requirement is stale, and that makes it fail.
 */
export function applyBaseline(report: Report, baseline: Baseline, now: Date): Report {
  const byId = new Map<string, RequirementReport>(report.requirements.map((one) => [one.id, one]))
  const known: string[] = []
  const stale: { id: string; reason: string }[] = []
  for (const entry of baseline.known_failures) {
    const reason = whyStale(entry, byId.get(entry.id), now)
    if (reason !== undefined) stale.push({ id: entry.id, reason })
    else if (isViolated(byId.get(entry.id))) known.push(entry.id)
  }
  return {
    ...report,
    exit_code: exitCodeOf(report, new Set(known), stale.length),
    baseline: { file: baseline.file, known, stale } satisfies BaselineReport,
  }
}

/** Until when a failure that nobody has looked at yet is borne. */
const GRACE_DAYS = 90

/** The text of a baseline in which everything that this run found is known for now. */
export function baselineOf(report: Report, now: Date): string {
  const expires = new Date(now.getTime() + GRACE_DAYS * 24 * 60 * 60 * 1000).toISOString().slice(0, 10)
  const known_failures = report.requirements
    .filter((one) => isViolated(one) && one.level === 'MUST')
    .map(({ id, reason = '' }): KnownFailure => ({ id, reason, expires }))
  return `${JSON.stringify({ known_failures }, null, 2)}\n`
}

function whyStale(
  { id, expires }: KnownFailure,
  requirement: RequirementReport | undefined,
  now: Date,
): string | undefined {
  if (![...requirements.keys()].some((known) => known === id))
    return 'the specification has no such requirement'
  if (now.getTime() >= Date.parse(expires) + 24 * 60 * 60 * 1000) return `it was known until ${expires}`
  if (requirement?.verdict === 'PASS') return 'the requirement is kept now'
  const { verdict, reason = '' } = requirement ?? {}
  if (verdict === 'NOT_APPLICABLE' && reason.startsWith('the server does not claim')) return reason
  return undefined
}

function isViolated(requirement: RequirementReport | undefined): boolean {
  return requirement?.verdict === 'FAIL' || requirement?.verdict === 'WARN'
}

/** A server with known failures stays what it is; only the run does not fail because of them. */
function exitCodeOf(report: Report, known: ReadonlySet<string>, stale: number): ExitCode {
  const musts = report.requirements.filter(({ level }) => level === 'MUST')
  const isFailed = musts.some(({ id, verdict }) => verdict === 'FAIL' && !known.has(id))
  if (stale > 0 || isFailed) return EXIT.violated
  if (report.checks.some(({ verdict }) => verdict === 'ERROR')) return EXIT.error
  const isOpen = musts.some((one) => one.verdict === 'INCONCLUSIVE' && !isBlockedBy(one, report, known))
  const isJudged = report.requirements.some(({ verdict }) => verdict === 'PASS') || known.size > 0
  return isOpen || !isJudged ? EXIT.incomplete : EXIT.conformant
}

function isBlockedBy({ checks }: RequirementReport, report: Report, known: ReadonlySet<string>): boolean {
  return report.checks
    .filter(({ id, verdict }) => verdict === 'INCONCLUSIVE' && checks.includes(id))
    .every(({ finding }) => finding !== undefined && known.has(finding.requirement))
}

function membersOf(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function isDay(text: string): boolean {
  return (
    /^\d{4}-\d\d-\d\d$/.test(text) &&
    !Number.isNaN(Date.parse(text)) &&
    new Date(text).toISOString().startsWith(text)
  )
}
