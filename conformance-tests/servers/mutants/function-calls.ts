import type { Mutant } from '../mutation.ts'
import { CALL, ANSWER, CREATION, CALLS, FUNCTION_CALL, VALIDATE } from './sources.ts'

/** The place where an answer meets a decided function call. */
const LATER_ANSWER =
  "    if (call.status.state !== 'pending' || places.size === 0) return repeatedOrTerminal(call, isRepeated)"

export const functionCallMutants: readonly Mutant[] = [
  {
    id: 'new-function-call-has-empty-comment',
    requirement: 'function-call.starts-pending',
    title: 'A new function call has the empty string as its comment.',
    patches: [{ file: FUNCTION_CALL, find: 'comment: null,\n', replace: "comment: '',\n" }],
  },
  {
    id: 'agent-may-send-the-status',
    requirement: 'function-call.starts-pending',
    title: 'A status that the agent sends with the creation is spread over the pending one.',
    patches: [
      {
        file: VALIDATE,
        find: 'return { ok: true, value: Value.Clean(schema, document) as Static<S> }',
        replace:
          "const sent = (document as Record<string, unknown>)['status']\n  return { ok: true, value: { ...(Value.Clean(schema, document) as object), ...(sent ? { status: sent } : {}) } as Static<S> }",
      },
      {
        file: FUNCTION_CALL,
        find: '      ...status,\n',
        replace:
          "      ...status,\n      ...((request as unknown as Record<string, object>)['status'] ?? {}),\n",
      },
    ],
  },
  {
    id: 'cancelled-function-call-is-undecided',
    requirement: 'function-call.approved-mirrors-state',
    title: 'A cancelled function call shows approved as null.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "        state: 'cancelled',\n        approved: false,\n",
        replace: "        state: 'cancelled',\n        approved: null,\n",
      },
    ],
  },
  {
    id: 'denied-function-call-is-undecided',
    requirement: 'function-call.approved-mirrors-state',
    title: 'A denial leaves approved as null, as if nobody had answered.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      approved: answer.approved,\n',
        replace: '      approved: answer.approved || null,\n',
      },
    ],
  },
  {
    id: 'expired-function-call-is-undecided',
    requirement: 'function-call.approved-mirrors-state',
    title: 'An expired function call shows approved as null.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "      state: 'expired',\n      approved: false,\n",
        replace: "      state: 'expired',\n      approved: null,\n",
      },
    ],
  },
  {
    id: 'silent-approval-has-no-comment',
    requirement: 'function-call.terminal-comment',
    title: 'The comment of an answer without one is null.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      comment: answer.comment,\n',
        replace: '      comment: (answer.comment || null) as string,\n',
      },
    ],
  },
  {
    id: 'silent-cancellation-has-no-comment',
    requirement: 'function-call.terminal-comment',
    title: 'A function call that was cancelled without a comment has none.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '        comment,\n        completed_at: act.now',
        replace:
          "        comment: comment === 'Cancelled by the agent.' ? null : comment,\n        completed_at: act.now",
      },
    ],
  },
  {
    id: 'expired-function-call-has-no-comment',
    requirement: 'function-call.terminal-comment',
    title: 'A function call that expired without a default comment has none.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "call.spec.on_expire?.comment ?? 'Nobody answered in time.'",
        replace: 'call.spec.on_expire?.comment ?? null',
      },
    ],
  },
  {
    id: 'comment-is-trimmed',
    requirement: 'function-call.respond-decides',
    title: 'White space at the ends of a comment is cut off.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'comment: response.comment ?? (option',
        replace: 'comment: response.comment?.trim() ?? (option',
      },
    ],
  },
  {
    id: 'option-outweighs-the-comment',
    requirement: 'function-call.respond-decides',
    title: 'The text of a reject option replaces the comment that the person wrote.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "comment: response.comment ?? (option ? optionText(option) : ''),",
        replace: "comment: option ? optionText(option) : (response.comment ?? ''),",
      },
    ],
  },
  {
    id: 'comment-is-cut',
    requirement: 'function-call.respond-decides',
    title: 'A comment is cut after 16384 characters.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'comment: response.comment ?? (option',
        replace: 'comment: response.comment?.slice(0, 16_384) ?? (option',
      },
    ],
  },
  {
    id: 'decision-forgets-its-option',
    requirement: 'function-call.respond-decides',
    title: 'The chosen reject option is recorded with the answer and missing from the status.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      reject_option_name: answer.reject_option_name,\n',
        replace: '',
      },
    ],
  },
  {
    id: 'decision-has-no-responder',
    requirement: 'function-call.respond-decides',
    title: 'The status does not say who decided.',
    patches: [{ file: FUNCTION_CALL, find: '      responder: answer.responder,\n', replace: '' }],
  },
  {
    id: 'decision-was-made-when-asked',
    requirement: 'function-call.respond-decides',
    title: 'The times of a decision are those of the request.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      responded_at: answer.responded_at,\n',
        replace: '      responded_at: call.status.requested_at,\n',
      },
    ],
  },
  {
    id: 'decided-function-call-is-not-completed',
    requirement: 'function-call.respond-decides',
    title: 'A decided function call has no completed_at.',
    patches: [{ file: FUNCTION_CALL, find: '      completed_at: answer.responded_at,\n', replace: '' }],
    roots: ['call.terminal-times'],
  },
  {
    id: 'denial-can-be-overturned',
    requirement: 'function-call.first-answer-wins',
    title: 'A denied function call takes another answer; an approved one does not.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: LATER_ANSWER,
        replace:
          "    if (!['pending', 'denied'].includes(call.status.state)) return repeatedOrTerminal(call, isRepeated)",
      },
    ],
  },
  {
    id: 'late-answer-is-refused-and-stored',
    requirement: 'function-call.first-answer-wins',
    title: 'A different second answer is refused, and its comment and decision are stored all the same.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      if (later.ok) return later
      const { comment, approved, responder, responded_at } = answer
      return { ...later, next: { ...call, status: { ...call.status, comment, approved, responder, responded_at, responses: [answer], state: approved ? 'approved' : 'denied' } } }
    }`,
      },
    ],
  },
  {
    id: 'late-answer-is-refused-and-listed',
    requirement: 'function-call.first-answer-wins',
    title: 'A refused answer is added to the responses.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      return later.ok ? later : { ...later, next: { ...call, status: { ...call.status, responses: [...call.status.responses, answer] } } }
    }`,
      },
    ],
  },
  {
    id: 'same-answer-by-another-takes-over',
    requirement: 'function-call.first-answer-wins',
    title: 'Somebody else who says the same becomes the responder.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      const same = call.status.responses.some((given) => isSameAnswer({ ...given, responder: answer.responder }, answer))
      return later.ok || !same ? later : { ...later, next: { ...call, status: { ...call.status, responder: answer.responder } } }
    }`,
      },
    ],
  },
  {
    id: 'refused-cancellation-cancels',
    requirement: 'function-call.first-answer-wins',
    title: 'The cancellation of a decided call is refused and carried out.',
    patches: [
      {
        file: CALL,
        find: "  if (call.status.state !== 'pending') return alreadyTerminal(call)\n\n  const comment",
        replace:
          "  if (call.status.state !== 'pending')\n    return { ...alreadyTerminal(call), next: cancelNow(cancellation.comment ?? '') }\n\n  const comment",
      },
    ],
  },
  {
    id: 'decided-call-expires',
    requirement: 'function-call.first-answer-wins',
    title: 'The time that runs out ends calls that are decided already, as soon as somebody acts on them.',
    patches: [
      {
        file: CALL,
        find: "return state === 'pending' && expires_at !== null &&",
        replace: "return state !== 'expired' && expires_at !== null &&",
      },
    ],
  },
  {
    id: 'late-denial-is-accepted',
    requirement: 'function-call.late-answer-conflict',
    title: 'A different second answer is answered with 200 and the unchanged call.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace: 'repeatedOrTerminal(call, call.status.responses.length > 0)',
      },
    ],
  },
  ...(
    [
      ['comment', '    given.comment === answer.comment &&\n'],
      ['option', '    given.reject_option_name === answer.reject_option_name &&\n'],
      ['responder', '    given.responder.id === answer.responder.id &&\n'],
      ['edits', ' &&\n    isSameValue(given.edited_kwargs ?? null, answer.edited_kwargs ?? null)'],
    ] as const
  ).map(([what, find]): Mutant => ({
    id: `same-answer-ignores-the-${what}`,
    requirement: 'function-call.late-answer-conflict',
    title: `An answer that differs in its ${what} is taken for the same.`,
    patches: [{ file: FUNCTION_CALL, find, replace: '' }],
  })),
  {
    id: 'conflict-shows-no-winner',
    requirement: 'function-call.late-answer-conflict',
    title: 'A refused answer is not shown the status that won.',
    patches: [{ file: CALL, find: ', winning_status: call.status },', replace: ' },' }],
    roots: ['call.cancel-too-late'],
  },
  {
    id: 'conflict-shows-half-of-the-winner',
    requirement: 'function-call.late-answer-conflict',
    title: 'The status that won lacks who gave the answer.',
    patches: [
      {
        file: CALL,
        find: 'winning_status: call.status }',
        replace: 'winning_status: { ...call.status, responder: null, responses: [] } }',
      },
    ],
    roots: ['call.cancel-too-late'],
  },
  {
    id: 'same-answer-is-refused',
    requirement: 'function-call.same-answer-again',
    title: 'Every second answer is refused.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace: 'repeatedOrTerminal(call, false)',
      },
    ],
  },
  {
    id: 'same-edits-spelled-otherwise-are-refused',
    requirement: 'function-call.same-answer-again',
    title: 'Edited arguments are the same only when they are spelled the same.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'isSameValue(given.edited_kwargs ?? null, answer.edited_kwargs ?? null)',
        replace: 'given.edited_kwargs?.text === answer.edited_kwargs?.text',
      },
    ],
  },
  {
    id: 'same-answer-is-recorded-twice',
    requirement: 'function-call.same-answer-again',
    title: 'The same answer again is added to the responses.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      return later.ok ? { ...later, next: { ...call, status: { ...call.status, responses: [...call.status.responses, answer] } } } : later
    }`,
      },
    ],
  },
  {
    id: 'same-key-instead-of-same-person',
    requirement: 'function-call.same-answer-again',
    title: 'The same person with another key is somebody else.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '    given.responder.id === answer.responder.id &&\n',
        replace:
          '    given.responder.id === answer.responder.id &&\n    given.responder.asserted_by === answer.responder.asserted_by &&\n',
      },
    ],
  },
  {
    id: 'answer-is-judged-by-a-stale-read',
    requirement: 'function-call.one-winner',
    title: 'Whether a call is decided is looked up before the transaction that writes the answer.',
    patches: [
      {
        file: CALLS,
        find: 'kind.respond(call, response, { now, responder, directory, schema_faults }),',
        replace:
          "kind.respond(asked.status.state === 'pending' ? asked : call, response, { now, responder, directory, schema_faults }),",
      },
    ],
    roots: ['call.cancel-against-answer'],
  },
  {
    id: 'answers-are-not-recorded',
    requirement: 'function-call.responses-recorded',
    title: 'The list of responses stays empty.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      responses,\n',
        replace: '',
      },
    ],
  },
  {
    id: 'recorded-answer-is-that-of-the-asker',
    requirement: 'function-call.responses-recorded',
    title: 'A recorded answer names the key that asked as its responder.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      responses,\n',
        replace:
          '      responses: [...call.status.responses, { ...answer, responder: { ...answer.responder, id: call.status.requested_by } }],\n',
      },
    ],
    roots: ['function-call.same-answer-again'],
  },
  {
    id: 'text-stands-for-approval',
    requirement: 'function-call.respond-shape',
    title: 'An approval may be any JSON value that is not false.',
    patches: [
      {
        file: 'protocol/src/schemas/function-call.ts',
        find: "approved: Type.Boolean({ description: 'Whether the function may run.' }),",
        replace: "approved: Type.Any({ description: 'Whether the function may run.' }),",
      },
      {
        file: FUNCTION_CALL,
        find: '      approved: response.approved,\n',
        replace: '      approved: Boolean(response.approved),\n',
      },
    ],
    roots: ['json.shape'],
  },
  {
    id: 'no-word-is-a-denial',
    requirement: 'function-call.respond-shape',
    title: 'An answer that does not say whether it approves is a denial.',
    patches: [
      {
        file: 'protocol/src/schemas/function-call.ts',
        find: "approved: Type.Boolean({ description: 'Whether the function may run.' }),",
        replace: 'approved: Type.Optional(Type.Boolean()) as unknown as ReturnType<typeof Type.Boolean>,',
      },
      {
        file: FUNCTION_CALL,
        find: '      approved: response.approved,\n',
        replace: '      approved: response.approved ?? false,\n',
      },
    ],
    roots: ['json.shape'],
  },
  {
    id: 'silence-gets-a-comment',
    requirement: 'function-call.comment-default',
    title: 'An answer without a comment gets one that nobody wrote.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "(option ? optionText(option) : ''),",
        replace: "(option ? optionText(option) : response.approved ? '' : 'No reason given.'),",
      },
    ],
  },
  {
    id: 'cancellation-loses-its-comment',
    requirement: 'function-call.cancel-comment',
    title: 'A cancelled function call always has the same comment.',
    patches: [
      {
        file: CALL,
        find: "const comment = cancellation.comment ?? 'Cancelled by the agent.'",
        replace: "const comment = 'Cancelled by the agent.'",
      },
    ],
  },
  {
    id: 'answer-to-cancelled-is-already-responded',
    requirement: 'function-call.respond-to-cancelled',
    title: 'An answer to a cancelled call is refused as already_responded.',
    patches: [
      { file: CALL, find: "        ? 'already_cancelled'", replace: "        ? 'already_responded'" },
    ],
    roots: ['call.escalate-too-late'],
  },
  {
    id: 'cancelled-call-takes-no-notice-of-denials',
    requirement: 'function-call.respond-to-cancelled',
    title: 'A denial of a cancelled function call is answered with 200 and the cancelled call.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace:
          "repeatedOrTerminal(call, isRepeated || (call.status.state === 'cancelled' && !answer.approved))",
      },
    ],
  },
  {
    id: 'option-names-are-case-folded',
    requirement: 'function-call.reject-option-unknown',
    title: 'An option is found whatever the case of its name.',
    patches: [
      {
        file: ANSWER,
        find: 'options?.find((candidate) => candidate.name === name)',
        replace: 'options?.find((candidate) => candidate.name.toLowerCase() === name?.toLowerCase())',
      },
    ],
  },
  {
    id: 'unknown-reject-option-is-free-text',
    requirement: 'function-call.reject-option-unknown',
    title: 'An option that is not offered is accepted when the answer has a comment too.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "if (faults.length > 0) return refuse('unknown_option'",
        replace: "if (faults.length > 0 && response.comment === undefined) return refuse('unknown_option'",
      },
    ],
  },
  {
    id: 'options-are-not-looked-up-where-none-are-offered',
    requirement: 'function-call.reject-option-unknown',
    title: 'Where no options are offered any name is taken.',
    patches: [
      {
        file: ANSWER,
        find: 'if (name === undefined || option) return',
        replace: 'if (name === undefined || option || !options) return',
      },
    ],
  },
  {
    id: 'option-is-found-by-its-title',
    requirement: 'function-call.reject-option-unknown',
    title: 'An option is found by its title as well.',
    patches: [
      {
        file: ANSWER,
        find: 'candidate.name === name)',
        replace: 'candidate.name === name || candidate.title === name)',
      },
    ],
  },
  {
    id: 'approval-may-name-a-reject-option',
    requirement: 'function-call.reject-option-denies',
    title: 'An approval that names a reject option that is offered approves.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'if (response.approved && response.reject_option_name !== undefined)',
        replace: 'if (false as boolean)',
      },
    ],
  },
  {
    id: 'commented-approval-may-name-a-reject-option',
    requirement: 'function-call.reject-option-denies',
    title: 'An approval that names a reject option is refused only when it has no comment.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'if (response.approved && response.reject_option_name !== undefined)',
        replace: 'if (response.approved && response.reject_option_name !== undefined && !response.comment)',
      },
    ],
  },
  ...(
    [
      ['title-outweighs-prompt-fill', 'option.title || option.prompt_fill || option.name'],
      ['name-outweighs-title', 'option.prompt_fill || option.name'],
      ['prompt-fill-is-unused', 'option.title || option.name'],
      [
        'description-outweighs-name',
        'option.prompt_fill || option.title || option.description || option.name',
      ],
      ['prompt-fill-is-trimmed', 'option.prompt_fill?.trim() || option.title || option.name'],
    ] as const
  ).map(([id, text]): Mutant => ({
    id,
    requirement: 'function-call.reject-option-text',
    title: `An option without a comment says ${text}.`,
    patches: [{ file: ANSWER, find: 'option.prompt_fill || option.title || option.name', replace: text }],
    roots: ['expiry.default-answer'],
  })),
  {
    id: 'only-neighbours-are-compared',
    requirement: 'function-call.option-names-unique',
    title: 'Two options of the same name are refused only when they stand side by side.',
    patches: [
      {
        file: CREATION,
        find: '    if (names.has(name))\n',
        replace: '    if (index > 0 && options?.[index - 1]?.name === name)\n',
      },
    ],
  },
  {
    id: 'option-names-are-compared-in-lower-case',
    requirement: 'function-call.option-names-unique',
    title: 'Two options whose names differ in case are refused.',
    patches: [
      {
        file: CREATION,
        find: '    if (names.has(name))\n',
        replace: '    if (names.has(name.toLowerCase()))\n',
      },
      { file: CREATION, find: '    names.add(name)\n', replace: '    names.add(name.toLowerCase())\n' },
    ],
  },
]
