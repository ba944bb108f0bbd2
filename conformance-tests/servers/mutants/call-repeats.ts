import type { Mutant } from '../mutation.ts'

const CREATION = 'protocol/src/transitions/creation.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const CALLS = 'reference-server/src/calls.ts'
const EQUALITY = 'isEqualJson(stringify(existing.spec), stringify(storedSpec(request.spec)))'
const REPEAT = 'if (existing) return repeat(existing, request)'

/** Servers that take a repeat for something new, or something new for a repeat. */
export const callRepeatMutants: readonly Mutant[] = [
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
