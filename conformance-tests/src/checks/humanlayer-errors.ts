import { inProfile, profileFunctionCalls, profileKinds, PROFILE } from '../actors/humanlayer.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { describe, expectStatus, expectThat, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { CREATING, DECIDED, PATHS } from './humanlayer-causes.ts'

export const humanlayerErrorChecks: readonly Check[] = [
  check(
    'humanlayer.errors',
    'a refusal has a text for its detail',
    {
      expect: 'reject',
      after: [
        ...CREATING,
        ...DECIDED,
        'humanlayer.second-answer-conflict',
        'humanlayer.reused-ids',
        'auth.key-needed',
        'json.malformed',
        'http.unknown-id',
        'http.unknown-path',
        ...PATHS,
      ],
    },
    async (context) => {
      for (const [what, status, reply] of await refusals(context)) {
        expectThat(reply.status === status, `HTTP ${status} for ${what}`, describe(reply), { reply })
        const detail: unknown = reply.json?.detail
        expectThat(typeof detail === 'string' && detail !== '', 'a text as the detail', show(detail), {
          reply,
          pointer: '/detail',
        })
      }
    },
  ),

  check(
    'humanlayer.errors',
    'a wrong shape has a list of places for its detail',
    { expect: 'reject', variant: 'shape', after: [...CREATING, 'json.shape', ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        const email = { email: { context_about_user: 'nobody' } }
        await agent.create(kind, { call_id })

        const replies = [
          await agent.post(kind.collection, { call_id: context.id('two'), spec: kind.core.spec() }),
          await agent.post(kind.collection, { run_id: 'r', call_id: 7, spec: kind.core.spec() }),
          await agent.post(kind.collection, { run_id: 'r', call_id: context.id('three'), spec: {} }),
          await agent.tryCreate(kind, { call_id: context.id('four'), spec: { channel: email } }),
          await agent.post(kind.collection, []),
          await responder.tryRespond(kind, call_id, { [kind.decision]: ['x'] }),
          await responder.tryRespond(kind, call_id, {}),
          await agent.tryEscalate(kind, call_id, { channel: { email: { address: 'a@example.com' } } }),
        ]

        for (const reply of replies) {
          expectStatus(reply, 422)
          const detail: unknown = reply.json?.detail
          expectThat(
            Array.isArray(detail) && detail.length > 0 && detail.every(isItem),
            'a list of items with exactly loc, msg and type',
            show(detail),
            { reply, pointer: '/detail' },
          )
        }
      }
    },
  ),

  check(
    'humanlayer.json-always',
    'refusals from before any route are JSON too',
    { expect: 'reject' },
    async (context) => {
      const { agent, nobody } = context
      const { body_bytes } = context.limits
      const path = `${PROFILE}/function_calls`
      const replies = [
        await agent.get(`${PROFILE}/nowhere`),
        await agent.get(`${PROFILE}/agent/function_calls/x/y/z`),
        await agent.get(`${path}/%E0%A4%A`),
        await agent.send({ method: 'DELETE', path: `${path}/x` }),
        await agent.send({ method: 'PUT', path, json: {} }),
        await nobody.send({ method: 'OPTIONS', path }),
        await agent.send({ method: 'POST', path, body: '' }),
        await agent.send({ method: 'POST', path, body: `"${'x'.repeat(body_bytes)}"` }),
        await nobody.get(`${PROFILE}/project`, { authorization: 'Basic eDp5' }),
      ]

      for (const reply of replies) {
        const type = reply.header('content-type')
        expectThat(/^application\/json\s*(;|$)/i.test(type ?? ''), 'application/json', show(type), { reply })
        expectThat(reply.json !== undefined, 'JSON', show(reply.text), { reply })
        expectThat(reply.status >= 400 || reply.status === 200, 'a refusal', `HTTP ${reply.status}`, {
          reply,
        })
      }
      // Not a server that answers everything alike.
      expectStatus(replies[0]!, 404)
    },
  ),

  check(
    'humanlayer.no-new-members',
    'a native call shows none of the members that HumanLayer API v1 does not have',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await context.agent.create(kind.core, {
          call_id,
          spec: {
            channel: { inbox: {} },
            context: { summary: 'A **refund**.', links: [{ url: 'https://example.com/' }] },
            metadata: { 'com.example.order': 7 },
          },
        })
        const options = kind.decision === 'approved' ? 'reject_options' : 'response_options'
        const known = new Set(['fn', 'kwargs', 'msg', 'subject', 'channel', 'state', options])

        for (const reply of [
          await agent.readNative(kind, call_id),
          await responder.readNative(kind, call_id),
        ]) {
          const extra = [
            ...Object.keys((reply.json ?? {}) as object).filter(
              (name) => !['run_id', 'call_id', 'spec', 'status'].includes(name),
            ),
            ...Object.keys((reply.json?.spec ?? {}) as object).filter((name) => !known.has(name)),
          ]
          expectThat(extra.length === 0, 'members of HumanLayer API v1', extra.join(', '), { reply })
          expectThat(reply.json?.call_id === call_id, 'the call', show(reply.json?.call_id), { reply })
        }
      }
    },
  ),

  check(
    'humanlayer.member-types',
    'every member of a call has its type, and null only where it may be',
    { expect: 'accept', after: [...CREATING, ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const options = kind.decision === 'approved' ? 'reject_options' : 'response_options'
        const call_id = context.id('one')
        await agent.create(kind, { call_id, spec: { state: { a: [null] }, [options]: [{ name: 'a' }] } })

        await responder.respond(kind, call_id)

        const reply = await agent.read(kind, call_id)
        const call = reply.json

        for (const [what, value, type] of [
          ['run_id', call?.run_id, 'string'],
          ['call_id', call?.call_id, 'string'],
          ...Object.entries(kind.core.spec()).map(([name, sent]) => [name, call?.spec?.[name], typeof sent]),
          ['the name of an option', call?.spec?.[options]?.[0]?.name, 'string'],
          ['interactive', call?.spec?.[options]?.[0]?.interactive ?? false, 'boolean'],
          ['state', call?.spec?.state, 'object'],
          [kind.decision, call?.status?.[kind.decision], typeof kind.core.answer[kind.decision]],
          ['user_info', call?.status?.user_info ?? {}, 'object'],
        ] as [string, unknown, string][])
          expectThat(typeof value === type && value !== null, `a ${type} for ${what}`, show(value), {
            reply,
          })
        const interactive: unknown = call?.spec?.[options]?.[0]?.interactive
        expectThat(interactive !== null, 'interactive absent or a boolean', 'null', {
          reply,
          pointer: `/spec/${options}/0/interactive`,
        })
      }
    },
  ),

  check(
    'humanlayer.instants',
    'times carry an offset',
    { expect: 'accept', after: [...CREATING, 'time.format', ...PATHS] },
    async (context) => {
      const { agent, responder } = inProfile(context)
      for (const kind of profileKinds) {
        const call_id = context.id('one')
        await agent.create(kind, { call_id })
        await responder.respond(kind, call_id)

        const read = await agent.read(kind, call_id)

        for (const name of ['requested_at', 'responded_at']) {
          const value: unknown = read.json?.status?.[name]
          const holds =
            typeof value === 'string' &&
            /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(value)
          expectThat(holds, 'RFC 3339 with an offset', show(value), {
            reply: read,
            pointer: `/status/${name}`,
          })
        }
      }
    },
  ),
]

