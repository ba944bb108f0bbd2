import { isDeepStrictEqual } from 'node:util'
import {
  cancelTimer,
  readTimer,
  setTimer,
  timerBody,
  timerLimitOf,
  timerPath,
  untilFired,
  wakeAhead,
} from '../actors/timers.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isInstant, spanOf } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { claims } from '../subject.ts'
import { endsWithPath } from './calls.ts'
import { iso } from './expiring-calls.ts'
import { passed, serverTime } from './server-time.ts'
import { timerEventChecks, timerEventsOf } from './timer-events.ts'

/** How timers are set, and when they fire. All times are those of the server: the clock of the suite may be another one. */
export const timerChecks: readonly Check[] = [
  check(
    'timer.created',
    'a timer is created with 201, shown whole, and has its path',
    { expect: 'accept' },
    async (context) => {
      const wake_at = await wakeAhead(context)
      for (const name of ['plain', 'a~b:c@d+e=f.g_h-i']) {
        const body = timerBody(context, {
          timer_id: context.id(name),
          wake_at,
          state: { step: 4, of: [1, 2] },
        })
        const created = await context.agent.post('/v1/timers', body)

        expectStatus(created, 201)
        for (const member of ['run_id', 'timer_id'] as const) expectValue(created, `/${member}`, body[member])
        // A server may show members of a spec that nobody knows yet.
        for (const member of ['wake_at', 'state'] as const)
          expectValue(created, `/spec/${member}`, body.spec[member])
        expectValue(created, '/status/state', 'pending')
        expectValue(created, '/status/fired_at', null)
        const location = created.header('location')
        expectThat(
          endsWithPath(location, `/v1/timers/${body.timer_id}`, context.subject.base_url),
          `a Location with the path /v1/timers/${body.timer_id}`,
          location ?? 'none',
          { reply: created },
        )
      }
    },
  ),

  check('timer.read', 'a timer is shown as it was acknowledged', { expect: 'accept' }, async (context) => {
    const timer_id = context.id('read')
    const created = await setTimer(context, {
      timer_id,
      wake_at: await wakeAhead(context),
      state: { step: 4 },
    })
    expectSame(await readTimer(context, timer_id), created)

    const cancelled = await cancelTimer(context, timer_id)
    expectSame(await readTimer(context, timer_id), cancelled)
  }),

  check(
    'timer.repeat',
    'the same timer again is answered with the one that exists, however it is written and whatever became of it',
    { expect: 'accept', lane: 'timer', after: ['timer.read'] },
    async (context) => {
      const { latest } = await serverTime(context)
      const wishes = {
        pending: { wake_at: await wakeAhead(context) },
        cancelled: { wake_at: await wakeAhead(context) },
        fired: { wake_at: iso(latest - 3_600_000) },
      }
      for (const [name, { wake_at }] of Object.entries(wishes)) {
        const timer_id = context.id(name)
        const wish = { timer_id, wake_at, state: { step: 4, of: 'many' } }
        await setTimer(context, wish)
        if (name === 'cancelled') await cancelTimer(context, timer_id)
        const before =
          name === 'fired' ? await untilFired(context, timer_id) : await readTimer(context, timer_id)

        const body = timerBody(context, wish)
        const otherwise = {
          spec: { state: { of: 'many', step: 4 }, wake_at },
          timer_id,
          run_id: body.run_id,
        }
        for (const again of [body, otherwise]) {
          const repeated = await context.agent.post('/v1/timers', again)
          expectStatus(repeated, 200)
          expectSame(repeated, before)
        }
        expectSame(await readTimer(context, timer_id), before)
      }
    },
  ),

  check(
    'timer.repeat',
    'sixteen equal creations at the same time make one timer, and every answer shows it',
    { variant: 'race', expect: 'accept', lane: 'race', after: ['timer.created', 'timer.read'] },
    async (context) => {
      const wake_at = await wakeAhead(context)
      for (let round = 0; round < 3; round++) {
        const body = timerBody(context, { timer_id: context.id(`raced${round}`), wake_at, state: { round } })

        const replies = await Promise.all(
          Array.from({ length: 16 }, () => context.agent.post('/v1/timers', body)),
        )

        for (const reply of replies) expectStatus(reply, 200, 201)
        const [made, ...more] = replies.filter(({ status }) => status === 201)
        expectThat(
          made !== undefined && more.length === 0,
          'exactly one of 16 answers with 201',
          `${more.length + (made ? 1 : 0)}`,
          { reply: more[0] ?? replies[0]! },
        )
        for (const reply of replies) expectSame(reply, made)
        expectSame(await readTimer(context, body.timer_id), made)
      }
    },
  ),

  check(
    'timer.id-conflict',
    'another timer under the same id is refused, and the first one stays',
    { expect: 'reject', after: ['timer.read'] },
    async (context) => {
      const timer_id = context.id('taken')
      const wake_at = await wakeAhead(context)
      const wish = { timer_id, wake_at, state: { step: 4 } }
      const created = await setTimer(context, wish)

      for (const other of [
        { ...wish, run_id: context.id('other-run') },
        { ...wish, wake_at: iso(Date.parse(wake_at) + 1_000) },
        { ...wish, state: { step: 5 } },
        { timer_id, wake_at },
      ])
        expectProblem(
          await context.agent.post('/v1/timers', timerBody(context, other)),
          409,
          'timer_id_conflict',
        )

      expectSame(await readTimer(context, timer_id), created)
    },
  ),

  check(
    'timer.in-range',
    'a timer may be as far ahead as the limit says, and no further',
    { expect: 'reject' },
    async (context) => {
      const limitMs = timerLimitOf(context) * 1_000
      const { latest } = await serverTime(context)
      const margin = Math.min(3_600_000, limitMs / 2)
      const within = timerBody(context, { wake_at: iso(latest + limitMs - margin) })
      expectStatus(await context.agent.post('/v1/timers', within), 201)

      for (const wake_at of [iso(latest + limitMs + 3_600_000), '9999-12-31T23:59:59Z']) {
        const timer_id = context.id(context.nextName())
        const body = timerBody(context, { timer_id, wake_at })
        expectStatus(await context.agent.post('/v1/timers', body), 422)
        expectStatus(await context.agent.get(timerPath(timer_id)), 404)
      }
    },
  ),

  check(
    'timer.fires',
    'a timer fires when its time has come, and shows when',
    { expect: 'accept', kind: 'liveness', lane: 'timer', after: ['timer.read'] },
    async (context) => {
      const { latest } = await serverTime(context)
      const ids = ['one', 'two', 'three'].map((name) => context.id(name))
      for (const [index, timer_id] of ids.entries())
        await setTimer(context, { timer_id, wake_at: iso(latest + 1_500 - index * 300) })

      for (const timer_id of ids) {
        const fired = await untilFired(context, timer_id, 1_500)
        const at: unknown = fired.json?.status?.fired_at
        expectThat(isInstant(at), 'the instant at which it fired', show(at), {
          reply: fired,
          pointer: '/status/fired_at',
        })
        expectSame(await readTimer(context, timer_id), fired)
      }
    },
  ),

  check(
    'timer.past-fires-at-once',
    'a timer whose time is over is taken and fires at once',
    { expect: 'accept', lane: 'timer', after: ['timer.fires'] },
    async (context) => {
      const { earliest } = await serverTime(context)
      for (const wake_at of [iso(earliest - 3_600_000), iso(earliest - 20), '2001-02-03T04:05:06Z']) {
        const timer_id = context.id(context.nextName())
        const created = await context.agent.post('/v1/timers', timerBody(context, { timer_id, wake_at }))

        expectStatus(created, 201)
        await untilFired(context, timer_id)
      }
    },
  ),

  check(
    'timer.never-early',
    'a timer has not fired before its time, by the clock of the server and by its own account',
    { expect: 'reject', lane: 'timer' },
    async (context) => {
      const time = await serverTime(context)
      const timers = [
        { timer_id: context.id('one'), at: time.latest + 1_200 },
        { timer_id: context.id('two'), at: time.latest + 1_900 },
      ]
      for (const { timer_id, at } of timers) await setTimer(context, { timer_id, wake_at: iso(at) })

      for (const { timer_id, at } of timers)
        for (;;) {
          const read = await readTimer(context, timer_id)
          if (read.json?.status?.state === 'fired') {
            await expectDue(context, at, read)
            break
          }
          // Whether it fires at all is for others to judge.
          if (context.now() - time.received_at > at - time.earliest + 3_000) break
          await context.sleep(50)
        }
    },
  ),

  check(
    'timer.cancel',
    'a pending timer is cancelled, once and for good',
    { expect: 'accept', lane: 'timer', after: ['timer.read'] },
    async (context) => {
      const time = await serverTime(context)
      const [far, soon] = [context.id('far'), context.id('soon')]
      const run_id = context.id('cancelled')
      const at = time.latest + 2_000
      await setTimer(context, { timer_id: far, run_id, wake_at: await wakeAhead(context) })
      await setTimer(context, { timer_id: soon, run_id, wake_at: iso(at) })

      const cancelled = await Promise.all(
        [far, soon].map(async (timer_id) => {
          const reply = await context.agent.post(timerPath(timer_id, 'cancel'))
          // So slow that its time had come before it was cancelled: nothing to see here.
          if (timer_id === soon && reply.code === 'already_fired') return undefined
          expectStatus(reply, 200)
          expectValue(reply, '/status/state', 'cancelled')
          return { timer_id, reply }
        }),
      )
      await passed(context, time, at + 500)

      for (const one of cancelled) {
        if (!one) continue
        const again = await context.agent.post(timerPath(one.timer_id, 'cancel'))
        expectStatus(again, 200)
        expectSame(again, one.reply)
        expectSame(await readTimer(context, one.timer_id), one.reply)
        if (!claims(context.subject, 'events')) continue
        const events = await timerEventsOf(context, { run_id, timer_id: one.timer_id })
        expectThat(events.length === 0, 'no event of a timer that was cancelled', show(events))
      }
    },
  ),

  check(
    'timer.cancel-too-late',
    'a timer that has fired is not cancelled',
    { expect: 'reject', lane: 'timer', after: ['timer.past-fires-at-once'] },
    async (context) => {
      const { latest } = await serverTime(context)
      const ids = ['past', 'soon'].map((name) => context.id(name))
      for (const [index, timer_id] of ids.entries())
        await setTimer(context, { timer_id, wake_at: iso(latest - 1_000 + index * 1_500) })
      for (const timer_id of ids) {
        const fired = await untilFired(context, timer_id, 1_000)

        expectProblem(await context.agent.post(timerPath(timer_id, 'cancel')), 409, 'already_fired')
        expectSame(await readTimer(context, timer_id), fired)
      }
    },
  ),

  ...timerEventChecks,

  check(
    'timer.survives',
    'timers are as they were after a sudden end, and what came due meanwhile fires, each once',
    {
      expect: 'accept',
      lane: 'restart',
      needs: { process: true, claims: ['timers'] },
      after: ['call.acknowledged-survives', 'timer.event'],
    },
    async (context) => {
      const time = await serverTime(context)
      const run_id = context.id('survivors')
      const id = (name: string) => context.id(name)
      const at = time.latest + 1_500
      await setTimer(context, {
        timer_id: id('pending'),
        run_id,
        wake_at: await wakeAhead(context),
        state: { a: 1 },
      })
      await setTimer(context, { timer_id: id('cancelled'), run_id, wake_at: await wakeAhead(context) })
      await setTimer(context, { timer_id: id('fired'), run_id, wake_at: iso(time.earliest - 1_000) })
      await cancelTimer(context, id('cancelled'))
      await untilFired(context, id('fired'))
      const names = ['pending', 'cancelled', 'fired']
      const shown = await Promise.all(names.map((name) => readTimer(context, id(name))))
      await setTimer(context, { timer_id: id('due'), run_id, wake_at: iso(at) })

      await context.process.kill()
      await passed(context, time, at)
      await context.process.start()

      const due = await untilFiredAfterStart(context, id('due'))
      for (const [index, name] of names.entries()) {
        const after = await context.agent.get(timerPath(id(name)))
        expectStatus(after, 200)
        expectSame(after, shown[index]!)
      }
      if (!claims(context.subject, 'events')) return
      for (const [name, count] of Object.entries({ pending: 0, cancelled: 0, fired: 1, due: 1 })) {
        const events = await timerEventsOf(context, { run_id, timer_id: id(name) })
        expectThat(events.length === count, `${count} events of the timer ${name}`, String(events.length), {
          reply: due,
        })
      }
    },
  ),
]

