import { callId, callKinds, functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectPlace, expectProblem, expectStatus, expectValue } from '../expectations.ts'

interface Member {
  readonly pointer: string
  readonly value: unknown
  readonly kinds: readonly CallKind[]
}

/** The table of discovery.md: features, and the members that ask for them. */
const FEATURES: Readonly<Record<string, readonly Member[]>> = {
  edit: [
    { pointer: '/spec/kwargs_schema', value: { type: 'object' }, kinds: [functionCalls] },
    { pointer: '/spec/kwargs_schema', value: {}, kinds: [functionCalls] },
    { pointer: '/spec/allow_edit', value: true, kinds: [functionCalls] },
    { pointer: '/edited_kwargs', value: { order: 43 }, kinds: [functionCalls] },
    { pointer: '/edited_kwargs', value: {}, kinds: [functionCalls] },
  ],
  forms: [
    { pointer: '/spec/response_schema', value: { type: 'object' }, kinds: [humanContacts] },
    { pointer: '/response_data', value: { region: 'eu-west' }, kinds: [humanContacts] },
    { pointer: '/response_data', value: 0, kinds: [humanContacts] },
  ],
  expiry: [
    { pointer: '/spec/expires_at', value: '2125-01-01T00:00:00Z', kinds: callKinds },
    { pointer: '/spec/expires_in_seconds', value: 3_600, kinds: callKinds },
    { pointer: '/spec/on_expire', value: {}, kinds: callKinds },
    { pointer: '/spec/on_expire', value: { comment: 'Nobody was there.' }, kinds: [functionCalls] },
    { pointer: '/spec/on_expire', value: { response: 'eu-west' }, kinds: [humanContacts] },
  ],
  runs: [{ pointer: '/parent_run_id', value: 'parent-run', kinds: callKinds }],
  redact: [
    { pointer: '/spec/redact', value: ['/spec/metadata/card'], kinds: callKinds },
    { pointer: '/spec/redact', value: [], kinds: callKinds },
  ],
  requires_person: [{ pointer: '/spec/requires_person', value: true, kinds: [functionCalls] }],
  minimum_assurance: [{ pointer: '/spec/minimum_assurance', value: 'passkey', kinds: callKinds }],
  exclude_responder_ids: [
    { pointer: '/spec/exclude_responder_ids', value: ['dana'], kinds: callKinds },
    { pointer: '/spec/exclude_responder_ids', value: [], kinds: callKinds },
  ],
  risk: [{ pointer: '/spec/risk', value: 'high', kinds: callKinds }],
  locale: [{ pointer: '/spec/locale', value: 'de-CH', kinds: callKinds }],
}

/** To ignore a member could weaken what the client asked for, so what is not offered is refused. */
export const featureChecks: readonly Check[] = [
  ...Object.entries(FEATURES).map(([feature, members]) =>
    check(
      'feature.unclaimed-refused',
      `the members of the feature ${feature} are refused where it is not claimed`,
      { variant: feature, expect: 'reject', needs: { lacks: feature } },
      async (context) => {
        const { agent, responder } = context
        for (const { pointer, value, kinds } of members)
          for (const kind of kinds) {
            const call_id = callId(context, kind, context.nextName())
            const name = pointer.slice(pointer.lastIndexOf('/') + 1)
            const inAnswer = pointer === '/edited_kwargs' || pointer === '/response_data'
            const body = (member: Record<string, unknown>) => ({
              run_id: context.id('run'),
              call_id,
              ...(pointer.startsWith('/spec/') ? {} : member),
              spec: kind.spec(pointer.startsWith('/spec/') ? member : {}),
            })
            if (inAnswer) await agent.create(kind, { call_id })
            const send = (member: Record<string, unknown>) =>
              inAnswer
                ? responder.tryRespond(kind, call_id, { ...kind.answer, ...member })
                : agent.post(kind.collection, body(member))

            const refused = await send({ [name]: value })

            expectProblem(refused, 422, 'unsupported_feature')
            expectPlace(refused, pointer)
            // Without the member nothing is wrong, and the refusal has left nothing behind.
            const taken = await send({})
            expectStatus(taken, 200, 201)
          }
      },
    ),
  ),

  ...(
    [
      [
        'runs',
        'timers',
        '/v1/timers',
        { timer_id: 'a-timer', spec: { wake_at: '2001-02-03T04:05:06Z' } },
        { parent_run_id: 'parent-run' },
      ],
      ['usage', 'runs', '/v1/runs', {}, { budget: { cost: '5', currency: 'USD' } }],
    ] as const
  ).map(([feature, place, path, rest, member]) =>
    check(
      'feature.unclaimed-refused',
      `the members of the feature ${feature} are refused at ${path} where it is not claimed`,
      { variant: `${feature}-${place}`, expect: 'reject', needs: { lacks: feature, claims: [place] } },
      async (context) => {
        const { agent } = context
        const body = {
          ...rest,
          run_id: context.id('run'),
          ...('timer_id' in rest && { timer_id: context.id('timer') }),
        }

        const refused = await agent.post(path, { ...body, ...member })

        expectProblem(refused, 422, 'unsupported_feature')
        expectPlace(refused, `/${Object.keys(member)[0]}`)
        expectStatus(await agent.post(path, body), 201)
      },
    ),
  ),

  check(
    'feature.unclaimed-refused',
    'a member of a feature that is not claimed asks for nothing when it is false',
    { variant: 'false', expect: 'accept', needs: { lacks: 'edit' } },
    async ({ agent }) => {
      const created = await agent.tryCreate(functionCalls, { spec: { allow_edit: false } })

      expectStatus(created, 200, 201)
      expectValue(created, '/status/state', 'pending')
    },
  ),
]
