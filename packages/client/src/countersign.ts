import { Connection, type Fetch, type RequestOptions } from './connection.ts'
import { ConfigurationError } from './errors.ts'
import { eventQuery, eventsOf, type EventListOptions, type EventOptions } from './events.ts'
import { FunctionCalls } from './function-calls.ts'
import { toolFor, type HumanAsToolOptions, type HumanTool } from './human-as-tool.ts'
import { HumanContacts } from './human-contacts.ts'
import { checkId, newId } from './ids.ts'
import { completeCall, type CallDefaults, type NewCall } from './new-call.ts'
import { guard, type GuardedFunction, type RequireApprovalOptions } from './require-approval.ts'
import { Runs } from './runs.ts'
import type {
  ContactChannel,
  Discovery,
  Event,
  EventList,
  FunctionCall,
  FunctionCallSpec,
  HumanContact,
  HumanContactSpec,
  Project,
  Timer,
} from './schemas.ts'
import { SharedWaits } from './shared-waits.ts'
import { decideInTerminal, respondInTerminal } from './terminal-calls.ts'
import type { Terminal } from './terminal.ts'
import { Timers, type SleepOptions } from './timers.ts'
import type { WaitOptions } from './waiting.ts'
import {
  budgeted,
  type BudgetedFunction,
  type BudgetSource,
  type WithinBudgetOptions,
} from './within-budget.ts'

/** Where and as whom the client asks. Without a base URL and without a key it asks in the terminal of the process. */
export interface CountersignOptions {
  /** The address of the server, without `/v1`. Default: the environment variable COUNTERSIGN_URL. */
  baseUrl?: string | undefined
  /** A key of the project. Default: the environment variable COUNTERSIGN_API_KEY. */
  apiKey?: string | undefined
  /** The run to which calls belong that name none. Default: a new one. */
  runId?: string | undefined
  /** The run that started this one, for an agent that another one started. The server has to claim the feature `runs`. */
  parentRunId?: string | undefined
  /** Where people are asked when a call says nothing else. Default: the project's channel. */
  channel?: ContactChannel | undefined
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: Fetch | undefined
  /** For how long a wait goes on asking a server that gives no answer at all. Default: 10 minutes. `Infinity` is allowed. */
  reconnectForMs?: number | undefined
  /** The terminal to ask in when there is no server. Default: that of the process. */
  terminal?: Terminal | undefined
}

/** Asks people on behalf of an agent: over a Countersign server, or in the terminal when none is configured. */
export class Countersign {
  /** The run to which calls belong that name none. */
  readonly runId: string
  readonly #defaults: CallDefaults
  readonly #steps: BudgetSource['steps'] = new Set()
  readonly #terminal: Terminal | undefined
  readonly #server:
    | {
        connection: Connection
        functionCalls: FunctionCalls
        humanContacts: HumanContacts
        timers: Timers
        runs: Runs
      }
    | undefined

