import { callKinds, functionCalls, humanContacts, pathOf, type CallKind } from '../actors/call-kind.ts'
import { atOnce, hold, longWait } from '../actors/held-request.ts'
import { withEach } from '../actors/several.ts'
import { readTimer, setTimer, timerPath, wakeAhead } from '../actors/timers.ts'
import { ENDPOINTS, withEndpoints } from '../actors/webhook-endpoints.ts'
import { check, type Check } from '../check.ts'
import type { Context, Outgoing } from '../context.ts'
import type { KeyName } from '../exchange.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { Reply } from '../reply.ts'

const needs = { keys: ['other'] } as const

export const projectChecks: readonly Check[] = [
  check(
    'project.isolated',
    'every request about a call of another project is answered as one about a call that does not exist',
    { expect: 'reject', needs, after: ['http.unknown-id', 'respond.order'] },
    async (context) => {
      const other = context.actor('other')
      for (const kind of callKinds)
        for (const state of ['pending', 'cancelled']) {
          // All three have the same length, so that an answer that shows them has it too.
          const foreign = context.id(`${state}-of-others`)
          const unknown = [context.id(`${state}-of-nobody`), context.id(`${state}-of-nothing`)].map((id) =>
            id.slice(0, foreign.length).padEnd(foreign.length, '0'),
          ) as [string, string]
          await other.create(kind, { call_id: foreign, spec: { metadata: { secret: 'theirs' } } })
          if (state === 'cancelled') await other.cancel(kind, foreign)

          await withEach(requestsAbout(kind), ([key, request]) =>
            expectSame(context, key, request, foreign, unknown),
          )

          const kept = await other.read(kind, foreign)
          expectValue(kept, '/status/state', state)
          expectValue(kept, '/status/escalations', [])
          expectValue(kept, '/status/responses', [])
        }
    },
  ),

  check(
    'project.isolated',
    'a wait for a call of another project ends as one for a call that does not exist',
    {
      variant: 'waiting',
      expect: 'reject',
      kind: 'liveness',
      needs: { ...needs, claims: ['long-poll'] },
      after: ['http.unknown-id'],
    },
    async (context) => {
      const other = context.actor('other')
      for (const kind of callKinds) {
        const call_id = context.id('of-others')
        await other.create(kind, { call_id })

        for (const id of [context.id('nothing'), call_id])
          for (const way of ['query', 'header'] as const) {
            const { response, ...exchange } = await hold(context, {
              ask: 'get',
              way,
              kind,
              call_id: id,
              ...longWait(context),
              ...atOnce(context),
            })
            expectThat(response !== undefined, 'an answer at once', exchange.failure?.message ?? 'none')
            expectProblem(new Reply({ response, ...exchange }, response), 404, 'not_found')
          }
      }
    },
  ),

  check(
    'project.ids-independent',
    'two projects use the same ids for calls of their own',
    { expect: 'accept', needs, after: ['project.isolated'] },
    async (context) => {
      const { agent, responder } = context
      const other = context.actor('other')
      for (const kind of callKinds) {
        const [call_id, run_id] = [context.id('same'), context.id('run')]
        const [ours, theirs] = [{ metadata: { project: 'ours' } }, { metadata: { project: 'theirs' } }]

        const first = await agent.tryCreate(kind, { call_id, run_id, spec: ours })
        const second = await other.tryCreate(kind, { call_id, run_id, spec: theirs })
        const equal = await other.tryCreate(kind, { call_id: context.id('equal'), run_id, spec: ours })
        const equalHere = await agent.tryCreate(kind, { call_id: context.id('equal'), run_id, spec: ours })

        for (const reply of [first, second, equal, equalHere]) expectStatus(reply, 201)
        expectValue(second, '/spec/metadata', theirs.metadata)

        await responder.respond(kind, call_id)

        expectValue(await other.read(kind, call_id), '/status/state', 'pending')
        expectValue(await other.read(kind, call_id), '/spec/metadata', theirs.metadata)
        const again = await other.tryCreate(kind, { call_id, run_id, spec: theirs })
        expectStatus(again, 200)
        expectValue(again, '/status/state', 'pending')

        await other.cancel(kind, call_id)

        const kept = await agent.read(kind, call_id)
        expectValue(kept, '/status/state', kind.answeredState)
        expectValue(kept, '/spec/metadata', ours.metadata)
      }
    },
  ),

  check(
    'project.ids-independent',
    'the same id asked for at the same time in two projects makes two calls',
    { variant: 'race', expect: 'accept', lane: 'race', needs, after: ['project.isolated'] },
    async (context) => {
      const other = context.actor('other')
      await Promise.all(
        Array.from({ length: 24 }, async (_, n) => {
          const kind = [functionCalls, humanContacts][n % 2]!
          const call_id = context.id(`n${n}`)
          const replies = await Promise.all([
            context.agent.tryCreate(kind, { call_id, spec: { metadata: { project: 'ours' } } }),
            other.tryCreate(kind, { call_id, spec: { metadata: { project: 'theirs' } } }),
          ])

          for (const [index, project] of ['ours', 'theirs'].entries()) {
            expectStatus(replies[index]!, 201)
            expectValue(replies[index]!, '/spec/metadata/project', project)
          }
          expectValue(await context.agent.read(kind, call_id), '/spec/metadata/project', 'ours')
          expectValue(await other.read(kind, call_id), '/spec/metadata/project', 'theirs')
        }),
      )
    },
  ),

  check(
    'http.unknown-id',
    'a key of another project cannot be revoked',
    {
      variant: 'foreign-key',
      expect: 'reject',
      needs: { claims: ['scopes'], keys: ['admin', 'other'] },
    },
    async (context) => {
      const admin = context.actor('admin')
      await admin.createKey({ scopes: ['agent'] })
      const unknown = await admin.send({ method: 'DELETE', path: keyPath(context.id('nobodys-key')) })
      expectProblem(unknown, 404, 'not_found')
      const other = context.actor('other')
      // Only who manages the other project can make a key there that may be lost.
      const manages = await other.get('/v1/keys?limit=1')
      if (manages.status !== 200) return

      const { actor, key_id } = await other.createKey({ scopes: ['agent'] })
      const reply = await admin.send({ method: 'DELETE', path: keyPath(key_id) })

      expectProblem(reply, 404, 'not_found')
      expectStatus(await actor.get('/v1/project'), 200)
    },
  ),

  check(
    'http.unknown-id',
    'a timer of another project is neither shown nor cancelled',
    {
      variant: 'foreign-timer',
      expect: 'reject',
      needs: { claims: ['timers'], keys: ['other'] },
      after: ['timer.created', 'timer.read'],
    },
    async (context) => {
      const other = context.actor('other')
      const timer_id = context.id('ours')
      await setTimer(context, { timer_id, wake_at: await wakeAhead(context) })

      for (const id of [context.id('nobodys'), timer_id]) {
        expectProblem(await other.get(timerPath(id)), 404, 'not_found')
        expectProblem(await other.post(timerPath(id, 'cancel')), 404, 'not_found')
      }
      expectValue(await readTimer(context, timer_id), '/status/state', 'pending')
    },
  ),

  check(
    'http.unknown-id',
    'an endpoint of another project is neither shown nor touched',
    {
      variant: 'foreign-endpoint',
      expect: 'reject',
      lane: 'timer',
      needs: { claims: ['webhooks'], keys: ['admin', 'other'], loopback: true },
      after: ['webhook.create'],
    },
    (context) =>
      withEndpoints(context, async (register) => {
        const { path } = await register()
        const [admin, other] = [context.actor('admin'), context.actor('other')]
        // Only who manages the endpoints of the other project gets as far as this.
        const manages = await other.get(`${ENDPOINTS}?limit=1`)
        if (manages.status !== 200) return

        for (const place of [`${ENDPOINTS}/${context.id('nobodys')}`, path]) {
          expectProblem(await other.get(place), 404, 'not_found')
          expectProblem(await other.get(`${place}/deliveries`), 404, 'not_found')
          expectProblem(await other.post(`${place}/rotate_secret`), 404, 'not_found')
          expectProblem(await other.send({ method: 'DELETE', path: place }), 404, 'not_found')
        }
        expectStatus(await admin.get(path), 200)
      }),
  ),
]

