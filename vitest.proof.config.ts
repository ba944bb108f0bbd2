import { defineConfig, mergeConfig } from 'vitest/config'
import tests from './vitest.config.ts'

// The proof of the referee: servers that are broken on purpose, that do nothing, and that are odd but legal. It takes minutes, and
// has a command of its own: npm run proof.
export default mergeConfig(
  { ...tests, test: { ...tests.test, include: [] } },
  defineConfig({ test: { include: ['conformance-tests/proof/**/*.test.ts'], maxConcurrency: 3 } }),
)
