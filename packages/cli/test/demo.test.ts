import { once } from 'node:events'
import { mkdtempSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCli, startCli } from './server-process.ts'

let cwd: string
let demo: ReturnType<typeof startCli>
let lines: AsyncIterator<string>
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'countersign-'))
  demo = startCli(['demo', '--port', '0'], {}, cwd)
  lines = createInterface(demo.stdout!)[Symbol.asyncIterator]()
})
afterEach(async () => {
  demo.kill()
  await once(demo, 'exit')
})

describe('the demo without a terminal', () => {
  test('runs the function once a person approves it, and keeps running', async () => {
    const [call_id] = await captured(/npx countersign approve (\S+)/)

    const approve = await runCli(['approve', call_id!], {}, { cwd })

    expect(approve.code).toBe(0)
    await captured(/The answer: Refunded 1250\.00 EUR for order 4417\./)
    await captured(/The server keeps running/)
    expect((await runCli(['list'], {}, { cwd })).stdout).toContain('approved')
    expect(statSync(join(cwd, 'countersign.keys.json')).mode & 0o777).toBe(0o600)
  })

  test('does not run the function when a person denies it, and goes on with what they say', async () => {
    const [call_id] = await captured(/npx countersign approve (\S+)/)

    await runCli(['deny', call_id!, '--comment', 'Ask for the photos first.'], {}, { cwd })

    await captured(/was not run.*Ask for the photos first\./)
    const [contact_id] = await captured(/npx countersign answer (\S+)/)
    await runCli(['answer', contact_id!, 'We look into it.'], {}, { cwd })
    await captured(/I write to the customer: We look into it\./)
  })
})

/** Reads on until a line matches, and gives the groups of the match. */
async function captured(pattern: RegExp): Promise<string[]> {
  for (;;) {
    const { value, done } = await lines.next()
    if (done) throw new Error(`The demo ended before it said ${pattern}.`)
    const match = pattern.exec(value)
    if (match) return match.slice(1)
  }
}
