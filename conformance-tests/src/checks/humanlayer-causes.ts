import type { RequirementId } from '../generated/requirement-ids.ts'

// The profile is a view of the same calls, so that what is broken in the core inevitably shows here too.

export const CREATING: readonly RequirementId[] = [
  'call.created-status',
  'call.echoes-ids',
  'call.spec-returned',
  'function-call.starts-pending',
  'human-contact.starts-pending',
]

export const REPEATING: readonly RequirementId[] = [
  'call.repeat-returns-existing',
  'call.repeat-equality',
  'call.repeat-causes-nothing',
  'call.repeat-first',
  'call.id-conflict',
  'call.spec-immutable',
]

export const ANSWERING: readonly RequirementId[] = [
  'function-call.respond-decides',
  'human-contact.respond-answers',
  'call.read-your-writes',
  'responder.unlisted-leaf',
]

export const DECIDED: readonly RequirementId[] = [
  'function-call.first-answer-wins',
  'human-contact.first-answer-wins',
  'function-call.late-answer-conflict',
  'human-contact.late-answer-conflict',
  'function-call.one-winner',
  'human-contact.one-winner',
]

export const ENDING: readonly RequirementId[] = [
  'call.cancel',
  'call.terminal-times',
  'function-call.approved-mirrors-state',
  'function-call.terminal-comment',
  'function-call.respond-to-cancelled',
  'human-contact.respond-to-cancelled',
]

export const EXPIRING: readonly RequirementId[] = [
  'expiry.expires',
  'expiry.never-late',
  'expiry.silence-never-approves',
  'expiry.shown',
]

export const ESCALATING: readonly RequirementId[] = [
  'call.escalate',
  'call.escalate-too-late',
  'call.escalate-room',
  'call.escalate-again',
]

/** Without these nothing can be created and read in the profile. */
export const CREATED: readonly RequirementId[] = ['humanlayer.paths', 'humanlayer.create-answers-200']

/** Without these paths nothing of the profile can be judged. */
export const PATHS: readonly RequirementId[] = [...CREATED, 'humanlayer.same-calls']
