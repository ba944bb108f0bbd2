import type { Mutant } from '../mutation.ts'
import { callMutants } from './calls.ts'
import { compositeMutants } from './composites.ts'
import { contactMutants } from './contacts.ts'
import { contactChannelMutants } from './contact-channels.ts'
import { discoveryMutants } from './discovery.ts'
import { durabilityMutants } from './durability.ts'
import { editMutants } from './edits.ts'
import { errorMutants } from './errors.ts'
import { escalationMutants } from './escalations.ts'
import { eventStreamMutants } from './event-streams.ts'
import { eventMutants } from './events.ts'
import { expiryMutants } from './expiry.ts'
import { formMutants } from './forms.ts'
import { functionCallMutants } from './function-calls.ts'
import { httpMutants } from './http.ts'
import { humanContactMutants } from './human-contacts.ts'
import { humanlayerMutants } from './humanlayer.ts'
import { keyMutants } from './keys.ts'
import { listMutants } from './lists.ts'
import { policyMutants } from './policies.ts'
import { projectMutants } from './projects.ts'
import { routingMutants } from './routing.ts'
import { runMutants } from './runs.ts'
import { securityMutants } from './security.ts'
import { timerMutants } from './timers.ts'
import { usageMutants } from './usage.ts'
import { valueMutants } from './values.ts'
import { waitingMutants } from './waiting.ts'
import { webhookMutants } from './webhooks.ts'

/** Every server that is broken on purpose. */
export const mutants: readonly Mutant[] = [
  ...callMutants,
  ...compositeMutants,
  ...contactMutants,
  ...contactChannelMutants,
  ...discoveryMutants,
  ...durabilityMutants,
  ...editMutants,
  ...errorMutants,
  ...escalationMutants,
  ...eventStreamMutants,
  ...eventMutants,
  ...expiryMutants,
  ...formMutants,
  ...functionCallMutants,
  ...httpMutants,
  ...humanContactMutants,
  ...humanlayerMutants,
  ...keyMutants,
  ...listMutants,
  ...policyMutants,
  ...projectMutants,
  ...routingMutants,
  ...runMutants,
  ...securityMutants,
  ...timerMutants,
  ...usageMutants,
  ...valueMutants,
  ...waitingMutants,
  ...webhookMutants,
]
