import { features, type Capabilities, type Feature } from '../features.ts'
import { isEqualJson } from '../json/canonicalize.ts'
import type { JsonFault } from '../json/parse.ts'
import type { RawJson } from '../json/raw-json.ts'
import { stringify } from '../json/stringify.ts'
import type { ProblemCode } from '../problem-codes.ts'
import type { Cancellation } from '../schemas/call.ts'
import type { Escalation, EscalationRecord } from '../schemas/escalation.ts'
import type { FunctionCall } from '../schemas/function-call.ts'
import type { HumanContact } from '../schemas/human-contact.ts'
import type { ResponseOption } from '../schemas/response-option.ts'
import type { Responder } from '../schemas/responder.ts'
import type { Directory } from '../routing/directory.ts'
import { resolveChannel } from '../routing/names.ts'
import type { Route } from '../routing/route.ts'
import { assign } from './assignment.ts'
import { channelFaults } from './channel-faults.ts'
import { unservedKinds, withoutSecrets } from './contact-channel.ts'
import { contactsDueAt, contactsOf, contactsOfEscalation, joinDue, settleOne, withdrawn } from './contacts.ts'
import { refuse, type Decision, type EventDraft } from './decision.ts'
import { isSameVoice, placesOf, voicesOf, type Electorate } from './voices.ts'

// What holds for both kinds of call. Everything that differs stands in function-call.ts and human-contact.ts.

export type Call = FunctionCall | HumanContact

/** Who acts, and when. Time and identity are arguments, so that a transition is a function of its input. */
export interface Act {
  now: Date
  /** `key:KEY_ID` of the key that acts. */
  principal: string
}

export interface CreateAct extends Act {
  capabilities: Capabilities
  directory: Directory
  /** How far ahead a call may expire, in seconds. */
  max_expires_in_seconds: number
  /** What the schemas in the request do wrong, as the server found out beforehand. */
  schema_faults: JsonFault[]
}

export interface EscalateAct extends Act {
  capabilities: Capabilities
  directory: Directory
}

export interface RespondAct {
  now: Date
  /** Who answers, as it follows from how the answer came. */
  responder: Responder
  directory: Directory
  /** Where the edited arguments or the response data break the schema of the call. */
  schema_faults: JsonFault[]
}

/** The same call asked again gives what exists; a different one under the same id is a conflict. */
export function repeat<C extends Call>(existing: C, request: Omit<C, 'status'>): Decision<C> {
  const same =
    existing.run_id === request.run_id &&
    isEqualJson(stringify(existing.spec), stringify(storedSpec(request.spec)))
  return same
    ? { ok: true, next: existing, events: [] }
    : refuse(
        'call_id_conflict',
        `The call_id "${request.call_id}" belongs to a call that was asked differently.`,
      )
}

/** The spec as it is kept: as sent, without secrets. */
export function storedSpec<S extends Call['spec']>(spec: S): S {
  return spec.channel ? { ...spec, channel: withoutSecrets(spec.channel) } : spec
}

/** What keeps a new call of either kind from being taken, or undefined. */
export function refusalToCreate<C extends Call>(
  request: { spec: Call['spec'] },
  options: ResponseOption[] | undefined,
  optionsPointer: string,
  route: Route,
  act: CreateAct,
): Decision<C> | undefined {
  const unsupported = unsupportedFaults(request, act.capabilities)
  if (unsupported.length > 0)
    return refuse('unsupported_feature', 'The call needs what this server does not offer.', unsupported)

  const faults = [
    ...duplicateOptions(options, optionsPointer),
    ...expiryFaults(request.spec, act),
    ...(route.faults.length > 0 ? route.faults : treeFaults(request.spec, route, act)),
    ...act.schema_faults,
  ]
  if (faults.length > 0) return refuse('invalid_request', 'The call cannot be taken like this.', faults)
  return undefined
}

/** The part of a new status that both kinds share. */
export function pendingStatus(spec: Call['spec'], { channel, exclude_responder_ids }: Route, act: CreateAct) {
  return {
    requested_at: act.now.toISOString(),
    requested_by: act.principal,
    expires_at: expiresAt(spec, act.now)?.toISOString() ?? null,
    channel,
    ...(exclude_responder_ids && { exclude_responder_ids }),
    completed_at: null,
    responded_at: null,
    responder: null,
    responses: [],
    contacts: contactsOf(channel, act.now),
    escalations: [],
  }
}

