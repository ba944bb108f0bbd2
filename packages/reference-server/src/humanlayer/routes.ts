import { randomUUID } from 'node:crypto'
import {
  badPath,
  Escalation,
  principalOf,
  queryInteger,
  validate,
  type Call,
  type CallRequest,
  type FunctionCall,
  type HumanContact,
  type Scope,
} from '@countersign/protocol'
import type { Static, TSchema } from '@sinclair/typebox'
import { Router, type ErrorRequestHandler } from 'express'
import { changeCall, createCall, getCall, respondToCall } from '../calls.ts'
import type { Deps } from '../deps.ts'
import { parseAnyBody } from '../http/body.ts'
import type { CallKind } from '../http/call-kind.ts'
import { carry, problemOf, send } from '../http/carry.ts'
import type { Exchange, Handler, Reply } from '../http/exchange.ts'
import { functionCalls } from '../http/function-calls.ts'
import { humanContacts } from '../http/human-contacts.ts'
import { refuseOtherMethods } from '../http/other-methods.ts'
import { isBadPath } from '../http/path.ts'
import { accept, Problem } from '../http/problem.ts'
import { coreId, isNameable } from './call-id.ts'
import type { CallText } from '../store/store.ts'
import { coreChannel, leavesOf } from './channel.ts'
import { humanLayerReply } from './problem.ts'
import { showFunctionCall, showHumanContact } from './projection.ts'
import {
  HumanLayerAnswer,
  HumanLayerDecision,
  HumanLayerEscalation,
  HumanLayerFunctionCall,
  HumanLayerHumanContact,
  type HumanLayerChannel,
} from './schemas.ts'

const ANYBODY: readonly Scope[] = ['agent', 'responder', 'admin']
const READERS: readonly Scope[] = ['agent', 'responder']

/** HumanLayer API v1 over the same calls and the same store: what its published clients speak works unchanged. */
export function humanLayer(deps: Deps): Router {
  const router = Router({ caseSensitive: true })
  const taken: [route: string, method: string][] = []
  const on = (method: 'get' | 'post', path: string, scopes: readonly Scope[] | 'none', handler: Handler) => {
    taken.push([path, method])
    router[method](
      path,
      carry(deps, { name: `humanlayer ${method} ${path}`, scopes, handler, describe: humanLayerReply }),
    )
  }

  const functions = callRoutes(deps, functionCallProfile(deps))
  const contacts = callRoutes(deps, humanContactProfile(deps))

  on('get', '/status', 'none', async () => ({ status: 200, body: { status: 'ok' } }))
  on('get', '/project', ANYBODY, (exchange) => projectReply(deps, exchange))

  on('get', '/agent/function_calls/pending', READERS, functions.pending)
  on('get', '/agent/human_contacts/pending', READERS, contacts.pending)
  on('post', '/function_calls', ['agent'], functions.create)
  on('get', '/function_calls/:call_id', READERS, functions.get)
  on('post', '/agent/function_calls/:call_id/respond', ['responder'], functions.respond)
  on('post', '/function_calls/:call_id/respond', ['responder'], functions.respond)
  on('post', '/agent/function_calls/:call_id/escalate_email', ['agent'], functions.escalate)
  // Two names of one resource: the SDKs use the first, the published documentation the second.
  for (const collection of ['contact_requests', 'human_contacts']) {
    on('post', `/${collection}`, ['agent'], contacts.create)
    on('get', `/${collection}/:call_id`, READERS, contacts.get)
    on('post', `/${collection}/:call_id/respond`, ['responder'], contacts.respond)
  }
  on('post', '/agent/human_contacts/:call_id/respond', ['responder'], contacts.respond)
  on('post', '/agent/human_contacts/:call_id/escalate_email', ['agent'], contacts.escalate)

  refuseOtherMethods(router, taken)
  router.use(() => {
    throw new Problem('not_found', 'HumanLayer API v1 has no such path here.')
  })
  const writer: ErrorRequestHandler = (error, request, response, _next) => {
    send(
      request,
      response,
      humanLayerReply(problemOf(isBadPath(error) ? Problem.from(badPath()) : error, deps)),
    )
  }
  router.use(writer)
  return router
}

/** How one kind of call looks in this profile. */
interface Profile<C extends Call, Response extends object> {
  kind: CallKind<C, Response>
  request: TSchema
  answer: TSchema
  /** The spec of a request, as the core takes it; the channel is the same in both kinds and not in here. */
  toSpec: (spec: never) => object
  /** The body of an answer, as the core takes it. */
  toResponse: (answer: never) => Response
  show: (call: C, withState: boolean) => object
}

function functionCallProfile({ store }: Deps): Profile<FunctionCall, { approved: boolean }> {
  return {
    kind: functionCalls(store.functionCalls),
    request: HumanLayerFunctionCall,
    answer: HumanLayerDecision,
    // The TypeScript SDKs take the name from the function, and an arrow function in place has none.
    toSpec: ({ fn, ...spec }: { fn: string }) => ({ fn: fn || 'anonymous', ...spec }),
    toResponse: (decision: HumanLayerDecision) => decision,
    show: showFunctionCall,
  }
}

function humanContactProfile({ store }: Deps): Profile<HumanContact, HumanLayerAnswer> {
  return {
    kind: humanContacts(store.humanContacts),
    request: HumanLayerHumanContact,
    answer: HumanLayerAnswer,
    toSpec: (spec) => spec,
    // Some clients send an empty text beside an option, or instead of an answer.
    toResponse: ({ response, ...option }: HumanLayerAnswer) => (response ? { response, ...option } : option),
    show: showHumanContact,
  }
}

