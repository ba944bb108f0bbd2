import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Check } from './check.ts'
import { checks as allChecks } from './checks/index.ts'
import { systemClock, type Clock } from './clock.ts'
import type { Run } from './context.ts'
import { judgeTranscript } from './oracles/index.ts'
import { NotJudgeable } from './not-judgeable.ts'
import { preflight } from './preflight.ts'
import { parseJson } from './reply.ts'
import { readSpec } from './registry.ts'
import { hideSecrets } from './report/redaction.ts'
import { EXIT, type ExitCode, type Report, type RequirementReport, type RunVerdict } from './report/report.ts'
import { judgeRequirements } from './requirement-verdicts.ts'
import { rootCauses } from './root-causes.ts'
import { runChecks, type RunnerOptions } from './runner.ts'
import { selectionOf } from './selection.ts'
import { Keyring, type Discovery, type Subject } from './subject.ts'
import type { SubjectProcess } from './subject-process.ts'
import { httpTransport, type Transport } from './transport.ts'
import type { CheckResult, Verdict } from './verdict.ts'

/** What a run is given. Only the address and keys are needed. */
export interface ConformanceOptions extends RunnerOptions {
  baseUrl: string
  /**
   * Bearer keys by role: `token` for every role without a key of its own, else `agent`, `responder`, `admin`, and `other` for a key of a
   * second project.
   */
  keys: Readonly<Partial<Record<'token' | 'agent' | 'responder' | 'admin' | 'other', string | undefined>>>
  /** Requirements, checks or beginnings of their ids; everything when empty. */
  only?: readonly string[]
  /** Profiles or features: nothing else is judged, and each has to be claimed. */
  profiles?: readonly string[]
  seed?: number
  /** How long races and the model may take together; 15 seconds unless told. */
  budgetMs?: number
  process?: SubjectProcess
  clock?: Clock
  /** Told when the server has been found and before the checks begin. */
  onStart?: (subject: Subject, checks: readonly Check[]) => void
}

/**
 * Judges one server by everything that it claims.
 *
 * @throws {NotJudgeable} when nothing answers, it is no Countersign server, or it does not take the keys.
 */
export async function runConformance(options: ConformanceOptions): Promise<Report> {
  const { keys, only = [], profiles = [], clock = systemClock, onStart } = options
  const baseUrl = parseBaseUrl(options.baseUrl)
  const keyring = new Keyring()
  for (const [name, secret] of Object.entries(keys)) if (secret !== undefined) keyring.add(name, secret)
  const transport = httpTransport(baseUrl, (key) => keyring.secretOf(key), clock)
  try {
    const started = clock.now()
    await options.process?.start()
    const found = await preflight(baseUrl, keyring, transport, clock)
    const subject: Subject = {
      base_url: baseUrl.href.replace(/\/$/, ''),
      ...found,
      keys: new Set(keyring.names()),
      restartable: options.process !== undefined,
    }
    demand(profiles, subject)
    const isSelected = selectionOf(only, profiles)
    const selected = allChecks.filter(isSelected)
    if (selected.length === 0)
      throw new NotJudgeable(`No check matches ${[...only, ...profiles].join(', ')}.`)

    const run: Run = {
      subject,
      keyring,
      transport,
      clock,
      namespace: `cf${Math.floor(started / 1000).toString(36)}${randomBytes(3).toString('hex')}`,
      seed: options.seed ?? randomBytes(4).readUInt32LE(),
      budgetMs: options.budgetMs ?? 15_000,
      process: options.process,
      exchanges: [],
      pauses: [],
      readings: [],
    }
    onStart?.(subject, selected)
    const results = await runChecks(run, selected, options)
    const software = await findSoftware(transport)
    return reportOn({ run, results, software, started, only, profiles })
  } finally {
    transport.close()
    await options.process?.close()
  }
}

interface Ended {
  run: Run
  results: readonly CheckResult[]
  software: string | null
  started: number
  only: readonly string[]
  profiles: readonly string[]
}

