import { callId, callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
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
import type { Reply } from '../reply.ts'

/** The agent asks again. Who is asked changes; who may decide never does. */
export const escalationChecks: readonly Check[] = [
  check(
    'call.escalate',
    'an escalation is recorded, oldest first, and the call stays pending',
    { expect: 'accept', after: ['id.pattern', 'id.case-sensitive'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'escalated')
        await agent.create(kind, { call_id })

        for (const escalation of [
          plain('e1'),
          { ...plain('e2'), channel: { inbox: { allowed_responder_ids: ['dana', 'eli'] } } },
          { ...plain('E2'), additional_recipients: [{ address: 'lead@example.com', field: 'cc' }] },
          { ...plain('a~b:c@d+e=f.g_h-i'), channel: null },
          { ...plain('long'), escalation_msg: LONG },
        ])
          expectStatus(await agent.tryEscalate(kind, call_id, escalation), 200)

        const last = await agent.tryEscalate(kind, call_id, plain('e3'))
        expectStatus(last, 200)
        for (const reply of [last, await agent.read(kind, call_id)]) {
          expectValue(reply, '/call_id', call_id)
          expectValue(reply, '/status/state', 'pending')
          expectIds(reply, ['e1', 'e2', 'E2', 'a~b:c@d+e=f.g_h-i', 'long', 'e3'])
          expectValue(reply, '/status/escalations/0/escalation_msg', plain('e1').escalation_msg)
          expectValue(reply, '/status/escalations/1/channel', {
            inbox: { allowed_responder_ids: ['dana', 'eli'] },
          })
          expectValue(reply, '/status/escalations/2/additional_recipients/0/address', 'lead@example.com')
          expectValue(reply, '/status/escalations/2/additional_recipients/0/field', 'cc')
          expectValue(reply, '/status/escalations/4/escalation_msg', LONG)
        }
      }
    },
  ),

  check(
    'call.escalate',
    'the same escalation_id may name one escalation of each call',
    { variant: 'each-call', expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds)
        for (const name of ['one', 'two']) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })

          const escalated = await agent.tryEscalate(kind, call_id, {
            ...plain('e1'),
            escalation_msg: `For ${name}.`,
          })

          expectStatus(escalated, 200)
          expectValue(escalated, '/status/escalations/0/escalation_msg', `For ${name}.`)
          expectIds(escalated, ['e1'])
        }
    },
  ),

  check(
    'call.escalate',
    'sixteen escalations at the same time are all recorded, once each',
    {
      variant: 'concurrent',
      expect: 'accept',
      lane: 'race',
      // Whoever decides on what was read before loses answers and escalations alike.
      after: ['function-call.one-winner', 'human-contact.one-winner'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'raced')
        await agent.create(kind, { call_id })
        const ids = Array.from({ length: 16 }, (_, n) => `e${String(n).padStart(2, '0')}`)

        const replies = await Promise.all(ids.map((id) => agent.tryEscalate(kind, call_id, plain(id))))

        for (const reply of replies) expectStatus(reply, 200)
        const read = await agent.read(kind, call_id)
        expectThat(show(idsIn(read).toSorted()) === show(ids), show(ids), show(idsIn(read).toSorted()), {
          reply: read,
          pointer: '/status/escalations',
        })
      }
    },
  ),

  check(
    'call.escalate-keeps-deciders',
    'whom an escalation names may not decide because of it, and nobody loses the right',
    {
      expect: 'reject',
      after: ['channel.effective', 'responder.not-allowed', 'responder.listed', 'responder.unlisted-leaf'],
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const closed = { inbox: { allowed_responder_ids: [context.id('nobody')] } }
        const open = { inbox: {} }
        for (const [name, channel, asked] of [
          ['closed', closed, open],
          ['open', open, closed],
          ['default', undefined, closed],
        ] as const) {
          const call_id = callId(context, kind, name)
          const created = await agent.create(kind, { call_id, spec: { channel } })
          const escalated = await agent.escalate(kind, call_id, { ...plain('e1'), channel: asked })
          for (const reply of [escalated, await agent.read(kind, call_id)]) {
            expectValue(reply, '/status/channel', valueAt(created.json, '/status/channel'))
            expectValue(reply, '/spec/channel', valueAt(created.json, '/spec/channel'))
          }

          const answer = await responder.tryRespond(kind, call_id)

          if (name === 'closed') expectProblem(answer, 403, 'responder_not_allowed')
          else expectStatus(answer, 200)
        }
      }
    },
  ),

  check(
    'call.escalate-keeps-deciders',
    'a person whom only the escalation lists may not decide, and the person listed first still may',
    {
      variant: 'persons',
      expect: 'reject',
      needs: { keys: ['admin'], claims: ['scopes'] },
      after: ['responder.not-allowed', 'responder.listed'],
    },
    async (context) => {
      const { agent } = context
      const admin = context.actor('admin')
      const [dana, eli] = [context.id('dana'), context.id('eli')]
      const first = await admin.createKey({ scopes: ['responder'], responder_id: dana })
      const second = await admin.createKey({ scopes: ['responder'], responder_id: eli })
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'kept')
        await agent.create(kind, { call_id, spec: { channel: { inbox: { allowed_responder_ids: [dana] } } } })
        await agent.escalate(kind, call_id, {
          ...plain('e1'),
          channel: { inbox: { allowed_responder_ids: [eli] } },
        })

        expectProblem(await second.actor.tryRespond(kind, call_id), 403, 'responder_not_allowed')
        expectStatus(await first.actor.tryRespond(kind, call_id), 200)
      }
    },
  ),

  check(
    'call.escalate-room',
    'twenty escalations of a call are recorded',
    { expect: 'accept', after: ['call.escalate'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'often')
        await agent.create(kind, { call_id })
        const ids = Array.from({ length: 20 }, (_, n) => `e${n}`)

        for (const id of ids) expectStatus(await agent.tryEscalate(kind, call_id, plain(id)), 200)

        expectIds(await agent.read(kind, call_id), ids)
      }
    },
  ),

  check(
    'call.escalate-room',
    'a server that has no room for a further escalation says so with 422, and loses none',
    {
      variant: 'full',
      expect: 'reject',
      lane: 'timer',
      after: ['call.escalate', 'call.escalate-again'],
    },
    async (context) => {
      const { agent } = context
      const kind = functionCalls
      const call_id = callId(context, kind, 'full')
      await agent.create(kind, { call_id })

      const recorded: string[] = []
      for (let batch = 0; batch < 8 && recorded.length === batch * 8; batch++) {
        const ids = Array.from({ length: 8 }, (_, n) => `e${batch * 8 + n}`)
        const replies = await Promise.all(ids.map((id) => agent.tryEscalate(kind, call_id, plain(id))))
        for (const [index, reply] of replies.entries()) {
          expectStatus(reply, 200, 422)
          if (reply.status === 200) recorded.push(ids[index]!)
        }
      }

      expectThat(recorded.length >= 20, 'at least 20 escalations recorded', String(recorded.length))
      const read = await agent.read(kind, call_id)
      expectThat(
        show(idsIn(read).toSorted()) === show(recorded.toSorted()),
        `the ${recorded.length} that were acknowledged`,
        `${idsIn(read).length}`,
        { reply: read, pointer: '/status/escalations' },
      )
      // What was recorded before stays repeatable.
      expectStatus(await agent.tryEscalate(kind, call_id, plain(recorded[0]!)), 200)
    },
  ),

  check(
    'call.escalate-too-late',
    'a call that has ended is not escalated',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const [name, end, code] of [
          ['answered', (id: string) => responder.respond(kind, id), 'already_responded'],
          ['denied', (id: string) => responder.respond(kind, id, kind.otherAnswer), 'already_responded'],
          ['cancelled', (id: string) => agent.cancel(kind, id), 'already_cancelled'],
        ] as const) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })
          await end(call_id)

          await expectTooLate(context, kind, call_id, code)
        }
    },
  ),

  check(
    'call.escalate-too-late',
    'a call that has expired is not escalated',
    { variant: 'expired', expect: 'reject', lane: 'timer', needs: { claims: ['expiry'] } },
    async (context) => {
      const { agent } = context
      await Promise.all(
        callKinds.map(async (kind) => {
          const call_id = callId(context, kind, 'expired')
          await agent.create(kind, { call_id, spec: { expires_in_seconds: 1 } })
          await context.step('expiry.expires', async () => {
            const until = context.now() + 12_000
            for (;;) {
              const read = await agent.get(pathOf(kind, call_id))
              if (read.json?.status?.state === 'expired') return
              expectThat(context.now() < until, 'the call expired', describe(read), { reply: read })
              await context.sleep(100)
            }
          })

          await expectTooLate(context, kind, call_id, 'already_expired')
        }),
      )
    },
  ),
]

/** As long as a message may be. */
const LONG = `${'It is urgent. '.repeat(715).slice(0, 9_995)} Now.`

async function expectTooLate(
  { agent }: Context,
  kind: CallKind,
  call_id: string,
  code: string,
): Promise<void> {
  const before = await agent.read(kind, call_id)
  expectProblem(await agent.tryEscalate(kind, call_id, plain('e1')), 409, code)
  expectUnchanged(await agent.read(kind, call_id), before)
}

export function plain(escalation_id: string): { escalation_id: string; escalation_msg: string } {
  return { escalation_id, escalation_msg: 'The shop is closed until somebody decides.' }
}

function idsIn(reply: Reply): string[] {
  const escalations: unknown = reply.json?.status?.escalations
  return Array.isArray(escalations)
    ? escalations.map((each: { escalation_id?: unknown }) => String(each?.escalation_id))
    : []
}

export function expectIds(reply: Reply, ids: readonly string[]): void {
  expectThat(show(idsIn(reply)) === show(ids), show(ids), show(idsIn(reply)), {
    reply,
    pointer: '/status/escalations',
  })
}
