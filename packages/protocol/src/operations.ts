import { Type, type TSchema } from '@sinclair/typebox'
import type { ProblemCode } from './problem-codes.ts'
import { Cancellation } from './schemas/call.ts'
import { Discovery, Health, Version } from './schemas/discovery.ts'
import { Escalation } from './schemas/escalation.ts'
import { EventList } from './schemas/event.ts'
import {
  CreateFunctionCall,
  FunctionCall,
  FunctionCallList,
  FunctionCallResponse,
} from './schemas/function-call.ts'
import {
  CreateHumanContact,
  HumanContact,
  HumanContactList,
  HumanContactResponse,
} from './schemas/human-contact.ts'
import { CreateRun, Run, RunList, Usage, UsageReport } from './schemas/run.ts'
import { CreateTimer, Timer } from './schemas/timer.ts'
import { CreatedKey, CreateKey, Key, KeyList, Project, type Scope } from './schemas/project.ts'
import {
  CreatedWebhookEndpoint,
  CreateWebhookEndpoint,
  Delivery,
  DeliveryList,
  WebhookEndpoint,
  WebhookEndpointList,
} from './schemas/webhook.ts'

/** A query parameter or header that an operation takes. */
export interface Parameter {
  name: string
  in: 'query' | 'header'
  description: string
  schema: TSchema
}

/** One operation of the protocol. The table below makes the routes, the OpenAPI document and the client's types. */
export interface Operation {
  operation_id: string
  method: 'get' | 'post' | 'delete'
  /** With `{name}` for a parameter. */
  path: string
  summary: string
  /** A key with any of these scopes may call it; `none`: without a key. */
  scopes: readonly Scope[] | 'none'
  parameters?: readonly Parameter[]
  request?: TSchema
  /** Whether the body may be left out. */
  request_optional?: boolean
  responses: Readonly<Record<number, { description: string; schema: TSchema }>>
  /** Whether whoever accepts `text/event-stream` gets a stream in place of the body. */
  streams?: boolean
  /** The problems beyond those that every operation can give. */
  problems?: readonly ProblemCode[]
}

const ANY: readonly Scope[] = ['agent', 'responder', 'admin']

const waiting: Parameter[] = [
  {
    name: 'wait',
    in: 'query',
    description: 'How many seconds to hold the request while the call is pending. Wins over `Prefer`.',
    schema: Type.Integer({ minimum: 0 }),
  },
  {
    name: 'Prefer',
    in: 'header',
    description: '`wait=N` (RFC 7240): the same as the query parameter.',
    schema: Type.String(),
  },
]

const listing: Parameter[] = [
  { name: 'run_id', in: 'query', description: 'Only calls of this run.', schema: Type.String() },
  { name: 'state', in: 'query', description: 'Only calls in this state.', schema: Type.String() },
  {
    name: 'limit',
    in: 'query',
    description: 'How many items at most. Default: 50.',
    schema: Type.Integer({ minimum: 1 }),
  },
  {
    name: 'cursor',
    in: 'query',
    description: 'The `next_cursor` of the page before.',
    schema: Type.String(),
  },
]

const paging = listing.filter(({ name }) => name === 'limit' || name === 'cursor')

const following: Parameter[] = [
  {
    name: 'after',
    in: 'query',
    description: 'The id of the last event that was seen, `start`, or `latest`. Default: `start`.',
    schema: Type.String(),
  },
  { name: 'run_id', in: 'query', description: 'Only events of this run.', schema: Type.String() },
  { name: 'call_id', in: 'query', description: 'Only events of calls with this id.', schema: Type.String() },
  { name: 'type', in: 'query', description: 'Only events of this type.', schema: Type.String() },
  {
    name: 'limit',
    in: 'query',
    description: 'How many events at most. Default: 50. A stream has no limit.',
    schema: Type.Integer({ minimum: 1 }),
  },
  {
    name: 'Last-Event-ID',
    in: 'header',
    description: 'In a stream: the id of the last event that was seen. Wins over `after`.',
    schema: Type.String(),
  },
]

const terminal: ProblemCode[] = ['already_responded', 'already_cancelled', 'already_expired']

interface CallKind {
  path: string
  /** `FunctionCall` in operation ids. */
  name: string
  noun: string
  create: TSchema
  respond: TSchema
  call: TSchema
  list: TSchema
  answerProblems: ProblemCode[]
}

