import { inProfile, profileKinds } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import { ANSWERING, CREATING, ENDING, PATHS } from './humanlayer-causes.ts'

const idsIn = (list: unknown): unknown[] =>
  Array.isArray(list) ? list.map((call: { call_id?: unknown } | null) => call?.call_id) : []

export const humanlayerListingChecks: readonly Check[] = [
  check(
    'humanlayer.pending-lists',
    'a bare array has what is pending, wherever it was asked, and nothing that is over',
    { expect: 'accept', after: [...CREATING, ...ANSWERING, ...ENDING, ...PATHS] },
    async (context) => {
      const { agent, responder, natively } = inProfile(context)
      for (const kind of profileKinds) {
        const [here, native] = [context.id('here'), context.id('native')]
        const [answered, cancelled] = [context.id('answered'), context.id('cancelled')]
        for (const call_id of [here, answered, cancelled]) await agent.create(kind, { call_id })
        await context.agent.create(kind.core, { call_id: native })
        await responder.respond(kind, answered)
        await natively.cancel(kind, cancelled)

        const listed = await responder.pending(kind)

        expectStatus(listed, 200)
        expectThat(Array.isArray(listed.json), 'a bare array', show(listed.json), { reply: listed })
        const ids = idsIn(listed.json)
        for (const [call_id, isPending] of [
          [here, true],
          [native, true],
          [answered, false],
          [cancelled, false],
        ] as const)
          expectThat(
            ids.filter((id) => id === call_id).length === (isPending ? 1 : 0),
            `${show(call_id)} ${isPending ? 'once' : 'not at all'}`,
            isPending ? 'it is not there once' : 'it is there',
            { reply: listed },
          )
      }
    },
  ),

  check(
    'humanlayer.pending-lists',
    'a query with limit or offset gets a page object',
    { expect: 'accept', variant: 'page', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        for (let n = 0; n < 3; n++) await agent.create(kind)

        for (const [query, limit, offset] of [
          ['?limit=1', 1, 0],
          ['?limit=2&offset=1', 2, 1],
          ['?offset=2', undefined, 2],
          ['?limit=1&offset=1000000', 1, 1_000_000],
        ] as const) {
          const page = await responder.pending(kind, query)

          expectStatus(page, 200)
          expectValue(page, '/offset', offset)
          if (limit !== undefined) expectValue(page, '/limit', limit)
          const { items, total, has_more } = (page.json ?? {}) as Record<string, unknown>
          const isBeyond = offset === 1_000_000
          expectThat(
            Array.isArray(items) && (isBeyond ? items.length === 0 : items.length > 0),
            isBeyond ? 'no items' : 'items',
            show(items),
            { reply: page, pointer: '/items' },
          )
          expectThat(
            typeof total === 'number' && total >= (isBeyond ? 1 : offset + items.length),
            'the number of all pending calls',
            show(total),
            { reply: page, pointer: '/total' },
          )
          const expected = offset + items.length < total
          expectThat(has_more === expected, `${expected}`, show(has_more), {
            reply: page,
            pointer: '/has_more',
          })
          if (limit !== undefined)
            expectThat(items.length <= limit, `at most ${limit} items`, `${items.length}`, { reply: page })
          for (const item of items)
            expectThat(typeof valueAt(item, '/call_id') === 'string', 'calls', show(item), { reply: page })
        }
      }
    },
  ),

  check(
    'humanlayer.pending-lists',
    'a page of everything has what was just asked',
    { expect: 'accept', variant: 'complete', after: [...CREATING, ...PATHS, 'list.limit'] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })

        const page = await responder.pending(kind, '?limit=10000')

        expectStatus(page, 200)
        const { items, has_more } = (page.json ?? {}) as Record<string, unknown>
        const isThere = idsIn(items).includes(call_id)
        // A server may have a smaller limit of its own.
        expectThat(isThere || has_more === true, show(call_id), 'not there', { reply: page })
      }
    },
  ),
]
