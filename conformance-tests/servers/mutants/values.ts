import type { Mutant } from '../mutation.ts'

const PARSE = 'protocol/src/json/parse.ts'
const VALIDATE = 'protocol/src/validate.ts'
const PRIMITIVES = 'protocol/src/schemas/primitives.ts'
const CALL = 'protocol/src/transitions/call.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const BODY = 'reference-server/src/http/body.ts'
const REQUEST_BODY = 'protocol/src/http/request-body.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'

/** What becomes of an opaque value where the server takes it out of the body. */
const RAW = 'raw: new RawJson(this.#text.slice(start, this.#at))'
const rawAs = (change: string) => ({
  file: PARSE,
  find: RAW,
  replace: `raw: new RawJson((${change})(this.#text.slice(start, this.#at)))`,
})

export const valueMutants: readonly Mutant[] = [
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
        file: REQUEST_BODY,
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
        file: CALL,
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
      { file: FUNCTION_CALL, find: 'if (refusal) return refusal\n', replace: '' },
      {
        file: FUNCTION_CALL,
        find: "return { ok: true, next, events: [{ type: 'requested', principal: act.principal }] }",
        replace:
          "return refusal ? { ...refusal, next } : { ok: true, next, events: [{ type: 'requested', principal: act.principal }] }",
      },
    ],
  },
  {
    id: 'integers-become-doubles',
    requirement: 'opaque.values-kept',
    title: 'Integers of opaque values lose what a double cannot hold.',
    patches: [
      rawAs(
        '(text: string) => text.replace(/(?<=[:[,]\\s*)-?\\d{17,}/g, (digits) => Number.isFinite(Number(digits)) ? BigInt(Number(digits)).toString() : digits)',
      ),
    ],
  },
  {
    id: 'opaque-text-is-normalised',
    requirement: 'opaque.values-kept',
    title: 'Strings in opaque values are brought into the normal form NFC.',
    patches: [
      rawAs('(text: string) => text.replaceAll(/"[^"\\\\]*"(?!\\s*:)/g, (string) => string.normalize())'),
    ],
  },
  {
    id: 'nulls-in-opaque-values-are-dropped',
    requirement: 'opaque.values-kept',
    title: 'Null members of opaque values are taken for absent ones.',
    patches: [rawAs('(text: string) => text.replaceAll(/"[^"]*":null,/g, \'\')')],
  },
  {
    id: 'long-strings-are-cut',
    requirement: 'opaque.values-kept',
    title: 'Strings in opaque values are cut at 16 KiB.',
    patches: [rawAs('(text: string) => text.replaceAll(/("[^"\\\\]{16384})[^"\\\\]+"/g, \'$1"\')')],
  },
  {
    id: 'body-is-decoded-piece-by-piece',
    requirement: 'opaque.values-kept',
    title: 'A large body is decoded as it comes in, and characters on the seams are lost.',
    patches: [
      {
        file: BODY,
        find: 'resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))',
        replace: "resolve(Buffer.from(chunks.map((chunk) => chunk.toString()).join('')))",
      },
    ],
  },
  {
    id: 'edited-arguments-are-parsed-and-written-again',
    requirement: 'opaque.values-kept',
    title: 'Edited arguments go through JavaScript numbers.',
    roots: ['function-call.edit-recorded'],
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'edited_kwargs: response.edited_kwargs ?? null,',
        replace:
          'edited_kwargs: (response.edited_kwargs && JSON.parse(response.edited_kwargs.text)) ?? null,',
      },
    ],
  },
  {
    id: 'names-that-look-like-numbers-come-first',
    requirement: 'opaque.order-kept',
    title: 'Opaque objects go through JavaScript objects, which sort names that look like numbers.',
    patches: [
      rawAs(
        '(text: string) => /\\d{16}|__proto__|[eE][+-]|\\\\u0000/.test(text) ? text : JSON.stringify(JSON.parse(text))',
      ),
    ],
  },
  {
    id: 'ids-may-be-longer-by-one',
    requirement: 'id.pattern',
    title: 'Ids of 129 characters are taken.',
    patches: [{ file: PRIMITIVES, find: '{0,127}$', replace: '{0,128}$' }],
  },
  {
    id: 'ids-may-end-in-a-line-feed',
    requirement: 'id.pattern',
    title: 'An id may have a line feed behind it.',
    patches: [{ file: PRIMITIVES, find: '{0,127}$', replace: '{0,127}\\\\n?$' }],
  },
  {
    id: 'plus-in-a-path-is-a-space',
    requirement: 'id.pattern',
    title: 'A plus sign in a path is decoded as in a form.',
    patches: [
      {
        file: HTTP_CALLS,
        find: "return params['call_id']!",
        replace: "return params['call_id']!.replaceAll('+', ' ')",
      },
    ],
  },
  {
    id: 'call-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'Call ids that differ in case name the same call.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'status from ${table} where project_id = ? and call_id = ?`',
        replace: 'status from ${table} where project_id = ? and call_id = ? collate nocase`',
      },
    ],
  },
  {
    id: 'run-ids-are-case-folded',
    requirement: 'id.case-sensitive',
    title: 'A list takes runs whose ids differ in case for one.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: 'conditions.push(`${column} = ?`)',
        replace: 'conditions.push(`${column} = ? collate nocase`)',
      },
    ],
  },
  {
    id: 'requested-at-has-an-offset',
    requirement: 'time.format',
    title: 'The time of a creation ends in +00:00.',
    patches: [
      {
        file: CALL,
        find: 'requested_at: act.now.toISOString(),',
        replace: "requested_at: act.now.toISOString().replace('Z', '+00:00'),",
      },
    ],
  },
  {
    id: 'escalated-at-is-a-number',
    requirement: 'time.format',
    title: 'The time of an escalation is a number of milliseconds.',
    patches: [
      {
        file: CALL,
        find: 'escalated_at: act.now.toISOString(),',
        replace: 'escalated_at: act.now.getTime() as unknown as string,',
      },
    ],
  },
  {
    id: 'offsets-are-taken',
    requirement: 'time.input',
    title: 'An instant may have an offset in place of Z.',
    patches: [
      { file: PRIMITIVES, find: '(\\.\\d{1,9})?Z$/', replace: '(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)$/' },
      { file: PRIMITIVES, find: "pattern: 'Z$',", replace: "pattern: '[Z0-9]$'," },
    ],
  },
  {
    id: 'days-beyond-the-calendar-are-taken',
    requirement: 'time.input',
    title: '30 February is taken for 2 March.',
    patches: [
      {
        file: PRIMITIVES,
        find: 'return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text.slice(0, 19))',
        replace: 'return !Number.isNaN(time)',
      },
    ],
  },
]
