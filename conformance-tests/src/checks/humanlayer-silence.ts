import {
  inProfile,
  profileFunctionCalls,
  profileHumanContacts,
  profileKinds,
  type HumanLayerKind,
} from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { ANSWERING, ENDING, EXPIRING, PATHS } from './humanlayer-causes.ts'

// These clients know no other end of a call than an answer, so that silence and edits have to look like one that lets nothing happen.

export const humanlayerSilenceChecks: readonly Check[] = [
  check(
    'humanlayer.edited-is-denied',
    'an approval with edited arguments is a denial that says something, and one without is an approval',
    {
      expect: 'accept',
      needs: { claims: ['edit'] },
      after: [
        ...ANSWERING,
        'function-call.edit-recorded',
        'function-call.edit-effective',
        'function-call.approved-mirrors-state',
        ...PATHS,
      ],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      const [edited, plain] = [context.id('edited'), context.id('plain')]
      for (const call_id of [edited, plain])
        await context.agent.create(profileFunctionCalls.core, { call_id, spec: { allow_edit: true } })
      await context.responder.respond(profileFunctionCalls.core, edited, {
        approved: true,
        edited_kwargs: { order: 7 },
      })
      await context.responder.respond(profileFunctionCalls.core, plain, { approved: true, comment: 'go' })

      for (const reader of [agent, responder]) {
        const shown = await reader.readNative(profileFunctionCalls, edited)
        expectRefusal(shown)
        expectValue(shown, '/spec/kwargs', { order: 42 })
        expectValue(await reader.readNative(profileFunctionCalls, plain), '/status/approved', true)
      }
    },
  ),

  check(
    'humanlayer.edited-is-denied',
    'arguments that were edited to nothing, or to what they were, are edited too',
    {
      expect: 'accept',
      variant: 'empty',
      needs: { claims: ['edit'] },
      after: [...ANSWERING, 'function-call.edit-recorded', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      const call_id = context.id('one')
      await context.agent.create(profileFunctionCalls.core, { call_id, spec: { allow_edit: true } })
      await context.responder.respond(profileFunctionCalls.core, call_id, {
        approved: true,
        edited_kwargs: {},
      })

      expectRefusal(await agent.readNative(profileFunctionCalls, call_id))
    },
  ),

  check(
    'humanlayer.silence-is-denied',
    'a cancelled function call is a denial that says something, since the time of its end',
    { expect: 'accept', after: [...ENDING, 'function-call.cancel-comment', ...PATHS] },
    async (context) => {
      const { agent, natively } = inProfile(context)
      for (const [index, cancellation] of [undefined, { comment: 'The customer called.' }].entries()) {
        const call_id = context.id(`one${index}`)
        await agent.create(profileFunctionCalls, { call_id })
        const cancelled = await natively.cancel(profileFunctionCalls, call_id, cancellation)

        const shown = await agent.read(profileFunctionCalls, call_id)

        expectRefusal(shown, cancellation?.comment)
        expectEnd(shown, cancelled)
      }
    },
  ),

  check(
    'humanlayer.silence-is-denied',
    'a function call that expired is a denial that says something, and comes too late to answer',
    {
      expect: 'accept',
      variant: 'expired',
      lane: 'timer',
      kind: 'liveness',
      needs: { claims: ['expiry'] },
      after: [...ENDING, ...EXPIRING, 'expiry.comment', ...PATHS],
    },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const [index, on_expire] of [undefined, { comment: 'approved' }].entries()) {
        const call_id = context.id(`one${index}`)
        await expiring(context, profileFunctionCalls, call_id, on_expire)
        const late = await responder.tryRespond(profileFunctionCalls, call_id, { approved: true })

        const shown = await agent.readNative(profileFunctionCalls, call_id)

        expectProblem(late, 409)
        expectRefusal(shown, on_expire?.comment)
        expectEnd(shown, await context.agent.read(profileFunctionCalls.core, call_id))
      }
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'a cancelled human contact says that there is no answer',
    { expect: 'accept', variant: 'cancelled', after: [...ENDING, ...PATHS] },
    async (context) => {
      const { agent, natively } = inProfile(context)
      const call_id = context.id('one')
      await agent.create(profileHumanContacts, { call_id })
      await natively.cancel(profileHumanContacts, call_id, { comment: 'Never mind.' })

      const shown = await agent.read(profileHumanContacts, call_id)

      expectNoAnswer(shown, 'cancelled')
    },
  ),

  check(
    'humanlayer.answer-not-empty',
    'an expired human contact says that there is no answer, also when it has a default',
    {
      expect: 'accept',
      variant: 'expired',
      lane: 'timer',
      kind: 'liveness',
      needs: { claims: ['expiry'] },
      after: [...ENDING, ...EXPIRING, 'expiry.default-answer', ...PATHS],
    },
    async (context) => {
      const { agent } = inProfile(context)
      for (const [index, on_expire] of [undefined, { response: 'eu-west' }].entries()) {
        const call_id = context.id(`one${index}`)
        await expiring(context, profileHumanContacts, call_id, on_expire)

        const shown = await agent.readNative(profileHumanContacts, call_id)

        expectNoAnswer(shown, 'expired')
      }
    },
  ),

  check(
    'humanlayer.second-answer-conflict',
    'an answer that comes after the time is a conflict',
    {
      expect: 'reject',
      variant: 'expired',
      lane: 'timer',
      needs: { claims: ['expiry'] },
      after: [...ENDING, ...EXPIRING, ...PATHS],
    },
    async (context) => {
      const { responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await expiring(context, kind, call_id)

        const late = await responder.tryRespond(kind, call_id)

        expectProblem(late, 409)
      }
    },
  ),
]

