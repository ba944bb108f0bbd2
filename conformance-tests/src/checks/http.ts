import { callKinds, functionCalls, pathOf } from '../actors/call-kind.ts'
import type { Actor } from '../actors/actor.ts'
import { check, type Check } from '../check.ts'
import { expectProblem, expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { Inconclusive } from '../violation.ts'
import { actsOn } from './json-syntax.ts'
import { httpBodyChecks } from './http-bodies.ts'

/** Methods, paths, parameters, and what is there without any call. */
export const httpChecks: readonly Check[] = [
  ...httpBodyChecks,

  check(
    'http.method',
    'a method that a path does not take is refused, and Allow names those that it takes',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        for (const [actor, path, takes] of [
          [agent, kind.collection, 'POST'],
          [agent, pathOf(kind, call_id), 'GET'],
          [responder, pathOf(kind, call_id, 'respond'), 'POST'],
          [agent, pathOf(kind, call_id, 'cancel'), 'POST'],
          [agent, pathOf(kind, call_id, 'escalate'), 'POST'],
        ] as const)
          await expectNotAllowed(
            actor,
            ['PUT', 'PATCH', 'DELETE', 'OPTIONS', ...(takes === 'POST' ? [] : ['POST'])],
            path,
            takes,
          )
        for (const verb of ['respond', 'cancel', 'escalate'] as const)
          await expectNotAllowed(
            verb === 'respond' ? responder : agent,
            ['GET'],
            pathOf(kind, call_id, verb),
            'POST',
          )

        const { json } = await agent.read(kind, call_id)
        expectThat(json.status.state === 'pending', 'a call that is still pending', show(json.status.state))
      }
      for (const path of ['/v1/project', '/.well-known/countersign', '/healthz', '/readyz', '/version'])
        await expectNotAllowed(agent, ['POST', 'PUT', 'DELETE', 'OPTIONS'], path, 'GET')
    },
  ),

  check('http.unknown-path', 'an unknown path is not found', { expect: 'reject' }, async (context) => {
    const { agent, responder } = context
    const call_id = context.id('one')
    await agent.create(functionCalls, { call_id })
    const found = pathOf(functionCalls, call_id)
    expectStatus(await agent.get(found), 200)

    for (const path of [
      '/v1/no_such_path',
      '/v1/function_call',
      '/v1/functioncalls',
      '/v0/function_calls',
      '/function_calls',
      `${found}/approve`,
      `${found}/respond/again`,
      `${found}/status`,
      '/V1/project',
      '/v1/Project',
      '/v1/project.json',
      found.replace('/v1/', '/V1/'),
      found.replace('function_calls', 'Function_Calls'),
    ])
      expectProblem(await agent.get(path), 404, 'not_found')
    for (const path of ['/v1/no_such_path', `${found}/approve`, `${found}/Cancel`, `${found}/CANCEL`])
      expectProblem(await agent.post(path, {}), 404, 'not_found')
    for (const path of [`${found}/Respond`, '/V1'.concat(found.slice(3), '/respond')])
      expectProblem(await responder.post(path, functionCalls.answer), 404, 'not_found')
    expectProblem(await agent.send({ method: 'DELETE', path: '/v1/no_such_path' }), 404, 'not_found')
  }),

  check(
    'http.unknown-id',
    'an unknown call is not found, whatever is done to it',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const known = context.id(context.nextName())
        await agent.create(kind, { call_id: known })
        expectStatus(await agent.get(pathOf(kind, known)), 200)

        const unknown = [`${known}-unknown`, known.slice(0, -1), `${known}.`, 'x'.repeat(128)]
        const replies = await Promise.all(
          unknown.flatMap((call_id) => [
            agent.get(pathOf(kind, call_id)),
            responder.get(pathOf(kind, call_id)),
            ...actsOn(context, kind, call_id).map(({ actor, path, json }) => actor.post(path, json)),
            agent.post(pathOf(kind, call_id, 'cancel')),
            // Whether the call is there is looked for before the shape of what is sent.
            agent.post(pathOf(kind, call_id, 'escalate'), {}),
            agent.post(pathOf(kind, call_id, 'cancel'), { comment: 17 }),
          ]),
        )
        for (const reply of replies) expectProblem(reply, 404, 'not_found')
      }
    },
  ),

  check(
    'http.unknown-id',
    'an unknown key is not found',
    { variant: 'keys', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const admin = context.actor('admin')
      expectStatus(await admin.get('/v1/keys?limit=1'), 200)
      const unknown = `/v1/keys/${context.id('unknown')}`
      expectProblem(await admin.send({ method: 'DELETE', path: unknown }), 404, 'not_found')
    },
  ),

  check(
    'http.parameter-twice',
    'a wait that stands in the query twice is refused',
    { expect: 'reject', needs: { claims: ['long-poll'] } },
    async (context) => {
      const { agent } = context
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        for (const query of ['wait=0&wait=0', 'wait=0&wait=1', 'wait=0&x=1&wait=0', 'wait=0&%77ait=0'])
          expectProblem(await agent.get(`${pathOf(kind, call_id)}?${query}`), 400, 'invalid_parameter')
        expectStatus(await agent.get(`${pathOf(kind, call_id)}?wait=0`), 200)

        const created = context.id(context.nextName())
        const refused = await agent.tryCreate(kind, { call_id: created, query: '?wait=0&wait=0' })
        expectProblem(refused, 400, 'invalid_parameter')
        expectStatus(await agent.tryCreate(kind, { call_id: created, query: '?wait=0' }), 201)
      }
    },
  ),

  check(
    'http.parameter-twice',
    'a parameter of a list that stands in the query twice is refused',
    { variant: 'lists', expect: 'reject', needs: { claims: ['lists'] } },
    async (context) => {
      const { agent } = context
      const run_id = context.id('run')
      for (const kind of callKinds) {
        for (let count = 0; count < 2; count++) await agent.create(kind, { run_id })
        const page = await agent.get(`${kind.collection}?run_id=${run_id}&limit=1`)
        expectStatus(page, 200)
        const cursor = encodeURIComponent(String(page.json.next_cursor))

        for (const query of [
          'limit=1&limit=1',
          'limit=1&limit=2',
          `run_id=${run_id}&run_id=${run_id}`,
          `run_id=${run_id}&limit=1&run_id=other`,
          'state=pending&state=pending',
          `run_id=${run_id}&limit=1&cursor=${cursor}&cursor=${cursor}`,
        ])
          expectProblem(await agent.get(`${kind.collection}?${query}`), 400, 'invalid_parameter')
        expectStatus(await agent.get(`${kind.collection}?run_id=${run_id}&limit=1&state=pending`), 200)
      }
    },
  ),

  check(
    'http.retry-after',
    'whoever is told to come back is told when',
    { expect: 'accept', lane: 'race' },
    async ({ agent, nobody }) => {
      // Whether a server is ever too busy is its own affair; this gives it some occasion.
      const replies = await Promise.all(
        Array.from({ length: 48 }, (_, index) =>
          index % 3 === 0
            ? nobody.get('/readyz')
            : index % 3 === 1
              ? agent.get('/v1/project')
              : agent.tryCreate(functionCalls),
        ),
      )
      for (const reply of replies)
        if (reply.status === 503)
          expectThat(
            (reply.header('retry-after') ?? '').trim() !== '',
            'a Retry-After header with the 503',
            'none',
            { reply },
          )
      // A server that is never too busy has made the calls.
      const made = replies.find(({ status, json }) => status === 201 && typeof json?.call_id === 'string')
      if (!made && !replies.some(({ status }) => status === 503))
        throw new Inconclusive('it is neither too busy nor does it make calls')
    },
  ),

  check(
    'http.health',
    'whether the server lives, is ready and what it is can be asked without a key',
    { expect: 'accept' },
    async ({ nobody }) => {
      const health = await nobody.get('/healthz')
      expectStatus(health, 200)
      expectThat(typeof health.json?.status === 'string', 'a status', show(health.json?.status as unknown), {
        reply: health,
        pointer: '/status',
      })

      // A server that is not ready says so with 503.
      const ready = await nobody.get('/readyz')
      expectStatus(ready, 200, 503)
      expectThat(typeof ready.json?.status === 'string', 'a status', show(ready.json?.status as unknown), {
        reply: ready,
        pointer: '/status',
      })

      const version = await nobody.get('/version')
      expectStatus(version, 200)
      for (const name of ['name', 'version'])
        expectThat(
          typeof version.json?.[name] === 'string',
          `the text ${name}`,
          show(version.json?.[name] as unknown),
          { reply: version, pointer: `/${name}` },
        )
    },
  ),

  check(
    'http.project',
    'an agent and a responder see the same project',
    { expect: 'accept' },
    async ({ agent, responder }) => {
      const [seen, alsoSeen] = [await agent.get('/v1/project'), await responder.get('/v1/project')]
      expectProject(seen)
      expectProject(alsoSeen)
      expectValue(alsoSeen, '/project_id', seen.json.project_id)
    },
  ),

  check(
    'http.project',
    'parameters that the operation does not take are ignored',
    { variant: 'parameters', expect: 'accept' },
    async ({ agent }) => {
      for (const query of [
        '',
        'x_unknown=1',
        'x_unknown=1&x_unknown=2',
        '_=1767225600000',
        'utm_source=a%20b',
        'limit=0',
      ])
        expectProject(await agent.get(`/v1/project?${query}`))
    },
  ),

  check(
    'http.project',
    'a key of every single scope sees the project',
    { variant: 'scopes', expect: 'accept', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const own = await context.agent.get('/v1/project')
      expectProject(own)
      for (const scope of ['agent', 'responder', 'admin']) {
        const { actor } = await context.actor('admin').createKey({ scopes: [scope] })
        const seen = await actor.get('/v1/project')
        expectProject(seen)
        expectValue(seen, '/project_id', own.json.project_id)
      }
    },
  ),

  check(
    'http.project',
    'a key of another project sees that one',
    { variant: 'other', expect: 'accept', needs: { keys: ['other'] } },
    async (context) => {
      const own = await context.agent.get('/v1/project')
      const other = await context.actor('other').get('/v1/project')
      expectProject(own)
      expectProject(other)
      expectThat(
        own.json.project_id !== other.json.project_id,
        'another project_id',
        show(other.json.project_id),
        { reply: other, pointer: '/project_id' },
      )
    },
  ),
]

async function expectNotAllowed(
  actor: Actor,
  methods: readonly string[],
  path: string,
  takes: string,
): Promise<void> {
  const replies = await Promise.all(methods.map((method) => actor.send({ method, path })))
  for (const [index, reply] of replies.entries()) {
    const method = methods[index]!
    expectThat(reply.status === 405, `HTTP 405 to ${method}`, `HTTP ${reply.status}`, { reply })
    const allowed = (reply.header('allow') ?? '').split(',').map((name) => name.trim().toUpperCase())
    expectThat(
      allowed.includes(takes) && !allowed.includes(method),
      `an Allow header with ${takes} and without ${method}`,
      reply.header('allow') ?? 'none',
      { reply },
    )
  }
}

function expectProject(reply: Reply): void {
  expectStatus(reply, 200)
  const id: unknown = reply.json?.project_id
  expectThat(typeof id === 'string' && id !== '', 'a project_id', show(id), { reply, pointer: '/project_id' })
}
