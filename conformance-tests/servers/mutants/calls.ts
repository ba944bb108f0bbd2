import type { Mutant } from '../mutation.ts'

const CREATION = 'protocol/src/transitions/creation.ts'
const CALL = 'protocol/src/transitions/call.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const OBJECT_TEXT = 'reference-server/src/http/object-text.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const CALLS = 'reference-server/src/calls.ts'
const VALIDATE = 'protocol/src/validate.ts'

const EQUALITY = 'isEqualJson(stringify(existing.spec), stringify(storedSpec(request.spec)))'
const REPEAT = 'if (existing) return repeat(existing, request)'
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

const repeats: readonly Mutant[] = [
  {
    id: 'repeat-of-an-ended-call-is-a-conflict',
    requirement: 'call.repeat-returns-existing',
    title: 'A repeated creation is refused once the call has ended.',
    patches: [
      {
        file: CREATION,
        find: 'existing.run_id === request.run_id &&',
        replace: "existing.status.state === 'pending' && existing.run_id === request.run_id &&",
      },
    ],
  },
  {
    id: 'repeat-shows-the-call-as-it-was-asked',
    requirement: 'call.repeat-returns-existing',
    title: 'A repeated creation shows an answered function call as if nobody had answered.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'return { status, headers, body: render(call, exchange.principal) }',
        replace: `return { status, headers, body: render(changed ? call : { ...call, status: { ...call.status, state: 'pending', completed_at: null, responded_at: null, responder: null, responses: [], ...('approved' in call.status ? { approved: null, comment: null } : { response: null }) } }, exchange.principal) }`,
      },
    ],
  },
  {
    id: 'repeat-by-another-key-is-a-conflict',
    requirement: 'call.repeat-returns-existing',
    title: 'A repeated creation with another key of the project is refused.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: REPEAT,
        replace: `if (existing && existing.status.requested_by !== act.principal) return refuse('call_id_conflict', 'It is not yours.')
  ${REPEAT}`,
      },
    ],
  },
  {
    id: 'integers-are-compared-as-doubles',
    requirement: 'call.repeat-equality',
    title: 'Integers beyond 2^53 that differ by one are taken for equal.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace:
          'isEqualJson(stringify(existing.spec).replaceAll(/(?<=[:[,])-?\\d{16,}(?=[,}\\]])/g, (digits) => String(Number(digits))), stringify(storedSpec(request.spec)).replaceAll(/(?<=[:[,])-?\\d{16,}(?=[,}\\]])/g, (digits) => String(Number(digits))))',
      },
    ],
  },
  {
    id: 'order-of-members-matters',
    requirement: 'call.repeat-equality',
    title: 'Specs whose members stand in another order are taken for different.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace: 'stringify(existing.spec) === stringify(storedSpec(request.spec))',
      },
    ],
  },
  {
    id: 'unicode-forms-are-equal',
    requirement: 'call.repeat-equality',
    title: 'Texts in different Unicode forms are taken for equal.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace:
          "isEqualJson(stringify(existing.spec).normalize('NFC'), stringify(storedSpec(request.spec)).normalize('NFC'))",
      },
    ],
  },
  {
    id: 'null-in-opaque-values-is-absent',
    requirement: 'call.repeat-equality',
    title: 'Specs that differ in null members of opaque values are taken for equal.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace: `isEqualJson(stringify(existing.spec).replaceAll(/(?<=\\{)"[^"]*":null(?=\\})/g, ''), stringify(storedSpec(request.spec)).replaceAll(/(?<=\\{)"[^"]*":null(?=\\})/g, ''))`,
      },
    ],
  },
  {
    id: 'numbers-are-compared-as-they-are-written',
    requirement: 'call.repeat-equality',
    title: '1.0 and 1 are taken for different.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace:
          'isEqualJson(stringify(existing.spec).replaceAll(/(?<=[:[,])-?\\d[\\d.eE+-]*(?=[,}\\]])/g, \'"$&"\'), stringify(storedSpec(request.spec)).replaceAll(/(?<=[:[,])-?\\d[\\d.eE+-]*(?=[,}\\]])/g, \'"$&"\'))',
      },
    ],
  },
  {
    id: 'bot-token-is-part-of-the-call',
    requirement: 'call.repeat-equality',
    title: 'A repeat that brings a bot token is compared with a call that has none.',
    patches: [
      {
        file: 'reference-server/src/capabilities.ts',
        find: "'quorum'],",
        replace: "'quorum', 'slack'],",
      },
      {
        file: CREATION,
        find: EQUALITY,
        replace: EQUALITY.replace('storedSpec(request.spec)', 'request.spec'),
      },
    ],
  },
  {
    id: 'repeat-forgets-the-escalations',
    requirement: 'call.repeat-causes-nothing',
    title: 'A repeated creation empties the list of escalations.',
    patches: [
      {
        file: CREATION,
        find: "? { ok: true, next: existing, events: [] }\n    : refuse(\n        'call_id_conflict'",
        replace:
          "? { ok: true, next: { ...existing, status: { ...existing.status, escalations: [] } }, events: [] }\n    : refuse(\n        'call_id_conflict'",
      },
    ],
  },
  {
    id: 'repeat-gives-more-time',
    requirement: 'call.repeat-causes-nothing',
    title: 'A repeated creation counts expires_in_seconds from the repeat.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: REPEAT,
        replace: `if (existing && existing.spec.expires_in_seconds !== undefined && existing.status.state === 'pending') {
    const same = repeat(existing, request)
    if (same.ok) return { ...same, next: { ...existing, status: { ...existing.status, expires_at: new Date(act.now.getTime() + existing.spec.expires_in_seconds * 1000).toISOString() } } }
  }
  ${REPEAT}`,
      },
    ],
  },
  {
    id: 'another-run-is-the-same-call',
    requirement: 'call.id-conflict',
    title: 'A creation under a taken call_id in another run is taken for a repeat.',
    patches: [{ file: CREATION, find: 'existing.run_id === request.run_id &&', replace: '' }],
  },
  {
    id: 'state-is-no-part-of-the-call',
    requirement: 'call.id-conflict',
    title: 'Calls that differ only in their state are taken for equal.',
    patches: [
      {
        file: CREATION,
        find: EQUALITY,
        replace:
          'isEqualJson(stringify({ ...existing.spec, state: undefined }), stringify({ ...storedSpec(request.spec), state: undefined }))',
      },
    ],
  },
  {
    id: 'conflict-is-answered-with-the-call',
    requirement: 'call.id-conflict',
    title: 'A creation under a taken call_id is answered with 200 and the existing call.',
    patches: [
      {
        file: CREATION,
        find: 'return same\n    ? { ok: true, next: existing, events: [] }',
        replace: 'return same || true\n    ? { ok: true, next: existing, events: [] }',
      },
    ],
  },
  {
    id: 'conflict-names-the-run',
    requirement: 'call.id-conflict-leaks-nothing',
    title: 'The refusal of a taken id names the run of the existing call.',
    patches: [
      {
        file: CREATION,
        find: 'belongs to a call that was asked differently.`',
        replace: 'belongs to a call of ${existing.run_id} that was asked differently.`',
      },
    ],
  },
  {
    id: 'conflict-shows-the-status',
    requirement: 'call.id-conflict-leaks-nothing',
    title: 'The refusal of a taken id shows the status of the existing call.',
    patches: [
      {
        file: CREATION,
        find: `    : refuse(
        'call_id_conflict',
        \`The call_id "\${request.call_id}" belongs to a call that was asked differently.\`,
      )`,
        replace: `    : { ok: false, refusal: { code: 'call_id_conflict', detail: 'It is taken.', winning_status: existing.status }, events: [] }`,
      },
    ],
  },
  {
    id: 'what-is-offered-is-checked-before-the-repeat',
    requirement: 'call.repeat-first',
    title: 'A repeated function call is refused when a new one would be.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: REPEAT,
        replace:
          "if (existing) return refusalToCreate<FunctionCall>(request, undefined, '', act) ?? repeat(existing, request)",
      },
    ],
  },
  {
    id: 'time-is-checked-before-the-repeat',
    requirement: 'call.repeat-first',
    title: 'The repeated creation of a human contact whose time is over is refused.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: REPEAT,
        replace: `if (existing && request.spec.expires_at !== undefined && Date.parse(request.spec.expires_at) <= act.now.getTime())
    return refuse('invalid_request', 'The call would expire before it is asked.', [{ pointer: '/spec/expires_at', detail: 'It is over.' }])
  ${REPEAT}`,
      },
    ],
  },
  {
    id: 'creations-check-then-act',
    requirement: 'call.concurrent-creates',
    title: 'Whether a call exists is looked up before the transaction that inserts it.',
    patches: [
      {
        file: CALLS,
        find: `  return settle(
    await kind.calls.update(
      principal.project_id,
      request.call_id,
      (existing, now) => {`,
        replace: `  const found = await kind.calls.find(principal.project_id, request.call_id)
  const existing = found && kind.calls.parse(found)
  await new Promise((resolve) => setTimeout(resolve, 1))
  return settle(
    await kind.calls.update(
      principal.project_id,
      request.call_id,
      (_current, now) => {`,
      },
    ],
  },
  {
    id: 'repeat-while-creating-is-a-conflict',
    requirement: 'call.concurrent-creates',
    title: 'A creation that arrives while an equal one is under way is refused.',
    patches: [
      {
        file: CALLS,
        find: '  const schema_faults = faultsOfSchemas(request.spec, deps.limits)',
        replace: `  const name = kind.name + principal.project_id + request.call_id
  if (underWay.has(name)) throw new Problem('call_id_conflict', 'It is being created.')
  underWay.add(name)
  setTimeout(() => underWay.delete(name), 1)
  const schema_faults = faultsOfSchemas(request.spec, deps.limits)`,
      },
      {
        file: CALLS,
        find: '/** Creates a call, or finds the same call asked before. */',
        replace: 'const underWay = new Set<string>()\n',
      },
    ],
    roots: ['call.repeat-returns-existing'],
  },
  {
    id: 'every-concurrent-creation-is-the-first',
    requirement: 'call.concurrent-creates',
    title: 'Equal creations that are under way at the same time are all answered with 201.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const { call, changed } = await createCall(kind, deps, exchange.principal, request)',
        replace: `const name = kind.name + exchange.principal.project_id + request.call_id
      const others = underWay.get(name) ?? 0
      underWay.set(name, others + 1)
      const made = await createCall(kind, deps, exchange.principal, request).finally(() => underWay.set(name, underWay.get(name)! - 1))
      const { call, changed } = { ...made, changed: made.changed || others > 0 }`,
      },
      {
        file: HTTP_CALLS,
        find: '/** The six operations of one kind of call. */',
        replace: 'const underWay = new Map<string, number>()\n',
      },
    ],
    roots: ['call.repeat-returns-existing'],
  },
  {
    id: 'one-id-for-both-kinds',
    requirement: 'call.kinds-apart',
    title: 'A call_id that a function call has is refused for a human contact, and the other way round.',
    patches: [
      {
        file: CALLS,
        find: '  const schema_faults = faultsOfSchemas(request.spec, deps.limits)',
        replace: `  const others = kind.name === 'function_call' ? deps.store.humanContacts : deps.store.functionCalls
  if (await others.find(principal.project_id, request.call_id)) throw new Problem('call_id_conflict', 'It is taken.')
  const schema_faults = faultsOfSchemas(request.spec, deps.limits)`,
      },
    ],
  },
  {
    id: 'cancelled-id-is-free-again',
    requirement: 'call.ids-forever',
    title: 'The id of a cancelled function call can be used for another one.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: REPEAT,
        replace: `if (existing && existing.status.state !== 'cancelled') return repeat(existing, request)`,
      },
    ],
    roots: ['call.spec-immutable'],
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

