import { humanContacts, pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { expectAfter, expectInstant, UNUSUAL_TEXT } from './answers.ts'

const OFFERING = { response_options: [{ name: 'new', prompt_fill: 'Take the new one.' }, { name: 'old' }] }

const ANSWERS = [
  { response: 'eu-west' },
  { response: 'The new one, please.', response_option_name: 'new' },
  { response: UNUSUAL_TEXT },
  { response: 'x'.repeat(30_000) },
]

export const humanContactChecks: readonly Check[] = [
  check(
    'human-contact.starts-pending',
    'a new human contact is pending and has no answer',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      const call_id = context.id('new')

      const created = await agent.create(humanContacts, { call_id, spec: OFFERING })

      for (const reply of [created, await agent.read(humanContacts, call_id)]) expectUnanswered(reply)
    },
  ),

  check(
    'human-contact.starts-pending',
    'a new human contact is pending whatever status the agent claims that it has',
    { variant: 'forged', expect: 'accept', after: ['call.unknown-members-ignored'] },
    async (context) => {
      const { agent } = context
      const call_id = context.id('forged')
      const forged = { response: 'yes', response_option_name: 'old', responses: [{ response: 'yes' }] }

      const created = await agent.post(humanContacts.collection, {
        run_id: context.id('run'),
        call_id,
        spec: humanContacts.spec({ ...OFFERING, ...forged, status: { state: 'answered', ...forged } }),
        status: { state: 'answered', ...forged },
        ...forged,
      })

      expectStatus(created, 201)
      expectUnanswered(created)
      expectUnanswered(await agent.read(humanContacts, call_id))
    },
  ),

  check(
    'human-contact.starts-pending',
    'the default answer of a new human contact is not yet its answer',
    { variant: 'default', expect: 'accept', needs: { claims: ['expiry'] } },
    async (context) => {
      const { agent } = context
      for (const on_expire of [{ response: 'eu-west' }, { response_option_name: 'old' }]) {
        const call_id = context.id(context.nextName())

        const created = await agent.create(humanContacts, {
          call_id,
          spec: { ...OFFERING, on_expire, expires_in_seconds: 600 },
        })

        for (const reply of [created, await agent.read(humanContacts, call_id)]) expectUnanswered(reply)
      }
    },
  ),

  check(
    'human-contact.msg-not-empty',
    'a human contact needs a message of at least one character',
    { expect: 'reject' },
    async ({ agent }) => {
      for (const msg of [undefined, null, '']) {
        const reply = await agent.tryCreate(humanContacts, { spec: { msg } })

        expectStatus(reply, 422)
      }
      expectStatus(await agent.tryCreate(humanContacts, { spec: { msg: '?' } }), 201)
    },
  ),

  check(
    'human-contact.respond-answers',
    'an answer sets the state and says what was answered, by whom and when',
    {
      variant: 'members',
      expect: 'accept',
      after: ['human-contact.free-text-stays-possible'],
    },
    async (context) => {
      const { agent, responder } = context
      for (const answer of ANSWERS) {
        const call_id = context.id(context.nextName())
        await agent.create(humanContacts, { call_id, spec: OFFERING })

        const answered = await responder.respond(humanContacts, call_id, answer)

        expectValue(answered, '/status/state', 'answered')
        const read = await agent.read(humanContacts, call_id)
        await context.step('call.read-your-writes', async () =>
          expectValue(read, '/status/state', 'answered'),
        )
        for (const reply of [answered, read]) {
          expectValue(reply, '/status/response', answer.response)
          expectValue(reply, '/status/response_option_name', answer.response_option_name ?? null)
          expectThat(
            typeof valueAt(reply.json, '/status/responder/id') === 'string',
            'the responder at /status/responder',
            show(valueAt(reply.json, '/status/responder')),
            { reply, pointer: '/status/responder' },
          )
          expectInstant(reply, '/status/responded_at')
          expectInstant(reply, '/status/completed_at')
        }
      }
    },
  ),

  check(
    'human-contact.respond-answers',
    'the times of an answered contact are those of the answer',
    { variant: 'times', expect: 'accept', lane: 'timer' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('later')
      await agent.create(humanContacts, { call_id })
      await context.sleep(1_500)

      const answered = await responder.respond(humanContacts, call_id)

      expectAfter(answered, '/status/responded_at', '/status/requested_at')
      expectAfter(answered, '/status/completed_at', '/status/requested_at')
    },
  ),

  check(
    'human-contact.responses-recorded',
    'an accepted answer stands in responses, with its responder and its time',
    { expect: 'accept', after: ['human-contact.respond-answers'] },
    async (context) => {
      const { agent, responder } = context
      for (const answer of ANSWERS) {
        const call_id = context.id(context.nextName())
        await agent.create(humanContacts, { call_id, spec: OFFERING })

        const answered = await responder.respond(humanContacts, call_id, answer)

        for (const reply of [answered, await agent.read(humanContacts, call_id)]) {
          const responses: unknown = valueAt(reply.json, '/status/responses')
          expectThat(
            Array.isArray(responses) && responses.length === 1,
            'one answer at /status/responses',
            show(responses),
            { reply, pointer: '/status/responses' },
          )
          expectValue(reply, '/status/responses/0/response', answer.response)
          expectValue(reply, '/status/responses/0/response_option_name', answer.response_option_name ?? null)
          expectValue(reply, '/status/responses/0/responder/id', valueAt(reply.json, '/status/responder/id'))
          expectInstant(reply, '/status/responses/0/responded_at')
        }
      }
    },
  ),

  check(
    'human-contact.responses-recorded',
    'the time of a recorded answer is that of the answer',
    {
      variant: 'times',
      expect: 'accept',
      lane: 'timer',
      after: ['human-contact.respond-answers'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('later')
      await agent.create(humanContacts, { call_id })
      await context.sleep(1_500)

      const answered = await responder.respond(humanContacts, call_id)

      expectAfter(answered, '/status/responses/0/responded_at', '/status/requested_at')
    },
  ),

  check(
    'human-contact.answer-not-empty',
    'an answer has a text of at least one character, an option or data',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('asked')
      await agent.create(humanContacts, { call_id })

      for (const answer of [
        {},
        { response: '' },
        { response: null },
        { response_option_name: null },
        { response: null, response_option_name: null },
        { approved: true, comment: 'go ahead' },
        { Response: 'eu-west' },
      ]) {
        const reply = await responder.send({
          method: 'POST',
          path: pathOf(humanContacts, call_id, 'respond'),
          json: answer,
        })

        expectStatus(reply, 422)
      }
      expectStatus(await responder.tryRespond(humanContacts, call_id, { response: '0' }), 200)
    },
  ),

  check(
    'human-contact.free-text-stays-possible',
    'a text of their own is accepted where a person is offered options',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const response of ['Neither of them.', 'new', 'Take the new one.']) {
        const call_id = context.id(context.nextName())
        await agent.create(humanContacts, { call_id, spec: OFFERING })

        const reply = await responder.tryRespond(humanContacts, call_id, { response })

        expectStatus(reply, 200)
        expectValue(reply, '/status/state', 'answered')
      }
    },
  ),
]

function expectUnanswered(reply: Reply): void {
  expectValue(reply, '/status/state', 'pending')
  expectValue(reply, '/status/response', null)
  expectValue(reply, '/status/response_option_name', null)
  expectValue(reply, '/status/responses', [])
}
