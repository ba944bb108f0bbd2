import { callKinds, functionCalls, humanContacts } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import type { Reply } from '../reply.ts'

/** Members that are null, and strings that hold U+0000. */
export const jsonNullChecks: readonly Check[] = [
  check(
    'json.null-is-absent',
    'members that are null in a creation are as absent ones',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const options = kind === functionCalls ? 'reject_options' : 'response_options'
        const absent = await agent.create(kind)
        const nulls = {
          channel: null,
          state: null,
          context: null,
          metadata: null,
          requires: null,
          [options]: null,
          x_unknown: null,
          ...(kind === humanContacts ? { subject: null } : {}),
        }

        const created = await agent.tryCreate(kind, { spec: nulls })

        expectStatus(created, 201)
        for (const name of ['context', 'metadata', 'state', options, 'requires'])
          expectAbsent(created, `/spec/${name}`)
        expectValue(created, '/status/channel', absent.json.status.channel)

        const nested = await agent.tryCreate(kind, {
          spec: {
            context: { summary: null, links: [{ url: 'https://example.com/', title: null }] },
            [options]: [{ name: 'one', title: null, prompt_fill: null, interactive: null }],
            metadata: { kept: null },
          },
        })
        expectStatus(nested, 201)
        expectAbsent(nested, '/spec/context/summary')
        expectAbsent(nested, '/spec/context/links/0/title')
        expectAbsent(nested, `/spec/${options}/0/title`)
      }
    },
  ),

  check(
    'json.null-is-absent',
    'members that are null in an answer, a cancellation or an escalation are as absent ones',
    { variant: 'acts', expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      const nulls = { comment: null, reject_option_name: null, response_option_name: null, x_unknown: null }
      for (const kind of callKinds) {
        const answer =
          kind === functionCalls ? { ...nulls, approved: true } : { ...nulls, response: 'eu-west' }
        const [answered, cancelled] = [context.id(context.nextName()), context.id(context.nextName())]
        for (const call_id of [answered, cancelled]) await agent.create(kind, { call_id })

        const escalated = await agent.tryEscalate(kind, answered, {
          escalation_id: 'e',
          escalation_msg: 'It is urgent.',
          channel: null,
          additional_recipients: null,
        })
        expectStatus(escalated, 200)
        expectStatus(await responder.tryRespond(kind, answered, answer), 200)
        expectStatus(await agent.tryCancel(kind, cancelled, { comment: null, x_unknown: null }), 200)
      }
    },
  ),

  check(
    'json.null-is-absent',
    'members of features that are null are as absent ones, claimed or not',
    { variant: 'features', expect: 'accept' },
    async ({ agent }) => {
      const common = {
        expires_at: null,
        expires_in_seconds: null,
        on_expire: null,
        redact: null,
        minimum_assurance: null,
        exclude_responder_ids: null,
        risk: null,
        locale: null,
      }
      for (const [kind, more] of [
        [functionCalls, { kwargs_schema: null, allow_edit: null }],
        [humanContacts, { response_schema: null }],
      ] as const) {
        const created = await agent.tryCreate(kind, { spec: { ...common, ...more } })

        expectStatus(created, 201)
        expectValue(created, '/status/state', 'pending')
      }
    },
  ),

  check(
    'json.nul',
    'U+0000 in a text that is not opaque is refused',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const nul = 'a\u0000b'
      for (const kind of callKinds) {
        const options = kind === functionCalls ? 'reject_options' : 'response_options'
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id, spec: { metadata: { nul } } })

        for (const spec of [
          kind === functionCalls ? { fn: nul } : { msg: nul },
          kind === functionCalls ? { fn: 'f\u0000' } : { subject: nul },
          { context: { summary: '\u0000' } },
          { context: { links: [{ url: `https://example.com/${nul}` }] } },
          { [options]: [{ name: nul }] },
          { [options]: [{ name: 'a', prompt_fill: nul }] },
        ])
          expectStatus(await agent.tryCreate(kind, { spec }), 422)
        const answer =
          kind === functionCalls ? { approved: true, comment: nul } : { response: `${nul}\u0000` }
        expectStatus(await responder.tryRespond(kind, call_id, answer), 422)
        expectStatus(await agent.tryCancel(kind, call_id, { comment: nul }), 422)
        const escalation = { escalation_id: 'e', escalation_msg: nul }
        expectStatus(await agent.tryEscalate(kind, call_id, escalation), 422)

        // Other control characters are no worse than letters.
        const fine = kind === functionCalls ? { approved: true, comment: '\u0001' } : { response: 'a\u0001b' }
        expectStatus(await responder.tryRespond(kind, call_id, fine), 200)
      }
    },
  ),
]

function expectAbsent(reply: Reply, pointer: string): void {
  const value: unknown = valueAt(reply.json, pointer)
  expectThat(value === undefined, 'nothing there, as if it had not been sent', show(value), {
    reply,
    pointer,
  })
}
