import { callId, callKinds, functionCalls, pathOf, type CallKind } from '../actors/call-kind.ts'
import { actsIn, idsIn, readAllEvents, type ShownEvent } from '../actors/event-log.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectJson, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isDeepStrictEqual } from 'node:util'
import { untilTerminal } from './expiring-calls.ts'

/** What the log says of everything that can happen to a call. */
export const eventChecks: readonly Check[] = [
  check(
    'event.requested',
    'a creation makes one event, and to ask the same again makes none',
    { expect: 'accept' },
    async (context) => {
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'asked')
        await context.agent.create(kind, wish)
        await context.agent.tryCreate(kind, wish)

        const events = await readAllEvents(context, { run_id })

        expectActs(events, ['requested'])
        expectTypes(events, kind)
        expectThat(events[0].data?.call_id === call_id, call_id, show(events[0].data?.call_id))
      }
    },
  ),

  check(
    'event.responded',
    'an answer makes one event, and to give the same again makes none',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      for (const kind of callKinds)
        for (const answer of [kind.answer, kind.otherAnswer]) {
          const { call_id, run_id, wish } = inRun(context, kind, context.nextName())
          await context.agent.create(kind, wish)
          await context.responder.respond(kind, call_id, answer)
          await context.responder.tryRespond(kind, call_id, answer)

          const responded = (await readAllEvents(context, { run_id })).filter(isA('responded'))

          expectActs(responded, ['responded'])
          expectTypes(responded, kind)
        }
    },
  ),

  check(
    'event.refused',
    'an answer of somebody who may not give it makes one event, and the call in it is pending',
    { expect: 'accept', after: ['event.requested', 'responder.not-allowed'] },
    async (context) => {
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'closed')
        const channel = { inbox: { allowed_responder_ids: [context.id('nobody')] } }
        await context.agent.create(kind, { ...wish, spec: { channel } })
        for (let times = 0; times < 2; times++)
          await context.step('responder.not-allowed', async () =>
            expectProblem(await context.responder.tryRespond(kind, call_id), 403, 'responder_not_allowed'),
          )

        const refused = (await readAllEvents(context, { run_id })).filter(isA('refused'))

        expectActs(refused, ['refused', 'refused'])
        expectTypes(refused, kind)
        for (const { data } of refused)
          expectThat(data?.status?.state === 'pending', 'a pending call', show(data?.status?.state))
      }
    },
  ),

  check(
    'event.escalated',
    'every escalation makes one event, and to escalate the same again makes none',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'escalated')
        await context.agent.create(kind, wish)
        for (const escalation_id of ['e1', 'e2', 'e1'])
          await context.agent.escalate(kind, call_id, { escalation_id, escalation_msg: 'Please.' })

        const escalated = (await readAllEvents(context, { run_id })).filter(isA('escalated'))

        expectActs(escalated, ['escalated', 'escalated'])
        expectTypes(escalated, kind)
        expectThat(
          escalated[0].data?.status?.escalations?.length === 1,
          'one escalation in the first event',
          show(escalated[0].data?.status?.escalations),
        )
      }
    },
  ),

  check(
    'event.completed',
    'a call that becomes terminal makes one event, after that of the answer',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      for (const kind of callKinds)
        for (const [end, acts] of [
          [(id: string) => context.responder.respond(kind, id), ['responded', 'completed']],
          [(id: string) => context.responder.respond(kind, id, kind.otherAnswer), ['responded', 'completed']],
          [(id: string) => context.agent.cancel(kind, id), ['completed']],
        ] as const) {
          const { call_id, run_id, wish } = inRun(context, kind, context.nextName())
          await context.agent.create(kind, wish)
          await end(call_id)
          await end(call_id)

          const events = await readAllEvents(context, { run_id })

          expectActs(
            events.filter((event) => isA('completed')(event) || isA('responded')(event)),
            acts,
          )
          expectTypes(events, kind)
        }
    },
  ),

  check(
    'event.completed',
    'a call that nobody answers makes one event when its time is up',
    { variant: 'expired', expect: 'accept', lane: 'timer', kind: 'liveness', needs: { claims: ['expiry'] } },
    async (context) => {
      await Promise.all(
        callKinds.map(async (kind) => {
          const { call_id, run_id, wish } = inRun(context, kind, 'silence')
          await context.agent.create(kind, { ...wish, spec: { expires_in_seconds: 1 } })
          await context.step('expiry.expires', async () =>
            expectValue(await untilTerminal(context, kind, call_id), '/status/state', 'expired'),
          )
          await context.responder.tryRespond(kind, call_id)

          const completed = (await readAllEvents(context, { run_id })).filter(isA('completed'))

          expectActs(completed, ['completed'])
          expectThat(
            completed[0].data?.status?.state === 'expired',
            'expired',
            show(completed[0].data?.status),
          )
        }),
      )
    },
  ),

  check(
    'event.nothing-happened',
    'what is refused, read or repeated makes no event',
    {
      expect: 'reject',
      after: [
        'event.requested',
        'event.completed',
        'function-call.first-answer-wins',
        'human-contact.first-answer-wins',
      ],
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'quiet')
        await agent.create(kind, wish)
        await responder.respond(kind, call_id)
        const before = await readAllEvents(context, { run_id })

        const replies = [
          await agent.tryCreate(kind, { ...wish, spec: { metadata: { other: true } } }),
          await agent.tryCreate(kind, { run_id, call_id: '.bad' }),
          await responder.tryRespond(kind, call_id, kind.otherAnswer),
          await responder.tryRespond(kind, call_id, { approved: 'perhaps', response: 1 }),
          await agent.tryCancel(kind, call_id),
          await agent.tryEscalate(kind, call_id, { escalation_id: 'late', escalation_msg: 'Now.' }),
          await responder.tryRespond(kind, call_id),
          await agent.tryCreate(kind, wish),
          await agent.get(pathOf(kind, call_id)),
        ]

        const after = await readAllEvents(context, { run_id })
        expectActs(after, actsIn(before))
        // Nobody was asked for something that the server does not know.
        for (const reply of replies) expectStatus(reply, 200, 400, 409, 422)
      }
    },
  ),

  check(
    'event.snapshot',
    'an event shows the whole call as the act left it',
    { expect: 'accept', after: ['event.requested', 'event.completed', 'call.spec-returned'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'shown')
        const spec = { metadata: { 'com.example.note': 'kept' }, state: { step: 3 } }
        const shown = [await agent.create(kind, { ...wish, spec })]
        await agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' })
        shown.push(await agent.read(kind, call_id))
        await responder.respond(kind, call_id)
        const last = await agent.read(kind, call_id)
        shown.push(last, last)

        const events = await readAllEvents(context, { run_id })

        expectActs(events, ['requested', 'escalated', 'responded', 'completed'])
        for (const [index, reply] of shown.entries())
          expectThat(
            isDeepStrictEqual(events[index].data, reply.json),
            `the call as it was: ${show(reply.json)}`,
            show(events[index].data),
            { reply },
          )
      }
    },
  ),

  check(
    'event.snapshot',
    'an event keeps opaque values to the last digit',
    { variant: 'opaque', expect: 'accept', after: ['opaque.values-kept', 'event.requested'] },
    async (context) => {
      const { call_id, run_id } = inRun(context, functionCalls, 'exact')
      const kwargs = '{"big":9007199254740993,"tiny":1e-7,"none":null,"text":"\\u00e9\\u2028","z":1,"a":2}'
      const created = await context.agent.send({
        method: 'POST',
        path: functionCalls.collection,
        body: `{"run_id":"${run_id}","call_id":"${call_id}","spec":{"fn":"f","kwargs":${kwargs}}}`,
      })
      await context.step('call.created-status', async () => expectStatus(created, 201))

      const reply = await context.agent.get(`/v1/events?run_id=${run_id}`)

      expectStatus(reply, 200)
      expectJson(reply, '/items/0/data/spec/kwargs', kwargs)
    },
  ),

  check(
    'event.unchanging',
    'an event is the same whenever it is read',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      for (const kind of callKinds) {
        const { call_id, run_id, wish } = inRun(context, kind, 'again')
        await context.agent.create(kind, { ...wish, spec: { state: { step: 1 } } })
        const [first] = await readAllEvents(context, { run_id })
        await context.agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' })
        const [second] = await readAllEvents(context, { run_id })
        await context.responder.respond(kind, call_id)

        for (const again of [second, (await readAllEvents(context, { run_id, limit: 1 }))[0]])
          expectThat(isDeepStrictEqual(again, first), show(first), show(again))
      }
    },
  ),

  check(
    'event.principal',
    'an event names the key that asked, or whoever answered',
    { expect: 'accept', after: ['event.requested', 'event.completed'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const answered = inRun(context, kind, 'answered')
        const created = await agent.create(kind, answered.wish)
        await responder.respond(kind, answered.call_id)
        const read = await agent.read(kind, answered.call_id)
        const cancelled = inRun(context, kind, 'cancelled')
        await agent.create(kind, cancelled.wish)
        await agent.cancel(kind, cancelled.call_id)
        const asker = String(created.json.status?.requested_by)
        const person = String(read.json.status?.responder?.id)

        expectPrincipals(await readAllEvents(context, { run_id: answered.run_id }), [asker, person, person])
        expectPrincipals(await readAllEvents(context, { run_id: cancelled.run_id }), [asker, asker])
      }
    },
  ),

  check(
    'event.principal',
    'an event of an expiry names the clock',
    { variant: 'expired', expect: 'accept', lane: 'timer', needs: { claims: ['expiry'] } },
    async (context) => {
      const kind = functionCalls
      const { call_id, run_id, wish } = inRun(context, kind, 'silence')
      const created = await context.agent.create(kind, { ...wish, spec: { expires_in_seconds: 1 } })
      await context.step('expiry.expires', async () =>
        expectValue(await untilTerminal(context, kind, call_id), '/status/state', 'expired'),
      )

      const events = await readAllEvents(context, { run_id })

      expectPrincipals(events, [String(created.json.status?.requested_by), 'system:expiry'])
    },
  ),

  check(
    'event.state-for-agents',
    'a key that cannot ask does not see the state that an agent keeps',
    {
      expect: 'reject',
      needs: { claims: ['scopes'], keys: ['admin'] },
      after: ['event.requested', 'event.snapshot'],
    },
    async (context) => {
      const { actor } = await context.actor('admin').createKey({ scopes: ['responder'] })
      for (const kind of callKinds) {
        const { run_id, wish } = inRun(context, kind, 'secret')
        const secret = context.id('kept')
        await context.agent.create(kind, { ...wish, spec: { state: { secret } } })

        const own = await readAllEvents(context, { run_id })
        const [shown] = await readAllEvents(context, { run_id }, actor)

        expectThat(
          own[0]?.data?.spec?.state?.secret === secret,
          'the state, for the agent',
          show(own[0]?.data?.spec),
        )
        expectThat(!JSON.stringify(shown ?? null).includes(secret), 'no state', show(shown?.data?.spec))
        expectThat(shown?.data?.spec !== undefined, 'the rest of the spec', show(shown))
      }
    },
  ),
]

