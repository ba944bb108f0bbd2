import type { Actor } from '../actors/actor.ts'
import { callId, callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { leafFor, PEOPLE, people } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import {
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** When a call with several people is decided, and what it is until then. */
export const compositeChecks: readonly Check[] = [
  check(
    'composite.any-of',
    'one member decides, be it a leaf, an all_of or a quorum',
    { expect: 'accept', needs: PEOPLE },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      const channel = {
        any_of: [
          { all_of: [leafFor(ana), leafFor(bo)] },
          { quorum: { required: 2, of: [leafFor(bo), leafFor(cy)] } },
          { any_of: [leafFor(cy)] },
        ],
      }
      for (const kind of callKinds) {
        await decides(context, kind, channel, [ana, bo])
        await decides(context, kind, channel, [cy])
      }
    },
  ),

  check(
    'composite.all-of',
    'every member has to hold, in whatever order',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      const channel = { all_of: [leafFor(ana), { any_of: [leafFor(bo), leafFor(cy)] }, leafFor(cy, ana)] }
      for (const kind of callKinds) {
        await decides(context, kind, channel, [ana, bo, cy])
        await decides(context, kind, channel, [cy, bo, ana])
      }
    },
  ),

  check(
    'composite.quorum',
    'as many different people as it requires, and not one fewer',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      const separate = [leafFor(ana), leafFor(bo), leafFor(cy)]
      for (const kind of callKinds) {
        await decides(context, kind, { quorum: { required: 2, of: separate } }, [cy, ana])
        await decides(context, kind, { quorum: { required: 3, of: separate } }, [bo, cy, ana])
        await decides(context, kind, { quorum: { required: 2, of: [leafFor(ana, bo, cy)] } }, [bo, ana])
        await decides(context, kind, { quorum: { required: 1, of: separate } }, [bo])
      }
    },
  ),

  check(
    'composite.one-person-once',
    'somebody whom two leaves list counts for one of them',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const both = [leafFor(ana, bo), leafFor(ana, bo)]
      for (const kind of callKinds)
        for (const channel of [
          { all_of: both },
          { quorum: { required: 2, of: both } },
          { all_of: [{ any_of: both }, leafFor(ana, bo)] },
        ])
          await decides(context, kind, channel, [ana, bo])
    },
  ),

  check(
    'composite.one-person-once',
    'two keys of one person are one person',
    { variant: 'keys', expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const again = await context.actor('admin').createKey({ scopes: ['responder'], responder_id: ana.id })
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { quorum: { required: 2, of: [{ inbox: {} }] } })
        expectPending(await ana.actor.tryRespond(kind, call_id), 1)

        await again.actor.tryRespond(kind, call_id, { ...kind.answer, ...OTHER_WORDS[kind.schema] })

        expectPending(await context.agent.read(kind, call_id), 1)
        expectDecided(await bo.actor.tryRespond(kind, call_id), kind, 2)
      }
    },
  ),

  check(
    'composite.any-assignment',
    'whoever may decide through several leaves makes room for the others',
    { expect: 'accept', needs: PEOPLE, after: ['composite.all-of', 'composite.one-person-once'] },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      for (const kind of callKinds) {
        await decides(context, kind, { all_of: [leafFor(ana, bo), leafFor(ana)] }, [ana, bo])
        await decides(context, kind, { all_of: [leafFor(ana), leafFor(ana, bo)] }, [ana, bo])
        await decides(context, kind, { all_of: [leafFor(ana, bo), leafFor(bo, cy), leafFor(ana, cy)] }, [
          cy,
          bo,
          ana,
        ])
        await decides(
          context,
          kind,
          { all_of: [{ quorum: { required: 2, of: [leafFor(ana, bo, cy)] } }, leafFor(ana)] },
          [ana, bo, cy],
        )
        await decides(
          context,
          kind,
          { any_of: [{ all_of: [leafFor(ana), leafFor(cy)] }, { all_of: [leafFor(ana, bo), leafFor(bo)] }] },
          [bo, ana],
        )
      }
    },
  ),

  check(
    'composite.unbound-keys',
    'two keys that are bound to nobody are one person',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana } = await people(context, 'ana')
      const admin = context.actor('admin')
      const [one, other] = [
        await admin.createKey({ scopes: ['responder'] }),
        await admin.createKey({ scopes: ['responder'] }),
      ]
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { quorum: { required: 2, of: [{ inbox: {} }] } })
        expectPending(await one.actor.tryRespond(kind, call_id), 1)

        await other.actor.tryRespond(kind, call_id)

        expectValue(await context.agent.read(kind, call_id), '/status/state', 'pending')
        expectDecided(await ana.actor.tryRespond(kind, call_id), kind)
      }
    },
  ),

  check(
    'composite.own-key',
    'the key that asked does not count where it takes several people',
    { expect: 'reject', needs: PEOPLE },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const asking = await context
        .actor('admin')
        .createKey({ scopes: ['agent', 'responder'], responder_id: ana.id })
      for (const kind of callKinds)
        for (const channel of [
          { quorum: { required: 2, of: [leafFor(ana, bo)] } },
          { all_of: [{ inbox: {} }, leafFor(bo)] },
        ]) {
          const call_id = await ask(context, kind, channel, asking.actor)

          expectProblem(await asking.actor.tryRespond(kind, call_id), 403, 'responder_not_allowed')

          // The same person may, with a key that did not ask.
          expectPending(await ana.actor.tryRespond(kind, call_id), 1)
          expectDecided(await bo.actor.tryRespond(kind, call_id), kind)
        }
    },
  ),

  check(
    'composite.veto',
    'one denial denies, whoever has approved before',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const channel of [
        { quorum: { required: 2, of: [leafFor(ana), leafFor(bo)] } },
        { all_of: [leafFor(ana), { any_of: [leafFor(bo), { all_of: [leafFor(bo), leafFor(ana)] }] }] },
      ])
        for (const denier of [bo, ana]) {
          const call_id = await ask(context, functionCalls, channel)
          expectPending(await ana.actor.tryRespond(functionCalls, call_id), 1)

          const denied = await denier.actor.tryRespond(functionCalls, call_id, functionCalls.otherAnswer)

          expectStatus(denied, 200)
          for (const reply of [denied, await context.agent.read(functionCalls, call_id)]) {
            expectValue(reply, '/status/state', 'denied')
            expectValue(reply, '/status/approved', false)
            expectValue(reply, '/status/responder/id', denier.id)
            expectCount(reply, 2)
          }
        }
    },
  ),

  check(
    'composite.still-pending',
    'an answer that does not decide yet is kept, and the call stays pending',
    { expect: 'accept', needs: PEOPLE },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const kind of callKinds)
        for (const channel of [
          { all_of: [leafFor(ana), leafFor(bo)] },
          { quorum: { required: 2, of: [leafFor(ana, bo)] } },
        ]) {
          const call_id = await ask(context, kind, channel)

          const answered = await ana.actor.tryRespond(kind, call_id)

          for (const reply of [answered, await context.agent.read(kind, call_id)]) {
            expectPending(reply, 1)
            expectValue(reply, '/status/responses/0/responder/id', ana.id)
            for (const member of NULL_WHILE_PENDING[kind.schema])
              expectValue(reply, `/status/${member}`, null)
          }
        }
    },
  ),

  check(
    'composite.same-answer-again',
    'the same answer again changes nothing while the call is pending',
    { expect: 'accept', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { all_of: [leafFor(ana), leafFor(bo)] })
        const first = await ana.actor.tryRespond(kind, call_id)
        expectPending(first, 1)

        const again = await ana.actor.tryRespond(kind, call_id)

        expectStatus(again, 200)
        expectUnchanged(again, first)
        expectUnchanged(await ana.actor.read(kind, call_id), first)
      }
    },
  ),

  check(
    'composite.one-answer-each',
    'a further answer of the same person is refused, and nothing changes',
    { expect: 'reject', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { quorum: { required: 2, of: [leafFor(ana, bo)] } })
        const first = await ana.actor.tryRespond(kind, call_id)
        expectPending(first, 1)

        const further = await ana.actor.tryRespond(kind, call_id, {
          ...kind.answer,
          ...OTHER_WORDS[kind.schema],
        })

        expectProblem(further, 409, 'already_responded')
        expectValue(further, '/winning_status/state', 'pending')
        expectUnchanged(await ana.actor.read(kind, call_id), first)
      }
    },
  ),

  check(
    'composite.concurrent-answers',
    'of three answers at the same time two decide, and the third is refused',
    {
      expect: 'accept',
      lane: 'race',
      needs: PEOPLE,
      after: ['composite.quorum', 'function-call.first-answer-wins', 'human-contact.first-answer-wins'],
    },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      for (let round = 0; round < ROUNDS; round++) {
        const kind = callKinds[round % 2]!
        const call_id = await ask(context, kind, { quorum: { required: 2, of: [leafFor(ana, bo, cy)] } })

        const replies = await Promise.all([ana, bo, cy].map(({ actor }) => actor.tryRespond(kind, call_id)))

        const statuses = replies.map(({ status }) => status).toSorted((one, other) => one - other)
        const read = await context.agent.read(kind, call_id)
        expectThat(
          show(statuses) === '[200,200,409]',
          'two answers accepted and one refused',
          show(statuses),
          {
            reply: read,
          },
        )
        expectDecided(read, kind, 2)
        const winners = replies.flatMap(({ status }, index) =>
          status === 200 ? [[ana, bo, cy][index]!.id] : [],
        )
        const recorded = read.json.status.responses.map(
          ({ responder }: { responder: { id: string } }) => responder.id,
        )
        expectThat(
          winners.every((id) => recorded.includes(id)),
          `the answers of ${winners.join(' and ')}`,
          show(recorded),
          { reply: read, pointer: '/status/responses' },
        )
      }
    },
  ),

  check(
    'composite.all-answers',
    'a contact that several people answered shows what each of them said, line by line',
    { expect: 'accept', needs: PEOPLE, after: ['composite.quorum'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const call_id = context.id('asked')
      await context.agent.create(humanContacts, {
        call_id,
        spec: {
          channel: { all_of: [leafFor(ana), leafFor(bo)] },
          response_options: [{ name: 'later', title: 'Ask me later' }],
        },
      })
      await bo.actor.tryRespond(humanContacts, call_id, { response_option_name: 'later' })

      const answered = await ana.actor.tryRespond(humanContacts, call_id, { response: 'Yes.' })

      expectDecided(answered, humanContacts, 2)
      expectValue(answered, '/status/response', `${bo.id}: Ask me later\n${ana.id}: Yes.`)
      expectValue(answered, '/status/response_option_name', null)
      expectValue(answered, '/status/response_data', null)
    },
  ),

  check(
    'composite.no-edits',
    'nothing can be edited where it takes several people',
    { expect: 'accept', needs: { claims: ['edit'] } },
    async (context) => {
      for (const [channel, allowed] of [
        [{ all_of: [{ inbox: {} }, { inbox: {} }] }, false],
        [{ quorum: { required: 2, of: [{ inbox: {} }] } }, false],
        [{ any_of: [{ inbox: {} }, { all_of: [{ inbox: {} }, { inbox: {} }] }] }, false],
        [{ any_of: [{ inbox: {} }, { quorum: { required: 1, of: [{ inbox: {} }] } }] }, true],
      ] as const) {
        const call_id = context.id(context.nextName())
        const created = await context.agent.create(functionCalls, {
          call_id,
          spec: { channel, allow_edit: true },
        })
        expectValue(created, '/status/allow_edit', allowed)
      }
    },
  ),
]

