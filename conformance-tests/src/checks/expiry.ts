import { callKinds, functionCalls } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { describe, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { isInstant } from '../instant.ts'
import type { Reply } from '../reply.ts'
import { requestedAt, serverTime } from './server-time.ts'
import { aheadIn, iso } from './expiring-calls.ts'
import { expiryDefaultChecks } from './expiry-defaults.ts'
import { expiryEndChecks } from './expiry-ends.ts'

/** Calls that nobody answers in time. */
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

        // With so low a limit an instant would be over before a slow server has read it, or too far ahead.
        const milliseconds = aheadIn(context) < 3_000 ? [] : [0, 1, 7, 120, 999]
        for (const ms of milliseconds) {
          const at = Math.floor(latest / 1_000) * 1_000 + aheadIn(context) + ms
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

  ...expiryEndChecks,
  ...expiryDefaultChecks,

  check(
    'expiry.one-of-two',
    'a call with both an instant and a span is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      const expires_in_seconds = aheadIn(context) / 1_000
      for (const kind of callKinds) {
        const { latest } = await serverTime(context)
        const expires_at = iso(latest + aheadIn(context))
        const create = (specs: readonly object[]) =>
          Promise.all(specs.map((spec) => agent.tryCreate(kind, { spec: { ...spec } })))

        const taken = await create([
          { expires_at },
          { expires_in_seconds },
          { expires_at, expires_in_seconds: null },
          { expires_at: null, expires_in_seconds },
        ])
        const refused = await create([
          { expires_at, expires_in_seconds },
          { expires_at: iso(latest + aheadIn(context) / 2), expires_in_seconds },
        ])

        for (const reply of taken) expectStatus(reply, 201)
        for (const reply of refused) expectStatus(reply, 422)
      }
    },
  ),

  check(
    'expiry.in-range',
    'a call that would expire at or before its creation is refused',
    { expect: 'reject', after: ['expiry.precision', 'expiry.shown'] },
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
