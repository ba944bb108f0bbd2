import { callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Outgoing } from '../context.ts'
import { expectStatus, expectValue, valueAt } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Reply } from '../reply.ts'
import { creationText } from './raw-creation.ts'

/** A way to send a request so that it has to be refused, and the requirement that says so. */
type Refusal = readonly [RequirementId, status: number, (text: string) => Partial<Outgoing>, key?: 'nobody']

const member = (value: string) => (text: string) => ({
  body: Buffer.from(`${text.slice(0, -1)},"x_unknown":${value}}`, 'latin1'),
})

const REFUSALS: readonly Refusal[] = [
  ['json.malformed', 400, (text) => ({ body: `${text.slice(0, -1)},"x":}` })],
  ['json.malformed', 400, (text) => ({ body: `${text}${text}` })],
  ['json.utf-8', 400, member('"\xff"')],
  ['json.duplicate-members', 400, member('{"a":1,"a":2}')],
  ['json.lone-surrogates', 400, member('"\\ud800"')],
  ['json.number-range', 400, member('1e400')],
  ['http.media-type', 415, (text) => ({ body: text, headers: { 'content-type': 'text/plain' } })],
  [
    'http.encoding',
    415,
    (text) => ({
      body: text,
      headers: { 'content-type': 'application/json', 'content-encoding': 'x-none' },
    }),
  ],
  ['auth.key-needed', 401, (text) => ({ body: text }), 'nobody'],
]

/** What a server has refused is as if it had never been sent. */
export const refusedRequestChecks: readonly Check[] = [
  check(
    'json.refused-leaves-nothing',
    'a creation that was refused leaves no call, and its id is free',
    { expect: 'reject', after: ['http.unknown-id'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const refusals: readonly Refusal[] = [
          ...REFUSALS,
          ['json.depth', 400, member(lists(context.limits.json_depth))],
          ['json.shape', 422, (text) => ({ body: text.replace('"spec":{', '"spec":{"state":[],') })],
          [
            'json.nul',
            422,
            (text) => ({ body: text.replace('"spec":{', '"spec":{"context":{"summary":"\\u0000"},') }),
          ],
          [
            'feature.requires',
            422,
            (text) => ({ body: text.replace('"spec":{', '"spec":{"requires":["x-no-such-feature"],') }),
          ],
          ['id.pattern', 422, (text) => ({ body: text.replace(/"run_id":"[^"]*"/, '"run_id":"not an id"') })],
        ]
        const refuse = async ([requirement, status, spoil, nobody]: Refusal) => {
          const call_id = context.id(context.nextName())
          const request = {
            method: 'POST',
            path: kind.collection,
            ...spoil(creationText(context, kind, { call_id })),
          }
          await context.step(requirement, async () =>
            expectStatus(await context.send(nobody ?? agent.key, request), status),
          )

          expectStatus(await agent.get(pathOf(kind, call_id)), 404)
          expectStatus(await agent.tryCreate(kind, { call_id, run_id: context.id('another') }), 201)
        }
        await Promise.all(refusals.map(refuse))
      }
    },
  ),

  check(
    'json.refused-leaves-nothing',
    'an answer, a cancellation or an escalation that was refused changes nothing',
    { variant: 'acts', expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        const before = await agent.create(kind, { call_id })
        const acts = [
          { key: responder.key, verb: 'respond', json: kind.answer },
          { key: agent.key, verb: 'cancel', json: { comment: 'no longer needed' } },
          { key: agent.key, verb: 'escalate', json: { escalation_id: 'e', escalation_msg: 'now' } },
        ] as const

        for (const { key, verb, json } of acts) {
          const path = pathOf(kind, call_id, verb)
          const refuse = ([requirement, status, spoil, nobody]: Refusal) =>
            context.step(requirement, async () => {
              const request = { method: 'POST', path, ...spoil(JSON.stringify(json)) }
              expectStatus(await context.send(nobody ?? key, request), status)
            })
          await Promise.all(REFUSALS.map(refuse))
        }
        expectUnchanged(before, await agent.read(kind, call_id))

        for (const [requirement, answer] of wrongAnswers(kind))
          await context.step(requirement, async () =>
            expectStatus(await responder.tryRespond(kind, call_id, answer), 422),
          )
        expectUnchanged(before, await agent.read(kind, call_id))

        await responder.respond(kind, call_id)
      }
    },
  ),

  check(
    'json.refused-leaves-nothing',
    'an act that came too late changes nothing',
    {
      variant: 'too-late',
      expect: 'reject',
      after: ['function-call.first-answer-wins', 'human-contact.first-answer-wins'],
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        await responder.respond(kind, call_id)
        const before = await agent.read(kind, call_id)

        await context.step(kind.requirements.lateConflict, async () =>
          expectStatus(await responder.tryRespond(kind, call_id, kind.otherAnswer), 409),
        )
        await context.step('call.cancel-too-late', async () =>
          expectStatus(await agent.tryCancel(kind, call_id, { comment: 'too late' }), 409),
        )
        await context.step('call.escalate-too-late', async () =>
          expectStatus(
            await agent.tryEscalate(kind, call_id, { escalation_id: 'e', escalation_msg: 'now' }),
            409,
          ),
        )
        await context.step('call.id-conflict', async () =>
          expectStatus(await agent.tryCreate(kind, { call_id, spec: { metadata: { other: true } } }), 409),
        )

        const after = await agent.read(kind, call_id)
        expectUnchanged(before, after)
        expectValue(after, '/spec/metadata', undefined)
      }
    },
  ),
]

function wrongAnswers(kind: CallKind): (readonly [RequirementId, Record<string, unknown>])[] {
  return kind === functionCalls
    ? [
        ['function-call.respond-shape', { comment: 'go ahead' }],
        ['json.shape', { approved: true, comment: 1 }],
        ['json.nul', { approved: true, comment: '\u0000' }],
        ['function-call.reject-option-unknown', { approved: false, reject_option_name: 'unknown' }],
        ['function-call.reject-option-denies', { approved: true, reject_option_name: 'unknown' }],
      ]
    : [
        ['human-contact.answer-not-empty', {}],
        ['json.shape', { response: 1 }],
        ['json.nul', { response: '\u0000' }],
        ['human-contact.option-unknown', { response: 'eu-west', response_option_name: 'unknown' }],
      ]
}

/** The members of a status that only an accepted act changes; contacts go on by themselves. */
const DECIDED = [
  'state',
  'approved',
  'comment',
  'reject_option_name',
  'edited_kwargs',
  'response',
  'response_option_name',
  'response_data',
  'responses',
  'responder',
  'responded_at',
  'completed_at',
  'escalations',
  'requested_at',
  'requested_by',
  'channel',
]

function expectUnchanged(before: Reply, after: Reply): void {
  for (const name of DECIDED)
    expectValue(after, `/status/${name}`, valueAt(before.json, `/status/${name}`) as unknown)
}

function lists(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}