const ROUNDS = 12

/** What else the same person might say. */
const OTHER_WORDS = { FunctionCall: { comment: 'once more' }, HumanContact: { response: 'once more' } }

const NULL_WHILE_PENDING = {
  FunctionCall: ['approved', 'comment', 'reject_option_name', 'responder', 'responded_at', 'completed_at'],
  HumanContact: [
    'response',
    'response_option_name',
    'response_data',
    'responder',
    'responded_at',
    'completed_at',
  ],
} as const

/** Asks through this channel. */
export async function ask(
  context: Context,
  kind: CallKind,
  channel: object,
  agent: Actor = context.agent,
): Promise<string> {
  const call_id = callId(context, kind, context.nextName())
  if ('inbox' in channel) await agent.create(kind, { call_id, spec: { channel } })
  else
    await context.step('composite.accepted', async () => {
      const created = await agent.tryCreate(kind, { call_id, spec: { channel } })
      expectStatus(created, 201)
      expectValue(created, '/call_id', call_id)
      expectValue(created, '/status/state', 'pending')
    })
  return call_id
}

/** The last of these answers decides, and none before it. */
async function decides(
  context: Context,
  kind: CallKind,
  channel: object,
  answering: readonly { id: string; actor: Actor }[],
): Promise<void> {
  const call_id = await ask(context, kind, channel)
  for (const [index, { actor }] of answering.entries()) {
    const answered = await actor.tryRespond(kind, call_id)
    if (index < answering.length - 1) expectPending(answered, index + 1)
    else expectDecided(answered, kind, answering.length)
  }
  expectDecided(await context.agent.read(kind, call_id), kind, answering.length)
}

export function expectPending(reply: Reply, answers: number): void {
  expectStatus(reply, 200)
  expectValue(reply, '/status/state', 'pending')
  expectCount(reply, answers)
}

export function expectDecided(reply: Reply, kind: CallKind, answers?: number): void {
  expectStatus(reply, 200)
  expectValue(reply, '/status/state', kind.answeredState)
  if (answers !== undefined) expectCount(reply, answers)
}

function expectCount(reply: Reply, answers: number): void {
  const responses: unknown = reply.json?.status?.responses
  expectThat(
    Array.isArray(responses) && responses.length === answers,
    `${answers} answers in responses`,
    show(responses),
    { reply, pointer: '/status/responses' },
  )
}
