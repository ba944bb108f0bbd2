import { describe, expect, test } from 'vitest'
import { nullServers, startNullServer } from '../servers/nulls/null-servers.ts'
import { NotJudgeable } from '../src/not-judgeable.ts'
import { runConformance } from '../src/suite.ts'

// A suite that is green without having tested anything is worse than none. These servers do nothing, so that nothing passes on them.

const keys = { agent: 'a', responder: 'b', admin: 'c', other: 'd' }

/** What is true of such a server all the same, and why. */
const TRUE_ALL_THE_SAME: Readonly<Record<string, RegExp>> = {}

describe('a server that does nothing', () => {
  test.each(nullServers)('is no Countersign server at all: $id', async (nullServer) => {
    const { url, close } = await startNullServer(nullServer, { claiming: false })

    const run = runConformance({ baseUrl: url, keys })

    await expect(run).rejects.toBeInstanceOf(NotJudgeable)
    await close()
  })

  test.each(nullServers)(
    'and claims everything keeps nothing: $id',
    async (nullServer) => {
      const { url, close } = await startNullServer(nullServer, { claiming: true })

      const report = await runConformance({ baseUrl: url, keys, seed: 1, budgetMs: 2_000 })

      await close()
      const passed = report.checks.filter(({ verdict }) => verdict === 'PASS').map(({ id }) => id)
      const vacuous = passed.filter((id) => !ALWAYS.test(id) && !TRUE_ALL_THE_SAME[nullServer.id]?.test(id))
      const errors = report.checks.filter(({ verdict }) => verdict === 'ERROR')
      expect(vacuous, `checks that pass on a server that does nothing (${nullServer.id})`).toEqual([])
      expect(errors.map(({ id, reason }) => `${id}: ${reason}`)).toEqual([])
      expect(['non-conformant', 'incomplete']).toContain(report.verdict)
    },
    120_000,
  )
})

/** The discovery document of these servers is a good one, and so is what they tell of their project. */
const ALWAYS = /^(discovery\.|(http|routing)\.project$|policy\.shown$)/
