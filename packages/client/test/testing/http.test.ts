import { describe, expect, test } from 'vitest'
import { aFunctionCall, expectProblem, interceptFetch } from './wire.ts'

const BODY_BYTES = 70_000
const { agent, nobody, server } = interceptFetch({ limits: { body_bytes: BODY_BYTES } })
const PATH = '/v1/function_calls'

describe('a body', () => {
  test.each<[name: string, body: string | Uint8Array, pointer: string]>([
    ['that is empty', '', ''],
    ['that is cut', '{"run_id":', ''],
    ['that is not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), ''],
    ['with a byte order mark', '\uFEFF{}', ''],
    ['with a member twice', '{"spec":{"kwargs":{"a":1,"a":2}}}', '/spec/kwargs/a'],
    ['with a lone surrogate', '{"spec":{"kwargs":{"a":"\\ud800"}}}', '/spec/kwargs/a'],
    ['with a number beyond every double', '{"spec":{"kwargs":{"a":1e999}}}', '/spec/kwargs/a'],
    ['that nests too deep', '['.repeat(65) + ']'.repeat(65), '/0'.repeat(64)],
  ])('%s is malformed (json.malformed, json.utf-8, json.duplicate-members)', async (_name, body, pointer) => {
    expectProblem(await agent(PATH, body), 400, 'malformed_body', [pointer])
    expect(server.functionCalls.asked()).toEqual([])
  })

  test('of the wrong shape is refused with every place (json.shape, channel.closed, id.pattern)', async () => {
    const call = aFunctionCall({ fn: '', channel: { inbox: { allowed: [] } } }, { call_id: '.x' })

    expectProblem(await agent(PATH, call), 422, 'invalid_request', [
      '/call_id',
      '/spec/fn',
      '/spec/channel/inbox/allowed',
    ])
  })

  test('needs what is not claimed in vain (feature.unclaimed-refused, feature.requires, channel.unserved-kind)', async () => {
    for (const [spec, pointer] of [
      [{ risk: 'high' }, '/spec/risk'],
      [{ requires: ['telepathy'] }, '/spec/requires/0'],
      [{ channel: { slack: { channel_or_user_id: 'C1' } } }, '/spec/channel/slack'],
    ] as const)
      expectProblem(await agent(PATH, aFunctionCall(spec)), 422, 'unsupported_feature', [pointer])
  })

  test('has up to the limit of bytes and no more (json.body-limit)', async () => {
    const text = JSON.stringify(aFunctionCall())

    expect((await agent(PATH, text.padEnd(BODY_BYTES))).status).toBe(201)
    expectProblem(await agent(PATH, text.padEnd(BODY_BYTES + 1)), 413, 'body_too_large')
  })

  test.each([
    ['content-type', 'text/plain', 415],
    ['content-type', 'application/json; charset=latin1', 415],
    ['content-encoding', 'gzip', 415],
    ['content-type', 'Application/JSON; charset="utf-8"', 201],
  ])('with %s %s is answered with %i (http.media-type, http.encoding)', async (name, value, status) => {
    const answer = await agent(PATH, JSON.stringify(aFunctionCall()), { headers: { [name]: value } })

    expect(answer.status).toBe(status)
    if (status === 415) expectProblem(answer, 415, 'unsupported_media_type', [`/${name}`])
  })
})

describe('a path', () => {
  test('says which methods it takes (http.method)', async () => {
    for (const [path, allow] of [
      [PATH, 'POST, GET, HEAD'],
      [`${PATH}/x/respond`, 'POST'],
      ['/healthz', 'GET, HEAD'],
    ] as const) {
      const answer = await agent(path, undefined, { method: 'PUT' })
      expectProblem(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('allow')).toBe(allow)
    }
  })

  test('that nobody knows or claims is 404 (http.unknown-path, feature.unclaimed-operations)', async () => {
    for (const path of ['/', '/v1', '/v1/keys', '/v1/events', '/V1/function_calls', '//', '/v1/timers/x'])
      expectProblem(await agent(path), 404, 'not_found')
    expectProblem(await agent(`${PATH}/%E0%A4%A`), 400, 'invalid_parameter')
    expectProblem(await agent(`${PATH}/a%2Fb`), 404, 'not_found')
  })

  test('without a key is open or challenges (auth.challenge, http.health, discovery.served)', async () => {
    const refused = await nobody(PATH)
    expectProblem(refused, 401, 'unauthenticated')
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)

    for (const path of ['/healthz', '/readyz', '/version']) expect((await nobody(path)).status).toBe(200)
    const discovery = await nobody('/.well-known/countersign')
    expect(discovery.headers.get('cache-control')).toBe('no-store')
    expect(discovery.json).toMatchObject({
      versions: ['draft'],
      profiles: ['core', 'long-poll', 'lists'],
      features: ['edit', 'forms', 'expiry'],
      channel_kinds: ['inbox', 'any_of'],
      limits: { body_bytes: BODY_BYTES, json_depth: 64 },
    })
  })

  test('answers HEAD like GET, without the body', async () => {
    const head = await nobody('/healthz', undefined, { method: 'HEAD' })

    expect([head.status, head.text]).toEqual([200, ''])
  })
})
