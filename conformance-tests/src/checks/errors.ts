import { callKinds, functionCalls, humanContacts, pathOf } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import type { Context, Outgoing } from '../context.ts'
import { describe, expectPlace, expectProblem, expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { problemStatuses } from '../spec-operations.ts'
import { Inconclusive } from '../violation.ts'

/** What an error looks like. The oracles of the form look at every other error of the run as well. */
export const errorChecks: readonly Check[] = [
  check('error.problem', 'errors of every origin are problems', { expect: 'reject' }, async (context) => {
    for (const reply of await errorsOfEveryOrigin(context)) {
      const type = reply.header('content-type')
      expectThat(
        /^application\/problem\+json\s*(;|$)/i.test(type ?? ''),
        'application/problem+json',
        `HTTP ${reply.status} as ${type ?? 'no type'}`,
        { reply },
      )
      for (const name of ['type', 'title', 'code'])
        expectThat(
          typeof reply.json?.[name] === 'string',
          `the text ${name}`,
          show(reply.json?.[name] as unknown),
          { reply, pointer: `/${name}` },
        )
      expectThat(
        Number.isInteger(reply.json?.status),
        'the number status',
        show(reply.json?.status as unknown),
        { reply, pointer: '/status' },
      )
    }
  }),

  check(
    'error.code-status',
    'every error that can be provoked has the status that stands beside its code',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder, nobody } = context
      const [pending, answered, cancelled] = ['p', 'a', 'c'].map((name) => context.id(name)) as [
        string,
        string,
        string,
      ]
      for (const call_id of [pending, answered, cancelled]) await agent.create(functionCalls, { call_id })
      await responder.respond(functionCalls, answered)
      await agent.cancel(functionCalls, cancelled)
      await agent.escalate(functionCalls, pending, { escalation_id: 'e', escalation_msg: 'now' })

      for (const reply of [
        ...(await errorsOfEveryOrigin(context)),
        await nobody.get(pathOf(functionCalls, pending)),
        await agent.tryCreate(functionCalls, { call_id: pending, spec: { fn: 'other' } }),
        await agent.tryEscalate(functionCalls, pending, { escalation_id: 'e', escalation_msg: 'other' }),
        await responder.tryRespond(functionCalls, answered, functionCalls.otherAnswer),
        await agent.tryCancel(functionCalls, answered),
        await responder.tryRespond(functionCalls, cancelled),
        await agent.tryCreate(functionCalls, { spec: { requires: ['x-no-such-feature'] } }),
        await responder.tryRespond(functionCalls, pending, { approved: false, reject_option_name: 'none' }),
      ])
        expectStatusOfCode(reply)
    },
  ),

  check(
    'error.code-status',
    'the error for a key without the scope has its status',
    { variant: 'scopes', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const { actor: agentAlone } = await context.actor('admin').createKey({ scopes: ['agent'] })
      const call_id = context.id('one')
      await agentAlone.create(functionCalls, { call_id })
      for (const reply of [
        await agentAlone.tryRespond(functionCalls, call_id),
        await agentAlone.get('/v1/keys'),
      ]) {
        await context.step('auth.scope', async () => expectError(reply))
        expectStatusOfCode(reply)
      }
    },
  ),

  check(
    'error.code-status',
    'the error for somebody whom the call does not list has its status',
    { variant: 'responders', expect: 'reject', needs: { channel_kinds: ['inbox'] } },
    async (context) => {
      const { agent, responder } = context
      const call_id = context.id('one')
      await agent.create(functionCalls, {
        call_id,
        spec: { channel: { inbox: { allowed_responder_ids: ['nobody-of-this-name'] } } },
      })
      const reply = await responder.tryRespond(functionCalls, call_id)
      await context.step('responder.not-allowed', async () => expectError(reply))
      expectStatusOfCode(reply)
    },
  ),

  check(
    'error.places',
    'an option that the call does not offer is named by its pointer',
    { expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      for (const kind of callKinds) {
        const [options, option, requirement] =
          kind === functionCalls
            ? (['reject_options', 'reject_option_name', 'function-call.reject-option-unknown'] as const)
            : (['response_options', 'response_option_name', 'human-contact.option-unknown'] as const)
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id, spec: { [options]: [{ name: 'a' }] } })

        const unknown = await context.step(requirement, async () => {
          const reply = await responder.tryRespond(kind, call_id, {
            ...(kind === functionCalls ? { approved: false } : {}),
            [option]: 'b',
          })
          expectProblem(reply, 422, 'unknown_option')
          return reply
        })

        expectPlace(unknown, `/${option}`)
      }
    },
  ),

  check(
    'error.places',
    'a body that cannot be read names places too',
    { variant: 'malformed', expect: 'reject' },
    async (context) => {
      await context.step('json.malformed', async () =>
        expectProblem(
          await context.agent.send({ method: 'POST', path: functionCalls.collection, body: '{' }),
          400,
          'malformed_body',
        ),
      )
      const bodies = ['{', '{"a":1,"a":2}', '{"a":"\\ud800"}', '{"a":1e400}', Buffer.from([0x22, 0xff, 0x22])]
      for (const kind of callKinds)
        for (const body of bodies) {
          const reply = await context.agent.send({ method: 'POST', path: kind.collection, body })
          if (reply.code !== 'malformed_body') continue
          const places = (reply.json.errors ?? []) as { pointer?: unknown }[]
          expectThat(
            Array.isArray(places) &&
              places.length > 0 &&
              places.every(({ pointer }) => typeof pointer === 'string'),
            'errors with pointers',
            show(places),
            { reply, pointer: '/errors' },
          )
        }
    },
  ),

  check(
    'error.places',
    'edited arguments that are not allowed are named',
    { variant: 'edits', expect: 'reject', needs: { claims: ['edit'] } },
    async (context) => {
      const created = await context.agent.create(functionCalls)
      const answer = { approved: true, edited_kwargs: { order: 1 } }
      const reply = await context.step('function-call.edit-not-allowed', async () => {
        const refused = await context.responder.tryRespond(functionCalls, created.json.call_id, answer)
        expectProblem(refused, 422, 'edit_not_allowed')
        return refused
      })
      expectPlace(reply, '/edited_kwargs')
    },
  ),

  check(
    'error.places',
    'data that a schema refuses are named by pointers into them',
    {
      variant: 'schemas',
      expect: 'reject',
      needs: { claims: ['forms'] },
      after: ['human-contact.data-schema'],
    },
    async (context) => {
      const schema = {
        type: 'object',
        properties: { 'a/b~c': { type: 'array', items: { type: 'number' } } },
      }
      const created = await context.agent.create(humanContacts, { spec: { response_schema: schema } })
      const answer = { response_data: { 'a/b~c': [1, 'two'] } }
      const reply = await context.step('human-contact.data-schema', async () => {
        const refused = await context.responder.tryRespond(humanContacts, created.json.call_id, answer)
        expectProblem(refused, 422, 'schema_mismatch')
        return refused
      })
      expectPlace(reply, '/response_data/a~1b~0c/1')
    },
  ),

  check(
    'error.no-internals',
    'errors of every origin say nothing of what the server is made of',
    { expect: 'reject' },
    async (context) => {
      const secret = `wrong-secret-${context.marker}`
      const replies = [
        ...(await errorsOfEveryOrigin(context)),
        await context.nobody.get('/v1/project', { authorization: `Bearer ${secret}` }),
      ]
      for (const reply of replies) {
        expectThat(!reply.text.includes(secret), 'an error without the key', 'the key', { reply })
        const trace = /\\n\s+at |node_modules|Traceback|\.[jt]s:\d+|SQLITE_|constraint failed/.exec(
          reply.text,
        )
        expectThat(trace === null, 'an error without internals', show(trace?.[0]), { reply })
      }
    },
  ),

  check(
    'error.no-internals',
    'an error does not show the key that came with the request',
    { variant: 'keys', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const admin = context.actor('admin')
      const { actor, secret, key_id } = await admin.createKey({ scopes: ['agent'] })
      const refused = await actor.get('/v1/keys')
      await admin.revokeKey(key_id)
      const revoked = await actor.get('/v1/project')
      for (const reply of [refused, revoked]) {
        expectThat(!reply.text.includes(secret), 'an error without the key', 'the secret of the key', {
          reply,
        })
      }
    },
  ),
]

