import {
  faultsOfSchemas,
  mayAnswer,
  principalOf,
  responderOf,
  unknownCall,
  type Call,
  type CallRequest,
  type CreateAct,
  type Decision,
} from '@countersign/protocol'
import type { Deps } from './deps.ts'
import type { CallKind } from './http/call-kind.ts'
import type { Principal } from './http/exchange.ts'
import { Problem } from './http/problem.ts'
import type { CallText } from './store/store.ts'

// What can be done with calls, whatever the profile of the wire: the native routes and the HumanLayer profile
// both come through here, so that there is one model and one store.

export interface Outcome<C extends Call> {
  call: C
  /** False when nothing happened: the same was asked, answered or cancelled before. */
  changed: boolean
}

/** Creates a call, or finds the same call asked before. */
export async function createCall<C extends Call>(
  kind: CallKind<C, never>,
  deps: Deps,
  principal: Principal,
  request: CallRequest<C>,
  capabilities = deps.capabilities,
): Promise<Outcome<C>> {
  // Checking a schema takes a while, so it is done before the transaction and handed in.
  const schema_faults = faultsOfSchemas(request.spec, deps.limits)
  return settle(
    await kind.calls.update(
      principal.project_id,
      request.call_id,
      (existing, now) => {
        const act: CreateAct = {
          now,
          principal: principalOf(principal),
          capabilities,
          directory: deps.directoryOf(principal.project_id),
          max_expires_in_seconds: deps.limits.expires_in_seconds,
          schema_faults,
        }
        return kind.create(existing, request, act)
      },
      principal.key_id,
      request.parent_run_id,
    ),
  )
}

/** Records an answer that came with a key. The first answer wins: the transition decides inside the transaction. */
export async function respondToCall<C extends Call, Response extends object>(
  kind: CallKind<C, Response>,
  { directoryOf }: Deps,
  principal: Principal,
  call_id: string,
  response: Response,
): Promise<Outcome<C>> {
  const responder = responderOf(principal)
  const directory = directoryOf(principal.project_id)
  // Checking data takes a while, so it is done before the transaction, which can rely on it because a spec never
  // changes; and only where the answer may count, so that nobody else can have the server work.
  const asked = kind.calls.parse(await getCall(kind, principal, call_id))
  const mayCount = mayAnswer(asked.status, responder, directory, new Date())
  const schema_faults =
    asked.status.state === 'pending' && mayCount ? kind.schemaFaults(asked.spec, response) : undefined
  return changeCall(kind, principal, call_id, (call, now) =>
    kind.respond(call, response, { now, responder, directory, schema_faults }),
  )
}

/** Runs a transition on an existing call. */
export async function changeCall<C extends Call>(
  kind: CallKind<C, never>,
  { project_id, key_id }: Principal,
  call_id: string,
  transition: (call: C, now: Date) => Decision<C>,
): Promise<Outcome<C>> {
  return settle(
    await kind.calls.update(project_id, call_id, (call, now) => call && transition(call, now), key_id),
  )
}

export async function getCall<C extends Call>(
  kind: CallKind<C, never>,
  { project_id }: Principal,
  call_id: string,
): Promise<CallText> {
  const call = await kind.calls.find(project_id, call_id)
  if (!call) throw Problem.from(unknownCall)
  return call
}

/** The call as soon as it is terminal, or as it stands after `seconds`. */
export async function waitForCall<C extends Call>(
  kind: CallKind<C, never>,
  { waiters }: Deps,
  { principal, signal }: { principal: Principal; signal: AbortSignal },
  call_id: string,
  seconds: number,
): Promise<CallText> {
  if (seconds === 0) return getCall(kind, principal, call_id)

  // Registered first, read second: an answer that comes in between is not lost.
  const waiter = waiters.register(
    waitedFor({ kind: kind.name, project_id: principal.project_id, call_id }),
    principal.key_id,
  )
  try {
    const call = await getCall(kind, principal, call_id)
    if (call.state !== 'pending') return call
    await waiter.wait(seconds * 1000, signal)
    return await getCall(kind, principal, call_id)
  } finally {
    waiter.release()
  }
}

/** The name under which the waiters of a call are kept. */
export function waitedFor({
  kind,
  project_id,
  call_id,
}: {
  kind: string
  project_id: string
  call_id: string
}): string {
  return `${kind} ${project_id} ${call_id}`
}

function settle<C extends Call>(decision: Decision<C> | undefined): Outcome<C> {
  if (!decision) throw Problem.from(unknownCall)
  if (!decision.ok) throw Problem.from(decision.refusal)
  return { call: decision.next, changed: decision.events.length > 0 }
}
