import type { Check } from '../check.ts'
import { answerOrderChecks } from './answer-order.ts'
import { callChecks } from './calls.ts'
import { cursorChecks } from './cursors.ts'
import { contactChannelChecks } from './contact-channels.ts'
import { discoveryChecks } from './discovery.ts'
import { durabilityChecks } from './durability.ts'
import { editChecks } from './edits.ts'
import { errorChecks } from './errors.ts'
import { escalationChecks } from './escalations.ts'
import { expiryChecks } from './expiry.ts'
import { formChecks } from './forms.ts'
import { functionCallChecks } from './function-calls.ts'
import { httpChecks } from './http.ts'
import { humanContactChecks } from './human-contacts.ts'
import { humanlayerChecks } from './humanlayer.ts'
import { keyLifeChecks } from './key-lives.ts'
import { keyChecks } from './keys.ts'
import { listChecks } from './lists.ts'
import { modelChecks } from './model.ts'
import { pageChecks } from './pages.ts'
import { projectChecks } from './projects.ts'
import { revocationChecks } from './revocations.ts'
import { scopeChecks } from './scopes.ts'
import { securityChecks } from './security.ts'
import { valueChecks } from './values.ts'
import { waitWishChecks } from './wait-wishes.ts'
import { waitingChecks } from './waiting.ts'
import { wakeUpChecks } from './wake-ups.ts'
import { foundation } from './foundation.ts'

/** Every check of the suite. */
export const checks: readonly Check[] = [
  ...foundation,
  ...functionCallChecks,
  ...humanContactChecks,
  ...editChecks,
  ...formChecks,
  ...callChecks,
  ...escalationChecks,
  ...contactChannelChecks,
  ...discoveryChecks,
  ...valueChecks,
  ...expiryChecks,
  ...errorChecks,
  ...httpChecks,
  ...waitingChecks,
  ...waitWishChecks,
  ...wakeUpChecks,
  ...listChecks,
  ...pageChecks,
  ...cursorChecks,
  ...keyChecks,
  ...scopeChecks,
  ...keyLifeChecks,
  ...revocationChecks,
  ...projectChecks,
  ...securityChecks,
  ...answerOrderChecks,
  ...humanlayerChecks,
  ...durabilityChecks,
  ...modelChecks,
]
