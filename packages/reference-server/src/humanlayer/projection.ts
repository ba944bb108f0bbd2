import { stringify, type FunctionCall, type HumanContact } from '@countersign/protocol'
import { shownId } from './call-id.ts'
import { shownChannel } from './channel.ts'

// What HumanLayer clients see of a call. Strict ones refuse unknown members everywhere but in `status`.

export function showFunctionCall(
  { run_id, call_id, spec, status }: FunctionCall,
  withState: boolean,
): object {
  const { fn, kwargs, channel, reject_options, state } = spec
  return {
    run_id: shownId(run_id),
    call_id: shownId(call_id),
    spec: {
      fn,
      kwargs,
      channel: shownChannel(channel),
      reject_options,
      state: withState ? state : undefined,
    },
    status: showDecision(status),
  }
}

export function showHumanContact(
  { run_id, call_id, spec, status }: HumanContact,
  withState: boolean,
): object {
  const { msg, subject, channel, response_options, state } = spec
  return {
    run_id: shownId(run_id),
    call_id: shownId(call_id),
    spec: {
      msg,
      subject,
      channel: shownChannel(channel),
      response_options,
      state: withState ? state : undefined,
    },
    status: showAnswer(status),
  }
}

function showDecision(status: FunctionCall['status']): object {
  // No `responded_at` while pending: some clients take its mere presence for an answer.
  if (status.state === 'pending') return { requested_at: status.requested_at, approved: null, comment: null }

  return {
    requested_at: status.requested_at,
    responded_at: status.responded_at ?? status.completed_at,
    ...verdictOf(status),
    reject_option_name: status.reject_option_name,
    user_info: status.responder && { id: status.responder.id, name: status.responder.name },
  }
}

function verdictOf({ state, comment, edited_kwargs }: FunctionCall['status']): {
  approved: boolean
  comment: string
} {
  if (state === 'approved' && edited_kwargs)
    return { approved: false, comment: 'approved with changed arguments, which this client cannot apply' }
  if (state === 'approved' || state === 'denied')
    return { approved: state === 'approved', comment: comment ?? '' }
  return { approved: false, comment: `${state}: ${comment ?? ''}` }
}

function showAnswer(status: HumanContact['status']): object | null {
  // Clients take a status object for an answer.
  if (status.state === 'pending') return null

  const { state, response, response_data } = status
  const answer = response ?? (response_data ? stringify(response_data) : '')
  return {
    requested_at: status.requested_at,
    responded_at: status.responded_at ?? status.completed_at,
    response: state === 'answered' ? answer : `[no answer: ${state}]`,
    response_option_name: state === 'answered' ? status.response_option_name : null,
  }
}
