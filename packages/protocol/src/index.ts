export { openapi } from './openapi.ts'
export { operations, type Operation, type Parameter } from './operations.ts'
export { schemas, publish } from './bundle.ts'
export { problems, type ProblemCode, type ProblemDefinition } from './problem-codes.ts'
export { features, type Capabilities, type Feature } from './features.ts'
export { validate, type Validated } from './validate.ts'
export { opaquePlaces } from './opaque-places.ts'
export { mismatches, schemaFaults, type SchemaLimits } from './client-schema.ts'
export {
  faultsOfSchemas,
  functionCallKind,
  humanContactKind,
  withoutState,
  type CallKind,
  type CallRequest,
} from './call-kinds.ts'

export { bearerSecret } from './http/bearer-secret.ts'
export { problemDocument } from './http/problem-document.ts'
export { queryInteger, queryOneOf, queryText, queryToken, type Query } from './http/query.ts'
export {
  badPath,
  bodyTooLarge,
  eventGone,
  insufficientScope,
  invalidCursor,
  methodNotAllowed,
  unauthenticated,
  unknownCall,
  unknownPath,
  unknownRun,
  unknownTimer,
  type HttpRefusal,
  type Parsed,
} from './http/refusals.ts'
export {
  parseOptionalRequestBody,
  parseRequestBody,
  parseRequestText,
  type RequestBody,
} from './http/request-body.ts'
export { parseWait, type Wait } from './http/wait.ts'

export { canonicalize } from './json/canonicalize.ts'
export { parseJson, pointerOf, type JsonFault, type OpaquePlaces, type ParsedJson } from './json/parse.ts'
export { RawJson } from './json/raw-json.ts'
export { stringify } from './json/stringify.ts'

export {
  delegateOf,
  findPerson,
  NO_DIRECTORY,
  normalised,
  type Directory,
  type Member,
} from './routing/directory.ts'
export { mayAnswer } from './routing/identity.ts'
export { resolveChannel, resolveResponders, type Resolved } from './routing/names.ts'
export {
  matcherFaults,
  policyFor,
  tryPolicies,
  type PolicySubject,
  type PolicyTrial,
} from './routing/policies.ts'
export { routeOf, routeUnder, type Route } from './routing/route.ts'

export * as functionCall from './transitions/function-call.ts'
export * as humanContact from './transitions/human-contact.ts'
export * as run from './transitions/run.ts'
export * as timer from './transitions/timer.ts'
export type { Place, RunRecord } from './transitions/run.ts'
export type { RespondAct } from './transitions/answer.ts'
export { dueAt, settleContact, type Act, type Call } from './transitions/call.ts'
export { unsupportedFaults, type CreateAct } from './transitions/creation.ts'
export type { EscalateAct } from './transitions/escalation.ts'
export { leastPeople } from './transitions/assignment.ts'
export { channelFaults } from './transitions/channel-faults.ts'
export { unservedKinds, withoutSecrets } from './transitions/contact-channel.ts'
export { leavesOf } from './transitions/leaves.ts'
export { principalOf, responderOf } from './transitions/responder.ts'
export type { Decision, EventDraft, EventName, Refusal } from './transitions/decision.ts'

export { Cancellation, type ContactRecord } from './schemas/call.ts'
export { ContactChannel, EmailRecipient, kindOf, type LeafContactChannel } from './schemas/contact-channel.ts'
export { Discovery, type Limits } from './schemas/discovery.ts'
export { Escalation } from './schemas/escalation.ts'
export {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallResponse,
  FunctionCallSpec,
  type FunctionCallStatus,
} from './schemas/function-call.ts'
export {
  CreateHumanContact,
  HumanContact,
  HumanContactResponse,
  type HumanContactStatus,
} from './schemas/human-contact.ts'
export { ID_PATTERN, OpaqueObject } from './schemas/primitives.ts'
export type { Event } from './schemas/event.ts'
export type { Problem } from './schemas/problem.ts'
export { Policy, PolicyMatcher } from './schemas/policy.ts'
export { CreateKey, Key, type Project, type Scope } from './schemas/project.ts'
export { CreateRun, Usage, type Run, type UsageReport, type UsageTotals } from './schemas/run.ts'
export { CreateTimer, Timer } from './schemas/timer.ts'
export { NamedChannel, PERSON_PATTERN, Team } from './schemas/routing.ts'
export type { Responder } from './schemas/responder.ts'
export { ResponseOption } from './schemas/response-option.ts'
export { CreateWebhookEndpoint, type Delivery, type WebhookEndpoint } from './schemas/webhook.ts'
