import { callId, callKinds, functionCalls } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import {
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { said } from './call-equality.ts'
import { listedIds } from './call-repeats.ts'

/** Creations that arrive at the same time are as good as one after the other. */
export const concurrentCreateChecks: readonly Check[] = [
  check(
    'call.concurrent-creates',
    'sixteen equal creations at the same time make one call, and every answer shows it',
    { expect: 'accept', lane: 'race', after: ['call.created-status', 'call.repeat-returns-existing'] },
    async (context) => {
      const { agent } = context
      for (let round = 0; round < 4; round++)
        for (const kind of callKinds) {
          const call_id = callId(context, kind, `raced${round}`)
          const spec = { metadata: { round } }

          const replies = await Promise.all(
            Array.from({ length: 16 }, () => agent.tryCreate(kind, { call_id, spec })),
          )

          for (const reply of replies) expectStatus(reply, 200, 201)
          const [made, ...more] = replies.filter(({ status }) => status === 201)
          expectThat(
            made !== undefined && more.length === 0,
            'exactly one of 16 answers with 201',
            `${more.length + (made ? 1 : 0)}`,
            { reply: more[0] ?? replies[0]! },
          )
          for (const reply of replies) {
            expectUnchanged(reply, made)
            expectValue(reply, '/call_id', call_id)
          }
          expectUnchanged(await agent.read(kind, call_id), made)
        }
    },
  ),

  check(
    'call.concurrent-creates',
    'equal creations at the same time stand in the list once',
    {
      variant: 'lists',
      expect: 'accept',
      lane: 'race',
      needs: { claims: ['lists'] },
      after: ['call.echoes-ids', 'list.complete'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id(`run-${kind.schema}`)
        const call_ids = Array.from({ length: 4 }, (_, n) => callId(context, kind, `c${n}`))
        await Promise.all(
          Array.from({ length: 16 }, (_, n) => agent.tryCreate(kind, { run_id, call_id: call_ids[n % 4]! })),
        )

        const listed = await listedIds(context, kind, run_id)

        expectThat(show(listed.toSorted()) === show(call_ids), show(call_ids), show(listed.toSorted()))
      }
    },
  ),

  check(
    'call.concurrent-creates',
    'different calls that are created at the same time stay apart',
    {
      variant: 'different',
      expect: 'accept',
      lane: 'race',
      after: ['call.created-status', 'call.echoes-ids'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const calls = Array.from({ length: 16 }, (_, n) => ({
          call_id: callId(context, kind, `c${n}`),
          run_id: context.id(`run${n % 3}`),
          spec: { metadata: { n } },
        }))

        const replies = await Promise.all(calls.map((call) => agent.tryCreate(kind, call)))

        const read = await Promise.all(calls.map(({ call_id }) => agent.read(kind, call_id)))
        for (const [n, { call_id, run_id, spec }] of calls.entries()) {
          expectStatus(replies[n]!, 201)
          for (const reply of [replies[n]!, read[n]!]) {
            expectValue(reply, '/call_id', call_id)
            expectValue(reply, '/run_id', run_id)
            expectValue(reply, '/spec/metadata', spec.metadata)
          }
        }
      }
    },
  ),

  check(
    'call.concurrent-creates',
    'of different calls under one id at the same time one is created and the others are refused',
    {
      variant: 'conflicting',
      expect: 'reject',
      lane: 'race',
      after: ['call.created-status', 'call.id-conflict'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'contested')

        const replies = await Promise.all(
          Array.from({ length: 16 }, (_, n) => agent.tryCreate(kind, { call_id, spec: rivalSpec(n) })),
        )

        const winner = replies.findIndex(({ status }) => status === 201)
        expectThat(winner >= 0, 'one creation answered with 201', replies.map(said).join(', '), {
          reply: replies[0]!,
        })
        for (const [n, reply] of replies.entries())
          if (n === winner) continue
          else if (n % 4 === winner % 4) expectUnchangedRepeat(reply, replies[winner]!)
          else expectProblem(reply, 409, 'call_id_conflict')
        expectValue(await agent.read(kind, call_id), '/spec/metadata', rivalSpec(winner).metadata)
      }
    },
  ),

  check(
    'call.concurrent-creates',
    'equal creations that begin while the first one is answered find the answered call',
    {
      variant: 'answered',
      expect: 'accept',
      lane: 'race',
      after: ['call.repeat-returns-existing', 'function-call.first-answer-wins'],
    },
    async (context) => {
      const { agent, responder } = context
      for (let round = 0; round < 6; round++) {
        const kind = functionCalls
        const call_id = callId(context, kind, `c${round}`)
        await agent.create(kind, { call_id })

        const [answered, ...replies] = await Promise.all([
          responder.respond(kind, call_id),
          ...Array.from({ length: 8 }, () => agent.tryCreate(kind, { call_id })),
        ])

        for (const reply of replies) expectStatus(reply, 200)
        expectUnchanged(await agent.read(kind, call_id), answered)
      }
    },
  ),
]

function rivalSpec(n: number): { metadata: { of: number } } {
  return { metadata: { of: n % 4 } }
}

function expectUnchangedRepeat(reply: Reply, made: Reply): void {
  expectStatus(reply, 200)
  expectUnchanged(reply, made)
}
