import type { Check } from '../check.ts'
import { foundation } from './foundation.ts'
import { answerOrderChecks } from './answer-order.ts'
import { bodyLimitChecks } from './body-limit.ts'
import { callConflictChecks } from './call-conflicts.ts'
import { callEqualityChecks } from './call-equality.ts'
import { callMemberChecks } from './call-members.ts'
import { callRepeatChecks } from './call-repeats.ts'
import { callSpecChecks } from './call-specs.ts'
import { callChecks } from './calls.ts'
import { cancellationChecks } from './cancellations.ts'
import { channelRefusalChecks } from './channel-refusals.ts'
import { clientSchemaChecks } from './client-schemas.ts'
import { compositeJoinChecks } from './composite-joins.ts'
import { compositeChecks } from './composites.ts'
import { concurrentCreateChecks } from './concurrent-creates.ts'
import { contactChannelChecks } from './contact-channels.ts'
import { contactChecks } from './contacts.ts'
import { cursorChecks } from './cursors.ts'
import { deciderChecks } from './deciders.ts'
import { discoveryChecks } from './discovery.ts'
import { durabilityChecks } from './durability.ts'
import { editChecks } from './edits.ts'
import { errorChecks } from './errors.ts'
import { escalationRepeatChecks } from './escalation-repeats.ts'
import { escalationChecks } from './escalations.ts'
import { eventPageChecks } from './event-pages.ts'
import { eventStreamChecks } from './event-streams.ts'
import { eventChecks } from './events.ts'
import { excludedResponderChecks } from './excluded-responders.ts'
import { expiryChecks } from './expiry.ts'
import { featureChecks } from './features.ts'
import { firstAnswerChecks } from './first-answers.ts'
import { formChecks } from './forms.ts'
import { functionCallChecks } from './function-calls.ts'
import { httpChecks } from './http.ts'
import { humanContactChecks } from './human-contacts.ts'
import { humanlayerAnsweringChecks } from './humanlayer-answering.ts'
import { humanlayerBorderChecks } from './humanlayer-borders.ts'
import { humanlayerChannelChecks } from './humanlayer-channels.ts'
import { humanlayerCreatingChecks } from './humanlayer-creating.ts'
import { humanlayerCrossingChecks } from './humanlayer-crossing.ts'
import { humanlayerErrorChecks } from './humanlayer-errors.ts'
import { humanlayerEscalatingChecks } from './humanlayer-escalating.ts'
import { humanlayerListingChecks } from './humanlayer-listing.ts'
import { humanlayerRequestChecks } from './humanlayer-requests.ts'
import { humanlayerSilenceChecks } from './humanlayer-silence.ts'
import { idChecks } from './ids.ts'
import { jsonNullChecks } from './json-nulls.ts'
import { jsonShapeChecks } from './json-shape.ts'
import { jsonChecks } from './json.ts'
import { keyLifeChecks } from './key-lives.ts'
import { keyChecks } from './keys.ts'
import { laterAnswerChecks } from './later-answers.ts'
import { listChecks } from './lists.ts'
import { modelChecks } from './model.ts'
import { opaqueValueChecks } from './opaque-values.ts'
import { operationBodyChecks } from './operation-bodies.ts'
import { optionChecks } from './options.ts'
import { pageChecks } from './pages.ts'
import { policyAskingChecks } from './policy-askings.ts'
import { policyChoiceChecks } from './policy-choices.ts'
import { policyDecisionChecks } from './policy-decisions.ts'
import { projectChecks } from './projects.ts'
import { refusedRequestChecks } from './refused-requests.ts'
import { responderChecks } from './responders.ts'
import { revocationChecks } from './revocations.ts'
import { routingNameChecks } from './routing-names.ts'
import { routingPeopleChecks } from './routing-people.ts'
import { routingProjectChecks } from './routing-projects.ts'
import { runListChecks } from './run-lists.ts'
import { runChecks } from './runs.ts'
import { schemaKeywordChecks } from './schema-keywords.ts'
import { scopeChecks } from './scopes.ts'
import { securityChecks } from './security.ts'
import { timerChecks } from './timers.ts'
import { timeChecks } from './times.ts'
import { usageChecks } from './usage.ts'
import { waitWishChecks } from './wait-wishes.ts'
import { waitingChecks } from './waiting.ts'
import { wakeUpChecks } from './wake-ups.ts'
import { webhookDeliveryChecks } from './webhook-deliveries.ts'
import { webhookEventChecks } from './webhook-events.ts'
import { webhookChecks } from './webhooks.ts'
import { schemaBoundChecks } from './schema-bounds.ts'

/** Every check of the suite. */
export const checks: readonly Check[] = [
  ...foundation,
  ...answerOrderChecks,
  ...bodyLimitChecks,
  ...callConflictChecks,
  ...callEqualityChecks,
  ...callMemberChecks,
  ...callRepeatChecks,
  ...callSpecChecks,
  ...callChecks,
  ...cancellationChecks,
  ...channelRefusalChecks,
  ...clientSchemaChecks,
  ...compositeChecks,
  ...compositeJoinChecks,
  ...concurrentCreateChecks,
  ...contactChannelChecks,
  ...contactChecks,
  ...cursorChecks,
  ...deciderChecks,
  ...discoveryChecks,
  ...durabilityChecks,
  ...editChecks,
  ...errorChecks,
  ...escalationRepeatChecks,
  ...escalationChecks,
  ...eventPageChecks,
  ...eventStreamChecks,
  ...eventChecks,
  ...excludedResponderChecks,
  ...expiryChecks,
  ...featureChecks,
  ...firstAnswerChecks,
  ...formChecks,
  ...functionCallChecks,
  ...httpChecks,
  ...humanContactChecks,
  ...humanlayerAnsweringChecks,
  ...humanlayerBorderChecks,
  ...humanlayerChannelChecks,
  ...humanlayerCreatingChecks,
  ...humanlayerCrossingChecks,
  ...humanlayerErrorChecks,
  ...humanlayerEscalatingChecks,
  ...humanlayerListingChecks,
  ...humanlayerRequestChecks,
  ...humanlayerSilenceChecks,
  ...idChecks,
  ...jsonNullChecks,
  ...jsonShapeChecks,
  ...jsonChecks,
  ...keyLifeChecks,
  ...keyChecks,
  ...laterAnswerChecks,
  ...listChecks,
  ...modelChecks,
  ...opaqueValueChecks,
  ...operationBodyChecks,
  ...optionChecks,
  ...pageChecks,
  ...policyAskingChecks,
  ...policyChoiceChecks,
  ...policyDecisionChecks,
  ...projectChecks,
  ...refusedRequestChecks,
  ...responderChecks,
  ...revocationChecks,
  ...routingNameChecks,
  ...routingPeopleChecks,
  ...routingProjectChecks,
  ...runListChecks,
  ...runChecks,
  ...schemaKeywordChecks,
  ...scopeChecks,
  ...securityChecks,
  ...timerChecks,
  ...timeChecks,
  ...usageChecks,
  ...waitWishChecks,
  ...waitingChecks,
  ...wakeUpChecks,
  ...webhookChecks,
  ...webhookDeliveryChecks,
  ...webhookEventChecks,
  ...schemaBoundChecks,
]
