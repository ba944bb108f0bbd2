import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const page = readFileSync(join(import.meta.dirname, '../../../../../docs/guide/test-an-agent.md'), 'utf8')

test.each(['refund-agent.ts', 'refund-agent.test.ts'])('the guide shows %s as it runs here', (file) => {
  expect(page).toContain(`\`\`\`ts\n${readFileSync(join(import.meta.dirname, file), 'utf8')}\`\`\``)
})
