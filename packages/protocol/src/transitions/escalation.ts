import type { Capabilities } from '../features.ts'
import { isEqualJson } from '../json/canonicalize.ts'
import { stringify } from '../json/stringify.ts'
import type { Directory } from '../routing/directory.ts'
import { resolveChannel } from '../routing/names.ts'
import type { Escalation, EscalationRecord } from '../schemas/escalation.ts'
import { alreadyTerminal, type Act, type Call } from './call.ts'
import { channelFaults } from './channel-faults.ts'
import { unservedKinds, withoutSecrets } from './contact-channel.ts'
import { contactsOfEscalation } from './contacts.ts'
import { refuse, type Decision } from './decision.ts'

// Asking again, elsewhere or more urgently.

export interface EscalateAct extends Act {
  capabilities: Capabilities
  directory: Directory
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

  const route = asked.channel
    ? resolveChannel(asked.channel, act.directory, act.capabilities, '/channel')
    : undefined
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

function withoutRecord(record: EscalationRecord): Escalation {
  const { escalated_at: _, escalated_by: __, ...escalation } = record
  return escalation
}
