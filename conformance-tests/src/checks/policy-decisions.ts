import { callId, functionCalls } from '../actors/call-kind.ts'
import { actsIn, readAllEvents } from '../actors/event-log.ts'
import { PEOPLE } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { policyFor } from '../oracles/policy.ts'
import { askAbout, callsUnder } from './policy-requests.ts'

/** Calls that a policy settles without a person. */
export const policyDecisionChecks: readonly Check[] = [
  settles('policy.approve', 'approve', 'approved', 'approving_policy'),
  settles('policy.deny', 'deny', 'denied', 'denying_policy'),

  check(
    'policy.recorded',
    'the decision is that of system:policy, under the name of the policy',
    { expect: 'accept', needs: { keys: ['admin'], configured: ['settling_policy'] } },
    async (context) => {
      for (const { policy, call } of callsUnder(context, ({ effect }) => effect !== 'ask')) {
        const call_id = callId(context, functionCalls, context.nextName())
        const created = await askAbout(context, call, {}, call_id)
        expectStatus(created, 201)
        for (const reply of [created, await context.agent.read(functionCalls, call_id)]) {
          for (const pointer of ['/status/responder', '/status/responses/0/responder']) {
            expectValue(reply, `${pointer}/id`, 'system:policy')
            expectValue(reply, `${pointer}/name`, policy.name)
            expectValue(reply, `${pointer}/channel`, 'system')
          }
          expectValue(reply, '/status/responses/1', undefined)
          expectValue(reply, '/status/responses/0/approved', policy.effect === 'approve')
          expectValue(reply, '/status/responses/0/comment', reply.json?.status?.comment)
        }
      }
    },
  ),

  check(
    'policy.named-in-status',
    'the status names the policy that applies, and none where none does',
    { expect: 'accept', needs: { keys: ['admin'], configured: ['policy'] } },
    async (context) => {
      const { policies } = context.subject.project
      for (const { policy, call } of callsUnder(context, () => true)) {
        const call_id = callId(context, functionCalls, context.nextName())
        const created = await askAbout(context, call, { channel: { inbox: {} } }, call_id)
        expectStatus(created, 201)
        for (const reply of [created, await context.agent.read(functionCalls, call_id)])
          expectValue(reply, '/status/policy', policy.name)
      }
      const other = { fn: context.id('nothing'), kwargs: { kind: 'object', members: [] } } as const
      if (policyFor(policies, other)) return
      const created = await askAbout(context, other, { channel: { inbox: {} } })
      expectStatus(created, 201)
      expectValue(created, '/status/policy', undefined)
    },
  ),

  check(
    'policy.events',
    'the event log tells of the request, the answer and the end, and who gave it',
    { expect: 'accept', needs: { keys: ['admin'], claims: ['events'], configured: ['settling_policy'] } },
    async (context) => {
      for (const { call } of callsUnder(context, ({ effect }) => effect !== 'ask')) {
        const call_id = callId(context, functionCalls, context.nextName())
        expectStatus(await askAbout(context, call, {}, call_id), 201)

        const events = await readAllEvents(context, { call_id })

        const acts = actsIn(events)
        expectThat(
          show(acts) === show(['requested', 'responded', 'completed']),
          'the events requested, responded and completed',
          show(acts),
        )
        const principals = events.slice(1).map(({ principal }: { principal?: unknown }) => principal)
        expectThat(
          show(principals) === show(['system:policy', 'system:policy']),
          'the principal system:policy',
          show(principals),
        )
      }
    },
  ),

  check(
    'policy.requires-person',
    'a call that requires a person is not approved by a policy',
    { expect: 'reject', needs: { keys: ['admin'], claims: ['policies'], configured: ['approving_policy'] } },
    async (context) => {
      const { policies } = context.subject.project
      for (const { policy, call } of callsUnder(context, ({ effect }) => effect === 'approve')) {
        const asking = { ...call, requires_person: true }
        const instead = policyFor(policies, asking)
        const asked = await askAbout(context, asking, { channel: { inbox: {} } })
        expectStatus(asked, 201)
        expectValue(asked, '/status/state', instead?.effect === 'deny' ? 'denied' : 'pending')
        expectValue(asked, '/status/policy', instead?.name)

        const approved = await askAbout(context, { ...call, requires_person: false })
        expectStatus(approved, 201)
        expectValue(approved, '/status/policy', policy.name)
      }
    },
  ),

  check(
    'policy.shown',
    'the policies are shown to keys with the scope admin',
    { expect: 'accept', needs: { keys: ['admin'] } },
    async (context) => {
      const reply = await context.actor('admin').get('/v1/project')
      expectStatus(reply, 200)
      const policies: unknown = reply.json?.policies
      expectThat(Array.isArray(policies), 'a list of policies', show(policies), {
        reply,
        pointer: '/policies',
      })
      const shown = policies.map(({ name }: { name?: unknown }) => name)
      const known = context.subject.project.policies.map(({ name }) => name)
      expectThat(show(shown) === show(known), show(known), show(shown), { reply, pointer: '/policies' })
    },
  ),

  check(
    'policy.shown',
    'and to no others',
    { variant: 'others', expect: 'reject', needs: PEOPLE },
    async (context) => {
      const { policies } = context.subject.project
      for (const scopes of [['agent'], ['responder'], ['agent', 'responder']]) {
        const { actor } = await context.actor('admin').createKey({ scopes })
        const reply = await actor.get('/v1/project')
        expectStatus(reply, 200)
        expectValue(reply, '/policies', undefined)
        const told = policies.find(({ name }) => reply.text.includes(JSON.stringify(name)))
        expectThat(told === undefined, 'nothing of a policy', show(told?.name), { reply })
      }
    },
  ),
]

function settles(
  requirement: 'policy.approve' | 'policy.deny',
  effect: 'approve' | 'deny',
  state: 'approved' | 'denied',
  configuration: 'approving_policy' | 'denying_policy',
): Check {
  return check(
    requirement,
    `the answer to the creation shows the call as ${state}`,
    { expect: 'accept', needs: { keys: ['admin'], configured: [configuration] } },
    async (context) => {
      for (const { policy, call } of callsUnder(context, (each) => each.effect === effect))
        for (const more of [{}, { channel: { inbox: { allowed_responder_ids: [context.id('ana')] } } }]) {
          const call_id = callId(context, functionCalls, context.nextName())
          const created = await askAbout(context, call, more, call_id)
          expectStatus(created, 201)
          for (const reply of [created, await context.agent.read(functionCalls, call_id)]) {
            expectValue(reply, '/status/state', state)
            expectValue(reply, '/status/approved', effect === 'approve')
            if (policy.comment !== undefined) expectValue(reply, '/status/comment', policy.comment)
          }
        }
    },
  )
}
