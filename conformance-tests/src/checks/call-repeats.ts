import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import {
  expectProblem,
  expectStatus,
  expectThat,
  expectUnchanged,
  expectValue,
  show,
  valueAt,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { mustCreate, sendText } from './call-equality.ts'

/** Whoever lost the answer asks again, and the same call comes back. */
export const callRepeatChecks: readonly Check[] = [
  check(
    'call.repeat-returns-existing',
    'a repeated creation is answered with 200 and the call as it stands by then',
    { expect: 'accept', after: ['call.repeat-causes-nothing'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const meanwhile: Readonly<Record<string, (call_id: string) => Promise<unknown>>> = {
          pending: async () => undefined,
          escalated: (call_id) =>
            agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' }),
          answered: (call_id) => responder.respond(kind, call_id),
          denied: (call_id) => responder.respond(kind, call_id, kind.otherAnswer),
          cancelled: (call_id) => agent.cancel(kind, call_id, { comment: 'Withdrawn.' }),
        }
        for (const [name, act] of Object.entries(meanwhile)) {
          const call_id = callId(context, kind, name)
          const spec = { metadata: { name, nested: [{ b: 1, a: null }] } }
          await agent.create(kind, { call_id, spec })
          await act(call_id)
          const before = await agent.read(kind, call_id)

          const again = await agent.tryCreate(kind, { call_id, spec })

          expectStatus(again, 200)
          expectUnchanged(again, before)
          expectValue(again, '/spec/metadata', spec.metadata)
        }
      }
    },
  ),

  check(
    'call.repeat-returns-existing',
    'another key of the project gets the existing call too',
    { variant: 'keys', expect: 'accept', needs: { keys: ['admin'], claims: ['scopes'] } },
    async (context) => {
      const other = (await context.actor('admin').createKey({ scopes: ['agent'] })).actor
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'shared')
        const created = await context.agent.create(kind, { call_id })

        const again = await other.tryCreate(kind, { call_id })

        expectStatus(again, 200)
        expectUnchanged(again, created)
      }
    },
  ),

  check(
    'call.repeat-causes-nothing',
    'repeated creations leave the call as it is',
    { expect: 'accept', after: ['call.read-your-writes', 'opaque.order-kept'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'kept')
        const send = sendText(context, kind, call_id)
        await mustCreate(context, () => send('"metadata":{"b":1,"a":2}'))
        const pending = await agent.read(kind, call_id)
        await context.step('call.repeat-equality', async () =>
          expectStatus(await send('"metadata":{"a":2.0,"b":1}'), 200),
        )

        const unchanged = await agent.read(kind, call_id)
        expectUnchanged(unchanged, pending)
        expectThat(
          /"b"\s*:\s*1\s*,\s*"a"\s*:\s*2\s*\}/.test(unchanged.text),
          'the metadata as first sent',
          show(unchanged.json?.spec?.metadata),
          {
            reply: unchanged,
            pointer: '/spec/metadata',
          },
        )

        await agent.escalate(kind, call_id, { escalation_id: 'e1', escalation_msg: 'Please.' })
        const escalated = await agent.read(kind, call_id)
        await send('"metadata":{"a":2,"b":1}')
        expectUnchanged(await agent.read(kind, call_id), escalated)

        await responder.respond(kind, call_id)
        const answered = await agent.read(kind, call_id)
        await send('"metadata":{"b":1,"a":2}')
        expectUnchanged(await agent.read(kind, call_id), answered)
      }
    },
  ),

  check(
    'call.repeat-causes-nothing',
    'a repeated creation does not stand in the list a second time',
    {
      variant: 'lists',
      expect: 'accept',
      needs: { claims: ['lists'] },
      after: ['call.echoes-ids', 'list.newest-first'],
    },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id(`run-${kind.schema}`)
        const first = callId(context, kind, 'first')
        const second = callId(context, kind, 'second')
        await agent.create(kind, { run_id, call_id: first })
        await agent.create(kind, { run_id, call_id: second })
        for (let n = 0; n < 3; n++) await agent.tryCreate(kind, { run_id, call_id: first })

        const listed = await listedIds(context, kind, run_id)

        expectThat(show(listed) === show([second, first]), show([second, first]), show(listed))
      }
    },
  ),

  check(
    'call.repeat-causes-nothing',
    'a repeated creation gives a call no more time',
    { variant: 'expiry', expect: 'accept', lane: 'timer', needs: { claims: ['expiry'] } },
    async (context) => {
      const { agent } = context
      await Promise.all(
        callKinds.map(async (kind) => {
          const call_id = callId(context, kind, 'limited')
          const spec = { expires_in_seconds: 3_600 }
          const created = await agent.create(kind, { call_id, spec })
          await context.sleep(1_100)
          await agent.tryCreate(kind, { call_id, spec })

          const read = await agent.read(kind, call_id)

          expectValue(read, '/status/expires_at', valueAt(created.json, '/status/expires_at'))
        }),
      )
    },
  ),

  check(
    'call.repeat-first',
    'an id that is taken is noticed before what the server does not offer',
    { expect: 'reject', after: ['call.id-conflict'] },
    async (context) => {
      const { agent, subject } = context
      const unserved = ['sms', 'whatsapp'].find((kind) => !subject.discovery.channel_kinds.includes(kind))
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'taken')
        await agent.create(kind, { call_id })

        const specs: Record<string, unknown>[] = [{ requires: ['a-feature-that-nobody-offers'] }]
        if (unserved !== undefined) specs.push({ channel: { [unserved]: { phone_number: '+15550100' } } })
        for (const spec of specs) {
          const refused = await agent.tryCreate(kind, { call_id, spec })
          expectProblem(refused, 409, 'call_id_conflict')
        }
      }
    },
  ),

  check(
    'call.repeat-first',
    'a repeat succeeds when the time of the call is over',
    {
      variant: 'expired',
      expect: 'accept',
      lane: 'timer',
      needs: { claims: ['expiry'] },
      after: ['call.repeat-returns-existing', 'call.id-conflict'],
    },
    async (context) => {
      const { agent } = context
      await Promise.all(
        callKinds.map(async (kind) => {
          const call_id = callId(context, kind, 'over')
          const expires_at = new Date((await timeOfServer(context, kind)) + 2_500).toISOString()
          await agent.create(kind, { call_id, spec: { expires_at } })
          const before = await readEnded(context, kind, call_id)

          const again = await agent.tryCreate(kind, { call_id, spec: { expires_at } })

          expectStatus(again, 200)
          expectUnchanged(again, before)
          // A new call could not be taken like this.
          const conflicting = await agent.tryCreate(kind, { call_id, spec: { expires_at, metadata: {} } })
          expectProblem(conflicting, 409, 'call_id_conflict')
        }),
      )
    },
  ),
]

