import { functionCalls, pathOf } from '../actors/call-kind.ts'
import { operationsOf, scopes, targetOf, type Operation, type Scope } from '../actors/operations.ts'
import { withEach } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'

const needs = { claims: ['scopes'], keys: ['admin'] } as const

export const scopeChecks: readonly Check[] = [
  check(
    'auth.scope',
    'every operation is refused to a key of another scope, does nothing then, and is open to its own',
    { expect: 'reject', needs },
    async (context) => {
      const admin = context.actor('admin')
      for (const scope of scopes) {
        const { actor } = await admin.createKey({ scopes: [scope] })
        for (const operation of operationsOf(context)) {
          // What a manager may not do with calls is a requirement of its own.
          if (scope === 'admin' && operation.kind) continue
          const id = await targetOf(context, operation)

          const reply = await actor.send(operation.request(id, context))

          if (operation.scopes.includes(scope)) {
            await context.step('auth.scopes-combine', async () => expectStatus(reply, operation.success))
            continue
          }
          expectProblem(reply, 403, 'insufficient_scope')
          await expectUntouched(context, operation, id)
        }
      }
    },
  ),

  check(
    'auth.scope',
    'every operation is refused to a key that has all scopes but the one that is needed',
    { variant: 'all-but-one', expect: 'reject', needs },
    async (context) => {
      const admin = context.actor('admin')
      for (const operation of operationsOf(context)) {
        const others = scopes.filter((scope) => !operation.scopes.includes(scope))
        if (others.length === 0) continue
        // A manager alone and calls: a requirement of its own.
        if (operation.kind && others.every((scope) => scope === 'admin')) continue
        const { actor } = await admin.createKey({ scopes: others })
        const id = await targetOf(context, operation)

        expectProblem(await actor.send(operation.request(id, context)), 403, 'insufficient_scope')

        await expectUntouched(context, operation, id)
      }
    },
  ),

  check(
    'auth.scopes-combine',
    'a key with several scopes can do whatever one of them allows',
    { expect: 'accept', needs, after: ['auth.create-key'] },
    async (context) => {
      const admin = context.actor('admin')
      const combinations: Scope[][] = [
        ['agent', 'responder'],
        ['responder', 'agent'],
        ['agent', 'admin'],
        ['admin', 'agent'],
        ['responder', 'admin'],
        ['admin', 'responder'],
        ['admin', 'responder', 'agent'],
      ]
      await withEach(combinations, async (combination) => {
        const { actor } = await admin.createKey({ scopes: combination })
        for (const operation of operationsOf(context)) {
          if (!combination.some((scope) => operation.scopes.includes(scope))) continue
          const id = await targetOf(context, operation)

          const reply = await actor.send(operation.request(id, context))

          expectStatus(reply, operation.success)
        }
      })
    },
  ),

  check(
    'auth.scopes-combine',
    'a key with the scopes of an agent and a responder answers a call of its own',
    { variant: 'own-call', expect: 'accept', needs, after: ['auth.create-key'] },
    async (context) => {
      const { actor } = await context.actor('admin').createKey({ scopes: ['agent', 'responder'] })
      const call_id = context.id('own')
      await actor.create(functionCalls, { call_id })

      const reply = await actor.tryRespond(functionCalls, call_id)

      expectStatus(reply, 200)
      expectValue(reply, '/status/state', functionCalls.answeredState)
    },
  ),

  check(
    'auth.admin-does-not-read',
    'a key that only manages is refused by every operation on calls, and learns nothing of them',
    { expect: 'reject', needs },
    async (context) => {
      const { agent } = context
      const { actor } = await context.actor('admin').createKey({ scopes: ['admin'] })
      expectStatus(await actor.get('/v1/keys?limit=1'), 200)
      for (const operation of operationsOf(context)) {
        if (!operation.kind) continue
        const id = await targetOf(context, operation)

        const reply = await actor.send(operation.request(id, context))

        expectProblem(reply, 403, 'insufficient_scope')
        expectThat(!reply.text.includes('requested_at'), 'nothing of a call', show(reply.text), { reply })
        await expectUntouched(context, operation, id)
      }
      // The same call is there for those who may read it.
      const call_id = context.id('there')
      await agent.create(functionCalls, { call_id })
      expectProblem(await actor.get(`${pathOf(functionCalls, call_id)}?wait=0`), 403, 'insufficient_scope')
      await agent.read(functionCalls, call_id)
    },
  ),
]

/** A refused act has done nothing. */
async function expectUntouched(context: Context, operation: Operation, id: string): Promise<void> {
  const { kind, target } = operation
  if (kind && target === 'call') {
    const reply = await context.agent.read(kind, id)
    expectValue(reply, '/status/state', 'pending')
    expectValue(reply, '/status/escalations', [])
  } else if (kind) expectStatus(await context.agent.get(pathOf(kind, id)), 404)
}
