import fc from 'fast-check'
import { callKinds, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import { callHistories, type CallHistory, type Observation } from '../oracles/call-history.ts'
import { isLinearizable, operationsOf, textOf } from '../oracles/linearizability.ts'
import { Violation } from '../violation.ts'

/** What one client does to the call that all of them share. */
type Step = 'create' | 'get' | 'approve' | 'deny' | 'cancel'
/** Several clients at the same time, each with its steps in order. */
type Program = readonly (readonly Step[])[]

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Step>('create') },
  { weight: 4, arbitrary: fc.constant<Step>('get') },
  { weight: 3, arbitrary: fc.constant<Step>('approve') },
  { weight: 3, arbitrary: fc.constant<Step>('deny') },
  { weight: 2, arbitrary: fc.constant<Step>('cancel') },
)
const program: fc.Arbitrary<Program> = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), {
  minLength: 2,
  maxLength: 4,
})

/**
 * Random programs of several clients over one call. Whatever happens at the same time, the answers have to be those of some order;
 * where no order explains them, the program is made smaller as long as it still fails.
 */
export const modelChecks: readonly Check[] = callKinds.map((kind) =>
  check(
    'call.read-your-writes',
    `whatever several clients do to a ${kind.name} at the same time, the answers are those of one order`,
    {
      variant: `model-${kind.name.replace(' ', '-')}`,
      expect: 'accept',
      lane: 'race',
      after: [
        'call.created-status',
        'call.cancel',
        'call.cancel-again',
        'call.cancel-too-late',
        kind === humanContacts ? 'human-contact.first-answer-wins' : 'function-call.first-answer-wins',
      ],
    },
    async (context) => {
      let runs = 0
      let smallest: Violation | undefined
      const began = context.now()
      const isInTime = () => context.now() - began < context.budgetMs / 3
      const details = await fc.check(
        fc.asyncProperty(program, async (clients) => {
          if (!isInTime()) return
          // A race shows itself only sometimes, so that a smaller program gets several chances once there is a failure to shrink.
          for (let chance = 0; chance < (smallest ? 5 : 1); chance++) {
            runs += 1
            const violation = judgeHistory(await play(context, kind, clients, runs))
            if (!violation) continue
            smallest = violation
            throw violation
          }
        }),
        { seed: Math.floor(context.random() * 2 ** 31), numRuns: RUNS, includeErrorInReport: true },
      )
      if (details.failed && smallest) throw smallest
      if (details.failed)
        throw details.errorInstance instanceof Error
          ? details.errorInstance
          : new Error(fc.defaultReportMessage(details) ?? '')
    },
  ),
)

const RUNS = 80

async function play(
  context: Context,
  kind: CallKind,
  clients: Program,
  number: number,
): Promise<CallHistory> {
  const { agent, responder } = context
  const call_id = context.id(`m${number}`)
  const before = context.exchanges().length
  const run_id = context.id(`run-m${number}`)
  await Promise.all(
    clients.map(async (steps, client) => {
      for (const [index, one] of steps.entries()) {
        const text = `${one} by ${client}.${index}`
        if (one === 'create') await agent.tryCreate(kind, { call_id, run_id })
        else if (one === 'get') await agent.get(`${kind.collection}/${call_id}`)
        else if (one === 'cancel') await agent.tryCancel(kind, call_id, { comment: text })
        else await responder.tryRespond(kind, call_id, answerOf(kind, one, text))
      }
    }),
  )
  const exchanges: Exchange[] = context.exchanges().slice(before)
  return callHistories(exchanges)[0] ?? { kind, call_id, observations: [] }
}

function answerOf(kind: CallKind, one: 'approve' | 'deny', text: string): Record<string, unknown> {
  return kind === humanContacts ? { response: text } : { approved: one === 'approve', comment: text }
}

/** Undefined when some order explains the history. Otherwise the requirement that names best what cannot be. */
function judgeHistory({ kind, observations }: CallHistory): Violation | undefined {
  if (isLinearizable(operationsOf(observations, endOf))) return undefined

  const { requirement, expected, actual, culprit } = explain(kind, observations)
  return new Violation({
    requirement,
    expected,
    actual,
    exchange: culprit.exchange.number,
    script: observations.map(({ exchange }) => exchange.number),
  })
}

/** Comments and answers of a program are all different. */
function endOf(status: Record<string, unknown>): string {
  if (status['state'] === 'cancelled') return 'a cancellation'
  const text = status['comment'] ?? status['response']
  return typeof text === 'string' ? text : String(status['state'])
}

function explain(
  kind: CallKind,
  observations: readonly Observation[],
): { requirement: RequirementId; expected: string; actual: string; culprit: Observation } {
  const accepted = observations.filter(
    ({ act, status }) => (act === 'respond' || act === 'cancel') && status === 200,
  )
  const winners = new Map(accepted.map((one) => [textOf(one.act, one.sent), one]))
  const culprit = [...winners.values()].at(-1) ?? observations.at(-1)!
  if (winners.size > 1)
    return {
      requirement: winners.has('a cancellation') ? 'call.cancel-against-answer' : kind.requirements.oneWinner,
      expected: 'exactly one of the acts that end the call accepted',
      actual: `${winners.size} accepted: ${[...winners.keys()].join(', ')}`,
      culprit,
    }
  const creations = observations.filter(({ act, status }) => act === 'create' && status === 201)
  if (creations.length > 1)
    return {
      requirement: 'call.concurrent-creates',
      expected: 'one creation answered with 201',
      actual: `${creations.length} of them`,
      culprit: creations[1]!,
    }
  return {
    requirement: 'call.read-your-writes',
    expected: 'answers that some order of the acts explains',
    actual: `none does: ${observations.map(summary).join('; ')}`,
    culprit,
  }
}

function summary({ act, status, call }: Observation): string {
  return `${act} ${status ?? 'without an answer'}${call ? ` ${String(call.status['state'])}` : ''}`
}
