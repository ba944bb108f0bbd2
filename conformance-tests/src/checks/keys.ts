import { callKinds, functionCalls, pathOf } from '../actors/call-kind.ts'
import { operationsOf, targetOf, type Operation } from '../actors/operations.ts'
import { check, type Check } from '../check.ts'
import type { Context, Outgoing } from '../context.ts'
import type { KeyName } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'

export const keyChecks: readonly Check[] = [
  check(
    'auth.key-needed',
    'every operation is refused without a key and with an unknown one, and nothing happens',
    { expect: 'reject' },
    async (context) => {
      const stranger = context.adopt(`cs_${context.id('unknown')}`)
      for (const operation of operationsOf(context)) {
        // A key that does not exist is as good to be refused, and there may be nobody who can make one.
        const id = operation.target === 'key' ? context.id('key') : await targetOf(context, operation)
        for (const key of ['nobody', stranger.key])
          expectProblem(await context.send(key, operation.request(id, context)), 401, 'unauthenticated')
        await expectUntouched(context, operation, id)
      }
    },
  ),

  check(
    'auth.key-needed',
    'an Authorization header that carries no known key is refused, and so is more than one',
    { variant: 'malformed', expect: 'reject' },
    async (context) => {
      const { agent, nobody } = context
      const call_id = context.id('one')
      await agent.create(functionCalls, { call_id })
      const path = pathOf(functionCalls, call_id)

      for (const authorization of [
        '',
        'Bearer',
        'Bearer ',
        'bearer undefined',
        'Bearer null',
        'Bearer *',
        'Bearer a b',
        'Basic YWdlbnQ6YWdlbnQ=',
        'Basic Og==',
        'Digest username="agent"',
        call_id,
        `Bearer ${'a'.repeat(2_000)}`,
      ])
        expectProblem(await nobody.get(path, { authorization }), 401, 'unauthenticated')
      // The key of the actor follows as a second header.
      expectProblem(
        await agent.get(path, { authorization: `Bearer ${context.id('unknown')}` }),
        401,
        'unauthenticated',
      )

      await agent.read(functionCalls, call_id)
    },
  ),

  check(
    'auth.key-needed',
    'a known key counts only in the Authorization header, whole, and with the scheme Bearer',
    { variant: 'misplaced', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const { agent, nobody } = context
      const { actor, secret } = await context.actor('admin').createKey({ scopes: ['agent', 'responder'] })
      const call_id = context.id('one')
      await agent.create(functionCalls, { call_id })
      const path = pathOf(functionCalls, call_id)

      for (const name of ['access_token', 'token', 'key', 'api_key', 'authorization'])
        expectProblem(
          await nobody.get(`${path}?${name}=${encodeURIComponent(secret)}`),
          401,
          'unauthenticated',
        )
      for (const authorization of [
        secret,
        `Basic ${secret}`,
        `Basic ${Buffer.from(`${secret}:`).toString('base64')}`,
        `Token ${secret}`,
        ...altered(secret).map((other) => `Bearer ${other}`),
      ])
        expectProblem(await nobody.get(path, { authorization }), 401, 'unauthenticated')
      for (const headers of [
        [`Bearer ${secret}`, `Bearer ${secret}x`],
        [`Bearer ${secret}x`, `Bearer ${secret}`],
      ])
        expectProblem(
          await nobody.get(
            path,
            headers.map((value) => ['authorization', value] as const),
          ),
          401,
          'unauthenticated',
        )

      await actor.read(functionCalls, call_id)
      await context.step('auth.create-key', async () =>
        expectStatus(await nobody.get(path, { authorization: `Bearer ${secret}` }), 200),
      )
    },
  ),

  check(
    'auth.key-needed',
    'every operation is refused with a revoked key',
    {
      variant: 'revoked',
      expect: 'reject',
      needs: { claims: ['scopes'], keys: ['admin'] },
      after: ['auth.revoked-at-once'],
    },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, key_id } = await admin.createKey({ scopes: ['agent', 'responder', 'admin'] })
      expectStatus(await actor.get('/v1/project'), 200)
      await admin.revokeKey(key_id)

      for (const operation of operationsOf(context)) {
        const id = await targetOf(context, operation)
        expectProblem(await actor.send(operation.request(id, context)), 401, 'unauthenticated')
      }
    },
  ),

  check('auth.challenge', 'a 401 says how to authenticate', { expect: 'reject' }, async (context) => {
    const stranger = context.adopt(`cs_${context.id('unknown')}`)
    for (const operation of operationsOf(context))
      for (const key of ['nobody', stranger.key]) {
        const outgoing = operation.request(context.id('one'), context)
        const reply = await context.step('auth.key-needed', async () => {
          const refused = await context.send(key, outgoing)
          expectStatus(refused, 401)
          return refused
        })

        const challenge = reply.header('www-authenticate')
        expectThat(/\S/.test(challenge ?? ''), 'a WWW-Authenticate header', show(challenge), { reply })
      }
  }),

  check(
    'auth.before-everything',
    'without a good key a request is refused alike whatever it is about and whatever is wrong with it',
    { expect: 'reject', after: ['auth.key-needed'] },
    async (context) => {
      const { agent } = context
      const stranger = context.adopt(`cs_${context.id('unknown')}`)
      for (const kind of callKinds) {
        const [pending, done] = [context.id(context.nextName()), context.id(context.nextName())]
        await agent.create(kind, { call_id: pending })
        await agent.create(kind, { call_id: done })
        await agent.cancel(kind, done)
        const requests = [pending, done, context.id('nothing')].flatMap((call_id) => [
          { path: pathOf(kind, call_id) },
          { path: `${pathOf(kind, call_id)}?wait=abc` },
          ...(['respond', 'cancel', 'escalate'] as const).flatMap((verb) =>
            bodies({}).map((body) => ({ method: 'POST', path: pathOf(kind, call_id, verb), ...body })),
          ),
          ...bodies({ run_id: context.id('run'), call_id, spec: kind.spec() }).map((body) => ({
            method: 'POST',
            path: kind.collection,
            ...body,
          })),
          { method: 'POST', path: `${kind.collection}?wait=-1`, json: {} },
        ])

        for (const key of ['nobody', stranger.key])
          await expectAlike(context, key, requests, { status: 401, code: 'unauthenticated' })
      }
    },
  ),

  check(
    'auth.before-everything',
    'without the scope a request is refused alike whatever it is about and whatever is wrong with it',
    {
      variant: 'scopes',
      expect: 'reject',
      needs: { claims: ['scopes'], keys: ['admin'] },
      after: ['auth.scope', 'auth.admin-does-not-read'],
    },
    async (context) => {
      const { agent } = context
      const admin = context.actor('admin')
      const keys = {
        agent: (await admin.createKey({ scopes: ['agent'] })).actor.key,
        responder: (await admin.createKey({ scopes: ['responder'] })).actor.key,
        admin: (await admin.createKey({ scopes: ['admin'] })).actor.key,
      }
      const refused = { status: 403, code: 'insufficient_scope' }
      for (const kind of callKinds) {
        const [pending, done] = [context.id(context.nextName()), context.id(context.nextName())]
        await agent.create(kind, { call_id: pending })
        await agent.create(kind, { call_id: done })
        await agent.cancel(kind, done)
        const ids = [pending, done, context.id('nothing')]
        const posts = (verbs: readonly ('respond' | 'cancel' | 'escalate')[]) =>
          ids.flatMap((call_id) =>
            verbs.flatMap((verb) =>
              bodies({}).map((body) => ({ method: 'POST', path: pathOf(kind, call_id, verb), ...body })),
            ),
          )
        const creations = bodies({ run_id: context.id('run'), call_id: pending, spec: kind.spec() }).map(
          (body) => ({ method: 'POST', path: kind.collection, ...body }),
        )
        const reads = ids.flatMap((call_id) => [
          { path: pathOf(kind, call_id) },
          { path: `${pathOf(kind, call_id)}?wait=abc` },
        ])

        await expectAlike(context, keys.agent, posts(['respond']), refused)
        await expectAlike(context, keys.responder, [...posts(['cancel', 'escalate']), ...creations], refused)
        await expectAlike(context, keys.admin, [...reads, ...posts(['respond', 'cancel'])], refused)
      }
      for (const key of [keys.agent, keys.responder])
        await expectAlike(
          context,
          key,
          bodies({ scopes: ['agent'] }).map((body) => ({ method: 'POST', path: '/v1/keys', ...body })),
          refused,
        )
    },
  ),
]

