import { callId, functionCalls } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import { textOf } from '../exact-json.ts'
import type { PolicySubject } from '../oracles/policy.ts'
import { callUnder } from '../policy-calls.ts'
import type { ShownPolicy } from '../project.ts'
import type { Reply } from '../reply.ts'
import { creationOf, postRaw } from './raw-creation.ts'

/** Creates a call with exactly these arguments. */
export function askAbout(
  context: Context,
  { fn, kwargs, requires_person }: PolicySubject,
  more: Readonly<Record<string, unknown>> = {},
  call_id = callId(context, functionCalls, context.nextName()),
): Promise<Reply> {
  const members = JSON.stringify({
    fn,
    ...(requires_person === undefined ? {} : { requires_person }),
    ...more,
  })
  const spec = `${members.slice(0, -1)},"kwargs":${textOf(kwargs)}}`
  return postRaw(context, functionCalls, creationOf(context, call_id, spec))
}

/** Each policy of this kind with a call to which it applies; those that never apply have none. */
export function callsUnder(
  { subject: { project } }: Context,
  isWanted: (policy: ShownPolicy) => boolean,
): { policy: ShownPolicy; call: PolicySubject }[] {
  return project.policies.filter(isWanted).flatMap((policy) => {
    const call = callUnder(project.policies, policy)
    return call ? [{ policy, call }] : []
  })
}
