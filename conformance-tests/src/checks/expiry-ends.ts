import { callKinds, functionCalls, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isInstant, spanOf } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { passed, serverTime } from './server-time.ts'
import { aheadIn, expiring, iso, untilTerminal } from './expiring-calls.ts'

/** When a call ends, and what an answer before and after it does. All times are those of the server: the clock of the suite may be another one. */
export const expiryEndChecks: readonly Check[] = [
  check(
    'expiry.expires',
    'a call that nobody answers expires by itself',
    { expect: 'accept', kind: 'liveness', lane: 'timer' },
    async (context) => {
      const { agent } = context
      const calls = await Promise.all(callKinds.map((kind) => expiring(context, kind)))
      for (const { kind, call_id } of calls) {
        const expired = await untilTerminal(context, kind, call_id)
        expectValue(expired, '/status/state', 'expired')
        if (kind === functionCalls) expectValue(expired, '/status/approved', false)
        const { expires_at, completed_at } = expired.json.status as Record<string, unknown>
        expectThat(
          isInstant(expires_at) &&
            isInstant(completed_at) &&
            spanOf(completed_at).latest >= spanOf(expires_at).earliest,
          'a completed_at that is not before expires_at',
          `${show(completed_at)} and ${show(expires_at)}`,
          { reply: expired, pointer: '/status/completed_at' },
        )
        expectValue(await agent.read(kind, call_id), '/status/completed_at', completed_at)
      }
    },
  ),

  check(
    'expiry.expires',
    'a call stays pending as long as its time is not up',
    { variant: 'not-before', expect: 'accept', lane: 'timer' },
    async (context) => {
      const calls = await Promise.all(callKinds.map((kind) => expiring(context, kind)))
      for (const pause of [0, 300, 300, 200]) {
        await context.sleep(pause)
        for (const { kind, call_id, created } of calls) {
          const read = await context.agent.read(kind, call_id)
          if (read.json.status.state !== 'pending')
            await expectOver(context, created.earliest + 1_000, read, 'a call that is still pending')
        }
      }
    },
  ),

  check('expiry.never-early', 'an answer in time is accepted', { expect: 'accept' }, async (context) => {
    const { agent, responder } = context
    for (const kind of callKinds) {
      const { latest } = await serverTime(context)
      const call_id = context.id(context.nextName())
      await agent.create(kind, { call_id, spec: { expires_at: iso(latest + aheadIn(context)) } })

      const answered = await responder.tryRespond(kind, call_id)

      expectStatus(answered, 200)
      expectValue(answered, '/status/state', kind.answeredState)
    }
  }),

  check(
    'expiry.never-early',
    'an answer shortly before the end is accepted',
    { variant: 'shortly-before', expect: 'accept', lane: 'timer' },
    async (context) => {
      await Promise.all(
        callKinds.flatMap((kind) => [600, 300, 150, 60, 20].map((left) => answerBefore(context, kind, left))),
      )
    },
  ),

  check(
    'expiry.never-late',
    'an answer after the end is refused, although nobody has looked at the call since',
    {
      expect: 'reject',
      lane: 'timer',
      after: ['function-call.first-answer-wins', 'human-contact.first-answer-wins'],
    },
    async (context) => {
      const answerLate = async (kind: CallKind) => {
        const { call_id, created } = await expiring(context, kind)
        await passed(context, created, created.latest + 1_000)

        const refused = await context.responder.tryRespond(kind, call_id)

        expectProblem(refused, 409, 'already_expired')
        expectValue(refused, '/winning_status/state', 'expired')
        expectValue(await context.agent.read(kind, call_id), '/status/state', 'expired')
      }
      await Promise.all([...callKinds, ...callKinds].map(answerLate))
    },
  ),

  check(
    'expiry.never-late',
    'an answer that comes again after the end is refused like the first one',
    {
      variant: 'again',
      expect: 'reject',
      lane: 'timer',
      after: ['function-call.first-answer-wins', 'human-contact.first-answer-wins'],
    },
    async (context) => {
      const calls = await Promise.all(callKinds.map((kind) => expiring(context, kind)))
      for (const { kind, call_id, created } of calls) {
        await passed(context, created, created.latest + 1_000)
        for (const answer of [kind.answer, kind.answer, kind.otherAnswer])
          expectProblem(await context.responder.tryRespond(kind, call_id, answer), 409, 'already_expired')
        expectValue(await context.agent.read(kind, call_id), '/status/responses', [])
      }
    },
  ),

  check(
    'expiry.never-late',
    'an end that is written without milliseconds is the instant that it says',
    {
      variant: 'written-shortly',
      expect: 'reject',
      lane: 'timer',
      after: ['function-call.first-answer-wins', 'human-contact.first-answer-wins', 'expiry.shown'],
    },
    async (context) => {
      const answerLate = async (kind: CallKind) => {
        const time = await serverTime(context)
        const at = Math.ceil((time.latest + 1_000) / 1_000) * 1_000
        const call_id = context.id(context.nextName())
        const spec = { expires_at: iso(at).replace('.000Z', 'Z') }
        const created = await context.agent.tryCreate(kind, { call_id, spec })
        // So slow that the time was up before the call came: nothing to see here.
        if (created.status === 422) return
        await passed(context, time, at)

        expectProblem(await context.responder.tryRespond(kind, call_id), 409, 'already_expired')
      }
      await Promise.all(callKinds.map(answerLate))
    },
  ),

  check(
    'expiry.silence-never-approves',
    'an expired function call is not approved, whatever is asked for or sent later',
    {
      expect: 'reject',
      lane: 'timer',
      after: ['function-call.first-answer-wins', 'human-contact.first-answer-wins'],
    },
    async (context) => {
      const { agent, responder } = context
      const specs = [
        {},
        { on_expire: { comment: 'approved' } },
        { on_expire: { approved: true, comment: 'go ahead', state: 'approved' } },
        { approved: true, on_expire: {} },
      ]
      const calls = await Promise.all(specs.map((spec) => expiring(context, functionCalls, spec)))

      for (const { call_id, created } of calls) {
        await passed(context, created, created.latest + 1_000)
        expectNotApproved(await untilTerminal(context, functionCalls, call_id))
        const late = await responder.tryRespond(functionCalls, call_id, { approved: true })
        expectThat(late.status >= 400, 'a refusal', describe(late), { reply: late })
        await agent.tryCancel(functionCalls, call_id)
        expectNotApproved(await agent.read(functionCalls, call_id))
      }
    },
  ),

  check(
    'expiry.precision',
    'a call ends between the seconds, neither at the one before nor at the one after',
    { expect: 'accept', lane: 'timer', after: ['expiry.never-late', 'expiry.never-early', 'expiry.shown'] },
    async (context) => {
      // A slow server may miss the half of a second in which the difference shows; then it is tried again.
      for (let attempt = 1; attempt <= 5; attempt++) if (await endsBetweenSeconds(context)) return
    },
  ),
]