function expectError(reply: Reply): void {
  expectThat(reply.status >= 400, 'an error', describe(reply), { reply })
}

/** Which code it is, and whether it is an error at all, is for the requirement that asks for it. */
function expectStatusOfCode(reply: Reply): void {
  const { status, code } = reply
  if (status < 400 || code === undefined) return
  const right = problemStatuses.get(code)
  expectThat(
    right === undefined || right === status,
    `HTTP ${right} with the code ${code}`,
    `HTTP ${status}`,
    { reply, pointer: '/code' },
  )
  expectValue(reply, '/status', status)
}

/** What a server may stumble over, one answer each; all of them are errors of the client. */
async function errorsOfEveryOrigin(context: Context): Promise<Reply[]> {
  const { agent, responder, nobody } = context
  const call_id = context.id(context.nextName())
  await agent.create(functionCalls, { call_id })
  await responder.respond(functionCalls, call_id)
  const path = functionCalls.collection
  const one = pathOf(functionCalls, call_id)
  const body = JSON.stringify({ run_id: 'r', call_id: context.id('never'), spec: functionCalls.spec() })
  const requests: readonly (Outgoing & { key?: 'nobody' })[] = [
    { path, key: 'nobody' },
    { path: '/v1/project', key: 'nobody' },
    { path: '/v1/no_such_path' },
    { method: 'POST', path: '/v1/no_such_path', json: {} },
    { path: `${one}-unknown` },
    { path: `${path}/%E0%A4%A` },
    { path: `${path}/%00` },
    { path: `${path}/${encodeURIComponent("' or 1=1; --")}` },
    { path: `${path}/${encodeURIComponent('../../etc/passwd')}` },
    { path: `${path}/${'x'.repeat(2_000)}` },
    { path: `${path}/__proto__` },
    { path: `${path}/constructor` },
    { method: 'PATCH', path: one, json: {} },
    { method: 'DELETE', path },
    { method: 'POST', path, body: '{"a":' },
    { method: 'POST', path, body: '[]' },
    { method: 'POST', path, body: 'null' },
    { method: 'POST', path, json: { run_id: {}, call_id: [], spec: 1 } },
    { method: 'POST', path, json: { __proto__: null, constructor: 1 } },
    { method: 'POST', path, body: '{"__proto__":{"spec":{}},"spec":{"toString":1,"fn":{"$gt":""}}}' },
    { method: 'POST', path, body, headers: { 'content-type': 'text/plain' } },
    { method: 'POST', path, body: `${body.slice(0, -1)},"x":1e999}` },
    { method: 'POST', path: `${one}/respond`, json: { approved: 'yes' } },
    { method: 'POST', path: `${one}/cancel`, json: {} },
    { method: 'POST', path: `${one}/escalate`, json: {} },
  ]
  const answers = await Promise.all(
    requests.map(({ key, ...request }) => {
      const actor = key === 'nobody' ? nobody : request.path.endsWith('/respond') ? responder : agent
      return actor.send(request)
    }),
  )
  // What is not refused although it has to be violates a requirement of its own.
  const replies = answers.filter(({ status }) => status >= 400)
  if (replies.length < requests.length / 2)
    throw new Inconclusive('the server refuses hardly anything, so that there is no error to look at')
  return replies
}
