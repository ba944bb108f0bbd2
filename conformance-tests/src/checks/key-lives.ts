import type { KeyHolder } from '../actors/actor.ts'
import { functionCalls } from '../actors/call-kind.ts'
import { readAll, type ListItem } from '../actors/list-reader.ts'
import { operationsOf, targetOf } from '../actors/operations.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { violate } from '../violation.ts'

const needs = { claims: ['scopes'], keys: ['admin'] } as const

export const keyLifeChecks: readonly Check[] = [
  check(
    'auth.create-key',
    'a new key is answered with 201, as it was wished, and its secret works',
    { expect: 'accept', needs, after: ['auth.secret-shown-once'] },
    async (context) => {
      const admin = context.actor('admin')
      const wishes = [
        { scopes: ['agent'] },
        { scopes: ['responder'], name: 'on call', responder_id: context.id('alice') },
        { scopes: ['agent', 'responder', 'admin'], name: 'Zoë’s key 🔑' },
      ]
      const seen = new Set<string>()
      for (const wish of wishes) {
        const reply = await admin.post('/v1/keys', wish)

        expectStatus(reply, 201)
        const { key, secret } = (reply.json ?? {}) as { key?: ListItem; secret?: unknown }
        expectThat(typeof secret === 'string' && secret !== '', 'the secret', show(typeof secret), { reply })
        expectThat(typeof key?.key_id === 'string', 'the id of the key', show(key?.key_id), { reply })
        expectThat(
          show([...(key.scopes as string[])].toSorted()) === show(wish.scopes.toSorted()),
          `the scopes ${show(wish.scopes)}`,
          show(key.scopes),
          { reply },
        )
        expectValue(reply, '/key/name', wish.name ?? null)
        expectValue(reply, '/key/responder_id', wish.responder_id ?? null)
        expectValue(reply, '/key/revoked_at', null)
        const isNew = !seen.has(secret) && !seen.has(key.key_id as string) && secret !== key.key_id
        expectThat(isNew, 'an id and a secret that no other key has', 'one of another key', { reply })
        seen.add(secret).add(key.key_id as string)
        expectStatus(await context.adopt(secret).get('/v1/project'), 200)
      }
    },
  ),

  check(
    'auth.list-keys',
    'the keys of the project are listed, newest first, each once and revoked ones too, without secrets',
    { expect: 'accept', needs, after: ['auth.secret-shown-once'] },
    async (context) => {
      const admin = context.actor('admin')
      const names = ['first', 'second', 'third', 'fourth'].map((name) => context.id(name))
      const made: KeyHolder[] = []
      for (const name of names) made.push(await admin.createKey({ scopes: ['agent'], name }))
      const revoked = made[1]!
      await admin.revokeKey(revoked.key_id)
      const ids = made.map(({ key_id }) => key_id)

      for (const query of [{}, { limit: 1 }, { limit: 3 }]) {
        const found: ListItem[] = []
        const { last } = await readAll(context, admin, '/v1/keys', query, {
          served: 'auth.list-keys',
          between({ items, reply }) {
            found.push(...items.filter((item) => ids.includes(item?.key_id as string)))
            const shown = made.find(({ secret }) => reply.text.includes(secret))
            expectThat(!shown, 'no secrets', `the secret of ${shown?.key_id}`, { reply })
            // All keys of the project may be many; the newest come first.
            return found.some((item) => item.key_id === ids[0])
          },
        })

        expectThat(
          show(found.map((item) => item.key_id as unknown)) === show(ids.toReversed()),
          `the keys ${show(ids.toReversed())} in this order`,
          show(found.map((item) => item.key_id as unknown)),
          last,
        )
        for (const [index, item] of found.toReversed().entries()) {
          const isRevoked = item.key_id === revoked.key_id
          expectThat(item.name === names[index], show(names[index]), show(item.name), last)
          expectThat(
            isRevoked === (typeof item.revoked_at === 'string'),
            isRevoked ? 'the time at which it was revoked' : 'null as revoked_at',
            show(item.revoked_at),
            last,
          )
        }
      }
    },
  ),

  check(
    'auth.secret-shown-once',
    'the secret of a key stands in no answer but the one that creates it',
    { expect: 'reject', needs },
    async (context) => {
      const admin = context.actor('admin')
      const wish = { scopes: ['agent'] }
      const { actor, key_id, secret, reply: created } = await admin.createKey(wish)
      const path = `/v1/keys/${encodeURIComponent(key_id)}`

      await actor.get('/v1/project')
      const call_id = context.id('one')
      await actor.create(functionCalls, { call_id })
      await actor.read(functionCalls, call_id)
      await actor.tryRespond(functionCalls, call_id)
      await actor.get('/v1/keys')
      await actor.get(`/v1/nothing`)
      await context.adopt(`${secret}x`).get('/v1/project')
      await context.nobody.get('/v1/project', { authorization: `Basic ${secret}` })
      await admin.post('/v1/keys', wish)
      await admin.get('/v1/keys')
      await admin.get(path)
      await admin.revokeKey(key_id)
      await admin.send({ method: 'DELETE', path })
      await admin.get('/v1/keys')
      await actor.get('/v1/project')

      for (const exchange of context.exchanges()) {
        const { response } = exchange
        if (!response || exchange === created.exchange) continue
        const text = JSON.stringify(response.headers) + Buffer.from(response.body).toString('utf8')
        if (text.includes(secret))
          violate('an answer without the secret of a key', 'the secret', { exchange })
      }
      expectThat(created.text.includes(secret), 'the secret once', 'never', { reply: created })
    },
  ),

  check(
    'auth.revoke-again',
    'a key that is revoked again is answered with 200 and as it was',
    // The times may be whole seconds.
    { expect: 'accept', lane: 'timer', needs },
    async (context) => {
      const admin = context.actor('admin')
      const name = context.id('name')
      const { key_id } = await admin.createKey({ scopes: ['agent', 'responder'], name })
      const first = await admin.revokeKey(key_id)
      const path = `/v1/keys/${encodeURIComponent(key_id)}`

      for (const pause of [0, 1_100]) {
        await context.sleep(pause)
        const again = await admin.send({ method: 'DELETE', path })

        expectStatus(again, 200)
        expectValue(again, '/key_id', key_id)
        expectThat(typeof again.json.revoked_at === 'string', 'when it was revoked', 'nothing', {
          reply: again,
        })
        for (const member of ['scopes', 'name', 'responder_id', 'created_at', 'revoked_at'])
          expectValue(again, `/${member}`, first.json[member])
      }
    },
  ),

  check(
    'auth.revoked-at-once',
    'from the next request on a revoked key does nothing, and others do',
    { expect: 'reject', needs },
    async (context) => {
      const admin = context.actor('admin')
      const [kept, revoked] = [await admin.createKey(ALL), await admin.createKey(ALL)]
      for (const operation of operationsOf(context)) {
        const id = await targetOf(context, operation)
        const { actor, key_id } = await admin.createKey(ALL)
        // A key that was seen a moment ago may be remembered.
        expectStatus(await actor.get('/v1/project'), 200)
        const reply = await context.step('auth.revoke-again', () =>
          admin.send({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(key_id)}` }),
        )
        expectStatus(reply, 200)

        expectProblem(await actor.send(operation.request(id, context)), 401, 'unauthenticated')

        await expectNoEffect(context, operation.kind ? { kind: operation.kind, id } : undefined)
      }
      await admin.revokeKey(revoked.key_id)
      expectStatus(await kept.actor.get('/v1/project'), 200)
      expectProblem(await revoked.actor.get('/v1/project'), 401, 'unauthenticated')
    },
  ),
]

const ALL = { scopes: ['agent', 'responder', 'admin'] }

/** A call that was there is pending still; one that was not there is not there. */
async function expectNoEffect(
  context: Context,
  about: { kind: typeof functionCalls; id: string } | undefined,
): Promise<void> {
  if (!about) return
  const reply = await context.agent.get(`${about.kind.collection}/${encodeURIComponent(about.id)}`)
  if (reply.status === 404) return
  expectStatus(reply, 200)
  expectValue(reply, '/status/state', 'pending')
  expectValue(reply, '/status/escalations', [])
}