/** Whether silence has ended the call: an answer at `expires_at` still counts, one after it does not. */
function isOverdue(call: Call, now: Date): boolean {
  const { state, expires_at } = call.status
  return state === 'pending' && expires_at !== null && now.getTime() > Date.parse(expires_at)
}

/** 409 with the status that won. First terminal state wins: nothing leads out of one. */
function alreadyTerminal<C extends Call>(call: C): Decision<C> {
  const { state } = call.status
  const code: ProblemCode =
    state === 'expired'
      ? 'already_expired'
      : state === 'cancelled'
        ? 'already_cancelled'
        : 'already_responded'
  return {
    ok: false,
    refusal: { code, detail: `The call is ${state}.`, winning_status: call.status },
    events: [],
  }
}

/** Not eligible: the attempt is recorded, and the call stays as it is. */
export function responderNotAllowed<C extends Call>(responder: Responder): Decision<C> {
  return {
    ok: false,
    refusal: {
      code: 'responder_not_allowed',
      detail: `The responder "${responder.id}" may not decide this call.`,
    },
    events: [{ type: 'refused', principal: responder.id, detail: 'responder_not_allowed' }],
  }
}

/** Every transition first applies what is due, the expiry or else the joining of leaves, and all is written together. */
export function afterWhatIsDue<C extends Call, Input, A extends { now: Date }>(
  expireNow: (call: C, now: Date) => C,
  transition: (call: C, input: Input, act: A) => Decision<C>,
): (call: C, input: Input, act: A) => Decision<C> {
  return (call, input, act) => {
    const { next, events } = applyWhatIsDue(call, act.now, expireNow)
    if (events.length === 0) return transition(next, input, act)

    const decision = transition(next, input, act)
    return { next, ...decision, events: [...events, ...decision.events] }
  }
}

/** What is due alone, as the sweep applies it. */
export function applyWhatIsDue<C extends Call>(
  call: C,
  now: Date,
  expireNow: (call: C, now: Date) => C,
): { ok: true; next: C; events: EventDraft[] } {
  if (isOverdue(call, now)) return { ok: true, next: expireNow(call, now), events: [EXPIRED] }
  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }

  const { contacts = [] } = call.status
  const due = contactsDueAt(contacts)
  if (due === undefined || due > now.getTime()) return { ok: true, next: call, events: [] }
  const joined = joinDue(contacts, now)
  const isChanged = joined.contacts.some((contact, index) => contact !== contacts[index])
  return { ok: true, next: isChanged ? withContacts(call, joined.contacts) : call, events: joined.events }
}

/** When something is due for a call, in milliseconds since 1970, or undefined: it expires, a leaf joins, or a contact waits to be sent. */
export function dueAt({ status: { state, expires_at, contacts = [] } }: Call): number | undefined {
  if (state !== 'pending') return undefined
  const due = [
    // At `expires_at` an answer still counts.
    ...(expires_at === null ? [] : [Date.parse(expires_at) + 1]),
    ...[contactsDueAt(contacts)].filter((at) => at !== undefined),
  ]
  return due.length > 0 ? Math.min(...due) : undefined
}

/** Records how it went to send a contact that was queued. */
export function settleContact<C extends Call>(
  call: C,
  { contact_id, outcome }: { contact_id: string; outcome: 'sent' | 'failed' },
  now: Date,
): Decision<C> {
  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }
  const settled = settleOne(call.status.contacts ?? [], contact_id, outcome, now)
  return { ok: true, next: withContacts(call, settled.contacts), events: settled.events }
}

/** The status with the contacts of a call that has ended; those of the leaves in `kept` have served. */
export function contactsAtEnd({ status }: Call, kept: ReadonlySet<string>, now: Date) {
  return status.contacts ? { contacts: withdrawn(status.contacts, kept, now) } : {}
}

function withContacts<C extends Call>(call: C, contacts: NonNullable<C['status']['contacts']>): C {
  return { ...call, status: { ...call.status, contacts } }
}

const EXPIRED: EventDraft = { type: 'completed', principal: 'system:expiry' }

/** Withdraws a pending call. To cancel a cancelled call again changes nothing. */
export function cancelPending<C extends Call>(
  call: C,
  cancelNow: (comment: string) => C,
  cancellation: Cancellation,
  act: Act,
): Decision<C> {
  if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }
  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment = cancellation.comment ?? 'Cancelled by the agent.'
  return {
    ok: true,
    next: cancelNow(comment),
    events: [{ type: 'completed', principal: act.principal, detail: comment }],
  }
}