const cancelling: readonly Mutant[] = [
  {
    id: 'cancellation-needs-a-body',
    requirement: 'call.cancel',
    title: 'A cancellation without a body is refused.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const cancellation = parseOptionalBody(exchange,',
        replace: 'const cancellation = parseBody(exchange,',
      },
    ],
  },
  {
    id: 'cancelled-human-contact-is-answered',
    requirement: 'call.cancel',
    title: 'A cancelled human contact is in the state "closed".',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "state: 'cancelled',\n",
        replace: "state: 'closed',\n",
      },
    ],
  },
  {
    id: 'end-of-a-cancelled-human-contact-is-not-shown',
    requirement: 'call.terminal-times',
    title: 'A cancelled human contact shows no completed_at.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '        completed_at: act.now.toISOString(),\n',
        replace: '',
      },
    ],
  },
  {
    id: 'end-of-a-cancelled-call-is-its-beginning',
    requirement: 'call.terminal-times',
    title: 'A cancelled function call shows the time of its creation as that of its end.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: `        comment,
        completed_at: act.now.toISOString(),`,
        replace: `        comment,
        completed_at: call.status.requested_at,`,
      },
    ],
  },
  {
    id: 'cancellation-counts-as-an-answer',
    requirement: 'call.terminal-times',
    title: 'A cancelled function call shows a responded_at.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: `        comment,
        completed_at: act.now.toISOString(),`,
        replace: `        comment,
        responded_at: act.now.toISOString(),
        completed_at: act.now.toISOString(),`,
      },
    ],
  },
  {
    id: 'second-cancellation-is-refused',
    requirement: 'call.cancel-again',
    title: 'To cancel a cancelled call again is a conflict.',
    patches: [
      {
        file: CALL,
        find: "if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }",
        replace: '',
      },
    ],
  },
  {
    id: 'second-cancellation-gives-the-reason',
    requirement: 'call.cancel-again',
    title: 'To cancel a cancelled function call again replaces the comment.',
    patches: [
      {
        file: CALL,
        find: "if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }",
        replace:
          "if (call.status.state === 'cancelled') return { ok: true, next: cancellation.comment === undefined ? call : cancelNow(cancellation.comment), events: [] }",
      },
    ],
    roots: ['function-call.first-answer-wins'],
  },
  {
    id: 'late-cancellation-is-answered-with-the-call',
    requirement: 'call.cancel-too-late',
    title: 'To cancel an answered call is answered with 200 and the call.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }

  const comment`,
      },
    ],
  },
  {
    id: 'late-cancellation-does-not-see-the-answer',
    requirement: 'call.cancel-too-late',
    title: 'The refusal of a late cancellation does not show the status that won.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (call.status.state !== 'pending') {
    const { refusal } = alreadyTerminal(call) as { refusal: { code: ProblemCode } }
    return refuse(refusal.code, 'It is too late.')
  }

  const comment`,
      },
    ],
  },
  {
    id: 'denied-call-can-be-cancelled',
    requirement: 'call.cancel-too-late',
    title: 'A denied function call can still be cancelled.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (!['pending', 'denied'].includes(call.status.state)) return alreadyTerminal(call)

  const comment`,
      },
    ],
    roots: ['function-call.first-answer-wins', 'function-call.terminal-comment', 'call.terminal-times'],
  },
  {
    id: 'cancellation-acts-on-what-it-read-before',
    requirement: 'call.cancel-against-answer',
    title: 'A cancellation looks at the call before its transaction, so that it can undo an answer.',
    patches: [
      {
        file: HTTP_CALLS,
        find: `      await getCall(kind, exchange.principal, idOf(exchange))
      const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)`,
        replace: `      const seen = kind.calls.parse(await getCall(kind, exchange.principal, idOf(exchange)))
      await new Promise((resolve) => setTimeout(resolve, 1))
      const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)`,
      },
      {
        file: HTTP_CALLS,
        find: `(pending, now) =>
        kind.cancel(pending, cancellation,`,
        replace: `(_pending, now) =>
        kind.cancel(seen, cancellation,`,
      },
    ],
  },
  {
    id: 'answer-acts-on-what-it-read-before',
    requirement: 'call.cancel-against-answer',
    title: 'An answer looks at the call before its transaction, so that it can undo a cancellation.',
    patches: [
      {
        file: CALLS,
        find: '  return changeCall(kind, principal, call_id, (call, now) =>\n    kind.respond(call, response,',
        replace: `  await new Promise((resolve) => setTimeout(resolve, 1))
  return changeCall(kind, principal, call_id, (_call, now) =>
    kind.respond(asked, response,`,
      },
    ],
    roots: ['function-call.one-winner', 'human-contact.one-winner'],
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
  ...repeats,
  ...reading,
  ...cancelling,
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
