import { callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectJson, expectOrder, expectStatus } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { creationOf, opaquePointers, postRaw, specText } from './raw-creation.ts'

const PRECISION = {
  integers: `{"a":9007199254740993,"b":-9007199254740995,"c":[123456789012345678901234567890,-123456789012345678901234567890],
    "d":18446744073709551615,"e":18446744073709551616,"f":-9223372036854775808,"g":-9223372036854775809,"h":0,"i":4294967296,
    "j":100000000000000000000000,"k":1${'0'.repeat(400)},"l":${'7'.repeat(1000)},"m":{"n":[[9007199254740993]]}}`,
  doubles: `{"a":0.1,"b":1E2,"c":1e-7,"d":5e-324,"e":1.7976931348623157e308,"f":-0,"g":-0.0,"h":1.0,"i":3.141592653589793,
    "j":2.2250738585072014e-308,"k":1e21,"l":123456789.12345678,"m":0.30000000000000004,"n":-1.5e+10,"o":1e22,"p":4.35,"q":1e2,"r":[0.1,[0.2]]}`,
  strings: `{"composed":"\u00e9","decomposed":"e\u0301","angstrom":"\u212b","ligature":"\ufb01","hangul":"\u1112\u1161\u11ab","emoji":"\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u{1f1e9}\u{1f1ea}",
    "astral":"\u{10ffff}\u{1f600}","escaped":"\\ud83d\\ude00\\u00e9\\u0065\\u0301","rtl":"\u05e9\u05dc\u05d5\u05dd \u202e\u2066\u0627\u2069","lines":"a\u2028b\u2029c\u0085d",
    "escaped lines":"\\u2028\\u2029","mark":"\ufeffa\ufeff","noncharacters":"\ufffe\uffff\ufdd0","private":"\ue000","nul":"\\u0000","nuls":"a\\u0000b\\u0000",
    "controls":"\\u0001\\u001f\\u007f\u007f\u0080\u009f","whitespace":"  \\t\\r\\n\\n\\r\\b\\f  \u00a0","quotes":"\\"\\\\\\/'\`","empty":"","replacement":"\ufffd",
    "markup":"<script>&amp;</script><!--","template":"\${x}{{x}}%s%00%2F","sql":"'; drop table calls; --","number":"9007199254740993","null":"null","date":"2026-01-01T00:00:00Z",
    "instants":["2026-01-01T00:00:00+01:00","2026-01-01T00:00:00.250-05:30","2026-01-01T00:00:00.1234567Z","2026-01-01","/Date(1767225600000)/"],
    "latin":"Ã©","case":"İıſ"}`,
  names: `{"":{"":[{"":1}]},"__proto__":{"x":1},"constructor":{"prototype":{"y":1}},"toString":"a","hasOwnProperty":null,"toJSON":1,"valueOf":[],"then":1,
    "length":0,"a/b":1,"a~b":2,"~1":3,"a.b":4,"a b":5," ":6,"$ref":"#","$where":1,"\\u0000":7,"\u00e9":8,"e\u0301":9,"A":10,"a":11,"\u{1f600}":12,"\\ud83d\\ude01":13,
    "\u2028":14,"\\"":15,"\\\\":16,"spec":{"state":1},"status":{"state":"approved"},"state":2,"kwargs":3,"channel":{"inbox":{}},"call_id":"other","*":17,"null":18,"${'n'.repeat(2000)}":19}`,
  nulls: `{"a":null,"b":{"c":null},"d":[null,[null],{"e":null}],"f":{},"g":[],"h":[{},[]],"i":false,"j":[true,false,null]}`,
  'lookalike numbers': `{"a":1,"b":1.0,"c":"1","d":true,"e":[1,"1",1.5,"1.5"],"f":1e0,"g":100,"h":1e2}`,
}

