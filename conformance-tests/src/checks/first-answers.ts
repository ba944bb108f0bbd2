import { check, type Check } from '../check.ts'
import { decisionIn, expectDecision } from '../decision.ts'
import { expectProblem, expectValue } from '../expectations.ts'
import { judging } from '../violation.ts'
import { readWhenExpired } from './answers.ts'
import { acceptedOf, answered, expectOneOf, onlyAccepted, rivals } from './rivals.ts'

/** How often a race is run: a server that loses one in three is found out almost always. */
const ROUNDS = 4

/** The first answer wins, whatever comes afterwards or at the same time. */
export const firstAnswerChecks: readonly Check[] = rivals.flatMap((of) => {
  const { kind, prefix, pairs, spec, numbered } = of
  return [
    check(
      `${prefix}.first-answer-wins`,
      `an answer to a decided ${kind.name} changes nothing`,
      { expect: 'reject' },
      async (context) => {
        const { agent, responder } = context
        for (const [, first, second] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          await responder.tryRespond(kind, call_id, second)

          expectDecision(await agent.read(kind, call_id), decisionIn(shown))
        }
      },
    ),

    check(
      `${prefix}.first-answer-wins`,
      `an answer by somebody else to a decided ${kind.name} changes nothing, even when it says the same`,
      { variant: 'responder', expect: 'reject', needs: { keys: ['admin'] } },
      async (context) => {
        const { agent } = context
        const admin = context.actor('admin')
        const { actor: other } = await admin.createKey({ scopes: ['responder'] })
        for (const [, first, second] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          await other.tryRespond(kind, call_id, first)
          await other.tryRespond(kind, call_id, second)

          expectDecision(await agent.read(kind, call_id), decisionIn(shown))
        }
      },
    ),

    check(
      `${prefix}.first-answer-wins`,
      `the cancellation of a decided ${kind.name} changes nothing`,
      { variant: 'cancellation', expect: 'reject' },
      async (context) => {
        const { agent } = context
        for (const [, first] of pairs) {
          const { call_id, shown } = await answered(context, of, first)

          await agent.tryCancel(kind, call_id, { comment: 'never mind' })

          expectDecision(await agent.read(kind, call_id), decisionIn(shown))
        }
      },
    ),

    check(
      `${prefix}.first-answer-wins`,
      `answers and further cancellations change nothing in a cancelled ${kind.name}`,
      { variant: 'cancelled', expect: 'reject' },
      async (context) => {
        const { agent, responder } = context
        const call_id = context.id('withdrawn')
        await agent.create(kind, { call_id, spec })
        await agent.cancel(kind, call_id, { comment: 'not needed' })
        const shown = await agent.read(kind, call_id)
        await judging('call.cancel', () => expectValue(shown, '/status/state', 'cancelled'))

        for (const [, first] of pairs) await responder.tryRespond(kind, call_id, first)
        await agent.tryCancel(kind, call_id, { comment: 'something else' })
        await agent.tryCancel(kind, call_id)

        expectDecision(await agent.read(kind, call_id), decisionIn(shown))
      },
    ),

    check(
      `${prefix}.first-answer-wins`,
      `the time that runs out changes nothing in an answered or cancelled ${kind.name}, nor an answer in an expired one`,
      { variant: 'expiry', expect: 'reject', lane: 'timer', needs: { claims: ['expiry'] } },
      async (context) => {
        const { agent, responder } = context
        const [cancelled, silent] = [context.id('cancelled'), context.id('silent')]
        const soon = { ...spec, expires_in_seconds: 3 }
        const settled = []
        for (const [, first] of pairs) settled.push(await answered(context, of, first, { more: soon }))
        await agent.create(kind, { call_id: cancelled, spec: soon })
        await agent.cancel(kind, cancelled)
        settled.push({ call_id: cancelled, shown: await agent.read(kind, cancelled) })
        // Created last, so that the time of all the others is up when this one has expired.
        await agent.create(kind, { call_id: silent, spec: soon })

        settled.push({ call_id: silent, shown: await readWhenExpired(context, kind, silent) })
        for (const { call_id } of settled) await responder.tryRespond(kind, call_id, numbered(1))
        await agent.tryCancel(kind, silent, { comment: 'too late' })

        for (const { call_id, shown } of settled)
          expectDecision(await agent.read(kind, call_id), decisionIn(shown))
      },
    ),

    check(
      `${prefix}.first-answer-wins`,
      `of different answers at the same time the ${kind.name} keeps the one that was accepted`,
      { variant: 'race', expect: 'accept', lane: 'race', after: [kind.requirements.decides] },
      async (context) => {
        const { agent, responder } = context
        for (let round = 1; round <= ROUNDS; round++) {
          const call_id = context.id(`raced-${round}`)
          await agent.create(kind, { call_id })
          const replies = await Promise.all(sixteen((n) => responder.tryRespond(kind, call_id, numbered(n))))
          const accepted = await acceptedOf(of, replies)

          const shown = await agent.read(kind, call_id)

          expectOneOf(shown, accepted)
        }
      },
    ),

    check(
      `${prefix}.one-winner`,
      `of sixteen different answers at the same time exactly one is accepted`,
      {
        expect: 'accept',
        lane: 'race',
        after: [`${prefix}.late-answer-conflict`, `${prefix}.first-answer-wins`],
      },
      async (context) => {
        const { agent, responder } = context
        for (let round = 1; round <= ROUNDS; round++) {
          const call_id = context.id(`raced-${round}`)
          await agent.create(kind, { call_id })

          const replies = await Promise.all(sixteen((n) => responder.tryRespond(kind, call_id, numbered(n))))

          onlyAccepted(replies)
        }
      },
    ),

    check(
      `${prefix}.one-winner`,
      `of the same answer by four people at the same time exactly one is accepted`,
      {
        variant: 'responders',
        expect: 'accept',
        lane: 'race',
        needs: { keys: ['admin'] },
        after: [`${prefix}.late-answer-conflict`, `${prefix}.first-answer-wins`],
      },
      async (context) => {
        const { agent } = context
        const people = await Promise.all(
          [1, 2, 3, 4].map(() => context.actor('admin').createKey({ scopes: ['responder'] })),
        )
        for (let round = 1; round <= ROUNDS; round++) {
          const call_id = context.id(`raced-${round}`)
          await agent.create(kind, { call_id })

          const replies = await Promise.all(people.map(({ actor }) => actor.tryRespond(kind, call_id)))

          onlyAccepted(replies)
        }
      },
    ),

    check(
      `${prefix}.respond-to-cancelled`,
      `an answer to a cancelled ${kind.name} is refused as already_cancelled`,
      { expect: 'reject', after: [`${prefix}.first-answer-wins`] },
      async (context) => {
        const { agent, responder } = context
        for (const comment of ['not needed any more', undefined]) {
          const call_id = context.id(context.nextName())
          await agent.create(kind, { call_id, spec })
          await agent.cancel(kind, call_id, comment === undefined ? undefined : { comment })

          for (const [, first] of pairs) {
            const reply = await responder.tryRespond(kind, call_id, first)

            expectProblem(reply, 409, 'already_cancelled')
          }
        }
      },
    ),
  ]
})

export function sixteen<T>(make: (n: number) => T): T[] {
  return Array.from({ length: 16 }, (_, n) => make(n))
}
