import type { Configuration } from './configured.ts'
import type { Context } from './context.ts'
import type { KeyName } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'

/**
 * One way to find out whether a server keeps one requirement. How bad a failure is stands in the specification; a check
 * cannot say it.
 */
export interface Check {
  /** The requirement, and a variant when several checks judge the same one. */
  readonly id: string
  readonly requirement: RequirementId
  /** A claim about the server, in the present tense. */
  readonly title: string
  /** Whether the decisive request is one that a server has to accept or one that it has to refuse. */
  readonly expect: 'accept' | 'reject'
  /** A wrong answer is final at once. What did not come in time, or did not come at all, gets a second try with four times the patience. */
  readonly kind: 'safety' | 'liveness'
  readonly lane: Lane
  readonly needs: Needs
  /** Requirements whose violation explains a failure of this check. */
  readonly after: readonly RequirementId[]
  readonly run: (context: Context) => Promise<void>
}

/**
 * `foundation` runs first and alone, `timer` in the background from the beginning, `pool` in parallel, `race` afterwards and
 * one at a time, `restart` last, because it ends the server.
 */
export type Lane = 'foundation' | 'timer' | 'pool' | 'race' | 'restart'

/** What a check cannot do without, beside the profile or feature of its requirement. */
export interface Needs {
  /** Profiles and features that the server claims. */
  readonly claims?: readonly string[]
  readonly channel_kinds?: readonly string[]
  /** A profile, feature or channel kind that the server does not offer: what then has to be refused. */
  readonly lacks?: string
  /** `admin` makes further keys; `other` belongs to a second project. */
  readonly keys?: readonly KeyName[]
  /** What the operator has to have configured. */
  readonly configured?: readonly Configuration[]
  /** The server's process, which can be killed and started again. */
  readonly process?: boolean
  /** A server on this machine, which can reach a listener of the suite. */
  readonly loopback?: boolean
}

export interface CheckOptions {
  expect: 'accept' | 'reject'
  variant?: string
  kind?: 'safety' | 'liveness'
  lane?: Lane
  needs?: Needs
  after?: readonly RequirementId[]
}

/** Defines a check; `expect` has no default, so that nobody judges the inverse of a requirement by accident. */
export function check(
  requirement: RequirementId,
  title: string,
  { expect, variant, kind = 'safety', lane = 'pool', needs = {}, after = [] }: CheckOptions,
  run: (context: Context) => Promise<void>,
): Check {
  const id = variant === undefined ? requirement : `${requirement}/${variant}`
  return { id, requirement, title, expect, kind, lane, needs, after, run }
}
