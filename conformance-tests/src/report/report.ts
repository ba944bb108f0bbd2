import type { Exchange, Pause, Reading } from '../exchange.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Level } from '../registry.ts'
import type { ShownProject } from '../project.ts'
import type { Root } from '../root-causes.ts'
import type { Discovery } from '../subject.ts'
import type { Verdict } from '../verdict.ts'
import type { Finding } from '../violation.ts'

/** `conformant`: every MUST that was judged is kept. `incomplete`: something that should have been judged was not. */
export type RunVerdict = 'conformant' | 'non-conformant' | 'incomplete' | 'error'

/** 0 conformant, 1 a MUST is violated or the baseline is stale, 2 wrong usage, 3 incomplete or nothing to judge, 4 the suite's own fault. */
export const EXIT = { conformant: 0, violated: 1, usage: 2, incomplete: 3, error: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** One requirement of the specification and what the run found out about it. */
export interface RequirementReport {
  readonly id: RequirementId
  readonly level: Level
  readonly profile: string
  readonly sentence: string
  readonly source: string
  readonly verdict: Verdict
  readonly reason?: string
  /** The ids of the checks and oracles that judged it. */
  readonly checks: readonly string[]
  /** How many answers of the server were looked at. */
  readonly subjects: number
  readonly findings: readonly Finding[]
}

/** One check and what it found out. */
export interface CheckReport {
  readonly id: string
  readonly requirement: RequirementId
  readonly title: string
  readonly expect: 'accept' | 'reject' | 'any'
  readonly kind: 'safety' | 'liveness'
  readonly verdict: Verdict
  readonly reason?: string
  readonly finding?: Finding
  readonly attempts: number
  readonly duration_ms: number
  readonly subjects: number
}

/** Everything that a run found out; the other forms of report are made from it. */
export interface Report {
  readonly report_version: 1
  readonly suite: {
    readonly name: string
    readonly version: string
    readonly spec_version: string
    /** The SHA-256 of the requirements that were judged. */
    readonly requirements_digest: string
    /** How many of the servers that are broken on purpose this suite finds. */
    readonly mutation_score: { readonly killed: number; readonly total: number } | null
  }
  readonly subject: {
    readonly base_url: string
    readonly software: string | null
    readonly discovery: Discovery
    /** The SHA-256 of the discovery document. */
    readonly discovery_digest: string
    readonly keys: readonly string[]
    readonly restartable: boolean
    /** What is configured, as far as checks go by it; absent in older reports. */
    readonly project?: ShownProject
    readonly other_project?: ShownProject
  }
  readonly run: {
    readonly started_at: string
    readonly duration_ms: number
    readonly namespace: string
    readonly seed: number
    readonly budget_ms: number
    readonly only: readonly string[]
    readonly profiles: readonly string[]
  }
  readonly verdict: RunVerdict
  readonly exit_code: ExitCode
  readonly counts: Readonly<Record<Verdict, number>>
  /** What is claimed and could not be judged with what the run was given, and what it would have needed. */
  readonly not_judged: readonly string[]
  readonly roots: readonly Root[]
  readonly requirements: readonly RequirementReport[]
  readonly checks: readonly CheckReport[]
  readonly baseline: BaselineReport | null
  readonly transcript: {
    readonly exchanges: readonly Exchange[]
    readonly pauses: readonly Pause[]
    readonly readings: readonly Reading[]
  }
}

/** What the file of known failures says about this run. */
export interface BaselineReport {
  readonly file: string
  /** Known failures that did fail. */
  readonly known: readonly string[]
  /** Entries that no longer fail, or whose time is over: they make the run fail. */
  readonly stale: readonly { readonly id: string; readonly reason: string }[]
}
