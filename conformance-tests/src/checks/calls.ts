import { callId, callKinds } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectUnchanged, expectValue, show, valueAt } from '../expectations.ts'

/** Who a call is, when it was asked and by whom. */
export const callChecks: readonly Check[] = [
  check(
    'call.ids-required',
    'a call without a run_id or without a call_id is refused, and no id is made up',
    { expect: 'reject' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const call_id = callId(context, kind, 'call')
        const spec = kind.spec()

        for (const body of [
          { run_id, spec },
          { call_id, spec },
          { run_id, call_id: null, spec },
          { run_id: null, call_id, spec },
          { spec },
        ])
          expectStatus(await agent.post(kind.collection, body), 422)

        await agent.create(kind, { run_id, call_id })
      }
    },
  ),

  check(
    'call.echoes-ids',
    'ids come back letter by letter, however unusual they are',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (const { run_id, call_id } of unusualIds(context.marker + kind.schema)) {
          const created = await context.step('id.pattern', async () => {
            const reply = await agent.tryCreate(kind, { run_id, call_id })
            expectStatus(reply, 200, 201)
            return reply
          })

          const read = await agent.read(kind, call_id)
          const answered = await responder.respond(kind, call_id)

          for (const reply of [created, read, answered]) {
            expectValue(reply, '/run_id', run_id)
            expectValue(reply, '/call_id', call_id)
          }
        }
    },
  ),

  check(
    'call.created-status',
    'a creation is answered with 201, the whole call and its path',
    { expect: 'accept' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const run_id = context.id('run')
        const call_id = callId(context, kind, 'a~b:c@d+e=f.g_h-i')
        const created = await agent.create(kind, { run_id, call_id })

        expectValue(created, '/run_id', run_id)
        expectValue(created, '/call_id', call_id)
        for (const name of Object.keys(kind.spec()))
          expectThat(valueAt(created.json, `/spec/${name}`) !== undefined, `the spec with ${name}`, 'none', {
            reply: created,
          })
        expectThat(
          typeof created.json?.status?.state === 'string',
          'the status',
          show(created.json?.status),
          {
            reply: created,
            pointer: '/status',
          },
        )
        const location = created.header('location')
        expectThat(
          endsWithPath(location, `${kind.collection}/${call_id}`, context.subject.base_url),
          `a Location with the path ${kind.collection}/${call_id}`,
          location ?? 'none',
          { reply: created },
        )
      }
    },
  ),

  check(
    'call.kinds-apart',
    'a function call and a human contact live side by side under one call_id',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('both')
      for (const kind of callKinds) expectStatus(await agent.tryCreate(kind, { call_id }), 200, 201)

      for (const kind of callKinds) {
        const read = await agent.read(kind, call_id)
        for (const [name, value] of Object.entries(kind.spec())) expectValue(read, `/spec/${name}`, value)
      }
      for (const kind of callKinds) {
        const mine = context.id(`only-${kind.schema}`)
        for (const each of callKinds) expectStatus(await agent.tryCreate(each, { call_id: mine }), 200, 201)
        await responder.respond(kind, mine)
        for (const each of callKinds)
          expectValue(
            await agent.read(each, mine),
            '/status/state',
            each === kind ? kind.answeredState : 'pending',
          )
      }
    },
  ),

  check(
    'call.kinds-apart',
    'a function call and a human contact under one call_id end apart',
    { variant: 'cancelled', expect: 'accept', after: ['call.escalate'] },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = context.id(`cancelled-${kind.schema}`)
        for (const each of callKinds) expectStatus(await agent.tryCreate(each, { call_id }), 200, 201)
        for (const each of callKinds)
          if (each !== kind)
            await agent.escalate(each, call_id, { ...escalation, escalation_id: 'only-here' })
        await agent.cancel(kind, call_id)

        for (const each of callKinds) {
          const read = await agent.read(each, call_id)
          expectValue(read, '/status/state', each === kind ? 'cancelled' : 'pending')
          const { length } = (read.json?.status?.escalations ?? []) as unknown[]
          const expected = each === kind ? 0 : 1
          expectThat(length === expected, `${expected} escalations`, String(length), {
            reply: read,
            pointer: '/status/escalations',
          })
        }
      }
    },
  ),

  check(
    'call.ids-forever',
    'the id of a call that has ended is not free for another one',
    { expect: 'reject', after: ['call.id-conflict'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const ends: Readonly<Record<string, (call_id: string) => Promise<unknown>>> = {
          answered: (call_id) => responder.respond(kind, call_id),
          denied: (call_id) => responder.respond(kind, call_id, kind.otherAnswer),
          cancelled: (call_id) => agent.cancel(kind, call_id),
        }
        for (const [name, end] of Object.entries(ends)) {
          const call_id = callId(context, kind, name)
          await agent.create(kind, { call_id })
          await end(call_id)
          const before = await agent.read(kind, call_id)

          const second = await agent.tryCreate(kind, {
            call_id,
            run_id: context.id('next-run'),
            spec: { metadata: { attempt: 2 } },
          })

          expectStatus(second, 409)
          expectUnchanged(await agent.read(kind, call_id), before)
        }
      }
    },
  ),

  check(
    'call.requested-by',
    'a call shows when it was created and the key that created it, for good',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = callId(context, kind, 'mine')
        const created = await agent.create(kind, { call_id })
        const by: unknown = created.json?.status?.requested_by
        expectThat(typeof by === 'string' && /^key:\S+$/.test(by), 'key: and the id of the key', show(by), {
          reply: created,
          pointer: '/status/requested_by',
        })
        const at: unknown = created.json?.status?.requested_at
        expectThat(!Number.isNaN(Date.parse(String(at))), 'an instant', show(at), {
          reply: created,
          pointer: '/status/requested_at',
        })

        const escalated = await agent.escalate(kind, call_id, escalation)
        const answered = await responder.respond(kind, call_id)
        const read = await agent.read(kind, call_id)

        for (const reply of [escalated, answered, read]) {
          expectValue(reply, '/status/requested_by', by)
          expectValue(reply, '/status/requested_at', at)
        }
      }
    },
  ),

  check(
    'call.requested-by',
    'each key is named by its own id',
    { variant: 'keys', expect: 'accept', needs: { keys: ['admin'], claims: ['scopes'] } },
    async (context) => {
      const admin = context.actor('admin')
      const one = await admin.createKey({ scopes: ['agent'] })
      const two = await admin.createKey({ scopes: ['agent', 'responder'], responder_id: 'dana' })
      for (const kind of callKinds)
        for (const { actor, key_id } of [one, two]) {
          const call_id = callId(context, kind, `by-${key_id}`)
          const created = await actor.create(kind, { call_id })
          const repeated = await (actor === one.actor ? two : one).actor.tryCreate(kind, { call_id })
          const read = await context.agent.read(kind, call_id)

          for (const reply of [created, read]) expectValue(reply, '/status/requested_by', `key:${key_id}`)
          if (repeated.status === 200) expectValue(repeated, '/status/requested_by', `key:${key_id}`)
        }
    },
  ),

  check(
    'call.requested-by',
    'calls that are created one after the other show times in that order',
    { variant: 'order', expect: 'accept', lane: 'timer' },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const first = await agent.create(kind)
        // More than a server loses that writes whole seconds.
        await context.sleep(1_200)
        const second = await agent.create(kind)

        const times = [first, second].map(({ json }) => Date.parse(String(json?.status?.requested_at)))
        expectThat(
          times[1]! - times[0]! >= 500,
          'requested_at at least half a second after that of a call created 1.2 seconds before',
          `${times[1]! - times[0]!} ms`,
          { reply: second, pointer: '/status/requested_at' },
        )
      }
    },
  ),
]

