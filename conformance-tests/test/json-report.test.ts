import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { beforeAll, describe, expect, test } from 'vitest'
import { writeBody, readBody } from '../src/report/body.ts'
import { NotAReport, parseReport, toJson } from '../src/report/json.ts'
import { hideSecrets } from '../src/report/redaction.ts'
import type { Report } from '../src/report/report.ts'
import { judge } from './reports.ts'

const schema = JSON.parse(readFileSync(new URL('../report.schema.json', import.meta.url), 'utf8')) as object

describe('the JSON report', () => {
  let pass: Report
  let fail: Report
  beforeAll(async () => {
    pass = await judge()
    fail = await judge({ mutant: 'late-denial-is-accepted' })
  })

  test('is valid by its published schema, whatever the verdict', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema)
    const incomplete: Report = { ...pass, verdict: 'incomplete', exit_code: 3 }
    const known: Report = {
      ...fail,
      baseline: { file: 'known.json', known: ['call.cancel'], stale: [{ id: 'x', reason: 'y' }] },
    }

    for (const report of [pass, fail, incomplete, known]) {
      validate(JSON.parse(toJson(report)))
      expect(validate.errors).toBe(null)
    }
    expect([pass.verdict, fail.verdict]).toEqual(['conformant', 'non-conformant'])
  })

  test('is read back as the same report', () => {
    for (const report of [pass, fail]) expect(plain(parseReport(toJson(report)))).toEqual(plain(report))
  })

  test('holds no secret of any key', () => {
    const text = toJson(pass) + toJson(fail)

    for (const secret of ['judged-agent', 'judged-responder', 'judged-admin', 'judged-other'])
      expect(text).not.toContain(secret)
    expect(text).not.toMatch(/"secret\\":\\"(?!\{key:|cf)/)
  })

  test('is refused by name when it is something else', () => {
    expect(() => parseReport('{')).toThrow(NotAReport)
    expect(() => parseReport('{"report_version":2}')).toThrow(NotAReport)
    const broken = JSON.stringify({ ...(JSON.parse(toJson(pass)) as object), verdict: 'fine' })
    expect(() => parseReport(broken)).toThrow('/verdict')
  })
})

describe('a secret', () => {
  test('is replaced by the name of its key in paths, headers, bodies and findings', async () => {
    const report = await judge({ only: ['function-call.starts-pending'] })
    const secret = 'cs_0123456789abcdefghijklmnopqrstuvwxyz'
    const [exchange] = report.transcript.exchanges
    const body = Buffer.from(`{"secret":"${secret}"}`)
    const leaking: Report = {
      ...report,
      checks: [{ ...report.checks[0]!, reason: `got ${secret}` }],
      transcript: {
        ...report.transcript,
        exchanges: [
          {
            ...exchange!,
            request: {
              ...exchange!.request,
              path: `/v1/project?access_token=${secret}`,
              headers: [
                ['authorization', `Basic ${Buffer.from(`me:${secret}`).toString('base64')}`],
                ['x-cut', secret.slice(0, -1)],
                ['x-bent', `X${secret.slice(1)}`],
              ],
            },
            response: { status: 200, headers: [['content-length', String(body.length)]], body },
          },
        ],
      },
    }

    const hidden = hideSecrets(leaking, [['agent', secret]])

    const text = toJson(hidden)
    expect(text).not.toContain(secret.slice(0, 20))
    expect(text).not.toContain(secret.slice(-20))
    const shown = hidden.transcript.exchanges[0]!
    expect(shown.request.path).toBe('/v1/project?access_token=%7Bkey%3Aagent%7D')
    expect(Buffer.from(shown.request.headers[0]![1].slice(6), 'base64').toString()).toBe('me:{key:agent}')
    expect(Buffer.from(shown.response!.body).toString()).toBe('{"secret":"{key:agent}"}')
    expect(shown.response!.headers).toEqual([['content-length', String(shown.response!.body.byteLength)]])
    expect(hidden.checks[0]!.reason).toBe('got {key:agent}')
  })

  test('of a key that no check took up is hidden too', async () => {
    const report = await judge({ only: ['function-call.starts-pending'] })
    const [exchange] = report.transcript.exchanges
    const made = {
      ...exchange!,
      request: { ...exchange!.request, method: 'POST', path: '/v1/keys' },
      response: { status: 201, headers: [], body: Buffer.from('{"secret":"made-on-the-way"}') },
    }

    const hidden = hideSecrets({ ...report, transcript: { ...report.transcript, exchanges: [made] } }, [])

    expect(Buffer.from(hidden.transcript.exchanges[0]!.response!.body).toString()).toBe(
      '{"secret":"{key:function-call.starts-pending@1}"}',
    )
  })
})

describe('a body', () => {
  test('stands as text, as Base64 or packed, and is read back byte for byte', () => {
    const text = Buffer.from('\ufeff{"a":"ä\u2028\u0000"}')
    const binary = Buffer.from([0xff, 0x00, 0x80])
    const long = Buffer.alloc(5000, 'é')

    expect(writeBody(text)).toHaveProperty('text')
    expect(writeBody(binary)).toEqual({ base64: '/wCA' })
    expect(writeBody(long)).toHaveProperty('gzip')
    for (const body of [text, binary, long])
      expect(Buffer.from(readBody(writeBody(body))).equals(body)).toBe(true)
  })
})

/** Bodies are bytes, whichever class holds them. */
/** With bodies as text, whatever kind of bytes they are, and without members that are undefined. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  if (value === null || typeof value !== 'object') return value
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]))
}
