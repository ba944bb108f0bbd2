import { features, type Capabilities, type Feature } from '../features.ts'
import { isEqualJson } from '../json/canonicalize.ts'
import type { JsonFault } from '../json/parse.ts'
import { stringify } from '../json/stringify.ts'
import type { Directory } from '../routing/directory.ts'
import type { Route } from '../routing/route.ts'
import type { ResponseOption } from '../schemas/response-option.ts'
import type { Act, Call } from './call.ts'
import { channelFaults } from './channel-faults.ts'
import { unservedKinds, withoutSecrets } from './contact-channel.ts'
import { contactsOf } from './contacts.ts'
import { refuse, type Decision } from './decision.ts'

// What both kinds of call have in common when they are created.

export interface CreateAct extends Act {
  capabilities: Capabilities
  directory: Directory
  /** How far ahead a call may expire, in seconds. */
  max_expires_in_seconds: number
  /** What the schemas in the request do wrong, as the server found out beforehand. */
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

function valueAt(document: object, pointer: string): unknown {
  let value: unknown = document
  for (const name of pointer.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
