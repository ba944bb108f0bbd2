import { callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isInstant, spanOf } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { passed, requestedAt, serverTime, type ServerTime } from './server-time.ts'

/** Calls that nobody answers in time. All times are those of the server: the clock of the suite may be another one. */
export const expiryChecks: readonly Check[] = [
  check(
    'expiry.shown',
    'a call shows when it expires, and null when it never does',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const never = await agent.create(kind)
        expectValue(never, '/status/expires_at', null)
        const { latest } = await requestedAt(never)

        for (const ms of [0, 1, 7, 120, 999]) {
          const at = Math.ceil(latest / 1_000) * 1_000 + aheadIn(context) + ms
          const call_id = context.id(context.nextName())
          const created = await agent.create(kind, { call_id, spec: { expires_at: iso(at) } })
          expectShown(created, at)
          expectShown(await agent.read(kind, call_id), at)
        }

        const seconds = aheadIn(context) / 1_000
        const call_id = context.id(context.nextName())
        const created = await agent.create(kind, { call_id, spec: { expires_in_seconds: seconds } })
        const asked = await requestedAt(created)
        const shown = Date.parse(String(created.json.status.expires_at)) - seconds * 1_000
        expectThat(
          shown > asked.earliest - 1_000 && shown < asked.latest + 1_000,
          `an instant ${seconds} seconds after the creation`,
          show(created.json.status.expires_at),
          { reply: created, pointer: '/status/expires_at' },
        )
        expectThat(
          (await agent.read(kind, call_id)).json.status.expires_at === created.json.status.expires_at,
          'the same instant again',
          'another one',
        )
      }
    },
  ),

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
    { expect: 'reject', lane: 'timer' },
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
    { variant: 'again', expect: 'reject', lane: 'timer' },
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
    'expiry.silence-never-approves',
    'an expired function call is not approved, whatever is asked for or sent later',
    { expect: 'reject', lane: 'timer' },
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
    'expiry.comment',
    'an expired function call shows the comment that it was given for this',
    { expect: 'accept', lane: 'timer', after: ['expiry.expires', 'expiry.silence-never-approves'] },
    async (context) => {
      const comments = ['Nobody was there: é e\u0301 😀\nTry tomorrow.', '', 'c'.repeat(4_000), undefined]
      const calls = await Promise.all(
        comments.map((comment) =>
          expiring(context, functionCalls, { on_expire: comment === undefined ? {} : { comment } }),
        ),
      )

      for (const [index, comment] of comments.entries()) {
        const expired = await untilTerminal(context, functionCalls, calls[index]!.call_id)
        expectValue(expired, '/status/state', 'expired')
        if (comment !== undefined) expectValue(expired, '/status/comment', comment)
      }
    },
  ),

  check(
    'expiry.default-answer',
    'an expired human contact shows the default answer that it was given',
    { expect: 'accept', lane: 'timer', after: ['expiry.expires'] },
    async (context) => {
      const response_options = [
        { name: 'filled', title: 'Filled', prompt_fill: 'The text of the option' },
        { name: 'titled', title: 'The title' },
        { name: 'bare' },
      ]
      const cases = [
        [{ response: 'eu-west, é e\u0301 😀' }, 'eu-west, é e\u0301 😀', null],
        [{ response_option_name: 'filled' }, 'The text of the option', 'filled'],
        [{ response_option_name: 'titled' }, 'The title', 'titled'],
        [{ response_option_name: 'bare' }, 'bare', 'bare'],
        [{ response: 'in own words', response_option_name: 'bare' }, 'in own words', 'bare'],
        [{}, null, null],
        [undefined, null, null],
      ] as const
      const calls = await Promise.all(
        cases.map(([on_expire]) => expiring(context, humanContacts, { response_options, on_expire })),
      )

      for (const [index, [, response, option]] of cases.entries()) {
        const expired = await untilTerminal(context, humanContacts, calls[index]!.call_id)
        expectValue(expired, '/status/state', 'expired')
        expectValue(expired, '/status/response', response)
        expectValue(expired, '/status/response_option_name', option)
        expectValue(expired, '/status/responses', [])
        expectValue(expired, '/status/responder', null)
      }
    },
  ),

  check(
    'expiry.default-option',
    'a default answer that names an option which is not offered is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      const create = (on_expire: object, options?: object[]) =>
        agent.tryCreate(humanContacts, {
          spec: {
            expires_in_seconds: aheadIn(context) / 1_000,
            on_expire,
            ...(options ? { response_options: options } : {}),
          },
        })

      for (const refused of [
        await create({ response_option_name: 'b' }, [{ name: 'a' }]),
        await create({ response_option_name: 'A' }, [{ name: 'a' }]),
        await create({ response_option_name: 'a' }),
        await create({ response_option_name: 'a' }, []),
        await create({ response_option_name: 'b', response: 'text' }, [{ name: 'a', title: 'b' }]),
      ])
        expectProblem(refused, 422, 'unknown_option')
      expectStatus(await create({ response_option_name: 'a' }, [{ name: 'b' }, { name: 'a' }]), 201)
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

  check(
    'expiry.one-of-two',
    'a call with both an instant and a span is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      const { latest } = await serverTime(context)
      const expires_at = iso(latest + aheadIn(context))
      const expires_in_seconds = aheadIn(context) / 1_000
      for (const kind of callKinds) {
        for (const spec of [
          { expires_at, expires_in_seconds },
          { expires_at: iso(latest + aheadIn(context) / 2), expires_in_seconds },
        ])
          expectStatus(await agent.tryCreate(kind, { spec }), 422)
        for (const spec of [{ expires_at }, { expires_in_seconds }, { expires_at, expires_in_seconds: null }])
          expectStatus(await agent.tryCreate(kind, { spec }), 201)
      }
    },
  ),

  check(
    'expiry.in-range',
    'a call that would expire at or before its creation is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const { earliest } = await serverTime(context)
        for (const spec of [
          { expires_at: iso(earliest) },
          { expires_at: iso(earliest - 1) },
          { expires_at: iso(earliest - 1_000) },
          { expires_at: iso(earliest - 86_400_000) },
          { expires_at: '1970-01-01T00:00:00Z' },
          { expires_in_seconds: 0 },
          { expires_in_seconds: -1 },
          { expires_in_seconds: -60 },
        ])
          expectRefused(await agent.tryCreate(kind, { spec }), spec)
        expectStatus(await agent.tryCreate(kind, { spec: { expires_in_seconds: 1 } }), 201)
      }
    },
  ),

  check(
    'expiry.in-range',
    'a call that would expire later than the limit is refused, and one at the limit is taken',
    { variant: 'limit', expect: 'reject' },
    async (context) => {
      const { agent, limits } = context
      const limit = limits.expires_in_seconds
      if (limit === undefined) {
        await agent.create(functionCalls)
        return
      }
      for (const kind of callKinds) {
        expectStatus(await agent.tryCreate(kind, { spec: { expires_in_seconds: limit } }), 201)
        const { latest } = await serverTime(context)
        // A limit of centuries leads out of what a date can say.
        if (limit > LONGEST) continue
        for (const spec of [
          { expires_in_seconds: limit + 1 },
          { expires_in_seconds: limit * 2 },
          { expires_in_seconds: Number.MAX_SAFE_INTEGER },
          // Far enough that a slow server is not late for it.
          { expires_at: iso(latest + limit * 1_000 + 60_000) },
          { expires_at: iso(latest + limit * 2_000 + 60_000) },
        ])
          expectRefused(await agent.tryCreate(kind, { spec }), spec)
        const within = iso(latest + limit * 1_000 - 1_000)
        if (limit > 5) expectStatus(await agent.tryCreate(kind, { spec: { expires_at: within } }), 201)
      }
    },
  ),

  check(
    'expiry.in-range',
    'a span that is no whole number is refused',
    { variant: 'spans', expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        for (const expires_in_seconds of ['60', 1.5, true, [60], { seconds: 60 }])
          expectRefused(await context.agent.tryCreate(kind, { spec: { expires_in_seconds } }), {
            expires_in_seconds,
          })
        expectStatus(await context.agent.tryCreate(kind, { spec: { expires_in_seconds: 2 } }), 201)
      }
    },
  ),
]

