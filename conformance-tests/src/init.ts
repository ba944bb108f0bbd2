import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NotJudgeable } from './not-judgeable.ts'

const WORKFLOW = '.github/workflows/countersign-conformance.yml'
const BASELINE = 'conformance-baseline.json'

/**
 * Writes what a project needs to judge its own server in CI, and says what it wrote. A baseline that is there is kept.
 *
 * @throws {NotJudgeable} when the workflow is there already, before anything is written.
 */
export function writeWorkflow(folder: string, { force }: { force: boolean }): string[] {
  if (existsSync(join(folder, WORKFLOW)) && !force)
    throw new NotJudgeable(`${WORKFLOW} is there already; --force overwrites it.`)

  mkdirSync(dirname(join(folder, WORKFLOW)), { recursive: true })
  writeFileSync(join(folder, WORKFLOW), workflow())
  const wrote = `Wrote ${WORKFLOW}: say in it how your server starts and which keys it takes.`
  if (existsSync(join(folder, BASELINE))) return [wrote, `Kept ${BASELINE}, which is there already.`]

  writeFileSync(join(folder, BASELINE), `${JSON.stringify({ known_failures: [] }, null, 2)}\n`)
  return [
    wrote,
    `Wrote ${BASELINE}: known failures go here, each with its reason and the day on which it expires.`,
  ]
}

function workflow(): string {
  return `name: Countersign conformance

on:
  push:
  pull_request:

jobs:
  conformance:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 24

      # The suite starts the server itself, so that it can also end it without warning and look what survived.
      # Say here how yours starts, and keep its database in a file.
      - name: Judge the server
        run: >
          npx --yes countersign conformance http://localhost:8787
          --exec "./start-my-server --port 8787"
          --baseline ${BASELINE}
          --report junit,html,md,json --out conformance-report
        env:
          COUNTERSIGN_TOKEN: \${{ secrets.COUNTERSIGN_TOKEN }}

      - name: Show the result
        if: always()
        run: cat conformance-report/conformance.md >> "$GITHUB_STEP_SUMMARY"

      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: conformance-report
          path: conformance-report
`
}
