import { TerminalError, TimeoutError } from './errors.ts'
import { snapshot } from './exact-json.ts'
import type {
  ContactChannel,
  CreateFunctionCall,
  CreateHumanContact,
  FunctionCall,
  HumanContact,
  Responder,
} from './schemas.ts'
import {
  promptForFunctionCall,
  promptForHumanContact,
  type PromptOptions,
  type Terminal,
} from './terminal.ts'
import { withinTime, type WaitOptions } from './waiting.ts'

/** Decides a function call in the terminal of this process. Nothing is stored: the same call again is asked again. */
export async function decideInTerminal(
  body: CreateFunctionCall,
  terminal: Terminal | undefined,
  options: WaitOptions,
): Promise<FunctionCall> {
  const call = snapshot(body)
  // Nothing here checks changed arguments against a schema, so that they are not offered.
  const unchanged = { ...call, spec: { ...call.spec, allow_edit: false } }
  const asked = await answerInTime(unchanged, terminal, options, (shown, prompt) =>
    promptForFunctionCall(shown, prompt),
  )
  const { answer } = asked
  const none = { reject_option_name: null, edited_kwargs: null }
  if (!answer) {
    const comment = call.spec.on_expire?.comment ?? 'Nobody answered in time.'
    return {
      ...call,
      status: { state: 'expired', approved: false, comment, ...none, responses: [], ...asked.status },
    }
  }

  const given = {
    approved: answer.approved,
    comment: answer.comment ?? '',
    ...none,
    reject_option_name: answer.reject_option_name ?? null,
  }
  return {
    ...call,
    status: {
      state: answer.approved ? 'approved' : 'denied',
      ...given,
      responses: [{ responder: PERSON, responded_at: asked.at, ...given }],
      ...asked.status,
    },
  }
}

/** Answers a human contact in the terminal of this process. Nothing is stored: the same contact again is asked again. */
export async function respondInTerminal(
  body: CreateHumanContact,
  terminal: Terminal | undefined,
  options: WaitOptions,
): Promise<HumanContact> {
  const call = snapshot(body)
  const asked = await answerInTime(call, terminal, options, (shown, prompt) =>
    promptForHumanContact(shown, prompt),
  )
  const { response, response_option_name } = asked.answer ?? defaultAnswer(call)
  const given = {
    response: response ?? null,
    response_option_name: response_option_name ?? null,
    response_data: asked.answer?.response_data ?? null,
  }
  const responses = asked.answer ? [{ responder: PERSON, responded_at: asked.at, ...given }] : []
  return {
    ...call,
    status: { state: asked.answer ? 'answered' : 'expired', ...given, responses, ...asked.status },
  }
}

const PERSON: Responder = { id: 'terminal:local', channel: 'terminal', assurance: 'session' }

type AnyCall = CreateFunctionCall | CreateHumanContact

async function answerInTime<C extends AnyCall, Answer>(
  call: C,
  terminal: Terminal | undefined,
  options: WaitOptions,
  prompt: (call: C, options: PromptOptions) => Promise<Answer>,
) {
  refuseWhatNobodyChecks(call)
  const requestedAt = new Date()
  const expiresAt = expiryOf(call, requestedAt)
  const shown =
    expiresAt === null ? call : { ...call, spec: { ...call.spec, expires_at: expiresAt.toISOString() } }

  const answer = await withinTime(call.call_id, options, async (signal) => {
    const limit =
      expiresAt === null ? {} : { timeoutMs: Math.max(0, expiresAt.getTime() - requestedAt.getTime()) }
    try {
      return await withinTime(call.call_id, { signal, ...limit }, (ends) =>
        prompt(shown, { terminal, signal: ends, notice: noticeOf(call.spec.channel) }),
      )
    } catch (error) {
      // Of the two limits only that of the call itself is a state of the call.
      if (signal.aborted || !(error instanceof TimeoutError)) throw error
      return undefined
    }
  })
  const at = new Date().toISOString()
  return {
    answer,
    at,
    status: {
      requested_at: requestedAt.toISOString(),
      requested_by: 'terminal:local',
      expires_at: expiresAt?.toISOString() ?? null,
      channel: call.spec.channel ?? { inbox: {} },
      completed_at: at,
      responded_at: answer === undefined ? null : at,
      responder: answer === undefined ? null : PERSON,
    },
  }
}

function expiryOf({ spec }: AnyCall, now: Date): Date | null {
  if (spec.expires_at !== undefined) return new Date(spec.expires_at)
  return spec.expires_in_seconds === undefined
    ? null
    : new Date(now.getTime() + spec.expires_in_seconds * 1000)
}

/** What narrows who may answer, or what they may see, is refused rather than ignored. */
function refuseWhatNobodyChecks({ spec }: AnyCall): void {
  const needed = [
    ...(spec.requires ?? []).filter((feature) => feature !== 'expiry'),
    ...(['redact', 'minimum_assurance', 'exclude_responder_ids'] as const).filter(
      (name) => spec[name] !== undefined,
    ),
  ]
  if (needed.length > 0)
    throw new TerminalError(
      `Without a server the terminal cannot offer what the call needs: ${needed.join(', ')}.`,
    )
}

function noticeOf(channel: ContactChannel | undefined): string | undefined {
  if (channel?.all_of === undefined && channel?.quorum === undefined) return undefined
  return 'The call asks for several people. Without a server, the answer here is the only one.'
}

function defaultAnswer({ spec: { on_expire, response_options } }: CreateHumanContact) {
  const option = response_options?.find(({ name }) => name === on_expire?.response_option_name)
  return {
    response: on_expire?.response ?? (option && (option.prompt_fill || option.title || option.name)),
    response_option_name: option?.name,
  }
}
