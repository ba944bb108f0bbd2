import { inspect } from 'node:util'
import type { Check, Lane } from './check.ts'
import { notConfigured } from './configured.ts'
import { Context, type Run } from './context.ts'
import type { Failure } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { requirementOf } from './registry.ts'
import { claims, isLoopback, type Subject } from './subject.ts'
import type { CheckResult, Verdict } from './verdict.ts'
import { Inconclusive, Violation, type Finding } from './violation.ts'

/** How many checks of the pool run at the same time. */
const POOL = 16

export interface RunnerOptions {
  /** Told whenever a check has ended, with how many there are. */
  onResult?: (result: CheckResult, done: number, total: number) => void
  /** Steps that are known to get no answer; the foundation adds to them. */
  broken?: Map<RequirementId, Finding>
}

/** Runs the checks in their lanes and says what each found out. */
export async function runChecks(
  run: Run,
  checks: readonly Check[],
  { onResult, broken = new Map() }: RunnerOptions = {},
): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  const one = async (check: Check): Promise<CheckResult> => {
    const reason = whyNot(check, run.subject)
    const result = reason === undefined ? await judge(run, check, broken) : notApplicable(check, reason)
    results.push(result)
    onResult?.(result, results.length, checks.length)
    return result
  }
  const lane = (name: Lane) => checks.filter((check) => check.lane === name)

  for (const check of lane('foundation')) noteBroken(await one(check), run, broken)
  const timers = Promise.all(lane('timer').map(one))
  await inPool(lane('pool'), POOL, one)
  await timers
  for (const check of [...lane('race'), ...lane('restart')]) await one(check)
  return results
}

/** Why a check has nothing to judge here, or undefined. */
export function whyNot({ requirement, needs }: Check, subject: Subject): string | undefined {
  const { profile } = requirementOf(requirement)
  for (const claim of [profile, ...(needs.claims ?? [])])
    if (!claims(subject, claim)) return `the server does not claim ${claim}`
  for (const kind of needs.channel_kinds ?? [])
    if (!subject.discovery.channel_kinds.includes(kind))
      return `the server does not serve the channel kind ${kind}`
  const { lacks } = needs
  if (lacks !== undefined && (claims(subject, lacks) || subject.discovery.channel_kinds.includes(lacks)))
    return `the server offers ${lacks}`
  for (const key of needs.keys ?? []) if (!subject.keys.has(key)) return `needs a key: --${key}-token`
  for (const configuration of needs.configured ?? []) {
    const missing = notConfigured(configuration, subject)
    if (missing !== undefined) return `needs ${missing}`
  }
  if (needs.process && !subject.restartable) return 'needs the server in its hands: --exec or --restart-cmd'
  if (needs.loopback && !isLoopback(subject))
    return 'needs a server on this machine: another one could not reach the listener'
  return undefined
}

/** A server that does not answer the simplest requests would keep every check waiting; those that need the step are not tried. */
function noteBroken({ finding }: CheckResult, run: Run, broken: Map<RequirementId, Finding>): void {
  if (finding && failureOf(run, finding)) broken.set(finding.requirement, finding)
}

/** Why the request of a finding got no answer, or undefined where it got one. */
function failureOf({ exchanges }: Run, finding: Finding): Failure | undefined {
  return exchanges.find(({ number }) => number === finding.exchange)?.failure
}

async function inPool(
  checks: readonly Check[],
  width: number,
  one: (check: Check) => Promise<unknown>,
): Promise<void> {
  const queue = [...checks]
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) await one(check)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

async function judge(
  run: Run,
  check: Check,
  broken: ReadonlyMap<RequirementId, Finding>,
): Promise<CheckResult> {
  const began = run.clock.now()
  let attempts = 0
  for (;;) {
    attempts += 1
    const outcome = await attempt(run, check, attempts, broken)
    if (attempts === 1 && outcome.finding && deservesAnother(run, check, outcome.finding, broken)) continue
    return { check, attempts, duration_ms: run.clock.now() - began, ...outcome }
  }
}

/**
 * A wrong answer is final, while something that did not come in time may come to those who wait longer, and an answer that was lost on its
 * way says nothing. Only whether the server answers at all is not waited for twice.
 */
function deservesAnother(
  run: Run,
  { kind, lane }: Check,
  finding: Finding,
  broken: ReadonlyMap<RequirementId, Finding>,
): boolean {
  if (kind === 'liveness') return true
  if (broken.has(finding.requirement)) return false
  const kindOfFailure = failureOf(run, finding)?.kind
  return kindOfFailure === 'reset' || (kindOfFailure === 'timeout' && lane !== 'foundation')
}

async function attempt(
  run: Run,
  check: Check,
  number: number,
  broken: ReadonlyMap<RequirementId, Finding>,
): Promise<Pick<CheckResult, 'verdict' | 'reason' | 'finding' | 'subjects'>> {
  const context = new Context(run, { id: check.id, requirement: check.requirement, attempt: number, broken })
  const outcome = await check.run(context).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(inspect(error))),
  )
  const subjects = context.exchanges().filter(({ response }) => response).length
  if (outcome === undefined)
    return subjects > 0
      ? { verdict: 'PASS', subjects }
      : { verdict: 'ERROR', reason: 'the check passed without looking at any answer', subjects }
  if (outcome instanceof Violation) return { subjects, ...verdictOn(check, outcome) }
  if (outcome instanceof Inconclusive) return { verdict: 'INCONCLUSIVE', reason: outcome.message, subjects }
  return {
    verdict: 'ERROR',
    reason: outcome.stack ?? outcome.message,
    subjects,
  }
}

function verdictOn(
  check: Check,
  { finding, message }: Violation,
): Pick<CheckResult, 'verdict' | 'reason' | 'finding'> {
  const requirement = finding.requirement ?? check.requirement
  const found = { ...finding, requirement }
  if (requirement === check.requirement)
    return { verdict: severityOf(requirement), reason: message, finding: found }
  return { verdict: 'INCONCLUSIVE', reason: `blocked by ${requirement}: ${message}`, finding: found }
}

/** What a violation of a requirement counts as. */
export function severityOf(requirement: RequirementId): Verdict {
  return requirementOf(requirement).level === 'MUST' ? 'FAIL' : 'WARN'
}

function notApplicable(check: Check, reason: string): CheckResult {
  return { check, verdict: 'NOT_APPLICABLE', reason, attempts: 0, duration_ms: 0, subjects: 0 }
}
