import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  BODY_BYTES,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer({ wait_seconds: 7 })
})

afterAll(() => server.close())

describe('the discovery document', () => {
  test('tells without a key what the server can do (discovery.served, discovery.limits-generous)', async () => {
    const { status, json } = await server.nobody.get('/.well-known/countersign')

    expect(status).toBe(200)
    expect(json).toMatchObject({
      versions: ['draft'],
      profiles: expect.arrayContaining(['core']),
      features: ['edit', 'forms', 'expiry', 'exclude_responder_ids', 'requires_person', 'runs', 'usage'],
      channel_kinds: ['inbox', 'console', 'named', 'any_of', 'all_of', 'quorum'],
      limits: { body_bytes: BODY_BYTES, wait_seconds: 7 },
    })
    expect(json.limits.json_depth).toBeGreaterThanOrEqual(16)
  })

  test.each(['/healthz', '/readyz', '/version'])(
    'has %s beside it, without a key (http.health)',
    async (path) => {
      const { status, headers } = await server.nobody.get(path)

      expect(status).toBe(200)
      expect(headers.get('content-type')).toBe('application/json')
    },
  )

  test('is followed by 404 for what nobody claims (feature.unclaimed-operations, http.unknown-path)', async () => {
    for (const path of ['/v1/tasks', '/v1', '/', '//', '/v2/function_calls'])
      expectProblem(await server.agent.get(path), 404, 'not_found')
  })
})

describe('a feature that is not claimed', () => {
  test.each([
    ['redact', ['/kwargs/a']],
    ['minimum_assurance', 'session'],
    ['risk', 'high'],
    ['locale', 'de'],
  ])('%s is refused with its place (feature.unclaimed-refused)', async (member, value) => {
    for (const [path, call] of [
      ['/v1/function_calls', aFunctionCall({ [member]: value })],
      ['/v1/human_contacts', aHumanContact({ [member]: value })],
    ] as const) {
      expectProblem(await server.agent.post(path, call), 422, 'unsupported_feature', [`/spec/${member}`])
      expect((await server.agent.get(`${path}/${call.call_id}`)).status).toBe(404)
    }
  })

  test('is not used by a member that is null (json.null-is-absent)', async () => {
    const created = await server.agent.post('/v1/function_calls', aFunctionCall({ redact: null, risk: null }))

    expect(created.status).toBe(201)
    expect(created.json.spec).not.toHaveProperty('risk')
  })

  test.each(['redact', 'telepathy', '__proto__', 'constructor', ''])(
    '"%s" cannot be required (feature.requires)',
    async (feature) => {
      const created = await server.agent.post(
        '/v1/function_calls',
        aFunctionCall({ requires: ['edit', feature] }),
      )

      expectProblem(created, 422, 'unsupported_feature', ['/spec/requires/1'])
    },
  )

  test('leaves those that are claimed to be required (feature.requires)', async () => {
    const created = await server.agent.post(
      '/v1/function_calls',
      aFunctionCall({ requires: ['edit', 'expiry'] }),
    )

    expect(created.status).toBe(201)
  })
})

describe('a contact channel', () => {
  test.each([
    [{ slack: { channel_or_user_id: 'C1', bot_token: 'xoxb-secret' } }, ['/spec/channel/slack']],
    [{ email: { address: 'a@example.com' } }, ['/spec/channel/email']],
    [{ email: { address: 'oncall@example.com' } }, ['/spec/channel/email']],
    [{ all_of: [{ email: { address: 'a@example.com' } }] }, ['/spec/channel/all_of/0/email']],
    [{ any_of: [{ inbox: {} }, { sms: { phone_number: '+123' } }] }, ['/spec/channel/any_of/1/sms']],
  ])('of a kind that is not served is refused: %j (channel.unserved-kind)', async (channel, pointers) => {
    const created = await server.agent.post('/v1/function_calls', aFunctionCall({ channel }))

    expectProblem(created, 422, 'unsupported_feature', pointers)
    expect(created.text).not.toContain('xoxb-secret')
  })

  test.each([
    [{}, ['/spec/channel']],
    [{ inbox: {}, email: { address: 'a@example.com' } }, ['/spec/channel']],
    [{ inbox: {}, any_of: [{ inbox: {} }] }, ['/spec/channel']],
    [{ any_of: [] }, ['/spec/channel/any_of']],
    [{ any_of: [{}] }, ['/spec/channel/any_of/0']],
    [{ any_of: Array.from({ length: 33 }, () => ({ inbox: {} })) }, ['/spec/channel/any_of']],
    ['inbox', ['/spec/channel']],
    [[{ inbox: {} }], ['/spec/channel']],
  ])('has exactly one kind: %j (channel.exactly-one-kind)', async (channel, pointers) => {
    expectProblem(
      await server.agent.post('/v1/function_calls', aFunctionCall({ channel })),
      422,
      'invalid_request',
      pointers,
    )
  })

  test.each([
    ['{"inbox":{"allowed_responders":["alice"]}}', '/spec/channel/inbox/allowed_responders'],
    ['{"inbx":{}}', '/spec/channel/inbx'],
    ['{"inbox":{},"note":"x"}', '/spec/channel/note'],
    ['{"inbox":{"__proto__":1}}', '/spec/channel/inbox/__proto__'],
    ['{"constructor":{}}', '/spec/channel/constructor'],
    ['{"inbox":{"a/b~c":1}}', '/spec/channel/inbox/a~1b~0c'],
    ['{"any_of":[{"inbox":{}},{"inbox":{"toString":1}}]}', '/spec/channel/any_of/1/inbox/toString'],
    ['{"any_of":[{"inbox":{"allowed":["alice"]}}]}', '/spec/channel/any_of/0/inbox/allowed'],
    [
      '{"any_of":[{"after_seconds":1,"channel":{"inbox":{"allowed":["a"]}}}]}',
      '/spec/channel/any_of/0/channel/inbox/allowed',
    ],
    [
      '{"any_of":[{"any_of":[{"inbox":{"allowed":["a"]}}]}]}',
      '/spec/channel/any_of/0/any_of/0/inbox/allowed',
    ],
    [
      '{"quorum":{"required":2,"of":[{"inbox":{"allowed":["a"]}}]}}',
      '/spec/channel/quorum/of/0/inbox/allowed',
    ],
  ])('is closed: %s (channel.closed)', async (channel, pointer) => {
    const call = JSON.stringify(aFunctionCall({ channel: 'HERE' })).replace('"HERE"', channel)

    const created = await server.agent.post('/v1/function_calls', call)

    expectProblem(created, 422, 'invalid_request')
    expect(created.json.errors).toContainEqual({ pointer, detail: 'Unexpected property.' })
  })

  test('lists somebody when it lists (responder.list-not-empty)', async () => {
    const empty = { allowed_responder_ids: [] }

    for (const [channel, pointer] of [
      [{ inbox: empty }, '/spec/channel/inbox/allowed_responder_ids'],
      [{ any_of: [{ inbox: empty }] }, '/spec/channel/any_of/0/inbox/allowed_responder_ids'],
    ] as const)
      expectProblem(
        await server.agent.post('/v1/function_calls', aFunctionCall({ channel })),
        422,
        'invalid_request',
        [pointer],
      )
  })
})
