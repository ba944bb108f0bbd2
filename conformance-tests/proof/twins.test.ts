import { describe, expect, test } from 'vitest'
import { startTwin, twins } from '../servers/twins/twins.ts'
import { runConformance } from '../src/suite.ts'

// The loudest complaint about conformance suites is that they fail correct servers. These are correct, and unlike the reference server.

describe('a legal server', () => {
  test.each(twins)(
    'passes everything: $id ($title)',
    async (twin) => {
      const server = await startTwin(twin)
      const { url: baseUrl, keys } = server

      const report = await runConformance({ baseUrl, keys, seed: 1, budgetMs: 3_000 })

      await server.close()
      const failed = report.checks
        .filter(({ verdict }) => verdict !== 'PASS' && verdict !== 'NOT_APPLICABLE')
        .map(({ id, verdict, reason }) => `${twin.id}: ${verdict} ${id}: ${reason}`)
      // An oracle has findings without a check that fails.
      const violated = report.roots.map(
        ({ requirement, check, finding }) =>
          `${twin.id}: ${requirement} (in ${check}): expected ${finding.expected}, got ${finding.actual}`,
      )
      expect([...failed, ...violated]).toEqual([])
      expect(report.verdict).toBe('conformant')
    },
    300_000,
  )
})
