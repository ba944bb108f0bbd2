import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  aFunctionCall,
  aHumanContact,
  BODY_BYTES,
  expectProblem,
  newId,
  startTestServer,
  type Client,
  type TestServer,
} from './test-server.ts'

let server: TestServer
let both: Client

beforeAll(async () => {
  server = await startTestServer()
  both = await server.insertKey(['agent', 'responder'])
})

afterAll(() => server.close())

/** Sends an opaque object in every place that takes one, and expects it to come back as that very text. */
async function expectKept(object: string): Promise<void> {
  const call_id = newId('value')
  const spec = `{"fn":"f","kwargs":${object},"state":${object},"metadata":${object},"allow_edit":true}`

  const created = await both.post(
    '/v1/function_calls',
    `{"run_id":"r","call_id":"${call_id}","spec":${spec}}`,
  )
  expect(created.status).toBe(201)
  expect(created.text).toContain(`"spec":${spec}`)

  const path = `/v1/function_calls/${call_id}`
  const answered = await both.post(`${path}/respond`, `{"approved":true,"edited_kwargs":${object}}`)
  expect(answered.text).toContain(`"spec":${spec}`)
  expect(answered.text).toContain(`"edited_kwargs":${object}`)

  expect((await both.get(path)).text).toBe(answered.text)
  expect((await both.get('/v1/function_calls?limit=1')).json.items[0]).toEqual(answered.json)
  const shown = await both.get(`/humanlayer${path}`)
  expect(shown.text).toContain(`"kwargs":${object}`)
}

describe('an opaque value', () => {
  test.each<[name: string, object: string]>([
    [
      'integers beyond 2^53',
      '{"a":9007199254740993,"b":-9007199254740995,"c":[123456789012345678901234567890]}',
    ],
    ['an integer of a thousand digits', `{"a":${'7'.repeat(1000)}}`],
    ['the smallest and the largest doubles', '{"a":5e-324,"b":1.7976931348623157e308,"c":0.1,"d":1e-400}'],
    ['numbers in every spelling', '{"a":1.0,"b":1E2,"c":-0,"d":0.10,"e":1e+2,"f":-0.0}'],
    ['null members', '{"a":null,"b":[null,{"c":null}]}'],
    [
      'members in their order, integer-like ones too',
      '{"b":1,"10":1,"9":1,"a":1,"1":1,"-1":1,"01":1,"4294967296":1}',
    ],
    ['both unicode normal forms', '{"\u00e9":"\u00e9","e\u0301":"e\u0301","\u212b":"\u00c5"}'],
    ['line separators', '{"\u2028":"a\u2028b\u2029c\u0085"}'],
    ['characters beyond the basic plane', '{"\u{1f600}":"\u{10ffff}\ufeff\ufffe"}'],
    ['escapes as they were written', '{"a":"\\u0041\\/\\ud83d\\ude00\\u2028\\n\\"\\\\"}'],
    ['NUL', '{"a":"\\u0000","\\u0000":"a\\u0000b"}'],
    [
      'names of inherited members',
      '{"__proto__":{"x":1},"constructor":1,"toString":null,"hasOwnProperty":[]}',
    ],
    ['the empty name', '{"":{"":""}}'],
    ['names of the protocol', '{"spec":{"state":1},"state":{"kwargs":1},"channel":{"inbox":{}},"*":{"a":1}}'],
    ['white space', '{ "a" :\t[ 1 ,\n2 ]\r\n}'],
    ['an empty object', '{}'],
    ['text that looks like code', `{"a":"'); drop table function_calls; --","b":"<script>","c":"\${x}"}`],
  ])('keeps %s (opaque.values-kept, opaque.order-kept)', (_name, object) => expectKept(object))

  test('keeps whatever JSON there is (opaque.values-kept, opaque.order-kept)', async () => {
    const object = fc.dictionary(
      fc.string({ unit: 'binary' }),
      fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }),
    )
    const wellFormed = object
      .map((value) => JSON.stringify(value))
      .filter((text) => !/\\ud[89a-f]/i.test(text))

    await fc.assert(fc.asyncProperty(wellFormed, expectKept), { numRuns: 60 })
  })

  test('of a human contact comes back too (human-contact.data-recorded)', async () => {
    const { call_id } = (await both.post('/v1/human_contacts', aHumanContact())).json
    const data = '[1.0,{"2":null,"1":9007199254740993},"\\u0000",-0]'

    const answered = await both.post(`/v1/human_contacts/${call_id}/respond`, `{"response_data":${data}}`)

    expect(answered.text).toContain(`"response_data":${data}`)
    const shown = await both.get(`/humanlayer/v1/human_contacts/${call_id}`)
    expect(shown.json.status.response).toBe(data)
  })
})

