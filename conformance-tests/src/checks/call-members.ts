import { callId, callKinds, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** Members that the protocol does not name are as good as not there. */
export const callMemberChecks: readonly Check[] = [
  check(
    'call.unknown-members-ignored',
    'members that nobody knows are neither refused nor acted on nor returned, wherever a creation has them',
    { expect: 'accept' },
    async (context) => {
      const { agent, subject } = context
      const expires = subject.discovery.features.includes('expiry')
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'forged')
        const unknown = { stray: 'stray-value', 'x-stray': ['stray-value'], Stray: null }
        const options = kind.name === 'function call' ? 'reject_options' : 'response_options'
        const created = await agent.post(kind.collection, {
          ...unknown,
          ...forgedFor(kind),
          state: kind.answeredState,
          run_id: context.id('run'),
          call_id,
          spec: {
            ...kind.spec({
              [options]: [{ name: 'later', ...unknown }],
              context: { summary: 'Why', links: [{ url: 'https://example.com/', ...unknown }], ...unknown },
              ...(expires ? { expires_in_seconds: 3_600, on_expire: unknown } : {}),
            }),
            ...unknown,
            ...forgedFor(kind),
          },
        })
        expectStatus(created, 200, 201)
        const read = await agent.read(kind, call_id)

        for (const reply of [created, read]) {
          expectPending(reply)
          expectValue(reply, '/call_id', call_id)
          expectNotReturned(reply)
          // The members beside them are there.
          expectValue(reply, `/spec/${options}/0/name`, 'later')
          expectValue(reply, '/spec/context/links/0/url', 'https://example.com/')
        }
      }
    },
  ),

  check(
    'call.unknown-members-ignored',
    'names that every object has in some languages are names like others',
    { variant: 'inherited', expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'inherited')
        const inherited = INHERITED.map(
          (name) => `"${name}":{"stray":"stray-value","state":"approved"}`,
        ).join()
        const spec = JSON.stringify(kind.spec({ context: { summary: 'Why' } }))
        const created = await agent.send({
          method: 'POST',
          path: kind.collection,
          body: `{${inherited},"run_id":"${context.id('run')}","call_id":"${call_id}","spec":${spec
            .replace('"context":{', `"context":{${inherited},`)
            .replace('{', `{${inherited},`)}}`,
        })

        expectStatus(created, 200, 201)
        for (const reply of [created, await agent.read(kind, call_id)]) {
          expectPending(reply)
          expectNotReturned(reply)
          expectValue(reply, '/spec/context/summary', 'Why')
        }
        // The server is as it was.
        expectPending(await agent.create(kind))
      }
    },
  ),

  check(
    'call.unknown-members-ignored',
    'members that nobody knows are ignored in an answer',
    { variant: 'answer', expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'answered')
        await agent.create(kind, { call_id })
        const answered = await responder.tryRespond(kind, call_id, {
          ...kind.otherAnswer,
          stray: 'stray-value',
          status: forgedStatus(kind),
          state: kind.answeredState,
          responded_at: '2001-01-01T00:00:00Z',
          completed_at: '2001-01-01T00:00:00Z',
          call_id: 'stray-value',
        })

        expectStatus(answered, 200)
        expectNotReturned(answered)
        expectValue(answered, '/call_id', call_id)
        const state = kind.name === 'function call' ? 'denied' : 'answered'
        expectValue(answered, '/status/state', state)
        expectValue(await agent.read(kind, call_id), '/status/state', state)
      }
    },
  ),

  check(
    'call.unknown-members-ignored',
    'members that nobody knows are ignored in a cancellation and in an escalation',
    { variant: 'acts', expect: 'accept', after: ['call.cancel', 'call.escalate'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'acts')
        await agent.create(kind, { call_id })
        const escalated = await agent.tryEscalate(kind, call_id, {
          escalation_id: 'e1',
          escalation_msg: 'Please.',
          escalated_by: 'stray-value',
          escalated_at: '2001-01-01T00:00:00Z',
          status: forgedStatus(kind),
          stray: 'stray-value',
        })
        const cancelled = await agent.tryCancel(kind, call_id, {
          comment: 'Withdrawn.',
          state: kind.answeredState,
          approved: true,
          completed_at: '2001-01-01T00:00:00Z',
          stray: 'stray-value',
        })

        for (const reply of [escalated, cancelled]) {
          expectStatus(reply, 200)
          expectNotReturned(reply)
        }
        expectPending(escalated)
        expectValue(cancelled, '/status/state', 'cancelled')
      }
    },
  ),

  check(
    'call.read-your-writes',
    'whatever was acknowledged is there at once, for everybody and over any connection',
    { expect: 'accept', lane: 'race' },
    async (context) => {
      const { agent, responder } = context
      for (let round = 0; round < 2; round++)
        await Promise.all(
          callKinds.map(async (kind) => {
            const call_id = callId(context, kind, `seen${round}`)
            const cancelled_id = callId(context, kind, `cancelled${round}`)

            const created = await agent.create(kind, { call_id })
            for (const reply of await readersOf(context, kind, call_id)) {
              expectStatus(reply, 200)
              expectValue(reply, '/call_id', call_id)
              expectValue(reply, '/status/requested_at', valueAt(created.json, '/status/requested_at'))
              expectValue(reply, '/status/state', 'pending')
            }

            await agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' })
            for (const reply of await readersOf(context, kind, call_id))
              expectValue(reply, '/status/escalations/0/escalation_id', 'e1')

            await responder.respond(kind, call_id)
            for (const reply of await readersOf(context, kind, call_id))
              expectValue(reply, '/status/state', kind.answeredState)

            await agent.create(kind, { call_id: cancelled_id })
            await agent.cancel(kind, cancelled_id)
            for (const reply of await readersOf(context, kind, cancelled_id))
              expectValue(reply, '/status/state', 'cancelled')
          }),
        )
    },
  ),

  check(
    'call.read-your-writes',
    'whatever was acknowledged stands in the list at once',
    {
      variant: 'lists',
      expect: 'accept',
      lane: 'race',
      needs: { claims: ['lists'] },
      after: ['call.echoes-ids'],
    },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const run_id = context.id(`run-${kind.schema}`)
        const call_id = callId(context, kind, 'listed')
        const list = () => agent.get(`${kind.collection}?run_id=${run_id}`, FRESH)

        await agent.create(kind, { run_id, call_id })
        const pending = await list()
        await responder.respond(kind, call_id)
        const answered = await list()

        expectValue(pending, '/items/0/call_id', call_id)
        expectValue(pending, '/items/0/status/state', 'pending')
        expectValue(answered, '/items/0/call_id', call_id)
        expectValue(answered, '/items/0/status/state', kind.answeredState)
      }
    },
  ),
]