/** Puts together what the checks and the oracles found. */
export function reportOn({ run, results, software, started, only, profiles }: Ended): Report {
  const { subject, exchanges } = run
  const oracleResults = judgeTranscript({ subject, exchanges })
  const isSelected = selectionOf(only, profiles)
  const requirements = judgeRequirements(subject, results, oracleResults, isSelected)
  const { verdict, exit_code } = verdictOf(requirements, results)
  const report: Report = {
    report_version: 1,
    suite: {
      ...readPackage(),
      spec_version: 'draft',
      requirements_digest: digest(readSpec('requirements.json')),
      mutation_score: readMutationScore(),
    },
    subject: {
      base_url: subject.base_url,
      software,
      discovery: subject.discovery,
      discovery_digest: digest(subject.discovery),
      keys: [...subject.keys],
      restartable: subject.restartable,
      project: subject.project,
      other_project: subject.other_project,
    },
    run: {
      started_at: new Date(started).toISOString(),
      duration_ms: run.clock.now() - started,
      namespace: run.namespace,
      seed: run.seed,
      budget_ms: run.budgetMs,
      only,
      profiles,
    },
    verdict,
    exit_code,
    counts: countsOf(requirements),
    not_judged: notJudged(requirements),
    roots: rootCauses(results, oracleResults, exchanges),
    requirements,
    checks: results.map(({ check: { id, requirement, title, expect, kind }, ...result }) => ({
      id,
      requirement,
      title,
      expect,
      kind,
      ...result,
    })),
    baseline: null,
    transcript: { exchanges, pauses: run.pauses, readings: run.readings },
  }
  return hideSecrets(report, run.keyring.entries())
}

function verdictOf(
  requirements: readonly RequirementReport[],
  results: readonly CheckResult[],
): { verdict: RunVerdict; exit_code: ExitCode } {
  const has = (verdict: Verdict) =>
    requirements.some((one) => one.verdict === verdict && one.level === 'MUST')
  if (has('FAIL')) return { verdict: 'non-conformant', exit_code: EXIT.violated }
  if (results.some(({ verdict }) => verdict === 'ERROR')) return { verdict: 'error', exit_code: EXIT.error }
  if (has('INCONCLUSIVE') || !requirements.some(({ verdict }) => verdict === 'PASS'))
    return { verdict: 'incomplete', exit_code: EXIT.incomplete }
  return { verdict: 'conformant', exit_code: EXIT.conformant }
}

function countsOf(requirements: readonly RequirementReport[]): Record<Verdict, number> {
  const counts: Record<Verdict, number> = {
    PASS: 0,
    FAIL: 0,
    WARN: 0,
    NOT_APPLICABLE: 0,
    INCONCLUSIVE: 0,
    ERROR: 0,
  }
  for (const { verdict } of requirements) counts[verdict] += 1
  return counts
}

/** What the server claims and the run could not look at, one line for each thing that was missing. */
function notJudged(requirements: readonly RequirementReport[]): string[] {
  const reasons = new Map<string, string[]>()
  for (const { id, verdict, reason = '' } of requirements)
    if (verdict === 'NOT_APPLICABLE' && reason.startsWith('needs '))
      reasons.set(reason, [...(reasons.get(reason) ?? []), id])
  return [...reasons].map(([reason, ids]) => `${ids.join(', ')}: ${reason}`)
}

/** What is asked for by name has to be there. */
function demand(profiles: readonly string[], { discovery, base_url }: Subject): void {
  for (const profile of profiles)
    if (!discovery.profiles.includes(profile) && !discovery.features.includes(profile))
      throw new NotJudgeable(`${base_url} does not claim ${profile}; it claims ${claimsOf(discovery)}.`)
}

function claimsOf({ profiles, features }: Discovery): string {
  return [...profiles, ...features].join(', ') || 'nothing'
}

function parseBaseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw new NotJudgeable(`"${text}" is no address; it takes one such as http://localhost:4747.`)
  return url
}

async function findSoftware(transport: Transport): Promise<string | null> {
  const { response } = await transport.send(
    { key: 'nobody', method: 'GET', path: '/version', headers: [], body: undefined },
    { timeoutMs: 2_000 },
  )
  const value = parseJson(Buffer.from(response?.body ?? []).toString('utf8')) as
    | { name?: string; version?: string }
    | undefined
  return typeof value?.name === 'string' ? `${value.name} ${value.version ?? ''}`.trim() : null
}

/** The name and the version of this suite. */
export function readPackage(): { name: string; version: string } {
  const { name, version } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  ) as Report['suite']
  return { name, version }
}

function readMutationScore(): Report['suite']['mutation_score'] {
  try {
    const { score } = JSON.parse(readFileSync(new URL('../kill-matrix.json', import.meta.url), 'utf8')) as {
      score: { killed: number; total: number }
    }
    return score
  } catch {
    return null
  }
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
