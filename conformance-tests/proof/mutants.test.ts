import { describe, expect, test } from 'vitest'
import { judgeMutant } from '../servers/judge-mutant.ts'
import { mutants } from '../servers/mutants/index.ts'

// One broken server for each requirement. `npm run mutants` judges all of them, and takes long.

const seen = new Set<string>()
const oneEach = mutants.filter(({ requirement }) => !seen.has(requirement) && seen.add(requirement))

describe.concurrent('a server that is broken on purpose', () => {
  test.each(oneEach)(
    'is found and named: $requirement ($id)',
    async (mutant) => {
      const { killed, attributed, roots, errors } = await judgeMutant(mutant)

      expect(errors).not.toContain('never loaded')
      expect(killed, 'the mutant survived').toBe(true)
      expect(attributed, `not one root, but ${roots.join(', ')}`).toBe(true)
    },
    180_000,
  )
})
