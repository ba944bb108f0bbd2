import { pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { decisionIn, expectDecision } from '../decision.ts'
import { expectProblem, expectStatus, expectThat, expectValue, valueAt } from '../expectations.ts'
import { sixteen } from './first-answers.ts'
import { acceptedOf, answered, expectOneOf, rivals, type Answer } from './rivals.ts'

/** What the server says to an answer that comes later: the same one again is welcome, any other is told who won. */
export const laterAnswerChecks: readonly Check[] = rivals.flatMap((of) => {
  const { kind, prefix, pairs, spec, numbered } = of
  const decides = kind.requirements.decides
  // An answer is repeated only where the first one stands and is recorded.
  const onlyThen = [
    `${prefix}.first-answer-wins`,
    `${prefix}.one-winner`,
    `${prefix}.responses-recorded`,
  ] as const
  return [
    check(
      `${prefix}.late-answer-conflict`,
      `an answer that differs in anything is refused and shown what won`,
      { expect: 'reject', after: [`${prefix}.first-answer-wins`, decides] },
      async (context) => {
        const { responder } = context
        for (const [, first, second] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          const reply = await responder.tryRespond(kind, call_id, second)

          expectProblem(reply, 409, 'already_responded')
          expectDecision(reply, decisionIn(shown), '/winning_status')
        }
      },
    ),

    check(
      `${prefix}.late-answer-conflict`,
      `the same answer by somebody else is refused and shown who won`,
      {
        variant: 'responder',
        expect: 'reject',
        needs: { keys: ['admin'] },
        after: [`${prefix}.first-answer-wins`],
      },
      async (context) => {
        const { actor: other } = await context.actor('admin').createKey({ scopes: ['responder'] })
        for (const [, first] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          const reply = await other.tryRespond(kind, call_id, first)

          expectProblem(reply, 409, 'already_responded')
          expectDecision(reply, decisionIn(shown), '/winning_status')
        }
      },
    ),

    check(
      `${prefix}.late-answer-conflict`,
      `whoever loses a race is refused and shown the answer that won`,
      {
        variant: 'race',
        expect: 'reject',
        lane: 'race',
        after: [`${prefix}.first-answer-wins`, decides],
      },
      async (context) => {
        const { agent, responder } = context
        const call_id = context.id('raced')
        await agent.create(kind, { call_id, spec })

        const replies = await Promise.all(sixteen((n) => responder.tryRespond(kind, call_id, numbered(n))))

        const accepted = await acceptedOf(of, replies)
        const losers = replies.filter((reply) => !accepted.includes(reply))
        // How many were accepted is the matter of another requirement, but each of them was an answer.
        for (const reply of accepted) expectOneOf(reply, accepted)
        for (const loser of losers) {
          expectProblem(loser, 409, 'already_responded')
          expectOneOf(loser, accepted, '/winning_status')
        }
      },
    ),

    check(
      `${prefix}.same-answer-again`,
      `the same answer is accepted again and changes nothing, also after others have tried`,
      { expect: 'accept', after: onlyThen },
      async (context) => {
        const { agent, responder } = context
        for (const [, first, second] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          const again = await responder.tryRespond(kind, call_id, first)
          await responder.tryRespond(kind, call_id, second)
          const afterOthers = await responder.tryRespond(kind, call_id, first)

          for (const reply of [again, afterOthers]) {
            expectStatus(reply, 200)
            expectValue(reply, '/call_id', call_id)
            expectDecision(reply, decisionIn(shown))
          }
          expectDecision(await agent.read(kind, call_id), decisionIn(shown))
        }
      },
    ),

    check(
      `${prefix}.same-answer-again`,
      `an answer is the same however its JSON is written`,
      {
        variant: 'spelling',
        expect: 'accept',
        after: ['json.null-is-absent', 'call.unknown-members-ignored', ...onlyThen],
      },
      async (context) => {
        const { responder } = context
        for (const [, first] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          for (const body of spellingsOf(first, ABSENT[prefix])) {
            const reply = await responder.send({
              method: 'POST',
              path: pathOf(kind, call_id, 'respond'),
              body,
            })

            expectStatus(reply, 200)
            expectDecision(reply, decisionIn(shown))
          }
        }
      },
    ),

    check(
      `${prefix}.same-answer-again`,
      `the same answer by the same person with another key is accepted again`,
      {
        variant: 'person',
        expect: 'accept',
        needs: { keys: ['admin'] },
        after: ['responder.of-a-key', ...onlyThen],
      },
      async (context) => {
        const admin = context.actor('admin')
        const ana = { scopes: ['responder'], responder_id: context.id('ana') }
        const [{ actor: phone }, { actor: desk }] = [await admin.createKey(ana), await admin.createKey(ana)]
        const [[, first]] = pairs as [(typeof pairs)[number]]
        const { call_id, shown } = await answered(context, of, first, { by: phone })

        const again = await desk.tryRespond(kind, call_id, first)

        expectStatus(again, 200)
        expectDecision(again, decisionIn(shown))
      },
    ),

    check(
      `${prefix}.same-answer-again`,
      `the same answer sixteen times at the same time is accepted each time and recorded once`,
      {
        variant: 'race',
        expect: 'accept',
        lane: 'race',
        after: onlyThen,
      },
      async (context) => {
        const { agent, responder } = context
        const call_id = context.id('raced')
        await agent.create(kind, { call_id })

        const replies = await Promise.all(sixteen(() => responder.tryRespond(kind, call_id)))

        const shown = await agent.read(kind, call_id)
        for (const reply of replies) {
          expectStatus(reply, 200)
          expectDecision(reply, decisionIn(shown))
        }
        const responses: unknown = valueAt(shown.json, '/status/responses')
        expectThat(
          Array.isArray(responses) && responses.length === 1,
          'one answer in responses',
          `${Array.isArray(responses) ? responses.length : 'no list of'} answers`,
          { reply: shown, pointer: '/status/responses' },
        )
      },
    ),
  ]
})

const ABSENT = {
  'function-call': 'reject_option_name',
  'human-contact': 'response_option_name',
}

/** Other ways to write an answer, with a member that is null where it names none. */
function spellingsOf(answer: Answer, absent: string): string[] {
  return [
    JSON.stringify(Object.fromEntries(Object.entries(answer).toReversed()), null, 2),
    JSON.stringify(answer).replaceAll('o', String.raw`\u006f`),
    JSON.stringify({ [absent]: null, ...answer }),
    JSON.stringify({ ...answer, example_of_an_unknown_member: 1 }),
  ]
}
