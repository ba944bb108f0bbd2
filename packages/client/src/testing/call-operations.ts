import {
  Cancellation,
  Escalation,
  faultsOfSchemas,
  NO_DIRECTORY,
  parseOptionalRequestBody,
  parseRequestBody,
  parseWait,
  principalOf,
  queryOneOf,
  queryText,
  responderOf,
  stringify,
  unknownCall,
  withoutState,
  type Call,
  type CallRequest,
  type Decision,
  type Discovery,
  type Limits,
} from '@countersign/protocol'
import type { Exchange, Handler, Reply } from './exchange.ts'
import type { GivenAnswer, KeptCall, KeptCalls } from './kept-calls.ts'
import type { Principal } from './keys.ts'
import type { Pages } from './pages.ts'
import { accept, Refused } from './refused.ts'

/** Everything but what belongs to streams, timers, runs and composites, of which there are none here. */
export type HandledLimits = Required<
  Omit<Limits, 'heartbeat_seconds' | 'timer_seconds' | 'channel_depth' | 'channel_leaves' | 'run_depth'>
>

/** What the operations of one kind of call work with. */
export interface Served<C extends Call, Response extends object> {
  calls: KeptCalls<C, Response>
  /** The person whom the test plays. */
  person: { prepareAnswer(call: C, now: Date): GivenAnswer<Response> | undefined; offer(): void }
  pages: Pages
  discovery: Discovery
  limits: HandledLimits
}

type Verb = 'create' | 'list' | 'get' | 'respondTo' | 'cancel' | 'escalate'

/** The six operations of one kind of call, by the verb of their ids. */
export function callOperations<C extends Call, Response extends object>(
  served: Served<C, Response>,
): Record<Verb, Handler> {
  const { calls, pages, limits } = served
  const { kind } = calls
  const depth = limits.json_depth
  const show = (call: C, { principal }: Exchange): Reply => ({ status: 200, body: render(call, principal) })
  const change = (exchange: Exchange, decide: (call: C, now: Date) => Decision<C>) =>
    settle(
      calls.update(exchange.principal.project_id, exchange.call_id, (call, now) => call && decide(call, now)),
    )

  return {
    async create(exchange) {
      const { principal, query, headers, signal } = exchange
      const request = accept(parseRequestBody(exchange.body, kind.schemas.create, depth)) as CallRequest<C>
      const wait = accept(parseWait(query, headers.get('prefer'), limits))

      const { call, isNew } = create(served, principal, request)

      await calls.hold(principal.project_id, call.call_id, wait.seconds * 1000, signal)
      const shown = wait.seconds === 0 ? call : find(calls, principal, call.call_id).call
      const location = `${kind.path}/${call.call_id}`
      return {
        status: isNew ? 201 : 200,
        headers: { location, ...wait.headers },
        body: render(shown, principal),
      }
    },

    list({ principal, query }) {
      const run_id = accept(queryText(query, 'run_id'))
      const state = accept(queryOneOf(query, 'state', kind.states))
      const matching = calls
        .all()
        .filter(
          ({ project_id, call }) =>
            project_id === principal.project_id &&
            (run_id === undefined || call.run_id === run_id) &&
            (state === undefined || call.status.state === state),
        )
      const list = JSON.stringify([kind.name, principal.project_id, run_id, state])
      const { items, next_cursor } = pages.cut(query, list, matching.toReversed())
      const texts = items.map(({ call }) => render(call, principal))
      return {
        status: 200,
        body: `{"items":[${texts.join(',')}],"next_cursor":${JSON.stringify(next_cursor)}}`,
      }
    },

    async get(exchange) {
      const { principal, call_id, query, headers, signal } = exchange
      const wait = accept(parseWait(query, headers.get('prefer'), limits))
      await calls.hold(principal.project_id, call_id, wait.seconds * 1000, signal)
      return { ...show(find(calls, principal, call_id).call, exchange), headers: wait.headers }
    },

    respondTo(exchange) {
      const { principal, call_id, body } = exchange
      find(calls, principal, call_id)
      const response = accept(parseRequestBody(body, kind.schemas.response, depth)) as Response
      const answer = { response, responder: responderOf(principal) }
      return show(settle(calls.respond(principal.project_id, call_id, answer)), exchange)
    },

    cancel(exchange) {
      const { principal, call_id, body } = exchange
      find(calls, principal, call_id)
      const cancellation = accept(parseOptionalRequestBody(body, Cancellation, depth))
      const act = { principal: principalOf(principal) }
      return show(
        change(exchange, (call, now) => kind.cancel(call, cancellation, { ...act, now })),
        exchange,
      )
    },

    escalate(exchange) {
      const { principal, call_id, body } = exchange
      find(calls, principal, call_id)
      const escalation = accept(parseRequestBody(body, Escalation, depth))
      const act = {
        principal: principalOf(principal),
        capabilities: served.discovery,
        directory: NO_DIRECTORY,
      }
      return show(
        change(exchange, (call, now) => kind.escalate(call, escalation, { ...act, now })),
        exchange,
      )
    },
  }
}

/** Takes a new call and has the person answer it, or finds the same call asked before. */
function create<C extends Call, Response extends object>(
  { calls, person, discovery, limits }: Served<C, Response>,
  principal: Principal,
  request: CallRequest<C>,
): { call: C; isNew: boolean } {
  const { project_id } = principal
  const isNew = calls.find(project_id, request.call_id) === undefined
  let answer: GivenAnswer<Response> | undefined
  const call = settle(
    calls.update(project_id, request.call_id, (existing, now) => {
      const decision = calls.kind.create(existing, request, {
        now,
        principal: principalOf(principal),
        capabilities: discovery,
        directory: NO_DIRECTORY,
        max_expires_in_seconds: limits.expires_in_seconds,
        schema_faults: faultsOfSchemas(request.spec, limits),
      })
      if (decision.ok && isNew) answer = person.prepareAnswer(decision.next, now)
      return decision
    }),
  )
  if (answer) calls.respond(project_id, request.call_id, answer)
  else if (isNew) person.offer()
  return { call, isNew }
}

function find<C extends Call>(
  calls: KeptCalls<C, never>,
  { project_id }: Principal,
  call_id: string,
): KeptCall<C> {
  const kept = calls.find(project_id, call_id)
  if (!kept) throw new Refused(unknownCall)
  return kept
}

function settle<C extends Call>(decision: Decision<C> | undefined): C {
  if (!decision) throw new Refused(unknownCall)
  if (!decision.ok) throw new Refused(decision.refusal)
  return decision.next
}

function render(call: Call, { scopes }: Principal): string {
  return stringify(scopes.includes('agent') ? call : withoutState(call))
}
