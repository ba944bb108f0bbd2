import type { Context, Outgoing } from '../context.ts'
import { claims } from '../subject.ts'
import { callKinds, pathOf, type CallKind } from './call-kind.ts'
import { createRun, runPath, usageBody } from './runs.ts'
import { setTimer, timerBody, timerPath, wakeAhead } from './timers.ts'

export type Scope = 'agent' | 'responder' | 'admin'

export const scopes: readonly Scope[] = ['agent', 'responder', 'admin']

/** One operation of the protocol that takes a key, with a request that succeeds. */
export interface Operation {
  readonly name: string
  /** What has to be claimed for it to be there. */
  readonly profile: 'core' | 'lists' | 'scopes' | 'timers' | 'webhooks' | 'runs' | 'usage'
  /** A key with any of these may do it. */
  readonly scopes: readonly Scope[]
  /** The kind of call that it is about. */
  readonly kind?: CallKind
  /** The status of its success. */
  readonly success: 200 | 201
  /** What it needs to be there already: a pending call or timer, a run, or a key. */
  readonly target?: 'call' | 'timer' | 'key' | 'run'
  readonly request: (id: string, context: Context) => Outgoing
}

/** Every operation that takes a key and that the server claims. */
export function operationsOf({ subject }: Context): Operation[] {
  return operations.filter(({ profile }) => claims(subject, profile))
}

/** The id of a pending call or timer, of a run, or of a key, that the operation can be tried on, or one that nobody has. */
export async function targetOf(context: Context, { target, kind }: Operation): Promise<string> {
  const id = context.id(context.nextName())
  if (target === 'call') await context.agent.create(kind!, { call_id: id })
  if (target === 'timer') await setTimer(context, { timer_id: id, wake_at: await wakeAhead(context) })
  if (target === 'run') await createRun(context, { run_id: id })
  if (target === 'key') return (await context.actor('admin').createKey({ scopes: ['agent'] })).key_id
  return id
}

function post(path: string, json: unknown): Outgoing {
  return { method: 'POST', path, json }
}

function operationsOn(kind: CallKind): Operation[] {
  const { name, collection } = kind
  return [
    {
      name: `create a ${name}`,
      profile: 'core',
      scopes: ['agent'],
      kind,
      success: 201,
      request: (call_id, context) =>
        post(collection, { run_id: context.id('run'), call_id, spec: kind.spec() }),
    },
    {
      name: `list ${name}s`,
      profile: 'lists',
      scopes: ['agent', 'responder'],
      kind,
      success: 200,
      request: () => ({ path: `${collection}?limit=1` }),
    },
    {
      name: `get a ${name}`,
      profile: 'core',
      scopes: ['agent', 'responder'],
      kind,
      success: 200,
      target: 'call',
      request: (call_id) => ({ path: pathOf(kind, call_id) }),
    },
    {
      name: `answer a ${name}`,
      profile: 'core',
      scopes: ['responder'],
      kind,
      success: 200,
      target: 'call',
      request: (call_id) => post(pathOf(kind, call_id, 'respond'), kind.answer),
    },
    {
      name: `cancel a ${name}`,
      profile: 'core',
      scopes: ['agent'],
      kind,
      success: 200,
      target: 'call',
      request: (call_id) => post(pathOf(kind, call_id, 'cancel'), { comment: 'no longer needed' }),
    },
    {
      name: `escalate a ${name}`,
      profile: 'core',
      scopes: ['agent'],
      kind,
      success: 200,
      target: 'call',
      request: (call_id) =>
        post(pathOf(kind, call_id, 'escalate'), { escalation_id: 'esc_1', escalation_msg: 'It is urgent.' }),
    },
  ]
}

const operations: readonly Operation[] = [
  ...callKinds.flatMap(operationsOn),
  {
    name: 'set a timer',
    profile: 'timers',
    scopes: ['agent'],
    success: 201,
    request: (timer_id, context) =>
      post(
        '/v1/timers',
        // Right by any clock: a moment that is over is as good.
        timerBody(context, { timer_id, wake_at: new Date(context.now() + 60_000).toISOString() }),
      ),
  },
  {
    name: 'get a timer',
    profile: 'timers',
    scopes: ['agent'],
    success: 200,
    target: 'timer',
    request: (timer_id) => ({ path: timerPath(timer_id) }),
  },
  {
    name: 'cancel a timer',
    profile: 'timers',
    scopes: ['agent'],
    success: 200,
    target: 'timer',
    request: (timer_id) => ({ method: 'POST', path: timerPath(timer_id, 'cancel') }),
  },
  {
    name: 'create a run',
    profile: 'runs',
    scopes: ['agent'],
    success: 201,
    request: (run_id) => post('/v1/runs', { run_id }),
  },
  {
    name: 'list the runs',
    profile: 'runs',
    scopes: ['agent', 'responder'],
    success: 200,
    request: () => ({ path: '/v1/runs?limit=1' }),
  },
  {
    name: 'get a run',
    profile: 'runs',
    scopes: ['agent', 'responder'],
    success: 200,
    target: 'run',
    request: (run_id) => ({ path: runPath(run_id) }),
  },
  {
    name: 'report usage',
    profile: 'usage',
    scopes: ['agent'],
    success: 201,
    target: 'run',
    request: (run_id, context) => post(runPath(run_id, 'usage'), usageBody(context)),
  },
  {
    name: 'get the project',
    profile: 'core',
    scopes,
    success: 200,
    request: () => ({ path: '/v1/project' }),
  },
  {
    name: 'make a key',
    profile: 'scopes',
    scopes: ['admin'],
    success: 201,
    request: (id) => ({ method: 'POST', path: '/v1/keys', json: { scopes: ['agent'], name: id } }),
  },
  {
    name: 'list the keys',
    profile: 'scopes',
    scopes: ['admin'],
    success: 200,
    request: () => ({ path: '/v1/keys?limit=1' }),
  },
  {
    name: 'revoke a key',
    profile: 'scopes',
    scopes: ['admin'],
    success: 200,
    target: 'key',
    request: (key_id) => ({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(key_id)}` }),
  },
  {
    name: 'list the webhook endpoints',
    profile: 'webhooks',
    scopes: ['admin'],
    success: 200,
    request: () => ({ path: '/v1/webhook_endpoints?limit=1' }),
  },
]