function keyPath(key_id: string): string {
  return `/v1/keys/${encodeURIComponent(key_id)}`
}

type RequestAbout = readonly [key: KeyName, request: (call_id: string) => Outgoing]

/** Everything that can be done to a call, well and badly. */
function requestsAbout(kind: CallKind): RequestAbout[] {
  const answers: Pick<Outgoing, 'json' | 'body' | 'headers'>[] = [
    { json: kind.answer },
    { json: kind.otherAnswer },
    { json: {} },
    { body: '{"broken":' },
    { body: 'plain', headers: { 'content-type': 'text/plain' } },
  ]
  const post =
    (verb: 'respond' | 'cancel' | 'escalate', more: Partial<Outgoing>) =>
    (call_id: string): Outgoing => ({ method: 'POST', path: pathOf(kind, call_id, verb), ...more })
  return [
    ['agent', (call_id) => ({ path: pathOf(kind, call_id) })],
    ['responder', (call_id) => ({ path: pathOf(kind, call_id) })],
    ['agent', (call_id) => ({ path: `${pathOf(kind, call_id)}?wait=0` })],
    ...answers.map((answer) => ['responder', post('respond', answer)] as const),
    ['agent', post('cancel', {})],
    ['agent', post('cancel', { json: { comment: 'no longer needed' } })],
    ['agent', post('cancel', { body: '[' })],
    ['agent', post('escalate', { json: { escalation_id: 'esc_1', escalation_msg: 'It is urgent.' } })],
    ['agent', post('escalate', { json: {} })],
  ]
}

