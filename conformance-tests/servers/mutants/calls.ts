import type { Mutant } from '../mutation.ts'
import { callRepeatMutants } from './call-repeats.ts'
import { cancellationMutants } from './cancellations.ts'

const CREATION = 'protocol/src/transitions/creation.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const OBJECT_TEXT = 'reference-server/src/http/object-text.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const VALIDATE = 'protocol/src/validate.ts'
const READ_REQUEST =
  'const request = parseBody(exchange, kind.schemas.create, limits.json_depth) as CallRequest<C>'
/** A call becomes text here when it is read. */
const READ = 'return objectText(kind, { ...call, object_id: call.call_id }, scopes)'

const identityAndSpec: readonly Mutant[] = [
  {
    id: 'missing-call-id-is-made-up',
    requirement: 'call.ids-required',
    title: 'A call without a call_id gets one from the server.',
    patches: [
      {
        file: 'protocol/src/schemas/call.ts',
        find: `call_id: Id(
    "The client's id of the call: the idempotency key, unique within the project and kind for ever.",
  ),`,
        replace: 'call_id: Type.Optional(Id("The id of the call.")),',
      },
      {
        file: HTTP_CALLS,
        find: READ_REQUEST,
        replace: `const request = { call_id: 'call_' + Math.random().toString(36).slice(2), ...(parseBody(exchange, kind.schemas.create, limits.json_depth) as CallRequest<C>) }`,
      },
    ],
  },
  {
    id: 'missing-run-id-is-the-default-run',
    requirement: 'call.ids-required',
    title: 'A call without a run_id belongs to a run named "default".',
    patches: [
      {
        file: 'protocol/src/schemas/call.ts',
        find: `run_id: Id('The run of an agent to which the call belongs, chosen by the client.'),`,
        replace: `run_id: Type.Optional(Id('The run.')),`,
      },
      {
        file: HTTP_CALLS,
        find: READ_REQUEST,
        replace: `const request = { run_id: 'default', ...(parseBody(exchange, kind.schemas.create, limits.json_depth) as CallRequest<C>) }`,
      },
    ],
  },
  {
    id: 'digits-come-back-as-a-number',
    requirement: 'call.echoes-ids',
    title: 'A run_id of digits alone is read back as a number.',
    patches: [
      {
        file: OBJECT_TEXT,
        find: READ,
        replace: `${READ}.replace(/^{"run_id":"(\\d+)"/, '{"run_id":$1')`,
      },
    ],
  },
  {
    id: 'long-ids-are-cut',
    requirement: 'call.echoes-ids',
    title: 'An id of more than 100 characters is cut when it is read.',
    patches: [
      { file: OBJECT_TEXT, find: READ, replace: READ.replace('call.call_id', 'call.call_id.slice(0, 100)') },
    ],
  },
  {
    id: 'ids-are-read-in-lower-case',
    requirement: 'call.echoes-ids',
    title: 'Reading a call shows its call_id in lower case.',
    patches: [
      { file: OBJECT_TEXT, find: READ, replace: READ.replace('call.call_id', 'call.call_id.toLowerCase()') },
    ],
  },
  {
    id: 'empty-lists-of-the-spec-are-dropped',
    requirement: 'call.spec-returned',
    title: 'A member of the spec that is an empty list is not kept.',
    patches: [
      {
        file: CREATION,
        find: 'return spec.channel ? { ...spec, channel: withoutSecrets(spec.channel) } : spec',
        replace: `const kept = Object.fromEntries(Object.entries(spec).filter(([, value]) => !Array.isArray(value) || value.length > 0)) as S
  return kept.channel ? { ...kept, channel: withoutSecrets(kept.channel) } : kept`,
      },
    ],
  },
  {
    id: 'message-is-trimmed',
    requirement: 'call.spec-returned',
    title: 'White space around the message of a human contact is not kept.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'spec: storedSpec(spec),',
        replace: 'spec: { ...storedSpec(spec), msg: spec.msg.trim() },',
      },
    ],
  },
  {
    id: 'option-names-are-normalised',
    requirement: 'call.spec-returned',
    title: 'Names of reject options are kept in Unicode form NFC.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'spec: storedSpec(request.spec),',
        replace: `spec: {
      ...storedSpec(request.spec),
      ...(request.spec.reject_options && {
        reject_options: request.spec.reject_options.map((option) => ({ ...option, name: option.name.normalize('NFC') })),
      }),
    },`,
      },
    ],
  },
  {
    id: 'ended-calls-lose-their-context',
    requirement: 'call.spec-immutable',
    title: 'A call that has ended is read without its context.',
    patches: [
      {
        file: OBJECT_TEXT,
        find: READ,
        replace: `const spec = call.state === 'pending' ? call.spec : call.spec.replace(/,"context":\\{"summary":"[^"]*"(?:,"links":\\[[^\\]]*\\])?\\}/, '')
  ${READ.replace('...call', '...call, spec')}`,
      },
    ],
  },
  {
    id: 'escalation-is-read-as-the-message',
    requirement: 'call.spec-immutable',
    title: 'A human contact that was escalated is read with the text of the escalation as its message.',
    patches: [
      {
        file: OBJECT_TEXT,
        find: READ,
        replace: `const escalated = /"escalation_msg":("(?:[^"\\\\]|\\\\.)*")/.exec(call.status)?.[1]
  const spec = escalated ? call.spec.replace(/"msg":"(?:[^"\\\\]|\\\\.)*"/, () => '"msg":' + escalated) : call.spec
  ${READ.replace('...call', '...call, spec')}`,
      },
    ],
  },
  {
    id: 'creation-is-answered-with-200',
    requirement: 'call.created-status',
    title: 'A new call is answered with 200.',
    patches: [{ file: HTTP_CALLS, find: 'changed ? 201 : 200', replace: '200' }],
  },
  {
    id: 'location-is-the-collection',
    requirement: 'call.created-status',
    title: 'The Location of a new call is the path of the collection.',
    patches: [
      { file: HTTP_CALLS, find: 'location: `${kind.path}/${call.call_id}`', replace: 'location: kind.path' },
    ],
  },
  {
    id: 'location-of-a-human-contact-is-that-of-a-function-call',
    requirement: 'call.created-status',
    title: 'The Location of a human contact leads to function calls.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'location: `${kind.path}/${call.call_id}`',
        replace: 'location: `/v1/function_calls/${call.call_id}`',
      },
    ],
  },
]

