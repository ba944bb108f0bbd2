import { badPath, operations, unknownPath, type Operation } from '@countersign/protocol'
import express, { type ErrorRequestHandler, type Express } from 'express'
import type { Deps } from './deps.ts'
import { callHandlers, type CallHandlers } from './http/calls.ts'
import { carry, problemOf, send } from './http/carry.ts'
import { eventHandlers } from './http/events.ts'
import type { Handler } from './http/exchange.ts'
import { functionCalls } from './http/function-calls.ts'
import { humanContacts } from './http/human-contacts.ts'
import { keyHandlers } from './http/keys.ts'
import { refuseOtherMethods } from './http/other-methods.ts'
import { isBadPath, joinSlashes } from './http/path.ts'
import { Problem, problemReply } from './http/problem.ts'
import { serverFacts } from './http/server-facts.ts'
import { runHandlers } from './http/runs.ts'
import { timerHandlers } from './http/timers.ts'
import { webhookHandlers } from './http/webhook-endpoints.ts'
import { humanLayer } from './humanlayer/routes.ts'

/** The whole server without a port: every operation of the protocol, and the HumanLayer profile beside it. */
export function createApp(deps: Deps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.set('query parser', false)
  app.set('case sensitive routing', true)

  app.use(joinSlashes)
  app.use('/humanlayer/v1', humanLayer(deps))
  const handlers = handlersOf(deps)
  for (const operation of operations) {
    const handler = handlers[operation.operation_id]
    if (!handler) throw new Error(`There is no handler for the operation ${operation.operation_id}.`)
    const carried = carry(deps, {
      name: operation.operation_id,
      scopes: operation.scopes,
      handler,
      describe: problemReply,
    })
    app[operation.method](routeOf(operation), carried)
  }
  refuseOtherMethods(
    app,
    operations.map((operation) => [routeOf(operation), operation.method]),
  )
  app.use(() => {
    throw Problem.from(unknownPath)
  })
  app.use(problemWriter(deps))
  return app
}

function handlersOf(deps: Deps): Record<string, Handler> {
  const facts = serverFacts(deps)
  const keys = keyHandlers(deps)
  const timers = timerHandlers(deps)
  return {
    ...named('FunctionCall', callHandlers(functionCalls(deps.store.functionCalls), deps)),
    ...named('HumanContact', callHandlers(humanContacts(deps.store.humanContacts), deps)),
    createTimer: timers.create,
    getTimer: timers.get,
    cancelTimer: timers.cancel,
    ...runHandlers(deps),
    listEvents: eventHandlers(deps).list,
    getProject: facts.project,
    createKey: keys.create,
    listKeys: keys.list,
    revokeKey: keys.revoke,
    ...webhookHandlers(deps),
    getDiscovery: facts.discovery,
    getHealth: facts.health,
    getReadiness: facts.readiness,
    getVersion: facts.version,
  }
}

function named(kind: string, handlers: CallHandlers): Record<string, Handler> {
  return {
    [`create${kind}`]: handlers.create,
    [`list${kind}s`]: handlers.list,
    [`get${kind}`]: handlers.get,
    [`respondTo${kind}`]: handlers.respond,
    [`cancel${kind}`]: handlers.cancel,
    [`escalate${kind}`]: handlers.escalate,
  }
}

/** `{call_id}` of the table is `:call_id` in Express. */
function routeOf({ path }: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}

const problemWriter =
  (deps: Deps): ErrorRequestHandler =>
  (error, request, response, _next) => {
    send(request, response, problemReply(problemOf(isBadPath(error) ? Problem.from(badPath()) : error, deps)))
  }
