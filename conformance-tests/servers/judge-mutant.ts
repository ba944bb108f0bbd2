import type { RequirementId } from '../src/generated/requirement-ids.ts'
import type { Report } from '../src/report/report.ts'
import { runConformance } from '../src/suite.ts'
import { checks } from '../src/checks/index.ts'
import { startReference } from './judged-server.ts'
import type { Mutant } from './mutation.ts'

/** What the suite made of one broken server. */
export interface Judgement {
  readonly mutant: Mutant
  /** Whether the requirement that is broken was found to be violated. */
  readonly killed: boolean
  /** Whether that is the one root of all that went wrong. */
  readonly attributed: boolean
  readonly roots: readonly RequirementId[]
  /** The checks that failed. */
  readonly killed_by: readonly string[]
  readonly report: Report
  /** What the server wrote to stderr, such as that a patch was never loaded. */
  readonly errors: string
}

/** Runs the suite against one broken server; only the checks of the broken requirement unless `full`. */
export async function judgeMutant(mutant: Mutant, { full = false } = {}): Promise<Judgement> {
  const { id, requirement, roots = [] } = mutant
  const server = await startReference({ mutant: id })
  try {
    const report = await runConformance({
      baseUrl: server.url,
      keys: server.keys,
      only: full ? [] : [requirement],
      seed: 1,
      // To end and start the server takes seconds, which only what breaks then is worth.
      ...(needsProcess(requirement) ? { process: server } : {}),
    })
    const found = report.roots.map((root) => root.requirement)
    return {
      mutant,
      killed: report.requirements.some(
        (one) => one.id === requirement && ['FAIL', 'WARN'].includes(one.verdict),
      ),
      attributed: found.length === 1 && [requirement, ...roots].includes(found[0]!),
      roots: found,
      killed_by: report.checks
        .filter(({ verdict }) => verdict === 'FAIL' || verdict === 'WARN')
        .map((check) => check.id),
      report,
      errors: server.output(),
    }
  } finally {
    await server.close()
  }
}

function needsProcess(requirement: RequirementId): boolean {
  return checks.some((check) => check.requirement === requirement && check.needs.process)
}