function callRoutes<C extends Call, Response extends object>(
  deps: Deps,
  { kind, request, answer, toSpec, toResponse, show }: Profile<C, Response>,
): Record<'create' | 'get' | 'respond' | 'escalate' | 'pending', Handler> {
  const { limits } = deps
  const capabilities = {
    ...deps.capabilities,
    channel_kinds: [...deps.capabilities.channel_kinds, ...HUMANLAYER_KINDS],
  }
  const parse = (exchange: Exchange, schema: TSchema) => parseAnyBody(exchange, schema, limits.json_depth)
  const reply = (call: C, { principal }: Exchange): Reply => ({
    // Always 200, never 201: the oldest clients take nothing else.
    status: 200,
    body: show(call, principal.scopes.includes('agent')),
  })
  const current = async (exchange: Exchange) =>
    kind.calls.parse(await getCall(kind, exchange.principal, idOf(exchange)))

  return {
    async create(exchange) {
      const { run_id, call_id, spec } = parse(exchange, request) as CallRequest<C> & {
        spec: { channel?: HumanLayerChannel }
      }
      const { channel: sentChannel, ...sent } = spec
      const channel = coreChannel(sentChannel)
      const asked = checked(kind.schemas.create, {
        run_id: coreId(run_id),
        call_id: coreId(call_id),
        spec: { ...toSpec(sent as never), ...(channel && { channel }) },
      }) as CallRequest<C>
      const { call } = await createCall(kind, deps, exchange.principal, asked, capabilities)
      return reply(call, exchange)
    },

    async get(exchange) {
      return reply(await current(exchange), exchange)
    },

    async respond(exchange) {
      await current(exchange)
      const response = checked(
        kind.schemas.response,
        toResponse(parse(exchange, answer) as never),
      ) as Response
      const { call, changed } = await respondToCall(kind, deps, exchange.principal, idOf(exchange), response)
      // These clients know one answer only, so that even the same one again is a conflict.
      if (!changed) throw new Problem('already_responded', 'This call has already been responded to.')
      return reply(call, exchange)
    },

    async escalate(exchange) {
      const asked = await current(exchange)
      const { channel, ...sent } = parse(exchange, HumanLayerEscalation) as {
        channel?: HumanLayerChannel
        escalation_msg: string
      }
      const leaves = leavesOf(channel)
      const escalation = checked(Escalation, {
        ...sent,
        // These clients send no id of their own, so that every escalation is a new one.
        escalation_id: `esc_${randomUUID()}`,
        ...(leaves.length > 0 && { channel: leaves.length === 1 ? leaves[0]! : { any_of: leaves } }),
      })
      if (!channel?.email && !hasEmail(asked)) throw noAddress()
      const { call } = await changeCall(kind, exchange.principal, asked.call_id, (pending, now) =>
        kind.escalate(pending, escalation, {
          now,
          principal: principalOf(exchange.principal),
          capabilities,
          directory: deps.directoryOf(exchange.principal.project_id),
        }),
      )
      return reply(call, exchange)
    },

    async pending(exchange) {
      const { project_id, scopes } = exchange.principal
      const [limit, offset] = [
        accept(queryInteger(exchange.query, 'limit', 1)),
        accept(queryInteger(exchange.query, 'offset', 0)),
      ]
      const listed = await kind.calls.list(project_id, { state: 'pending' }, MOST_PENDING)
      const items = listed.items.filter(({ item }) => isNameable(item.call_id))
      const shown = ({ item }: { item: CallText }) => show(kind.calls.parse(item), scopes.includes('agent'))
      if (limit === undefined && offset === undefined && !deps.humanlayer_pending_page)
        return { status: 200, body: items.map(shown) }
      return { status: 200, body: pageOf(items, limit ?? 100, offset ?? 0, shown) }
    },
  }
}

const HUMANLAYER_KINDS = ['slack', 'sms', 'whatsapp', 'email', 'any_of']
// These lists have no cursor, so that one answer has to hold them.
const MOST_PENDING = { limit: 10_000, max_characters: 16 * 2 ** 20 }

function pageOf<Item>(all: Item[], limit: number, offset: number, show: (item: Item) => object): object {
  const items = all.slice(offset, offset + limit).map(show)
  return { items, total: all.length, limit, offset, has_more: offset + items.length < all.length }
}

function idOf({ params }: Exchange): string {
  return coreId(params['call_id']!)
}

/** What the profile made of a body still has to keep the rules of the core. */
function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  const validated = validate(schema, value)
  if (!validated.ok)
    throw new Problem('invalid_request', 'The request has the wrong shape.', { errors: validated.faults })
  return validated.value
}

function hasEmail({ spec: { channel } }: Call): boolean {
  return ((channel?.any_of ?? [channel]) as ({ email?: object } | undefined)[]).some((leaf) => leaf?.email)
}

function noAddress(): Problem {
  const detail = 'Neither the call nor the escalation has an e-mail address.'
  return new Problem('invalid_parameter', detail, { errors: [{ pointer: '/channel/email', detail }] })
}

async function projectReply({ store }: Deps, { principal }: Exchange): Promise<Reply> {
  const project = await store.findProject(principal.project_id)
  if (!project) throw new Problem('not_found', 'The project of this key is gone.')

  // Two generations of clients read different names.
  const { project_id: slug, name } = project
  return { status: 200, body: { name, slug, organization: name, project_slug: slug, org_slug: slug } }
}
