import type { Actor } from '../actors/actor.ts'
import { callId, functionCalls } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import { textOf } from '../exact-json.ts'
import type { PolicySubject } from '../oracles/policy.ts'
import { callUnder } from '../policy-calls.ts'
import type { ShownPolicy, ShownProject } from '../project.ts'
import type { Reply } from '../reply.ts'
import { creationOf } from './raw-creation.ts'

/** Creates a call with exactly these arguments. */
export function askAbout(
  context: Context,
  { fn, kwargs, requires_person }: PolicySubject,
  more: Readonly<Record<string, unknown>> = {},
  call_id = callId(context, functionCalls, context.nextName()),
  agent: Actor = context.agent,
): Promise<Reply> {
  const members = JSON.stringify({
    fn,
    ...(requires_person === undefined ? {} : { requires_person }),
    ...more,
  })
  const spec = `${members.slice(0, -1)},"kwargs":${textOf(kwargs)}}`
  const body = creationOf(context, call_id, spec)
  return agent.send({ method: 'POST', path: functionCalls.collection, body })
}

/** Each policy of this kind with a call to which it applies; those that never apply have none. */
export function callsUnder(
  { subject }: Context,
  isWanted: (policy: ShownPolicy) => boolean,
  project: ShownProject = subject.project,
): { policy: ShownPolicy; call: PolicySubject }[] {
  return project.policies.filter(isWanted).flatMap((policy) => {
    const call = callUnder(project.policies, policy)
    return call ? [{ policy, call }] : []
  })
}
