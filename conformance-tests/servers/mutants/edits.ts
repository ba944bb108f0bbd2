import type { Mutant } from '../mutation.ts'
import { FUNCTION_CALL } from './sources.ts'

const CALL_KINDS = 'protocol/src/call-kinds.ts'
const EDITS = '    if (response.edited_kwargs !== undefined) {\n      if (!call.status.allow_edit)'

export const editMutants: readonly Mutant[] = [
  {
    id: 'edits-are-merged',
    requirement: 'function-call.edit-recorded',
    title: 'Edited arguments are merged into the original ones.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'edited_kwargs: response.edited_kwargs ?? null,',
        replace:
          'edited_kwargs: response.edited_kwargs ? ({ ...JSON.parse(call.spec.kwargs.text), ...JSON.parse(response.edited_kwargs.text), toJSON: undefined } as never) : null,',
      },
      {
        file: FUNCTION_CALL,
        find: 'isSameValue(given.edited_kwargs ?? null, answer.edited_kwargs ?? null)',
        replace: 'JSON.stringify(given.edited_kwargs) === JSON.stringify(answer.edited_kwargs)',
      },
    ],
  },
  {
    id: 'edits-lose-large-integers',
    requirement: 'function-call.edit-recorded',
    title: 'Edited arguments are read into JavaScript values and written again.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      edited_kwargs: answer.edited_kwargs ?? null,\n',
        replace:
          '      edited_kwargs: answer.edited_kwargs ? (JSON.parse(answer.edited_kwargs.text) as never) : null,\n',
      },
    ],
    roots: ['opaque.values-kept'],
  },
  {
    id: 'unchanged-edits-are-dropped',
    requirement: 'function-call.edit-recorded',
    title: 'Edited arguments without members are taken for none.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      edited_kwargs: answer.edited_kwargs ?? null,\n',
        replace:
          "      edited_kwargs: answer.edited_kwargs?.text === '{}' ? null : (answer.edited_kwargs ?? null),\n",
      },
    ],
  },
  {
    id: 'edits-change-the-spec',
    requirement: 'function-call.edit-recorded',
    title: 'Edited arguments are shown and replace kwargs in the answer too.',
    patches: [
      {
        file: 'reference-server/src/http/calls.ts',
        find: '      return { status: 200, body: render(call, exchange.principal) }\n    },\n\n    async cancel',
        replace:
          '      const edited = (call.status as { edited_kwargs?: unknown }).edited_kwargs\n      const shown = edited ? ({ ...call, spec: { ...call.spec, kwargs: edited } } as C) : call\n      return { status: 200, body: render(shown, exchange.principal) }\n    },\n\n    async cancel',
      },
    ],
    roots: ['call.spec-immutable'],
  },
  {
    id: 'edits-need-no-permission',
    requirement: 'function-call.edit-not-allowed',
    title: 'Edited arguments are accepted for every function call.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      if (!call.status.allow_edit)\n',
        replace: '      if (false as boolean)\n',
      },
    ],
  },
  {
    id: 'schema-permits-edits',
    requirement: 'function-call.edit-not-allowed',
    title: 'A kwargs_schema permits edits even without allow_edit.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      if (!call.status.allow_edit)\n',
        replace: '      if (!call.status.allow_edit && !call.spec.kwargs_schema)\n',
      },
    ],
  },
  {
    id: 'unpermitted-edits-are-ignored',
    requirement: 'function-call.edit-not-allowed',
    title: 'Edited arguments that are not allowed are dropped, and the approval counts.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: EDITS,
        replace:
          '    if (response.edited_kwargs !== undefined && !call.status.allow_edit) answer.edited_kwargs = null\n    else if (response.edited_kwargs !== undefined) {\n      if (!call.status.allow_edit)',
      },
    ],
  },
  {
    id: 'edits-are-not-checked',
    requirement: 'function-call.edit-schema',
    title: 'Edited arguments are never held against kwargs_schema.',
    patches: [
      {
        file: CALL_KINDS,
        find: 'faultsOfData(kwargs_schema, edited_kwargs,',
        replace: 'faultsOfData(undefined, edited_kwargs,',
      },
    ],
  },
  {
    id: 'edit-faults-point-elsewhere',
    requirement: 'function-call.edit-schema',
    title: 'The places of a schema mismatch lead into the arguments and not into the body.',
    patches: [{ file: CALL_KINDS, find: "edited_kwargs, '/edited_kwargs')", replace: "edited_kwargs, '')" }],
    roots: ['error.places'],
  },
  {
    id: 'edit-faults-are-an-invalid-request',
    requirement: 'function-call.edit-schema',
    title: 'Edited arguments that break their schema are refused as invalid_request.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "          'schema_mismatch',\n          'The edited",
        replace: "          'invalid_request',\n          'The edited",
      },
    ],
  },
  {
    id: 'denial-may-carry-edits',
    requirement: 'function-call.edit-with-denial',
    title: 'A denial that carries edited arguments is a denial.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'if (!response.approved && response.edited_kwargs !== undefined)',
        replace: 'if (false as boolean)',
      },
    ],
  },
  {
    id: 'schema-is-shown-as-permission',
    requirement: 'function-call.edit-effective',
    title: 'The status says that edits are allowed wherever there is a schema for them.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      if (!call.status.allow_edit)\n',
        replace: '      if (!call.spec.allow_edit)\n',
      },
      {
        file: FUNCTION_CALL,
        find: 'allow_edit: (request.spec.allow_edit ?? false) && isDecidedByOne(status.channel),',
        replace: 'allow_edit: request.spec.allow_edit ?? request.spec.kwargs_schema !== undefined,',
      },
    ],
  },
  {
    id: 'decided-call-hides-allow-edit',
    requirement: 'function-call.edit-effective',
    title: 'Once a function call is decided its allow_edit is false.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "      state: answer.approved ? 'approved' : 'denied',\n",
        replace: "      state: answer.approved ? 'approved' : 'denied',\n      allow_edit: false,\n",
      },
    ],
  },
]
