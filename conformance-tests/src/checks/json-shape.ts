import { callKinds, functionCalls, humanContacts, pathOf, type CallKind } from '../actors/call-kind.ts'
import { check, type Check } from '../check.ts'
import { expectPlace, expectProblem, expectStatus } from '../expectations.ts'
import type { Reply } from '../reply.ts'

type Wrong = readonly [spec: Readonly<Record<string, unknown>>, ...pointers: string[]]

/** Specs that break the schema, each with the places where they do. */
const WRONG_IN_BOTH: readonly Wrong[] = [
  [{ state: [] }, '/spec/state'],
  [{ state: 'text' }, '/spec/state'],
  [{ metadata: 1 }, '/spec/metadata'],
  [{ metadata: [{ a: 1 }] }, '/spec/metadata'],
  [{ context: 'text' }, '/spec/context'],
  [{ context: { summary: 1 } }, '/spec/context/summary'],
  [{ context: { links: {} } }, '/spec/context/links'],
  [{ context: { links: [{ title: 'without an address' }] } }, '/spec/context/links/0/url'],
  [
    { context: { links: [{ url: 'https://example.com' }, { url: 'javascript:alert(1)' }] } },
    '/spec/context/links/1/url',
  ],
  [{ requires: 'edit' }, '/spec/requires'],
  [{ requires: [1] }, '/spec/requires/0'],
  [{ context: { summary: true }, metadata: 'text' }, '/spec/context/summary', '/spec/metadata'],
]

const WRONG: readonly (readonly [CallKind, readonly Wrong[]])[] = [
  [
    functionCalls,
    [
      ...WRONG_IN_BOTH,
      [{ fn: undefined }, '/spec/fn'],
      [{ fn: null }, '/spec/fn'],
      [{ fn: 1 }, '/spec/fn'],
      [{ fn: '' }, '/spec/fn'],
      [{ fn: 'f'.repeat(257) }, '/spec/fn'],
      [{ kwargs: undefined }, '/spec/kwargs'],
      [{ kwargs: null }, '/spec/kwargs'],
      [{ kwargs: [] }, '/spec/kwargs'],
      [{ kwargs: '{}' }, '/spec/kwargs'],
      [{ reject_options: {} }, '/spec/reject_options'],
      [{ reject_options: ['no'] }, '/spec/reject_options/0'],
      [{ reject_options: [{ name: 'no' }, { title: 'No' }] }, '/spec/reject_options/1/name'],
      [{ reject_options: [{ name: '' }] }, '/spec/reject_options/0/name'],
      [{ reject_options: [{ name: 'no', interactive: 'yes' }] }, '/spec/reject_options/0/interactive'],
      [{ fn: undefined, kwargs: undefined }, '/spec/fn', '/spec/kwargs'],
    ],
  ],
  [
    humanContacts,
    [
      ...WRONG_IN_BOTH,
      [{ msg: 1 }, '/spec/msg'],
      [{ msg: ['Which region?'] }, '/spec/msg'],
      [{ msg: 'm'.repeat(100_001) }, '/spec/msg'],
      [{ subject: 7 }, '/spec/subject'],
      [{ response_options: 'yes' }, '/spec/response_options'],
      [
        { response_options: [{ name: 1 }, { name: 'a', prompt_fill: [] }] },
        '/spec/response_options/0/name',
        '/spec/response_options/1/prompt_fill',
      ],
    ],
  ],
]