/** A connection of its own, behind which may be another node. */
const FRESH = { connection: 'close' }

function readersOf({ agent, responder }: Context, kind: CallKind, call_id: string): Promise<Reply[]> {
  const path = pathOf(kind, call_id)
  return Promise.all([
    agent.get(path, FRESH),
    responder.get(path, FRESH),
    agent.get(path),
    responder.get(path),
  ])
}

const INHERITED = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

/** What a client would have to send to decide its own call, if anybody listened. */
function forgedFor(kind: CallKind): Record<string, unknown> {
  return {
    status: forgedStatus(kind),
    state_of_call: kind.answeredState,
    requested_by: 'key:stray-value',
    requested_at: '2001-01-01T00:00:00Z',
    responder: { id: 'stray-value', channel: 'api', assurance: 'passkey' },
    approved: true,
    completed_at: '2001-01-01T00:00:00Z',
  }
}

function forgedStatus(kind: CallKind): Record<string, unknown> {
  return {
    state: kind.answeredState,
    approved: true,
    comment: 'stray-value',
    response: 'stray-value',
    requested_by: 'key:stray-value',
    responder: { id: 'stray-value', channel: 'api', assurance: 'passkey' },
    responded_at: '2001-01-01T00:00:00Z',
    completed_at: '2001-01-01T00:00:00Z',
  }
}

function expectPending(reply: Reply): void {
  expectValue(reply, '/status/state', 'pending')
  expectValue(reply, '/status/responses', [])
  expectValue(reply, '/status/completed_at', null)
}

function expectNotReturned(reply: Reply): void {
  const told = /\b(?:x-)?stray(?:-value)?\b|2001-01-01|state_of_call/i.exec(reply.text)?.[0]
  expectThat(told === undefined, 'an answer without what nobody knows', show(told), { reply })
}
