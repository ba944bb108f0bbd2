import { commonSpec, present, type CallOptions } from './call-options.ts'
import { ProtocolError } from './errors.ts'
import { isSameJson, parseExact, writeExact } from './exact-json.ts'
import type { NewCall } from './new-call.ts'
import type {
  Context,
  FunctionCall,
  FunctionCallSpec,
  FunctionCallStatus,
  JsonSchema,
  ResponseOption,
} from './schemas.ts'
import type { WaitOptions } from './waiting.ts'

/** How a guarded function presents itself to the model and to the person who decides. */
export interface RequireApprovalOptions<Args extends object> extends CallOptions {
  /** The name that the person and the model see. Default: the name of the function. */
  name?: string | undefined
  /** What the function does, for the model. */
  description?: string | undefined
  /** The JSON Schema of the arguments, for the model; with `allowEdit` it also binds edited arguments. */
  parameters?: JsonSchema | undefined
  /** What the person needs to decide, once for all or made from the arguments. */
  context?: Context | ((args: Args) => Context) | undefined
  /** Prepared ways to deny. */
  rejectOptions?: ResponseOption[] | undefined
  /** Whether the person may approve with changed arguments; the function then runs with those. Default: no. */
  allowEdit?: boolean | undefined
  /** Whether a person has to approve, whatever rules the operator has for such calls. Default: no. */
  requiresPerson?: boolean | undefined
  /** The schema that edited arguments have to satisfy, when `parameters` uses keywords that servers do not take. */
  kwargsSchema?: JsonSchema | undefined
  /** What the agent is told when nobody answered in time. */
  onExpire?: { comment?: string } | undefined
}

/** What differs from one run of a guarded function to the next. */
export interface Invocation extends WaitOptions {
  /** The idempotency key. The same again, after a crash say, finds the decision instead of asking anew. */
  callId?: string | undefined
}

/** A function that a person has to approve each time, in the shape of a tool for any LLM framework. */
export interface GuardedFunction<Args extends object, Result> {
  /** Resolves to what the function returns, or to the denial as text for the model. */
  (args: Args, invocation?: Invocation): Promise<Result | string>
  readonly name: string
  readonly description: string
  readonly parameters: JsonSchema
}

/** Asks for an approval and resolves to the terminal call, whatever was decided. */
export type FetchApproval = (call: NewCall<FunctionCallSpec>, options: WaitOptions) => Promise<FunctionCall>

/** Wraps a function of one object so that it runs only after an approval, and with exactly what was approved. */
export function guard<Args extends object, Result>(
  fetchApproval: FetchApproval,
  fn: (args: Args) => Result | PromiseLike<Result>,
  options: RequireApprovalOptions<Args>,
): GuardedFunction<Args, Result> {
  const name = options.name ?? fn.name
  if (name === '') throw new TypeError('The function has no name to show to people; give `name`.')

  const guarded = async (args: Args, invocation?: Invocation | null): Promise<Result | string> => {
    // The text is fixed here: the caller may change its object while a person decides, and that must not run.
    const text = writeExact(args, 'args')
    if (!text.startsWith('{')) throw new TypeError('args has to be one object with the named arguments.')

    const { callId, signal, timeoutMs } = invocation ?? {}
    const spec = specOf(name, text, options)
    const { spec: shown, status } = await fetchApproval({ spec, call_id: callId }, { signal, timeoutMs })

    if (shown.fn !== name || !isSameJson(shown.kwargs, parseExact(text)))
      throw new ProtocolError(
        `The server asked about something other than ${name} with these arguments; it was not run.`,
      )
    if (status.state !== 'approved' || status.approved !== true) return denialOf(name, status)
    return await fn((editedKwargs(status, spec) ?? parseExact(text)) as Args)
  }

  return Object.defineProperties(guarded, {
    name: { value: name },
    description: {
      value: options.description ?? `Runs ${name} once a person has approved it.`,
      enumerable: true,
    },
    parameters: { value: options.parameters ?? { type: 'object' }, enumerable: true },
  }) as unknown as GuardedFunction<Args, Result>
}

function specOf<Args extends object>(
  fn: string,
  text: string,
  options: RequireApprovalOptions<Args>,
): FunctionCallSpec {
  const { context } = options
  return {
    fn,
    kwargs: parseExact(text) as FunctionCallSpec['kwargs'],
    ...commonSpec(options, typeof context === 'function' ? context(parseExact(text) as Args) : context),
    ...present({
      reject_options: options.rejectOptions,
      on_expire: options.onExpire,
      allow_edit: options.allowEdit,
      requires_person: options.requiresPerson,
      kwargs_schema: options.allowEdit ? (options.kwargsSchema ?? options.parameters) : undefined,
    }),
  }
}

/** The arguments as the person changed them, if so. Throws when that was not allowed. */
export function editedKwargs(
  { edited_kwargs }: FunctionCallStatus,
  { allow_edit }: FunctionCallSpec,
): Record<string, unknown> | undefined {
  if (edited_kwargs === undefined || edited_kwargs === null) return undefined
  if (!allow_edit)
    throw new ProtocolError('The arguments were edited although that was not allowed; nothing was run.')
  if (typeof edited_kwargs === 'object' && !Array.isArray(edited_kwargs)) return edited_kwargs
  throw new ProtocolError('The edited arguments are no object, so nothing was run.')
}

/** Why the function was not run, as text for the model. */
export function denialOf(fn: string, status: FunctionCallStatus): string {
  const comment = status.comment ? `: ${status.comment}` : '.'
  return `The function ${fn} was not run. ${reasonOf(status)}${comment}`
}

/** How the call ended, as the beginning of a sentence. */
export function reasonOf({ state, approved, responder, reject_option_name }: FunctionCallStatus): string {
  if (state === 'denied') {
    const who = responder?.id === 'system:policy' ? 'A rule of the operator' : 'A person'
    return `${who} denied it${reject_option_name ? ` (${reject_option_name})` : ''}`
  }
  if (state === 'expired') return 'It expired'
  if (state === 'cancelled') return 'The request for approval was cancelled'
  if (state === 'approved') return `The answer contradicts itself: approved is ${String(approved)}`
  return `The call ended in the state "${state}", which is no approval`
}