/** What a body has to look like. */
export const jsonShapeChecks: readonly Check[] = [
  check(
    'json.shape',
    'a creation with a member that is missing or wrong is refused, and its place is named',
    { expect: 'reject' },
    async (context) => {
      for (const [kind, wrongs] of WRONG) {
        await context.agent.create(kind)
        const fitting = wrongs.filter(([spec]) => JSON.stringify(spec).length < context.limits.body_bytes / 2)
        const replies = await Promise.all(fitting.map(([spec]) => context.agent.tryCreate(kind, { spec })))
        for (const [index, reply] of replies.entries()) {
          const [, ...pointers] = fitting[index]!
          expectWrongPlaces(reply, pointers)
        }
      }
    },
  ),

  check(
    'json.shape',
    'a creation that is no object, or has no spec that is one, is refused',
    { variant: 'whole', expect: 'reject' },
    async (context) => {
      for (const kind of callKinds) {
        await context.agent.create(kind)
        for (const body of ['[]', '[{}]', '"text"', '1', 'true', 'null'])
          expectWrongPlaces(await context.agent.send({ method: 'POST', path: kind.collection, body }), [''])
        for (const spec of [undefined, null, [], 'text', 1, [kind.spec()]])
          expectWrongPlaces(
            await context.agent.post(kind.collection, {
              run_id: context.id('run'),
              call_id: context.id(context.nextName()),
              spec,
            }),
            ['/spec'],
          )
      }
    },
  ),

  check(
    'json.shape',
    'an answer, a cancellation or an escalation of the wrong shape is refused, and its place is named',
    { variant: 'acts', expect: 'reject' },
    async (context) => {
      const { agent, responder } = context
      const escalation = { escalation_id: 'e', escalation_msg: 'It is urgent.' }
      for (const kind of callKinds) {
        const call_id = context.id(context.nextName())
        await agent.create(kind, { call_id })
        const wrongAnswers: readonly Wrong[] =
          kind === functionCalls
            ? [
                [{ approved: true, comment: 1 }, '/comment'],
                [{ approved: false, comment: 'no', reject_option_name: ['no'] }, '/reject_option_name'],
                [{ approved: false, reject_option_name: '' }, '/reject_option_name'],
              ]
            : [
                [{ response: 1 }, '/response'],
                [{ response: 'yes', response_option_name: { name: 'yes' } }, '/response_option_name'],
              ]

        for (const [answer, ...pointers] of wrongAnswers)
          expectWrongPlaces(await responder.tryRespond(kind, call_id, answer), pointers)
        for (const body of ['[]', '"approved"', '1'])
          expectWrongPlaces(
            await responder.send({ method: 'POST', path: pathOf(kind, call_id, 'respond'), body }),
            [''],
          )
        expectWrongPlaces(await agent.tryCancel(kind, call_id, { comment: ['done'] }), ['/comment'])
        expectWrongPlaces(await agent.tryCancel(kind, call_id, [{}]), [''])
        for (const [wrong, ...pointers] of [
          [{ escalation_msg: undefined }, '/escalation_msg'],
          [{ escalation_msg: '' }, '/escalation_msg'],
          [{ escalation_msg: 5 }, '/escalation_msg'],
          [{ additional_recipients: 'ada' }, '/additional_recipients'],
          [{ additional_recipients: [{ field: 'cc' }] }, '/additional_recipients/0/address'],
          [{ escalation_id: undefined, escalation_msg: null }, '/escalation_id', '/escalation_msg'],
        ] as readonly Wrong[])
          expectWrongPlaces(await agent.tryEscalate(kind, call_id, { ...escalation, ...wrong }), pointers)

        await agent.escalate(kind, call_id, escalation)
        await responder.respond(kind, call_id)
      }
    },
  ),

  check(
    'json.shape',
    'a key is not made from a body of the wrong shape',
    { variant: 'keys', expect: 'reject', needs: { claims: ['scopes'], keys: ['admin'] } },
    async (context) => {
      const admin = context.actor('admin')
      const { reply } = await admin.createKey({ scopes: ['agent'] })
      expectStatus(reply, 201)
      for (const [wish, pointer] of [
        [{}, '/scopes'],
        [{ scopes: [] }, '/scopes'],
        [{ scopes: 'agent' }, '/scopes'],
        [{ scopes: ['agent'], name: 1 }, '/name'],
        [{ scopes: ['agent'], responder_id: 'a:b' }, '/responder_id'],
      ] as const)
        expectWrongPlaces(await admin.post('/v1/keys', wish), [pointer])
    },
  ),
]

function expectWrongPlaces(reply: Reply, pointers: readonly string[]): void {
  expectProblem(reply, 422, 'invalid_request')
  for (const pointer of pointers) expectPlace(reply, pointer)
}
