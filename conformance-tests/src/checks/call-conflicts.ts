import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectUnchanged, expectValue } from '../expectations.ts'

/** One id, one call: another one under it is refused and learns nothing. */
export const callConflictChecks: readonly Check[] = [
  check(
    'call.id-conflict',
    'another call under the same id is refused, whatever it differs in',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'taken')
        const run_id = context.id('run')
        const spec = { metadata: { n: 1 }, state: { step: 1 }, context: { summary: 'Why' } }
        const others: { run_id?: string; spec: Record<string, unknown> }[] = [
          { run_id: context.id('other-run'), spec },
          { spec: { ...spec, metadata: { n: 2 } } },
          { spec: { ...spec, state: { step: 2 } } },
          { spec: { ...spec, context: { summary: 'Because' } } },
          { spec: { ...spec, channel: { inbox: {} } } },
          { spec: { metadata: spec.metadata, context: spec.context } },
          { spec: { ...spec, [kind.name === 'function call' ? 'fn' : 'msg']: 'something else' } },
          {
            spec: {
              ...spec,
              [kind.name === 'function call' ? 'reject_options' : 'response_options']: [{ name: 'no' }],
            },
          },
        ]
        if (kind.name === 'function call') others.push({ spec: { ...spec, kwargs: { order: 43 } } })
        await agent.create(kind, { call_id, run_id, spec })
        const pending = await agent.read(kind, call_id)
        for (const other of others)
          expectProblem(await agent.tryCreate(kind, { call_id, run_id, ...other }), 409, 'call_id_conflict')
        expectUnchanged(await agent.read(kind, call_id), pending)
      }
    },
  ),

  check(
    'call.id-conflict-leaks-nothing',
    'the refusal of a taken id tells nothing of the call that has it',
    { expect: 'reject', after: ['call.id-conflict'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const ended of [false, true]) {
          const call_id = callId(context, kind, ended ? 'ended' : 'pending')
          const hidden = (name: string) =>
            `${name}-hidden${Math.floor(context.random() * 2 ** 32).toString(36)}`
          const run_id = hidden('run')
          const existing = await agent.create(kind, { call_id, run_id, spec: hiddenSpec(kind, hidden) })
          await agent.escalate(kind, call_id, {
            escalation_id: hidden('escalation'),
            escalation_msg: hidden('escalated'),
          })
          if (ended)
            await responder.respond(kind, call_id, {
              ...kind.answer,
              [kind.name === 'function call' ? 'comment' : 'response']: hidden('answer'),
            })

          const requested_at: unknown = existing.json?.status?.requested_at
          for (const wish of [{}, { run_id, spec: { metadata: {} } }]) {
            const refused = await agent.tryCreate(kind, { call_id, ...wish })

            expectStatus(refused, 409)
            // Whoever has named the run knows it.
            const text = refused.text.replaceAll('run_id' in wish ? run_id : '\0', '')
            const told = /[a-z]+-hidden\w+/.exec(text)?.[0]
            expectThat(told === undefined, 'nothing of the existing call', told ?? '', { reply: refused })
            expectThat(
              typeof requested_at !== 'string' || !refused.text.includes(requested_at),
              'nothing of the existing call',
              'its requested_at',
              { reply: refused },
            )
            for (const name of ['run_id', 'spec', 'winning_status'])
              expectValue(refused, `/${name}`, undefined)
          }
        }
    },
  ),
]

function hiddenSpec(kind: CallKind, hidden: (name: string) => string): Record<string, unknown> {
  const option = {
    name: hidden('option'),
    title: hidden('title'),
    description: hidden('description'),
    prompt_fill: hidden('fill'),
  }
  return {
    ...(kind.name === 'function call'
      ? { fn: hidden('fn'), kwargs: { [hidden('name')]: hidden('value') }, reject_options: [option] }
      : { msg: hidden('msg'), subject: hidden('subject'), response_options: [option] }),
    state: { token: hidden('state') },
    metadata: { [hidden('key')]: hidden('metadata') },
    context: { summary: hidden('summary'), links: [{ url: `https://example.com/${hidden('link')}` }] },
  }
}
