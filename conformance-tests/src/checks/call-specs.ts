import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'

/** What the agent asked stays what it was, and is its own. */
export const callSpecChecks: readonly Check[] = [
  check(
    'call.spec-returned',
    'every member of the spec comes back as it was sent',
    { expect: 'accept', after: ['opaque.values-kept'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'full')
        const spec = fullSpec(kind)
        const created = await agent.create(kind, { call_id, spec })
        const read = await agent.read(kind, call_id)

        for (const reply of [created, read])
          for (const [name, value] of Object.entries(kind.spec(spec)))
            expectValue(reply, `/spec/${name}`, value)
      }
    },
  ),

  check(
    'call.spec-returned',
    'what is empty, false or zero comes back too',
    { variant: 'empty', expect: 'accept', after: ['opaque.values-kept'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'empty')
        const spec = {
          metadata: {},
          state: { n: 0, no: false, text: '', list: [] },
          context: { summary: '', links: [] },
          requires: [],
          ...(kind.name === 'function call'
            ? { kwargs: {}, reject_options: [] }
            : { subject: '', response_options: [] }),
        }
        const created = await agent.create(kind, { call_id, spec })
        const read = await agent.read(kind, call_id)

        for (const reply of [created, read])
          for (const [name, value] of Object.entries(spec)) expectValue(reply, `/spec/${name}`, value)
      }
    },
  ),

  check(
    'call.spec-returned',
    'texts that are as long as they may be come back whole',
    { variant: 'long', expect: 'accept', after: ['opaque.values-kept'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds)
        await Promise.all(
          longTexts(kind, context.limits.body_bytes - 8_192).map(async ([pointer, spec, text]) => {
            const call_id = callId(context, kind, context.nextName())
            const created = await agent.create(kind, { call_id, spec })
            for (const reply of [created, await agent.read(kind, call_id)]) expectValue(reply, pointer, text)
          }),
        )
    },
  ),

  check(
    'call.spec-immutable',
    'the spec stays what it was, whatever is done to the call',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const acts: Readonly<Record<string, (call_id: string) => Promise<unknown>>> = {
          answered: (call_id) => responder.respond(kind, call_id),
          cancelled: (call_id) => agent.cancel(kind, call_id, { comment: 'No longer needed.' }),
          escalated: (call_id) => agent.escalate(kind, call_id, escalation),
          conflicting: (call_id) => agent.tryCreate(kind, { call_id, spec: { metadata: { other: true } } }),
          repeated: (call_id) => agent.tryCreate(kind, { call_id, spec: fullSpec(kind) }),
        }
        for (const [name, act] of Object.entries(acts)) {
          const call_id = callId(context, kind, name)
          const created = await agent.create(kind, { call_id, spec: fullSpec(kind) })
          await act(call_id)
          const read = await agent.read(kind, call_id)

          for (const member of Object.keys(kind.spec(fullSpec(kind))))
            expectValue(read, `/spec/${member}`, valueAt(created.json, `/spec/${member}`))
        }
      }
    },
  ),

  check(
    'call.state-hidden',
    'the state of the agent is not shown to a key that only answers',
    { expect: 'reject', needs: { keys: ['admin'] } },
    async (context) => {
      const { agent } = context
      const responder = (await context.actor('admin').createKey({ scopes: ['responder'] })).actor
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'secretive')
        const run_id = context.id('run')
        const marker = `hidden-${Math.floor(context.random() * 2 ** 32).toString(36)}`
        const state = { token: marker, [marker]: [{ deep: marker }] }
        const metadata = { shown: 'as ever', state: 'no secret' }
        await agent.create(kind, { call_id, run_id, spec: { state, metadata } })

        const pending = await responder.read(kind, call_id)
        const answered = await responder.respond(kind, call_id)
        const again = await responder.respond(kind, call_id)
        const late = await responder.tryRespond(kind, call_id, kind.otherAnswer)
        const ended = await responder.read(kind, call_id)

        for (const reply of [pending, answered, again, late, ended])
          expectThat(!reply.text.includes(marker), 'an answer without the state', show(reply.text), { reply })
        for (const reply of [pending, answered, again, ended]) {
          expectValue(reply, '/spec/state', undefined)
          expectValue(reply, '/spec/metadata', metadata)
        }
        expectValue(await agent.read(kind, call_id), '/spec/state', state)
      }
    },
  ),

  check(
    'call.state-hidden',
    'a list does not show the state of the agent to a key that only answers',
    {
      variant: 'lists',
      expect: 'reject',
      needs: { keys: ['admin'], claims: ['lists'] },
      after: ['call.echoes-ids'],
    },
    async (context) => {
      const { agent } = context
      const responder = (await context.actor('admin').createKey({ scopes: ['responder'] })).actor
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const marker = `hidden-${Math.floor(context.random() * 2 ** 32).toString(36)}`
        const call_id = callId(context, kind, 'listed')
        await agent.create(kind, { call_id, run_id, spec: { state: { token: marker } } })

        const list = await responder.get(`${kind.collection}?run_id=${run_id}`)

        expectStatus(list, 200)
        expectValue(list, '/items/0/call_id', call_id)
        expectThat(!list.text.includes(marker), 'a list without the state', show(list.text), { reply: list })
      }
    },
  ),
]

