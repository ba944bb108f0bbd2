import { humanContactKind, type HumanContact, type HumanContactResponse } from '@countersign/protocol'
import type { CallStore } from '../store/store.ts'
import type { CallKind } from './call-kind.ts'

/** What do you say? */
export function humanContacts(calls: CallStore<HumanContact>): CallKind<HumanContact, HumanContactResponse> {
  return { ...humanContactKind, calls }
}