const escalation = { escalation_id: 'urgent-1', escalation_msg: 'It is urgent.', channel: { inbox: {} } }

/** Ids that are easily mistaken: for numbers, for other letters, for the syntax of an address. */
function unusualIds(tail: string): { run_id: string; call_id: string }[] {
  return [
    { run_id: `Run.MiXeD-${tail}`, call_id: `Call.MiXeD-${tail}` },
    { run_id: `0${tail}~:@+=-._`, call_id: `00${tail}~:@+=-._` },
    { run_id: tail.padEnd(128, 'xY'), call_id: tail.padEnd(128, 'zQ') },
    // Nothing but digits, beyond what a double holds.
    { run_id: digitsOf(`run ${tail}`), call_id: digitsOf(`call ${tail}`) },
    { run_id: `1e5-${tail}`, call_id: `c+${tail}` },
  ]
}

function digitsOf(text: string): string {
  return `0${BigInt(`0x${Buffer.from(text).toString('hex')}`)}`.slice(0, 128)
}

/** Whether an address, absolute or relative, has this path at its end, however it is encoded. */
export function endsWithPath(location: string | undefined, path: string, base: string): boolean {
  if (location === undefined || !URL.canParse(location, `${base}/`)) return false
  const { pathname } = new URL(location, `${base}/`)
  try {
    return decodeURIComponent(pathname).endsWith(path)
  } catch {
    return false
  }
}
