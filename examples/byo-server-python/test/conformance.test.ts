import { runConformance } from '@countersign/conformance'
import { describe, expect, test } from 'vitest'
import { asking, hasPython, start } from './server.ts'

describe.skipIf(!hasPython)('the server in Python, where Python 3.11 is installed', () => {
  test('keeps the profiles that it claims', async () => {
    const server = await start()
    const made = await asking(server.url, server.otherKeys.admin)('POST', '/v1/keys', {
      scopes: ['agent', 'responder'],
    })

    const report = await runConformance({
      baseUrl: server.url,
      keys: { ...server.keys, other: (JSON.parse(made.text) as { secret: string }).secret },
    })

    await server.stop()
    const unkept = report.checks.filter(({ verdict }) => verdict !== 'PASS' && verdict !== 'NOT_APPLICABLE')
    expect(unkept.map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)).toEqual([])
    expect(report.roots).toEqual([])
    expect(report.verdict).toBe('conformant')
    expect(report.subject.discovery.profiles).toEqual(['core', 'long-poll', 'lists', 'scopes'])
  }, 180_000)
})
