import { checkId, newId } from './ids.ts'
import type { ContactChannel } from './schemas.ts'

/** A call as the caller gives it; what is absent comes from the client. */
export interface NewCall<Spec> {
  /** Default: the `runId` of the client. */
  run_id?: string | undefined
  /** The run that started the run. Default: the `parentRunId` of the client, for its own run. Feature `runs`. */
  parent_run_id?: string | undefined
  /**
   * The idempotency key. Default: a new, time-ordered one. Choose one that survives a restart of the agent, and a
   * repeated question finds the answer that was given meanwhile.
   */
  call_id?: string | undefined
  /** Its `channel` defaults to that of the client. */
  spec: Spec
}

/** What the client adds to a call. */
export interface CallDefaults {
  runId: string
  parentRunId?: string | undefined
  channel?: ContactChannel | undefined
}

/** Fills in what the caller left out, and refuses ids that the protocol does not allow. */
export function completeCall<Spec extends { channel?: ContactChannel }>(
  { run_id, parent_run_id, call_id, spec }: NewCall<Spec>,
  { channel, ...defaults }: CallDefaults,
): { run_id: string; parent_run_id?: string; call_id: string; spec: Spec } {
  return {
    ...completeRun({ run_id, parent_run_id }, defaults),
    call_id: checkId(call_id ?? newId('call'), 'call_id'),
    spec: channel === undefined || spec.channel !== undefined ? spec : { ...spec, channel },
  }
}

/** The run of something new, and its parent when there is one to name. */
export function completeRun(
  wish: { run_id?: string | undefined; parent_run_id?: string | undefined },
  { runId, parentRunId }: CallDefaults,
): { run_id: string; parent_run_id?: string } {
  const run_id = checkId(wish.run_id ?? runId, 'run_id')
  const parent = wish.parent_run_id ?? (run_id === runId ? parentRunId : undefined)
  return { run_id, ...(parent !== undefined && { parent_run_id: checkId(parent, 'parent_run_id') }) }
}

/** An escalation as the caller gives it. */
export type NewEscalation<Escalation extends { escalation_id: string }> = Omit<
  Escalation,
  'escalation_id'
> & {
  /** The idempotency key. Default: a new one. */
  escalation_id?: string | undefined
}

/** Gives the escalation an id, so that sending it again after a lost answer escalates once. */
export function completeEscalation<Escalation extends { escalation_id: string }>(
  escalation: NewEscalation<Escalation>,
): Omit<Escalation, 'escalation_id'> & { escalation_id: string } {
  return { ...escalation, escalation_id: escalation.escalation_id ?? newId('esc') }
}

/** Which calls a list shows, and which page of them. */
export interface ListOptions {
  run_id?: string
  state?: string
  /** How many items at most. Default: 50. */
  limit?: number
  /** The `next_cursor` of the page before. */
  cursor?: string
}
