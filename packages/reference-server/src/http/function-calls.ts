import { functionCallKind, type FunctionCall, type FunctionCallResponse } from '@countersign/protocol'
import type { CallStore } from '../store/store.ts'
import type { CallKind } from './call-kind.ts'

/** May this function run? */
export function functionCalls(calls: CallStore<FunctionCall>): CallKind<FunctionCall, FunctionCallResponse> {
  return { ...functionCallKind, calls }
}
