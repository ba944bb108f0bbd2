import { answering, isTaken, recognised } from '../routing/identity.ts'
import type { RawJson } from '../json/raw-json.ts'
import type { Directory } from '../routing/directory.ts'
import { policyFor } from '../routing/policies.ts'
import { routeOf, routeUnder } from '../routing/route.ts'
import type { Cancellation } from '../schemas/call.ts'
import type {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallAnswer,
  FunctionCallResponse,
} from '../schemas/function-call.ts'
import type { Policy } from '../schemas/policy.ts'
import {
  alreadyAnswered,
  comparedWithOwn,
  decidedBy,
  findOption,
  isSameValue,
  optionText,
  repeatedOrTerminal,
  responderNotAllowed,
  type RespondAct,
} from './answer.ts'
import { afterWhatIsDue, applyWhatIsDue, cancelPending, contactsAtEnd, type Act } from './call.ts'
import { pendingStatus, refusalToCreate, repeat, storedSpec, type CreateAct } from './creation.ts'
import { recordEscalation } from './escalation.ts'
import { isDecidedByOne } from './contact-channel.ts'
import { unusedContactsOf } from './contacts.ts'
import { refuse, type Decision } from './decision.ts'
import { placesOf } from './voices.ts'

/** Takes a new call, or gives the existing one when the same is asked again. */
export function create(
  existing: FunctionCall | undefined,
  request: CreateFunctionCall,
  act: CreateAct,
): Decision<FunctionCall> {
  if (existing) return repeat(existing, request)

  const policy = policyFor(request.spec, act.directory.policies)
  const asked = routeOf(request.spec, act.directory, act.capabilities)
  const route = policy?.effect === 'ask' ? routeUnder(policy, asked, act.capabilities) : asked
  const refusal = refusalToCreate<FunctionCall>(
    request,
    request.spec.reject_options,
    '/spec/reject_options',
    route,
    act,
  )
  if (refusal) return refusal

  const status = pendingStatus(request.spec, route, act)
  const next: FunctionCall = {
    run_id: request.run_id,
    call_id: request.call_id,
    spec: storedSpec(request.spec),
    status: {
      state: 'pending',
      approved: null,
      comment: null,
      reject_option_name: null,
      allow_edit: (request.spec.allow_edit ?? false) && isDecidedByOne(status.channel),
      edited_kwargs: null,
      ...(policy && { policy: policy.name }),
      ...status,
    },
  }
  const requested = { type: 'requested', principal: act.principal } as const
  if (!policy || policy.effect === 'ask') return { ok: true, next, events: [requested] }
  return {
    ok: true,
    next: settled(next, policy, act.now),
    events: [
      requested,
      { type: 'responded', principal: POLICY },
      { type: 'completed', principal: POLICY, detail: policy.name },
    ],
  }
}

const POLICY = 'system:policy'

/** The call as a policy settles it, before anybody is asked. */
function settled(call: FunctionCall, policy: Policy, now: Date): FunctionCall {
  const approved = policy.effect === 'approve'
  const answer: FunctionCallAnswer = {
    responder: { id: POLICY, name: policy.name, channel: 'system' },
    responded_at: now.toISOString(),
    approved,
    comment: policy.comment ?? `${approved ? 'Approved' : 'Denied'} by the policy "${policy.name}".`,
    reject_option_name: null,
    edited_kwargs: null,
  }
  return decided(call, answer, [answer], { contacts: unusedContactsOf(call.status.channel, now) })
}

/** The call as this answer ends it. */
function decided(
  call: FunctionCall,
  answer: FunctionCallAnswer,
  responses: FunctionCallAnswer[],
  atEnd: Pick<FunctionCall['status'], 'contacts'>,
): FunctionCall {
  return {
    ...call,
    status: {
      ...call.status,
      state: answer.approved ? 'approved' : 'denied',
      approved: answer.approved,
      comment: answer.comment,
      reject_option_name: answer.reject_option_name,
      edited_kwargs: answer.edited_kwargs ?? null,
      responder: answer.responder,
      responded_at: answer.responded_at,
      completed_at: answer.responded_at,
      responses,
      ...atEnd,
    },
  }
}

/**
 * Records an answer. It decides when it denies, or when with it the channel holds; else the call stays pending. The first
 * decision wins: once the call is terminal only an answer that was accepted is accepted again, and it changes nothing.
 */
