import { callId, callKinds } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectUnchanged, expectValue } from '../expectations.ts'
import { expectIds, plain } from './escalations.ts'

/** An escalation has an id of its own, under which it can be sent again. */
export const escalationRepeatChecks: readonly Check[] = [
  check(
    'call.escalate-again',
    'the same escalation again changes nothing, however it is written',
    { expect: 'accept', after: ['call.escalate', 'call.repeat-equality'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'again')
        const channel = { inbox: { allowed_responder_ids: ['dana'] } }
        const additional_recipients = [{ address: 'lead@example.com', field: 'cc' }]
        await agent.create(kind, { call_id })
        await agent.escalate(kind, call_id, { ...plain('e1'), channel, additional_recipients })
        const before = await agent.escalate(kind, call_id, plain('e2'))

        for (const escalation of [
          { ...plain('e1'), channel, additional_recipients },
          {
            additional_recipients: [{ field: 'cc', address: 'lead@example.com', context_about_user: null }],
            channel,
            ...plain('e1'),
          },
          plain('e2'),
          { channel: null, additional_recipients: null, ...plain('e2') },
        ]) {
          const again = await agent.tryEscalate(kind, call_id, escalation)

          expectStatus(again, 200)
          expectUnchanged(again, before)
        }
        expectUnchanged(await agent.read(kind, call_id), before)
      }
    },
  ),

  check(
    'call.escalate-again',
    'an escalation whose answer was lost can be sent again after the call has ended',
    { variant: 'terminal', expect: 'accept', after: ['call.escalate'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const [name, end] of Object.entries({
          answered: (call_id: string) => responder.respond(kind, call_id),
          cancelled: (call_id: string) => agent.cancel(kind, call_id),
        })) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })
          await agent.escalate(kind, call_id, plain('e1'))
          await end(call_id)
          const before = await agent.read(kind, call_id)

          const again = await agent.tryEscalate(kind, call_id, plain('e1'))

          expectStatus(again, 200)
          expectUnchanged(again, before)
        }
    },
  ),

  check(
    'call.escalate-again',
    'sixteen equal escalations at the same time are one',
    { variant: 'concurrent', expect: 'accept', lane: 'race', after: ['call.escalate'] },
    async (context) => {
      const { agent } = context
      for (let round = 0; round < 3; round++)
        for (const kind of callKinds) {
          const call_id = callId(context, kind, `raced${round}`)
          await agent.create(kind, { call_id })

          const replies = await Promise.all(
            Array.from({ length: 16 }, () => agent.tryEscalate(kind, call_id, plain('e1'))),
          )

          for (const reply of [...replies, await agent.read(kind, call_id)]) {
            expectStatus(reply, 200)
            expectIds(reply, ['e1'])
            expectUnchanged(reply, replies[0]!)
          }
        }
    },
  ),

  check(
    'call.escalate-conflict',
    'another escalation under the same id is refused, and the first one stays',
    { expect: 'reject', after: ['call.escalate'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'taken')
        const first = { ...plain('e1'), channel: { inbox: {} } }
        await agent.create(kind, { call_id })
        await agent.escalate(kind, call_id, first)
        const before = await agent.escalate(kind, call_id, plain('e2'))

        for (const other of [
          { ...first, escalation_msg: `${first.escalation_msg} ` },
          plain('e1'),
          { ...first, channel: { inbox: { allowed_responder_ids: ['dana'] } } },
          { ...first, additional_recipients: [{ address: 'lead@example.com' }] },
          { ...first, additional_recipients: [] },
          { ...plain('e2'), escalation_msg: 'Something else.' },
        ])
          expectProblem(await agent.tryEscalate(kind, call_id, other), 409, 'escalation_id_conflict')

        expectUnchanged(await agent.read(kind, call_id), before)
      }
    },
  ),

  check(
    'call.escalate-conflict',
    'of different escalations under one id at the same time one is recorded and the others are refused',
    { variant: 'concurrent', expect: 'reject', lane: 'race', after: ['call.escalate'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'raced')
        await agent.create(kind, { call_id })
        const messages = Array.from({ length: 12 }, (_, n) => `Message ${n}.`)

        const replies = await Promise.all(
          messages.map((escalation_msg) =>
            agent.tryEscalate(kind, call_id, { ...plain('e1'), escalation_msg }),
          ),
        )

        const accepted = replies.filter(({ status }) => status === 200)
        expectThat(accepted.length === 1, 'exactly one of 12 accepted', `${accepted.length} accepted`, {
          reply: accepted[1] ?? replies[0]!,
        })
        for (const reply of replies)
          if (reply !== accepted[0]) expectProblem(reply, 409, 'escalation_id_conflict')
        const message = messages[replies.indexOf(accepted[0]!)]
        expectValue(await agent.read(kind, call_id), '/status/escalations/0/escalation_msg', message)
      }
    },
  ),
]
