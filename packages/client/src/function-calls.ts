import type { Ask, Connection, HeldRequestOptions, RequestOptions } from './connection.ts'
import { snapshot } from './exact-json.ts'
import { pathOf } from './ids.ts'
import {
  completeCall,
  completeEscalation,
  type CallDefaults,
  type ListOptions,
  type NewCall,
  type NewEscalation,
} from './new-call.ts'
import type {
  Cancellation,
  CreateFunctionCall,
  Escalation,
  FunctionCall,
  FunctionCallList,
  FunctionCallResponse,
  FunctionCallSpec,
} from './schemas.ts'
import type { SharedWaits } from './shared-waits.ts'
import { untilTerminal, type WaitOptions } from './waiting.ts'

/**
 * The function calls of the project, one method per operation. A request without an answer is sent twice more before
 * it fails with a ConnectionError; `wait` and `createAndWait` go on for as long as `reconnectForMs` allows.
 */
export class FunctionCalls {
  readonly #connection: Connection
  readonly #waits: SharedWaits
  readonly #defaults: CallDefaults

  constructor(waits: SharedWaits, defaults: CallDefaults) {
    this.#connection = waits.connection
    this.#waits = waits
    this.#defaults = defaults
  }

  /** Asks whether a function may run. The same call again returns the existing one. */
  async create(call: NewCall<FunctionCallSpec>, options: HeldRequestOptions = {}): Promise<FunctionCall> {
    return this.#connection.send(this.#post(completeCall(call, this.#defaults)), options)
  }

  /** The function call as it stands, or as it stands once it is terminal or `waitSeconds` have passed. */
  async get(call_id: string, options: HeldRequestOptions = {}): Promise<FunctionCall> {
    return this.#connection.send(this.#get(call_id), options)
  }

  /** One page, newest first; `next_cursor` leads to the next. */
  async list(filter: ListOptions = {}, options: RequestOptions = {}): Promise<FunctionCallList> {
    return this.#connection.send(
      ({ signal }) => this.#http.GET('/v1/function_calls', { params: { query: filter }, signal }),
      options,
    )
  }

  /** Waits until the call is terminal, through restarts of the server and losses of the network. */
  async wait(call_id: string, options: WaitOptions = {}): Promise<FunctionCall> {
    const ask = this.#get(call_id)
    return untilTerminal(this.#waits, 'function_call', call_id, { first: ask, next: ask }, options)
  }

  /** Asks, and waits until the call is terminal. Repeating it under the same `call_id` takes up the same wait. */
  async createAndWait(call: NewCall<FunctionCallSpec>, options: WaitOptions = {}): Promise<FunctionCall> {
    // Fixed here: what the caller changes while it waits must not make a repeat a different call.
    const body = snapshot(completeCall(call, this.#defaults))
    const asks = { first: this.#post(body), next: this.#get(body.call_id), sent: body }
    return untilTerminal(this.#waits, 'function_call', body.call_id, asks, options)
  }

  /** Answers, which takes a key with the scope `responder`. The first answer wins; a later one is an ApiError. */
  async respond(
    call_id: string,
    body: FunctionCallResponse,
    options: RequestOptions = {},
  ): Promise<FunctionCall> {
    const params = pathOf(call_id)
    return this.#connection.send(
      ({ signal }) => this.#http.POST('/v1/function_calls/{call_id}/respond', { params, body, signal }),
      options,
    )
  }

  /** Withdraws a pending call. */
  async cancel(
    call_id: string,
    body: Cancellation = {},
    options: RequestOptions = {},
  ): Promise<FunctionCall> {
    const params = pathOf(call_id)
    return this.#connection.send(
      ({ signal }) => this.#http.POST('/v1/function_calls/{call_id}/cancel', { params, body, signal }),
      options,
    )
  }

  /** Asks again, elsewhere or more urgently. Who may decide stays as it was. */
  async escalate(
    call_id: string,
    escalation: NewEscalation<Escalation>,
    options: RequestOptions = {},
  ): Promise<FunctionCall> {
    const params = pathOf(call_id)
    const body = completeEscalation<Escalation>(escalation)
    return this.#connection.send(
      ({ signal }) => this.#http.POST('/v1/function_calls/{call_id}/escalate', { params, body, signal }),
      options,
    )
  }

  get #http() {
    return this.#connection.http
  }

  #post(body: CreateFunctionCall): Ask<FunctionCall> {
    return ({ signal, query }) => this.#http.POST('/v1/function_calls', { body, params: { query }, signal })
  }

  #get(call_id: string): Ask<FunctionCall> {
    const params = pathOf(call_id)
    return ({ signal, query }) =>
      this.#http.GET('/v1/function_calls/{call_id}', { params: { ...params, query }, signal })
  }
}