/** Records an escalation. It changes who is asked, never who may decide: tree and lists stay. */
export function recordEscalation<C extends Call>(
  call: C,
  escalation: Escalation,
  act: EscalateAct,
): Decision<C> {
  const recorded = call.status.escalations ?? []
  const asked = escalation.channel
    ? { ...escalation, channel: withoutSecrets(escalation.channel) }
    : escalation
  const known = recorded.find(({ escalation_id }) => escalation_id === escalation.escalation_id)
  if (known) {
    return isEqualJson(stringify(withoutRecord(known)), stringify(asked))
      ? { ok: true, next: call, events: [] }
      : refuse(
          'escalation_id_conflict',
          `The escalation_id "${known.escalation_id}" belongs to a different escalation.`,
        )
  }

  const route = asked.channel ? resolveChannel(asked.channel, act.directory, '/channel') : undefined
  const unserved = escalation.channel ? unservedKinds(escalation.channel, act.capabilities, '/channel') : []
  if (unserved.length > 0)
    return refuse('unsupported_feature', 'The escalation needs what this server does not offer.', unserved)
  const faults = route
    ? [...route.faults, ...channelFaults(route.value, [], act.capabilities, '/channel')]
    : []
  if (faults.length > 0) return refuse('invalid_request', 'Nobody can be asked like this.', faults)
  if (call.status.state !== 'pending') return alreadyTerminal(call)
  if (recorded.length >= MOST_ESCALATIONS)
    return refuse('invalid_request', `A call is escalated ${MOST_ESCALATIONS} times at the most.`, [
      { pointer: '/escalation_id', detail: 'The call has been escalated too often.' },
    ])

  const record: EscalationRecord = {
    ...asked,
    escalated_at: act.now.toISOString(),
    escalated_by: act.principal,
  }
  const { contacts = [] } = call.status
  const status = {
    ...call.status,
    escalations: [...recorded, record],
    contacts: [...contacts, ...contactsOfEscalation(contacts, { ...record, channel: route?.value }, act.now)],
  }
  return {
    ok: true,
    next: { ...call, status },
    events: [{ type: 'escalated', principal: act.principal, detail: escalation.escalation_id }],
  }
}

// Each escalation stays in the status, which is read with every transition and written with every event.
const MOST_ESCALATIONS = 50

interface Answer {
  responder: Responder
  responded_at: string
}

/**
 * How an answer stands to those that the same person has given to a pending call, or others for them: `new`, the `same` again, or a `further` one.
 * When a leaf through which they may decide has joined since, whatever they say is new.
 */
export function comparedWithOwn<A extends Answer>(
  status: Electorate & { responses: A[] },
  answer: A,
  isSame: (given: A, answer: A) => boolean,
): 'new' | 'same' | 'further' {
  const own = status.responses.filter(({ responder }) => isSameVoice(responder, answer.responder))
  if (own.length === 0) return 'new'
  const [before] = voicesOf(status, own)
  const places = placesOf(status, answer.responder, Date.parse(answer.responded_at))
  if ([...places].some((place) => !before!.places.has(place))) return 'new'
  return own.some((given) => isSame(given, answer)) ? 'same' : 'further'
}

/** One answer for each person, by them or for them: a further one is refused, and the call stays as it is. */
export function alreadyAnswered<C extends Call>(call: C, { id }: Responder): Decision<C> {
  const forThem = call.status.responses.find(({ responder }) => responder.on_behalf_of?.includes(id))
  const whose = id.startsWith('key:')
    ? 'A key that is bound to nobody'
    : `The responder "${forThem?.responder.id ?? id}"`
  return {
    ok: false,
    refusal: {
      code: 'already_responded',
      detail: `${whose} has answered this call already${forThem ? ` for "${id}"` : ''}; it waits for others.`,
      winning_status: call.status,
    },
    events: [],
  }
}

/** The places of the leaves that decide, given these answers; undefined while the channel does not hold. */
export function decidedBy(status: Electorate, answers: readonly Answer[]): Set<string> | undefined {
  return assign(status.channel, voicesOf(status, answers))
}

/** The answer given before that this one repeats: same responder, same content. */
export function repeatedOrTerminal<C extends Call>(call: C, isRepeated: boolean): Decision<C> {
  return isRepeated ? { ok: true, next: call, events: [] } : alreadyTerminal(call)
}

export function isSameValue(one: RawJson | null, other: RawJson | null): boolean {
  if (one === null || other === null) return one === other
  return isEqualJson(one.text, other.text)
}

