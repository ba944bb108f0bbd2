import type { Mutant } from '../mutation.ts'

const PARSE = 'protocol/src/json/parse.ts'
const VALIDATE = 'protocol/src/validate.ts'
const ESCALATION = 'protocol/src/transitions/escalation.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const REQUEST_BODY = 'protocol/src/http/request-body.ts'
const BODY = 'reference-server/src/http/body.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'

/** Servers that take bodies which they have to refuse. */
export const jsonMutants: readonly Mutant[] = [
  {
    id: 'text-behind-json-is-ignored',
    requirement: 'json.malformed',
    title: 'Whatever stands behind the last bracket of a body is not looked at.',
    patches: [
      {
        file: PARSE,
        find: 'value = JSON.parse(text)',
        replace: "value = JSON.parse(text.replace(/\\}[^}\\]\"]*$/, '}'))",
      },
    ],
  },
  {
    id: 'malformed-cancellation-is-taken-for-none',
    requirement: 'json.malformed',
    title: 'A cancellation whose body cannot be parsed is taken for one without a body.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)',
        replace: `let cancellation: Cancellation = {}
      try {
        cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)
      } catch (error) {
        if (!(error as Error).message.startsWith('The body is not JSON')) throw error
      }`,
      },
    ],
  },
  {
    id: 'invalid-utf-8-becomes-replacement-characters',
    requirement: 'json.utf-8',
    title: 'Bytes that are no UTF-8 become U+FFFD.',
    patches: [{ file: BODY, find: 'fatal: true', replace: 'fatal: false' }],
  },
  {
    id: 'invalid-utf-8-is-read-as-latin-1',
    requirement: 'json.utf-8',
    title: 'A body that is no UTF-8 is taken for Latin-1.',
    patches: [
      {
        file: BODY,
        find: '    return undefined\n',
        replace: "    return body[0] === 0x7b ? body.toString('latin1') : undefined\n",
      },
    ],
  },
  {
    id: 'duplicates-are-seen-near-the-root-only',
    requirement: 'json.duplicate-members',
    title: 'A member that stands twice further down than the spec is not noticed.',
    patches: [
      {
        file: PARSE,
        find: 'if (names.has(name))',
        replace: 'if (names.has(name) && this.#trail.length < 3)',
      },
    ],
  },
  {
    id: 'duplicates-are-compared-as-written',
    requirement: 'json.duplicate-members',
    title: 'A member that stands twice is not noticed when its name is escaped the second time.',
    patches: [
      {
        file: PARSE,
        find: 'if (names.has(name))',
        replace:
          'if (names.has(name) && this.#text.slice(this.#at - name.length - 1, this.#at - 1) === name)',
      },
    ],
  },
  {
    id: 'lone-surrogates-are-taken',
    requirement: 'json.lone-surrogates',
    title: 'Strings with lone surrogates are kept.',
    patches: [{ file: PARSE, find: '!value.isWellFormed()', replace: 'false' }],
  },
  {
    id: 'lone-surrogates-in-names-are-taken',
    requirement: 'json.lone-surrogates',
    title: 'Lone surrogates are looked for in values and not in names.',
    patches: [
      {
        file: PARSE,
        find: '!value.isWellFormed()',
        replace: "!value.isWellFormed() && this.#text[this.#at] !== ':'",
      },
    ],
  },
  {
    id: 'depth-is-off-by-one',
    requirement: 'json.depth',
    title: 'A body may nest one level deeper than the limit.',
    patches: [
      { file: PARSE, find: 'if (depth > this.#maxDepth)', replace: 'if (depth > this.#maxDepth + 1)' },
    ],
  },
  {
    id: 'depth-counts-no-lists',
    requirement: 'json.depth',
    title: 'Only objects count as levels, so that lists nest as deep as they like.',
    patches: [
      {
        file: PARSE,
        find: 'this.#checkDepth(depth)\n    this.#at++\n    if (this.#closes(CLOSE_ARRAY)) return',
        replace: 'this.#at++\n    if (this.#closes(CLOSE_ARRAY)) return',
      },
    ],
  },
  {
    id: 'negative-numbers-have-no-range',
    requirement: 'json.number-range',
    title: 'Only positive numbers beyond the range of a double are refused.',
    patches: [
      {
        file: PARSE,
        find: '!Number.isFinite(Number(literal))',
        replace: 'Number(literal) === Number.POSITIVE_INFINITY',
      },
    ],
  },
  {
    id: 'body-of-exactly-the-limit-is-refused',
    requirement: 'json.body-limit',
    title: 'A body has to be smaller than the limit.',
    patches: [{ file: BODY, find: 'if (announced > limit)', replace: 'if (announced >= limit)' }],
  },
  {
    id: 'chunked-bodies-have-no-limit',
    requirement: 'json.body-limit',
    title: 'The limit of a body is checked against its Content-Length alone.',
    patches: [
      {
        file: BODY,
        find: 'if (size <= limit) chunks.push(chunk)',
        replace: 'if (size <= limit || announced === 0) chunks.push(chunk)',
      },
    ],
  },
  {
    id: 'only-the-first-wrong-place-is-named',
    requirement: 'json.shape',
    title: 'Of several wrong places one is named.',
    patches: [
      {
        file: 'protocol/src/http/request-body.ts',
        find: 'errors: validated.faults }',
        replace: 'errors: validated.faults.slice(0, 1) }',
      },
    ],
  },
  {
    id: 'escalation-message-may-be-empty',
    requirement: 'json.shape',
    title: 'An escalation with an empty message is taken.',
    patches: [
      {
        file: 'protocol/src/schemas/escalation.ts',
        find: 'escalation_msg: Type.String({\n    minLength: 1,',
        replace: 'escalation_msg: Type.String({\n    minLength: 0,',
      },
    ],
  },
  {
    id: 'nulls-far-down-are-not-absent',
    requirement: 'json.null-is-absent',
    title: 'A null member is absent in the spec and has the wrong type further down.',
    patches: [
      {
        file: VALIDATE,
        find: 'if (member === null && !Array.isArray(value))',
        replace: 'if (member === null && !Array.isArray(value) && trail.length < 2)',
      },
    ],
  },
  {
    id: 'comments-may-hold-nul',
    requirement: 'json.nul',
    title: 'U+0000 is taken in comments.',
    patches: [
      {
        file: VALIDATE,
        find: "if (value.includes('\\0') && faults",
        replace: "if (value.includes('\\0') && trail.at(-1) !== 'comment' && faults",
      },
    ],
  },
  {
    id: 'late-escalation-is-refused-and-recorded',
    requirement: 'json.refused-leaves-nothing',
    title: 'The escalation of a terminal call is refused with 409 and recorded all the same.',
    patches: [
      {
        file: ESCALATION,
        find: "if (call.status.state !== 'pending') return alreadyTerminal(call)\n  if (recorded.length",
        replace: `if (call.status.state !== 'pending') {
    const late = { ...asked, escalated_at: act.now.toISOString(), escalated_by: act.principal }
    return {
      ...alreadyTerminal(call),
      next: { ...call, status: { ...call.status, escalations: [...recorded, late] } },
    }
  }
  if (recorded.length`,
      },
    ],
  },
  {
    id: 'refused-creation-keeps-its-id',
    requirement: 'json.refused-leaves-nothing',
    title: 'A function call that requires an unknown feature is refused and stored.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'if (refusal) return refusal\n',
        replace:
          "if (refusal && !('refusal' in refusal && refusal.refusal.code === 'unsupported_feature')) return refusal\n",
      },
      {
        file: FUNCTION_CALL,
        find: "if (!policy || policy.effect === 'ask') return { ok: true, next, events: [requested] }",
        replace: 'return refusal ? { ...refusal, next } : { ok: true, next, events: [requested] }',
      },
    ],
  },
  {
    id: 'bodies-in-chunks-are-empty',
    requirement: 'json.body-limit',
    title: 'The body of an answer, a cancellation or an escalation that comes in chunks is taken for empty.',
    patches: [
      {
        file: BODY,
        find: "  const announced = Number(request.headers['content-length'] ?? 0)",
        replace: `  if (request.headers['transfer-encoding'] && /(respond|cancel|escalate)$/.test(request.url ?? '')) {
    request.resume()
    return Buffer.alloc(0)
  }
  const announced = Number(request.headers['content-length'] ?? 0)`,
      },
    ],
  },
  {
    id: 'timers-have-less-room',
    requirement: 'json.body-limit',
    title: 'Timers of more than 50 kB are refused, whatever the limit says.',
    patches: [
      {
        file: BODY,
        find: "  const announced = Number(request.headers['content-length'] ?? 0)",
        replace: `  if (/^\\/v1\\/timers/.test(request.url ?? '')) limit = 51_200
  const announced = Number(request.headers['content-length'] ?? 0)`,
      },
    ],
  },
  {
    id: 'reports-of-usage-may-have-duplicates',
    requirement: 'json.duplicate-members',
    title: 'In a report of usage the last of two members of the same name counts.',
    patches: [
      {
        file: REQUEST_BODY,
        find: '  const parsed = parseJson(text, opaquePlaces(schema), json_depth)',
        replace: `  const plain = () => {
    try {
      return { ok: true as const, value: JSON.parse(text) as unknown }
    } catch {
      return undefined
    }
  }
  const parsed = (schema.$id === 'Usage' ? plain() : undefined) ?? parseJson(text, opaquePlaces(schema), json_depth)`,
      },
    ],
  },
  {
    id: 'null-in-a-run-is-refused',
    requirement: 'json.null-is-absent',
    title: 'Null is refused in a run and in a report of usage.',
    patches: [
      {
        file: VALIDATE,
        find: `  normalise(document, [], faults)

`,
        replace: `  if (['Usage', 'CreateRun'].includes(String(schema.$id)) && typeof document === 'object' && document !== null)
    for (const [name, member] of Object.entries(document))
      if (member === null) faults.push({ pointer: pointerOf([name]), detail: 'Not null.' })
  normalise(document, [], faults)

`,
      },
    ],
  },
]