function expectNotApproved(reply: Reply): void {
  const { state, approved } = (reply.json?.status ?? {}) as Record<string, unknown>
  expectThat(
    state !== 'approved' && approved === false,
    'a call that is not approved',
    show({ state, approved }),
    {
      reply,
      pointer: '/status',
    },
  )
}

/** A call was ended, or an answer refused: right only if the time was up by the clock of the server. */
async function expectOver(context: Context, at: number, reply: Reply, expected: string): Promise<void> {
  const { latest } = await serverTime(context)
  expectThat(
    latest > at,
    `${expected} before ${iso(at)}`,
    `${describe(reply)}, at ${iso(latest)} at the latest`,
    {
      reply,
    },
  )
}

/** Answers when so many milliseconds are left. If the answer is refused, the time has to be up. */
async function answerBefore(context: Context, kind: CallKind, left: number): Promise<void> {
  const { latest, received_at } = await serverTime(context)
  const at = latest + 1_500
  const call_id = context.id(context.nextName())
  const created = await context.agent.tryCreate(kind, { call_id, spec: { expires_at: iso(at) } })
  // So slow that the time was up before the call came: nothing to see here.
  if (created.status === 422) return
  await context.sleep(Math.max(0, received_at + 1_500 - left - context.now()))

  const answered = await context.responder.tryRespond(kind, call_id)

  if (answered.status === 200) return
  expectProblem(answered, 409, 'already_expired')
  await expectOver(context, at, answered, 'an answer that is accepted')
}

/**
 * One call that ends early in a second and one that ends late in it, both answered in the middle of it. Whether the
 * second one was answered in time, so that the answers came in the middle indeed.
 */
async function endsBetweenSeconds(context: Context): Promise<boolean> {
  const time = await serverTime(context)
  const second = Math.ceil((time.latest + 800) / 1_000) * 1_000
  const [early, late] = [second + 250, second + 900]
  const create = async (kind: CallKind, at: number) => {
    const call_id = context.id(context.nextName())
    const { status } = await context.agent.tryCreate(kind, { call_id, spec: { expires_at: iso(at) } })
    return { kind, call_id, isThere: status === 201 }
  }
  const ending = await Promise.all(callKinds.map((kind) => create(kind, early)))
  const open = await Promise.all(callKinds.map((kind) => create(kind, late)))
  if (![...ending, ...open].every(({ isThere }) => isThere)) return false
  await passed(context, time, early)

  const respond = ({ kind, call_id }: { kind: CallKind; call_id: string }) =>
    context.responder.tryRespond(kind, call_id)
  const [refused, answered] = await Promise.all([
    Promise.all(ending.map(respond)),
    Promise.all(open.map(respond)),
  ])

  for (const reply of refused) expectProblem(reply, 409, 'already_expired')
  for (const reply of answered)
    if (reply.status !== 200) await expectOver(context, late, reply, 'an answer that is accepted')
  return answered.every(({ status }) => status === 200)
}
