import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { NotJudgeable } from '../src/not-judgeable.ts'
import { preflight } from '../src/preflight.ts'
import { NO_PROJECT } from '../src/project.ts'
import { Keyring } from '../src/subject.ts'
import { httpTransport } from '../src/transport.ts'
import { discovery } from './transcripts.ts'

interface Answer {
  status?: number
  json?: unknown
  text?: string
}
/** What a server answers to a request with a secret; undefined hangs. */
type Serve = (line: string, secret: string | undefined, body: string) => Answer | undefined

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const core = { ...discovery, profiles: ['core'] }
const scoped = { ...discovery, profiles: ['core', 'scopes'] }

async function addressOf(serve: Serve, log: string[] = []): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const line = `${request.method} ${request.url}`
      const secret = request.headers.authorization?.replace('Bearer ', '')
      const body = Buffer.concat(chunks).toString()
      log.push(`${line} ${secret ?? '-'}${body && ` ${request.headers['content-type']} ${body}`}`)
      const answer = serve(line, secret, body)
      if (!answer) return
      response.writeHead(answer.status ?? 200)
      response.end(answer.text ?? JSON.stringify(answer.json ?? {}))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What preflight makes of a server: the keys in the end, or the message; and how long it took. */
async function fly(url: string, keys: Readonly<Record<string, string>> = { token: 't' }) {
  const keyring = new Keyring()
  for (const [name, secret] of Object.entries(keys)) keyring.add(name, secret)
  const base = new URL(url)
  const transport = httpTransport(base, (key) => keyring.secretOf(key), systemClock)
  const began = performance.now()
  try {
    const found = await preflight(base, keyring, transport, systemClock)
    return { found, keys: Object.fromEntries(keyring.entries()), took: performance.now() - began }
  } catch (error) {
    if (!(error instanceof NotJudgeable)) throw error
    return { message: error.message, took: performance.now() - began }
  } finally {
    transport.close()
  }
}

const serving =
  (document: unknown, more: Serve = () => ({})): Serve =>
  (line, ...rest) =>
    line === 'GET /.well-known/countersign' ? { json: document } : more(line, ...rest)

describe('there is nothing to judge', () => {
  test('where nothing listens', async () => {
    const url = await addressOf(() => ({}))
    for (const end of ends.splice(0)) end()

    const { message, took } = await fly(`${url}/base/`)

    expect(message).toMatch(
      new RegExp(`^Nothing answers at ${url}/base: ECONNREFUSED: .+\\. Is the server running\\?$`),
    )
    expect(took).toBeLessThan(5_000)
  })

  test.each(['agent', 'responder'] as const)('with one key that has not the scope %s', async (lacking) => {
    const url = await addressOf(
      serving(scoped, (line) => {
        const role = line.endsWith('/respond') ? 'responder' : 'agent'
        if (!line.startsWith('POST')) return { status: line.includes('keys') ? 403 : 200 }
        return role === lacking ? { status: 403, json: { code: 'insufficient_scope' } } : { status: 422 }
      }),
    )

    const { message } = await fly(url)

    expect(message).toContain(`does not have the scope ${lacking}`)
    expect(message).toContain(`--${lacking}-token`)
  })

  test.each<[string, Answer, string]>([
    ['another server', { status: 404, text: 'no' }, 'HTTP 404'],
    ['a server in trouble', { status: 503, json: core }, 'HTTP 503'],
    ['a web page', { text: '<html>' }, '200 with no JSON object'],
    ['a list', { json: [] }, '200 with no JSON object'],
    ['null', { text: 'null' }, '200 with no JSON object'],
    ['a text', { json: 'core' }, '200 with no JSON object'],
    ...(['versions', 'profiles', 'features', 'channel_kinds'] as const).map(
      (name): [string, Answer, string] => [
        `no list of ${name}`,
        { json: { ...core, [name]: 'core' } },
        `200 with JSON without the list ${name}`,
      ],
    ),
    ['no limits', { json: { ...core, limits: undefined } }, '200 with JSON without limits'],
    ['limits that are null', { json: { ...core, limits: null } }, '200 with JSON without limits'],
    ['limits that are a number', { json: { ...core, limits: 3 } }, '200 with JSON without limits'],
  ])('where %s answers', async (_, answer, summary) => {
    const url = await addressOf(() => answer)

    const { message, took } = await fly(url)

    expect(message).toBe(`${url} is no Countersign server: GET /.well-known/countersign answered ${summary}.`)
    expect(took).toBeLessThan(5_000)
  })

  test('where a key is not taken', async () => {
    const url = await addressOf(serving(core, (_, secret) => (secret === 'bad' ? { status: 401 } : {})))

    expect((await fly(url, { token: 'bad' })).message).toBe(
      'The server does not accept the key "token" (HTTP 401). Give a valid one with --token.',
    )
    expect((await fly(url, { agent: 'good', responder: 'bad' })).message).toBe(
      'The server does not accept the key "responder" (HTTP 401). Give a valid one with --responder-token.',
    )
  })

  test('where keys are missing', async () => {
    const url = await addressOf(serving(core))
    const message =
      'Keys are needed: --token for one key that may do everything, or --agent-token and --responder-token.'

    for (const keys of [{}, { agent: 'a' }, { responder: 'r' }, { admin: 'x' }] as Record<string, string>[])
      expect((await fly(url, keys)).message).toBe(message)
  })
})

