import { functionCalls } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectThat, expectValue } from '../expectations.ts'

export const functionCallChecks: readonly Check[] = [
  check(
    'function-call.starts-pending',
    'a new function call is pending and undecided',
    { expect: 'accept' },
    async ({ agent }) => {
      const created = await agent.create(functionCalls)

      expectValue(created, '/status/state', 'pending')
      expectValue(created, '/status/approved', null)
      expectValue(created, '/status/comment', null)
      expectValue(created, '/status/responses', [])
    },
  ),

  check(
    'function-call.late-answer-conflict',
    'a different second answer is refused and shown what won',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('one')
      await agent.create(functionCalls, { call_id })
      const first = await responder.respond(functionCalls, call_id, { approved: true })

      const second = await responder.tryRespond(functionCalls, call_id, { approved: false })

      expectProblem(second, 409, 'already_responded')
      expectValue(second, '/winning_status/state', first.json.status.state)
    },
  ),

  check(
    'function-call.one-winner',
    'of sixteen different answers at the same time exactly one is accepted',
    {
      expect: 'accept',
      lane: 'race',
      after: ['function-call.late-answer-conflict', 'function-call.first-answer-wins'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('raced')
      await agent.create(functionCalls, { call_id })

      const replies = await Promise.all(
        Array.from({ length: 16 }, (_, n) =>
          responder.tryRespond(functionCalls, call_id, { approved: n % 2 === 0, comment: `answer ${n}` }),
        ),
      )

      const accepted = replies.filter(({ status }) => status === 200)
      expectThat(accepted.length === 1, 'exactly one of 16 answers accepted', `${accepted.length} accepted`, {
        reply: accepted[1] ?? replies[0]!,
      })
    },
  ),
]
