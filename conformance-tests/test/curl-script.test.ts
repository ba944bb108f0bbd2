import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startReference, type JudgedServer } from '../servers/judged-server.ts'
import { systemClock } from '../src/clock.ts'
import { Context, type Run } from '../src/context.ts'
import { NO_PROJECT } from '../src/project.ts'
import { curlScript, NoScript } from '../src/report/curl-script.ts'
import { hideSecrets } from '../src/report/redaction.ts'
import type { Report } from '../src/report/report.ts'
import { Keyring } from '../src/subject.ts'
import { runConformance } from '../src/suite.ts'
import { httpTransport } from '../src/transport.ts'
import { Observer, type Seen } from './observer.ts'
import { judge } from './reports.ts'
import { runScript } from './scripts.ts'

const keys = {
  AGENT_TOKEN: 'judged-agent',
  RESPONDER_TOKEN: 'judged-responder',
  ADMIN_TOKEN: 'judged-admin',
  OTHER_TOKEN: 'judged-other',
}

describe('a script', () => {
  let healthy: JudgedServer
  beforeAll(async () => {
    healthy = await startReference()
  })
  afterAll(() => healthy.close())

  test.each([
    ['new-function-call-has-empty-comment', 'function-call.starts-pending'],
    ['late-denial-is-accepted', 'function-call.late-answer-conflict'],
  ])('shows the fault of %s again and again, and none in a healthy server', async (mutant, id) => {
    const broken = await startReference({ mutant })
    const report = await runConformance({ baseUrl: broken.url, keys: broken.keys, only: [id] })
    const script = curlScript(report, id)

    const first = await runScript(script, { ...keys, BASE_URL: broken.url })
    const second = await runScript(script, { ...keys, BASE_URL: broken.url })
    const well = await runScript(script, { ...keys, BASE_URL: healthy.url })
    await broken.close()

    expect(first).toMatchObject({ code: 1, errors: '' })
    expect(second.code).toBe(1)
    expect(first.output).toContain('Reproduced.')
    expect(well).toMatchObject({ code: 0, errors: '' })
    expect(well.output).toContain('Not reproduced')
  })

  test('holds no key, and says which one it needs', async () => {
    const report = await judge({ mutant: 'new-function-call-has-empty-comment' })
    const script = curlScript(report, 'function-call.starts-pending')

    const { code, errors } = await runScript(script, { BASE_URL: healthy.url })

    expect(script).not.toContain('judged-agent')
    expect(code).toBe(2)
    expect(errors).toContain('AGENT_TOKEN')
  })

  test('is refused for what the report does not hold', async () => {
    const report = await judge({ only: ['function-call.starts-pending'] })

    expect(() => curlScript(report, 'call.no-such-thing')).toThrow(NoScript)
  })
})

