import type { Mutant, Patch } from '../mutation.ts'
import { HUMAN_CONTACT, VALIDATE } from './sources.ts'

const SCHEMA = 'protocol/src/schemas/human-contact.ts'

// What else keeps somebody from answering twice.
const ONE_ANSWER_EACH: Patch = {
  file: HUMAN_CONTACT,
  find: "    if (compared === 'further') return",
  replace: "    if (compared === 'further' && call.status.state === 'pending') return",
}

// What a later answer carries is not looked at otherwise.
const LATER_DATA_IS_CHECKED: Patch = {
  file: 'reference-server/src/calls.ts',
  find: "asked.status.state === 'pending' && mayCount",
  replace: 'mayCount',
}

/** The place where an answer meets a contact that has one. */
const LATER_ANSWER =
  "    if (call.status.state !== 'pending' || places.size === 0) return repeatedOrTerminal(call, isRepeated)"

export const humanContactMutants: readonly Mutant[] = [
  {
    id: 'new-human-contact-has-its-default-answer',
    requirement: 'human-contact.starts-pending',
    title: 'A new human contact shows the answer that it would have if nobody answered.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '      response: null,\n      response_option_name: null,\n',
        replace: '      response: spec.on_expire?.response ?? null,\n      response_option_name: null,\n',
      },
    ],
  },
  {
    id: 'agent-may-send-the-answer',
    requirement: 'human-contact.starts-pending',
    title: 'Members of the spec that are named like those of the status end in the status.',
    patches: [
      {
        file: VALIDATE,
        find: 'return { ok: true, value: Value.Clean(schema, document) as Static<S> }',
        replace:
          "const sent = (document as Record<string, unknown>)['response_option_name']\n  return { ok: true, value: { ...(Value.Clean(schema, document) as object), ...(sent ? { response_option_name: sent } : {}) } as Static<S> }",
      },
      {
        file: HUMAN_CONTACT,
        find: '      ...pendingStatus(spec, route, act),\n',
        replace:
          "      ...pendingStatus(spec, route, act),\n      response_option_name: (request as unknown as Record<string, string>)['response_option_name'] ?? null,\n",
      },
    ],
  },
  {
    id: 'message-may-be-empty',
    requirement: 'human-contact.msg-not-empty',
    title: 'The empty string is a message.',
    patches: [{ file: SCHEMA, find: 'msg: Type.String({ minLength: 1,', replace: 'msg: Type.String({' }],
    roots: ['json.shape'],
  },
  {
    id: 'message-may-be-missing',
    requirement: 'human-contact.msg-not-empty',
    title: 'A human contact without a message asks an empty question.',
    patches: [
      {
        file: SCHEMA,
        find: "    msg: Type.String({ minLength: 1, maxLength: 100_000, description: 'What the agent asks or says.' }),",
        replace:
          '    msg: Type.Optional(Type.String({ minLength: 1 })) as unknown as ReturnType<typeof Type.String>,',
      },
    ],
    roots: ['json.shape'],
  },
  {
    id: 'option-outweighs-the-response',
    requirement: 'human-contact.respond-answers',
    title: 'The text of an option replaces what the person wrote.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'response: response.response ?? (option ? optionText(option) : null),',
        replace: 'response: option ? optionText(option) : (response.response ?? null),',
      },
    ],
  },
  {
    id: 'response-is-trimmed',
    requirement: 'human-contact.respond-answers',
    title: 'White space at the ends of a response is cut off.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'response: response.response ?? (option',
        replace: 'response: response.response?.trim() ?? (option',
      },
    ],
  },
  {
    id: 'response-is-normalised',
    requirement: 'human-contact.respond-answers',
    title: 'A response is brought into Unicode NFC.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'response: response.response ?? (option',
        replace: "response: response.response?.normalize('NFC') ?? (option",
      },
    ],
  },
  {
    id: 'answered-contact-forgets-its-option',
    requirement: 'human-contact.respond-answers',
    title: 'The status does not say which option was chosen.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'return { response, response_option_name, response_data }',
        replace: 'return { response, response_data }',
      },
    ],
  },
  {
    id: 'answered-contact-has-no-times',
    requirement: 'human-contact.respond-answers',
    title: 'The status does not say when the answer came.',
    patches: [{ file: HUMAN_CONTACT, find: '          responded_at: answer.responded_at,\n', replace: '' }],
  },
  {
    id: 'answered-contact-was-completed-when-asked',
    requirement: 'human-contact.respond-answers',
    title: 'completed_at is the time of the question.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '          completed_at: answer.responded_at,\n',
        replace: '          completed_at: call.status.requested_at,\n',
      },
    ],
    roots: ['call.terminal-times'],
  },
  {
    id: 'empty-answer-is-an-answer',
    requirement: 'human-contact.answer-not-empty',
    title: 'An answer that says nothing is accepted.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'Object.values(response).every((member) => member === undefined)',
        replace: 'false as boolean',
      },
    ],
  },
  {
    id: 'empty-text-is-an-answer',
    requirement: 'human-contact.answer-not-empty',
    title: 'The empty string is a response.',
    patches: [
      { file: SCHEMA, find: 'response: Type.String({ minLength: 1,', replace: 'response: Type.String({' },
    ],
    roots: ['json.shape'],
  },
  {
    id: 'last-answer-wins',
    requirement: 'human-contact.first-answer-wins',
    title: 'A contact takes every answer that differs, and the last one stands.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: LATER_ANSWER,
        replace: `    if (['expired', 'cancelled'].includes(call.status.state) || isRepeated)
      return repeatedOrTerminal(call, isRepeated)`,
      },
      ONE_ANSWER_EACH,
      LATER_DATA_IS_CHECKED,
    ],
  },
  {
    id: 'option-answer-can-be-replaced-by-text',
    requirement: 'human-contact.first-answer-wins',
    title: 'A contact that was answered with an option alone takes a text later.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: LATER_ANSWER,
        replace:
          "    if (call.status.state !== 'pending' && !(call.status.response_option_name !== null && response.response !== undefined && option === undefined)) return repeatedOrTerminal(call, isRepeated)",
      },
      ONE_ANSWER_EACH,
      LATER_DATA_IS_CHECKED,
    ],
  },
  {
    id: 'late-text-is-refused-and-stored',
    requirement: 'human-contact.first-answer-wins',
    title: 'A different text is refused and shown from then on.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      return later.ok ? later : { ...later, next: { ...call, status: { ...call.status, response: answer.response } } }
    }`,
      },
    ],
  },
  ...(
    [
      ['text', '    given.response === answer.response &&\n'],
      ['option', '    given.response_option_name === answer.response_option_name &&\n'],
      ['responder', '    given.responder.id === answer.responder.id &&\n'],
      ['data', ' &&\n    isSameValue(given.response_data ?? null, answer.response_data ?? null)'],
    ] as const
  ).map(([what, find]): Mutant => ({
    id: `same-response-ignores-the-${what}`,
    requirement: 'human-contact.late-answer-conflict',
    title: `An answer that differs in its ${what} is taken for the same.`,
    patches: [{ file: HUMAN_CONTACT, find, replace: '' }],
  })),
  {
    id: 'same-response-ignores-case',
    requirement: 'human-contact.late-answer-conflict',
    title: 'A text that differs in case only is taken for the same.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    given.response === answer.response &&\n',
        replace: '    given.response?.toLowerCase() === answer.response?.toLowerCase() &&\n',
      },
    ],
  },
  {
    id: 'same-response-is-refused',
    requirement: 'human-contact.same-answer-again',
    title: 'Every second answer is refused.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace: 'repeatedOrTerminal(call, false)',
      },
    ],
  },
  {
    id: 'same-option-is-refused',
    requirement: 'human-contact.same-answer-again',
    title: 'The same option again is refused, because its text is compared with nothing.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace:
          'repeatedOrTerminal(call, call.status.responses.some((given) => isSameAnswer(given, { ...answer, response: response.response ?? null })))',
      },
    ],
  },
  {
    id: 'same-response-renews-its-time',
    requirement: 'human-contact.same-answer-again',
    title: 'The same answer again moves the time of the answer.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: LATER_ANSWER,
        replace: `    if (call.status.state !== 'pending') {
      const later = repeatedOrTerminal(call, isRepeated)
      return later.ok ? { ...later, next: { ...call, status: { ...call.status, responses: [answer] } } } : later
    }`,
      },
    ],
  },
  {
    id: 'pending-at-the-door',
    requirement: 'human-contact.one-winner',
    title: 'Whether a contact is answered is looked up before the transaction that writes the answer.',
    patches: [
      {
        file: 'reference-server/src/calls.ts',
        find: 'kind.respond(call, response, { now, responder, directory, schema_faults }),',
        replace:
          "kind.respond(kind.name === 'human_contact' && asked.status.state === 'pending' ? asked : call, response, { now, responder, directory, schema_faults }),",
      },
    ],
    roots: ['call.cancel-against-answer'],
  },
  {
    id: 'responses-of-contacts-are-not-recorded',
    requirement: 'human-contact.responses-recorded',
    title: 'The list of responses stays empty.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '          responses,\n',
        replace: '',
      },
    ],
  },
  {
    id: 'recorded-response-has-the-time-of-the-question',
    requirement: 'human-contact.responses-recorded',
    title: 'A recorded answer has the time at which the question was asked.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '          responses,\n',
        replace:
          '          responses: [...call.status.responses, { ...answer, responded_at: call.status.requested_at }],\n',
      },
    ],
  },
  {
    id: 'cancelled-contact-can-be-answered',
    requirement: 'human-contact.respond-to-cancelled',
    title: 'An answer to a cancelled contact is acknowledged with 200 and dropped.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'repeatedOrTerminal(call, isRepeated)',
        replace: "repeatedOrTerminal(call, call.status.state === 'cancelled' || isRepeated)",
      },
    ],
  },
  {
    id: 'unknown-option-is-dropped',
    requirement: 'human-contact.option-unknown',
    title: 'An option that is not offered is accepted when there is a text too.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "if (faults.length > 0) return refuse('unknown_option', 'The contact",
        replace:
          "if (faults.length > 0 && response.response === undefined)\n      return refuse('unknown_option', 'The contact",
      },
    ],
  },
  {
    id: 'unknown-option-is-a-wrong-shape',
    requirement: 'human-contact.option-unknown',
    title: 'An option that is not offered is refused as invalid_request.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "return refuse('unknown_option', 'The contact offers no such option.', faults)",
        replace: "return refuse('invalid_request', 'The contact offers no such option.', faults)",
      },
    ],
  },
  {
    id: 'option-of-a-contact-says-its-name',
    requirement: 'human-contact.option-text',
    title: 'An option without a text says its name, whatever else it has.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'response: response.response ?? (option ? optionText(option) : null),',
        replace: 'response: response.response ?? (option ? option.name : null),',
      },
    ],
  },
  {
    id: 'response-options-may-share-a-name',
    requirement: 'human-contact.option-names-unique',
    title: 'Response options are not compared with each other.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "    spec.response_options,\n    '/spec/response_options',\n",
        replace: "    [],\n    '/spec/response_options',\n",
      },
    ],
  },
  {
    id: 'options-exclude-free-text',
    requirement: 'human-contact.free-text-stays-possible',
    title: 'Where options are offered a text without one is refused.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '    if (act.schema_faults.length > 0)\n',
        replace:
          "    if (call.spec.response_options && !option && response.response_data === undefined)\n      return refuse('invalid_request', 'Choose.', [{ pointer: '/response', detail: 'Choose an option.' }])\n    if (act.schema_faults.length > 0)\n",
      },
    ],
  },
]
