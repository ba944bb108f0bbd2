import type { Oracle } from './oracle.ts'
import { answerMissing, eachStatus, recordMissing, type ShownStatus } from './shown-calls.ts'

/** What holds for every status of a function call, wherever it is shown. */
export const functionCallInvariants: readonly Oracle[] = [
  eachStatus(
    'function-call.approved-mirrors-state',
    'approved is null while pending, true when approved, else false, wherever a function call is shown',
    '/v1/function_calls',
    ({ state, status }) => {
      const expected = state === 'pending' ? null : state === 'approved'
      return status['approved'] === expected ? undefined : { member: 'approved', expected: `${expected}` }
    },
  ),

  eachStatus(
    'function-call.terminal-comment',
    'a terminal function call has a comment wherever it is shown',
    '/v1/function_calls',
    ({ state, status }) =>
      state === 'pending' || typeof status['comment'] === 'string'
        ? undefined
        : { member: 'comment', expected: 'a string' },
  ),

  eachStatus(
    'function-call.respond-decides',
    'a decided function call shows who decided, and when, wherever it is shown',
    '/v1/function_calls',
    (shown) => (isDecided(shown) ? answerMissing(shown) : undefined),
    { explains: false },
  ),

  eachStatus(
    'function-call.responses-recorded',
    'a decided function call lists the answer wherever it is shown',
    '/v1/function_calls',
    (shown) => (isDecided(shown) ? recordMissing(shown) : undefined),
    { explains: false },
  ),
]

function isDecided({ state }: ShownStatus): boolean {
  return state === 'approved' || state === 'denied'
}