describe('what a script sends', () => {
  const observer = new Observer()
  let baseUrl: string
  let template: Report
  beforeAll(async () => {
    baseUrl = await observer.open()
    template = await judge({ only: ['function-call.starts-pending'] })
  })
  afterAll(() => observer.close())

  /** Lets a check act, lets its script do the same, and gives back what the observer saw of both. */
  async function both(act: (context: Context) => Promise<void>) {
    const keyring = new Keyring()
    for (const key of ['agent', 'responder', 'admin']) keyring.add(key, `judged-${key}`)
    const transport = httpTransport(new URL(baseUrl), (key) => keyring.secretOf(key), systemClock)
    const run: Run = {
      subject: {
        base_url: baseUrl,
        discovery: template.subject.discovery,
        keys: new Set(keyring.names()),
        restartable: false,
        project: NO_PROJECT,
        other_project: NO_PROJECT,
      },
      keyring,
      transport,
      clock: systemClock,
      namespace: 'cfabcdef123456',
      seed: 1,
      budgetMs: 1000,
      process: undefined,
      exchanges: [],
      pauses: [],
      readings: [],
    }
    const [check] = template.checks
    const context = new Context(run, { id: check!.id, requirement: check!.requirement, attempt: 1 })
    observer.take()
    await act(context)
    transport.close()
    const recorded = observer.take()
    const { exchanges, pauses, readings } = run
    const report = hideSecrets(
      {
        ...template,
        run: { ...template.run, namespace: run.namespace },
        transcript: { exchanges, pauses, readings },
      },
      keyring.entries(),
    )
    const script = curlScript(report, check!.id)
    const result = await runScript(script, { ...keys, BASE_URL: baseUrl })
    const repeated = observer.take()
    const id = /"?(cf[0-9a-f]{12}[0-9a-f]+)/.exec(
      repeated.seen.map(({ url, body }) => url + body).join(' '),
    )?.[1]
    const fresh = (id ?? '').slice(0, context.marker.length)
    return {
      context,
      script,
      result,
      recorded: { ...recorded, seen: named(recorded.seen, context.marker) },
      repeated: { ...repeated, seen: named(repeated.seen, fresh) },
      fresh,
    }
  }

  test('is what the check sent, byte for byte', async () => {
    const { recorded, repeated, result, fresh, context } = await both(async (check) => {
      const { agent, nobody } = check
      const name = check.id('one')
      await agent.post('/v1/function_calls', {
        call_id: name,
        msg: `it's "$HOME" \`id\` \\n \\ \t\n ' !! %s %d ä 🙂 \u2028`,
      })
      await agent.send({
        method: 'POST',
        path: '/v1/x',
        body: '@/etc/passwd',
        headers: { 'content-type': 'text/plain' },
      })
      await agent.send({ method: 'POST', path: '/v1/x', body: Buffer.from([0, 255, 128, 10, 39, 36, 96]) })
      await agent.send({ method: 'POST', path: '/v1/x', body: Buffer.from(`{"\u0000":"${name}"}`) })
      await agent.post('/v1/x', { long: `${name} ${'x$`\'"\\'.repeat(10_000)}` })
      await agent.send({ method: 'POST', path: '/v1/x', body: '' })
      await agent.send({ method: 'POST', path: '/v1/x' })
      await agent.send({ method: 'DELETE', path: `/v1/x/${name}` })
      await agent.send({ method: 'PATCH', path: '/v1/x', json: [1.0, null] })
      await agent.send({ method: 'HEAD', path: '/v1/x' })
      await agent.send({ path: "/v1/a/../b//c/%2e%2E/[0-9]{a,b}?q='%20&r=$HOME!*()" })
      await nobody.send({
        path: '/v1/x',
        headers: [
          ['X-Twice', 'one'],
          ['x-twice', `two "$HOME" it's`],
          ['Accept', 'text/html'],
          ['User-Agent', 'odd'],
          ['X-Empty', ''],
        ],
      })
    })

    expect(result.errors).toBe('')
    expect(fresh).not.toBe(context.marker)
    expect(repeated.seen).toEqual(recorded.seen)
  })

  test('overlaps where the check did, and waits where it waited', async () => {
    const { recorded, repeated, result } = await both(async (check) => {
      const { agent } = check
      await agent.post('/v1/x', { call_id: check.id('one') })
      const waiting = agent.get('/v1/slow')
      await check.sleep(60)
      await agent.get('/v1/during')
      await waiting
      await check.sleep(300)
      await Promise.all([agent.get('/v1/race'), agent.get('/v1/race'), agent.get('/v1/race')])
    })

    expect(result.errors).toBe('')
    expect(shape(repeated).slice(0, 4)).toEqual(shape(recorded).slice(0, 4))
    expect(
      repeated.seen.filter(({ url, overlaps }) => url === '/v1/race' && overlaps > 0).length,
    ).toBeGreaterThan(0)
    expect(repeated.times[3]! - repeated.times[1]!).toBeGreaterThanOrEqual(450)
  })

  test('takes from answers what answers brought', async () => {
    const { repeated, result, script } = await both(async (check) => {
      const first = await check.actor('admin').post('/v1/keys', { name: check.id('key') })
      const made = check.adopt(String(first.json.secret))
      await made.get(`/v1/calls?cursor=${encodeURIComponent(String(first.json.next_cursor))}`)
      await made.post('/v1/calls', { cursor: first.json.next_cursor, key: first.json.secret })
      await made.get(`/v1/calls?cursor=${String(first.json.next_cursor).slice(0, -2)}zz`)
      const digest = String(first.json.key.digest)
      await made.get(`/v1/calls?cursor=${digest.slice(0, 9)}.${digest.slice(10)}`)
      await check.nobody.get('/v1/calls', { 'if-none-match': first.header('etag') ?? '' })
    })

    const [cursor, secret, digest] = repeated.made
    expect(result.errors).toBe('')
    expect(repeated.seen[1]!.url).toBe(`/v1/calls?cursor=${encodeURIComponent(cursor!)}`)
    expect(JSON.parse(repeated.seen[2]!.body)).toEqual({ cursor, key: secret })
    expect(repeated.seen[3]!.url).toBe(`/v1/calls?cursor=${cursor!.slice(0, -2)}zz`)
    expect(repeated.seen[4]!.url).toBe(`/v1/calls?cursor=${digest!.slice(0, 9)}.${digest!.slice(10)}`)
    expect(repeated.seen[5]!.headers.join()).toMatch(/if-none-match: "[0-9a-f]{12}"/)
    expect(script).not.toContain(secret)
  })

  test('has times relative to the moment in which it runs', async () => {
    const { repeated, result } = await both(async (check) => {
      const soon = check.now() + 5000
      const local = `${new Date(soon + 2 * 3_600_000).toISOString().slice(0, 19)}.000000+02:00`
      await check.agent.post('/v1/x', { expires_at: new Date(soon).toISOString(), local })
      await check.sleep(1100)
      await check.agent.post('/v1/x', {
        expires_at: new Date(soon).toISOString(),
        day: '2027-01-01T00:00:00Z',
      })
    })

    const [first, second] = repeated.seen.map(({ body }) => JSON.parse(body) as Record<string, string>)
    expect(result.errors).toBe('')
    const ahead = Date.parse(first!['expires_at']!) - repeated.times[0]!
    expect(ahead).toBeGreaterThan(3000)
    expect(ahead).toBeLessThanOrEqual(5100)
    expect(first!['local']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+02:00$/)
    expect(Math.abs(Date.parse(first!['local']!) - Date.parse(first!['expires_at']!))).toBeLessThan(2000)
    expect(second).toEqual({ expires_at: first!['expires_at'], day: '2027-01-01T00:00:00Z' })
  })
})

/** With the same name for the marker of either run. */
function named(seen: Seen[], name: string): Seen[] {
  return seen.map((one) => JSON.parse(JSON.stringify(one).replaceAll(name || '\u0001', 'ID')) as Seen)
}

function shape({ seen }: { seen: Seen[] }): [string, boolean][] {
  return seen.map(({ url, overlaps }) => [url, overlaps > 0])
}
