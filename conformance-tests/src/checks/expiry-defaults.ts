import { functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectValue } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { aheadIn, expiring, untilTerminal } from './expiring-calls.ts'
import { passed } from './server-time.ts'

/** What the agent is told when nobody answered in time. */
export const expiryDefaultChecks: readonly Check[] = [
  check(
    'expiry.comment',
    'an expired function call shows the comment that it was given for this',
    { expect: 'accept', lane: 'timer', after: ['expiry.expires', 'expiry.silence-never-approves'] },
    async (context) => {
      const comments = ['Nobody was there: é e\u0301 😀\nTry tomorrow.', '', 'c'.repeat(4_000), undefined]
      const calls = await Promise.all(
        comments.map((comment) =>
          expiring(context, functionCalls, { on_expire: comment === undefined ? {} : { comment } }),
        ),
      )

      for (const [index, comment] of comments.entries()) {
        const expired = await untilTerminal(context, functionCalls, calls[index]!.call_id)
        expectValue(expired, '/status/state', 'expired')
        if (comment !== undefined) expectValue(expired, '/status/comment', comment)
      }
    },
  ),

  check(
    'expiry.comment',
    'also a function call that is found expired by what comes too late',
    {
      variant: 'late-acts',
      expect: 'accept',
      lane: 'timer',
      after: ['expiry.expires', 'expiry.silence-never-approves'],
    },
    async (context) => {
      const comment = 'Try tomorrow.'
      await actLate(context, functionCalls, { comment }, (expired) =>
        expectValue(expired, '/status/comment', comment),
      )
    },
  ),

  check(
    'expiry.default-answer',
    'an expired human contact shows the default answer that it was given',
    { expect: 'accept', lane: 'timer', after: ['expiry.expires'] },
    async (context) => {
      const response_options = [
        { name: 'filled', title: 'Filled', prompt_fill: 'The text of the option' },
        { name: 'titled', title: 'The title' },
        { name: 'bare' },
      ]
      const cases = [
        [{ response: 'eu-west, é e\u0301 😀' }, 'eu-west, é e\u0301 😀', null],
        [{ response_option_name: 'filled' }, 'The text of the option', 'filled'],
        [{ response_option_name: 'titled' }, 'The title', 'titled'],
        [{ response_option_name: 'bare' }, 'bare', 'bare'],
        [{ response: 'in own words', response_option_name: 'bare' }, 'in own words', 'bare'],
        [{}, null, null],
        [undefined, null, null],
      ] as const
      const calls = await Promise.all(
        cases.map(([on_expire]) => expiring(context, humanContacts, { response_options, on_expire })),
      )

      for (const [index, [, response, option]] of cases.entries()) {
        const expired = await untilTerminal(context, humanContacts, calls[index]!.call_id)
        expectValue(expired, '/status/state', 'expired')
        expectValue(expired, '/status/response', response)
        expectValue(expired, '/status/response_option_name', option)
        expectValue(expired, '/status/responses', [])
        expectValue(expired, '/status/responder', null)
      }
    },
  ),

  check(
    'expiry.default-answer',
    'also a human contact that is found expired by what comes too late',
    { variant: 'late-acts', expect: 'accept', lane: 'timer', after: ['expiry.expires'] },
    async (context) => {
      const response = 'eu-west'
      await actLate(context, humanContacts, { response }, (expired) =>
        expectValue(expired, '/status/response', response),
      )
    },
  ),

  check(
    'expiry.default-option',
    'a default answer that names an option which is not offered is refused',
    { expect: 'reject', after: ['human-contact.option-unknown'] },
    async (context) => {
      const { agent } = context
      const create = (on_expire: object, options?: object[]) =>
        agent.tryCreate(humanContacts, {
          spec: {
            expires_in_seconds: aheadIn(context) / 1_000,
            on_expire,
            ...(options ? { response_options: options } : {}),
          },
        })

      for (const refused of [
        await create({ response_option_name: 'b' }, [{ name: 'a' }]),
        await create({ response_option_name: 'A' }, [{ name: 'a' }]),
        await create({ response_option_name: 'a' }),
        await create({ response_option_name: 'a' }, []),
        await create({ response_option_name: 'b', response: 'text' }, [{ name: 'a', title: 'b' }]),
      ])
        expectProblem(refused, 422, 'unknown_option')
      expectStatus(await create({ response_option_name: 'a' }, [{ name: 'b' }, { name: 'a' }]), 201)
    },
  ),
]

/** Answers, cancels and escalates calls as soon as their time is up, so that each act may be the first to find its call expired. */
async function actLate(
  context: Context,
  kind: CallKind,
  on_expire: object,
  judge: (expired: Reply) => void,
): Promise<void> {
  const { agent, responder } = context
  const escalation = { escalation_id: 'e1', escalation_msg: 'Is anybody there?' }
  const acts = [
    (call_id: string) => responder.tryRespond(kind, call_id),
    (call_id: string) => agent.tryCancel(kind, call_id),
    (call_id: string) => agent.tryEscalate(kind, call_id, escalation),
  ]
  await Promise.all(
    acts.map(async (act) => {
      const { call_id, created } = await expiring(context, kind, { on_expire })
      await passed(context, created, created.latest + 1_000)

      await act(call_id)

      const expired = await untilTerminal(context, kind, call_id)
      if (expired.json?.status?.state === 'expired') judge(expired)
    }),
  )
}
