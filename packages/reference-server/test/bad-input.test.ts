import { operations } from '@countersign/protocol'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  ask,
  askPerson,
  BODY_BYTES,
  expectProblem,
  startTestServer,
  type TestServer,
} from './test-server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})

afterAll(() => server.close())

/** Whatever came, nothing of it is kept, and the next request is served (json.refused-leaves-nothing). */
afterEach(async () => {
  expect((await server.agent.get('/v1/function_calls?run_id=bad')).json.items).toEqual([])
  expect((await server.nobody.get('/readyz')).status).toBe(200)
})

/** A function call as text, with these members in its spec. */
function text(spec: string, call_id = 'bad'): string {
  return `{"run_id":"bad","call_id":"${call_id}","spec":{"fn":"f","kwargs":{},${spec}}}`
}

describe('a body', () => {
  test.each<[name: string, body: string | Buffer, pointer: string]>([
    ['empty', '', ''],
    ['white', ' \n ', ''],
    ['cut', '{"run_id":"bad"', ''],
    ['with a comma too many', '{"run_id":"bad",}', ''],
    ['with single quotes', "{'run_id':'bad'}", ''],
    ['followed by another', '{}{}', ''],
    ['with a comment', '{}//', ''],
    ['with NaN', text('"state":{"a":NaN}'), ''],
    ['with a hexadecimal number', text('"state":{"a":0x1}'), ''],
    ['with a leading zero', text('"state":{"a":01}'), ''],
    ['with a raw control character', text('"state":{"a":"\u0001"}'), ''],
    ['with a raw NUL', text('"state":{"a":"\0"}'), ''],
    ['with a byte order mark', `\uFEFF${text('"state":{}')}`, ''],
    ['in UTF-16', Buffer.from(text('"state":{}'), 'utf16le'), ''],
    [
      'with an overlong byte sequence',
      Buffer.concat([Buffer.from('"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"')]),
      '',
    ],
    [
      'with a surrogate in UTF-8',
      Buffer.concat([Buffer.from('"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"')]),
      '',
    ],
    ['cut within a character', Buffer.from(text('"state":{"a":"€"}')).subarray(0, -5), ''],
    ['with a lone surrogate in an opaque value', text('"state":{"a":["\\ud800"]}'), '/spec/state/a/0'],
    ['with a lone surrogate in a name', text('"state":{"\\udc00":1}'), '/spec/state'],
    [
      'with surrogates the wrong way round',
      text('"context":{"summary":"\\ude00\\ud83d"}'),
      '/spec/context/summary',
    ],
    ['with a name twice', text('"state":{},"state":{}'), '/spec/state'],
    ['with a name twice, once escaped', text('"state":{"a":1,"\\u0061":1}'), '/spec/state/a'],
    ['with a name twice deep in a list', text('"state":{"a":[0,{"b":1,"b":2}]}'), '/spec/state/a/1/b'],
    ['with `__proto__` twice', text('"state":{"__proto__":1,"__proto__":2}'), '/spec/state/__proto__'],
    ['with a name twice in what is unknown', text('"unknown":{"x~/":1,"x~/":1}'), '/spec/unknown/x~0~1'],
    ['with a number beyond every double', text('"state":{"a":-1e999}'), '/spec/state/a'],
    ['with a long fraction beyond every double', text(`"state":{"a":${'9'.repeat(400)}.5}`), '/spec/state/a'],
  ])(
    '%s is malformed (json.malformed, json.utf-8, json.duplicate-members, json.lone-surrogates, json.number-range)',
    async (_name, body, pointer) => {
      expectProblem(await server.agent.post('/v1/function_calls', body), 400, 'malformed_body', [pointer])
    },
  )

  test.each<[name: string, body: string, pointers: string[]]>([
    ['null', 'null', ['']],
    ['a list', '[]', ['']],
    ['a list of calls', `[${text('"state":{}')}]`, ['']],
    ['a text', '"bad"', ['']],
    ['a number', '1', ['']],
    ['an empty object', '{}', ['/run_id', '/call_id', '/spec']],
    ['a null spec', '{"run_id":"bad","call_id":"bad","spec":null}', ['/spec']],
    ['a spec that is a list', '{"run_id":"bad","call_id":"bad","spec":[]}', ['/spec']],
    [
      'nulls for ids',
      '{"run_id":null,"call_id":null,"spec":{"fn":"f","kwargs":{}}}',
      ['/run_id', '/call_id'],
    ],
    [
      'kwargs that are a list',
      '{"run_id":"bad","call_id":"bad","spec":{"fn":"f","kwargs":[]}}',
      ['/spec/kwargs'],
    ],
    [
      'kwargs that are null',
      '{"run_id":"bad","call_id":"bad","spec":{"fn":"f","kwargs":null}}',
      ['/spec/kwargs'],
    ],
    [
      'kwargs that are text',
      '{"run_id":"bad","call_id":"bad","spec":{"fn":"f","kwargs":"{}"}}',
      ['/spec/kwargs'],
    ],
    ['an empty function', '{"run_id":"bad","call_id":"bad","spec":{"fn":"","kwargs":{}}}', ['/spec/fn']],
    ['a state that is text', text('"state":"x"'), ['/spec/state']],
    ['metadata that are a list', text('"metadata":[]'), ['/spec/metadata']],
    ['options that are an object', text('"reject_options":{}'), ['/spec/reject_options']],
    ['an option that is text', text('"reject_options":["no"]'), ['/spec/reject_options/0']],
    ['an option that is null', text('"reject_options":[null]'), ['/spec/reject_options/0']],
    ['an option without a name', text('"reject_options":[{"title":"No"}]'), ['/spec/reject_options/0/name']],
    [
      'a link that is a script',
      text('"context":{"links":[{"url":"javascript:alert(1)"}]}'),
      ['/spec/context/links/0/url'],
    ],
    ['NUL in a text', text('"context":{"summary":"a\\u0000b"}'), ['/spec/context/summary']],
    [
      'NUL in the function',
      '{"run_id":"bad","call_id":"bad","spec":{"fn":"\\u0000","kwargs":{}}}',
      ['/spec/fn'],
    ],
    ['NUL in what is unknown', text('"unknown":["\\u0000"]'), ['/spec/unknown/0']],
    ['an edit flag that is text', text('"allow_edit":"true"'), ['/spec/allow_edit']],
    [
      'an unknown keyword in the schema',
      text('"allow_edit":true,"kwargs_schema":{"properties":{"a":{"$ref":"#"}}}'),
      ['/spec/kwargs_schema/properties/a/$ref'],
    ],
    [
      'a type thousands of times',
      text(`"kwargs_schema":{"type":[${Array(3000).fill('"null"').join()}]}`),
      ['/spec/kwargs_schema/type'],
    ],
    [
      'a schema that is too deep',
      text(`"kwargs_schema":${'{"items":'.repeat(20)}{}${'}'.repeat(20)}`),
      [`/spec/kwargs_schema${'/items'.repeat(16)}`],
    ],
    [
      'a schema that is too large',
      text(`"kwargs_schema":{"title":"${'x'.repeat(65_536)}"}`),
      ['/spec/kwargs_schema'],
    ],
  ])(
    'that is, or has, %s has the wrong shape (json.shape, json.nul, call.ids-required, schema.keywords, schema.limits)',
    async (_name, body, pointers) => {
      const answer = await server.agent.post('/v1/function_calls', body)

      expectProblem(answer, 422, 'invalid_request')
      expect((answer.json.errors as { pointer: string }[]).map(({ pointer }) => pointer).toSorted()).toEqual(
        pointers.toSorted(),
      )
    },
  )

  test.each([
    '',
    ' ',
    '.a',
    '-a',
    '~',
    'a b',
    'a/b',
    'ä',
    'a\u0000',
    'a\n',
    '__proto__',
    'a'.repeat(129),
    1,
    true,
    {},
    ['a'],
  ])('has no id like %j (id.pattern)', async (id) => {
    const call = aFunctionCall({}, { run_id: 'bad' })

    expectProblem(
      await server.agent.post('/v1/function_calls', { ...call, call_id: id }),
      422,
      'invalid_request',
      ['/call_id'],
    )
    expectProblem(
      await server.agent.post('/v1/function_calls', { ...call, run_id: id }),
      422,
      'invalid_request',
      ['/run_id'],
    )
    expect((await server.agent.get(`/v1/function_calls/${call.call_id}`)).status).toBe(404)
  })

  test('with many faults names no more than a page of them (error.places)', async () => {
    const answer = await server.agent.post(
      '/v1/function_calls',
      text(`"reject_options":[${Array(50_000).fill('{}').join()}]`),
    )

    expectProblem(answer, 422, 'invalid_request')
    expect(answer.json.errors).toHaveLength(20)
    expect(answer.json.errors[0].pointer).toBe('/spec/reject_options')
  })

  test('that nests too deep is malformed, however deep (json.depth)', async () => {
    const half = BODY_BYTES / 2 - 100

    for (const body of [
      text(`"state":{"a":${'['.repeat(62)}${']'.repeat(62)}}`),
      text(`"unknown":${'{"a":'.repeat(70)}1${'}'.repeat(70)}`),
      `${'['.repeat(half)}${']'.repeat(half)}`,
      '['.repeat(BODY_BYTES),
      '{"a":'.repeat(BODY_BYTES / 5),
    ])
      expectProblem(await server.agent.post('/v1/function_calls', body), 400, 'malformed_body')
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/jsonx',
    'application/problem+json',
    'multipart/form-data',
    'json',
  ])('of the type %s is refused (http.media-type)', async (type) => {
    const answer = await server.agent.post('/v1/function_calls', text('"state":{}'), {
      headers: { 'content-type': type },
    })

    expectProblem(answer, 415, 'unsupported_media_type', ['/content-type'])
    expect(answer.json.errors[0].in).toBe('header')
  })

  test.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
    'of the type %s is taken (http.media-type)',
    async (type) => {
      const answer = await server.agent.post('/v1/function_calls', JSON.stringify(aFunctionCall()), {
        headers: { 'content-type': type },
      })

      expect(answer.status).toBe(201)
    },
  )

  test('of every other operation is judged the same', async () => {
    const call = await ask(server)
    const contact = await askPerson(server)
    const before = [(await server.agent.get(call)).text, (await server.agent.get(contact)).text]

    for (const [client, path] of [
      [server.responder, `${call}/respond`],
      [server.responder, `${contact}/respond`],
      [server.agent, `${call}/cancel`],
      [server.agent, `${contact}/escalate`],
      [server.agent, '/v1/human_contacts'],
      [server.admin, '/v1/keys'],
    ] as const) {
      expectProblem(await client.post(path, '{"a":1,"a":2}'), 400, 'malformed_body', ['/a'])
      expectProblem(await client.post(path, '['.repeat(10_000)), 400, 'malformed_body', [''])
      expectProblem(await client.post(path, Buffer.from([0x22, 0xff, 0x22])), 400, 'malformed_body', [''])
      expectProblem(await client.post(path, '[]'), 422, 'invalid_request')
      expectProblem(await client.post(path, '{"comment":"\\u0000"}'), 422, 'invalid_request')
      expectProblem(
        await client.post(path, '{', { headers: { 'content-type': 'text/plain' } }),
        415,
        'unsupported_media_type',
      )
    }
    expect([(await server.agent.get(call)).text, (await server.agent.get(contact)).text]).toEqual(before)
  })

  test('of an escalation names what is wrong (json.shape)', async () => {
    const path = await ask(server)

    const escalated = await server.agent.post(`${path}/escalate`, {
      escalation_id: '.',
      escalation_msg: '',
      channel: { inbox: { allowed: [] } },
      additional_recipients: [{ address: 'a@example.com', field: 'from' }],
    })

    expectProblem(escalated, 422, 'invalid_request', [
      '/escalation_id',
      '/escalation_msg',
      '/channel/inbox/allowed',
      '/additional_recipients/0/field',
    ])
    expect((await server.agent.get(path)).json.status.escalations).toEqual([])
  })
})

