import { isDeepStrictEqual } from 'node:util'
import { functionCalls } from '../actors/call-kind.ts'
import { createRun, itemKinds, readRun, reportUsage, runPath, tryItem } from '../actors/runs.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import {
  expectPlace,
  expectProblem,
  expectStatus,
  expectThat,
  expectValue,
  show,
  valueAt,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { claims } from '../subject.ts'
import { Inconclusive } from '../violation.ts'
import { endsWithPath } from './calls.ts'

const FIVE = { cost: '5.00', currency: 'USD' }

/** Runs, their parents, and what belongs to them. */
export const runChecks: readonly Check[] = [
  check(
    'run.exists',
    'a run is there as soon as anything names it, and no sooner',
    { expect: 'accept' },
    async (context) => {
      const { agent, responder, subject } = context
      expectProblem(await agent.get(runPath(context.id('nobodys'))), 404, 'not_found')

      const named = [context.id('created'), context.id('parent-of-created')]
      await createRun(context, { run_id: named[0]!, parent_run_id: named[1]! })
      for (const item of itemKinds(context)) {
        const run = { run_id: context.id(`of-${item.kind}`), parent_run_id: context.id(`above-${item.kind}`) }
        named.push(run.run_id, run.parent_run_id)
        expectStatus(await tryItem(context, item, context.id(`in-${item.kind}`), run), 201)
        const alone = { run_id: context.id(`alone-${item.kind}`) }
        named.push(alone.run_id)
        expectStatus(await tryItem(context, item, context.id(`alone-in-${item.kind}`), alone), 201)
      }
      if (claims(subject, 'usage')) {
        named.push(context.id('used'))
        await reportUsage(context, context.id('used'))
      }

      for (const run_id of named)
        for (const reader of [agent, responder])
          expectValue(await readRun(context, run_id, reader), '/run_id', run_id)
    },
  ),

  check(
    'run.created',
    'a run is created with 201, shown whole, and has its path',
    { expect: 'accept' },
    async (context) => {
      for (const name of ['plain', 'a~b:c@d+e=f.g_h-i']) {
        const run_id = context.id(name)
        const created = await context.agent.post('/v1/runs', { run_id })

        expectStatus(created, 201)
        expectValue(created, '/run_id', run_id)
        expectValue(created, '/parent_run_id', null)
        for (const empty of ['/items', '/children']) expectValue(created, empty, [])
        const location = created.header('location')
        expectThat(
          endsWithPath(location, `/v1/runs/${run_id}`, context.subject.base_url),
          `a Location with the path /v1/runs/${run_id}`,
          location ?? 'none',
          { reply: created },
        )
      }
    },
  ),

  check(
    'run.repeat',
    'a run that is there is created again without effect, and gets what it has none of yet',
    { expect: 'accept', after: ['run.exists', 'run.created', 'run.parent'] },
    async (context) => {
      const [run_id, parent_run_id] = [context.id('run'), context.id('parent')]
      const budget = claims(context.subject, 'usage') ? { budget: FIVE } : {}
      await context.agent.create(functionCalls, { run_id })

      for (const wish of [{}, { parent_run_id }, budget, {}, { parent_run_id, ...budget }]) {
        const repeated = await context.agent.post('/v1/runs', { run_id, ...wish })
        expectStatus(repeated, 200)
        expectSame(await readRun(context, run_id), repeated)
      }
      const run = await readRun(context, run_id)
      expectValue(run, '/parent_run_id', parent_run_id)
      if ('budget' in budget)
        for (const name of ['cost', 'currency'] as const) expectValue(run, `/budget/${name}`, FIVE[name])
    },
  ),

  check(
    'run.parent',
    'a run gets its parent from whatever names it first, when it is new and when it has none yet',
    { expect: 'accept', after: ['run.exists', 'run.created'] },
    async (context) => {
      for (const item of itemKinds(context))
        for (const isNew of [true, false]) {
          const name = `${item.kind}-${isNew}`
          const run = { run_id: context.id(`run-${name}`), parent_run_id: context.id(`parent-${name}`) }
          if (!isNew) await createRun(context, { run_id: run.run_id })

          expectStatus(await tryItem(context, item, context.id(name), run), 201)

          expectValue(await readRun(context, run.run_id), '/parent_run_id', run.parent_run_id)
          // A later one that names the same parent, or none, is as good.
          expectStatus(await tryItem(context, item, context.id(`${name}-again`), run), 201)
          const { run_id } = run
          expectStatus(await tryItem(context, item, context.id(`${name}-without`), { run_id }), 201)
          expectValue(await readRun(context, run_id), '/parent_run_id', run.parent_run_id)
        }
      const [run_id, parent_run_id] = [context.id('created'), context.id('parent')]
      expectValue(await createRun(context, { run_id, parent_run_id }), '/parent_run_id', parent_run_id)
      expectValue(await readRun(context, run_id), '/parent_run_id', parent_run_id)
    },
  ),

  check(
    'run.id-conflict',
    'another parent or another budget than a run has is refused, and the run stays',
    { expect: 'reject', after: ['run.exists', 'run.created', 'run.parent'] },
    async (context) => {
      const { agent } = context
      const [run_id, parent_run_id, other] = ['run', 'parent', 'other'].map((name) => context.id(name)) as [
        string,
        string,
        string,
      ]
      const hasBudgets = claims(context.subject, 'usage')
      await createRun(context, { run_id, parent_run_id, ...(hasBudgets && { budget: FIVE }) })
      const before = await readRun(context, run_id)

      expectProblem(await agent.post('/v1/runs', { run_id, parent_run_id: other }), 409, 'run_id_conflict')
      for (const item of itemKinds(context)) {
        const id = context.id(`in-${item.kind}`)
        const refused = await tryItem(context, item, id, { run_id, parent_run_id: other })
        expectProblem(refused, 409, 'run_id_conflict')
        expectStatus(await agent.get(item.path(id)), 404)
      }
      if (hasBudgets)
        for (const budget of [
          { ...FIVE, cost: '6' },
          { ...FIVE, currency: 'EUR' },
        ])
          expectProblem(await agent.post('/v1/runs', { run_id, budget }), 409, 'run_id_conflict')

      expectSame(await readRun(context, run_id), before)
    },
  ),

  check(
    'run.id-conflict',
    'of those that name different parents at the same time one is taken and the others are refused',
    {
      variant: 'race',
      expect: 'reject',
      lane: 'race',
      after: ['run.exists', 'run.created', 'run.parent'],
    },
    async (context) => {
      for (let round = 0; round < 6; round++) {
        // First runs alone, then together with what is created in them.
        const kinds = round < 3 ? [] : itemKinds(context)
        const run_id = context.id(`contested${round}`)
        const parents = Array.from({ length: 16 }, (_, n) => context.id(`parent${round}-${n}`))

        const replies = await Promise.all(
          parents.map((parent_run_id, n) => {
            const run = { run_id, parent_run_id }
            const item = n % 2 === 0 ? undefined : kinds[(n >> 1) % kinds.length]
            return item
              ? tryItem(context, item, context.id(`in${round}-${n}`), run)
              : context.agent.post('/v1/runs', run)
          }),
        )

        const winner = replies.findIndex(({ status }) => status === 201)
        const statuses = replies.map(({ status }) => status).join(', ')
        expectThat(winner >= 0, 'one of 16 answered with 201', statuses, { reply: replies[0]! })
        for (const [n, reply] of replies.entries())
          if (n !== winner) expectProblem(reply, 409, 'run_id_conflict')
        expectValue(await readRun(context, run_id), '/parent_run_id', parents[winner])
      }
    },
  ),

  check(
    'run.no-cycle',
    'neither a run itself nor one below it becomes its parent',
    { expect: 'reject', after: ['run.exists', 'run.created', 'run.parent'] },
    async (context) => {
      const ids = ['root', 'child', 'leaf'].map((name) => context.id(name)) as [string, string, string]
      const [root, child, leaf] = ids
      await createRun(context, { run_id: leaf, parent_run_id: child })
      await createRun(context, { run_id: child, parent_run_id: root })

      const fresh = context.id('fresh')
      for (const [run_id, parent_run_id] of [...ids.map((parent) => [root, parent]), [fresh, fresh]] as [
        string,
        string,
      ][]) {
        const replies = [await context.agent.post('/v1/runs', { run_id, parent_run_id })]
        for (const item of itemKinds(context))
          replies.push(
            await tryItem(context, item, context.id(context.nextName()), { run_id, parent_run_id }),
          )
        for (const reply of replies) {
          expectProblem(reply, 422, 'invalid_request')
          expectPlace(reply, '/parent_run_id')
        }
      }
      expectValue(await readRun(context, root), '/parent_run_id', null)
    },
  ),

  check(
    'run.depth',
    'runs nest as deep as the limit says and no deeper, from whichever end the tree grows',
    { expect: 'reject', after: ['run.created', 'run.parent'] },
    async (context) => {
      const limit = context.limits.run_depth
      if (limit === undefined) throw new Inconclusive('the server claims no limits.run_depth')
      if (limit > DEEPEST) throw new Inconclusive(`to nest ${limit} runs takes too long`)
      const chain = async (name: string, levels: number) => {
        const ids = Array.from({ length: levels }, (_, n) => context.id(`${name}-${n}`))
        for (const [n, run_id] of ids.entries())
          expectStatus(
            await context.agent.post('/v1/runs', { run_id, ...(n > 0 && { parent_run_id: ids[n - 1] }) }),
            201,
          )
        return ids
      }
      const upper = await chain('upper', limit)
      const lower = await chain('lower', Math.min(limit, 3))

      const attach = (run_id: string, parent_run_id: string) =>
        context.agent.post('/v1/runs', { run_id, parent_run_id })
      for (const [run_id, above] of [
        [context.id('one-more'), limit],
        [lower[0]!, limit - lower.length + 1],
      ] as const) {
        const refused = await attach(run_id, upper[above - 1]!)
        expectStatus(refused, 422)
        expectPlace(refused, '/parent_run_id')
      }
      if (limit > lower.length) expectStatus(await attach(lower[0]!, upper[limit - lower.length - 1]!), 200)
    },
  ),

  check(
    'run.repeat-first',
    'a call or timer that is created again is found, whatever parent it names then',
    { expect: 'accept', after: ['run.exists', 'run.parent'] },
    async (context) => {
      for (const item of itemKinds(context))
        for (const first of [{}, { parent_run_id: context.id(`parent-${item.kind}`) }]) {
          const id = context.id(context.nextName())
          const run_id = context.id(`run-${id}`)
          expectStatus(await tryItem(context, item, id, { run_id, ...first }), 201)
          const before = await readRun(context, run_id)

          for (const again of [{}, { parent_run_id: context.id('another') }, { parent_run_id: run_id }])
            expectStatus(await tryItem(context, item, id, { run_id, ...again }), 200)

          expectSame(await readRun(context, run_id), before)
        }
      // Nor has the parent that a repeat names become a run by that.
      expectStatus(await context.agent.get(runPath(context.id('another'))), 404)
    },
  ),

  check(
    'run.refused-leaves-nothing',
    'what is refused makes no run and gives none a parent',
    { expect: 'reject', after: ['run.exists', 'run.created'] },
    async (context) => {
      const { agent, subject } = context
      const known = context.id('known')
      await createRun(context, { run_id: known })
      for (const [n, run_id] of [context.id('unknown'), known].entries()) {
        const wish = { run_id, parent_run_id: context.id(`parent-${n}`) }
        const refused: Reply[] = [
          await agent.post(functionCalls.collection, { ...wish, call_id: context.id(`bad-${n}`), spec: {} }),
          await agent.post(functionCalls.collection, {
            ...wish,
            call_id: context.id(`odd-${n}`),
            spec: functionCalls.spec({ requires: ['com.example.telepathy'] }),
          }),
          await agent.post('/v1/runs', { ...wish, parent_run_id: 17 }),
        ]
        if (claims(subject, 'usage')) {
          refused.push(
            await agent.post('/v1/runs', { ...wish, budget: { cost: '1', currency: 'ZZZ' } }),
            await agent.post(runPath(run_id, 'usage'), { usage_id: context.id(`usage-${n}`) }),
          )
        }
        // The call of another run is a conflict, and names a parent as well.
        const taken = context.id(`taken-${n}`)
        await agent.create(functionCalls, { call_id: taken, run_id: context.id('elsewhere') })
        refused.push(
          await agent.post(functionCalls.collection, {
            ...wish,
            call_id: taken,
            spec: functionCalls.spec(),
          }),
        )

        for (const reply of refused)
          expectThat(reply.status === 422 || reply.status === 409, 'a refusal', `HTTP ${reply.status}`, {
            reply,
          })
        for (const nowhere of run_id === known ? [wish.parent_run_id] : [run_id, wish.parent_run_id])
          expectStatus(await agent.get(runPath(nowhere)), 404)
      }
      const run = await readRun(context, known)
      expectValue(run, '/parent_run_id', null)
      expectValue(run, '/items', [])
    },
  ),

  check(
    'run.items',
    'a run shows each of its calls and timers once, in order, as it is by now',
    { expect: 'accept', after: ['run.exists', 'call.kinds-apart'] },
    async (context) => {
      const [run_id, other] = [context.id('run'), context.id('other')]
      const kinds = itemKinds(context)
      const expected: { kind: string; id: string; state: string }[] = []
      // In no order of their own, so that a server cannot sort by them; the last ones share theirs.
      const names = ['d', 'b', 'f', 'a', 'e', 'c']
      for (const [n, item] of [...kinds, ...kinds.toReversed(), ...kinds].entries()) {
        const id = context.id(n < 2 * kinds.length ? names[n]! : 'shared')
        expectStatus(await tryItem(context, item, id, { run_id }), 201)
        // A repeat is no further item, and the same id in another kind is another one.
        expectStatus(await tryItem(context, item, id, { run_id }), 200)
        expectStatus(await tryItem(context, item, context.id(`elsewhere-${n}`), { run_id: other }), 201)
        expected.push({ kind: item.kind, id, state: 'pending' })
      }
      const [one] = expected
      await context.responder.respond(functionCalls, one!.id)
      one!.state = functionCalls.answeredState

      const run = await readRun(context, run_id)
      const items = (run.json?.items ?? []) as Record<string, unknown>[]
      expectThat(
        isDeepStrictEqual(
          items.map(({ kind, id }) => ({ kind, id })),
          expected.map(({ kind, id }) => ({ kind, id })),
        ),
        show(expected),
        show(items),
        { reply: run, pointer: '/items' },
      )
      for (const [n, { kind, state }] of expected.entries())
        // A timer whose time is over may be about to fire.
        if (kind !== 'timer') expectValue(run, `/items/${n}/state`, state)
    },
  ),

  check(
    'run.children',
    'a run shows the runs that it started, oldest first, and none of theirs',
    { expect: 'accept', after: ['run.exists', 'run.created', 'run.parent'] },
    async (context) => {
      const run_id = context.id('parent')
      const children = [3, 1, 4, 2].map((n) => context.id(`child-${n}`))
      for (const child of children) {
        await createRun(context, { run_id: child, parent_run_id: run_id })
        await createRun(context, { run_id: `${child}-below`, parent_run_id: child })
      }

      expectValue(await readRun(context, run_id), '/children', children)
      for (const child of children)
        expectValue(await readRun(context, child), '/children', [`${child}-below`])
    },
  ),

  check(
    'run.own-project',
    'runs of two projects have nothing in common, whatever their ids are',
    {
      expect: 'reject',
      needs: { keys: ['other'] },
      after: ['run.exists', 'run.created', 'run.parent'],
    },
    async (context) => {
      const other = context.actor('other')
      const [run_id, parent_run_id] = [context.id('run'), context.id('parent')]
      const child = context.id('child')
      await createRun(context, { run_id, parent_run_id })
      await createRun(context, { run_id: child, parent_run_id: run_id })
      await context.agent.create(functionCalls, { run_id })

      for (const id of [run_id, parent_run_id, child])
        expectProblem(await other.get(runPath(id)), 404, 'not_found')
      await expectNotListed(context, [run_id, parent_run_id, child])
      // Here the run would be below itself, and there it is not.
      expectStatus(await other.post('/v1/runs', { run_id: parent_run_id, parent_run_id: child }), 201)
      expectStatus(await other.post('/v1/runs', { run_id: child }), 200)
      if (claims(context.subject, 'usage')) {
        await reportUsage(context, parent_run_id, { input_tokens: 7 }, other)
        expectValue(await readRun(context, parent_run_id), '/usage/input_tokens', 0)
        expectValue(await readRun(context, child, other), '/usage/input_tokens', 7)
      }
      const theirs = await readRun(context, child, other)
      expectValue(theirs, '/children', [parent_run_id])
      expectValue(theirs, '/parent_run_id', null)
      expectValue(await readRun(context, parent_run_id), '/parent_run_id', null)
      expectValue(await readRun(context, parent_run_id), '/children', [run_id])
      expectValue(await readRun(context, run_id), '/children', [child])
      expectValue(await readRun(context, child), '/children', [])

      const run = context.id('with-items')
      for (const actor of [context.agent, other]) {
        const call_id = context.id(actor === other ? 'of-theirs' : 'of-ours')
        await actor.create(functionCalls, { run_id: run, call_id })
      }
      expectValue(await readRun(context, run), '/items/0/id', context.id('of-ours'))
      expectValue(await readRun(context, run), '/items/1', undefined)
      expectValue(await readRun(context, run, other), '/items/0/id', context.id('of-theirs'))
      expectValue(await readRun(context, run, other), '/items/1', undefined)
    },
  ),

  check(
    'call.acknowledged-survives',
    'runs, their parents and what they cost are as they were after a sudden end',
    {
      variant: 'runs',
      expect: 'accept',
      lane: 'restart',
      needs: { process: true, claims: ['runs', 'usage'] },
      after: ['run.exists', 'usage.totals'],
    },
    async (context) => {
      const [root, child] = [context.id('root'), context.id('child')]
      await createRun(context, { run_id: child, parent_run_id: root, budget: FIVE })
      await context.agent.create(functionCalls, { run_id: child })
      await reportUsage(context, child, { input_tokens: 3, cost: '0.1', currency: 'USD' })
      const shown = [await readRun(context, root), await readRun(context, child)]

      await context.process.kill()
      await context.process.start()

      for (const [n, run_id] of [root, child].entries()) expectSame(await readRun(context, run_id), shown[n]!)
    },
  ),
]

const DEEPEST = 256

/** The whole run is the one that was shown before, as far as the protocol names its members. */
function expectSame(reply: Reply, before: Reply): void {
  for (const pointer of ['/run_id', '/parent_run_id', '/created_at', '/children', '/budget', '/usage'])
    expectValue(reply, pointer, valueAt(before.json, pointer))
  expectThat(
    isDeepStrictEqual(idsOf(reply), idsOf(before)),
    `the items ${show(idsOf(before))}`,
    show(idsOf(reply)),
    { reply, pointer: '/items' },
  )
}

function idsOf({ json }: Reply): unknown[] {
  return ((json?.items ?? []) as { kind: unknown; id: unknown }[]).map(({ kind, id }) => [kind, id])
}

/** The last runs of the other project are others. */
async function expectNotListed(context: Context, ids: readonly string[]): Promise<void> {
  const reply = await context.actor('other').get('/v1/runs')
  expectStatus(reply, 200)
  const listed = ((reply.json?.items ?? []) as { run_id: string }[]).map(({ run_id }) => run_id)
  expectThat(!listed.some((id) => ids.includes(id)), 'no run of this project', show(listed), { reply })
}
