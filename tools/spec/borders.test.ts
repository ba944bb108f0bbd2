import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// A rule that matches nothing is silent, so that each border is crossed here once, in a folder of the same shape.

const root = join(import.meta.dirname, '../..')
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-borders-'))
  const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as { options: object }
  writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify({ ...config, options: {} }))
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('a border between packages', () => {
  test.each([
    ['packages/protocol/src/x.ts', `import x from 'express'`],
    ['packages/protocol/src/x.ts', `import x from 'node:fs'`],
    ['packages/protocol/src/x.ts', `import x from '@sinclair/typebox-other'`],
    ['packages/protocol/src/x.ts', `import x from '@countersign/client'`],
    ['packages/protocol/src/x.ts', `import x from '../../reference-server/src/app.ts'`],
    ['packages/protocol/src/x.ts', `import x from './index.ts'`],
    ['packages/protocol/src/x.ts', `const x = Date.now()`],
    ['packages/protocol/src/x.ts', `const x = Math.random()`],
    ['packages/protocol/src/x.ts', `const x = crypto.randomUUID()`],
    ['packages/client/src/x.ts', `import x from '@countersign/protocol'`],
    ['packages/client/src/x.ts', `import x from '../../cli/src/run.ts'`],
    ['packages/client/src/x.ts', `import x from './index.ts'`],
    ['packages/client/src/x.ts', `import x from 'msw'`],
    ['packages/client/src/x.ts', `import x from './testing/keys.ts'`],
    ['packages/client/src/testing.ts', `import x from '@countersign/protocol'`],
    ['packages/client/src/tests/x.ts', `import x from '@countersign/protocol'`],
    ['packages/client/src/testing/x.ts', `import x from '@countersign/server'`],
    ['packages/client/src/testing/x.ts', `import x from '@countersign/client'`],
    ['packages/client/src/testing/x.ts', `import x from '@countersign/protocol/src/call-kinds.ts'`],
    ['packages/client/src/testing/x.ts', `import x from 'countersign'`],
    ['packages/client/src/testing/x.ts', `import x from '../../../protocol/src/features.ts'`],
    ['packages/client/src/testing/x.ts', `import x from '../../../reference-server/src/app.ts'`],
    ['packages/client/src/testing/x.ts', `import x from './index.ts'`],
    ['packages/client/src/testing/x.ts', `import x from '../index.ts'`],
    ['packages/reference-server/src/http/x.ts', `import x from '../store/sqlite/sqlite-store.ts'`],
    ['packages/reference-server/src/http/x.ts', `import x from '@countersign/client'`],
    ['packages/reference-server/src/http/x.ts', `import x from '../index.ts'`],
    ['conformance-tests/src/x.ts', `import x from '@countersign/protocol'`],
    ['conformance-tests/src/x.ts', `import x from '@countersign/server'`],
    ['conformance-tests/src/x.ts', `import x from '@countersign/client'`],
    ['conformance-tests/src/x.ts', `import x from '../../packages/protocol/src/validate.ts'`],
    ['conformance-tests/src/x.ts', `import x from '../servers/reference.ts'`],
  ])('keeps %s from %j', (path, line) => {
    expect(findingsFor(path, `${line}\nconsole.log(x)\n`)).toMatch(/no-restricted|no-nodejs-modules/)
  })

  test.each([
    ['packages/protocol/src/x.ts', `import x from '@sinclair/typebox/compiler'`],
    ['packages/protocol/src/transitions/x.ts', `import x from '../features.ts'`],
    ['packages/client/src/x.ts', `import x from 'openapi-fetch'`],
    ['conformance-tests/src/x.ts', `import x from '@countersign/spec/draft/requirements.json'`],
    ['packages/client/src/testing/x.ts', `import x from '@countersign/protocol'`],
    ['packages/client/src/testing/deep/x.ts', `import x from '@countersign/protocol'`],
    ['packages/client/src/testing/x.ts', `import x from 'msw'`],
    ['packages/client/src/testing/x.ts', `import x from '../schemas.ts'`],
    ['packages/reference-server/src/main.ts', `import x from './store/sqlite/sqlite-store.ts'`],
  ])('lets %s through with %j', (path, line) => {
    expect(findingsFor(path, `${line}\nconsole.log(x)\n`)).not.toContain('no-restricted')
  })
})

function findingsFor(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), [path], {
    cwd: folder,
    encoding: 'utf8',
  })
  rmSync(file)
  return stdout
}