const LONGEST = 3_000_000_000

/** So long that a slow server is still in time, as far as the limit allows: in milliseconds, whole seconds. */
function aheadIn({ limits }: Context): number {
  return Math.max(1, Math.min(3_600, (limits.expires_in_seconds ?? 3_600) - 1)) * 1_000
}

function iso(at: number): string {
  return new Date(at).toISOString()
}

/** A call that expires a second after its creation, and when that was. */
async function expiring(
  context: Context,
  kind: CallKind,
  spec: Record<string, unknown> = {},
): Promise<{ kind: CallKind; call_id: string; created: ServerTime }> {
  const call_id = context.id(context.nextName())
  const created = await context.agent.create(kind, { call_id, spec: { expires_in_seconds: 1, ...spec } })
  return { kind, call_id, created: await requestedAt(created) }
}

function expectShown(reply: Reply, at: number): void {
  const shown: unknown = reply.json?.status?.expires_at
  expectThat(isInstant(shown) && Date.parse(shown) === at, `the instant ${iso(at)}`, show(shown), {
    reply,
    pointer: '/status/expires_at',
  })
}

function expectRefused(reply: Reply, spec: unknown): void {
  expectThat(reply.status === 422, `HTTP 422 (${show(spec)})`, describe(reply), { reply })
}

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

/** Reads the call until it is terminal. */
async function untilTerminal(context: Context, kind: CallKind, call_id: string): Promise<Reply> {
  const until = context.now() + 10_000 * context.patience
  for (;;) {
    const read = await context.agent.read(kind, call_id)
    if (read.json.status.state !== 'pending' || context.now() > until) return read
    await context.sleep(100)
  }
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
