import { callId, callKinds } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import {
  describe,
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
  valueAt,
} from '../expectations.ts'

/** The agent withdraws its call: before the answer it wins, after it it is too late. */
export const cancellationChecks: readonly Check[] = [
  check(
    'call.cancel',
    'a pending call can be withdrawn, with a body or without one',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds)
        for (const [name, cancellation] of Object.entries({
          bare: undefined,
          empty: {},
          comment: { comment: 'No longer needed.' },
          null: { comment: null },
        })) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })

          const cancelled = await agent.tryCancel(kind, call_id, cancellation)

          expectStatus(cancelled, 200)
          expectValue(cancelled, '/call_id', call_id)
          expectValue(cancelled, '/status/state', 'cancelled')
          expectValue(cancelled, '/status/responses', [])
        }
    },
  ),

  check(
    'call.cancel',
    'nobody else is cancelled with it',
    { variant: 'alone', expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const names = ['before', 'cancelled', 'after']
        for (const name of names) await agent.create(kind, { run_id, call_id: callId(context, kind, name) })

        expectStatus(await agent.tryCancel(kind, callId(context, kind, 'cancelled')), 200)

        for (const name of names)
          expectValue(
            await agent.read(kind, callId(context, kind, name)),
            '/status/state',
            name === 'cancelled' ? 'cancelled' : 'pending',
          )
      }
    },
  ),

  check(
    'call.terminal-times',
    'a call that was answered or cancelled shows when it ended',
    {
      expect: 'accept',
      lane: 'timer',
      after: ['function-call.respond-decides', 'human-contact.respond-answers'],
    },
    async (context) => {
      const { agent, responder } = context
      await Promise.all(
        callKinds.map(async (kind) => {
          const answered_id = callId(context, kind, 'answered')
          const cancelled_id = callId(context, kind, 'cancelled')
          const created = await agent.create(kind, { call_id: answered_id })
          await agent.create(kind, { call_id: cancelled_id })
          expectValue(created, '/status/completed_at', null)
          // More than a server loses that writes whole seconds.
          await context.sleep(1_200)
          await responder.respond(kind, answered_id)
          await agent.cancel(kind, cancelled_id)
          await context.sleep(1_200)
          const later = await agent.create(kind)

          for (const call_id of [answered_id, cancelled_id]) {
            const read = await agent.read(kind, call_id)
            const [asked, ended, afterwards] = [
              read.json?.status?.requested_at,
              read.json?.status?.completed_at,
              later.json?.status?.requested_at,
            ].map((instant) => Date.parse(String(instant)))
            expectThat(
              ended! - asked! >= 500 && afterwards! - ended! >= 500,
              'an instant more than half a second after the creation and before a later one',
              show(read.json?.status?.completed_at),
              { reply: read, pointer: '/status/completed_at' },
            )
          }
          const cancelled = await agent.read(kind, cancelled_id)
          expectValue(cancelled, '/status/responded_at', null)
          expectValue(cancelled, '/status/responder', null)
        }),
      )
    },
  ),

  check(
    'call.cancel-again',
    'to cancel a cancelled call changes nothing, whatever reason is given now',
    { expect: 'accept', after: ['call.cancel'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'twice')
        await agent.create(kind, { call_id })
        await agent.cancel(kind, call_id, { comment: 'The first reason.' })
        const before = await agent.read(kind, call_id)

        for (const cancellation of [
          { comment: 'The first reason.' },
          { comment: 'Another reason.' },
          {},
          undefined,
        ]) {
          const again = await agent.tryCancel(kind, call_id, cancellation)

          expectStatus(again, 200)
          expectUnchanged(again, before)
        }
        expectUnchanged(await agent.read(kind, call_id), before)
      }
    },
  ),

  check(
    'call.cancel-too-late',
    'an answered call cannot be withdrawn, and the refusal shows the answer',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const [name, answer] of Object.entries({ answer: kind.answer, other: kind.otherAnswer })) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })
          const answered = await responder.respond(kind, call_id, answer)

          const refused = await agent.tryCancel(kind, call_id, { comment: 'Too late.' })

          expectProblem(refused, 409, 'already_responded')
          for (const member of ['state', 'completed_at', 'responder', ...WON[kind.schema]])
            expectValue(refused, `/winning_status/${member}`, valueAt(answered.json, `/status/${member}`))
        }
    },
  ),

  check(
    'call.cancel-against-answer',
    'of a cancellation and an answer at the same time one is accepted, and the other is shown it',
    {
      expect: 'accept',
      lane: 'race',
      after: [
        'call.cancel',
        'call.cancel-again',
        'call.cancel-too-late',
        'function-call.first-answer-wins',
        'function-call.one-winner',
        'function-call.respond-to-cancelled',
        'function-call.same-answer-again',
        'human-contact.first-answer-wins',
        'human-contact.one-winner',
        'human-contact.respond-to-cancelled',
        'human-contact.same-answer-again',
      ],
    },
    async (context) => {
      const { agent, responder } = context
      for (let round = 0; round < 5; round++)
        await Promise.all(
          callKinds.map(async (kind) => {
            const call_id = callId(context, kind, `raced${round}`)
            await agent.create(kind, { call_id })
            const respond = () => responder.tryRespond(kind, call_id)
            const cancel = () => agent.tryCancel(kind, call_id)
            const acts = Array.from({ length: 4 + Math.floor(context.random() * 12) }, () =>
              context.random() < 0.5 ? respond : cancel,
            )

            const [answer, cancellation, ...more] = await Promise.all(
              [respond, cancel, ...acts].map((act) => act()),
            )

            expectThat(
              (answer!.status === 200) !== (cancellation!.status === 200),
              'exactly one of the answer and the cancellation accepted',
              `the answer: ${describe(answer!)}, the cancellation: ${describe(cancellation!)}`,
              { reply: answer! },
            )
            const state = answer!.status === 200 ? kind.answeredState : 'cancelled'
            const code = answer!.status === 200 ? 'already_responded' : 'already_cancelled'
            for (const [index, reply] of [answer!, cancellation!, ...more].entries()) {
              const answers = index === 0 || acts[index - 2] === respond
              if (answers === (state !== 'cancelled')) {
                expectStatus(reply, 200)
                expectValue(reply, '/status/state', state)
              } else {
                expectProblem(reply, 409, code)
                expectValue(reply, '/winning_status/state', state)
              }
            }
            expectValue(await agent.read(kind, call_id), '/status/state', state)
          }),
        )
    },
  ),
]

const WON = {
  FunctionCall: ['approved', 'comment', 'responded_at'],
  HumanContact: ['response', 'responded_at'],
}
