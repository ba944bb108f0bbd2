import { callKinds, functionCalls } from '../actors/call-kind.ts'
import { leafFor, PEOPLE, people, type Person } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectPlace, expectProblem, expectStatus, expectValue } from '../expectations.ts'
import { ask, expectDecided, expectPending } from './composites.ts'

/** Members that join later. */
export const compositeJoinChecks: readonly Check[] = [
  check(
    'composite.joins-not-early',
    'before a member joins nobody decides through it, neither way',
    { expect: 'reject', needs: PEOPLE },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const channel of [
        { any_of: [leafFor(ana), after(60, leafFor(bo))] },
        { quorum: { required: 1, of: [leafFor(ana), after(60, leafFor(bo))] } },
        { any_of: [leafFor(ana), after(60, { any_of: [leafFor(bo)] })] },
      ])
        for (const kind of callKinds) {
          const call_id = await ask(context, kind, channel)

          for (const answer of [kind.answer, kind.otherAnswer])
            expectProblem(await bo.actor.tryRespond(kind, call_id, answer), 403, 'responder_not_allowed')

          expectDecided(await ana.actor.tryRespond(kind, call_id), kind, 1)
        }
    },
  ),

  check(
    'composite.joins',
    'from the moment on at which a member joins, answers count for it',
    { expect: 'accept', kind: 'liveness', lane: 'timer', needs: PEOPLE },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const asked = []
      for (const channel of [
        { any_of: [leafFor(ana), after(1, leafFor(bo))] },
        { quorum: { required: 1, of: [leafFor(ana), after(1, leafFor(bo))] } },
      ])
        for (const kind of callKinds) asked.push({ kind, call_id: await ask(context, kind, channel) })

      await context.sleep(JOINED_MS)

      for (const { kind, call_id } of asked) expectDecided(await bo.actor.tryRespond(kind, call_id), kind, 1)
    },
  ),

  check(
    'composite.joins-nested',
    'the time of a member runs from the joining of its composite',
    { expect: 'accept', kind: 'liveness', lane: 'timer', needs: PEOPLE, after: ['composite.joins'] },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      const inner = { any_of: [leafFor(ana), after(1, leafFor(bo))] }
      const call_id = await ask(context, functionCalls, { any_of: [leafFor(ana), after(4, inner)] })

      await context.sleep(2_000)
      expectProblem(await bo.actor.tryRespond(functionCalls, call_id), 403, 'responder_not_allowed')
      await context.sleep(3_500)

      expectDecided(await bo.actor.tryRespond(functionCalls, call_id), functionCalls, 1)
    },
  ),

  check(
    'composite.time-decides-nothing',
    'an answer that came before a leaf joined does not decide through it',
    { expect: 'accept', lane: 'timer', needs: PEOPLE, after: ['composite.still-pending'] },
    async (context) => {
      const { call_ids } = await askedEarly(context)

      await context.sleep(JOINED_LATER_MS)

      for (const [index, call_id] of call_ids.entries())
        expectValue(await context.agent.read(callKinds[index]!, call_id), '/status/state', 'pending')
    },
  ),

  check(
    'composite.answers-again',
    'when a leaf has joined since, the same answer or another is a new one',
    {
      expect: 'accept',
      kind: 'liveness',
      lane: 'timer',
      needs: PEOPLE,
      after: [
        'composite.joins',
        'composite.time-decides-nothing',
        'function-call.first-answer-wins',
        'human-contact.first-answer-wins',
      ],
    },
    async (context) => {
      const { ana, call_ids } = await askedEarly(context)
      const { call_ids: others } = await askedEarly(context, ana)

      await context.sleep(JOINED_LATER_MS)

      for (const [index, kind] of callKinds.entries()) {
        expectDecided(await ana.actor.tryRespond(kind, call_ids[index]!), kind, 2)
        const words = kind === functionCalls ? { comment: 'now alone' } : { response: 'now alone' }
        expectDecided(await ana.actor.tryRespond(kind, others[index]!, { ...kind.answer, ...words }), kind, 2)
      }
    },
  ),

  check(
    'composite.after-in-all-of',
    'all_of has no members that join later',
    { expect: 'reject' },
    async (context) => {
      await refuses(context, { all_of: [after(1, { inbox: {} }), { inbox: {} }] }, '/spec/channel/all_of/0')
    },
  ),

  check(
    'composite.after-range',
    'no member joins before its composite',
    { expect: 'reject' },
    async (context) => {
      await refuses(context, { any_of: [after(-1, { inbox: {} })] }, '/spec/channel/any_of/0')
      await refuses(
        context,
        { quorum: { required: 1, of: [after(-1, { inbox: {} })] } },
        '/spec/channel/quorum/of/0',
      )
    },
  ),

  check('composite.not-empty', 'a composite has members', { expect: 'reject' }, async (context) => {
    await refuses(context, { all_of: [] }, '/spec/channel/all_of')
    await refuses(context, { any_of: [] }, '/spec/channel/any_of')
    await refuses(context, { quorum: { required: 1, of: [] } }, '/spec/channel/quorum')
    await refuses(context, { any_of: [{ inbox: {} }, { all_of: [] }] }, '/spec/channel/any_of/1')
  }),

  check(
    'composite.accepted',
    'what can be decided is taken, however it is built',
    { expect: 'accept' },
    async (context) => {
      const [ana, bo] = [listing(context, 'ana'), listing(context, 'bo')]
      for (const channel of [
        { all_of: [{ inbox: {} }] },
        { quorum: { required: 3, of: [ana, bo, { inbox: {} }] } },
        { any_of: [{ all_of: [ana, ana] }, bo] },
        { all_of: [{ any_of: [ana, bo] }, ana] },
        {
          any_of: [
            after(0, ana),
            after(31_536_000, { all_of: [ana, { quorum: { required: 1, of: [bo] } }] }),
          ],
        },
      ])
        for (const kind of callKinds) await ask(context, kind, channel)
    },
  ),

  check(
    'composite.satisfiable',
    'what the people whom it lists can never decide is refused',
    { expect: 'reject' },
    async (context) => {
      const [ana, bo] = [listing(context, 'ana'), listing(context, 'bo')]
      for (const channel of [
        { quorum: { required: 3, of: [ana, bo] } },
        { quorum: { required: 2, of: [ana, ana] } },
        { all_of: [ana, ana] },
        { all_of: [ana, { any_of: [bo] }, bo] },
        { any_of: [{ all_of: [ana, ana] }, { quorum: { required: 2, of: [bo] } }] },
      ])
        await refuses(context, channel, '/spec/channel')
      if (context.subject.discovery.features.includes('exclude_responder_ids'))
        await refuses(context, ana, '/spec/channel', { exclude_responder_ids: [context.id('ana')] })
    },
  ),

  check(
    'composite.satisfiable',
    'keys that are bound to nobody are one person, who cannot be two',
    { variant: 'keys', expect: 'reject', needs: PEOPLE },
    async (context) => {
      const admin = context.actor('admin')
      const made = [
        await admin.createKey({ scopes: ['responder'] }),
        await admin.createKey({ scopes: ['responder'] }),
      ]
      const allowed_responder_ids = made.map(({ key_id }) => `key:${key_id}`)
      const leaf = { inbox: { allowed_responder_ids } }
      await refuses(context, { quorum: { required: 2, of: [leaf] } }, '/spec/channel')
      await ask(context, functionCalls, { quorum: { required: 1, of: [leaf] } })
    },
  ),

  check(
    'composite.depth',
    'channels that are too deep or have too many leaves are refused',
    { expect: 'reject', after: ['composite.room'] },
    async (context) => {
      const { channel_depth = 1, channel_leaves = 1 } = context.limits
      await ask(context, functionCalls, nested(channel_depth))
      await refuses(context, nested(channel_depth + 1), '/spec/channel')
      await ask(context, functionCalls, wide(channel_leaves))
      await refuses(context, wide(channel_leaves + 1), '/spec/channel')
    },
  ),

  check(
    'composite.depth',
    'an escalation asks no more people than a call may',
    { variant: 'escalations', expect: 'reject', after: ['composite.room'] },
    async (context) => {
      const { channel_depth = 1, channel_leaves = 1 } = context.limits
      const call_id = await ask(context, functionCalls, nested(1))
      for (const channel of [nested(channel_depth + 1), wide(channel_leaves + 1)]) {
        const escalation = { escalation_id: 'e1', escalation_msg: 'Please.', channel }
        const refused = await context.agent.tryEscalate(functionCalls, call_id, escalation)
        expectProblem(refused, 422)
        expectPlace(refused, '/channel')
      }
    },
  ),

  check(
    'composite.room',
    'the limits leave room for what companies need',
    { expect: 'accept' },
    async (context) => {
      const reply = await context.nobody.get('/.well-known/countersign')
      expectStatus(reply, 200)
      const { channel_depth, channel_leaves } = reply.json?.limits ?? {}
      if (!(channel_depth >= 3)) expectValue(reply, '/limits/channel_depth', 3)
      if (!(channel_leaves >= 12)) expectValue(reply, '/limits/channel_leaves', 12)

      await ask(context, functionCalls, nested(3))
      await ask(context, functionCalls, wide(12))
    },
  ),
]

