import type { RequirementId } from './generated/requirement-ids.ts'

/** Requirements that no server can be seen to keep or break from outside, and why. */
export const exclusions: { readonly [id in RequirementId]?: string } = {
  'call.clients-tolerate-unknown': 'It binds clients.',
  'function-call.unknown-state-is-no': 'It binds clients.',
  'function-call.run-edited': 'It binds clients.',
  'human-contact.unknown-state-is-no-answer': 'It binds clients.',
  'error.clients-branch-on-code': 'It binds clients.',
  'wait.ask-again': 'It binds clients.',
  'sse.clients-resume': 'It binds clients.',
  'sse.slow-reader': 'It permits something; no server can break it.',
  'wait.early': 'It permits something; no server can break it.',
  'list.short-page': 'It permits something; no server can break it.',
  'contact.next-when-failed':
    'Nobody can make a channel of a server fail from outside; the tests of the transitions prove it.',
  'discovery.claims-bind': 'It is judged through the requirements of everything that is claimed.',
}
