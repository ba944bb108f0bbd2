import { callKinds, functionCalls, pathOf } from '../actors/call-kind.ts'
import { hold, untilHeld } from '../actors/held-request.ts'
import { readAll } from '../actors/list-reader.ts'
import { operationsOf, targetOf } from '../actors/operations.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import type { Exchange } from '../exchange.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'

const needs = { claims: ['scopes'], keys: ['admin'] } as const

export const revocationChecks: readonly Check[] = [
  check(
    'auth.revoked-at-once',
    'an act whose body comes after its key was revoked does nothing',
    { variant: 'late-body', expect: 'reject', lane: 'timer', needs },
    async (context) => {
      const admin = context.actor('admin')
      const acts = operationsOf(context).filter(
        ({ kind, request }) => kind && request('id', context).method === 'POST',
      )
      await Promise.all(
        acts.map(async (operation) => {
          const { actor, key_id } = await admin.createKey({ scopes: ['agent', 'responder'] })
          const kept = await admin.createKey({ scopes: ['agent', 'responder'] })
          const [id, control] = [await targetOf(context, operation), await targetOf(context, operation)]

          await sendLate(context, actor.key, operation.request(id, context), () => admin.revokeKey(key_id))

          const after = await context.agent.get(pathOf(operation.kind!, id))
          if (operation.target === 'call') {
            expectStatus(after, 200)
            expectValue(after, '/status/state', 'pending')
            expectValue(after, '/status/escalations', [])
          } else expectStatus(after, 404)

          // Slowness alone is no reason to refuse.
          const slow = await sendLate(
            context,
            kept.actor.key,
            operation.request(control, context),
            async () => undefined,
          )
          await context.step('auth.scopes-combine', async () =>
            expectThat(
              slow.response?.status === operation.success,
              `HTTP ${operation.success} to ${operation.name} with a late body`,
              String(slow.response?.status ?? slow.failure?.message),
            ),
          )
        }),
      )
    },
  ),

  check(
    'auth.revoked-at-once',
    'a manager who was revoked while the body was under way makes no key',
    { variant: 'late-key', expect: 'reject', lane: 'timer', needs },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, key_id } = await admin.createKey({ scopes: ['admin'] })
      const [name, marker] = [context.id('late-key'), context.id('before')]
      await admin.createKey({ scopes: ['agent'], name: marker })
      const json = { scopes: ['agent', 'responder', 'admin'], name }

      const late = await sendLate(context, actor.key, { method: 'POST', path: '/v1/keys', json }, () =>
        admin.revokeKey(key_id),
      )

      const { items, last } = await readAll(
        context,
        admin,
        '/v1/keys',
        {},
        {
          served: 'auth.list-keys',
          between: ({ items: page }) => page.some((item) => item?.name === marker),
        },
      )
      const status = late.response?.status
      expectThat(
        items.every((item) => item?.name !== name) && (status === undefined || status >= 400),
        'no key made by a revoked one',
        `HTTP ${status}`,
        last,
      )
    },
  ),

  check(
    'auth.revoked-at-once',
    'no answer takes effect after the revocation of its key was acknowledged',
    { variant: 'race', expect: 'reject', lane: 'race', needs },
    async (context) => {
      const admin = context.actor('admin')
      for (let batch = 0; batch < 4; batch++)
        await Promise.all(
          Array.from({ length: 8 }, async (_, n) => {
            const kind = callKinds[n % 2]!
            const call_id = context.id(`b${batch}n${n}`)
            await context.agent.create(kind, { call_id })
            const { actor, key_id } = await admin.createKey({ scopes: ['responder'] })

            const [answered, seen] = await Promise.all([
              actor.tryRespond(kind, call_id),
              admin.revokeKey(key_id).then(() => context.agent.read(kind, call_id)),
            ])

            const later = await context.agent.read(kind, call_id)
            const [then, now] = [seen.json?.status?.state as unknown, later.json?.status?.state as unknown]
            expectThat(
              then !== 'pending' || now === 'pending',
              'a call that was pending after the revocation pending still',
              `${show(now)}; the answer got HTTP ${answered.status}`,
              { reply: later },
            )
          }),
        )
    },
  ),

  check(
    'auth.revoked-ends-waits',
    'the held requests of a key end within five seconds of its revocation',
    {
      expect: 'accept',
      kind: 'liveness',
      lane: 'timer',
      needs: { ...needs, claims: ['scopes', 'long-poll'] },
    },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, key_id } = await admin.createKey({ scopes: ['agent', 'responder'] })
      const seconds = context.limits.wait_seconds ?? 1
      const [call_id, created] = [context.id('one'), context.id('created')]
      for (const kind of callKinds) await context.agent.create(kind, { call_id })
      // Five seconds, and half a second on the way. The second try may take longer, but not until the waits are over anyway.
      const timeoutMs =
        Math.min(5_500 * context.patience, 10_000, Math.max(5_500, seconds * 900)) / context.patience
      const wish = { seconds, key: actor.key, timeoutMs } as const
      const held = [
        ...callKinds.map((kind) => hold(context, { ...wish, ask: 'get', way: 'query', kind, call_id })),
        ...callKinds.map((kind) => hold(context, { ...wish, ask: 'repeat', way: 'header', kind, call_id })),
        hold(context, { ...wish, ask: 'create', way: 'query', kind: functionCalls, call_id: created }),
      ]
      await untilHeld(context)

      await admin.revokeKey(key_id)

      for (const exchange of await Promise.all(held))
        expectThat(
          exchange.failure?.kind !== 'timeout',
          'a held request that ends when its key is revoked',
          exchange.failure?.message ?? 'an end',
        )
    },
  ),
]

/** Sends the headers, lets something happen, and then sends the body. */
async function sendLate(
  context: Context,
  key: string,
  outgoing: Parameters<Context['exchange']>[1],
  meanwhile: () => Promise<unknown>,
): Promise<Exchange> {
  const { promise: bodyAfter, resolve } = Promise.withResolvers<void>()
  const late = context.exchange(key, { ...outgoing, bodyAfter })
  try {
    // The server has looked at the key by now, if it looks before the body is there.
    await context.sleep(250)
    await meanwhile()
  } finally {
    resolve()
  }
  return late
}
