import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readConfigurationFile } from '../src/settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-configuration-'))
const path = join(folder, 'countersign.config.json')

afterAll(() => rmSync(folder, { recursive: true }))

describe('a configuration file', () => {
  test('is an object', () => {
    writeFileSync(path, '{"port": 4800, "policies": []}')

    expect(readConfigurationFile({ config: path }, {})).toEqual({
      path,
      members: { port: 4800, policies: [] },
    })
  })

  test.each([
    ['that is not there', undefined, 'cannot be read'],
    ['that is no JSON', '{"port": }', 'cannot be read'],
    ['that is a list', '[]', 'has to hold a JSON object'],
    [
      'in which a rule has two effects',
      '{"policies": [{"effect": "deny", "effect": "approve"}]}',
      '/policies/0',
    ],
    ['in which the rules stand twice', '{"policies": [1], "policies": []}', 'policies'],
  ])('%s is refused, and says where', (_name, content, detail) => {
    rmSync(path, { force: true })
    if (content !== undefined) writeFileSync(path, content)

    expect(() => readConfigurationFile({ config: path }, {})).toThrow(detail)
  })
})
