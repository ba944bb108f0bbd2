import { commonSpec, present, type CallOptions } from './call-options.ts'
import { writeParsed } from './exact-json.ts'
import type { NewCall } from './new-call.ts'
import type { Invocation } from './require-approval.ts'
import type {
  Context,
  HumanContact,
  HumanContactSpec,
  HumanContactStatus,
  JsonSchema,
  ResponseOption,
} from './schemas.ts'
import type { WaitOptions } from './waiting.ts'

/** How a person presents itself to the model, and how the person is asked. */
export interface HumanAsToolOptions extends CallOptions {
  /** Default: `contact_human`. */
  name?: string | undefined
  /** What the model can expect of the person. */
  description?: string | undefined
  /** The short title of messages for which the model gives none. */
  subject?: string | undefined
  /** What the person needs to know beyond the message. */
  context?: Context | undefined
  /** Prepared answers. Free text stays possible. */
  responseOptions?: ResponseOption[] | undefined
  /** A JSON Schema that the answer has to satisfy as data; the tool then returns its JSON text. */
  responseSchema?: JsonSchema | undefined
  /** The answer that the model gets when nobody answered in time. */
  onExpire?: { response?: string; response_option_name?: string } | undefined
}

/** What the model says to the person. */
export interface Message {
  message: string
  subject?: string | undefined
}

/** A person in the shape of a tool for any LLM framework. */
export interface HumanTool {
  /** Resolves to the answer as text, or to a text that says that nobody answered. */
  (message: Message, invocation?: Invocation): Promise<string>
  readonly name: string
  readonly description: string
  readonly parameters: JsonSchema
}

/** Asks a person something and resolves to the terminal contact, answered or not. */
export type FetchResponse = (call: NewCall<HumanContactSpec>, options: WaitOptions) => Promise<HumanContact>

/** Makes a tool with which a model can ask a person. */
export function toolFor(fetchResponse: FetchResponse, options: HumanAsToolOptions): HumanTool {
  const tool = async (
    { message, subject = options.subject }: Message,
    invocation?: Invocation | null,
  ): Promise<string> => {
    if (typeof message !== 'string' || message === '') throw new TypeError('message has to be a text.')

    const { callId, signal, timeoutMs } = invocation ?? {}
    const spec: HumanContactSpec = {
      msg: message,
      ...commonSpec(options, options.context),
      ...present({
        subject,
        response_options: options.responseOptions,
        response_schema: options.responseSchema,
        on_expire: options.onExpire,
      }),
    }
    const { status } = await fetchResponse({ spec, call_id: callId }, { signal, timeoutMs })
    return answerOf(status)
  }

  return Object.defineProperties(tool, {
    name: { value: options.name ?? 'contact_human' },
    description: { value: options.description ?? DESCRIPTION, enumerable: true },
    parameters: { value: PARAMETERS, enumerable: true },
  }) as unknown as HumanTool
}

const DESCRIPTION =
  'Ask a person, or tell them something, and get their answer as text. It can take them a while to answer.'

const PARAMETERS = {
  type: 'object',
  properties: {
    message: { type: 'string', minLength: 1, description: 'What to ask or to say.' },
    subject: { type: 'string', description: 'A short title.' },
  },
  required: ['message'],
}

/** The answer, or that there is none, as text for the model. */
export function answerOf(status: HumanContactStatus): string {
  // An expired contact carries the default answer, if the agent named one.
  const answer = status.state === 'answered' || status.state === 'expired' ? textOf(status) : undefined
  if (answer !== undefined) return answer
  if (status.state === 'answered') return 'The person answered without a text.'
  if (status.state === 'expired') return 'Nobody answered in time.'
  if (status.state === 'cancelled') return 'Nobody answered: the question was cancelled.'
  return `Nobody answered: the question ended in the state "${status.state}".`
}

function textOf({ response, response_option_name, response_data }: HumanContactStatus): string | undefined {
  if (response) return response
  if (response_data !== undefined && response_data !== null) return writeParsed(response_data)
  return response_option_name ?? undefined
}
