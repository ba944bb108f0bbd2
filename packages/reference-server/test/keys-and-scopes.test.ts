import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { operations } from '@countersign/protocol'
import {
  aFunctionCall,
  ask,
  Client,
  expectProblem,
  startTestServer,
  type Answer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

const guarded = operations.filter(({ scopes }) => scopes !== 'none')

function call(client: Client, method: string, path: string): Promise<Answer> {
  return client.send(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'nobody'))
}

describe('a request without a good key', () => {
  test.each(guarded)(
    '$method $path is refused (auth.key-needed, auth.challenge)',
    async ({ method, path }) => {
      for (const client of [server.nobody, new Client(server.url, 'wrong-key')]) {
        const answer = await call(client, method, path)

        expectProblem(answer, 401, 'unauthenticated')
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
    },
  )

  test.each([
    '',
    'Bearer',
    'Bearer ',
    'bearer',
    'agent-key',
    'Basic agent-key',
    'Bearer agent-key agent-key',
    'Bearer agent-key,',
    'Bearer "agent-key"',
    'Bearer AGENT-KEY',
    'Bearer agent-ke',
    'Bearer agent-keyy',
    'Bearer __proto__',
    "Bearer ' or 1=1 --",
    'Bearer ' + 'x'.repeat(10_000),
    'Bearer ' + ' '.repeat(10_000),
    'Bearer \u00e9',
  ])('with the header "%s" is refused (auth.key-needed)', async (authorization) => {
    const answer = await server.nobody.get('/v1/project', { headers: { authorization } })

    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.text).not.toContain('agent-key')
  })

  test('is refused when a second key follows', async () => {
    expect(await withTwoKeys('agent-key', 'wrong')).toMatch(/^HTTP\/1.1 401 /)
    expect(await withTwoKeys('agent-key', 'admin-key')).toMatch(/^HTTP\/1.1 401 /)
  })

  test('learns nothing about the body or the call (auth.before-everything)', async () => {
    const path = await ask(server)

    expectProblem(await server.nobody.post(`${path}/respond`, '{'), 401, 'unauthenticated')
    expectProblem(await server.agent.post(`${path}/respond`, '{'), 403, 'insufficient_scope')
    expectProblem(
      await server.agent.post('/v1/function_calls/nobody/respond', '{'),
      403,
      'insufficient_scope',
    )
    expectProblem(await server.nobody.get('/v1/function_calls/nobody'), 401, 'unauthenticated')
  })

  test('may write the scheme as it likes', async () => {
    for (const scheme of ['bearer', 'BEARER', 'Bearer  '])
      expect(
        (await server.nobody.get('/v1/project', { headers: { authorization: `${scheme} agent-key` } }))
          .status,
      ).toBe(200)
  })

  test('that HumanLayer clients send is answered in their way (humanlayer.errors)', async () => {
    const answer = await server.nobody.get('/humanlayer/v1/project')

    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.json.detail).toEqual(expect.any(String))
  })
})

describe('a scope', () => {
  test.each(guarded)('lets nobody else do $method $path (auth.scope)', async ({ method, path, scopes }) => {
    for (const scope of ['agent', 'responder', 'admin'] as const) {
      const answer = await call(server[scope], method, path)

      if (scopes.includes(scope)) expect([401, 403]).not.toContain(answer.status)
      else expectProblem(answer, 403, 'insufficient_scope')
    }
  })

  test('of an administrator neither reads calls nor answers them (auth.admin-does-not-read)', async () => {
    const path = await ask(server)

    for (const answer of [
      await server.admin.get(path),
      await server.admin.get('/v1/function_calls'),
      await server.admin.post('/v1/function_calls', aFunctionCall()),
      await server.admin.post(`${path}/respond`, { approved: true }),
      await server.admin.post(`${path}/cancel`),
    ])
      expectProblem(answer, 403, 'insufficient_scope')
    expect((await server.admin.get('/humanlayer/v1/agent/function_calls/pending')).status).toBe(403)
    expect((await server.agent.get(path)).json.status.state).toBe('pending')
  })

  test('beside another one adds to it (auth.scopes-combine)', async () => {
    const both = await server.insertKey(['agent', 'responder'])
    const created = await both.post('/v1/function_calls', aFunctionCall())

    const answered = await both.post(`/v1/function_calls/${created.json.call_id}/respond`, { approved: true })

    expect(answered.status).toBe(200)
  })

  test('other than agent does not see the state of the agent (call.state-hidden)', async () => {
    const spec = { state: { step: 'hidden-step' }, kwargs: { state: { shown: 1 } } }
    const path = await ask(server, spec)

    const answers = [
      await server.responder.get(path),
      await server.responder.get('/v1/function_calls?limit=1'),
      await server.responder.get(`/humanlayer${path}`),
      await server.responder.get('/humanlayer/v1/agent/function_calls/pending'),
      await server.responder.post(`${path}/respond`, { approved: true }),
      await server.responder.get(`${path}?wait=1`),
    ]

    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).toContain('{"state":{"shown":1}}')
      expect(text).not.toContain('hidden-step')
    }
    expect((await server.agent.get(path)).json.spec.state).toEqual(spec.state)
  })
})