  /** Throws a ConfigurationError when only one of base URL and key is given, or when one is malformed. */
  constructor(options: CountersignOptions = {}) {
    this.runId = checkId(options.runId ?? newId('run'), 'runId')
    const { parentRunId, channel } = options
    this.#defaults = { runId: this.runId, parentRunId, channel }
    this.#terminal = options.terminal
    const connection = connect(options)
    if (!connection) return
    const waits = new SharedWaits(connection, this.runId)
    this.#server = {
      connection,
      functionCalls: new FunctionCalls(waits, this.#defaults),
      humanContacts: new HumanContacts(waits, this.#defaults),
      timers: new Timers(connection, this.#defaults),
      runs: new Runs(connection, this.#defaults),
    }
  }

  /** The function calls of the project. Throws a ConfigurationError without a server. */
  get functionCalls(): FunctionCalls {
    return this.#requireServer().functionCalls
  }

  /** The human contacts of the project. Throws a ConfigurationError without a server. */
  get humanContacts(): HumanContacts {
    return this.#requireServer().humanContacts
  }

  /** The timers of the project. Throws a ConfigurationError without a server. */
  get timers(): Timers {
    return this.#requireServer().timers
  }

  /** The runs of the project, their trees and their costs. Throws a ConfigurationError without a server. */
  get runs(): Runs {
    return this.#requireServer().runs
  }

  /**
   * Sleeps until the moment has come, and resolves to the timer, which has fired unless somebody cancelled it. The
   * server keeps the timer: under the same `timerId` a restarted agent takes up the same sleep, and one that does not
   * want to wait at all sets the timer with `timers.create` and is woken by the event `timer.fired`.
   */
  async sleepUntil(date: Date, { timerId, runId, state, signal }: SleepOptions = {}): Promise<Timer> {
    const spec = { wake_at: date.toISOString(), ...(state !== undefined && { state }) }
    return this.timers.createAndWait({ run_id: runId, timer_id: timerId, spec }, { signal })
  }

  /**
   * Wraps a function of one object: each run asks, waits, and runs the function or returns the denial as text for the
   * model. It runs with a parse of exactly what the person saw, or with the arguments as the person changed them.
   * Arguments that JSON cannot hold are a TypeError before anybody is asked; what the function throws passes through.
   */
  requireApproval<Args extends object, Result>(
    fn: (args: Args) => Result | PromiseLike<Result>,
    options: RequireApprovalOptions<Args> = {},
  ): GuardedFunction<Args, Result> {
    return guard((call, wait) => this.fetchApproval(call, wait), fn, options)
  }

  /**
   * Wraps a function of one object so that a person is asked, through a function call, before it could exceed the budget
   * of the run of this client, or of a run above. It runs when there is room or the limit was raised; else the denial is
   * returned as text for the model. What was decided is found again after a restart. The function reports what it cost
   * with `runs.reportUsage` before it ends; until then its `atMost` counts. Without any budget, or with one in another
   * currency, it throws a ConfigurationError and does not run.
   *
   * ```ts
   * await countersign.runs.create({ budget: { cost: '5', currency: 'USD' } })
   * const summarise = countersign.withinBudget(
   *   async ({ text }: { text: string }) => {
   *     const { answer, usage } = await askModel(text)
   *     await countersign.runs.reportUsage(usage)
   *     return answer
   *   },
   *   { atMost: { cost: '0.25', currency: 'USD' } },
   * )
   * ```
   */
  withinBudget<Args extends object, Result>(
    fn: (args: Args) => Result | PromiseLike<Result>,
    options: WithinBudgetOptions<Args>,
  ): BudgetedFunction<Args, Result> {
    const { runs } = this.#requireServer()
    const source: BudgetSource = {
      runId: this.runId,
      getRun: (run_id, { signal }) =>
        // Lest the costs of this run are not those of its parent.
        run_id === this.runId && this.#defaults.parentRunId !== undefined
          ? runs.create({}, { signal })
          : runs.get(run_id, { signal }),
      fetchApproval: (call, wait) => this.fetchApproval(call, wait),
      steps: this.#steps,
    }
    return budgeted(source, fn, options)
  }

  /** Makes a tool with which a model can ask a person and gets the answer as text. */
  humanAsTool(options: HumanAsToolOptions = {}): HumanTool {
    return toolFor((call, wait) => this.fetchResponse(call, wait), options)
  }

  /** Asks whether a function may run and resolves to the terminal call. Run it only when `status.approved` is true. */
  async fetchApproval(call: NewCall<FunctionCallSpec>, options: WaitOptions = {}): Promise<FunctionCall> {
    if (this.#server) return this.#server.functionCalls.createAndWait(call, options)
    return decideInTerminal(completeCall(call, this.#defaults), this.#terminal, options)
  }

  /** Asks a person something and resolves to the terminal contact, which is answered, expired or cancelled. */
  async fetchResponse(call: NewCall<HumanContactSpec>, options: WaitOptions = {}): Promise<HumanContact> {
    if (this.#server) return this.#server.humanContacts.createAndWait(call, options)
    return respondInTerminal(completeCall(call, this.#defaults), this.#terminal, options)
  }

  /** The project to which the key belongs. */
  async project(options: RequestOptions = {}): Promise<Project> {
    const { connection } = this.#requireServer()
    return connection.send(({ signal }) => connection.http.GET('/v1/project', { signal }), options)
  }

  /** What the server can do: versions, profiles, features, channel kinds, limits. */
  async discovery(options: RequestOptions = {}): Promise<Discovery> {
    const { connection } = this.#requireServer()
    return connection.send(
      ({ signal }) => connection.http.GET('/.well-known/countersign', { signal }),
      options,
    )
  }

  /**
   * Follows the event log for as long as it is read, each event once and in order, through restarts of the server and
   * losses of the network. Leaving the loop closes the connection. To go on later, keep the id of the last event and
   * give it as `after`; an ApiError with the code `event_gone` says that the server no longer has it. Servers that do
   * not claim the profile `sse` are a ConfigurationError.
   */
  events(options: EventOptions = {}): AsyncIterableIterator<Event, void> {
    return eventsOf(this.#requireServer().connection, options)
  }

  /** One page of the event log, oldest first; `next_cursor`, sent as `after`, leads to the next. */
  async listEvents(filter: EventListOptions = {}, options: RequestOptions = {}): Promise<EventList> {
    const { connection } = this.#requireServer()
    const query = eventQuery(filter)
    return connection.send(
      ({ signal }) => connection.http.GET('/v1/events', { params: { query }, signal }) as Promise<Page>,
      options,
    )
  }

  #requireServer() {
    if (this.#server) return this.#server
    throw new ConfigurationError(
      'This needs a server: give `baseUrl` and `apiKey`, or set COUNTERSIGN_URL and COUNTERSIGN_API_KEY.',
    )
  }
}

// The same operation has a second kind of answer, the stream, which nobody asks for here.
interface Page {
  data?: EventList
  error?: unknown
  response: Response
}

const TEN_MINUTES_MS = 600_000

function connect(options: CountersignOptions): Connection | undefined {
  const baseUrl = options.baseUrl || environment('COUNTERSIGN_URL')
  const apiKey = options.apiKey || environment('COUNTERSIGN_API_KEY')
  if (!baseUrl && !apiKey) return undefined
  if (!apiKey)
    throw new ConfigurationError(
      'The key is missing: there is a base URL, so give `apiKey` as well or set COUNTERSIGN_API_KEY.',
    )
  if (!baseUrl)
    throw new ConfigurationError(
      'The base URL is missing: there is a key, so give `baseUrl` as well or set COUNTERSIGN_URL.',
    )

  return new Connection({
    baseUrl,
    apiKey,
    // Looked up at each request, so that a fetch that is replaced later, for tracing say, is used.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    reconnectForMs: options.reconnectForMs ?? TEN_MINUTES_MS,
  })
}

function environment(name: string): string | undefined {
  return globalThis.process?.env[name]
}
