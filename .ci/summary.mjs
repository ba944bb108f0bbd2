import { existsSync, readFileSync } from 'node:fs'

// Prints `N passed, N failed`. A file that does not load, a hook that throws and an unhandled rejection are failures
// too, although the reports do not count them among their tests.

const [checkRc, testRc, proofRc, faultsRc] = process.argv.slice(2).map(Number)
const parts = [
  countOf(readReport('vitest'), testRc),
  countOf(readReport('proof'), proofRc),
  { passed: faultsRc === 0 ? 1 : 0, failed: faultsRc === 0 ? 0 : 1 },
]
const passed = parts.reduce((sum, part) => sum + part.passed, 0)
const failed = parts.reduce((sum, part) => sum + part.failed, 0) + (checkRc === 0 ? 0 : 1)

if (checkRc !== 0) console.log('npm run check failed.')
if (faultsRc !== 0) console.log('npm run faults failed.')
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

function readReport(name) {
  const path = new URL(`out/${name}.json`, import.meta.url)
  const empty = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : empty
}

function countOf({ numPassedTests, numFailedTests, testResults }, rc) {
  const brokenFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length
  const counted = numFailedTests + brokenFiles
  return { passed: numPassedTests, failed: counted === 0 && (rc !== 0 || numPassedTests === 0) ? 1 : counted }
}