describe('a key', () => {
  test('is shown with its secret once (auth.secret-shown-once)', async () => {
    const created = await server.admin.post('/v1/keys', { scopes: ['agent', 'agent'], name: 'CI' })

    const listed = await server.admin.get('/v1/keys?limit=100')

    expect(created.status).toBe(201)
    expect(created.json.key).toMatchObject({
      scopes: ['agent'],
      name: 'CI',
      responder_id: null,
      revoked_at: null,
    })
    expect(listed.json.items[0]).toEqual(created.json.key)
    expect(listed.text).not.toContain(created.json.secret)
    expect(listed.text).not.toMatch(/secret|hash/)
  })

  test('answers as the person to whom it is bound (responder.from-the-answer)', async () => {
    const { json } = await server.admin.post('/v1/keys', { scopes: ['responder'], responder_id: 'carol' })
    const path = await ask(server)

    const answered = await new Client(server.url, json.secret).post(`${path}/respond`, { approved: true })

    expect(answered.json.status.responder.id).toBe('carol')
  })

  test('is dead from the next request on once it is revoked (auth.revoked-at-once)', async () => {
    const { json } = await server.admin.post('/v1/keys', { scopes: ['agent'] })
    const revoked = new Client(server.url, json.secret)
    expect((await revoked.get('/v1/project')).status).toBe(200)

    const answer = await server.admin.send('DELETE', `/v1/keys/${json.key.key_id}`)

    expect(answer.json.revoked_at).toMatch(/Z$/)
    expectProblem(await revoked.get('/v1/project'), 401, 'unauthenticated')
    const again = await server.admin.send('DELETE', `/v1/keys/${json.key.key_id}`)
    expect(again.json).toEqual(answer.json)
  })

  test('ends its waits when it is revoked (auth.revoked-ends-waits)', async () => {
    const { json } = await server.admin.post('/v1/keys', { scopes: ['agent'] })
    const path = await ask(server)
    const waiting = new Client(server.url, json.secret).get(`${path}?wait=60`)
    await server.agent.get(path)

    await server.admin.send('DELETE', `/v1/keys/${json.key.key_id}`)

    expectProblem(await waiting, 401, 'unauthenticated')
  })

  test('of another project cannot be revoked (project.isolated)', async () => {
    await server.insertProject('other')
    const foreign = await server.insertKey(['agent'], { project_id: 'other' })

    const mine = await server.admin.send('DELETE', `/v1/keys/${foreign.key_id}`)
    const unknown = await server.admin.send('DELETE', '/v1/keys/key_unknown')

    expectProblem(mine, 404, 'not_found')
    expect(mine.text).toBe(unknown.text)
    expect((await foreign.get('/v1/project')).status).toBe(200)
    expect((await server.admin.get('/v1/keys?limit=100')).text).not.toContain(foreign.key_id)
  })

  test.each([
    [{}, ['/scopes']],
    [{ scopes: [] }, ['/scopes']],
    [{ scopes: ['agent', 'root'] }, ['/scopes/1']],
    [{ scopes: 'agent' }, ['/scopes']],
    [{ scopes: ['__proto__'] }, ['/scopes/0']],
    [{ scopes: ['agent'], responder_id: 'key:other' }, ['/responder_id']],
    [{ scopes: ['agent'], responder_id: '' }, ['/responder_id']],
    [{ scopes: ['agent'], name: 'x\0' }, ['/name']],
  ])('is not made from %j (json.shape)', async (wish, pointers) => {
    const before = (await server.admin.get('/v1/keys?limit=100')).text

    expectProblem(await server.admin.post('/v1/keys', wish), 422, 'invalid_request', pointers)

    expect((await server.admin.get('/v1/keys?limit=100')).text).toBe(before)
  })

  test('takes neither a secret nor a project from the body (call.unknown-members-ignored)', async () => {
    const wish = { scopes: ['agent'], secret: 'chosen', project_id: 'other', key_id: 'key_chosen' }

    const { json } = await server.admin.post('/v1/keys', wish)

    expect(json.secret).not.toBe('chosen')
    expect(json.key.key_id).not.toBe('key_chosen')
    const { project_id } = (await new Client(server.url, json.secret).get('/v1/project')).json
    expect(project_id).toBe('default')
  })
})

describe('a key that another process revokes', () => {
  test('loses its waits within 5 seconds (auth.revoked-ends-waits)', async () => {
    const doomed = await server.insertKey(['agent'])
    const path = await ask(server)
    const waiting = doomed.get(`${path}?wait=60`)
    await server.agent.get(path)
    const started = performance.now()

    const store = openSqliteStore({ path: server.db })
    await store.revokeKey('default', doomed.key_id!)
    await store.close()

    expectProblem(await waiting, 401, 'unauthenticated')
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

function withTwoKeys(first: string, second: string): Promise<string> {
  const keys = `authorization: Bearer ${first}\r\nauthorization: Bearer ${second}\r\n`
  return server.raw(`GET /v1/project HTTP/1.1\r\nhost: x\r\n${keys}connection: close\r\n\r\n`)
}
