import { stringify } from '@countersign/protocol'
import { eventText } from '../http/object-text.ts'
import { showFunctionCall, showHumanContact } from '../humanlayer/projection.ts'
import type { EventText, Store } from '../store/store.ts'

/** The body of a delivery. It is made of what never changes, so every attempt sends the same bytes. */
export function payloadOf(event: EventText, payload_style: string, store: Store): string {
  // A webhook belongs to the operator of the project, so `state` is shown as it is to agents.
  if (payload_style === 'countersign') return eventText(event, ['agent'])

  const shown = humanLayerObject(event, store)
  if (payload_style === 'humanlayer-v1') return stringify(shown)
  return stringify({ is_test: false, type: event.type, event: shown })
}

/** The headers of one attempt; receivers of HumanLayer's payloads verify with Svix, whose names are others. */
export function headersOf(
  { id, timestamp, signature }: { id: string; timestamp: number; signature: string },
  payload_style: string,
): Record<string, string> {
  const prefixes = payload_style === 'countersign' ? ['webhook'] : ['webhook', 'svix']
  const signed = prefixes.flatMap((prefix) => [
    [`${prefix}-id`, id],
    [`${prefix}-timestamp`, String(timestamp)],
    [`${prefix}-signature`, signature],
  ])
  return { 'content-type': 'application/json', 'user-agent': 'countersign', ...Object.fromEntries(signed) }
}

function humanLayerObject(event: EventText, { functionCalls, humanContacts }: Store): object {
  const text = { ...event, call_id: event.object_id, state: '' }
  return event.kind === 'function_call'
    ? showFunctionCall(functionCalls.parse(text), true)
    : showHumanContact(humanContacts.parse(text), true)
}