/** A body that may be good, and bodies that are certainly not. */
function bodies(json: unknown): Pick<Outgoing, 'json' | 'body' | 'headers'>[] {
  return [
    { json },
    { body: '{"broken":' },
    { body: new Uint8Array([0x7b, 0xff, 0x7d]) },
    { json: [] },
    { body: 'plain', headers: { 'content-type': 'text/plain' } },
    { body: '' },
  ]
}

/** Every one of these requests gets this refusal, and none tells more than another. */
async function expectAlike(
  context: Context,
  key: KeyName,
  requests: readonly Outgoing[],
  { status, code }: { status: number; code: string },
): Promise<void> {
  let first: unknown
  for (const request of requests) {
    const reply = await context.send(key, request)
    expectProblem(reply, status, code)
    const told = { type: reply.json.type as unknown, errors: reply.json.errors as unknown }
    first ??= told
    expectValue(reply, '/winning_status', undefined)
    expectThat(show(told) === show(first), `the same as for other requests: ${show(first)}`, show(told), {
      reply,
    })
  }
}

/** A refused act has done nothing: a call is pending still, and none has been created. */
async function expectUntouched(context: Context, { kind, target }: Operation, id: string): Promise<void> {
  if (!kind) return
  const reply = await context.agent.get(pathOf(kind, id))
  if (target === 'call') expectValue(reply, '/status/state', 'pending')
  else expectStatus(reply, 404)
}

/** Keys that look like this one. */
function altered(secret: string): string[] {
  const last = secret.at(-1) === 'a' ? 'b' : 'a'
  return [
    secret.slice(0, -1),
    secret.slice(0, -1) + last,
    `${secret}a`,
    secret.slice(1),
    secret.slice(0, Math.ceil(secret.length / 2)),
    // As many as there are whatever the secret is, so that a recorded run asks for the same again.
    swappedCase(secret),
    `"${secret}"`,
    `${secret},`,
  ]
}

function swappedCase(text: string): string {
  return text.replaceAll(/[a-z]/gi, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  )
}