// A member that joins after one second has joined by then, and one after three seconds by the other.
const JOINED_MS = 1_500
const JOINED_LATER_MS = 3_500

/** A leaf for somebody who need not be there. */
function listing(context: Context, name: string): object {
  return { inbox: { allowed_responder_ids: [context.id(name)] } }
}

function after(after_seconds: number, channel: object): object {
  return { after_seconds, channel }
}

/** Ana has said yes together with Bo, who has not; three seconds later, which leaves time for slow answers, she may decide alone. */
async function askedEarly(context: Context, known?: Person): Promise<{ ana: Person; call_ids: string[] }> {
  const bo = { id: context.id('bo'), actor: context.responder }
  const ana = known ?? (await people(context, 'ana')).ana
  const call_ids = []
  for (const kind of callKinds) {
    const call_id = await ask(context, kind, {
      any_of: [{ all_of: [leafFor(ana), leafFor(bo)] }, after(3, leafFor(ana))],
    })
    expectPending(await ana.actor.tryRespond(kind, call_id), 1)
    call_ids.push(call_id)
  }
  return { ana, call_ids }
}

async function refuses(context: Context, channel: object, pointer: string, more: object = {}): Promise<void> {
  for (const kind of callKinds) {
    const call_id = context.id(context.nextName())
    const refused = await context.agent.tryCreate(kind, { call_id, spec: { channel, ...more } })
    expectProblem(refused, 422)
    const pointers: string[] = (refused.json?.errors ?? []).map((error: { pointer: string }) => error.pointer)
    if (!pointers.some((each) => each.startsWith(pointer))) expectValue(refused, '/errors/0/pointer', pointer)
  }
}

/** Composites within each other. */
function nested(depth: number): object {
  return depth === 0 ? { inbox: {} } : { any_of: [nested(depth - 1)] }
}

/** So many leaves, in groups that any server takes. */
function wide(leaves: number): object {
  const groups = Array.from({ length: Math.ceil(leaves / 16) }, (_, index) => ({
    any_of: Array.from({ length: Math.min(16, leaves - index * 16) }, () => ({ inbox: {} })),
  }))
  return { any_of: groups }
}