test('a server that hangs is found out within five seconds, also when it answers the first request', async () => {
  const silent = await addressOf(() => undefined)
  const [one, other] = await Promise.all([
    fly(silent),
    fly(await addressOf(serving(core, () => undefined)), { agent: 'a', responder: 'r' }),
  ])

  expect(one.message).toMatch(
    new RegExp(`^${silent} does not answer: no answer within [34][.\\d]* seconds\\.$`),
  )
  expect(other.message).toMatch(
    /^GET \/v1\/project with the key "agent" got no answer: no answer within 3[.\d]* seconds\.$/,
  )
  expect(Math.max(one.took, other.took)).toBeLessThan(5_000)
})

describe('a server that can be judged', () => {
  test('says what it claims', async () => {
    const url = await addressOf(serving(core))
    expect((await fly(url)).found?.discovery).toEqual(core)
  })

  test('may refuse the keys another operation than these', async () => {
    const url = await addressOf(serving(core, () => ({ status: 403 })))
    expect((await fly(url)).found?.discovery).toEqual(core)
  })

  test('tells what is configured, as the key that sees the most is shown it', async () => {
    const people = [{ id: 'ana', name: 'Ana', addresses: ['email:ana@example.com'] }, 'nobody', {}]
    const served = serving(scoped, (line, secret) => {
      if (line === 'GET /v1/keys?limit=1') return { status: secret === 'o' ? 403 : 200 }
      if (secret === 'o') return { json: { responders: 'known' } }
      return { json: secret === 'x' ? { people, teams: 3 } : {} }
    })
    const keys = { agent: 'a', responder: 'r', admin: 'x', other: 'o' }
    const { found } = await fly(await addressOf(served), keys)

    expect(found?.project).toEqual({
      ...NO_PROJECT,
      people: [{ id: 'ana', name: 'Ana', addresses: ['email:ana@example.com'], delegate: undefined }],
      is_admin: true,
    })
    expect(found?.other_project).toEqual({ ...NO_PROJECT, responders: 'known' })
  })

  test('takes one key for everybody where it serves no scopes', async () => {
    const log: string[] = []
    const url = await addressOf(serving(core), log)

    expect((await fly(url)).keys).toEqual({ token: 't', agent: 't', responder: 't' })
    expect(log).toEqual(['GET /.well-known/countersign -', 'GET /v1/project t'])
  })

  test('keeps the keys that it is given', async () => {
    const url = await addressOf(serving(scoped))
    const keys = { agent: 'a', responder: 'r', admin: 'x', other: 'o' }

    expect((await fly(url, keys)).keys).toEqual(keys)
    expect((await fly(await addressOf(serving(core)), { token: 't', agent: 'a' })).keys).toEqual({
      token: 't',
      agent: 'a',
      responder: 't',
    })
  })

  const making: Serve = (line, _, body) =>
    line === 'POST /v1/keys' ? { status: 201, json: { secret: `made ${body}` } } : {}

  test('makes a key for each role where it serves scopes', async () => {
    const log: string[] = []
    const url = await addressOf(serving(scoped, making), log)
    const agent = '{"scopes":["agent"],"name":"conformance agent"}'
    const responder = '{"scopes":["responder"],"name":"conformance responder"}'

    expect((await fly(url)).keys).toEqual({
      token: 't',
      admin: 't',
      agent: `made ${agent}`,
      responder: `made ${responder}`,
    })
    expect(log.slice(2)).toEqual([
      'GET /v1/keys?limit=1 t',
      `POST /v1/keys t application/json ${agent}`,
      `POST /v1/keys t application/json ${responder}`,
    ])
  })

  test('is asked by the admin for a key that is missing', async () => {
    const url = await addressOf(serving(scoped, making))
    const { keys } = await fly(url, { admin: 'x', agent: 'a' })

    expect(keys).toMatchObject({
      admin: 'x',
      agent: 'a',
      responder: expect.stringMatching(/^made /) as string,
    })
  })

  test.each<[string, Answer]>([
    ['refuses', { status: 403, json: { secret: 's' } }],
    ['does not show the secret of', { status: 201, json: { secret: 3 } }],
    ['answers no JSON for', { status: 201, text: 'made' }],
  ])('that %s a new key is judged with the one there is', async (_, answer) => {
    const url = await addressOf(serving(scoped, (line) => (line === 'POST /v1/keys' ? answer : {})))
    expect((await fly(url)).keys).toEqual({ token: 't', admin: 't', agent: 't', responder: 't' })
  })

  test('whose key is none of an admin is judged without', async () => {
    const url = await addressOf(serving(scoped, (line) => (line.includes('/v1/keys') ? { status: 403 } : {})))
    expect((await fly(url)).keys).toEqual({ token: 't', agent: 't', responder: 't' })
  })
})
