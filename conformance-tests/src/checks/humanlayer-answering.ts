import {
  inProfile,
  profileFunctionCalls,
  profileHumanContacts,
  profileKinds,
  type HumanLayerKind,
} from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { ANSWERING, CREATING, DECIDED, ENDING, PATHS } from './humanlayer-causes.ts'

export const humanlayerAnsweringChecks: readonly Check[] = [
  check(
    'humanlayer.pending-function-call',
    'a pending function call has a status with its time and without a decision',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const [here, native] = [context.id('here'), context.id('native')]

      const created = await agent.create(profileFunctionCalls, { call_id: here })
      await context.agent.create(profileFunctionCalls.core, { call_id: native })

      for (const reply of [
        created,
        await agent.read(profileFunctionCalls, here),
        await responder.readNative(profileFunctionCalls, native),
      ]) {
        expectValue(reply, '/status/approved', null)
        expectInstant(reply, '/status/requested_at')
      }
    },
  ),

  check(
    'humanlayer.pending-human-contact',
    'a pending human contact has null for its status',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const [here, native] = [context.id('here'), context.id('native')]

      const created = await agent.create(profileHumanContacts, { call_id: here })
      await context.agent.create(profileHumanContacts.core, { call_id: native })

      for (const reply of [
        created,
        await agent.read(profileHumanContacts, here),
        await responder.readNative(profileHumanContacts, native),
      ])
        expectValue(reply, '/status', null)
    },
  ),

  check(
    'humanlayer.pending-unanswered',
    'a pending call has no responded_at, and an answered one has',
    { expect: 'accept', after: [...CREATING, ...ANSWERING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const created = await agent.create(kind, { call_id })
        const read = await agent.read(kind, call_id)
        const answered = await responder.respond(kind, call_id)

        for (const reply of [created, read]) {
          expectValue(reply, '/call_id', call_id)
          const status = (reply.json?.status ?? {}) as object
          expectThat(!('responded_at' in status), 'no responded_at', show(status), {
            reply,
            pointer: '/status/responded_at',
          })
        }
        expectInstant(answered, '/status/responded_at')
      }
    },
  ),

  check(
    'humanlayer.denial-comment',
    'a denial has a comment, however it was written',
    {
      expect: 'accept',
      after: [...ANSWERING, 'function-call.comment-default', 'function-call.terminal-comment', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      // Go leaves an empty comment out, Python writes null, others write the empty text.
      for (const [index, comment] of [undefined, null, '', 'Not on a Friday.'].entries()) {
        const call_id = context.id(`here${index}`)
        await agent.create(profileFunctionCalls, { call_id })

        const denied = await responder.tryRespond(profileFunctionCalls, call_id, { approved: false, comment })

        expectStatus(denied, 200)
        for (const reply of [denied, await agent.read(profileFunctionCalls, call_id)])
          expectDenial(reply, comment ?? '')
      }

      const natively = context.id('native')
      await context.agent.create(profileFunctionCalls.core, { call_id: natively })
      await context.responder.respond(profileFunctionCalls.core, natively, { approved: false })
      expectDenial(await agent.readNative(profileFunctionCalls, natively), '')
    },
  ),

  check(
    'humanlayer.denial-comment',
    'a reject option without a comment brings its text',
    {
      expect: 'accept',
      variant: 'option',
      after: [...ANSWERING, 'function-call.reject-option-text', 'function-call.terminal-comment', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const call_id = context.id('one')
      const reject_options = [{ name: 'never' }, { name: 'later', prompt_fill: 'Ask me tomorrow.' }]
      await agent.create(profileFunctionCalls, { call_id, spec: { reject_options } })

      const denied = await responder.tryRespond(profileFunctionCalls, call_id, {
        approved: false,
        comment: null,
        reject_option_name: 'later',
      })

      expectStatus(denied, 200)
      expectDenial(denied, 'Ask me tomorrow.')
      expectValue(denied, '/status/reject_option_name', 'later')
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'an option without a text brings a text',
    { expect: 'accept', after: [...ANSWERING, 'human-contact.option-text', ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const response_options = [
        { name: 'plain' },
        { name: 'titled', title: 'The title' },
        { name: 'filled', title: 'Another', prompt_fill: 'The text' },
      ]
      for (const [name, text, response] of [
        ['plain', 'plain', undefined],
        ['titled', 'The title', null],
        ['filled', 'The text', ''],
        ['filled', 'My own words', 'My own words'],
      ] as const) {
        const call_id = context.id(`${name}${response?.length ?? 'x'}`)
        await agent.create(profileHumanContacts, { call_id, spec: { response_options } })

        const answered = await responder.tryRespond(profileHumanContacts, call_id, {
          response,
          response_option_name: name,
        })

        expectStatus(answered, 200)
        for (const reply of [answered, await agent.read(profileHumanContacts, call_id)]) {
          expectValue(reply, '/status/response', text)
          expectValue(reply, '/status/response_option_name', name)
        }
      }
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'data alone is shown as its JSON text, whatever it is',
    {
      expect: 'accept',
      variant: 'data',
      needs: { claims: ['forms'] },
      after: [
        ...ANSWERING,
        'human-contact.data-recorded',
        'human-contact.data-unasked',
        'human-contact.data-alone',
        ...PATHS,
      ],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const [index, response_data] of [{ count: 3 }, [], false, 0, ''].entries()) {
        const call_id = context.id(`data${index}`)
        await context.agent.create(profileHumanContacts.core, { call_id })
        await context.responder.respond(profileHumanContacts.core, call_id, { response_data })

        const shown = await agent.readNative(profileHumanContacts, call_id)

        const text: unknown = valueAt(shown.json, '/status/response')
        expectThat(
          typeof text === 'string' && text.replaceAll(/\s/g, '') === JSON.stringify(response_data),
          `the JSON text of ${show(response_data)}`,
          show(text),
          { reply: shown, pointer: '/status/response' },
        )
      }
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'a text beside data is shown and not the data',
    {
      expect: 'accept',
      variant: 'text-and-data',
      needs: { claims: ['forms'] },
      after: [...ANSWERING, 'human-contact.data-unasked', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      const call_id = context.id('one')
      await context.agent.create(profileHumanContacts.core, { call_id })
      const answer = { response: 'three', response_data: { count: 3 } }
      await context.responder.respond(profileHumanContacts.core, call_id, answer)

      const shown = await agent.readNative(profileHumanContacts, call_id)

      expectValue(shown, '/status/response', 'three')
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'an empty answer answers nothing',
    {
      expect: 'reject',
      variant: 'nothing-said',
      after: [...ANSWERING, 'human-contact.answer-not-empty', 'humanlayer.pending-human-contact', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const call_id = context.id('one')
      await agent.create(profileHumanContacts, { call_id })

      const answered = await responder.tryRespond(profileHumanContacts, call_id, { response: '' })

      const shown = await agent.read(profileHumanContacts, call_id)
      expectThat(answered.status >= 400, 'a refusal', `HTTP ${answered.status}`, { reply: answered })
      expectValue(shown, '/call_id', call_id)
      expectThat((shown.json?.status ?? null) === null, 'a pending contact', show(shown.json?.status), {
        reply: shown,
      })
    },
  ),

  check(
    'humanlayer.second-answer-conflict',
    'every second answer is a conflict and changes nothing',
    { expect: 'reject', after: [...ANSWERING, ...DECIDED, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        await responder.respond(kind, call_id)

        const same = await responder.tryRespond(kind, call_id)
        const different = await responder.tryRespond(kind, call_id, kind.core.otherAnswer)

        for (const reply of [same, different]) expectProblem(reply, 409)
        expectDecision(await agent.read(kind, call_id), kind)
      }
    },
  ),

  check(
    'humanlayer.second-answer-conflict',
    'an answer to a call that was answered or cancelled natively is a conflict',
    { expect: 'reject', variant: 'natively', after: [...ANSWERING, ...DECIDED, ...ENDING, ...PATHS] },
    async (context) => {
      const { agent, responder, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const [answered, cancelled] = [context.id('answered'), context.id('cancelled')]
        await agent.create(kind, { call_id: answered })
        await agent.create(kind, { call_id: cancelled })
        await natively.respond(kind, answered)
        await natively.cancel(kind, cancelled)

        for (const call_id of [answered, cancelled])
          for (const answer of [kind.core.answer, kind.core.otherAnswer])
            expectProblem(await responder.tryRespond(kind, call_id, answer), 409)

        expectDecision(await agent.read(kind, answered), kind)
      }
    },
  ),

  check(
    'humanlayer.second-answer-conflict',
    'of equal answers that arrive together one is accepted',
    { expect: 'accept', variant: 'together', lane: 'race', after: [...ANSWERING, ...DECIDED, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        const replies = await Promise.all(
          Array.from({ length: 12 }, () => responder.tryRespond(kind, call_id)),
        )

        const accepted = replies.filter(({ status }) => status === 200)
        const refused = replies.filter(({ status }) => status === 409)
        expectThat(
          accepted.length === 1 && refused.length === 11,
          'one of 12 equal answers accepted and 11 refused with 409',
          `HTTP ${replies.map(({ status }) => status).join(', ')}`,
          { reply: accepted[1] ?? replies[0]! },
        )
      }
    },
  ),
]

function expectInstant(reply: Reply, pointer: string): void {
  const value: unknown = valueAt(reply.json, pointer)
  const holds = typeof value === 'string' && !Number.isNaN(Date.parse(value))
  expectThat(holds, `an instant at ${pointer}`, show(value), { reply, pointer })
}

function expectDenial(reply: Reply, comment: string): void {
  expectValue(reply, '/status/approved', false)
  expectValue(reply, '/status/comment', comment)
}

/** What the first answer said still stands there. */
function expectDecision(reply: Reply, kind: HumanLayerKind): void {
  expectValue(reply, `/status/${kind.decision}`, kind.core.answer[kind.decision])
}