/** The six operations that both kinds of call have. */
function callOperations(kind: CallKind): Operation[] {
  const one = `${kind.path}/{call_id}`
  const ok = { description: `The ${kind.noun}.`, schema: kind.call }
  return [
    {
      operation_id: `create${kind.name}`,
      method: 'post',
      path: kind.path,
      summary: `Ask: create a ${kind.noun}, or get the existing one back`,
      scopes: ['agent'],
      parameters: waiting,
      request: kind.create,
      responses: {
        200: { description: 'The same was asked before: the existing one.', schema: kind.call },
        201: { description: 'Created.', schema: kind.call },
      },
      problems: ['call_id_conflict', 'run_id_conflict', 'unsupported_feature', 'unknown_option'],
    },
    {
      operation_id: `list${kind.name}s`,
      method: 'get',
      path: kind.path,
      summary: `List ${kind.noun}s, newest first`,
      scopes: ['agent', 'responder'],
      parameters: listing,
      responses: { 200: { description: 'One page.', schema: kind.list } },
      problems: ['invalid_cursor'],
    },
    {
      operation_id: `get${kind.name}`,
      method: 'get',
      path: one,
      summary: `Get a ${kind.noun}, waiting for the answer if asked to`,
      scopes: ['agent', 'responder'],
      parameters: waiting,
      responses: { 200: ok },
    },
    {
      operation_id: `respondTo${kind.name}`,
      method: 'post',
      path: `${one}/respond`,
      summary: `Answer a ${kind.noun}: the first answer wins`,
      scopes: ['responder'],
      request: kind.respond,
      responses: { 200: ok },
      problems: [
        'responder_not_allowed',
        ...terminal,
        'unsupported_feature',
        'unknown_option',
        ...kind.answerProblems,
      ],
    },
    {
      operation_id: `cancel${kind.name}`,
      method: 'post',
      path: `${one}/cancel`,
      summary: `Withdraw a pending ${kind.noun}`,
      scopes: ['agent'],
      request: Cancellation,
      request_optional: true,
      responses: { 200: ok },
      problems: terminal,
    },
    {
      operation_id: `escalate${kind.name}`,
      method: 'post',
      path: `${one}/escalate`,
      summary: `Ask again, elsewhere or more urgently`,
      scopes: ['agent'],
      request: Escalation,
      responses: { 200: ok },
      problems: ['escalation_id_conflict', ...terminal, 'unsupported_feature'],
    },
  ]
}

/** The runs, and what they consume. */
function runOperations(): Operation[] {
  const path = '/v1/runs'
  const one = `${path}/{run_id}`
  return [
    {
      operation_id: 'createRun',
      method: 'post',
      path,
      summary: 'Create a run, or give one a parent or a budget',
      scopes: ['agent'],
      request: CreateRun,
      responses: {
        200: { description: 'The run, which was there already.', schema: Run },
        201: { description: 'Created.', schema: Run },
      },
      problems: ['run_id_conflict', 'unsupported_feature'],
    },
    {
      operation_id: 'listRuns',
      method: 'get',
      path,
      summary: 'List runs, newest first, or those of one tree',
      scopes: ['agent', 'responder'],
      parameters: [
        {
          name: 'tree_of',
          in: 'query',
          description: 'Only the run of this id and the runs below it.',
          schema: Type.String(),
        },
        ...paging,
      ],
      responses: { 200: { description: 'One page.', schema: RunList } },
      problems: ['invalid_cursor'],
    },
    {
      operation_id: 'getRun',
      method: 'get',
      path: one,
      summary: 'Get a run with what belongs to it and what it cost',
      scopes: ['agent', 'responder'],
      responses: { 200: { description: 'The run.', schema: Run } },
    },
    {
      operation_id: 'reportUsage',
      method: 'post',
      path: `${one}/usage`,
      summary: 'Report what a step of a run consumed',
      scopes: ['agent'],
      request: Usage,
      responses: {
        200: { description: 'The same was reported before: the existing report.', schema: UsageReport },
        201: { description: 'Counted.', schema: UsageReport },
      },
      problems: ['usage_id_conflict'],
    },
  ]
}

/** Addresses to which events are delivered. */
function webhookOperations(): Operation[] {
  const path = '/v1/webhook_endpoints'
  const one = `${path}/{webhook_endpoint_id}`
  return [
    {
      operation_id: 'createWebhookEndpoint',
      method: 'post',
      path,
      summary: 'Register an address to which events are delivered',
      scopes: ['admin'],
      request: CreateWebhookEndpoint,
      responses: {
        201: { description: 'The endpoint, and its secret for this once.', schema: CreatedWebhookEndpoint },
      },
      problems: ['url_not_allowed'],
    },
    {
      operation_id: 'listWebhookEndpoints',
      method: 'get',
      path,
      summary: 'List the endpoints of the project, newest first',
      scopes: ['admin'],
      parameters: paging,
      responses: { 200: { description: 'One page, without secrets.', schema: WebhookEndpointList } },
      problems: ['invalid_cursor'],
    },
    {
      operation_id: 'getWebhookEndpoint',
      method: 'get',
      path: one,
      summary: 'Get an endpoint',
      scopes: ['admin'],
      responses: { 200: { description: 'The endpoint, without its secret.', schema: WebhookEndpoint } },
    },
    {
      operation_id: 'deleteWebhookEndpoint',
      method: 'delete',
      path: one,
      summary: 'Delete an endpoint: no further delivery begins',
      scopes: ['admin'],
      responses: { 200: { description: 'The endpoint that was.', schema: WebhookEndpoint } },
    },
    {
      operation_id: 'rotateWebhookSecret',
      method: 'post',
      path: `${one}/rotate_secret`,
      summary: 'Make a new secret; the old one stays valid for 24 hours',
      scopes: ['admin'],
      responses: {
        200: {
          description: 'The endpoint, and its new secret for this once.',
          schema: CreatedWebhookEndpoint,
        },
      },
    },
    {
      operation_id: 'listDeliveries',
      method: 'get',
      path: `${one}/deliveries`,
      summary: 'List the deliveries to an endpoint, newest first',
      scopes: ['admin'],
      parameters: paging,
      responses: { 200: { description: 'One page.', schema: DeliveryList } },
      problems: ['invalid_cursor'],
    },
    {
      operation_id: 'redeliver',
      method: 'post',
      path: `${one}/deliveries/{delivery_id}/redeliver`,
      summary: 'Send a delivery again, under the same id',
      scopes: ['admin'],
      responses: { 200: { description: 'The delivery, which is pending again.', schema: Delivery } },
    },
  ]
}

