import { callId, callKinds } from '../actors/call-kind.ts'
import { PEOPLE, people } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectUnchanged, expectValue } from '../expectations.ts'

/** Who may not decide, whatever the channel says. */
export const excludedResponderChecks: readonly Check[] = [
  check(
    'responder.excluded',
    'whoever is excluded may neither approve nor deny, and everybody else may',
    { expect: 'reject', needs: PEOPLE },
    async (context) => {
      const { agent } = context
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const kind of callKinds)
        for (const channel of [{ inbox: {} }, { inbox: { allowed_responder_ids: [ana.id, bo.id] } }]) {
          const call_id = callId(context, kind, context.nextName())
          await agent.create(kind, { call_id, spec: { channel, exclude_responder_ids: [ana.id] } })
          const before = await agent.read(kind, call_id)

          for (const answer of [kind.answer, kind.otherAnswer])
            expectProblem(await ana.actor.tryRespond(kind, call_id, answer), 403, 'responder_not_allowed')

          expectUnchanged(await agent.read(kind, call_id), before)
          expectStatus(await bo.actor.tryRespond(kind, call_id), 200)
        }
    },
  ),

  check(
    'responder.excluded-shown',
    'the status shows whose answer does not count',
    { expect: 'accept' },
    async (context) => {
      const exclude_responder_ids = [context.id('ana'), context.id('bo')]
      for (const kind of callKinds) {
        const created = await context.agent.create(kind, { spec: { exclude_responder_ids } })
        expectValue(created, '/status/exclude_responder_ids', exclude_responder_ids)
      }
    },
  ),
]
