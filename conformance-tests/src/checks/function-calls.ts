import { functionCalls, pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { expectAfter, expectInstant, readWhenExpired, UNUSUAL_TEXT } from './answers.ts'

const OFFERING = { reject_options: [{ name: 'too-much', prompt_fill: 'Ask for less.' }] }

const DECISIONS = [
  { approved: true, comment: 'go ahead' },
  { approved: false, comment: 'not today' },
  { approved: false, comment: 'half of it', reject_option_name: 'too-much' },
  { approved: true, comment: UNUSUAL_TEXT },
  { approved: false, comment: 'x'.repeat(30_000) },
]

export const functionCallChecks: readonly Check[] = [
  check(
    'function-call.starts-pending',
    'a new function call is pending and undecided',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      const call_id = context.id('new')

      const created = await agent.create(functionCalls, { call_id, spec: OFFERING })
      const shown = await agent.read(functionCalls, call_id)

      for (const reply of [created, shown]) expectUndecided(reply)
    },
  ),

  check(
    'function-call.starts-pending',
    'a new function call is pending whatever status the agent claims that it has',
    { variant: 'forged', expect: 'accept', after: ['call.unknown-members-ignored'] },
    async (context) => {
      const { agent } = context
      const call_id = context.id('forged')
      const forged = { state: 'approved', approved: true, comment: 'sure', responses: [{ approved: true }] }

      const created = await agent.post(functionCalls.collection, {
        run_id: context.id('run'),
        call_id,
        spec: functionCalls.spec({ status: forged, ...forged, state: {} }),
        status: forged,
        ...forged,
      })

      expectStatus(created, 201)
      expectUndecided(created)
      expectUndecided(await agent.read(functionCalls, call_id))
    },
  ),

  check(
    'function-call.approved-mirrors-state',
    'approved is null while pending, true when approved, and false when denied or cancelled',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      const [yes, no, withdrawn] = ['yes', 'no', 'withdrawn'].map((name) => context.id(name)) as [
        string,
        string,
        string,
      ]
      for (const call_id of [yes, no, withdrawn]) {
        const created = await agent.create(functionCalls, { call_id })
        expectValue(created, '/status/approved', null)
      }

      const approved = await responder.respond(functionCalls, yes, { approved: true })
      const denied = await responder.respond(functionCalls, no, { approved: false })
      const cancelled = await agent.cancel(functionCalls, withdrawn)

      for (const [reply, call_id, expected] of [
        [approved, yes, true],
        [denied, no, false],
        [cancelled, withdrawn, false],
      ] as const) {
        expectValue(reply, '/status/approved', expected)
        expectValue(await agent.read(functionCalls, call_id), '/status/approved', expected)
      }
    },
  ),

  check(
    'function-call.terminal-comment',
    'a decided or cancelled function call has a comment, even when nobody said anything',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const end of [
        (call_id: string) => responder.respond(functionCalls, call_id, { approved: true }),
        (call_id: string) => responder.respond(functionCalls, call_id, { approved: false }),
        (call_id: string) =>
          responder.respond(functionCalls, call_id, { approved: false, reject_option_name: 'too-much' }),
        (call_id: string) => agent.cancel(functionCalls, call_id),
        (call_id: string) => agent.cancel(functionCalls, call_id, {}),
      ]) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec: OFFERING })

        const ended = await end(call_id)

        for (const reply of [ended, await agent.read(functionCalls, call_id)]) {
          const comment: unknown = valueAt(reply.json, '/status/comment')
          expectThat(typeof comment === 'string', 'a string at /status/comment', show(comment), {
            reply,
            pointer: '/status/comment',
          })
        }
      }
    },
  ),

  ...(
    [
      ['function-call.approved-mirrors-state', '/status/approved', 'approved is false when nobody answered'],
      ['function-call.terminal-comment', '/status/comment', 'an expired function call has a comment'],
    ] as const
  ).map(([requirement, pointer, title]) =>
    check(
      requirement,
      title,
      { variant: 'expired', expect: 'accept', lane: 'timer', needs: { claims: ['expiry'] } },
      async (context) => {
        const call_id = context.id('silent')
        await context.agent.create(functionCalls, { call_id, spec: { expires_in_seconds: 1 } })

        const reply = await readWhenExpired(context, functionCalls, call_id)

        const shown: unknown = valueAt(reply.json, pointer)
        expectThat(
          pointer === '/status/approved' ? shown === false : typeof shown === 'string',
          `${pointer === '/status/approved' ? 'false' : 'a string'} at ${pointer}`,
          show(shown),
          { reply, pointer },
        )
      },
    ),
  ),

  check(
    'function-call.respond-decides',
    'an answer sets the state and says what was decided, by whom and when',
    { variant: 'members', expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const answer of DECISIONS) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec: OFFERING })

        const decided = await responder.respond(functionCalls, call_id, answer)

        const state = answer.approved ? 'approved' : 'denied'
        expectValue(decided, '/status/state', state)
        const read = await agent.read(functionCalls, call_id)
        await context.step('call.read-your-writes', async () => expectValue(read, '/status/state', state))
        for (const reply of [decided, read]) {
          expectValue(reply, '/status/comment', answer.comment)
          expectValue(reply, '/status/reject_option_name', answer.reject_option_name ?? null)
          expectThat(
            typeof valueAt(reply.json, '/status/responder/id') === 'string',
            'the responder at /status/responder',
            show(valueAt(reply.json, '/status/responder')),
            { reply, pointer: '/status/responder' },
          )
          expectInstant(reply, '/status/responded_at')
          expectInstant(reply, '/status/completed_at')
        }
      }
    },
  ),

  check(
    'function-call.respond-decides',
    'the times of a decision are those of the answer',
    { variant: 'times', expect: 'accept', lane: 'timer' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('later')
      await agent.create(functionCalls, { call_id })
      await context.sleep(1_500)

      const decided = await responder.respond(functionCalls, call_id)

      expectAfter(decided, '/status/responded_at', '/status/requested_at')
      expectAfter(decided, '/status/completed_at', '/status/requested_at')
    },
  ),

  check(
    'function-call.responses-recorded',
    'an accepted answer stands in responses, with its responder and its time',
    { expect: 'accept', after: ['function-call.respond-decides'] },
    async (context) => {
      const { agent, responder } = context
      for (const answer of DECISIONS) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec: OFFERING })

        const decided = await responder.respond(functionCalls, call_id, answer)

        for (const reply of [decided, await agent.read(functionCalls, call_id)]) {
          const responses: unknown = valueAt(reply.json, '/status/responses')
          expectThat(
            Array.isArray(responses) && responses.length === 1,
            'one answer at /status/responses',
            show(responses),
            { reply, pointer: '/status/responses' },
          )
          expectValue(reply, '/status/responses/0/approved', answer.approved)
          expectValue(reply, '/status/responses/0/comment', answer.comment)
          expectValue(reply, '/status/responses/0/reject_option_name', answer.reject_option_name ?? null)
          expectValue(reply, '/status/responses/0/responder/id', valueAt(reply.json, '/status/responder/id'))
          expectInstant(reply, '/status/responses/0/responded_at')
        }
      }
    },
  ),

  check(
    'function-call.responses-recorded',
    'the time of a recorded answer is that of the answer',
    {
      variant: 'times',
      expect: 'accept',
      lane: 'timer',
      after: ['function-call.respond-decides'],
    },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('later')
      await agent.create(functionCalls, { call_id })
      await context.sleep(1_500)

      const decided = await responder.respond(functionCalls, call_id)

      expectAfter(decided, '/status/responses/0/responded_at', '/status/requested_at')
    },
  ),

  check(
    'function-call.respond-shape',
    'an answer needs a boolean approved',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('asked')
      await agent.create(functionCalls, { call_id, spec: OFFERING })

      for (const answer of [
        {},
        { comment: 'go ahead' },
        { reject_option_name: 'too-much' },
        { approved: null },
        { approved: 'true' },
        { approved: 'false' },
        { approved: 1 },
        { approved: 0 },
        { approved: [true] },
        { approved: {} },
        { Approved: true },
        { status: { approved: true } },
        [{ approved: true }],
        'approved',
        true,
      ]) {
        const reply = await responder.send({
          method: 'POST',
          path: pathOf(functionCalls, call_id, 'respond'),
          json: answer,
        })

        expectStatus(reply, 422)
      }
      const decided = await responder.respond(functionCalls, call_id, { approved: true })
      expectValue(decided, '/status/state', 'approved')
    },
  ),

  check(
    'function-call.comment-default',
    'an answer without a comment and without an option has the empty string as its comment',
    { expect: 'accept', after: ['function-call.respond-decides', 'function-call.responses-recorded'] },
    async (context) => {
      const { agent, responder } = context
      for (const answer of [
        { approved: true },
        { approved: false },
        { approved: true, comment: null },
        { approved: false, comment: '' },
      ]) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id, spec: OFFERING })

        const decided = await responder.respond(functionCalls, call_id, answer)

        for (const reply of [decided, await agent.read(functionCalls, call_id)]) {
          expectValue(reply, '/status/comment', '')
          expectValue(reply, '/status/responses/0/comment', '')
        }
      }
    },
  ),

  check(
    'function-call.cancel-comment',
    'the comment of a cancellation is the comment of the cancelled function call',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const comment of ['found another way', UNUSUAL_TEXT, 'x'.repeat(30_000)]) {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id })

        const cancelled = await agent.cancel(functionCalls, call_id, { comment })

        for (const reply of [cancelled, await agent.read(functionCalls, call_id)])
          expectValue(reply, '/status/comment', comment)
      }
    },
  ),
]

function expectUndecided(reply: Reply): void {
  expectValue(reply, '/status/state', 'pending')
  expectValue(reply, '/status/approved', null)
  expectValue(reply, '/status/comment', null)
  expectValue(reply, '/status/responses', [])
}
