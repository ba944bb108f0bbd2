import type { Mutant } from '../mutation.ts'

const PROBLEM = 'reference-server/src/http/problem.ts'
const DOCUMENT = 'protocol/src/http/problem-document.ts'
const CODES = 'protocol/src/problem-codes.ts'

export const errorMutants: readonly Mutant[] = [
  {
    id: 'wrong-method-is-told-as-plain-json',
    requirement: 'error.problem',
    title: 'The error for a wrong method is application/json.',
    patches: [
      {
        file: PROBLEM,
        find: "'content-type': 'application/problem+json',",
        replace:
          "'content-type': refusal.code === 'method_not_allowed' ? 'application/json' : 'application/problem+json',",
      },
    ],
  },
  {
    id: 'not-found-has-no-title',
    requirement: 'error.problem',
    title: 'The error for an unknown id has no title.',
    patches: [
      {
        file: DOCUMENT,
        find: '    title,\n    status,',
        replace: "    title: code === 'not_found' ? (undefined as never) : title,\n    status,",
      },
    ],
  },
  {
    id: 'media-type-is-a-bad-request',
    requirement: 'error.code-status',
    title: 'The code unsupported_media_type comes with 400.',
    patches: [{ file: CODES, find: 'status: 415,', replace: 'status: 400,' }],
  },
  {
    id: 'status-in-the-body-is-another',
    requirement: 'error.code-status',
    title: 'A conflict says 400 in its body.',
    patches: [
      {
        file: DOCUMENT,
        find: '    title,\n    status,',
        replace: '    title,\n    status: status === 409 ? 400 : status,',
      },
    ],
  },
  {
    id: 'unknown-option-names-no-place',
    requirement: 'error.places',
    title: 'The error for an unknown reject option names no place.',
    patches: [
      {
        file: 'protocol/src/transitions/function-call.ts',
        find: "refuse('unknown_option', 'The call offers no such option.', faults)",
        replace: "refuse('unknown_option', 'The call offers no such option.')",
      },
    ],
  },
  {
    id: 'pointers-are-not-escaped',
    requirement: 'error.places',
    title: 'A slash or a tilde in a name stands in a pointer as it is.',
    patches: [
      {
        file: 'protocol/src/json/parse.ts',
        find: "`/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`",
        replace: '`/${String(step)}`',
      },
    ],
  },
  {
    id: 'errors-show-the-stack',
    requirement: 'error.no-internals',
    title: 'The detail of an error is its stack trace.',
    patches: [
      {
        file: PROBLEM,
        find: '({ status, refusal }: Problem)',
        replace: '({ status, refusal, stack }: Problem)',
      },
      {
        file: PROBLEM,
        find: 'problemDocument(refusal)',
        replace: 'problemDocument({ ...refusal, detail: stack! })',
      },
    ],
  },
  {
    id: 'unknown-key-is-shown',
    requirement: 'error.no-internals',
    title: 'The error for an unknown key repeats the key.',
    patches: [
      {
        file: 'reference-server/src/http/authenticate.ts',
        find: "unauthenticated('This key is not known here.')",
        replace: 'unauthenticated(`The key ${secret} is not known here.`)',
      },
    ],
  },
]
