import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReference, type JudgedServer } from '../servers/judged-server.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
let folder: string
let server: JudgedServer

// What is published is what is tried: packed, installed into an empty folder, and started there.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-packed-'))
  await run('npm', ['run', 'build', '--silent'], { cwd: root })
  await run(
    'npm',
    [
      'pack',
      '--silent',
      '--pack-destination',
      folder,
      '-w',
      '@countersign/spec',
      '-w',
      '@countersign/conformance',
    ],
    { cwd: root },
  )
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const tarballs = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  await run(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', ...tarballs.map((name) => `./${name}`)],
    { cwd: folder },
  )
  server = await startReference()
}, 180_000)
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

describe('the published package', () => {
  test('judges a server from an empty folder', async () => {
    const { agent = '', responder = '' } = server.keys
    const { stdout } = await run(
      process.execPath,
      [
        join(folder, 'node_modules/@countersign/conformance/bin/countersign-conformance.mjs'),
        server.url,
        '--agent-token',
        agent,
        '--responder-token',
        responder,
        '--only',
        'function-call',
        '--json',
      ],
      { cwd: folder, maxBuffer: 256 * 1024 * 1024 },
    )

    const report = JSON.parse(stdout) as { verdict: string; counts: { PASS: number } }
    expect(report.verdict).toBe('conformant')
    expect(report.counts.PASS).toBeGreaterThan(15)
  })
})