describe('a text outside opaque values', () => {
  test.each([
    '\u00e9 e\u0301',
    'a\u2028b\u2029',
    '\u{1f600}\ufeff',
    '\u0001\u001f\u007f',
    '\\ " / \b\f\n\r\t',
    '__proto__',
    '\u202e',
  ])('comes back code point by code point: %j (call.spec-returned)', async (text) => {
    const call = aFunctionCall({ fn: text, context: { summary: text }, reject_options: [{ name: text }] })

    const created = await both.post('/v1/function_calls', call)
    const answered = await both.post(`/v1/function_calls/${call.call_id}/respond`, {
      approved: false,
      comment: text,
      reject_option_name: text,
    })

    expect(created.json.spec).toEqual(call.spec)
    expect(answered.json.status).toMatchObject({ comment: text, reject_option_name: text })
    expect((await both.get(`/v1/function_calls/${call.call_id}`)).json).toEqual(answered.json)
  })

  test('cannot hold NUL (json.nul)', async () => {
    const call = aFunctionCall()
    await both.post('/v1/function_calls', call)

    const answered = await both.post(`/v1/function_calls/${call.call_id}/respond`, {
      approved: true,
      comment: 'a\0b',
    })

    expectProblem(answered, 422, 'invalid_request', ['/comment'])
    expect((await both.get(`/v1/function_calls/${call.call_id}`)).json.status.state).toBe('pending')
  })
})

describe('a limit', () => {
  test('takes a body of exactly its size and none with a byte more (json.body-limit)', async () => {
    const exact = sized(BODY_BYTES)
    const over = sized(BODY_BYTES + 1)

    const taken = await both.post('/v1/function_calls', exact.body)
    const refused = await both.post('/v1/function_calls', over.body)

    expect(Buffer.byteLength(exact.body)).toBe(BODY_BYTES)
    expect(taken.status).toBe(201)
    expect(taken.text).toContain(JSON.stringify(JSON.parse(exact.body).spec.metadata))
    expectProblem(refused, 413, 'body_too_large')
    expect((await both.get(`/v1/function_calls/${over.call.call_id}`)).status).toBe(404)
  })

  test('takes a chunked body of exactly its size (json.body-limit)', async () => {
    const body = JSON.stringify(aFunctionCall()).padEnd(BODY_BYTES)

    const answer = await server.raw(
      `POST /v1/function_calls HTTP/1.1\r\nhost: x\r\nauthorization: Bearer agent-key\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${BODY_BYTES.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
    )

    expect(answer).toMatch(/^HTTP\/1.1 201 /)
  })

  test('takes nesting of exactly its depth and none deeper (json.depth)', async () => {
    const { json_depth } = (await server.nobody.get('/.well-known/countersign')).json.limits

    const deepest = await both.post('/v1/function_calls', callOf(json_depth))
    const deeper = await both.post('/v1/function_calls', callOf(json_depth + 1))

    expect(deepest.text).toContain(`"kwargs":${kwargsOf(json_depth)}`)
    expect((await both.get(`/v1/function_calls/deep_${json_depth}`)).text).toBe(deepest.text)
    expect((await both.post('/v1/function_calls/deep_64/respond', { approved: true })).status).toBe(200)
    expectProblem(deeper, 400, 'malformed_body')
    expect((await both.get(`/v1/function_calls/deep_${json_depth + 1}`)).status).toBe(404)
  })
})

/** A call whose body has exactly this many bytes, one character of them of two. */
function sized(bytes: number): { call: { call_id: string }; body: string } {
  const call = aFunctionCall({ metadata: { text: 'é' } })
  const padding = 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(call)))
  return {
    call,
    body: JSON.stringify({ ...call, spec: { ...call.spec, metadata: { text: `é${padding}` } } }),
  }
}

/** The body, its spec and the kwargs are the first three levels. */
function kwargsOf(depth: number): string {
  return `{"a":${'['.repeat(depth - 3)}${']'.repeat(depth - 3)}}`
}

function callOf(depth: number): string {
  return `{"run_id":"r","call_id":"deep_${depth}","spec":{"fn":"f","kwargs":${kwargsOf(depth)}}}`
}
