import {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallResponse,
  functionCall,
  mismatches,
  opaquePlaces,
} from '@countersign/protocol'
import type { CallStore } from '../store/store.ts'
import type { CallKind } from './call-kind.ts'

/** May this function run? */
export function functionCalls(calls: CallStore<FunctionCall>): CallKind<FunctionCall, FunctionCallResponse> {
  return {
    ...functionCall,
    name: 'function_call',
    calls,
    path: '/v1/function_calls',
    states: ['pending', 'approved', 'denied', 'expired', 'cancelled'],
    schemas: { create: CreateFunctionCall, response: FunctionCallResponse },
    specPlaces: opaquePlaces(FunctionCall).members!['spec']!,
    schemaFaults({ kwargs_schema }, { edited_kwargs }) {
      if (!kwargs_schema || !edited_kwargs) return []
      return mismatches(kwargs_schema, edited_kwargs).map((fault) => ({
        ...fault,
        pointer: `/edited_kwargs${fault.pointer}`,
      }))
    },
  }
}
