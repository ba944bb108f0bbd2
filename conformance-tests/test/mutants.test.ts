import { describe, expect, test } from 'vitest'
import { judgeMutant } from '../servers/judge-mutant.ts'
import { mutants } from '../servers/mutants/index.ts'

// A few of the servers that are broken on purpose, one for each noun that must never break. `npm run proof` takes one for each
// requirement, `npm run mutants` all.

const REQUIREMENTS = [
  'function-call.late-answer-conflict',
  'function-call.approved-mirrors-state',
  'human-contact.late-answer-conflict',
  'call.id-conflict-leaks-nothing',
  'responder.not-allowed',
  'opaque.values-kept',
  'json.duplicate-members',
  'list.cursor-tampered',
  'auth.scope',
  'project.isolated',
  'error.code-status',
  'humanlayer.create-answers-200',
]
const chosen = REQUIREMENTS.map((id) => mutants.find(({ requirement }) => requirement === id)!)

describe('a server that is broken on purpose', () => {
  test.each(chosen)(
    'is found and named: $requirement ($id)',
    async (mutant) => {
      const { killed, attributed, roots, errors } = await judgeMutant(mutant)

      expect(errors).not.toContain('never loaded')
      expect(killed, 'the mutant survived').toBe(true)
      expect(attributed, `not one root, but ${roots.join(', ')}`).toBe(true)
    },
    120_000,
  )
})
