import {
  functionCallKind,
  humanContactKind,
  opaquePlaces,
  parseJson,
  stringify,
  Timer,
  type OpaquePlaces,
} from '@countersign/protocol'
import type { CallText, EventText, TimerText } from '../store/store.ts'

// What lies in the store becomes an answer: its texts are spliced in, not parsed.

interface Kind {
  /** The member that names the object. */
  id: string
  specPlaces: OpaquePlaces
}

const KINDS: Readonly<Record<EventText['kind'], Kind>> = {
  function_call: { id: 'call_id', specPlaces: functionCallKind.specPlaces },
  human_contact: { id: 'call_id', specPlaces: humanContactKind.specPlaces },
  timer: { id: 'timer_id', specPlaces: opaquePlaces(Timer).members!['spec']! },
}

/** A call as whoever has these scopes sees it: `state` is between the agent and itself. */
export function callText(kind: EventText['kind'], call: CallText, scopes: readonly string[]): string {
  return objectText(kind, { ...call, object_id: call.call_id }, scopes)
}

/** A timer, which only agents read. */
export function timerText(timer: TimerText): string {
  return objectText('timer', { ...timer, object_id: timer.timer_id }, ['agent'])
}

/** An event as whoever has these scopes sees it. */
export function eventText(event: EventText, scopes: readonly string[]): string {
  const { event_id, type, created_at, principal } = event
  const head = JSON.stringify({ id: event_id, type, created_at, principal }).slice(0, -1)
  return `${head},"data":${objectText(event.kind, event, scopes)}}`
}

function objectText(
  kind: EventText['kind'],
  { run_id, object_id, spec, status }: Pick<EventText, 'run_id' | 'object_id' | 'spec' | 'status'>,
  scopes: readonly string[],
): string {
  const { id, specPlaces } = KINDS[kind]
  const shown = scopes.includes('agent') ? spec : specWithoutState(spec, specPlaces)
  return `{"run_id":${JSON.stringify(run_id)},"${id}":${JSON.stringify(object_id)},"spec":${shown},"status":${status}}`
}

function specWithoutState(text: string, places: OpaquePlaces): string {
  if (!text.includes('"state":')) return text
  const parsed = parseJson(text, places, Number.POSITIVE_INFINITY)
  if (!parsed.ok) throw new Error(`The store holds a spec that is not JSON: ${parsed.fault.detail}`)
  const { state: _, ...spec } = parsed.value as { state?: unknown }
  return stringify(spec)
}
