import type { FunctionCall, FunctionCallResponse, FunctionCallSpec, FunctionCallStatus } from '../schemas.ts'
import type { AnswersAs } from './inbox.ts'

/** What the person says with a yes. */
export interface Approval extends AnswersAs {
  comment?: string | undefined
  /** Other arguments, where the call allows it. */
  edited_kwargs?: Record<string, unknown> | undefined
}

/** What the person says with a no. */
export interface Denial extends AnswersAs {
  comment?: string | undefined
  /** One of the call's prepared ways to say no. */
  reject_option_name?: string | undefined
}

/** An answer as `respondWith` gives it: the body of the protocol, and who says it. */
export type FunctionCallAnswer = FunctionCallResponse & AnswersAs

/** A function call that waits for the person whom the test plays. The first answer wins. */
export class AskedFunctionCall {
  readonly run_id: string
  readonly call_id: string
  readonly spec: FunctionCallSpec
  /** As it was when the call was handed out. */
  readonly status: FunctionCallStatus
  readonly #respond: (answer: FunctionCallAnswer) => FunctionCall

  constructor(call: FunctionCall, respond: (answer: FunctionCallAnswer) => FunctionCall) {
    this.run_id = call.run_id
    this.call_id = call.call_id
    this.spec = call.spec
    this.status = call.status
    this.#respond = respond
  }

  /** Lets the function run. A text is the comment. Throws `Refused` when the call does not take the answer. */
  approve(approval: string | Approval = {}): FunctionCall {
    return this.#respond({ approved: true, ...answerOf(approval) })
  }

  /** Keeps the function from running. A text is the comment. Throws `Refused` when the call does not take the answer. */
  deny(denial: string | Denial = {}): FunctionCall {
    return this.#respond({ approved: false, ...answerOf(denial) })
  }
}

/** `approved` is what the verb says, whatever else an object without types may hold. */
function answerOf(said: string | Approval | Denial): Omit<FunctionCallAnswer, 'approved'> {
  if (typeof said === 'string') return { comment: said }
  const { approved: _, ...answer } = said as FunctionCallAnswer
  return answer
}