/**
 * Two requests about nothing show what an answer about nothing looks like and what of it changes from time to time. A request about a call
 * of another project has to be answered the same, apart from that.
 */
async function expectSame(
  context: Context,
  key: KeyName,
  request: (call_id: string) => Outgoing,
  foreign: string,
  unknown: readonly [string, string],
): Promise<void> {
  const [one, another] = [
    await context.send(key, request(unknown[0])),
    await context.send(key, request(unknown[1])),
  ]
  const reply = await context.send(key, request(foreign))

  await context.step('http.unknown-id', async () =>
    expectThat(one.status >= 400, 'a call that does not exist refused', `HTTP ${one.status}`, { reply: one }),
  )
  const [expected, twin] = [seen(one, unknown[0]), seen(another, unknown[1])]
  const actual = seen(reply, foreign)
  for (const name of new Set([...expected.keys(), ...actual.keys()])) {
    const isStable = expected.get(name) === twin.get(name)
    if (isStable)
      expectThat(
        actual.get(name) === expected.get(name),
        `${name} as for a call that does not exist: ${expected.get(name) ?? 'none'}`,
        actual.get(name) ?? 'none',
        { reply },
      )
  }
}

/** What can be seen of an answer, without the id that was asked for. */
function seen(reply: Reply, call_id: string): Map<string, string> {
  const hide = (text: string) => text.replaceAll(call_id, '…').replaceAll(encodeURIComponent(call_id), '…')
  const body = reply.json !== null && typeof reply.json === 'object' ? (reply.json as object) : {}
  return new Map([
    ['the status', String(reply.status)],
    ...Object.entries(body).map(([name, value]) => [`the member ${name}`, hide(show(value))] as const),
    ...(reply.exchange.response?.headers ?? [])
      // They come and go with the connection and not with what was asked.
      .filter(([name]) => !/^(date|connection|keep-alive|age|set-cookie)$|^x-|^cf-|request-id/.test(name))
      .map(([name, value]) => [`the header ${name}`, hide(value)] as const),
  ])
}