const reading: readonly Mutant[] = [
  {
    id: 'reads-are-cached-for-a-moment',
    requirement: 'call.read-your-writes',
    title: 'A call that was just read is read as it was then, for some milliseconds.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const call = await waitForCall(kind, deps, exchange, idOf(exchange), wait.seconds)\n      return {\n        status: 200,\n',
        replace: `const name = exchange.principal.project_id + kind.name + idOf(exchange)
      const cached = seen.get(name)
      const call = wait.seconds === 0 && cached && Date.now() - cached.at < 20 ? cached.call : await waitForCall(kind, deps, exchange, idOf(exchange), wait.seconds)
      if (call !== cached?.call) seen.set(name, { at: Date.now(), call })
      return {
        status: 200,
`,
      },
      {
        file: HTTP_CALLS,
        find: '/** The six operations of one kind of call. */',
        replace: 'const seen = new Map<string, { at: number; call: CallText }>()\n',
      },
    ],
  },
  {
    id: 'a-new-call-is-found-a-little-later',
    requirement: 'call.read-your-writes',
    title: 'A call that was just created is not found, for some milliseconds.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const call = await waitForCall(kind, deps, exchange, idOf(exchange), wait.seconds)\n      return {\n        status: 200,\n',
        replace: `const call = await waitForCall(kind, deps, exchange, idOf(exchange), wait.seconds)
      const { requested_at } = JSON.parse(call.status) as { requested_at: string }
      if (wait.seconds === 0 && Date.now() - Date.parse(requested_at) < 4) throw new Problem('not_found', 'Not yet.')
      return {
        status: 200,
`,
      },
    ],
  },
  {
    id: 'requested-by-is-a-bare-id',
    requirement: 'call.requested-by',
    title: 'requested_by is the id of the key without "key:".',
    patches: [
      {
        file: CREATION,
        find: 'requested_by: act.principal,',
        replace: "requested_by: act.principal.replace('key:', ''),",
      },
    ],
  },
  {
    id: 'requested-by-is-the-same-for-all-keys',
    requirement: 'call.requested-by',
    title: 'requested_by names the same key whoever asked.',
    patches: [
      { file: CREATION, find: 'requested_by: act.principal,', replace: "requested_by: 'key:key_1'," },
    ],
  },
  {
    id: 'requested-at-is-when-it-was-answered',
    requirement: 'call.requested-by',
    title: 'An answer renews requested_at.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'completed_at: answer.responded_at,',
        replace: 'completed_at: answer.responded_at,\n          requested_at: answer.responded_at,',
      },
    ],
  },
  {
    id: 'unknown-members-are-kept',
    requirement: 'call.unknown-members-ignored',
    title: 'Members that no schema names are kept and returned.',
    patches: [
      {
        file: VALIDATE,
        find: 'return { ok: true, value: Value.Clean(schema, document) as Static<S> }',
        replace: 'return { ok: true, value: document as Static<S> }',
      },
    ],
  },
  {
    id: 'inherited-names-are-kept',
    requirement: 'call.unknown-members-ignored',
    title: 'Unknown members whose names every object inherits are kept and returned.',
    patches: [{ file: VALIDATE, find: '  dropInherited(document)\n', replace: '' }],
  },
  {
    id: 'unknown-members-of-an-answer-are-refused',
    requirement: 'call.unknown-members-ignored',
    title: 'An answer to a function call with an unknown member is refused.',
    patches: [
      {
        file: 'protocol/src/schemas/function-call.ts',
        find: "{ $id: 'FunctionCallResponse', description: 'What a person decides about a function call.' }",
        replace:
          "{ $id: 'FunctionCallResponse', additionalProperties: false, description: 'What a person decides about a function call.' }",
      },
    ],
  },
  {
    id: 'unknown-members-of-an-option-are-refused',
    requirement: 'call.unknown-members-ignored',
    title: 'A reject option with an unknown member is refused.',
    patches: [
      {
        file: 'protocol/src/schemas/response-option.ts',
        find: "$id: 'ResponseOption',",
        replace: "$id: 'ResponseOption', additionalProperties: false,",
      },
    ],
  },
  {
    id: 'forged-status-is-believed',
    requirement: 'call.unknown-members-ignored',
    title: 'A new function call takes over a status that the request carries.',
    patches: [
      {
        file: HTTP_CALLS,
        find: READ_REQUEST,
        replace: `const request = parseBody(exchange, kind.schemas.create, limits.json_depth) as CallRequest<C>
      const forged = (JSON.parse(exchange.body.toString()) as { status?: object }).status
      if (forged) Object.defineProperty(request.spec, 'forged', { value: forged })`,
      },
      {
        file: FUNCTION_CALL,
        find: 'const status = pendingStatus(request.spec, route, act)',
        replace:
          'const status = { ...pendingStatus(request.spec, route, act), ...(request.spec as { forged?: object }).forged }',
      },
    ],
  },
]

