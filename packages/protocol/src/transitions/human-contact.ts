import { answering, isTaken, recognised } from '../routing/identity.ts'
import { routeOf } from '../routing/route.ts'
import type { Cancellation } from '../schemas/call.ts'
import type {
  CreateHumanContact,
  HumanContact,
  HumanContactAnswer,
  HumanContactResponse,
} from '../schemas/human-contact.ts'
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
import { refuse, type Decision } from './decision.ts'
import { placesOf } from './voices.ts'

/** Takes a new contact, or gives the existing one when the same is asked again. */
export function create(
  existing: HumanContact | undefined,
  request: CreateHumanContact,
  act: CreateAct,
): Decision<HumanContact> {
  if (existing) return repeat(existing, request)

  const { spec } = request
  const route = routeOf(spec, act.directory, act.capabilities)
  const refusal = refusalToCreate<HumanContact>(
    request,
    spec.response_options,
    '/spec/response_options',
    route,
    act,
  )
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
      ...pendingStatus(spec, route, act),
    },
  }
  return { ok: true, next, events: [{ type: 'requested', principal: act.principal }] }
}

/**
 * Records an answer. It decides when with it the channel holds; else the contact stays pending. Once it is terminal only
 * an answer that was accepted is accepted again, and it changes nothing.
 */
export const respond = afterWhatIsDue(
  expireNow,
  (call: HumanContact, response: HumanContactResponse, act: RespondAct) => {
    if (Object.values(response).every((member) => member === undefined))
      return refuse('invalid_request', 'The answer is empty.', [
        { pointer: '', detail: 'Send `response`, `response_option_name` or `response_data`.' },
      ])
    const status = recognised(call.status, act.directory)
    const responder = answering(status, act.responder, act.directory, act.now)
    const { option, faults } = findOption(
      call.spec.response_options,
      response.response_option_name,
      '/response_option_name',
    )
    const answer: HumanContactAnswer = {
      responder,
      responded_at: act.now.toISOString(),
      response: response.response ?? (option ? optionText(option) : null),
      response_option_name: response.response_option_name ?? null,
      response_data: response.response_data ?? null,
    }
    const places = placesOf(status, responder, act.now.getTime())
    const isRepeated = status.responses.some((given) => isSameAnswer(given, answer))
    // Whoever stood in for somebody may say again what they have said, even when they do not stand in any more.
    if ((places.size === 0 && !isRepeated) || !isTaken(responder, act.directory))
      return responderNotAllowed(responder)
    if (call.status.state !== 'pending' || places.size === 0) return repeatedOrTerminal(call, isRepeated)

    const compared = comparedWithOwn(status, answer, isSameAnswer)
    if (compared === 'same') return { ok: true, next: call, events: [] }
    if (compared === 'further') return alreadyAnswered(call, responder)

    if (faults.length > 0) return refuse('unknown_option', 'The contact offers no such option.', faults)
    if (call.spec.response_schema && response.response_data === undefined)
      return refuse('schema_mismatch', 'The contact asks for data.', [
        {
          pointer: '/response_data',
          detail: 'The contact has a `response_schema`, so the answer needs `response_data`.',
        },
      ])
    if (!act.schema_faults) return responderNotAllowed(responder)
    if (act.schema_faults.length > 0)
      return refuse(
        'schema_mismatch',
        'The data does not satisfy the schema of the contact.',
        act.schema_faults,
      )

    const responses = [...call.status.responses, answer]
    const deciding = decidedBy(status, [...status.responses, answer])
    const responded = { type: 'responded', principal: responder.id } as const
    if (!deciding)
      return { ok: true, next: { ...call, status: { ...call.status, responses } }, events: [responded] }

    return {
      ok: true,
      next: {
        ...call,
        status: {
          ...call.status,
          state: 'answered',
          ...wholeAnswer(responses),
          responder: answer.responder,
          responded_at: answer.responded_at,
          completed_at: answer.responded_at,
          responses,
          ...contactsAtEnd(call, deciding, act.now),
        },
      },
      events: [responded, { type: 'completed', principal: responder.id }],
    }
  },
)

/** What the agent gets: the one answer, or what everybody said, line by line. */
function wholeAnswer(responses: HumanContactAnswer[]) {
  const [first, ...others] = responses as [HumanContactAnswer, ...HumanContactAnswer[]]
  if (others.length === 0) {
    const { response, response_option_name, response_data = null } = first
    return { response, response_option_name, response_data }
  }
  const lines = responses.map(
    ({ responder, response, response_data }) =>
      `${responder.name ?? responder.id}: ${response ?? response_data?.text ?? ''}`,
  )
  return { response: lines.join('\n'), response_option_name: null, response_data: null }
}

/** Withdraws a pending contact. To cancel a cancelled one again changes nothing. */
export const cancel = afterWhatIsDue(expireNow, (call: HumanContact, cancellation: Cancellation, act: Act) =>
  cancelPending(
    call,
    () => ({
      ...call,
      status: {
        ...call.status,
        state: 'cancelled',
        completed_at: act.now.toISOString(),
        ...contactsAtEnd(call, NOBODY, act.now),
      },
    }),
    cancellation,
    act,
  ),
)

/** Records that somebody else is asked too. Who may decide stays as it was. */
export const escalate = afterWhatIsDue(expireNow, recordEscalation<HumanContact>)

/** Applies what is due: ends a contact that nobody answered in time, with the default answer if it has one, or lets leaves join. */
export function advance(call: HumanContact, now: Date): Decision<HumanContact> {
  return applyWhatIsDue(call, now, expireNow)
}

const NOBODY: ReadonlySet<string> = new Set()

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
      ...contactsAtEnd(call, NOBODY, now),
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
