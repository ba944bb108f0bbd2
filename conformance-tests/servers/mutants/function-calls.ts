import type { Mutant } from '../mutation.ts'

const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'

export const functionCallMutants: readonly Mutant[] = [
  {
    id: 'new-function-call-has-empty-comment',
    requirement: 'function-call.starts-pending',
    title: 'A new function call has the empty string as its comment.',
    patches: [{ file: FUNCTION_CALL, find: 'comment: null,\n', replace: "comment: '',\n" }],
  },
  {
    id: 'late-denial-is-accepted',
    requirement: 'function-call.late-answer-conflict',
    title: 'A different second answer is answered with 200 and the unchanged call.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'call.status.responses.some((given) => isSameAnswer(given, answer)),',
        replace: 'call.status.responses.length > 0,',
      },
    ],
  },
]
