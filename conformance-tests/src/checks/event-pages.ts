import { callKinds, functionCalls, humanContacts } from '../actors/call-kind.ts'
import { actsIn, eventsPath, idsIn, readAllEvents, readEvents, type ShownEvent } from '../actors/event-log.ts'
import { createIn, inBatches } from '../actors/list-reader.ts'
import { meanwhile } from '../actors/several.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { expectActs, inRun } from './events.ts'

/** How the log is read. */
export const eventPageChecks: readonly Check[] = [
  check(
    'event.order',
    'events stand in the order in which they happened, over all calls of a run',
    { expect: 'accept', after: ['event.requested', 'event.completed'] },
    async (context) => {
      const { agent, responder } = context
      const run_id = context.id('run')
      const [one, two] = [context.id('one'), context.id('two')]
      await agent.create(functionCalls, { run_id, call_id: one })
      await agent.create(humanContacts, { run_id, call_id: two })
      await responder.respond(humanContacts, two)
      await agent.cancel(functionCalls, one)

      const events = await readAllEvents(context, { run_id })

      expectActs(events, ['requested', 'requested', 'responded', 'completed', 'completed'])
      const ids = events.map(({ data }) => String(data?.call_id))
      expectThat(
        ids.join() === [one, two, two, two, one].join(),
        [one, two, two, two, one].join(),
        ids.join(),
      )
    },
  ),

  check(
    'event.order',
    'whoever reads on while many write sees every event once, in an order that stays',
    { variant: 'growing', expect: 'accept', lane: 'race', after: ['event.after', 'event.pages'] },
    async (context) => {
      const run_id = context.id('run')
      const writing = meanwhile(
        Promise.all(
          Array.from({ length: 6 }, async (_, lane) => {
            for (let n = 0; n < 4; n++)
              await context.agent.create(functionCalls, { run_id, call_id: context.id(`l${lane}n${n}`) })
          }),
        ),
      )
      let isOver = false
      void meanwhile(
        writing.finally(() => {
          isOver = true
        }),
      )
      const seen: string[] = []
      for (let wasOver = false; ; wasOver = isOver) {
        const after: Record<string, string> = seen.length === 0 ? {} : { after: seen.at(-1)! }
        const more = idsIn(await readAllEvents(context, { run_id, ...after }))
        seen.push(...more)
        if (wasOver && more.length === 0) break
      }
      await writing

      const all = idsIn(await readAllEvents(context, { run_id }))
      expectThat(
        seen.join() === all.join(),
        `the ${all.length} events of the log, in its order`,
        `${seen.length} others`,
      )
      expectThat(all.length === 24, '24 events', String(all.length))
    },
  ),

  check(
    'event.read-your-writes',
    'the events of an act are there as soon as it is acknowledged',
    { expect: 'accept', lane: 'race', after: ['event.requested', 'event.completed'] },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds)
        for (let round = 0; round < 4; round++) {
          const { call_id, run_id, wish } = inRun(context, kind, `seen${round}`)
          await agent.create(kind, wish)
          expectActs(await readAllEvents(context, { run_id }), ['requested'])
          await responder.respond(kind, call_id)
          const acts = actsIn(await readAllEvents(context, { run_id }))
          expectThat(acts.at(-1) === 'completed', 'the event completed', acts.join(', '))
        }
    },
  ),

  check(
    'event.after',
    'a list begins with the event after the one that is named',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const ids = idsIn(await readAllEvents(context, { run_id }))
      for (const [index, after] of ids.entries()) {
        const rest = idsIn(await readAllEvents(context, { run_id, after }))
        expectThat(rest.join() === ids.slice(index + 1).join(), show(ids.slice(index + 1)), show(rest))
      }
    },
  ),

  check(
    'event.after',
    'without a filter too a list begins with the event after the one that is named',
    { variant: 'unfiltered', expect: 'accept', lane: 'race', after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const own = idsIn(await readAllEvents(context, { run_id }))
      // Others may write at the same time, to the same project.
      const rest = idsIn(await readAllEvents(context, { after: own[0]!, limit: 100 }))
      const ours = rest.filter((id) => own.includes(id))
      expectThat(ours.join() === own.slice(1).join(), show(own.slice(1)), show(ours))
    },
  ),

  check(
    'event.start',
    'without after a list begins at the beginning, and so it does after start',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const all = idsIn(await readAllEvents(context, { run_id }))
      const started = await context.agent.get(eventsPath({ run_id, after: 'start', limit: 1 }))
      const first = await context.agent.get(eventsPath({ limit: 1 }))
      const again = await context.agent.get(eventsPath({ limit: 1, after: 'start' }))

      for (const reply of [started, first, again]) {
        expectStatus(reply, 200)
        expectThat(reply.json?.items?.length === 1, 'an event', show(reply.json), { reply })
      }
      expectValue(started, '/items/0/id', all[0])
      expectValue(again, '/items/0/id', first.json.items[0].id)
      expectThat(all.length === 5, 'the five events of the run', show(all))
    },
  ),

  check(
    'event.latest',
    'after latest there is nothing yet',
    { expect: 'accept', after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const { events } = await readEvents(context, { run_id, after: 'latest' })
      expectThat(events.length === 0, 'no event', show(idsIn(events)))
    },
  ),

  check(
    'event.pages',
    'whoever follows next_cursor sees every event once, and null at the end',
    { expect: 'accept', after: ['event.requested', 'event.after'] },
    async (context) => {
      const run_id = await history(context)
      const all = idsIn(await readAllEvents(context, { run_id }))
      for (const limit of [1, 2, all.length, all.length + 1]) {
        const seen: string[] = []
        let after: Record<string, string> = {}
        for (let pages = 0; pages <= all.length; pages++) {
          const { events, next_cursor, reply } = await readEvents(context, { run_id, limit, ...after })
          seen.push(...idsIn(events))
          const last = idsIn(events).at(-1)
          const isEnd = seen.length >= all.length
          expectThat(
            next_cursor === (isEnd ? null : last),
            isEnd ? 'null at the end' : `the id of the last event, ${last}`,
            show(next_cursor),
            { reply, pointer: '/next_cursor' },
          )
          if (next_cursor === null) break
          after = { after: next_cursor }
        }
        expectThat(seen.join() === all.join(), show(all), show(seen))
      }
    },
  ),

  check(
    'event.limit',
    'a page has no more events than its limit, nor than that of the server',
    { expect: 'accept', after: ['event.requested', 'list.limit'] },
    async (context) => {
      const { agent } = context
      const run_id = await history(context)
      const most = context.limits.page_size ?? Infinity
      for (const limit of [1, 2, 3, 1_000_000]) {
        const bound = Math.min(limit, most)
        const served = bound < limit ? 'event.limit' : 'event.requested'
        const { events, reply } = await readEvents(context, { run_id, limit }, agent, served)
        expectThat(events.length <= bound, `at most ${bound} events`, String(events.length), { reply })
        expectThat(events.length > 0, 'an event', 'none', { reply })
      }
      if (most > 200) return
      const large = context.id('large')
      await inBatches(most + 1, () => createIn(context, functionCalls, large))
      const page = await readEvents(context, { run_id: large, limit: 1_000_000 }, agent, 'event.limit')
      expectThat(page.events.length <= most, `at most ${most} events`, String(page.events.length), {
        reply: page.reply,
      })
    },
  ),

  check(
    'event.filters',
    'a list has the events of the run, the call and the type that it was asked for, and no others',
    { expect: 'accept', after: ['event.requested', 'event.completed', 'event.order'] },
    async (context) => {
      const { agent, responder } = context
      const [one, other] = [context.id('run'), context.id('run-2')]
      const calls = { a: context.id('a'), b: context.id('b') }
      await agent.create(functionCalls, { run_id: one, call_id: calls.a })
      await agent.create(functionCalls, { run_id: one, call_id: calls.b })
      await agent.create(humanContacts, { run_id: other, call_id: calls.a })
      await responder.respond(functionCalls, calls.a)

      const seen = async (query: Record<string, string>) =>
        (await readAllEvents(context, query)).map(
          ({ type, data }) => `${type} ${data?.call_id === calls.a ? 'a' : 'b'}`,
        )
      const a = ['function_call.requested a', 'function_call.responded a', 'function_call.completed a']
      for (const [query, expected] of [
        [{ run_id: one }, [a[0], 'function_call.requested b', a[1], a[2]]],
        [{ run_id: other }, ['human_contact.requested a']],
        [{ call_id: calls.b }, ['function_call.requested b']],
        [{ call_id: calls.a }, [a[0], 'human_contact.requested a', a[1], a[2]]],
        [{ call_id: calls.a, run_id: one }, a],
        [{ run_id: one, type: 'function_call.completed' }, [a[2]]],
        [{ run_id: one, type: 'human_contact.requested' }, []],
        // Servers may have types that a client does not know; these are the beginnings of others.
        [{ run_id: one, type: 'function_call' }, []],
        [{ run_id: one, type: 'function_call.complete' }, []],
        [{ call_id: calls.b, run_id: other }, []],
        [{ run_id: one.toUpperCase() }, []],
      ] as const) {
        const shown = await seen(query)
        expectThat(shown.join() === expected.join(), `${show(expected)} for ${show(query)}`, show(shown))
      }
    },
  ),

  check(
    'event.gone',
    'a list after what is no event of the project is refused with 410',
    { expect: 'reject', after: ['event.requested', 'event.after'] },
    async (context) => {
      const run_id = await history(context)
      const [known] = idsIn(await readAllEvents(context, { run_id }))
      for (const after of [
        'nobody',
        '',
        '\u0000',
        `${known}x`,
        known!.slice(0, -1),
        'Start',
        '0',
        context.id('event'),
      ])
        expectProblem(await context.agent.get(eventsPath({ after, limit: 1 })), 410, 'event_gone')
      expectStatus(await context.agent.get(eventsPath({ after: known!, limit: 1 })), 200)
    },
  ),

  check(
    'event.gone',
    'the event of another project is not there',
    { variant: 'other', expect: 'reject', needs: { keys: ['other'] }, after: ['event.requested'] },
    async (context) => {
      const run_id = await history(context)
      const [known] = idsIn(await readAllEvents(context, { run_id }))
      const other = context.actor('other')

      expectProblem(await other.get(eventsPath({ after: known!, limit: 1 })), 410, 'event_gone')
      expectStatus(await other.get(eventsPath({ after: 'latest' })), 200)
    },
  ),

  check(
    'event.project',
    'a key of another project sees none of the events',
    { expect: 'reject', needs: { keys: ['other'] }, after: ['event.requested', 'event.filters'] },
    async (context) => {
      const run_id = await history(context)
      const other = context.actor('other')
      const own = await other.tryCreate(functionCalls, { run_id, call_id: context.id('theirs') })
      await context.step('project.ids-independent', async () => expectStatus(own, 201))

      const theirs = await readAllEvents(context, { run_id }, other)
      const ours = await readAllEvents(context, { run_id })

      expectThat(theirs.length === 1, 'the one event of their call', show(theirs.map(callOf)))
      for (const [query, reader, whose] of [
        [{ call_id: context.id('h1') }, other, 'of our call'],
        [{ run_id, type: 'human_contact.requested' }, other, 'of our run'],
        [{ call_id: context.id('theirs') }, context.agent, 'of their call'],
      ] as const) {
        const foreign = await readAllEvents(context, query, reader)
        expectThat(foreign.length === 0, `no event ${whose}`, show(foreign.map(callOf)))
      }
      expectThat(
        !ours.map(callOf).includes(context.id('theirs')),
        'no event of the other project',
        show(ours.map(callOf)),
      )
    },
  ),
]

/** A run in which five things have happened. */
export async function history(context: Context): Promise<string> {
  const { agent, responder } = context
  const run_id = context.id('history')
  const [one, two] = [context.id('h1'), context.id('h2')]
  await agent.create(functionCalls, { run_id, call_id: one })
  await agent.create(humanContacts, { run_id, call_id: two })
  await responder.respond(functionCalls, one)
  await agent.cancel(humanContacts, two)
  return run_id
}

function callOf({ data }: ShownEvent): string {
  return String(data?.call_id)
}