const hiding: readonly Mutant[] = [
  {
    id: 'answer-shows-the-state',
    requirement: 'call.state-hidden',
    title: 'The answer to a response shows the state of the agent, whoever responds.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "stringify(principal.scopes.includes('agent') ? call : withoutState(call))",
        replace: 'stringify(principal.scopes.length > 0 ? call : withoutState(call))',
      },
    ],
  },
  {
    id: 'list-shows-the-state',
    requirement: 'call.state-hidden',
    title: 'A list shows the state of the agent, whoever reads it.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '(call) => callText(kind.name, call, exchange.principal.scopes),',
        replace: "(call) => callText(kind.name, call, ['agent']),",
      },
    ],
  },
  {
    id: 'state-is-shown-once-the-call-has-ended',
    requirement: 'call.state-hidden',
    title: 'The state of the agent is shown to everybody once the call has ended.',
    patches: [
      {
        file: OBJECT_TEXT,
        find: READ,
        replace: READ.replace('scopes', "call.state === 'pending' ? scopes : ['agent']"),
      },
    ],
  },
]

export const callMutants: readonly Mutant[] = [
  ...identityAndSpec,
  ...callRepeatMutants,
  ...reading,
  ...cancellationMutants,
  ...hiding,
  {
    id: 'long-messages-are-cut',
    requirement: 'call.spec-returned',
    title: 'The message of a human contact is cut at 65535 characters.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    spec: storedSpec(spec),',
        replace: '    spec: storedSpec({ ...spec, msg: spec.msg.slice(0, 65_535) }),',
      },
    ],
  },
  {
    id: 'lists-of-responders-are-compared-as-sets',
    requirement: 'call.repeat-equality',
    title: 'The order of the responders of a list does not count when a call is repeated.',
    patches: [
      {
        file: CREATION,
        find: `    isEqualJson(stringify(existing.spec), stringify(storedSpec(request.spec)))
`,
        replace: `    isEqualJson(sorted(stringify(existing.spec)), sorted(stringify(storedSpec(request.spec))))
`,
      },
      {
        file: CREATION,
        find: '/** The same call asked again',
        replace: `const sorted = (text: string) => text.replace(/"allowed_responder_ids":(\\[[^\\]]*\\])/g, (_, list: string) => '"allowed_responder_ids":' + JSON.stringify(JSON.parse(list).toSorted()))

/** The same call asked again`,
      },
    ],
  },
]