/** The texts of a spec, each with the place where it has to stand; with less room than a text may need, it is as long as there is room. */
function longTexts(
  kind: CallKind,
  room: number,
): [pointer: string, spec: Record<string, unknown>, text: string][] {
  const long = (length: number) =>
    'text '
      .repeat(length / 5 + 1)
      .slice(0, Math.min(length, room) - 4)
      .concat('end.')
  const isFunctionCall = kind.name === 'function call'
  const own = isFunctionCall
    ? ([['fn', 256]] as const)
    : ([
        ['msg', 100_000],
        ['subject', 1_000],
      ] as const)
  const options = isFunctionCall ? 'reject_options' : 'response_options'
  const lengths = { title: 1_000, description: 10_000, prompt_fill: 100_000 }
  return [
    ...own.map(([name, length]) => [`/spec/${name}`, { [name]: long(length) }, long(length)] as const),
    ['/spec/context/summary', { context: { summary: long(100_000) } }, long(100_000)] as const,
    ...Object.entries(lengths).map(
      ([name, length]) =>
        [
          `/spec/${options}/0/${name}`,
          { [options]: [{ name: 'one', [name]: long(length) }] },
          long(length),
        ] as const,
    ),
  ].map(([pointer, spec, text]) => [pointer, spec, text])
}

const escalation = { escalation_id: 'urgent-1', escalation_msg: 'It is urgent.', channel: { inbox: {} } }

/** A spec with everything that each server knows. */
function fullSpec(kind: CallKind): Record<string, unknown> {
  const options = [
    { name: 'later', title: ' Not now ', description: 'Ask again.', prompt_fill: 'Later, please.\r\n' },
    // The same name to a reader, another one to a computer.
    { name: 'caf\u00e9', interactive: true },
    { name: 'cafe\u0301', interactive: false },
  ]
  return {
    ...(kind.name === 'function call'
      ? { fn: ' re\u0301fund ', kwargs: { b: [1, 2.5, null], a: { z: null } }, reject_options: options }
      : { msg: ' Which one?\n\t\u2028 \u{1f914}\n', subject: ' Re: ', response_options: options }),
    context: {
      summary: '# Why\n\n* <b>because</b> & so on\n',
      links: [{ url: 'https://Example.com/A/../b?c=%7e#d', title: 'd' }, { url: 'http://example.com' }],
    },
    channel: { inbox: {} },
    state: { step: 3, of: ['a', null] },
    metadata: { 'com.example.trace': 'abc', nothing: null },
  }
}
