import { existsSync, readFileSync } from 'node:fs'

// Prints `N passed, N failed`. A file that does not load, a hook that throws and an unhandled rejection are failures
// too, although the report does not count them among its tests.

const [checkRc, testRc] = process.argv.slice(2).map(Number)
const path = new URL('out/vitest.json', import.meta.url)
const empty = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
const report = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : empty

const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
).length
let failed = report.numFailedTests + brokenFiles + (checkRc === 0 ? 0 : 1)
if (failed === 0 && (testRc !== 0 || report.numPassedTests === 0)) failed = 1

if (checkRc !== 0) console.log('npm run check failed.')
console.log(`${report.numPassedTests} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