/** The ids of a run in the order of the list, from all of its pages. */
export async function listedIds(context: Context, kind: CallKind, run_id: string): Promise<string[]> {
  return context.step('list.filters', async () => {
    const ids: string[] = []
    let cursor: string | null = null
    for (let pages = 0; pages < 50; pages++) {
      const at: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
      const page = await context.agent.get(`${kind.collection}?run_id=${encodeURIComponent(run_id)}${at}`)
      expectStatus(page, 200)
      const items: unknown = page.json?.items
      expectThat(Array.isArray(items), 'items', show(items), { reply: page })
      ids.push(...(items as { call_id: string }[]).map(({ call_id }) => call_id))
      cursor = (page.json?.next_cursor ?? null) as string | null
      if (cursor === null) break
    }
    return ids
  })
}

/** Reads a call until it has ended by itself. */
async function readEnded(context: Context, kind: CallKind, call_id: string): Promise<Reply> {
  return context.step('expiry.expires', async () => {
    const until = context.now() + 12_000 * context.patience
    for (;;) {
      const read = await context.agent.read(kind, call_id)
      if (read.json?.status?.state !== 'pending') return read
      expectThat(context.now() < until, 'a call that has expired', 'pending', { reply: read })
      await context.sleep(100)
    }
  })
}

/** The clock by which a server judges times is its own. */
function timeOfServer(context: Context, kind: CallKind): Promise<number> {
  return context.step('call.requested-by', async () => {
    const probe = await context.agent.create(kind)
    const at = Date.parse(String(valueAt(probe.json, '/status/requested_at')))
    expectThat(!Number.isNaN(at), 'an instant', show(probe.json?.status), {
      reply: probe,
      pointer: '/status/requested_at',
    })
    return at
  })
}
