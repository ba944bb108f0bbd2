import {
  Cancellation,
  Escalation,
  parseWait,
  principalOf,
  queryOneOf,
  queryText,
  stringify,
  unsupportedFaults,
  withoutState,
  type Call,
  type CallRequest,
  type Wait,
} from '@countersign/protocol'
import { changeCall, createCall, getCall, respondToCall, waitForCall } from '../calls.ts'
import type { Deps } from '../deps.ts'
import { parseBody, parseOptionalBody } from './body.ts'
import type { CallKind } from './call-kind.ts'
import type { Exchange, Handler, Principal } from './exchange.ts'
import { callText } from './object-text.ts'
import { pageReply } from './page.ts'
import { accept, Problem } from './problem.ts'

/** The six operations of one kind of call. */
export interface CallHandlers {
  create: Handler
  list: Handler
  get: Handler
  respond: Handler
  cancel: Handler
  escalate: Handler
}

export function callHandlers<C extends Call, Response extends object>(
  kind: CallKind<C, Response>,
  deps: Deps,
): CallHandlers {
  const { limits, capabilities } = deps
  const render = (call: C, principal: Principal) =>
    stringify(principal.scopes.includes('agent') ? call : withoutState(call))

  return {
    async create(exchange) {
      const request = parseBody(exchange, kind.schemas.create, limits.json_depth) as CallRequest<C>
      const wait = waitOf(exchange, limits)

      const { call, changed } = await createCall(kind, deps, exchange.principal, request)

      const status = changed ? 201 : 200
      const headers = { location: `${kind.path}/${call.call_id}`, ...wait.headers }
      if (wait.seconds === 0 || call.status.state !== 'pending')
        return { status, headers, body: render(call, exchange.principal) }
      const waited = await waitForCall(kind, deps, exchange, call.call_id, wait.seconds)
      return { status, headers, body: callText(kind.name, waited, exchange.principal.scopes) }
    },

    async list(exchange) {
      const run_id = accept(queryText(exchange.query, 'run_id'))
      const state = accept(queryOneOf(exchange.query, 'state', kind.states))
      const filter = { ...(run_id !== undefined && { run_id }), ...(state !== undefined && { state }) }
      return pageReply(
        exchange,
        { ...deps, list: `${kind.name}\n${JSON.stringify([run_id, state])}` },
        (page) => kind.calls.list(exchange.principal.project_id, filter, page),
        (call) => callText(kind.name, call, exchange.principal.scopes),
      )
    },

    async get(exchange) {
      const wait = waitOf(exchange, limits)
      const call = await waitForCall(kind, deps, exchange, idOf(exchange), wait.seconds)
      return {
        status: 200,
        headers: wait.headers,
        body: callText(kind.name, call, exchange.principal.scopes),
      }
    },

    // The first answer wins; a later one that differs gets 409 and the status that won.
    async respond(exchange) {
      await getCall(kind, exchange.principal, idOf(exchange))
      const response = parseBody(exchange, kind.schemas.response, limits.json_depth) as Response
      const errors = unsupportedFaults(response, capabilities)
      if (errors.length > 0)
        throw new Problem('unsupported_feature', 'The answer needs what this server does not offer.', {
          errors,
        })

      const { call } = await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)

      return { status: 200, body: render(call, exchange.principal) }
    },

    async cancel(exchange) {
      await getCall(kind, exchange.principal, idOf(exchange))
      const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)

      const { call } = await changeCall(kind, exchange.principal, idOf(exchange), (pending, now) =>
        kind.cancel(pending, cancellation, { now, principal: principalOf(exchange.principal) }),
      )

      return { status: 200, body: render(call, exchange.principal) }
    },

    async escalate(exchange) {
      await getCall(kind, exchange.principal, idOf(exchange))
      const escalation = parseBody(exchange, Escalation, limits.json_depth)

      const { call } = await changeCall(kind, exchange.principal, idOf(exchange), (pending, now) =>
        kind.escalate(pending, escalation, {
          now,
          principal: principalOf(exchange.principal),
          capabilities,
          directory: deps.directoryOf(exchange.principal.project_id),
        }),
      )

      return { status: 200, body: render(call, exchange.principal) }
    },
  }
}

function waitOf({ query, headers }: Exchange, limits: Deps['limits']): Wait {
  return accept(parseWait(query, String(headers['prefer'] ?? ''), limits))
}

function idOf({ params }: Exchange): string {
  return params['call_id']!
}
