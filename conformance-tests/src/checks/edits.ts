import { functionCalls, pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Actor } from '../actors/actor.ts'
import type { Context } from '../context.ts'
import { decisionIn, expectDecision } from '../decision.ts'
import { expectJson, expectProblem, expectStatus, expectValue } from '../expectations.ts'
import { EXACT_MEMBERS } from './exact-values.ts'
import { expectPlacesAt } from './places.ts'
import { createLimited } from './schema-verdicts.ts'

/** Approves with arguments that are sent exactly as written. */
export function approveWith(responder: Actor, call_id: string, edited_kwargs: string, more = '') {
  return responder.send({
    method: 'POST',
    path: pathOf(functionCalls, call_id, 'respond'),
    body: `{"approved":true${more},"edited_kwargs":${edited_kwargs}}`,
  })
}

/** The same as a step, for checks of something else. */
function approveEdited(context: Context, call_id: string, edited_kwargs: string) {
  return context.step('function-call.edit-recorded', async () => {
    const reply = await approveWith(context.responder, call_id, edited_kwargs)
    expectStatus(reply, 200)
    expectJson(reply, '/status/edited_kwargs', edited_kwargs)
  })
}

const EDITABLE = { allow_edit: true }

export const editChecks: readonly Check[] = [
  check(
    'function-call.edit-recorded',
    'edited arguments are shown value for value, and the arguments as they were asked stay',
    { expect: 'accept', after: ['opaque.values-kept', 'call.spec-immutable'] },
    async (context) => {
      const { agent, responder } = context
      const kwargs = { amount: 1250, to: 'Ana', note: null }
      for (const edited of [
        EXACT_MEMBERS,
        '{"amount":625}',
        '{"amount":1250,"to":"Ana","note":null}',
        '{"to":null}',
        '{}',
        '{"amount":{"value":6.25,"list":[[],{},null,false,0,""]},"__proto__":1,"constructor":2}',
      ]) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec: { ...EDITABLE, kwargs } })

        const decided = await approveWith(responder, call_id, edited)

        expectStatus(decided, 200)
        for (const reply of [decided, await agent.read(functionCalls, call_id)]) {
          expectValue(reply, '/status/state', 'approved')
          expectJson(reply, '/status/edited_kwargs', edited)
          expectJson(reply, '/spec/kwargs', JSON.stringify(kwargs))
        }
      }
    },
  ),

  check(
    'function-call.edit-recorded',
    'large edited arguments are shown whole',
    {
      variant: 'large',
      expect: 'accept',
      after: ['opaque.values-kept', 'discovery.limits-generous', 'json.body-limit'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('large')
      const edited = JSON.stringify({
        text: 'ä'.repeat(20_000),
        list: Array.from({ length: 2_000 }, (_, n) => n),
      })
      await agent.create(functionCalls, { call_id, spec: EDITABLE })

      const decided = await approveWith(responder, call_id, edited)

      expectStatus(decided, 200)
      for (const reply of [decided, await agent.read(functionCalls, call_id)])
        expectJson(reply, '/status/edited_kwargs', edited)
    },
  ),

  check(
    'function-call.edit-not-allowed',
    'edited arguments are refused where the agent did not allow them',
    { expect: 'reject', after: ['json.null-is-absent'] },
    async (context) => {
      const { agent, responder } = context
      for (const spec of [
        {},
        { allow_edit: false },
        { kwargs_schema: { type: 'object' } },
        { allow_edit: null },
      ]) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec })

        for (const edited of ['{"order":43}', '{"order":42}', '{}'])
          expectProblem(await approveWith(responder, call_id, edited), 422, 'edit_not_allowed')

        expectStatus(await responder.tryRespond(functionCalls, call_id, { approved: true }), 200)
      }
      const editable = context.id('editable')
      await agent.create(functionCalls, { call_id: editable, spec: EDITABLE })
      expectStatus(await approveWith(responder, editable, '{"order":43}'), 200)
    },
  ),

  check(
    'function-call.edit-schema',
    'edited arguments that break kwargs_schema are refused with the place, and others are accepted',
    { expect: 'reject' },
    async (context) => {
      const { responder } = context
      const kwargs_schema = {
        type: 'object',
        properties: { amount: { type: 'integer', maximum: 100 }, 'to/from': { items: { type: 'string' } } },
        required: ['amount'],
        additionalProperties: false,
      }
      const call_id = await createLimited(context, 'kwargs_schema', JSON.stringify(kwargs_schema))

      for (const [edited, place] of [
        ['{}', '/edited_kwargs/amount'],
        ['{"amount":101}', '/edited_kwargs/amount'],
        ['{"amount":"5"}', '/edited_kwargs/amount'],
        ['{"amount":5,"note":"x"}', '/edited_kwargs/note'],
        ['{"amount":5,"to/from":["a",1]}', '/edited_kwargs/to~1from/1'],
      ] as const) {
        const reply = await approveWith(responder, call_id, edited)

        expectProblem(reply, 422, 'schema_mismatch')
        expectPlacesAt(reply, place)
      }
      const decided = await approveWith(responder, call_id, '{"amount":100,"to/from":["a"]}')
      expectStatus(decided, 200)
    },
  ),

  check(
    'function-call.edit-with-denial',
    'a denial with edited arguments is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('editable')
      await agent.create(functionCalls, {
        call_id,
        spec: { ...EDITABLE, reject_options: [{ name: 'too-much' }] },
      })

      for (const more of [{}, { comment: 'Half of it.' }, { reject_option_name: 'too-much' }])
        for (const edited_kwargs of [{ order: 43 }, { order: 42 }, {}]) {
          const reply = await responder.tryRespond(functionCalls, call_id, {
            approved: false,
            edited_kwargs,
            ...more,
          })

          expectStatus(reply, 422)
        }
      const denied = await responder.tryRespond(functionCalls, call_id, {
        approved: false,
        edited_kwargs: null,
        reject_option_name: 'too-much',
      })
      expectStatus(denied, 200)
      expectValue(denied, '/status/state', 'denied')
    },
  ),

  check(
    'function-call.edit-effective',
    'status.allow_edit says whether edited arguments are accepted, from the beginning to the end',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const [spec, effective] of [
        [{}, false],
        [{ allow_edit: false }, false],
        [{ allow_edit: true }, true],
        [{ kwargs_schema: { type: 'object' } }, false],
        [{ allow_edit: true, kwargs_schema: { type: 'object' } }, true],
      ] as const) {
        const call_id = context.id(context.nextName())
        const created = await agent.create(functionCalls, { call_id, spec })
        const decided = await responder.respond(functionCalls, call_id)

        for (const reply of [created, decided, await agent.read(functionCalls, call_id)])
          expectValue(reply, '/status/allow_edit', effective)
      }
    },
  ),

  check(
    'function-call.same-answer-again',
    'edited arguments are the same when their values are equal',
    {
      variant: 'edits',
      expect: 'accept',
      needs: { claims: ['edit'] },
      after: ['function-call.responses-recorded', 'function-call.edit-recorded'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('edited')
      await agent.create(functionCalls, { call_id, spec: EDITABLE })
      await approveEdited(context, call_id, '{"order":43,"parts":[1,2],"who":"Ana"}')
      const shown = await agent.read(functionCalls, call_id)

      for (const again of [
        '{"order":43,"parts":[1,2],"who":"Ana"}',
        '{ "who" : "\\u0041na", "parts": [1.0, 2e0], "order": 43 }',
      ]) {
        const reply = await approveWith(responder, call_id, again)

        expectStatus(reply, 200)
        expectDecision(reply, decisionIn(shown))
      }
    },
  ),

  check(
    'function-call.late-answer-conflict',
    'an approval with other arguments, or with none, is refused once one was accepted',
    {
      variant: 'edits',
      expect: 'reject',
      needs: { claims: ['edit'] },
      after: ['function-call.first-answer-wins', 'function-call.edit-recorded'],
    },
    async (context) => {
      const { agent, responder } = context
      const [edited, plain] = [context.id('edited'), context.id('plain')]
      const first = '{"order":9007199254740993,"parts":[1,2],"note":null}'
      for (const call_id of [edited, plain])
        await agent.create(functionCalls, { call_id, spec: { ...EDITABLE, kwargs: { order: 42 } } })
      await approveEdited(context, edited, first)
      await responder.respond(functionCalls, plain, { approved: true })

      for (const different of [
        '{"order":9007199254740992,"parts":[1,2],"note":null}',
        '{"order":9007199254740993,"parts":[2,1],"note":null}',
        '{"order":9007199254740993,"parts":[1,2]}',
        '{"order":"9007199254740993","parts":[1,2],"note":null}',
        '{"order":42}',
        '{}',
      ]) {
        const reply = await approveWith(responder, edited, different)

        expectProblem(reply, 409, 'already_responded')
        expectJson(reply, '/winning_status/edited_kwargs', first)
      }
      const without = await responder.tryRespond(functionCalls, edited, { approved: true })
      expectProblem(without, 409, 'already_responded')
      const withEdits = await approveWith(responder, plain, '{"order":42}')
      expectProblem(withEdits, 409, 'already_responded')
    },
  ),
]