/** Opaque values come back as they were sent. */
export const opaqueValueChecks: readonly Check[] = [
  ...Object.entries(PRECISION).map(([name, text]) =>
    check(
      'opaque.values-kept',
      `${name} come back with equal values`,
      { variant: name.replaceAll(' ', '-'), expect: 'accept' },
      async (context) => {
        const shown = await Promise.all(callKinds.map((kind) => everywhere(context, kind, text)))
        for (const [reply, pointers] of shown.flat())
          for (const pointer of pointers) expectJson(reply, pointer, text)
      },
    ),
  ),

  check(
    'opaque.values-kept',
    'long lists and long strings come back whole',
    { variant: 'large', expect: 'accept' },
    async (context) => {
      // Sizes just beyond those at which buffers end, and always characters of several bytes.
      const room = Math.min(context.limits.body_bytes, 2 ** 20)
      const sizes = [4_095, 16_385, 32_769, 65_537, 131_073, 262_145].filter((size) => size < room - 8_192)
      const texts = sizes.map((size) => `{"text":"${'x'.repeat(size % 3)}${'€'.repeat(size / 3)}"}`)
      texts.push(listed(10_000, room), membered(1_500))
      for (const kind of callKinds)
        for (const text of texts) {
          const call_id = context.id(context.nextName())
          const spec = `${JSON.stringify(kind.spec()).slice(0, -1)},"metadata":${text}}`
          const created = await postRaw(context, kind, creationOf(context, call_id, spec))
          expectStatus(created, 201)
          expectJson(created, '/spec/metadata', text)
          expectJson(await context.agent.read(kind, call_id), '/spec/metadata', text)
        }
    },
  ),

  check(
    'opaque.values-kept',
    'opaque values come back equal on the pages of a list',
    { variant: 'listed', expect: 'accept', needs: { claims: ['lists'] } },
    async (context) => {
      for (const kind of callKinds)
        for (const text of [PRECISION.integers, PRECISION.names, PRECISION.nulls]) {
          const call_id = context.id(context.nextName())
          const run_id = `${call_id}.run`
          const body = creationOf(context, call_id, specText(kind, text)).replace(
            `"run_id":"${context.id('run')}"`,
            `"run_id":"${run_id}"`,
          )
          expectStatus(await postRaw(context, kind, body), 201)

          const page = await context.agent.get(`${kind.collection}?run_id=${run_id}`)

          expectStatus(page, 200)
          for (const pointer of opaquePointers(kind)) {
            expectJson(page, `/items/0${pointer}`, text)
            expectOrder(page, `/items/0${pointer}`, text)
          }
        }
    },
  ),

  check(
    'opaque.values-kept',
    'edited arguments come back with equal values',
    {
      variant: 'edited',
      expect: 'accept',
      needs: { claims: ['edit'] },
    },
    async (context) => {
      await context.step('function-call.edit-recorded', async () => {
        const plain = '{"order":43}'
        for (const reply of await edited(context, plain)) expectJson(reply, '/status/edited_kwargs', plain)
      })
      for (const text of Object.values(PRECISION)) {
        const [answered, read] = await edited(context, text)
        for (const reply of [answered, read]) {
          expectJson(reply, '/status/edited_kwargs', text)
          expectJson(reply, '/spec/kwargs', '{"order":42}')
        }
      }
    },
  ),

  check(
    'opaque.values-kept',
    'response data come back with equal values, whatever they are',
    {
      variant: 'data',
      expect: 'accept',
      needs: { claims: ['forms'] },
    },
    async (context) => {
      await context.step('human-contact.data-recorded', async () => {
        const plain = '{"region":"eu"}'
        for (const reply of await dataOf(context, plain)) expectJson(reply, '/status/response_data', plain)
      })
      const values = ['9007199254740993', '-0.5', '""', '"\\u0000"', 'false', '0', '[]', '[null,1e2]']
      const texts = [...values, ...Object.values(PRECISION)]
      const shown = await Promise.all(texts.map((text) => dataOf(context, text)))
      for (const [index, text] of texts.entries())
        for (const reply of shown[index]!) expectJson(reply, '/status/response_data', text)
    },
  ),

  check(
    'opaque.values-kept',
    'a schema comes back with equal values and its members in their order',
    { variant: 'schemas', expect: 'accept', needs: { claims: ['edit', 'forms'] } },
    async (context) => {
      const schema = `{"type":"object","properties":{"b":{"maximum":9007199254740993},"2":{"enum":[1.5,"\\u0000",null]},"1":{"const":12345678901234567890}},
        "description":"e\u0301","default":{"z":null,"a":1}}`
      for (const [kind, member] of [
        [functionCalls, 'kwargs_schema'],
        [humanContacts, 'response_schema'],
      ] as const) {
        const spec = `${JSON.stringify(kind.spec()).slice(0, -1)},"${member}":${schema}}`
        const call_id = context.id(context.nextName())
        const created = await postRaw(context, kind, creationOf(context, call_id, spec))
        expectStatus(created, 201)
        for (const reply of [created, await context.agent.read(kind, call_id)]) {
          expectJson(reply, `/spec/${member}`, schema)
          expectOrder(reply, `/spec/${member}`, schema)
        }
      }
    },
  ),

  check(
    'opaque.order-kept',
    'the members of opaque objects come back in the order in which they were sent',
    { expect: 'accept', after: ['opaque.values-kept'] },
    async (context) => {
      for (const text of ORDERS) {
        const shown = await Promise.all(callKinds.map((kind) => everywhere(context, kind, text)))
        for (const [reply, pointers] of shown.flat())
          for (const pointer of pointers) expectOrder(reply, pointer, text)
      }
    },
  ),

  check(
    'opaque.order-kept',
    'the members of edited arguments come back in the order in which they were sent',
    { variant: 'edited', expect: 'accept', needs: { claims: ['edit'] }, after: ['opaque.values-kept'] },
    async (context) => {
      for (const text of ORDERS)
        for (const reply of await edited(context, text)) expectOrder(reply, '/status/edited_kwargs', text)
    },
  ),

  check(
    'opaque.order-kept',
    'the members of response data come back in the order in which they were sent',
    { variant: 'data', expect: 'accept', needs: { claims: ['forms'] }, after: ['opaque.values-kept'] },
    async (context) => {
      for (const text of ORDERS)
        for (const reply of await dataOf(context, text)) expectOrder(reply, '/status/response_data', text)
    },
  ),
]

