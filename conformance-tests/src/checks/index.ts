import type { Check } from '../check.ts'
import { foundation } from './foundation.ts'
import { callConflictChecks } from './call-conflicts.ts'
import { callEqualityChecks } from './call-equality.ts'
import { callMemberChecks } from './call-members.ts'
import { callRepeatChecks } from './call-repeats.ts'
import { callSpecChecks } from './call-specs.ts'
import { callChecks } from './calls.ts'
import { cancellationChecks } from './cancellations.ts'
import { channelRefusalChecks } from './channel-refusals.ts'
import { concurrentCreateChecks } from './concurrent-creates.ts'
import { contactChannelChecks } from './contact-channels.ts'
import { cursorChecks } from './cursors.ts'
import { deciderChecks } from './deciders.ts'
import { discoveryChecks } from './discovery.ts'
import { durabilityChecks } from './durability.ts'
import { editChecks } from './edits.ts'
import { errorChecks } from './errors.ts'
import { escalationRepeatChecks } from './escalation-repeats.ts'
import { escalationChecks } from './escalations.ts'
import { expiryChecks } from './expiry.ts'
import { featureChecks } from './features.ts'
import { firstAnswerChecks } from './first-answers.ts'
import { formChecks } from './forms.ts'
import { functionCallChecks } from './function-calls.ts'
import { httpChecks } from './http.ts'
import { humanContactChecks } from './human-contacts.ts'
import { humanlayerChecks } from './humanlayer.ts'
import { keyChecks } from './keys.ts'
import { laterAnswerChecks } from './later-answers.ts'
import { listChecks } from './lists.ts'
import { modelChecks } from './model.ts'
import { optionChecks } from './options.ts'
import { projectChecks } from './projects.ts'
import { responderChecks } from './responders.ts'
import { securityChecks } from './security.ts'
import { valueChecks } from './values.ts'
import { waitingChecks } from './waiting.ts'
import { wakeUpChecks } from './wake-ups.ts'

/** Every check of the suite. */
export const checks: readonly Check[] = [
  ...foundation,
  ...callConflictChecks,
  ...callEqualityChecks,
  ...callMemberChecks,
  ...callRepeatChecks,
  ...callSpecChecks,
  ...callChecks,
  ...cancellationChecks,
  ...channelRefusalChecks,
  ...concurrentCreateChecks,
  ...contactChannelChecks,
  ...cursorChecks,
  ...deciderChecks,
  ...discoveryChecks,
  ...durabilityChecks,
  ...editChecks,
  ...errorChecks,
  ...escalationRepeatChecks,
  ...escalationChecks,
  ...expiryChecks,
  ...featureChecks,
  ...firstAnswerChecks,
  ...formChecks,
  ...functionCallChecks,
  ...httpChecks,
  ...humanContactChecks,
  ...humanlayerChecks,
  ...keyChecks,
  ...laterAnswerChecks,
  ...listChecks,
  ...modelChecks,
  ...optionChecks,
  ...projectChecks,
  ...responderChecks,
  ...securityChecks,
  ...valueChecks,
  ...waitingChecks,
  ...wakeUpChecks,
]
