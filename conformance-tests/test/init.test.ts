import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { writeWorkflow } from '../src/init.ts'
import { NotJudgeable } from '../src/not-judgeable.ts'

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'countersign-init-'))))
afterEach(() => rmSync(folder, { recursive: true }))

const workflow = () => join(folder, '.github/workflows/countersign-conformance.yml')
const baseline = () => join(folder, 'conformance-baseline.json')

test('init writes a workflow and an empty baseline', () => {
  const said = writeWorkflow(folder, { force: false })

  expect(said.map((line) => line.split(' ')[0])).toEqual(['Wrote', 'Wrote'])
  expect(readFileSync(workflow(), 'utf8')).toContain('--baseline conformance-baseline.json')
  expect(JSON.parse(readFileSync(baseline(), 'utf8'))).toEqual({ known_failures: [] })
})

test.each([false, true])('init keeps a baseline that is there (force: %s)', (force) => {
  writeFileSync(baseline(), 'known')

  const said = writeWorkflow(folder, { force })

  expect(said[1]).toContain('Kept')
  expect(readFileSync(baseline(), 'utf8')).toBe('known')
  expect(existsSync(workflow())).toBe(true)
})

test('init overwrites a workflow only by force', () => {
  writeWorkflow(folder, { force: false })
  writeFileSync(workflow(), 'mine')

  expect(() => writeWorkflow(folder, { force: false })).toThrow(NotJudgeable)
  expect(readFileSync(workflow(), 'utf8')).toBe('mine')
  writeWorkflow(folder, { force: true })
  expect(readFileSync(workflow(), 'utf8')).not.toBe('mine')
})
