import { startReference } from '../servers/judged-server.ts'
import type { Report } from '../src/report/report.ts'
import { runConformance, type ConformanceOptions } from '../src/suite.ts'

/** Judges the reference server by a part of the suite, broken as `mutant` says, for tests of what is made from a report. */
export async function judge({
  mutant,
  ...options
}: { mutant?: string } & Omit<Partial<ConformanceOptions>, 'baseUrl'> = {}): Promise<Report> {
  const server = await startReference(mutant === undefined ? {} : { mutant })
  try {
    return await runConformance({
      baseUrl: server.url,
      keys: server.keys,
      seed: 1,
      only: ['function-call', 'human-contact', 'auth'],
      ...options,
    })
  } finally {
    await server.close()
  }
}
