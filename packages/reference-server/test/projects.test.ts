import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  ask,
  askPerson,
  expectProblem,
  startTestServer,
  type Client,
  type TestServer,
} from './test-server.ts'

let server: TestServer
let foreign: Client

beforeAll(async () => {
  server = await startTestServer()
  await server.insertProject('other')
  foreign = await server.insertKey(['agent', 'responder'], { project_id: 'other' })
})

afterAll(() => server.close())

describe('a project', () => {
  test.each(['agent', 'responder', 'admin'] as const)(
    'is told to a key with the scope %s (http.project)',
    async (scope) => {
      const { json } = await server[scope].get('/v1/project')

      expect(json).toMatchObject({
        project_id: 'default',
        name: 'Default',
        created_at: expect.stringMatching(/Z$/),
      })
    },
  )

  test('knows nothing of a call of another one, not even its shape (project.isolated)', async () => {
    const call = await ask(server)
    const contact = await askPerson(server)

    for (const [path, unknown] of [
      [call, '/v1/function_calls/nobody'],
      [contact, '/v1/human_contacts/nobody'],
      [`/humanlayer${call}`, '/humanlayer/v1/function_calls/nobody'],
    ] as const) {
      const requests: [string, string, unknown][] = [
        ['GET', '', undefined],
        ['GET', '?wait=30', undefined],
        ['POST', '/respond', { approved: true, response: 'x' }],
        ['POST', '/respond', { approved: 'wrong shape' }],
        ['POST', '/cancel', undefined],
        ['POST', '/escalate', { escalation_id: 'e', escalation_msg: 'm' }],
      ]
      for (const [method, act, body] of requests) {
        const send = (client: Client, target: string) =>
          method === 'GET' ? client.get(`${target}${act}`) : client.post(`${target}${act}`, body)

        const theirs = await send(foreign, path)
        const nobodys = await send(foreign, unknown)

        expect(theirs.status).toBe(404)
        expect(theirs.text).toBe(nobodys.text)
        expect(shape(theirs.headers)).toEqual(shape(nobodys.headers))
      }
    }
    expect((await server.agent.get(call)).json.status).toMatchObject({ state: 'pending', escalations: [] })
    expect((await server.agent.get(contact)).json.status.state).toBe('pending')
  })

  test('uses the same ids as another one (project.ids-independent)', async () => {
    const call = aFunctionCall({ fn: 'mine' })
    const contact = aHumanContact({ msg: 'mine' })

    for (const [path, asked, other] of [
      ['/v1/function_calls', call, { ...call, spec: { ...call.spec, fn: 'theirs' } }],
      ['/v1/human_contacts', contact, { ...contact, spec: { msg: 'theirs' } }],
    ] as const) {
      expect((await server.agent.post(path, asked)).status).toBe(201)
      expect((await foreign.post(path, other)).status).toBe(201)
      await foreign.post(`${path}/${asked.call_id}/cancel`)

      const mine = await server.agent.get(`${path}/${asked.call_id}`)
      expect(mine.json.status.state).toBe('pending')
      expect(mine.text).not.toContain('theirs')
    }
  })

  test('lists its own calls alone (list.own-project)', async () => {
    await server.insertProject('lister')
    const lister = await server.insertKey(['agent', 'responder'], { project_id: 'lister' })
    await ask(server)

    expect((await lister.get('/v1/function_calls')).json).toEqual({ items: [], next_cursor: null })
    expect((await lister.get('/humanlayer/v1/agent/function_calls/pending')).json).toEqual([])
    expectProblem(await lister.get('/v1/function_calls?cursor=x'), 400, 'invalid_cursor')
  })

  test('is not woken by a call of another one with the same id', async () => {
    const call = aFunctionCall()
    const path = `/v1/function_calls/${call.call_id}`
    await server.agent.post('/v1/function_calls', call)
    await foreign.post('/v1/function_calls', call)
    const waiting = server.agent.get(`${path}?wait=30`)
    await server.agent.get(path)

    await foreign.post(`${path}/respond`, { approved: false, comment: 'theirs' })
    await server.responder.post(`${path}/respond`, { approved: true, comment: 'mine' })

    expect((await waiting).json.status).toMatchObject({ approved: true, comment: 'mine' })
  })
})

function shape(headers: Headers): string[] {
  return [...headers].filter(([name]) => name !== 'date').map(([name, value]) => `${name}: ${value}`)
}
