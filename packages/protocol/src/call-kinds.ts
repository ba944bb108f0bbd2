import type { TSchema } from '@sinclair/typebox'
import { mismatches, schemaFaults, type SchemaLimits } from './client-schema.ts'
import type { JsonFault, OpaquePlaces } from './json/parse.ts'
import type { RawJson } from './json/raw-json.ts'
import { opaquePlaces } from './opaque-places.ts'
import type { Cancellation } from './schemas/call.ts'
import type { Escalation } from './schemas/escalation.ts'
import { CreateFunctionCall, FunctionCall, FunctionCallResponse } from './schemas/function-call.ts'
import { CreateHumanContact, HumanContact, HumanContactResponse } from './schemas/human-contact.ts'
import type { RespondAct } from './transitions/answer.ts'
import type { Act, Call } from './transitions/call.ts'
import type { CreateAct } from './transitions/creation.ts'
import type { EscalateAct } from './transitions/escalation.ts'
import type { Decision } from './transitions/decision.ts'
import * as functionCall from './transitions/function-call.ts'
import * as humanContact from './transitions/human-contact.ts'

/** What a client asks, before the server has put its part to it. */
export type CallRequest<C extends Call> = Pick<C, 'run_id' | 'call_id' | 'spec'> & {
  parent_run_id?: string
}

/** One kind of call: what its bodies look like, and its transitions. */
export interface CallKind<C extends Call, Response extends object> {
  name: 'function_call' | 'human_contact'
  /** The path of the collection. */
  path: string
  states: readonly string[]
  schemas: { create: TSchema; response: TSchema }
  /** Where opaque values stand in a spec. */
  specPlaces: OpaquePlaces
  create: (existing: C | undefined, request: CallRequest<C>, act: CreateAct) => Decision<C>
  respond: (call: C, response: Response, act: RespondAct) => Decision<C>
  cancel: (call: C, cancellation: Cancellation, act: Act) => Decision<C>
  escalate: (call: C, escalation: Escalation, act: EscalateAct) => Decision<C>
  /** Applies what is due: the expiry, or else the joining of leaves. */
  advance: (call: C, now: Date) => Decision<C>
  /** Where the data of a response breaks the schema of the call. */
  schemaFaults: (spec: C['spec'], response: Response) => JsonFault[]
}

/** May this function run? */
export const functionCallKind: CallKind<FunctionCall, FunctionCallResponse> = {
  ...functionCall,
  name: 'function_call',
  path: '/v1/function_calls',
  states: ['pending', 'approved', 'denied', 'expired', 'cancelled'],
  schemas: { create: CreateFunctionCall, response: FunctionCallResponse },
  specPlaces: opaquePlaces(FunctionCall).members!['spec']!,
  schemaFaults: ({ kwargs_schema }, { edited_kwargs }) =>
    faultsOfData(kwargs_schema, edited_kwargs, '/edited_kwargs'),
}

/** What do you say? */
export const humanContactKind: CallKind<HumanContact, HumanContactResponse> = {
  ...humanContact,
  name: 'human_contact',
  path: '/v1/human_contacts',
  states: ['pending', 'answered', 'expired', 'cancelled'],
  schemas: { create: CreateHumanContact, response: HumanContactResponse },
  specPlaces: opaquePlaces(HumanContact).members!['spec']!,
  schemaFaults: ({ response_schema }, { response_data }) =>
    faultsOfData(response_schema, response_data, '/response_data'),
}

/** What the schemas in a new spec do wrong, as `CreateAct` wants to know it. */
export function faultsOfSchemas(spec: Call['spec'], limits: SchemaLimits): JsonFault[] {
  return ['kwargs_schema', 'response_schema'].flatMap((member) => {
    const schema = (spec as Record<string, unknown>)[member] as RawJson | undefined
    if (!schema) return []
    return schemaFaults(schema, limits).map((fault) => ({
      ...fault,
      pointer: `/spec/${member}${fault.pointer}`,
    }))
  })
}

/** The call as people and their keys see it: `state` is between the agent and itself. */
export function withoutState<C extends Call>(call: C): Omit<C, 'spec'> & { spec: object } {
  const { state: _, ...spec } = call.spec
  return { ...call, spec }
}

function faultsOfData(schema: RawJson | undefined, data: RawJson | undefined, pointer: string): JsonFault[] {
  if (!schema || !data) return []
  return mismatches(schema, data).map((fault) => ({ ...fault, pointer: pointer + fault.pointer }))
}
