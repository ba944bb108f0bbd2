import { callKinds, functionCalls, humanContacts } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show, valueAt } from '../expectations.ts'
import { claims } from '../subject.ts'

/** What a server says of itself, and what it leaves alone. */
export const discoveryChecks: readonly Check[] = [
  check(
    'discovery.served',
    'the discovery document tells versions, profiles, features, channel kinds and limits without a key',
    { expect: 'accept' },
    async ({ nobody, agent }) => {
      for (const actor of [nobody, agent]) {
        const reply = await actor.get('/.well-known/countersign')

        expectStatus(reply, 200)
        for (const name of ['versions', 'profiles', 'features', 'channel_kinds']) {
          const list: unknown = reply.json?.[name]
          expectThat(
            Array.isArray(list) && list.every((each) => typeof each === 'string' && each !== ''),
            `a list of names as ${name}`,
            show(list),
            { reply, pointer: `/${name}` },
          )
        }
        expectThat(reply.json.versions.length > 0, 'at least one version', '[]', {
          reply,
          pointer: '/versions',
        })
        expectThat(reply.json.channel_kinds.length > 0, 'at least one channel kind', '[]', {
          reply,
          pointer: '/channel_kinds',
        })
        for (const name of ['body_bytes', 'json_depth'])
          expectThat(
            isLimit(valueAt(reply.json, `/limits/${name}`)),
            'a whole number',
            show(reply.json.limits),
            {
              reply,
              pointer: `/limits/${name}`,
            },
          )
      }
    },
  ),

  check(
    'discovery.limits-generous',
    'limits are no lower than anybody can live with, and every limit of what is offered is told',
    { expect: 'accept' },
    async ({ nobody, subject }) => {
      const reply = await nobody.get('/.well-known/countersign')

      expectStatus(reply, 200)
      const limits = (reply.json?.limits ?? {}) as Record<string, unknown>
      for (const [name, least] of Object.entries({ body_bytes: 65_536, json_depth: 16 }))
        expectThat(isLimit(limits[name], least), `at least ${least}`, show(limits[name]), {
          reply,
          pointer: `/limits/${name}`,
        })
      for (const [name, offers] of [
        ['wait_seconds', ['long-poll']],
        ['page_size', ['lists']],
        ['expires_in_seconds', ['expiry']],
        ['schema_bytes', ['edit', 'forms']],
        ['schema_depth', ['edit', 'forms']],
        ['heartbeat_seconds', ['sse']],
        ['timer_seconds', ['timers']],
        ['run_depth', ['runs']],
      ] as const)
        if (offers.some((offer) => claims(subject, offer)))
          expectThat(isLimit(limits[name]), 'a whole number from 1 up', show(limits[name]), {
            reply,
            pointer: `/limits/${name}`,
          })
    },
  ),

  ...(
    [
      ['lists', 'GET', functionCalls.collection],
      ['lists', 'GET', humanContacts.collection],
      ['scopes', 'GET', '/v1/keys'],
      ['scopes', 'POST', '/v1/keys'],
      ['scopes', 'DELETE', '/v1/keys/a-key'],
      ['events', 'GET', '/v1/events'],
      ['webhooks', 'GET', '/v1/webhook_endpoints'],
      ['webhooks', 'POST', '/v1/webhook_endpoints'],
      ['webhooks', 'DELETE', '/v1/webhook_endpoints/an-endpoint'],
      ['humanlayer', 'POST', '/humanlayer/v1/function_calls'],
      ['humanlayer', 'POST', '/humanlayer/v1/contact_requests'],
      ['humanlayer', 'GET', '/humanlayer/v1/function_calls/a-call'],
      ['timers', 'POST', '/v1/timers'],
      ['timers', 'GET', '/v1/timers/a-timer'],
      ['timers', 'POST', '/v1/timers/a-timer/cancel'],
      ['runs', 'GET', '/v1/runs'],
      ['runs', 'POST', '/v1/runs'],
      ['runs', 'GET', '/v1/runs/a-run'],
      ['usage', 'POST', '/v1/runs/a-run/usage'],
    ] as const
  ).map(([profile, method, path], index) =>
    check(
      'feature.unclaimed-operations',
      `${method} ${path} is not found where ${profile} is not claimed`,
      { variant: `${profile}-${index}`, expect: 'reject', needs: { lacks: profile } },
      async ({ agent }) => {
        const body = BODIES[path]
        const reply = await agent.send({
          method,
          path,
          ...(method === 'POST' && body !== undefined ? { json: body } : {}),
        })

        expectStatus(reply, 404)
        // The key is good: the operation is what is missing.
        expectStatus(await agent.get('/v1/project'), 200)
      },
    ),
  ),

  check(
    'feature.requires',
    'a call that requires what nobody offers is refused, known or not',
    { expect: 'reject' },
    async ({ agent, subject }) => {
      const { features } = subject.discovery
      const reserved = [
        'redact',
        'minimum_assurance',
        'exclude_responder_ids',
        'risk',
        'locale',
        'runs',
        'usage',
      ]
      const missing = [...reserved, 'edit', 'forms', 'expiry'].filter((name) => !features.includes(name))
      for (const kind of callKinds) {
        const names = ['com.example.telepathy', 'constructor', '__proto__', 'toString', '', ...missing]
        const lists = [
          ...names.map((name) => [name]),
          [...features, 'com.example.telepathy'],
          ['com.example.telepathy', ...features],
          ...features.slice(0, 1).map((name) => [name.toUpperCase()]),
        ]
        await Promise.all(
          lists.map(async (requires) => {
            const refused = await agent.tryCreate(kind, { spec: { requires } })

            expectThat(
              refused.status === 422 && refused.code === 'unsupported_feature',
              `HTTP 422 with the code unsupported_feature for ${show(requires)}`,
              `HTTP ${refused.status} with the code ${refused.code}`,
              { reply: refused },
            )
            const errors = (refused.json?.errors ?? []) as { pointer?: unknown }[]
            expectThat(
              errors.some(({ pointer }) => String(pointer).startsWith('/spec/requires')),
              'a pointer to requires',
              show(errors),
              { reply: refused, pointer: '/errors' },
            )
          }),
        )
      }
    },
  ),

  check(
    'feature.requires',
    'a call that requires what the server claims is taken',
    { variant: 'claimed', expect: 'accept', after: ['call.spec-returned'] },
    async ({ agent, subject }) => {
      const { features } = subject.discovery
      for (const kind of callKinds)
        for (const requires of [[], features.slice(0, 1), features]) {
          const created = await agent.tryCreate(kind, { spec: { requires } })

          expectStatus(created, 200, 201)
          expectValue(created, '/spec/requires', requires)
          expectValue(created, '/status/state', 'pending')
        }
    },
  ),
]

/** Requests that would be good if the profile were there. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/v1/keys': { scopes: ['responder'] },
  '/v1/timers': { run_id: 'a-run', timer_id: 'a-timer', spec: { wake_at: '2125-01-01T00:00:00Z' } },
  '/v1/runs': { run_id: 'a-run' },
  '/v1/runs/a-run/usage': { usage_id: 'a-report', model: 'large-2', input_tokens: 1, output_tokens: 1 },
  '/v1/webhook_endpoints': { url: 'https://example.com/webhooks' },
  '/humanlayer/v1/function_calls': {
    run_id: 'a-run',
    call_id: 'a-call-that-nobody-makes',
    spec: { fn: 'refund_order', kwargs: {} },
  },
  '/humanlayer/v1/contact_requests': {
    run_id: 'a-run',
    call_id: 'a-call-that-nobody-makes',
    spec: { msg: 'Which region?' },
  },
}

function isLimit(value: unknown, least = 1): boolean {
  return Number.isInteger(value) && (value as number) >= least
}
