import type { Cancellation } from '../schemas/call.ts'
import type {
  CreateHumanContact,
  HumanContact,
  HumanContactAnswer,
  HumanContactResponse,
} from '../schemas/human-contact.ts'
import {
  afterExpiry,
  cancelPending,
  expireWhenDue,
  findOption,
  isSameValue,
  optionText,
  pendingStatus,
  recordEscalation,
  refusalToCreate,
  repeat,
  repeatedOrTerminal,
  responderNotAllowed,
  storedSpec,
  type Act,
  type CreateAct,
  type RespondAct,
} from './call.ts'
import { mayDecide } from './contact-channel.ts'
import { refuse, type Decision } from './decision.ts'

/** Takes a new contact, or gives the existing one when the same is asked again. */
export function create(
  existing: HumanContact | undefined,
  request: CreateHumanContact,
  act: CreateAct,
): Decision<HumanContact> {
  if (existing) return repeat(existing, request)

  const { spec } = request
  const refusal = refusalToCreate<HumanContact>(request, spec.response_options, '/spec/response_options', act)
  if (refusal) return refusal

  const { faults } = findOption(
    spec.response_options,
    spec.on_expire?.response_option_name,
    '/spec/on_expire/response_option_name',
  )
  if (faults.length > 0)
    return refuse(
      'unknown_option',
      'The default answer names an option that the call does not offer.',
      faults,
    )

  const next: HumanContact = {
    run_id: request.run_id,
    call_id: request.call_id,
    spec: storedSpec(spec),
    status: {
      state: 'pending',
      response: null,
      response_option_name: null,
      response_data: null,
      ...pendingStatus(spec, act),
    },
  }
  return { ok: true, next, events: [{ type: 'requested', principal: act.principal }] }
}

/**
 * Records an answer. The first answer wins: once the contact is terminal only the same answer by the same
 * responder is accepted again, and it changes nothing.
 */
export const respond = afterExpiry(
  expireNow,
  (call: HumanContact, response: HumanContactResponse, act: RespondAct) => {
    if (Object.values(response).every((member) => member === undefined))
      return refuse('invalid_request', 'The answer is empty.', [
        { pointer: '', detail: 'Send `response`, `response_option_name` or `response_data`.' },
      ])
    if (!mayDecide(call.status.channel, act.responder)) return responderNotAllowed(act.responder)

    const { option, faults } = findOption(
      call.spec.response_options,
      response.response_option_name,
      '/response_option_name',
    )
    const answer: HumanContactAnswer = {
      responder: act.responder,
      responded_at: act.now.toISOString(),
      response: response.response ?? (option ? optionText(option) : null),
      response_option_name: response.response_option_name ?? null,
      response_data: response.response_data ?? null,
    }
    if (call.status.state !== 'pending')
      return repeatedOrTerminal(
        call,
        call.status.responses.some((given) => isSameAnswer(given, answer)),
      )

    if (faults.length > 0) return refuse('unknown_option', 'The contact offers no such option.', faults)
    if (call.spec.response_schema && response.response_data === undefined)
      return refuse('schema_mismatch', 'The contact asks for data.', [
        {
          pointer: '/response_data',
          detail: 'The contact has a `response_schema`, so the answer needs `response_data`.',
        },
      ])
    if (act.schema_faults.length > 0)
      return refuse(
        'schema_mismatch',
        'The data does not satisfy the schema of the contact.',
        act.schema_faults,
      )

    return {
      ok: true,
      next: {
        ...call,
        status: {
          ...call.status,
          state: 'answered',
          response: answer.response,
          response_option_name: answer.response_option_name,
          response_data: answer.response_data ?? null,
          responder: answer.responder,
          responded_at: answer.responded_at,
          completed_at: answer.responded_at,
          responses: [...call.status.responses, answer],
        },
      },
      events: [
        { type: 'responded', principal: act.responder.id },
        { type: 'completed', principal: act.responder.id },
      ],
    }
  },
)

/** Withdraws a pending contact. To cancel a cancelled one again changes nothing. */
export const cancel = afterExpiry(expireNow, (call: HumanContact, cancellation: Cancellation, act: Act) =>
  cancelPending(
    call,
    () => ({ ...call, status: { ...call.status, state: 'cancelled', completed_at: act.now.toISOString() } }),
    cancellation,
    act,
  ),
)

/** Records that somebody else is asked too. Who may decide stays as it was. */
export const escalate = afterExpiry(expireNow, recordEscalation<HumanContact>)

/** Ends a contact that nobody answered in time; the agent gets the default answer, if it named one. */
export function expire(call: HumanContact, now: Date): Decision<HumanContact> {
  return expireWhenDue(call, now, expireNow)
}

function expireNow(call: HumanContact, now: Date): HumanContact {
  const { on_expire, response_options } = call.spec
  const option = response_options?.find(({ name }) => name === on_expire?.response_option_name)
  return {
    ...call,
    status: {
      ...call.status,
      state: 'expired',
      response: on_expire?.response ?? (option ? optionText(option) : null),
      response_option_name: option?.name ?? null,
      completed_at: now.toISOString(),
    },
  }
}

function isSameAnswer(given: HumanContactAnswer, answer: HumanContactAnswer): boolean {
  return (
    given.responder.id === answer.responder.id &&
    given.response === answer.response &&
    given.response_option_name === answer.response_option_name &&
    isSameValue(given.response_data ?? null, answer.response_data ?? null)
  )
}
