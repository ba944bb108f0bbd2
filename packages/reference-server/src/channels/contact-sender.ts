import type { Call, ContactRecord } from '@countersign/protocol'
import type { CallKindName } from '../store/store.ts'

/** Somebody to ask, about which call. */
export interface QueuedContact {
  kind: CallKindName
  call: Call
  contact: ContactRecord
}

/** Asks somebody. A contact may be sent twice when the process ends in between; `contact_id` is then the same. */
export type ContactSender = (contact: QueuedContact) => Promise<'sent' | 'failed'>

/** By the kind of the leaf. What has no sender here cannot be sent. */
export type ContactSenders = Readonly<Record<string, ContactSender>>
