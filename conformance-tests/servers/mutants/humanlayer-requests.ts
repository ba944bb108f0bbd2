import type { Mutant } from '../mutation.ts'

const ROUTES = 'reference-server/src/humanlayer/routes.ts'
const CALL_ID = 'reference-server/src/humanlayer/call-id.ts'
const CHANNEL = 'reference-server/src/humanlayer/channel.ts'
const PROBLEM = 'reference-server/src/humanlayer/problem.ts'
const SCHEMAS = 'reference-server/src/humanlayer/schemas.ts'
const PATH = 'reference-server/src/http/path.ts'

const CREATED =
  'const { call } = await createCall(kind, deps, exchange.principal, asked, capabilities)\n      return reply(call, exchange)'
const GET = 'async get(exchange) {\n'

/** What the profile takes, and how it answers. */
export const humanlayerRequestMutants: readonly Mutant[] = [
  {
    id: 'humanlayer-creation-answers-201',
    requirement: 'humanlayer.create-answers-200',
    title: 'A creation is answered with 201, and a repeat with 200.',
    patches: [
      {
        file: ROUTES,
        find: CREATED,
        replace:
          'const { call, changed } = await createCall(kind, deps, exchange.principal, asked, capabilities)\n      return { ...reply(call, exchange), status: changed ? 201 : 200 }',
      },
    ],
  },
  {
    id: 'humanlayer-id-of-core-alphabet-alone',
    requirement: 'humanlayer.ids-echoed',
    title: 'Ids are not written into the alphabet of the core, so that "Research Agent" is refused.',
    patches: [
      { file: CALL_ID, find: 'return id.replaceAll(FOREIGN, (', replace: 'return id.replaceAll(/(?!)/g, (' },
    ],
  },
  {
    id: 'humanlayer-id-lower-cased',
    requirement: 'humanlayer.ids-echoed',
    title: 'Ids are folded to lower case.',
    patches: [
      {
        file: CALL_ID,
        find: 'return id.replaceAll(FOREIGN, (',
        replace: 'return id.toLowerCase().replaceAll(FOREIGN, (',
      },
    ],
  },
  {
    id: 'humanlayer-id-with-tilde-is-read-back-wrong',
    requirement: 'humanlayer.ids-echoed',
    title: 'An id that looks like one that was written in another alphabet comes back as that one.',
    patches: [
      {
        file: CALL_ID,
        find: '|~(?=[0-9A-F]{2}|~|[^A-Za-z0-9._~:@+=-])/gu',
        replace: '/gu',
      },
    ],
  },
  {
    id: 'humanlayer-path-id-not-translated',
    requirement: 'humanlayer.ids-echoed',
    title: 'The id in a path is not written into the alphabet of the core, so that it finds no call.',
    patches: [
      {
        file: ROUTES,
        find: "return coreId(params['call_id']!)",
        replace: "return params['call_id']!",
      },
    ],
  },
  {
    id: 'humanlayer-lists-unnameable-calls',
    requirement: 'humanlayer.ids',
    title: 'Lists show native calls under the ids of other calls.',
    patches: [
      {
        file: ROUTES,
        find: 'listed.items.filter(({ item }) => isNameable(item.call_id))',
        replace: 'listed.items',
      },
    ],
  },
  {
    id: 'humanlayer-reused-id-gets-existing-call',
    requirement: 'humanlayer.reused-ids',
    title: 'Whoever uses an id again gets the call that is there, approved or not.',
    patches: [
      {
        file: ROUTES,
        find: CREATED,
        replace: `const { call } = await createCall(kind, deps, exchange.principal, asked, capabilities).catch(async (error) => {
        if (!(error instanceof Problem) || error.code !== 'call_id_conflict') throw error
        return { call: kind.calls.parse(await getCall(kind, exchange.principal, asked.call_id)) }
      })
      return reply(call, exchange)`,
      },
    ],
  },
  {
    id: 'humanlayer-repeat-is-conflict',
    requirement: 'humanlayer.reused-ids',
    title: 'The same creation again is refused with 409.',
    patches: [
      {
        file: ROUTES,
        find: CREATED,
        replace: `const { call, changed } = await createCall(kind, deps, exchange.principal, asked, capabilities)
      if (!changed) throw new Problem('call_id_conflict', 'This call exists already.')
      return reply(call, exchange)`,
      },
    ],
  },
  {
    id: 'humanlayer-project-lacks-organization',
    requirement: 'humanlayer.project',
    title: 'The project has the names of the newer clients alone.',
    patches: [
      {
        file: ROUTES,
        find: 'body: { name, slug, organization: name, project_slug: slug, org_slug: slug }',
        replace: 'body: { project_slug: slug, org_slug: slug }',
      },
    ],
  },
  {
    id: 'humanlayer-human-contacts-unknown',
    requirement: 'humanlayer.paths',
    title: 'The name of the published documentation is not served.',
    patches: [
      {
        file: ROUTES,
        find: "of ['contact_requests', 'human_contacts']) {",
        replace: "of ['contact_requests']) {",
      },
    ],
  },
  {
    id: 'humanlayer-respond-needs-agent-path',
    requirement: 'humanlayer.paths',
    title: 'A function call is answered below /agent alone.',
    patches: [
      {
        file: ROUTES,
        find: "  on('post', '/function_calls/:call_id/respond', ['responder'], functions.respond)\n",
        replace: '',
      },
    ],
  },
  {
    id: 'humanlayer-status-needs-key',
    requirement: 'humanlayer.paths',
    title: 'Whoever asks how the server is needs a key.',
    patches: [
      { file: ROUTES, find: "on('get', '/status', 'none',", replace: "on('get', '/status', ANYBODY," },
    ],
  },
  {
    id: 'humanlayer-calls-under-ids-of-their-own',
    requirement: 'humanlayer.same-calls',
    title: 'Calls of the profile lie under other ids than native ones.',
    patches: [
      {
        file: CALL_ID,
        find: 'export function coreId(id: string): string {\n  return id.replaceAll(',
        replace: 'export function coreId(id: string): string {\n  return `hl.${id}`.replaceAll(',
      },
      {
        file: CALL_ID,
        find: 'return coreId(shown) === id ? shown : id',
        replace: "return shown.startsWith('hl.') ? shown.slice(3) : shown",
      },
    ],
  },
  {
    id: 'humanlayer-answers-as-somebody-else',
    requirement: 'humanlayer.same-calls',
    title: 'An answer that came through the profile is recorded as one of "humanlayer".',
    patches: [
      {
        file: ROUTES,
        find: 'await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)',
        replace:
          "await respondToCall(kind, deps, { ...exchange.principal, responder_id: 'humanlayer' }, idOf(exchange), response)",
      },
    ],
  },
  {
    id: 'humanlayer-errors-as-problems',
    requirement: 'humanlayer.json-always',
    title: 'Errors are application/problem+json, as natively.',
    patches: [
      {
        file: PROBLEM,
        find: 'headers: problem.refusal.headers ?? {},',
        replace: "headers: { 'content-type': 'application/problem+json', ...problem.refusal.headers },",
      },
    ],
  },
  {
    id: 'humanlayer-large-body-refused-as-text',
    requirement: 'humanlayer.json-always',
    title: 'A body that is too large is refused as text/plain.',
    patches: [
      {
        file: PROBLEM,
        find: 'headers: problem.refusal.headers ?? {},',
        replace:
          "headers: { ...(problem.status === 413 && { 'content-type': 'text/plain' }), ...problem.refusal.headers },",
      },
    ],
  },
  {
    id: 'humanlayer-status-in-creation-refused',
    requirement: 'humanlayer.lenient-requests',
    title: 'A creation with a status that is not null is refused.',
    patches: [
      {
        file: SCHEMAS,
        find: 'Type.Object({ run_id: Type.String(), call_id: Type.String(), spec })',
        replace:
          'Type.Object({ run_id: Type.String(), call_id: Type.String(), spec, status: Type.Optional(Type.Null()) })',
      },
    ],
  },
  {
    id: 'humanlayer-unknown-channel-kind-refused',
    requirement: 'humanlayer.lenient-requests',
    title: 'A channel with a kind that is not known is refused, as natively.',
    patches: [
      {
        file: SCHEMAS,
        find: '})\nexport type HumanLayerChannel',
        replace: '}, { additionalProperties: false })\nexport type HumanLayerChannel',
      },
    ],
  },
  {
    id: 'humanlayer-naive-time-in-answer-refused',
    requirement: 'humanlayer.lenient-requests',
    title: 'An answer with a time without an offset is refused.',
    patches: [
      {
        file: SCHEMAS,
        find: 'approved: Type.Boolean(),',
        replace: "approved: Type.Boolean(), requested_at: Type.Optional(Type.String({ pattern: 'Z$' })),",
      },
    ],
  },
  {
    id: 'humanlayer-get-needs-json-type',
    requirement: 'humanlayer.content-type',
    title: 'A GET with a Content-Type other than application/json is refused.',
    patches: [
      {
        file: ROUTES,
        find: GET,
        replace: `${GET}      if (!/^application.json/.test(exchange.headers['content-type'] ?? 'application/json'))
        throw new Problem('unsupported_media_type', 'The Content-Type has to be application/json.')
`,
      },
    ],
  },
  {
    id: 'humanlayer-body-limit-half-a-megabyte',
    requirement: 'humanlayer.large-bodies',
    title: 'Bodies of more than 512 KiB are refused.',
    patches: [
      {
        file: ROUTES,
        find: 'const { run_id, call_id, spec } = parse(',
        replace: `if (exchange.body.length > 2 ** 19) throw new Problem('body_too_large', 'The body is too large.')
      const { run_id, call_id, spec } = parse(`,
      },
    ],
  },
  {
    id: 'humanlayer-body-limit-off-by-one',
    requirement: 'humanlayer.large-bodies',
    title: 'A body of exactly 1 MiB is refused.',
    patches: [
      {
        file: ROUTES,
        find: 'const { run_id, call_id, spec } = parse(',
        replace: `if (exchange.body.length >= 2 ** 20) throw new Problem('body_too_large', 'The body is too large.')
      const { run_id, call_id, spec } = parse(`,
      },
    ],
  },
  {
    id: 'humanlayer-joins-slashes-once',
    requirement: 'humanlayer.double-slashes',
    title: 'Only the first two slashes of a path become one.',
    patches: [{ file: PATH, find: "path.replaceAll(/\\/{2,}/g, '/')", replace: "path.replace('//', '/')" }],
  },
  {
    id: 'humanlayer-polls-limited',
    requirement: 'humanlayer.polls',
    title: 'Whoever reads a call more than sixty times is told to come back later.',
    patches: [
      {
        file: ROUTES,
        find: 'const { limits } = deps\n',
        replace: 'const { limits } = deps\n  const reads = new Map<string, number>()\n',
      },
      {
        file: ROUTES,
        find: GET,
        replace: `${GET}      const count = (reads.get(idOf(exchange)) ?? 0) + 1
      reads.set(idOf(exchange), count)
      if (count > 60) return { status: 429, body: { detail: 'Too many requests.' } }
`,
      },
    ],
  },
  {
    id: 'humanlayer-channel-without-inbox',
    requirement: 'humanlayer.channel-any-of',
    title: 'The inbox is no part of the channel, so that only those whom Slack lists can answer.',
    patches: [
      { file: CHANNEL, find: '{ any_of: [...leaves, { inbox: {} }] }', replace: '{ any_of: leaves }' },
    ],
  },
  {
    id: 'humanlayer-inbox-lists-slack-responders',
    requirement: 'humanlayer.channel-any-of',
    title: 'The list of Slack responders holds for the inbox too.',
    patches: [
      {
        file: CHANNEL,
        find: '{ any_of: [...leaves, { inbox: {} }] }',
        replace:
          '{ any_of: [...leaves, { inbox: channel?.slack?.allowed_responder_ids ? { allowed_responder_ids: channel.slack.allowed_responder_ids } : {} }] }',
      },
    ],
  },
  {
    id: 'humanlayer-same-answer-again-accepted',
    requirement: 'humanlayer.second-answer-conflict',
    title: 'The same answer again is answered with 200, as natively.',
    patches: [
      { file: ROUTES, find: 'if (!changed) throw', replace: 'if (call === undefined && !changed) throw' },
    ],
  },
  {
    id: 'humanlayer-second-answer-is-a-bad-request',
    requirement: 'humanlayer.second-answer-conflict',
    title: 'The same answer again is refused with 400.',
    patches: [
      {
        file: ROUTES,
        find: "if (!changed) throw new Problem('already_responded'",
        replace: "if (!changed) throw new Problem('invalid_parameter'",
      },
    ],
  },
  {
    id: 'humanlayer-answers-accepted-until-written',
    requirement: 'humanlayer.second-answer-conflict',
    title:
      'Equal answers are told apart by a look before the transaction, so that several are accepted at once.',
    patches: [
      {
        file: ROUTES,
        find: 'await current(exchange)\n      const response',
        replace: `const before = await current(exchange)
      await new Promise((resolve) => setTimeout(resolve, 5))
      const response`,
      },
      {
        file: ROUTES,
        find: 'if (!changed) throw',
        replace: "if (!changed && before.status.state !== 'pending') throw",
      },
    ],
  },
  {
    id: 'humanlayer-validation-items-with-input',
    requirement: 'humanlayer.errors',
    title: 'The items of a 422 repeat what was sent, as newer versions of the framework do.',
    patches: [{ file: PROBLEM, find: 'msg: detail,\n', replace: "msg: detail,\n    input: '',\n" }],
  },
  {
    id: 'humanlayer-validation-as-text',
    requirement: 'humanlayer.errors',
    title: 'The detail of a 422 is a text.',
    patches: [{ file: PROBLEM, find: 'problem.status === 422', replace: 'problem.status === 423' }],
  },
  {
    id: 'humanlayer-errors-without-detail',
    requirement: 'humanlayer.errors',
    title: 'An error has an object `error` and no detail.',
    patches: [
      { file: PROBLEM, find: ': problem.message,\n      error:', replace: ': undefined,\n      error:' },
    ],
  },
  {
    id: 'humanlayer-pending-always-an-array',
    requirement: 'humanlayer.pending-lists',
    title: 'A query with limit or offset gets a bare array too.',
    patches: [
      {
        file: ROUTES,
        find: 'if (limit === undefined && offset === undefined && !deps.humanlayer_pending_page)',
        replace: 'if (!deps.humanlayer_pending_page)',
      },
    ],
    roots: ['humanlayer.double-slashes'],
  },
  {
    id: 'humanlayer-pending-page-for-offset-ignored',
    requirement: 'humanlayer.pending-lists',
    title: 'Every page begins with the first call.',
    patches: [
      {
        file: ROUTES,
        find: 'all.slice(offset, offset + limit)',
        replace: 'all.slice(0, limit)',
      },
    ],
  },
  {
    id: 'humanlayer-pending-has-more-at-the-end',
    requirement: 'humanlayer.pending-lists',
    title: 'The last page says that there is another one.',
    patches: [
      {
        file: ROUTES,
        find: 'has_more: offset + items.length < all.length',
        replace: 'has_more: items.length === limit || offset + items.length <= all.length',
      },
    ],
  },
  {
    id: 'humanlayer-pending-lists-everything',
    requirement: 'humanlayer.pending-lists',
    title: 'What is over stays on the list of pending calls.',
    patches: [{ file: ROUTES, find: "{ state: 'pending' }, MOST_PENDING", replace: '{}, MOST_PENDING' }],
  },
  {
    id: 'humanlayer-escalation-not-recorded',
    requirement: 'humanlayer.escalate-email',
    title: 'An escalation is answered with the call and recorded nowhere.',
    patches: [
      {
        file: ROUTES,
        find: 'if (!channel?.email && !hasEmail(asked)) throw noAddress()\n',
        replace: `if (!channel?.email && !hasEmail(asked)) throw noAddress()
      if (escalation && asked.status.state === 'pending') return reply(asked, exchange)
`,
      },
    ],
  },
  {
    id: 'humanlayer-second-escalation-swallowed',
    requirement: 'humanlayer.escalate-email',
    title: 'The same words again are taken for a repeat and not recorded.',
    patches: [
      { file: ROUTES, find: 'escalation_id: `esc_${randomUUID()}`', replace: "escalation_id: 'esc_1'" },
      {
        file: ROUTES,
        find: "import { randomUUID } from 'node:crypto'\n",
        replace: '',
      },
    ],
  },
  {
    id: 'humanlayer-escalation-without-address',
    requirement: 'humanlayer.escalate-email',
    title: 'An escalation without any e-mail address is accepted.',
    patches: [
      {
        file: ROUTES,
        find: 'if (!channel?.email && !hasEmail(asked)) throw noAddress()\n',
        replace: 'void [hasEmail, noAddress]\n',
      },
    ],
  },
  {
    id: 'humanlayer-escalation-needs-address-of-the-call',
    requirement: 'humanlayer.escalate-email',
    title: 'The address that an escalation brings does not count.',
    patches: [
      {
        file: ROUTES,
        find: 'if (!channel?.email && !hasEmail(asked)) throw noAddress()',
        replace: 'if (!hasEmail(asked)) throw noAddress()',
      },
    ],
  },
  {
    id: 'humanlayer-escalation-without-address-is-422',
    requirement: 'humanlayer.escalate-email',
    title: 'An escalation without any e-mail address is refused with 422.',
    patches: [
      {
        file: ROUTES,
        find: "return new Problem('invalid_parameter', detail, { errors: [{ pointer: '/channel/email', detail }] })",
        replace:
          "return new Problem('invalid_request', detail, { errors: [{ pointer: '/channel/email', detail }] })",
      },
    ],
  },
  {
    id: 'humanlayer-agent-answers-itself',
    requirement: 'auth.scope',
    title: 'Without /agent in the path a key of the agent scope can answer too.',
    patches: [
      {
        file: ROUTES,
        find: "on('post', '/function_calls/:call_id/respond', ['responder'],",
        replace: "on('post', '/function_calls/:call_id/respond', READERS,",
      },
    ],
  },
]
