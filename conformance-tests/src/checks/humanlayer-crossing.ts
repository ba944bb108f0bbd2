import { ending, expectJudged, heldLong, hold, untilHeld, wokenReply } from '../actors/held-request.ts'
import { inProfile, profileKinds } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import { ANSWERING, CREATED, CREATING, ENDING, ESCALATING, PATHS } from './humanlayer-causes.ts'

// The same call seen through both doors.

export const humanlayerCrossingChecks: readonly Check[] = [
  check(
    'humanlayer.same-calls',
    'a call that was created here is read and answered natively, and the answer is shown here',
    { expect: 'accept', after: [...CREATING, ...ANSWERING, ...CREATED] },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const [call_id, run_id] = [context.id('one'), context.id('run')]
        await agent.create(kind, { call_id, run_id, spec: { state: { step: 7 } } })

        const natively = await context.agent.get(`${kind.core.collection}/${call_id}`)
        expectStatus(natively, 200)
        expectValue(natively, '/call_id', call_id)
        expectValue(natively, '/run_id', run_id)
        expectValue(natively, '/status/state', 'pending')
        expectValue(natively, '/spec/state', { step: 7 })
        for (const [name, value] of Object.entries(kind.core.spec()))
          expectValue(natively, `/spec/${name}`, value)

        const answered = await context.responder.tryRespond(kind.core, call_id)
        expectStatus(answered, 200)
        expectValue(answered, '/status/state', kind.core.answeredState)
        const shown = await agent.readNative(kind, call_id)
        for (const [name, value] of Object.entries(kind.core.answer))
          expectValue(shown, `/status/${name}`, value)
      }
    },
  ),

  check(
    'humanlayer.same-calls',
    'a native call is read and answered here, and is decided natively by who answered',
    { expect: 'accept', variant: 'answered-here', after: [...CREATING, ...ANSWERING, ...CREATED] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const [call_id, run_id, other] = [context.id('one'), context.id('run'), context.id('two')]
        await context.agent.create(kind.core, { call_id, run_id })
        await context.agent.create(kind.core, { call_id: other })

        const read = await agent.tryRead(kind, call_id)
        expectStatus(read, 200)
        expectValue(read, '/call_id', call_id)
        expectValue(read, '/run_id', run_id)
        for (const [name, value] of Object.entries(kind.core.spec()))
          expectValue(read, `/spec/${name}`, value)

        const answered = await responder.tryRespond(kind, call_id)
        expectStatus(answered, 200)
        const natively = await context.agent.get(`${kind.core.collection}/${call_id}`)
        expectValue(natively, '/status/state', kind.core.answeredState)
        for (const [name, value] of Object.entries(kind.core.answer))
          expectValue(natively, `/status/${name}`, value)

        // The same person, whichever door the answer came through.
        const direct = await context.responder.respond(kind.core, other)
        expectValue(natively, '/status/responder/id', valueAt(direct.json, '/status/responder/id'))
        const recorded: unknown = valueAt(natively.json, '/status/responses')
        expectThat(
          Array.isArray(recorded) && recorded.length === 1,
          'one recorded response',
          show(recorded),
          { reply: natively, pointer: '/status/responses' },
        )
      }
    },
  ),

  check(
    'humanlayer.same-calls',
    'a call that was created here is cancelled and escalated natively',
    {
      expect: 'accept',
      variant: 'ended',
      after: [...CREATING, ...ENDING, ...ESCALATING, ...CREATED],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        const escalated = await context.agent.tryEscalate(kind.core, call_id, {
          escalation_id: context.id('escalation'),
          escalation_msg: 'It is urgent.',
        })
        const cancelled = await context.agent.tryCancel(kind.core, call_id)

        expectStatus(escalated, 200)
        expectStatus(cancelled, 200)
        expectValue(cancelled, '/status/state', 'cancelled')
        expectValue(cancelled, '/status/escalations/0/escalation_msg', 'It is urgent.')
      }
    },
  ),

  check(
    'humanlayer.same-calls',
    'an answer that was given here is final natively',
    {
      expect: 'reject',
      variant: 'final',
      after: [
        ...CREATING,
        ...ANSWERING,
        'function-call.late-answer-conflict',
        'human-contact.late-answer-conflict',
        'call.cancel-too-late',
        ...CREATED,
      ],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        await responder.respond(kind, call_id)

        const late = await context.responder.tryRespond(kind.core, call_id, kind.core.otherAnswer)
        const cancelled = await context.agent.tryCancel(kind.core, call_id)

        for (const reply of [late, cancelled]) expectProblem(reply, 409, 'already_responded')
      }
    },
  ),

  check(
    'humanlayer.same-calls',
    'of an answer here and a different one natively, at the same time, one is accepted',
    {
      expect: 'accept',
      variant: 'raced',
      lane: 'race',
      after: [
        ...CREATING,
        ...ANSWERING,
        'function-call.one-winner',
        'human-contact.one-winner',
        'function-call.late-answer-conflict',
        'human-contact.late-answer-conflict',
        'function-call.first-answer-wins',
        'human-contact.first-answer-wins',
        ...CREATED,
      ],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds)
        for (let round = 0; round < 5; round++) {
          const call_id = context.id(`race${round}`)
          await agent.create(kind, { call_id })

          const replies = await Promise.all([
            responder.tryRespond(kind, call_id, kind.core.answer),
            context.responder.tryRespond(kind.core, call_id, kind.core.otherAnswer),
          ])

          const accepted = replies.filter(({ status }) => status === 200).length
          const refused = replies.filter(({ status }) => status === 409).length
          expectThat(
            accepted === 1 && refused === 1,
            'one answer accepted and one refused with 409',
            `HTTP ${replies.map(({ status }) => status).join(' and ')}`,
            { reply: replies[0] },
          )
        }
    },
  ),

  check(
    'humanlayer.same-calls',
    'the ids of function calls and of human contacts are apart',
    { expect: 'accept', variant: 'kinds-apart', after: [...CREATING, 'call.kinds-apart', ...CREATED] },
    async (context) => {
      const { agent } = inProfile(context)
      const call_id = context.id('one')

      for (const kind of profileKinds) expectStatus(await agent.tryCreate(kind, { call_id }), 200)

      for (const kind of profileKinds)
        for (const [name, value] of Object.entries(kind.core.spec()))
          expectValue(await agent.read(kind, call_id), `/spec/${name}`, value)
    },
  ),

  check(
    'wait.wakes',
    'an answer that came through the HumanLayer profile wakes whoever waits natively',
    {
      expect: 'accept',
      variant: 'humanlayer',
      kind: 'liveness',
      needs: { claims: ['humanlayer'] },
      after: ['wait.holds', ...ANSWERING, ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const woken = []
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        const wish = { ask: 'get', way: 'query', kind: kind.core, call_id } as const
        const waiting = hold(context, { ...wish, ...heldLong(context) })
        await untilHeld(context)

        const ended = await ending(context, () => responder.respond(kind, call_id))

        woken.push(wokenReply(context, await waiting, kind.core.answeredState, ended))
      }
      expectJudged(woken)
    },
  ),
]
