import { isDeepStrictEqual } from 'node:util'
import { functionCalls, humanContacts } from '../actors/call-kind.ts'
import { eventsPath, idsIn, readAllEvents, readEvents, readStream, told } from '../actors/event-log.ts'
import { inBatches } from '../actors/list-reader.ts'
import { restart } from '../actors/restart.ts'
import { meanwhile } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, show } from '../expectations.ts'
import { history } from './event-pages.ts'
import { expectActs } from './events.ts'

/** The log as it grows. A stream has no end, so the suite closes it when it has seen enough. */
export const eventStreamChecks: readonly Check[] = [
  check(
    'sse.stream',
    'a stream sends each event as one message with its id, its type and its JSON',
    { expect: 'accept', kind: 'liveness', after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const listed = await readAllEvents(context, { run_id })

      const { messages, events, reply } = await readStream(context, {
        query: { run_id },
        count: listed.length,
      })

      const shown = told(messages)
      expectThat(shown.length === listed.length, `${listed.length} messages`, String(shown.length), { reply })
      for (const [index, event] of listed.entries()) {
        expectThat(shown[index]!.id === event.id, `the id ${event.id}`, shown[index]!.id, { reply })
        expectThat(shown[index]!.type === event.type, `the event ${event.type}`, shown[index]!.type, {
          reply,
        })
        expectThat(isDeepStrictEqual(events[index], event), show(event), show(events[index]), { reply })
      }
    },
  ),

  check(
    'sse.backlog',
    'a stream begins where the list would, and what happens later follows',
    { expect: 'accept', kind: 'liveness', after: ['sse.stream', 'event.after'] },
    async (context) => {
      const run_id = await history(context)
      const ids = idsIn(await readAllEvents(context, { run_id }))
      for (const after of ['start', ids[1]!, ids.at(-2)!]) {
        const rest = ids.slice(ids.indexOf(after) + 1)
        const { events, reply } = await readStream(context, { query: { run_id, after }, count: rest.length })
        expectThat(idsIn(events).join() === rest.join(), show(rest), show(idsIn(events)), { reply })
      }
    },
  ),

  check(
    'sse.backlog',
    'a long backlog comes whole, whatever run its events are of',
    {
      variant: 'long',
      expect: 'accept',
      lane: 'race',
      kind: 'liveness',
      after: ['sse.stream', 'event.after', 'event.pages'],
    },
    async (context) => {
      const { agent } = context
      const first_id = context.id('first')
      await agent.create(humanContacts, { call_id: first_id })
      const [first] = idsIn(await readAllEvents(context, { call_id: first_id }))
      await inBatches(60, async () => {
        const call_id = context.id(context.nextName())
        await agent.create(functionCalls, { call_id })
        await agent.cancel(functionCalls, call_id)
      })
      const listed = idsIn(await readAllEvents(context, { after: first!, limit: 100 }))

      const { events, reply } = await readStream(context, {
        query: { after: first! },
        count: listed.length,
        timeoutMs: 8_000,
      })

      const shown = idsIn(events).slice(0, listed.length)
      const missing = listed.filter((id) => !shown.includes(id))
      expectThat(
        shown.join() === listed.join(),
        `the ${listed.length} events of the list, in its order`,
        missing.length === 0 ? 'another order' : `all but ${show(missing)}`,
        { reply },
      )
    },
  ),

  check(
    'sse.live',
    'an event comes while the stream is open, after those that were there before',
    { expect: 'accept', kind: 'liveness', after: ['sse.stream', 'sse.backlog'] },
    async (context) => {
      const { agent, responder } = context
      const run_id = await history(context)
      const before = await readAllEvents(context, { run_id })
      const reading = readStream(context, { query: { run_id }, count: before.length + 4, timeoutMs: 8_000 })
      await context.sleep(300)

      const call_id = context.id('live')
      await agent.create(functionCalls, { run_id, call_id })
      await context.sleep(100)
      await responder.respond(functionCalls, call_id)
      // Large ones take another way in some databases, or none.
      await agent.create(functionCalls, { run_id, spec: { kwargs: { text: 'x'.repeat(20_000) } } })

      const { events, reply } = await reading
      const listed = await readAllEvents(context, { run_id })
      expectThat(idsIn(events).join() === idsIn(listed).join(), show(idsIn(listed)), show(idsIn(events)), {
        reply,
      })
    },
  ),

  check(
    'sse.live',
    'every one of many streams is told',
    { variant: 'many', expect: 'accept', kind: 'liveness', after: ['sse.stream', 'sse.backlog'] },
    async (context) => {
      const run_id = context.id('run')
      const reading = Array.from({ length: 8 }, () =>
        readStream(context, { query: { run_id }, count: 1, timeoutMs: 8_000 }),
      )
      await context.sleep(300)
      await context.agent.create(functionCalls, { run_id })

      for (const { events, reply } of await Promise.all(reading))
        expectThat(events.length === 1, 'the event', String(events.length), { reply })
    },
  ),

  check(
    'sse.resume',
    'a stream goes on after Last-Event-ID, whatever after says',
    { expect: 'accept', kind: 'liveness', after: ['sse.stream', 'sse.backlog'] },
    async (context) => {
      const run_id = await history(context)
      const ids = idsIn(await readAllEvents(context, { run_id }))
      for (const after of [undefined, 'start', 'latest', ids.at(-1)!]) {
        const query = { run_id, ...(after === undefined ? {} : { after }) }
        const { events, reply } = await readStream(context, { query, seen: ids[0]!, count: ids.length - 1 })
        expectThat(idsIn(events).join() === ids.slice(1).join(), show(ids.slice(1)), show(idsIn(events)), {
          reply,
        })
      }
    },
  ),

  check(
    'sse.resume',
    'a stream that breaks off again and again while many write has no gap and no duplicate',
    {
      variant: 'again',
      expect: 'accept',
      lane: 'race',
      kind: 'liveness',
      after: ['sse.stream', 'sse.backlog'],
    },
    async (context) => {
      const run_id = context.id('run')
      const count = 48
      const writing = meanwhile(
        Promise.all(
          Array.from({ length: 8 }, async (_, lane) => {
            for (let n = 0; n < count / 8; n++)
              await context.agent.create(humanContacts, { run_id, call_id: context.id(`l${lane}n${n}`) })
          }),
        ),
      )
      const seen: string[] = []
      for (let reads = 0; seen.length < count && reads < count; reads++) {
        const { events } = await readStream(context, {
          query: { run_id },
          ...(seen.length === 0 ? {} : { seen: seen.at(-1)! }),
          count: Math.min(count - seen.length, 1 + Math.floor(context.random() * 5)),
        })
        seen.push(...idsIn(events))
      }
      await writing

      const all = idsIn(await readAllEvents(context, { run_id }))
      expectThat(seen.join() === all.join(), `the ${all.length} events of the log`, show(seen))
    },
  ),

  check(
    'sse.position',
    'a stream of what has yet to happen begins with a message that says after what',
    { expect: 'accept', kind: 'liveness', after: ['sse.stream'] },
    async (context) => {
      const run_id = await history(context)
      const last = idsIn(await readAllEvents(context, { run_id })).at(-1)!

      const { messages, reply } = await readStream(context, { query: { after: 'latest' }, count: 0 })

      const [first] = messages
      expectThat(first?.data === '', 'a message without data', show(first), { reply })
      // Others write at the same time: it is this event or a later one.
      const { id } = first
      const page = await context.agent.get(eventsPath({ after: last, limit: 1 }))
      expectStatus(page, 200)
      const known = await context.agent.get(eventsPath({ run_id, after: id }))
      expectStatus(known, 200)
      expectThat((known.json?.items as unknown[])?.length === 0, 'an id after the events of before', id, {
        reply,
      })
    },
  ),

  check(
    'sse.position',
    'a client that lost such a stream before the first event has missed nothing',
    { variant: 'resumed', expect: 'accept', kind: 'liveness', after: ['sse.stream', 'sse.resume'] },
    async (context) => {
      const run_id = await history(context)
      const query = { run_id, after: 'latest' }
      const { messages } = await readStream(context, { query, count: 0 })
      const call_id = context.id('meanwhile')
      await context.agent.create(functionCalls, { run_id, call_id })

      const { events, reply } = await readStream(context, { query, seen: messages[0]?.id ?? '', count: 1 })

      expectThat(
        events[0]?.data?.call_id === call_id,
        'the event of what happened meanwhile',
        show(events[0]?.data?.call_id),
        { reply },
      )
    },
  ),

  check(
    'sse.gone',
    'a stream after what is no event of the project is refused with 410',
    { expect: 'reject', after: ['event.gone'] },
    async (context) => {
      const run_id = await history(context)
      const [known] = idsIn(await readAllEvents(context, { run_id }))
      const ask = (query: Record<string, string>, seen?: string) =>
        context.send('agent', {
          path: eventsPath(query),
          headers: { accept: 'text/event-stream', ...(seen === undefined ? {} : { 'last-event-id': seen }) },
          until: () => true,
          timeoutMs: 3_000,
        })
      for (const unknown of ['nobody', `${known}x`, context.id('event')]) {
        expectProblem(await ask({ after: unknown }), 410, 'event_gone')
        expectProblem(await ask({ run_id }, unknown), 410, 'event_gone')
        expectProblem(await ask({ after: known! }, unknown), 410, 'event_gone')
      }
      await readStream(context, { query: { run_id, after: known! }, count: 1 })
    },
  ),

  check(
    'sse.filters',
    'a stream has the events of the run, the call and the type that it was asked for, and no others',
    { expect: 'accept', kind: 'liveness', after: ['sse.stream', 'sse.live', 'event.filters'] },
    async (context) => {
      const { agent, responder } = context
      // What begins like the one that is named is another.
      const [one, other] = [context.id('run'), context.id('run-2')]
      const [a, b] = [context.id('a'), context.id('b')]
      const wishes: [Record<string, string>, string[]][] = [
        [{ run_id: one, after: 'start' }, ['requested a', 'requested b', 'responded a', 'completed a']],
        [{ call_id: a }, ['requested a', 'responded a', 'completed a']],
        [{ run_id: one, type: 'function_call.completed' }, ['completed a']],
        [{ run_id: one, call_id: b }, ['requested b']],
      ]
      const reading = wishes.map(([query, { length }]) =>
        readStream(context, { query, count: length, timeoutMs: 8_000 }),
      )
      await context.sleep(300)

      await agent.create(functionCalls, { run_id: other, call_id: context.id('a-2') })
      await agent.create(functionCalls, { run_id: one, call_id: a })
      await agent.create(functionCalls, { run_id: one, call_id: b })
      await responder.respond(functionCalls, a)

      for (const [index, { events, reply }] of (await Promise.all(reading)).entries()) {
        const shown = events.map(
          ({ type, data }) => `${String(type).split('.')[1]} ${String(data?.call_id).split('-').at(-1)}`,
        )
        const [query, expected] = wishes[index]!
        expectThat(shown.join() === expected.join(), `${show(expected)} for ${show(query)}`, show(shown), {
          reply,
        })
      }
    },
  ),

  check(
    'event.state-for-agents',
    'the stream of a key that cannot ask does not show the state that an agent keeps',
    {
      variant: 'stream',
      expect: 'reject',
      needs: { claims: ['scopes', 'sse'], keys: ['admin'] },
      after: ['event.requested', 'event.snapshot', 'sse.stream', 'sse.backlog', 'sse.live'],
    },
    async (context) => {
      const { actor } = await context.actor('admin').createKey({ scopes: ['responder'] })
      const [run_id, secret] = [context.id('run'), context.id('kept')]
      const ask = () =>
        context.agent.create(functionCalls, {
          run_id,
          call_id: context.id(context.nextName()),
          spec: { state: { secret } },
        })
      await ask()
      const reading = readStream(context, { query: { run_id }, key: actor.key, count: 2, timeoutMs: 8_000 })
      await context.sleep(300)
      await ask()

      const { events, reply } = await reading

      expectThat(events.length === 2, 'both events', String(events.length), { reply })
      for (const { data } of events) {
        expectThat(data?.spec !== undefined, 'a spec', show(data), { reply })
        expectThat(!show(data).includes(secret), 'no state', show(data.spec), { reply })
      }
    },
  ),

  check(
    'sse.heartbeat',
    'a silent stream shows within limits.heartbeat_seconds that it lives',
    { expect: 'accept', lane: 'timer', kind: 'liveness', after: ['sse.stream'] },
    async (context) => {
      const seconds = context.limits.heartbeat_seconds
      const discovery = await context.nobody.get('/.well-known/countersign')
      expectThat(
        Number.isInteger(seconds) && seconds! >= 1 && seconds! <= 60,
        'a whole number from 1 to 60',
        show(seconds),
        { reply: discovery, pointer: '/limits/heartbeat_seconds' },
      )

      const { reply } = await readStream(context, {
        query: { run_id: context.id('silence') },
        count: 'anything',
        // What is on its way may be a little late.
        timeoutMs: seconds! * 1_000 + 2_000,
      })

      expectThat(reply.text !== '', `something within ${seconds} seconds`, 'nothing', { reply })
    },
  ),

  check(
    'sse.revoked-ends-streams',
    'the stream of a key ends when the key is revoked, and another goes on',
    {
      expect: 'reject',
      kind: 'liveness',
      needs: { claims: ['scopes'], keys: ['admin'] },
      after: ['sse.stream', 'auth.revoked-at-once'],
    },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, key_id } = await admin.createKey({ scopes: ['agent'] })
      const run_id = context.id('run')
      const reading = readStream(context, { query: { run_id }, key: actor.key, count: 2, timeoutMs: 6_000 })
      const other = readStream(context, { query: { run_id }, count: 2, timeoutMs: 8_000 })
      await context.agent.create(functionCalls, { run_id, call_id: context.id('before') })
      // A stream that is opened after the revocation would not end, but never begin.
      await context.sleep(1_000 * context.patience)

      await admin.revokeKey(key_id)
      const { ended, reply } = await reading
      await context.agent.create(functionCalls, { run_id, call_id: context.id('after') })

      expectThat(ended, 'a stream that has ended', 'one that is open', { reply })
      const { events, reply: second } = await other
      expectThat(events.length === 2, 'both events in the stream of another key', String(events.length), {
        reply: second,
      })
    },
  ),

  check(
    'event.survives',
    'the events of acknowledged acts are there after a sudden end, each once',
    {
      expect: 'accept',
      lane: 'restart',
      needs: { process: true, claims: ['events'] },
      after: ['event.requested', 'call.acknowledged-survives'],
    },
    async (context) => {
      const run_id = await history(context)
      const before = await readAllEvents(context, { run_id })
      const late = context.id('late')
      await context.agent.create(functionCalls, { run_id, call_id: late })

      await restart(context)

      const after = await readAllEvents(context, { run_id })
      expectActs(after, ['requested', 'requested', 'responded', 'completed', 'completed', 'requested'])
      expectThat(isDeepStrictEqual(after.slice(0, -1), before), show(before), show(after.slice(0, -1)))
      const { events } = await readEvents(context, { after: idsIn(before).at(-1)!, run_id })
      expectThat(events[0]?.data?.call_id === late, late, show(events[0]?.data?.call_id))
    },
  ),
]
