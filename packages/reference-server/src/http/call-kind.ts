import type { Call, CallKind as ProtocolCallKind } from '@countersign/protocol'
import type { CallStore } from '../store/store.ts'

/** One kind of call, and where its calls lie. */
export interface CallKind<C extends Call, Response extends object> extends ProtocolCallKind<C, Response> {
  calls: CallStore<C>
}
