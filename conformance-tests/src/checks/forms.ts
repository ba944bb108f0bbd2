import type { Actor } from '../actors/actor.ts'
import { humanContacts, pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { decisionIn, expectDecision } from '../decision.ts'
import { expectJson, expectProblem, expectStatus, expectValue } from '../expectations.ts'
import { EXACT_MEMBERS } from './exact-values.ts'
import { expectPlacesAt } from './places.ts'
import { createLimited } from './schema-verdicts.ts'

/** Answers with data that is sent exactly as written. */
function answerWith(responder: Actor, call_id: string, response_data: string, more = '') {
  return responder.send({
    method: 'POST',
    path: pathOf(humanContacts, call_id, 'respond'),
    body: `{${more}"response_data":${response_data}}`,
  })
}

/** Every kind of JSON value but null, which stands for no data at all. */
const VALUES = [
  '0',
  'false',
  '""',
  '{}',
  '[]',
  '[null]',
  '"text"',
  '9007199254740993',
  '-2.5e-7',
  EXACT_MEMBERS,
]

export const formChecks: readonly Check[] = [
  check(
    'human-contact.data-recorded',
    'accepted data is shown value for value',
    { expect: 'accept', after: ['opaque.values-kept'] },
    async (context) => {
      const { agent, responder } = context
      for (const data of VALUES) {
        const call_id = context.id(context.nextName())
        await agent.create(humanContacts, { call_id, spec: { response_schema: {} } })

        const answered = await answerWith(responder, call_id, data)

        expectStatus(answered, 200)
        for (const reply of [answered, await agent.read(humanContacts, call_id)]) {
          expectValue(reply, '/status/state', 'answered')
          expectJson(reply, '/status/response_data', data)
        }
      }
    },
  ),

  check(
    'human-contact.data-recorded',
    'large data is shown whole, and defaults of the schema are not filled in',
    {
      variant: 'large',
      expect: 'accept',
      after: ['opaque.values-kept', 'discovery.limits-generous', 'json.body-limit'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('large')
      const data = JSON.stringify({
        text: 'ä'.repeat(20_000),
        list: Array.from({ length: 2_000 }, (_, n) => n),
      })
      const response_schema = { properties: { more: { type: 'string', default: 'x' } }, default: {} }
      await agent.create(humanContacts, { call_id, spec: { response_schema } })

      const answered = await answerWith(responder, call_id, data)

      expectStatus(answered, 200)
      for (const reply of [answered, await agent.read(humanContacts, call_id)])
        expectJson(reply, '/status/response_data', data)
    },
  ),

  check(
    'human-contact.data-required',
    'an answer without data is refused where data is asked for',
    { expect: 'reject', after: ['json.null-is-absent'] },
    async (context) => {
      const { agent, responder } = context
      for (const response_schema of [{ type: 'object' }, {}, { type: ['object', 'null'] }]) {
        const call_id = context.id(context.nextName())
        const response_options = [{ name: 'new' }]
        await agent.create(humanContacts, { call_id, spec: { response_schema, response_options } })

        for (const answer of [
          { response: 'no data' },
          { response: '{}' },
          { response_option_name: 'new' },
          { response: 'no data', response_data: null },
        ])
          expectProblem(await responder.tryRespond(humanContacts, call_id, answer), 422, 'schema_mismatch')

        const answered = await responder.tryRespond(humanContacts, call_id, { response_data: {} })
        expectStatus(answered, 200)
      }
    },
  ),

  check(
    'human-contact.data-schema',
    'data that breaks response_schema is refused with the place, and other data is accepted',
    { expect: 'reject' },
    async (context) => {
      const { responder } = context
      const response_schema = {
        type: 'object',
        properties: { city: { type: 'string', minLength: 1 }, 'from/to': { items: { type: 'integer' } } },
        required: ['city'],
        additionalProperties: false,
      }
      const call_id = await createLimited(context, 'response_schema', JSON.stringify(response_schema))

      for (const [data, place] of [
        ['{}', '/response_data/city'],
        ['{"city":""}', '/response_data/city'],
        ['{"city":5}', '/response_data/city'],
        ['{"city":"Rome","zip":"x"}', '/response_data/zip'],
        ['{"city":"Rome","from/to":[1,"2"]}', '/response_data/from~1to/1'],
        ['"Rome"', '/response_data'],
      ] as const)
        for (const more of ['', '"response":"in words too",']) {
          const reply = await answerWith(responder, call_id, data, more)

          expectProblem(reply, 422, 'schema_mismatch')
          expectPlacesAt(reply, place)
        }
      expectStatus(await answerWith(responder, call_id, '{"city":"Rome","from/to":[1,2]}'), 200)
    },
  ),

  check(
    'human-contact.data-unasked',
    'any data is accepted where none is asked for',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const data of VALUES) {
        const call_id = context.id(context.nextName())
        await agent.create(humanContacts, { call_id })

        const answered = await answerWith(responder, call_id, data)

        expectStatus(answered, 200)
        expectValue(answered, '/status/state', 'answered')
      }
    },
  ),

  check(
    'human-contact.data-alone',
    'an answer that is data alone has no text, and one with both has both',
    { expect: 'accept', after: ['human-contact.respond-answers', 'human-contact.data-unasked'] },
    async (context) => {
      const { agent, responder } = context
      for (const response_schema of [{}, undefined]) {
        const [alone, both] = [context.id(context.nextName()), context.id(context.nextName())]
        for (const call_id of [alone, both])
          await agent.create(humanContacts, { call_id, spec: { response_schema } })

        const dataAlone = await answerWith(responder, alone, '"eu-west"')
        const textToo = await answerWith(responder, both, '"eu-west"', '"response":"Take this one.",')

        for (const reply of [dataAlone, await agent.read(humanContacts, alone)]) {
          expectStatus(reply, 200)
          expectValue(reply, '/status/state', 'answered')
          expectValue(reply, '/status/response', null)
        }
        for (const reply of [textToo, await agent.read(humanContacts, both)])
          expectValue(reply, '/status/response', 'Take this one.')
      }
    },
  ),

  check(
    'human-contact.same-answer-again',
    'data is the same when its values are equal',
    {
      variant: 'data',
      expect: 'accept',
      needs: { claims: ['forms'] },
      after: ['human-contact.responses-recorded', 'human-contact.data-recorded', 'human-contact.data-alone'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('answered')
      await agent.create(humanContacts, { call_id })
      await answeredWith(context, call_id, '{"order":43,"parts":[1,2],"who":"Ana"}')
      const shown = await agent.read(humanContacts, call_id)

      for (const again of [
        '{"order":43,"parts":[1,2],"who":"Ana"}',
        '{ "who" : "\\u0041na", "parts": [1.0, 2e0], "order": 43 }',
      ]) {
        const reply = await answerWith(responder, call_id, again)

        expectStatus(reply, 200)
        expectDecision(reply, decisionIn(shown))
      }
    },
  ),

  check(
    'human-contact.late-answer-conflict',
    'an answer with other data, or with none, is refused once one was accepted',
    {
      variant: 'data',
      expect: 'reject',
      needs: { claims: ['forms'] },
      after: ['human-contact.first-answer-wins', 'human-contact.data-recorded'],
    },
    async (context) => {
      const { agent, responder } = context
      const first = '{"order":9007199254740993,"parts":[1,2],"note":null}'
      const call_id = context.id('answered')
      await agent.create(humanContacts, { call_id })
      await answeredWith(context, call_id, first, '"response":"that one",')

      for (const different of [
        '{"order":9007199254740992,"parts":[1,2],"note":null}',
        '{"order":9007199254740993,"parts":[2,1],"note":null}',
        '{"order":9007199254740993,"parts":[1,2]}',
        '{"order":"9007199254740993","parts":[1,2],"note":null}',
        '0',
        '{}',
      ]) {
        const reply = await answerWith(responder, call_id, different, '"response":"that one",')

        expectProblem(reply, 409, 'already_responded')
        expectJson(reply, '/winning_status/response_data', first)
      }
      const without = await responder.tryRespond(humanContacts, call_id, { response: 'that one' })
      expectProblem(without, 409, 'already_responded')
    },
  ),
]

/** Answers as a step, for checks of something else. */
function answeredWith(context: Context, call_id: string, data: string, more?: string) {
  return context.step('human-contact.data-unasked', async () => {
    const reply = await answerWith(context.responder, call_id, data, more)
    expectStatus(reply, 200)
    expectValue(reply, '/status/state', 'answered')
  })
}
