import type {
  Act,
  Call,
  Cancellation,
  CreateAct,
  Decision,
  EscalateAct,
  Escalation,
  JsonFault,
  OpaquePlaces,
  RespondAct,
} from '@countersign/protocol'
import type { TSchema } from '@sinclair/typebox'
import type { CallKindName, CallStore } from '../store/store.ts'

/** What a client asks, before the server has put its part to it. */
export type Request<C extends Call> = Pick<C, 'run_id' | 'call_id' | 'spec'>

/** One kind of call: where it lies, what its bodies look like, and its transitions. */
export interface CallKind<C extends Call, Response extends object> {
  name: CallKindName
  calls: CallStore<C>
  /** The path of the collection. */
  path: string
  states: readonly string[]
  schemas: { create: TSchema; response: TSchema }
  /** Where opaque values stand in a spec. */
  specPlaces: OpaquePlaces
  create: (existing: C | undefined, request: Request<C>, act: CreateAct) => Decision<C>
  respond: (call: C, response: Response, act: RespondAct) => Decision<C>
  cancel: (call: C, cancellation: Cancellation, act: Act) => Decision<C>
  escalate: (call: C, escalation: Escalation, act: EscalateAct) => Decision<C>
  /** Where the data of a response breaks the schema of the call. */
  schemaFaults: (spec: C['spec'], response: Response) => JsonFault[]
}
