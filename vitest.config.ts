import { defineConfig } from 'vitest/config'

// Tests read the sources of the other packages, so that no build is needed before them.
export default defineConfig({
  ssr: { resolve: { conditions: ['countersign-source', 'node'] } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'tools/*/*.test.ts',
      'compatibility/*/test/**/*.test.ts',
      'conformance-tests/test/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
    ],
    // Most of a test is waiting, for a server process or for time to pass.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
})
