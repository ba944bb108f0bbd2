import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReference, type JudgedServer } from '../servers/judged-server.ts'
import { runConformance } from '../src/suite.ts'

let server: JudgedServer
beforeAll(async () => {
  server = await startReference()
})
afterAll(() => server.close())

describe('the reference server', () => {
  test('keeps everything that it claims, and nothing of that is left unjudged', async () => {
    const report = await runConformance({ baseUrl: server.url, keys: server.keys, process: server })

    const unkept = report.checks.filter(({ verdict }) => verdict !== 'PASS')
    expect(unkept.map(({ id, verdict, reason }) => `${verdict} ${id}: ${reason}`)).toEqual([])
    expect(report.roots).toEqual([])
    expect(report.not_judged).toEqual([])
    expect(report.verdict).toBe('conformant')
  }, 180_000)

  test('is judged with one key for everything', async () => {
    const headers = { authorization: `Bearer ${server.keys['admin']}`, 'content-type': 'application/json' }
    const body = JSON.stringify({ scopes: ['agent', 'responder', 'admin'] })
    const made = await fetch(`${server.url}/v1/keys`, { method: 'POST', headers, body })
    const { secret } = (await made.json()) as { secret: string }

    const report = await runConformance({
      baseUrl: server.url,
      keys: { token: secret },
      profiles: ['core', 'scopes'],
    })

    expect(report.roots).toEqual([])
    expect(report.verdict).toBe('conformant')
  }, 180_000)
})
