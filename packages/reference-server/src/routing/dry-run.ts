import {
  faultsOfSchemas,
  functionCall,
  FunctionCallSpec,
  parseRequestText,
  tryPolicies,
  type Directory,
  type FunctionCallStatus,
  type JsonFault,
  type PolicyTrial,
} from '@countersign/protocol'
import { Type } from '@sinclair/typebox'
import { CAPABILITIES, LIMITS } from '../capabilities.ts'

/** What the policies make of a function call that nobody has asked. */
export interface DryRun {
  /** Every policy in its order, and how it stands to the call. The first that matches applies. */
  trials: PolicyTrial[]
  /** The status that the call would begin with; undefined when it would be refused. */
  status?: FunctionCallStatus
  /** Why it would be refused. */
  refusal?: { detail: string; errors: JsonFault[] }
}

/**
 * Creates a function call without a server, a database or anybody who is asked. The text is JSON: a spec with `fn` and `kwargs`, or a whole
 * request to create a call, with `spec`. A text that is neither comes back as the faults of its shape.
 */
export function dryRunPolicies(
  text: string,
  directory: Directory,
  now: Date,
): { ok: true; value: DryRun } | { ok: false; faults: JsonFault[] } {
  const parsed = hasSpec(text)
    ? parseRequestText(text, RequestWithSpec, LIMITS.json_depth)
    : parseRequestText(`{"spec":${text}}`, RequestWithSpec, LIMITS.json_depth)
  if (!parsed.ok)
    return { ok: false, faults: parsed.refusal.errors ?? [{ pointer: '', detail: parsed.refusal.detail }] }

  const { spec } = parsed.value
  const decision = functionCall.create(
    undefined,
    { run_id: 'dry-run', call_id: 'dry-run', spec },
    {
      now,
      principal: 'key:dry-run',
      capabilities: CAPABILITIES,
      directory,
      max_expires_in_seconds: LIMITS.expires_in_seconds,
      schema_faults: faultsOfSchemas(spec, LIMITS),
    },
  )
  const trials = tryPolicies(spec, directory.policies)
  if (decision.ok) return { ok: true, value: { trials, status: decision.next.status } }
  const { detail, errors = [] } = decision.refusal
  return { ok: true, value: { trials, refusal: { detail, errors } } }
}

const RequestWithSpec = Type.Object({ spec: FunctionCallSpec })

function hasSpec(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'spec')
  } catch {
    // Whoever reads it next says what is wrong.
    return true
  }
}