/** Requests that are refused with something other than 422, and what they are refused with. */
async function refusals(context: Context): Promise<[what: string, status: number, reply: Reply][]> {
  const { agent, responder } = inProfile(context)
  const { collection } = profileFunctionCalls
  const call_id = context.id('one')
  await agent.create(profileFunctionCalls, { call_id })
  await responder.respond(profileFunctionCalls, call_id)
  return [
    ['no key', 401, await context.nobody.get(`${PROFILE}${collection}/${call_id}`)],
    ['an unknown key', 401, await context.adopt(context.id('no-key')).get(`${PROFILE}/project`)],
    ['an unknown call', 404, await agent.tryRead(profileFunctionCalls, context.id('unknown'))],
    ['an answer to an unknown call', 404, await responder.tryRespond(profileFunctionCalls, 'unknown', {})],
    ['an unknown path', 404, await agent.get('/nowhere')],
    ['JSON that breaks off', 400, await agent.postText(collection, '{"run_id": "r"')],
    ['an answer too late', 409, await responder.tryRespond(profileFunctionCalls, call_id)],
    [
      'an id that is taken',
      409,
      await agent.tryCreate(profileFunctionCalls, { call_id, spec: { fn: 'other' } }),
    ],
  ]
}

function isItem(item: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false
  const { loc, msg, type, ...rest } = item as Record<string, unknown>
  return (
    Array.isArray(loc) &&
    loc.every((step) => typeof step === 'string' || Number.isInteger(step)) &&
    typeof msg === 'string' &&
    typeof type === 'string' &&
    Object.keys(rest).length === 0
  )
}