/** What did not fire then is a fault of the durability, not of the firing. */
async function untilFiredAfterStart(context: Context, timer_id: string): Promise<Reply> {
  const until = context.now() + 5_000 * context.patience
  for (;;) {
    const read = await context.agent.get(timerPath(timer_id))
    expectStatus(read, 200)
    if (read.json?.status?.state === 'fired') return read
    expectThat(context.now() < until, 'a timer that has fired', describe(read), { reply: read })
    await context.sleep(100)
  }
}

/** A timer has fired: right only if its time had come by the clock of the server, and if it says so itself. */
async function expectDue(context: Context, at: number, fired: Reply): Promise<void> {
  const { latest } = await serverTime(context)
  expectThat(
    latest > at,
    `a timer that is pending before ${iso(at)}`,
    `it had fired, at ${iso(latest)} at the latest`,
    { reply: fired, pointer: '/status/state' },
  )
  const fired_at: unknown = fired.json?.status?.fired_at
  if (!isInstant(fired_at)) return
  expectThat(spanOf(fired_at).latest >= at, `a fired_at from ${iso(at)} on`, fired_at, {
    reply: fired,
    pointer: '/status/fired_at',
  })
}

/** The whole timer is the one that was shown before. */
function expectSame(reply: Reply, before: Reply): void {
  for (const member of ['run_id', 'timer_id', 'spec', 'status']) {
    const [shown, expected] = [reply.json?.[member] as unknown, before.json?.[member] as unknown]
    expectThat(isDeepStrictEqual(shown, expected), `the ${member} ${show(expected)}`, show(shown), {
      reply,
      pointer: `/${member}`,
    })
  }
}