describe('the name of an inherited member', () => {
  test('is dropped like every unknown one (call.unknown-members-ignored)', async () => {
    const inherited =
      '"__proto__":{"fn":"x"},"constructor":{"prototype":{}},"toString":1,"hasOwnProperty":null,"valueOf":[1]'
    const body = `{"run_id":"r","call_id":"inherited",${inherited},"spec":{"fn":"f","kwargs":{},${inherited},"reject_options":[{"name":"no",${inherited}}]}}`

    const created = await server.agent.post('/v1/function_calls', body)

    expect(created.status).toBe(201)
    expect(created.text).toContain('"spec":{"fn":"f","kwargs":{},"reject_options":[{"name":"no"}]}')
    expect(created.text).not.toContain('constructor')
    expect((await server.agent.get('/v1/function_calls/inherited')).text).toBe(created.text)
    expect(Object.keys(created.json)).toEqual(['run_id', 'call_id', 'spec', 'status'])
    expect(({} as { fn?: string }).fn).toBeUndefined()
  })

  test('is the id of no call', async () => {
    for (const id of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      for (const kind of ['v1/function_calls', 'v1/human_contacts', 'humanlayer/v1/function_calls'])
        expect((await server.agent.get(`/${kind}/${id}`)).status).toBe(404)
  })
})

describe('a schema of a client', () => {
  test.each<[name: string, schema: string, edited: string]>([
    [
      'a bound for each of many long numbers',
      `{"allOf":[${many('{"minimum":1}', 60_000)}]}`,
      `{"a":${'9'.repeat(200_000)}}`,
    ],
    [
      'a bound with very many digits',
      `{"additionalProperties":{"minimum":${'9'.repeat(60_000)}}}`,
      `{"a":${'9'.repeat(200_000)}}`,
    ],
    [
      'the members counted again and again',
      `{"allOf":[${many('{"minProperties":1}', 60_000)}]}`,
      `{${Array.from({ length: 20_000 }, (_, index) => `"${index}":1`).join()}}`,
    ],
    [
      'thousands of names for each item',
      `{"additionalProperties":{"items":{"properties":{${Array.from({ length: 4_000 }, (_, index) => `"k${index}":true`).join()}}}}}`,
      `{"a":[${many('{}', 200_000)}]}`,
    ],
    [
      'long constants for each item',
      `{"additionalProperties":{"items":{"enum":[${many('"a"', 60_000)}]}}}`,
      `{"a":[${many('1', 200_000)}]}`,
    ],
    [
      'huge numbers written in full',
      `{"additionalProperties":{"items":{"const":[${many('1e308', 60_000)}]}}}`,
      `{"a":[${many('[1e308]', 200_000)}]}`,
    ],
    [
      'alternatives of alternatives',
      `{"additionalProperties":{"items":{"oneOf":[${many('{"anyOf":[true,false]}', 60_000)}]}}}`,
      `{"a":[${many('1', 200_000)}]}`,
    ],
  ])('with %s is answered within bounded time (schema.bounded)', async (_name, schema, edited) => {
    const call = JSON.stringify(aFunctionCall({ allow_edit: true, kwargs_schema: 'HERE' })).replace(
      '"HERE"',
      schema,
    )
    const created = await server.agent.post('/v1/function_calls', call)
    expect(created.status).toBe(201)
    const started = performance.now()

    const answered = await server.responder.post(
      `/v1/function_calls/${created.json.call_id}/respond`,
      `{"approved":true,"edited_kwargs":${edited}}`,
    )

    expect(performance.now() - started).toBeLessThan(3_000)
    expect([200, 422]).toContain(answered.status)
    if (answered.status === 422) expectProblem(answered, 422, 'schema_mismatch')
  })
})

describe('a body for HumanLayer', () => {
  const PROFILE = '/humanlayer/v1'

  test.each<[name: string, body: string, status: number, locations: unknown[]]>([
    ['that is no JSON', '{', 400, []],
    ['with a name twice', '{"run_id":1,"run_id":2}', 400, []],
    ['that is a list', '[]', 422, [['body']]],
    [
      'without anything',
      '{}',
      422,
      [
        ['body', 'run_id'],
        ['body', 'call_id'],
        ['body', 'spec'],
      ],
    ],
    [
      'with an id that is too long',
      `{"run_id":"bad","call_id":"${'a'.repeat(129)}","spec":{"fn":"f","kwargs":{}}}`,
      422,
      [['body', 'call_id']],
    ],
    [
      'with a bad option',
      text('"reject_options":[{"name":"a"},{"name":1}]'),
      422,
      [['body', 'spec', 'reject_options', 1, 'name']],
    ],
    [
      'with a bad address',
      text('"channel":{"slack":{"channel_or_user_id":"C"},"email":{"address":"a"}}'),
      422,
      [['body', 'spec', 'channel', 'email', 'address']],
    ],
    [
      'that lists nobody',
      text('"channel":{"slack":{"channel_or_user_id":"C","allowed_responder_ids":[]}}'),
      422,
      [['body', 'spec', 'channel', 'slack', 'allowed_responder_ids']],
    ],
  ])(
    '%s is refused in its way (humanlayer.errors, humanlayer.json-always)',
    async (_name, body, status, locations) => {
      const answer = await server.agent.post(`${PROFILE}/function_calls`, body)

      expect(answer.status).toBe(status)
      expect(answer.headers.get('content-type')).toBe('application/json')
      if (status !== 422) expect(answer.json.detail).toEqual(expect.any(String))
      else
        expect(answer.json.detail).toEqual(
          locations.map((loc) => ({ loc, msg: expect.any(String), type: 'invalid_request' })),
        )
    },
  )

  test('that escalates keeps the rules of the core (humanlayer.escalate-email, humanlayer.errors)', async () => {
    const { call_id } = aFunctionCall()
    await server.agent.post(`${PROFILE}/function_calls`, {
      ...aFunctionCall({ channel: { email: { address: 'a@example.com' } } }),
      call_id,
    })
    const path = `${PROFILE}/agent/function_calls/${call_id}/escalate_email`

    const silent = await server.agent.post(path, { escalation_msg: '' })
    const nowhere = await server.agent.post(path, {
      escalation_msg: 'Now.',
      additional_recipients: [{ address: '' }],
      channel: { slack: { channel_or_user_id: 'C' }, email: { address: 'a' } },
    })

    const locationsOf = (answer: typeof silent) =>
      (answer.json.detail as { loc: unknown[] }[]).map(({ loc }) => loc)
    expect([silent.status, nowhere.status]).toEqual([422, 422])
    expect(locationsOf(silent)).toEqual([['body', 'escalation_msg']])
    expect(locationsOf(nowhere)).toEqual([
      ['body', 'additional_recipients', 0, 'address'],
      ['body', 'channel', 'email', 'address'],
    ])
    expect((await server.agent.get(`/v1/function_calls/${call_id}`)).json.status.escalations).toEqual([])
    expect((await server.agent.post(path, { escalation_msg: 'Now.' })).status).toBe(200)
  })
})

describe('whatever JSON a body is', () => {
  const names = fc.constantFrom(
    'spec',
    'kwargs',
    'channel',
    'any_of',
    'inbox',
    'approved',
    'msg',
    '__proto__',
    'toString',
  )
  const values = fc.constantFrom(
    null,
    true,
    '',
    '\0',
    1e300,
    -0,
    [],
    {},
    [null],
    { inbox: {} },
    { any_of: [{}] },
  )
  const members = fc.dictionary(fc.oneof(names, fc.string()), fc.oneof(values, fc.jsonValue({ maxDepth: 3 })))
  const bodies = fc.oneof(
    fc.jsonValue(),
    members,
    fc.record({ run_id: fc.constant('bad'), call_id: fc.string(), spec: members }),
    fc.record({ run_id: fc.string(), call_id: fc.constant('fuzz'), spec: members }),
  )
  const paths = [
    ...operations.filter(({ method }) => method === 'post').map(({ path }) => path),
    '/humanlayer/v1/function_calls',
    '/humanlayer/v1/contact_requests',
    '/humanlayer/v1/agent/function_calls/{call_id}/respond',
    '/humanlayer/v1/agent/human_contacts/{call_id}/escalate_email',
  ]

  test.each(paths)('%s refuses it with a problem, or takes it (error.problem)', async (path) => {
    const everything = await server.insertKey(['agent', 'responder', 'admin'])
    const [call, contact] = [await ask(server), await askPerson(server)]
    const call_id = (path.includes('function') ? call : contact).split('/').at(-1)!
    const type = path.startsWith('/humanlayer') ? 'application/json' : 'application/problem+json'

    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const answer = await everything.post(path.replace('{call_id}', call_id), JSON.stringify(body))

        expect(answer.status).toBeLessThan(500)
        expect(answer.headers.get('content-type')).toBe(answer.status < 300 ? 'application/json' : type)
      }),
      { numRuns: 30 },
    )
  })
})

/** This part again and again, up to about this length. */
function many(part: string, length: number): string {
  return Array(Math.floor(length / (part.length + 1)))
    .fill(part)
    .join()
}