export const operations: readonly Operation[] = [
  ...callOperations({
    path: '/v1/function_calls',
    name: 'FunctionCall',
    noun: 'function call',
    create: CreateFunctionCall,
    respond: FunctionCallResponse,
    call: FunctionCall,
    list: FunctionCallList,
    answerProblems: ['edit_not_allowed', 'schema_mismatch'],
  }),
  ...callOperations({
    path: '/v1/human_contacts',
    name: 'HumanContact',
    noun: 'human contact',
    create: CreateHumanContact,
    respond: HumanContactResponse,
    call: HumanContact,
    list: HumanContactList,
    answerProblems: ['schema_mismatch'],
  }),
  {
    operation_id: 'createTimer',
    method: 'post',
    path: '/v1/timers',
    summary: 'Sleep: set a timer, or get the existing one back',
    scopes: ['agent'],
    request: CreateTimer,
    responses: {
      200: { description: 'The same was set before: the existing one.', schema: Timer },
      201: { description: 'Created.', schema: Timer },
    },
    problems: ['timer_id_conflict', 'run_id_conflict', 'unsupported_feature'],
  },
  {
    operation_id: 'getTimer',
    method: 'get',
    path: '/v1/timers/{timer_id}',
    summary: 'Get a timer',
    scopes: ['agent'],
    responses: { 200: { description: 'The timer.', schema: Timer } },
  },
  {
    operation_id: 'cancelTimer',
    method: 'post',
    path: '/v1/timers/{timer_id}/cancel',
    summary: 'Withdraw a pending timer',
    scopes: ['agent'],
    responses: { 200: { description: 'The timer.', schema: Timer } },
    problems: ['already_fired'],
  },
  ...runOperations(),
  {
    operation_id: 'listEvents',
    method: 'get',
    path: '/v1/events',
    summary: 'What happened, oldest first; or as it happens, as a stream',
    scopes: ['agent', 'responder'],
    parameters: following,
    responses: { 200: { description: 'One page, or the stream.', schema: EventList } },
    streams: true,
    problems: ['event_gone'],
  },
  {
    operation_id: 'getProject',
    method: 'get',
    path: '/v1/project',
    summary: 'Get the project of the key',
    scopes: ANY,
    responses: { 200: { description: 'The project.', schema: Project } },
  },
  {
    operation_id: 'createKey',
    method: 'post',
    path: '/v1/keys',
    summary: 'Make a key for the project',
    scopes: ['admin'],
    request: CreateKey,
    responses: { 201: { description: 'The key, and its secret for this once.', schema: CreatedKey } },
  },
  {
    operation_id: 'listKeys',
    method: 'get',
    path: '/v1/keys',
    summary: 'List the keys of the project, newest first',
    scopes: ['admin'],
    parameters: paging,
    responses: { 200: { description: 'One page, without secrets.', schema: KeyList } },
    problems: ['invalid_cursor'],
  },
  {
    operation_id: 'revokeKey',
    method: 'delete',
    path: '/v1/keys/{key_id}',
    summary: 'Revoke a key: it is dead from the next request on',
    scopes: ['admin'],
    responses: { 200: { description: 'The revoked key.', schema: Key } },
  },
  ...webhookOperations(),
  {
    operation_id: 'getDiscovery',
    method: 'get',
    path: '/.well-known/countersign',
    summary: 'What the server can do',
    scopes: 'none',
    responses: {
      200: { description: 'Versions, profiles, features, channel kinds, limits.', schema: Discovery },
    },
  },
  {
    operation_id: 'getHealth',
    method: 'get',
    path: '/healthz',
    summary: 'Whether the process is alive',
    scopes: 'none',
    responses: { 200: { description: 'Alive.', schema: Health } },
  },
  {
    operation_id: 'getReadiness',
    method: 'get',
    path: '/readyz',
    summary: 'Whether the server can take requests',
    scopes: 'none',
    responses: {
      200: { description: 'Ready.', schema: Health },
      503: { description: 'Not ready.', schema: Health },
    },
  },
  {
    operation_id: 'getVersion',
    method: 'get',
    path: '/version',
    summary: 'Which software answers',
    scopes: 'none',
    responses: { 200: { description: 'Name and version.', schema: Version } },
  },
]