export const respond = afterWhatIsDue(
  expireNow,
  (call: FunctionCall, response: FunctionCallResponse, act: RespondAct) => {
    const contradiction = contradictionIn(response)
    if (contradiction) return contradiction
    const status = recognised(call.status, act.directory)
    const responder = answering(status, act.responder, act.directory, act.now)
    const { option, faults } = findOption(
      call.spec.reject_options,
      response.reject_option_name,
      '/reject_option_name',
    )
    const answer: FunctionCallAnswer = {
      responder,
      responded_at: act.now.toISOString(),
      approved: response.approved,
      comment: response.comment ?? (option ? optionText(option) : ''),
      reject_option_name: response.reject_option_name ?? null,
      edited_kwargs: response.edited_kwargs ?? null,
    }
    const places = placesOf(status, responder, act.now.getTime())
    const isRepeated = status.responses.some((given) => isSameAnswer(given, answer))
    // Whoever stood in for somebody may say again what they have said, even when they do not stand in any more.
    if ((places.size === 0 && !isRepeated) || !isTaken(responder, act.directory))
      return responderNotAllowed(responder)
    if (call.status.state !== 'pending' || places.size === 0) return repeatedOrTerminal(call, isRepeated)

    const compared = comparedWithOwn(status, answer, isSameAnswer)
    if (compared === 'same') return { ok: true, next: call, events: [] }
    if (compared === 'further' && answer.approved) return alreadyAnswered(call, responder)

    if (faults.length > 0) return refuse('unknown_option', 'The call offers no such option.', faults)
    if (response.edited_kwargs !== undefined) {
      if (!call.status.allow_edit)
        return refuse('edit_not_allowed', 'This call does not allow edits.', [
          { pointer: '/edited_kwargs', detail: 'The call was asked without `allow_edit`.' },
        ])
      if (!act.schema_faults) return responderNotAllowed(responder)
      if (act.schema_faults.length > 0)
        return refuse(
          'schema_mismatch',
          'The edited arguments do not satisfy the schema of the call.',
          act.schema_faults,
        )
      const policy = stricterPolicy(call, response.edited_kwargs, act.directory)
      if (policy)
        return refuse('edit_not_allowed', 'These arguments take more than this answer.', [
          { pointer: '/edited_kwargs', detail: `The policy "${policy.name}" applies to them.` },
        ])
    }
    const responses = [...call.status.responses, answer]
    const deciding = answer.approved
      ? decidedBy(
          status,
          [...status.responses, answer].filter(({ approved }) => approved),
        )
      : new Set([...places].slice(0, 1))
    const responded = { type: 'responded', principal: responder.id } as const
    if (!deciding)
      return { ok: true, next: { ...call, status: { ...call.status, responses } }, events: [responded] }

    return {
      ok: true,
      next: decided(call, answer, responses, contactsAtEnd(call, deciding, act.now)),
      events: [responded, { type: 'completed', principal: responder.id }],
    }
  },
)

/** The policy that would have something to say about the call with these arguments, beyond what has been kept to; approval by a rule is not needed here. */
function stricterPolicy(call: FunctionCall, kwargs: RawJson, { policies }: Directory): Policy | undefined {
  const policy = policyFor({ ...call.spec, kwargs }, policies)
  return policy && policy.effect !== 'approve' && policy.name !== call.status.policy ? policy : undefined
}

/** An answer that contradicts itself is refused by its shape, whatever the call. */
function contradictionIn(response: FunctionCallResponse): Decision<FunctionCall> | undefined {
  if (response.approved && response.reject_option_name !== undefined)
    return refuse('invalid_request', 'A reject option denies; it cannot come with an approval.', [
      { pointer: '/reject_option_name', detail: 'Send `approved: false` with it, or leave it out.' },
    ])
  if (!response.approved && response.edited_kwargs !== undefined)
    return refuse('invalid_request', 'A denial cannot carry edited arguments.', [
      { pointer: '/edited_kwargs', detail: 'Send `approved: true` with it, or leave it out.' },
    ])
  return undefined
}

/** Withdraws a pending call. To cancel a cancelled call again changes nothing. */
export const cancel = afterWhatIsDue(expireNow, (call: FunctionCall, cancellation: Cancellation, act: Act) =>
  cancelPending(
    call,
    (comment) => ({
      ...call,
      status: {
        ...call.status,
        state: 'cancelled',
        approved: false,
        comment,
        completed_at: act.now.toISOString(),
        ...contactsAtEnd(call, NOBODY, act.now),
      },
    }),
    cancellation,
    act,
  ),
)

/** Records that somebody else is asked too. Who may decide stays as it was. */
export const escalate = afterWhatIsDue(expireNow, recordEscalation<FunctionCall>)

/** Applies what is due: ends a call that nobody answered in time, or lets leaves join. Silence never approves. */
export function advance(call: FunctionCall, now: Date): Decision<FunctionCall> {
  return applyWhatIsDue(call, now, expireNow)
}

const NOBODY: ReadonlySet<string> = new Set()

function expireNow(call: FunctionCall, now: Date): FunctionCall {
  return {
    ...call,
    status: {
      ...call.status,
      state: 'expired',
      approved: false,
      comment: call.spec.on_expire?.comment ?? 'Nobody answered in time.',
      completed_at: now.toISOString(),
      ...contactsAtEnd(call, NOBODY, now),
    },
  }
}

function isSameAnswer(given: FunctionCallAnswer, answer: FunctionCallAnswer): boolean {
  return (
    given.responder.id === answer.responder.id &&
    given.approved === answer.approved &&
    given.comment === answer.comment &&
    given.reject_option_name === answer.reject_option_name &&
    isSameValue(given.edited_kwargs ?? null, answer.edited_kwargs ?? null)
  )
}