/** Creates a call natively and comes back when it has expired. */
async function expiring(
  context: Context,
  { core }: HumanLayerKind,
  call_id: string,
  on_expire?: object,
): Promise<void> {
  const spec = { expires_in_seconds: 1, ...(on_expire && { on_expire }) }
  await context.agent.create(core, { call_id, spec })
  const deadline = context.now() + 5_000 * context.patience
  await context.step('expiry.expires', async () => {
    for (;;) {
      const { json } = await context.agent.read(core, call_id)
      const state: unknown = valueAt(json, '/status/state')
      if (state === 'expired') return
      expectThat(context.now() < deadline, 'the state expired', show(state))
      await context.sleep(200)
    }
  })
}

/** The function does not run, and the agent can tell why: what `said` is alone could be the words of a person. */
function expectRefusal(reply: Reply, said = ''): void {
  expectValue(reply, '/status/approved', false)
  const comment: unknown = valueAt(reply.json, '/status/comment')
  expectThat(
    typeof comment === 'string' && comment.trim() !== '' && comment !== said,
    'a comment that says so',
    show(comment),
    { reply, pointer: '/status/comment' },
  )
}

function expectEnd(shown: Reply, natively: Reply): void {
  const completed: unknown = valueAt(natively.json, '/status/completed_at')
  const responded: unknown = valueAt(shown.json, '/status/responded_at')
  const isSame = Date.parse(String(responded)) === Date.parse(String(completed))
  expectThat(isSame, `the time of its end, ${show(completed)}`, show(responded), {
    reply: shown,
    pointer: '/status/responded_at',
  })
}

function expectNoAnswer(reply: Reply, state: string): void {
  const response: unknown = valueAt(reply.json, '/status/response')
  expectThat(
    typeof response === 'string' && response.startsWith('[no answer: ') && response.includes(state),
    `[no answer: ${state}]`,
    show(response),
    { reply, pointer: '/status/response' },
  )
  const responded: unknown = valueAt(reply.json, '/status/responded_at')
  expectThat(typeof responded === 'string', 'the time of its end', show(responded), {
    reply,
    pointer: '/status/responded_at',
  })
}