interface InRun {
  readonly call_id: string
  readonly run_id: string
  readonly wish: { call_id: string; run_id: string }
}

/** A call in a run of its own, so that its events can be told from all others. */
export function inRun(context: Context, kind: CallKind, name: string): InRun {
  const call_id = callId(context, kind, name)
  const run_id = context.id(`run-${kind.schema}-${name}`)
  return { call_id, run_id, wish: { call_id, run_id } }
}

function isA(act: string): (event: ShownEvent) => boolean {
  return (event) => actsIn([event])[0] === act
}

export function expectActs(events: readonly ShownEvent[], acts: readonly string[]): void {
  const shown = actsIn(events)
  expectThat(shown.join() === acts.join(), `the events ${acts.join(', ')}`, shown.join(', ') || 'none')
  const ids = idsIn(events)
  expectThat(new Set(ids).size === ids.length, 'an id of its own for each event', ids.join(', '))
}

function expectTypes(events: readonly ShownEvent[], kind: CallKind): void {
  const prefix = `${kind.name.replace(' ', '_')}.`
  for (const { type } of events) expectThat(String(type).startsWith(prefix), `a type ${prefix}…`, show(type))
}

function expectPrincipals(events: readonly ShownEvent[], expected: readonly string[]): void {
  const shown = events.map(({ principal }) => String(principal))
  expectThat(shown.join() === expected.join(), expected.join(', '), shown.join(', ') || 'none')
}
