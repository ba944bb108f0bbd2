import {
  CreateHumanContact,
  HumanContact,
  HumanContactResponse,
  humanContact,
  mismatches,
  opaquePlaces,
} from '@countersign/protocol'
import type { CallStore } from '../store/store.ts'
import type { CallKind } from './call-kind.ts'

/** What do you say? */
export function humanContacts(calls: CallStore<HumanContact>): CallKind<HumanContact, HumanContactResponse> {
  return {
    ...humanContact,
    name: 'human_contact',
    calls,
    path: '/v1/human_contacts',
    states: ['pending', 'answered', 'expired', 'cancelled'],
    schemas: { create: CreateHumanContact, response: HumanContactResponse },
    specPlaces: opaquePlaces(HumanContact).members!['spec']!,
    schemaFaults({ response_schema }, { response_data }) {
      if (!response_schema || !response_data) return []
      return mismatches(response_schema, response_data).map((fault) => ({
        ...fault,
        pointer: `/response_data${fault.pointer}`,
      }))
    },
  }
}