const ORDERS = [
  '{"b":1,"2":2,"1":3,"a":4}',
  '{"z":1,"y":{"10":1,"9":2,"-1":3,"01":4,"1.5":5,"4294967295":6,"0":7},"x":[{"b":1,"a":2},[{"2":1,"1":2}]]}',
  '{"b":1,"B":2,"a":3,"A":4,"\u00e9":5,"e\u0301":6,"\u{1f600}":7,"\uffee":8,"__proto__":9,"":10,"toString":11}',
  `{${Array.from({ length: 300 }, (_, index) => `"${(index * 7919) % 1009}k":${index}`).join(',')}}`,
]

/** Every answer in which a call shows its opaque values, with where they stand there. */
async function everywhere(context: Context, kind: CallKind, text: string): Promise<[Reply, string[]][]> {
  const { agent, responder } = context
  const call_id = context.id(context.nextName())
  const body = creationOf(context, call_id, specText(kind, text))
  const created = await postRaw(context, kind, body)
  expectStatus(created, 201)
  const pointers = opaquePointers(kind)
  // State is between the agent and itself: a responder need not see it.
  const seenByAll = pointers.filter((pointer) => pointer !== '/spec/state')

  const pending = await agent.read(kind, call_id)
  const escalated = await agent.escalate(kind, call_id, { escalation_id: 'e', escalation_msg: 'now' })
  const answered = await responder.respond(kind, call_id)
  const final = await agent.read(kind, call_id)
  const repeated = await context.step('call.repeat-returns-existing', async () => {
    const reply = await postRaw(context, kind, body)
    expectStatus(reply, 200)
    return reply
  })
  return [
    [created, pointers],
    [pending, pointers],
    [escalated, pointers],
    [answered, seenByAll],
    [final, pointers],
    [repeated, pointers],
  ]
}

async function edited(context: Context, text: string): Promise<[Reply, Reply]> {
  const { agent, responder } = context
  const call_id = context.id(context.nextName())
  await agent.create(functionCalls, { call_id, spec: { allow_edit: true } })
  const answered = await responder.send({
    method: 'POST',
    path: `${functionCalls.collection}/${call_id}/respond`,
    body: `{"approved":true,"edited_kwargs":${text}}`,
  })
  expectStatus(answered, 200)
  return [answered, await agent.read(functionCalls, call_id)]
}

async function dataOf(context: Context, text: string): Promise<[Reply, Reply]> {
  const { agent, responder } = context
  const call_id = context.id(context.nextName())
  await agent.create(humanContacts, { call_id, spec: { response_schema: {} } })
  const answered = await responder.send({
    method: 'POST',
    path: `${humanContacts.collection}/${call_id}/respond`,
    body: `{"response_data":${text}}`,
  })
  expectStatus(answered, 200)
  return [answered, await agent.read(humanContacts, call_id)]
}

/** A list of so many items, as far as there is room. */
function listed(length: number, room: number): string {
  const most = Math.min(length, Math.floor((room - 8_192) / 8))
  return `{"list":[${Array.from({ length: most }, (_, index) => index * 3).join(',')}]}`
}

function membered(length: number): string {
  return `{${Array.from({ length }, (_, index) => `"m${index}":${index}`).join(',')}}`
}
