import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, asking, hasPython, type Reply, type Running, run, sendRaw, start } from './server.ts'

const statuses = (replies: Reply[]) => replies.map((reply) => reply.status).toSorted((a, b) => a - b)
const functionCall = (call_id: string, spec: object = {}) => ({
  run_id: 'run_1',
  call_id,
  spec: { fn: 'refund', kwargs: { amount: 5 }, ...spec },
})
const humanContact = (call_id: string, spec: object = {}) => ({
  run_id: 'run_1',
  call_id,
  spec: { msg: 'Which one?', ...spec },
})
const seconds = async <T>(work: Promise<T>): Promise<[number, T]> => {
  const began = performance.now()
  const result = await work
  return [(performance.now() - began) / 1000, result]
}

describe.skipIf(!hasPython)('the server in Python, where Python 3.11 is installed', () => {
  let server: Running
  let agent: Ask
  let responder: Ask
  let admin: Ask
  let other: Ask
  let count = 0
  const newId = () => `call_${++count}`

  beforeAll(async () => {
    server = await start()
    agent = asking(server.url, server.keys.agent)
    responder = asking(server.url, server.keys.responder)
    admin = asking(server.url, server.keys.admin)
    other = asking(server.url, server.otherKeys.agent)
  })
  afterAll(() => server?.stop())

  const create = async (spec: object = {}): Promise<string> => {
    const id = newId()
    const reply = await agent('POST', '/v1/function_calls', functionCall(id, spec))
    expect(reply.status, reply.text).toBe(201)
    return id
  }
  const createContact = async (spec: object = {}): Promise<string> => {
    const id = newId()
    const reply = await agent('POST', '/v1/human_contacts', humanContact(id, spec))
    expect(reply.status, reply.text).toBe(201)
    return id
  }

  const post = (body: string | Uint8Array) => agent('POST', '/v1/function_calls', body)
  const withKwargs = (kwargs: string, id = newId()) =>
    `{"run_id":"run_1","call_id":"${id}","spec":{"fn":"f","kwargs":${kwargs}}}`
  const deep = (levels: number) => withKwargs(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`)
  const long = (bytes: number) => {
    const body = withKwargs('{"a":""}')
    return body.replace('""', `"${'x'.repeat(bytes - body.length)}"`)
  }
  const respond = (id: string, body: unknown, ask = responder) =>
    ask('POST', `/v1/function_calls/${id}/respond`, body)
  const respondTo = (id: string, body: unknown) => responder('POST', `/v1/human_contacts/${id}/respond`, body)

  describe('discovery and HTTP', () => {
    it('claims what it keeps, without a key', async () => {
      const reply = await asking(server.url)('GET', '/.well-known/countersign')
      expect(reply.status).toBe(200)
      expect(reply.headers.get('content-type')).toBe('application/json')
      expect(reply.headers.get('cache-control')).toBe('no-store')
      expect(reply.body.profiles).toEqual(['core', 'long-poll', 'lists', 'scopes'])
      expect(reply.body.features).toEqual([])
    })

    it('answers health, readiness and version without a key', async () => {
      for (const path of ['/healthz', '/readyz', '/version']) {
        expect((await asking(server.url)('GET', path)).status).toBe(200)
      }
    })

    it('answers unknown paths with 404 and wrong methods with 405 and Allow', async () => {
      for (const path of [
        '/',
        '/v1',
        '/v2/function_calls',
        '/v1/function_calls/',
        '//v1/project',
        '/V1/function_calls',
        '/v1/events',
      ]) {
        const reply = await agent('GET', path)
        expect([reply.status, reply.body.code]).toEqual([404, 'not_found'])
        expect(reply.headers.get('content-type')).toBe('application/problem+json')
      }
      const reply = await agent('PUT', '/v1/function_calls')
      expect([reply.status, reply.body.code]).toEqual([405, 'method_not_allowed'])
      expect(reply.headers.get('allow')).toBe('POST, GET, HEAD')
      expect((await agent('OPTIONS', '/v1/project')).status).toBe(405)
      expect((await agent('HEAD', '/v1/project')).status).toBe(200)
    })

    it('refuses other media types, encodings and methods that http.server does not know', async () => {
      const body = JSON.stringify(functionCall(newId()))
      const send = async (headers: Record<string, string>) =>
        (await agent('POST', '/v1/function_calls', body, headers)).status
      expect(await send({ 'content-type': 'text/plain' })).toBe(415)
      expect(await send({ 'content-type': 'application/json; charset=latin1' })).toBe(415)
      expect(await send({ 'content-encoding': 'gzip' })).toBe(415)
      expect(await send({ 'content-type': 'Application/JSON; charset="UTF-8"' })).toBe(201)
      expect((await agent('BREW', '/v1/project')).status).toBe(405)
    })

    it('refuses a parameter that stands in the query twice', async () => {
      const reply = await agent('GET', '/v1/function_calls?limit=1&limit=1')
      expect([reply.status, reply.body.code]).toEqual([400, 'invalid_parameter'])
      expect((await agent('GET', '/v1/function_calls?colour=1&colour=2')).status).toBe(200)
    })

    it('keeps a connection open over refused bodies and reads chunked ones', async () => {
      const head = (path: string, more: string) =>
        `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${server.keys.agent}\r\n` +
        `Content-Type: application/json\r\n${more}\r\n`
      const body = JSON.stringify(functionCall(newId()))
      const chunks = `${(5).toString(16)}\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n\r\n`
      const received = await sendRaw(
        server.url,
        head('/v1/nothing', 'Content-Length: 9\r\n') +
          '{"a":"b"}' +
          head('/v1/function_calls', 'Transfer-Encoding: chunked\r\n') +
          chunks +
          head('/v1/function_calls', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n'),
      )
      expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 201', 'HTTP/1.1 400'])
    })

    it('tells even what is no HTTP with a problem', async () => {
      expect(await sendRaw(server.url, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*invalid_parameter/s)
      expect(await sendRaw(server.url, `GET / HTTP/1.1\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`)).toMatch(
        /headers_too_large/,
      )
    })
  })

  describe('keys', () => {
    it('challenges whoever has no key', async () => {
      for (const ask of [asking(server.url), asking(server.url, 'unknown')]) {
        const reply = await ask('POST', '/v1/function_calls/unknown/respond', '{')
        expect([reply.status, reply.body.code]).toEqual([401, 'unauthenticated'])
        expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/)
      }
    })

    it('lets each scope do its own and no more', async () => {
      const id = await create()
      expect((await responder('POST', '/v1/function_calls', '{')).body.code).toBe('insufficient_scope')
      expect((await agent('POST', `/v1/function_calls/${id}/respond`, '{')).body.code).toBe(
        'insufficient_scope',
      )
      expect((await admin('GET', `/v1/function_calls/${id}`)).status).toBe(403)
      expect((await agent('GET', '/v1/keys')).status).toBe(403)
      for (const ask of [agent, responder, admin]) expect((await ask('GET', '/v1/project')).status).toBe(200)
    })

    it('makes, lists and revokes keys, and shows a secret once', async () => {
      const made = await admin('POST', '/v1/keys', { scopes: ['agent', 'responder'], responder_id: 'ana' })
      expect(made.status).toBe(201)
      const { key, secret } = made.body
      const list = await admin('GET', '/v1/keys?limit=1')
      expect(list.body.items).toEqual([key])
      expect(list.text).not.toContain(secret)
      const second = await admin('GET', `/v1/keys?limit=100&cursor=${list.body.next_cursor}`)
      expect(second.body.items).toHaveLength(3)
      expect((await admin('GET', `/v1/function_calls?cursor=${list.body.next_cursor}`)).status).toBe(403)

      const revoked = await admin('DELETE', `/v1/keys/${key.key_id}`)
      expect(revoked.body.revoked_at).toMatch(/Z$/)
      expect((await admin('DELETE', `/v1/keys/${key.key_id}`)).body).toEqual(revoked.body)
      expect((await asking(server.url, secret)('GET', '/v1/project')).status).toBe(401)
      expect(
        (await asking(server.url, server.otherKeys.admin)('DELETE', `/v1/keys/${key.key_id}`)).status,
      ).toBe(404)
    })

    it('hides the state of the agent from a responder', async () => {
      const id = await create({ state: { step: 3 } })
      expect((await agent('GET', `/v1/function_calls/${id}`)).body.spec.state).toEqual({ step: 3 })
      expect((await responder('GET', `/v1/function_calls/${id}`)).body.spec).not.toHaveProperty('state')
      expect((await responder('GET', '/v1/function_calls?limit=1')).body.items[0].spec).not.toHaveProperty(
        'state',
      )
    })

    it('answers about calls of another project as about calls that do not exist', async () => {
      const id = await create()
      const there = await other('GET', `/v1/function_calls/${id}`)
      const nowhere = await other('GET', '/v1/function_calls/nowhere')
      expect([there.status, there.text]).toEqual([404, nowhere.text])
      expect((await other('POST', '/v1/function_calls', functionCall(id, { fn: 'another' }))).status).toBe(
        201,
      )
    })
  })

  describe('bodies', () => {
    it('returns opaque values literal for literal and in their order', async () => {
      const kwargs =
        `{"z":9007199254740993,"a":${'7'.repeat(5000)},"double":0.1,"small":5e-324,"zero":-0.0,"one":1.0,` +
        '"null":null,"":{"nul":"\\u0000","pair":"\\ud83c\\udfe6","e\\u0301":"é"},"10":1,"9":2}'
      const id = newId()
      const created = await post(withKwargs(kwargs, id))
      expect(created.status).toBe(201)
      const { text } = await agent('GET', `/v1/function_calls/${id}`)
      for (const literal of [
        '"z":9007199254740993',
        `"a":${'7'.repeat(5000)}`,
        '"small":5e-324',
        '"one":1.0',
      ]) {
        expect(text).toContain(literal)
      }
      expect(JSON.parse(text).spec.kwargs).toEqual(JSON.parse(kwargs))
      expect(text).toMatch(/"z".*"a".*"null":null.*"10".*"9"/)
    })

    it.each([
      ['no JSON', '{'],
      ['no value', ''],
      ['NaN', withKwargs('{"a":NaN}')],
      ['a control character', withKwargs('{"a":"\t"}')],
      ['a byte that is no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
      ['an encoded surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
      ['a number beyond the doubles', withKwargs('{"a":1e309}')],
      ['a lone surrogate', withKwargs('{"a":"\\ud800"}')],
      ['a lone surrogate in a name', withKwargs('{"\\udc00":1}')],
      ['nesting that is too deep', withKwargs('['.repeat(100_000))],
      ['a string without an end', `"${'\\"'.repeat(400_000)}`],
    ])('refuses %s as malformed', async (_, body) => {
      const reply = await post(body)
      expect([reply.status, reply.body.code]).toEqual([400, 'malformed_body'])
      expect(reply.body.errors).not.toHaveLength(0)
    })

    it('refuses a duplicate member at any depth and says where', async () => {
      const reply = await post(withKwargs('{"a/b":[{"\\u0063":1,"c":1}]}'))
      expect(reply.body).toMatchObject({
        code: 'malformed_body',
        errors: [{ pointer: '/spec/kwargs/a~1b/0/c' }],
      })
    })

    it('takes exactly the depth and the size that it claims', async () => {
      expect((await post(deep(61))).status).toBe(201)
      expect((await post(deep(62))).body.code).toBe('malformed_body')
      expect((await post(long(1_048_576))).status).toBe(201)
      const reply = await post(long(1_048_577))
      expect([reply.status, reply.body.code]).toEqual([413, 'body_too_large'])
    })

    it('names every place that breaks the shape', async () => {
      const reply = await agent('POST', '/v1/function_calls', {
        run_id: 'has space',
        spec: {
          fn: 'a\0b',
          kwargs: null,
          channel: { inbox: { allowed: [] } },
          colour: ['\0'],
          reject_options: [{ name: 'a' }, { name: 'a' }],
        },
      })
      expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request'])
      expect(reply.body.errors.map((each: { pointer: string }) => each.pointer).toSorted()).toEqual([
        '/call_id',
        '/run_id',
        '/spec/channel/inbox/allowed',
        '/spec/colour/0',
        '/spec/fn',
        '/spec/kwargs',
        '/spec/reject_options/1/name',
      ])
    })

    it('ignores unknown members and nulls, and returns neither', async () => {
      const id = newId()
      const body = {
        ...functionCall(id, { colour: 'red', context: { summary: 'S', extra: 1 }, metadata: null }),
        size: 1,
      }
      const { spec } = (await agent('POST', '/v1/function_calls', body)).body
      expect(spec).toEqual({ fn: 'refund', kwargs: { amount: 5 }, context: { summary: 'S' } })
      const again = functionCall(id, { context: { links: null, summary: 'S' } })
      expect((await agent('POST', '/v1/function_calls', again)).status).toBe(200)
    })

    it.each([
      [{ expires_in_seconds: 60 }, '/spec/expires_in_seconds'],
      [{ allow_edit: true }, '/spec/allow_edit'],
      [{ requires: ['teleport'] }, '/spec/requires/0'],
      [{ channel: { slack: { channel_or_user_id: 'C1' } } }, '/spec/channel/slack'],
      [
        { channel: { any_of: [{ inbox: {} }, { any_of: [{ inbox: {} }] }] } },
        '/spec/channel/any_of/1/any_of',
      ],
    ])('refuses %j, which it does not offer', async (spec, pointer) => {
      const reply = await agent('POST', '/v1/function_calls', functionCall(newId(), spec))
      expect([reply.status, reply.body.code]).toEqual([422, 'unsupported_feature'])
      expect(reply.body.errors[0].pointer).toBe(pointer)
    })

    it('accepts a member of an unclaimed feature that is false, and keeps it', async () => {
      const id = await create({ allow_edit: false })
      expect((await agent('GET', `/v1/function_calls/${id}`)).body.spec.allow_edit).toBe(false)
    })

    it.each([
      {},
      { inbox: {}, slack: {} },
      { inbox: { allowed_responder_ids: [] } },
      { pigeon: {} },
      { any_of: [] },
    ])('refuses the channel %j', async (channel) => {
      const reply = await agent('POST', '/v1/function_calls', functionCall(newId(), { channel }))
      expect([reply.status, reply.body.code]).toEqual([422, 'invalid_request'])
    })
  })

  describe('creating again', () => {
    it('returns the existing call for an equal spec, whatever its literals', async () => {
      const id = newId()
      const body = (kwargs: string) => `{"run_id":"r","call_id":"${id}","spec":{"fn":"f","kwargs":${kwargs}}}`
      const first = await agent('POST', '/v1/function_calls', body('{"a":1.0,"b":100}'))
      expect([first.status, first.headers.get('location')]).toEqual([201, `/v1/function_calls/${id}`])
      const again = await agent('POST', '/v1/function_calls', body('{"b":1e2,"a":1}'))
      expect([again.status, again.text]).toEqual([200, first.text])
      for (const kwargs of ['{"a":1,"b":100,"c":null}', '{"a":1,"b":"100"}', '{"a":1.5,"b":100}']) {
        const reply = await agent('POST', '/v1/function_calls', body(kwargs))
        expect([reply.status, reply.body.code]).toEqual([409, 'call_id_conflict'])
        expect(reply.body).not.toHaveProperty('winning_status')
      }
    })

    it('compares before it judges what it offers', async () => {
      const id = await create()
      const reply = await agent('POST', '/v1/function_calls', functionCall(id, { risk: 'high' }))
      expect(reply.body.code).toBe('call_id_conflict')
    })

    it('makes one call of 16 equal creations at once', async () => {
      const body = functionCall(newId())
      const replies = await Promise.all(
        Array.from({ length: 16 }, () => agent('POST', '/v1/function_calls', body)),
      )
      expect(statuses(replies)).toEqual([...Array(15).fill(200), 201])
      expect(new Set(replies.map((reply) => reply.text)).size).toBe(1)
    })

    it('keeps the ids of the two kinds and of upper and lower case apart', async () => {
      const id = await create()
      expect((await agent('POST', '/v1/human_contacts', humanContact(id))).status).toBe(201)
      expect((await agent('POST', '/v1/function_calls', functionCall(id.toUpperCase()))).status).toBe(201)
      const odd = `a:b@c+d=e~f${newId()}`
      expect((await agent('POST', '/v1/function_calls', functionCall(odd))).status).toBe(201)
      expect((await agent('GET', `/v1/function_calls/${encodeURIComponent(odd)}`)).body.call_id).toBe(odd)
    })
  })

  describe('answering', () => {
    it('decides once, repeats itself and refuses what differs', async () => {
      const id = await create()
      const first = await respond(id, { approved: true, responder: { id: 'mallory' } })
      expect(first.status).toBe(200)
      expect(first.body.status).toMatchObject({ state: 'approved', approved: true, comment: '' })
      expect(first.body.status.responder).toMatchObject({
        channel: 'api',
        id: expect.stringMatching(/^key:key_/),
      })
      expect(first.body.status.responses).toHaveLength(1)
      expect((await respond(id, { approved: true, comment: '' })).text).toBe(first.text)
      const late = await respond(id, { approved: false })
      expect([late.status, late.body.code]).toEqual([409, 'already_responded'])
      expect(late.body.winning_status).toEqual(first.body.status)
      expect((await respond(id, { approved: false, reject_option_name: 'unknown' })).status).toBe(409)
      expect((await agent('POST', `/v1/function_calls/${id}/cancel`)).body.code).toBe('already_responded')
    })

    it('lets one of 16 different answers at once win', async () => {
      const id = await create()
      const replies = await Promise.all(
        Array.from({ length: 16 }, (_, index) =>
          respond(id, { approved: index % 2 === 0, comment: `answer ${index}` }),
        ),
      )
      expect(statuses(replies)).toEqual([200, ...Array(15).fill(409)])
      const winner = replies.find((reply) => reply.status === 200)?.body.status
      for (const { status, body } of replies) if (status === 409) expect(body.winning_status).toEqual(winner)
      expect((await agent('GET', `/v1/function_calls/${id}`)).body.status).toEqual(winner)
    })

    it('lets an answer or a cancellation win, never both', async () => {
      const id = await create()
      const replies = await Promise.all([
        respond(id, { approved: true }),
        agent('POST', `/v1/function_calls/${id}/cancel`),
      ])
      expect(statuses(replies)).toEqual([200, 409])
    })

    it('denies with the text of a reject option', async () => {
      const reject_options = [{ name: 'much', title: 'Too much', prompt_fill: 'Half of it.' }]
      const id = await create({ reject_options })
      expect((await respond(id, { approved: true, reject_option_name: 'much' })).body.code).toBe(
        'invalid_request',
      )
      const unknown = await respond(id, { approved: false, reject_option_name: 'little' })
      expect(unknown.body).toMatchObject({
        code: 'unknown_option',
        errors: [{ pointer: '/reject_option_name' }],
      })
      const denied = await respond(id, { approved: false, reject_option_name: 'much' })
      expect(denied.body.status).toMatchObject({ state: 'denied', approved: false, comment: 'Half of it.' })
      expect((await respond(id, { approved: false, reject_option_name: 'much' })).status).toBe(200)
    })

    it('answers a human contact with a text or an option', async () => {
      const response_options = [{ name: 'old', title: 'The old one' }]
      const id = await createContact({ response_options })
      expect((await respondTo(id, {})).status).toBe(422)
      expect((await respondTo(id, { response: '' })).status).toBe(422)
      expect((await respondTo(id, { response_data: 1 })).body.code).toBe('unsupported_feature')
      expect((await respondTo(id, { response_option_name: 'new' })).body.code).toBe('unknown_option')
      const { status } = (await respondTo(id, { response_option_name: 'old' })).body
      expect(status).toMatchObject({
        state: 'answered',
        response: 'The old one',
        response_option_name: 'old',
      })
      expect(
        (await respondTo(await createContact({ response_options }), { response: 'Neither.' })).status,
      ).toBe(200)
    })

    it('checks in the order of the document', async () => {
      expect((await respond('nowhere', '{')).status).toBe(404)
      const id = await create({ channel: { any_of: [{ inbox: { allowed_responder_ids: ['ana'] } }] } })
      expect((await respond(id, '{')).status).toBe(400)
      expect((await respond(id, {})).status).toBe(422)
      const stranger = await respond(id, { approved: false, reject_option_name: 'unknown' })
      expect([stranger.status, stranger.body.code]).toEqual([403, 'responder_not_allowed'])
      const { secret, key } = (
        await admin('POST', '/v1/keys', { scopes: ['responder'], responder_id: 'ana' })
      ).body
      const decided = await respond(id, { approved: true }, asking(server.url, secret))
      expect(decided.body.status.responder).toEqual({
        id: 'ana',
        channel: 'api',
        assurance: 'session',
        asserted_by: `key:${key.key_id}`,
      })
      expect((await respond(id, { approved: true })).status).toBe(403)
    })

    it('cancels with and without a body, and refuses answers afterwards', async () => {
      const id = await create()
      const cancelled = await agent('POST', `/v1/function_calls/${id}/cancel`, { comment: 'Not needed.' })
      expect(cancelled.body.status).toMatchObject({
        state: 'cancelled',
        approved: false,
        comment: 'Not needed.',
      })
      expect(cancelled.body.status).toMatchObject({ responder: null, responded_at: null })
      expect((await agent('POST', `/v1/function_calls/${id}/cancel`)).text).toBe(cancelled.text)
      const late = await respond(id, { approved: true })
      expect([late.status, late.body.code]).toEqual([409, 'already_cancelled'])
      const contact = await createContact()
      expect((await agent('POST', `/v1/human_contacts/${contact}/cancel`)).body.status.state).toBe(
        'cancelled',
      )
    })

    it('records escalations, at least 20 of them, and repeats them', async () => {
      const id = await create()
      const escalate = (escalation_id: string, escalation_msg = 'Please!') =>
        agent('POST', `/v1/function_calls/${id}/escalate`, {
          escalation_id,
          escalation_msg,
          channel: { inbox: {} },
        })
      for (let index = 0; index < 20; index++) expect((await escalate(`e${index}`)).status).toBe(200)
      const again = await escalate('e0')
      expect(again.body.status.escalations).toHaveLength(20)
      expect(again.body.status.channel).toEqual({ inbox: {} })
      expect((await escalate('e0', 'Now!')).body.code).toBe('escalation_id_conflict')
      await respond(id, { approved: true })
      expect((await escalate('e0')).status).toBe(200)
      expect((await escalate('late')).body.code).toBe('already_responded')
    })
  })

  describe('waiting', () => {
    it('wakes everybody who waits, on getting and on creating', async () => {
      const id = await create()
      const held = [
        ...Array.from({ length: 20 }, () => agent('GET', `/v1/function_calls/${id}?wait=30`)),
        agent('POST', '/v1/function_calls', functionCall(id), { prefer: 'respond-async, wait=20' }),
      ]
      await new Promise((resolve) => setTimeout(resolve, 300))
      await responder('POST', `/v1/function_calls/${id}/respond`, { approved: true })
      const [took, replies] = await seconds(Promise.all(held))
      expect(took).toBeLessThan(2)
      for (const reply of replies) expect([reply.status, reply.body.status.state]).toEqual([200, 'approved'])
      expect(replies.at(-1)?.headers.get('preference-applied')).toBe('wait=20')
    })

    it('misses no answer that arrives while a request begins to be held', async () => {
      const rounds = Array.from({ length: 20 }, async () => {
        const id = await create()
        const held = agent('GET', `/v1/function_calls/${id}?wait=20`)
        await responder('POST', `/v1/function_calls/${id}/respond`, { approved: true })
        return held
      })
      const [took] = await seconds(Promise.all(rounds))
      expect(took).toBeLessThan(10)
    })

    it('answers with the pending call when the time is over', async () => {
      const id = newId()
      const [took, created] = await seconds(agent('POST', '/v1/function_calls?wait=1', functionCall(id)))
      expect([created.status, created.body.status.state]).toEqual([201, 'pending'])
      expect(took).toBeGreaterThan(0.9)
    })

    it('reads the query before the header and ignores what it cannot read there', async () => {
      const id = await create()
      const wait = async (query: string, prefer?: string) =>
        agent('GET', `/v1/function_calls/${id}${query}`, undefined, prefer === undefined ? {} : { prefer })
      expect((await wait('?wait=0', 'wait=30')).headers.get('preference-applied')).toBe('wait=0')
      for (const prefer of ['wait=soon', 'wait', 'wait=-1', 'wait="'])
        expect((await wait('', prefer)).headers.get('preference-applied')).toBeNull()
      for (const query of ['?wait=', '?wait=-1', '?wait=1.5', '?wait=one', '?wait=%2B1']) {
        expect((await wait(query)).body.code).toBe('invalid_parameter')
      }
      await agent('POST', `/v1/function_calls/${id}/cancel`)
      const clamped = await wait(`?wait=${'9'.repeat(5000)}`)
      expect(clamped.headers.get('preference-applied')).toBe('wait=60')
    })

    it('ends the held requests of a revoked key', async () => {
      const { secret, key } = (await admin('POST', '/v1/keys', { scopes: ['agent'] })).body
      const id = await create()
      const held = asking(server.url, secret)('GET', `/v1/function_calls/${id}?wait=30`)
      await new Promise((resolve) => setTimeout(resolve, 200))
      await admin('DELETE', `/v1/keys/${key.key_id}`)
      const [took, reply] = await seconds(held)
      expect(reply.status).toBe(401)
      expect(took).toBeLessThan(5)
    })
  })

  describe('lists', () => {
    it('shows every call once, newest first, while others are created', async () => {
      const made: string[] = []
      for (let index = 0; index < 7; index++) {
        const id = newId()
        made.unshift(id)
        await agent('POST', '/v1/human_contacts', { ...humanContact(id), run_id: 'run_list' })
      }
      const seen: string[] = []
      let cursor: string | null = null
      do {
        const page: Reply = await agent(
          'GET',
          `/v1/human_contacts?run_id=run_list&limit=3${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        )
        expect(page.body.items.length).toBeLessThanOrEqual(3)
        seen.push(...page.body.items.map((item: { call_id: string }) => item.call_id))
        cursor = page.body.next_cursor
        await agent('POST', '/v1/human_contacts', { ...humanContact(newId()), run_id: 'run_list' })
      } while (cursor !== null)
      expect(seen).toEqual(made)
    })

    it('filters by state', async () => {
      const id = await create()
      await agent('POST', `/v1/function_calls/${id}/cancel`)
      const { items } = (await agent('GET', '/v1/function_calls?state=cancelled&limit=1')).body
      expect(items[0].call_id).toBe(id)
      expect((await agent('GET', '/v1/function_calls?state=expired')).body).toEqual({
        items: [],
        next_cursor: null,
      })
      expect((await agent('GET', '/v1/function_calls?state=answered')).body.code).toBe('invalid_parameter')
      for (const limit of ['0', '-1', 'x', '']) {
        expect((await agent('GET', `/v1/function_calls?limit=${limit}`)).body.code).toBe('invalid_parameter')
      }
    })

    it('refuses a cursor of another list, other filters, another project, or of nobody', async () => {
      await create()
      await create()
      const { next_cursor } = (await agent('GET', '/v1/function_calls?limit=1')).body
      const list = (path: string, ask = agent) => ask('GET', path)
      expect((await list(`/v1/function_calls?cursor=${next_cursor}`)).status).toBe(200)
      const swapped =
        String(Number.parseInt(next_cursor, 10) - 1) + next_cursor.slice(next_cursor.indexOf('.'))
      for (const reply of [
        await list(`/v1/human_contacts?cursor=${next_cursor}`),
        await list(`/v1/function_calls?state=pending&cursor=${next_cursor}`),
        await list(`/v1/function_calls?cursor=${next_cursor}`, other),
        await list(`/v1/function_calls?cursor=${swapped}`),
        await list('/v1/function_calls?cursor='),
        await list('/v1/function_calls?cursor=%C3%A9.1'),
      ]) {
        expect([reply.status, reply.body.code]).toEqual([400, 'invalid_cursor'])
      }
    })
  })
})

describe.skipIf(!hasPython)('the process of the server in Python, where Python 3.11 is installed', () => {
  it('reads again after kill -9 what it has acknowledged', async () => {
    const first = await start()
    const body = { run_id: 'r', call_id: 'c', spec: { fn: 'f', kwargs: {} } }
    await asking(first.url, first.keys.agent)('POST', '/v1/function_calls', body)
    const decided = await asking(first.url, first.keys.responder)('POST', '/v1/function_calls/c/respond', {
      approved: true,
    })
    await first.stop('SIGKILL')

    const second = await start(first.database)
    expect(second.keys).toBeUndefined()
    const reread = await asking(second.url, first.keys.agent)('POST', '/v1/function_calls', body)
    expect([reread.status, reread.text]).toEqual([200, decided.text])
    expect(await second.stop('SIGINT')).toBe(0)
  })

  it('lets held requests go when it stops', async () => {
    const server = await start()
    const agent = asking(server.url, server.keys.agent)
    const held = agent('POST', '/v1/human_contacts?wait=30', {
      run_id: 'r',
      call_id: 'c',
      spec: { msg: 'Hello?' },
    })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const stopped = server.stop('SIGTERM')
    const reply = await held
    expect([reply.status, reply.body.status.state]).toEqual([201, 'pending'])
    expect(await stopped).toBe(0)
  })

  it('refuses to start with one line that says why', async () => {
    const server = await start()
    const port = new URL(server.url).port
    const refusals = [
      run('--prt', '1'),
      run('--port', '70000'),
      run('--database', '/no/such/folder/calls.db'),
      run('--port', port, '--database', ':memory:'),
      run('--port', '0', '--database', server.database),
    ]
    for (const { status, stderr, stdout } of refusals) {
      expect(status).not.toBe(0)
      expect(stderr.trim().split('\n')).toHaveLength(1)
      expect(stdout).toBe('')
    }
    expect(run('--help').stdout).toContain('--database')
    await server.stop()
  })
})