/** The option of this name, or the refusal when the call does not offer it. */
export function findOption(
  options: ResponseOption[] | undefined,
  name: string | undefined,
  pointer: string,
): { option: ResponseOption | undefined; faults: JsonFault[] } {
  const option = options?.find((candidate) => candidate.name === name)
  if (name === undefined || option) return { option, faults: [] }
  const names = options?.map((candidate) => `"${candidate.name}"`).join(', ') || 'none'
  return { option, faults: [{ pointer, detail: `The call offers no option "${name}"; it offers ${names}.` }] }
}

/** The text that choosing an option stands for, when the person wrote none. */
export function optionText(option: ResponseOption): string {
  return option.prompt_fill || option.title || option.name
}

/** Features that the request uses or requires and that the server does not claim. */
export function unsupportedFaults(request: object, capabilities: Capabilities): JsonFault[] {
  const faults: JsonFault[] = []
  for (const [feature, pointers] of Object.entries(features)) {
    if (capabilities.features.includes(feature)) continue
    for (const pointer of pointers)
      // What is false asks for nothing.
      if (![undefined, false].includes(valueAt(request, pointer) as undefined))
        faults.push({ pointer, detail: `This server does not offer the feature "${feature as Feature}".` })
  }

  const spec = 'spec' in request ? (request.spec as Call['spec']) : undefined
  for (const [index, name] of (spec?.requires ?? []).entries())
    if (!capabilities.features.includes(name))
      faults.push({
        pointer: `/spec/requires/${index}`,
        detail: `This server does not offer the feature "${name}".`,
      })
  if (spec?.channel) faults.push(...unservedKinds(spec.channel, capabilities, '/spec/channel'))
  return faults
}

function valueAt(document: object, pointer: string): unknown {
  let value: unknown = document
  for (const name of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}

function duplicateOptions(options: ResponseOption[] | undefined, pointer: string): JsonFault[] {
  const names = new Set<string>()
  const faults: JsonFault[] = []
  for (const [index, { name }] of (options ?? []).entries()) {
    if (names.has(name))
      faults.push({ pointer: `${pointer}/${index}/name`, detail: `The name "${name}" stands here twice.` })
    names.add(name)
  }
  return faults
}

function expiresAt(spec: Call['spec'], now: Date): Date | undefined {
  if (spec.expires_at !== undefined) return new Date(spec.expires_at)
  if (spec.expires_in_seconds !== undefined) return new Date(now.getTime() + spec.expires_in_seconds * 1000)
  return undefined
}

function expiryFaults(spec: Call['spec'], act: CreateAct): JsonFault[] {
  const pointer = spec.expires_at === undefined ? '/spec/expires_in_seconds' : '/spec/expires_at'
  if (spec.expires_at !== undefined && spec.expires_in_seconds !== undefined)
    return [{ pointer: '/spec/expires_in_seconds', detail: 'It excludes `expires_at`: send one of the two.' }]

  const at = expiresAt(spec, act.now)?.getTime()
  if (at === undefined) return []
  if (at <= act.now.getTime()) return [{ pointer, detail: 'The call would expire before it is asked.' }]
  // Not a number: further ahead than a date can say.
  if (Number.isNaN(at) || at > act.now.getTime() + act.max_expires_in_seconds * 1000)
    return [{ pointer, detail: `A call expires within ${act.max_expires_in_seconds} seconds at the latest.` }]
  return []
}

/** What is wrong with the channel as a whole; kinds that are not served and names that mean nothing are told before. */
function treeFaults(
  { channel: asked = {} }: Call['spec'],
  { channel, exclude_responder_ids = [], policy }: Route,
  { capabilities }: CreateAct,
): JsonFault[] {
  return channelFaults(channel, exclude_responder_ids, capabilities, '').map(({ pointer, detail }) => ({
    pointer: `/spec/channel${placeWithin(asked, pointer)}`,
    detail: policy === undefined ? detail : `${detail} The policy "${policy}" applies.`,
  }))
}

/** The pointer as far as it leads into the document: what was asked may be less than what it means. */
function placeWithin(document: object, pointer: string): string {
  if (valueAt(document, pointer) !== undefined) return pointer
  return placeWithin(document, pointer.slice(0, pointer.lastIndexOf('/')))
}

function withoutRecord(record: EscalationRecord): Escalation {
  const { escalated_at: _, escalated_by: __, ...escalation } = record
  return escalation
}
