import type { Context } from '../context.ts'
import { expectStatus } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { claims } from '../subject.ts'
import type { Actor } from './actor.ts'
import { functionCalls, humanContacts, pathOf, type CallKind } from './call-kind.ts'
import { timerPath } from './timers.ts'

/** What a check says of a run when it creates it. */
export interface RunWish {
  run_id: string
  parent_run_id?: string
  budget?: { cost: string; currency: string }
}

export function runPath(run_id: string, verb?: 'usage'): string {
  return `/v1/runs/${encodeURIComponent(run_id)}${verb ? `/${verb}` : ''}`
}

/** Creates a run, or tells of one that is there, as the server has to take it. */
export function createRun(context: Context, wish: RunWish, agent: Actor = context.agent): Promise<Reply> {
  return context.step('run.created', async () => {
    const reply = await agent.post('/v1/runs', wish)
    expectStatus(reply, 200, 201)
    return reply
  })
}

/** Reads a run that something has named. */
export function readRun(context: Context, run_id: string, reader: Actor = context.agent): Promise<Reply> {
  return context.step('run.exists', async () => {
    const reply = await reader.get(runPath(run_id))
    expectStatus(reply, 200)
    return reply
  })
}

/** A report that is valid, under an id of its own unless told. */
export function usageBody(
  context: Context,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return {
    usage_id: context.id(context.nextName()),
    model: 'large-2',
    input_tokens: 0,
    output_tokens: 0,
    ...more,
  }
}

/** Reports what the server has to count. */
export function reportUsage(
  context: Context,
  run_id: string,
  more: Readonly<Record<string, unknown>> = {},
  agent: Actor = context.agent,
): Promise<Reply> {
  return context.step('usage.reported', async () => {
    const reply = await agent.post(runPath(run_id, 'usage'), usageBody(context, more))
    expectStatus(reply, 201)
    return reply
  })
}

/** Something that is created in a run and can name the parent of that. */
export interface Item {
  readonly kind: 'function_call' | 'human_contact' | 'timer'
  readonly collection: string
  body(id: string): Record<string, unknown>
  path(id: string): string
}

/** The kinds of items that the server has. Timers are of a moment that is over, which every server takes. */
export function itemKinds({ subject }: Context): Item[] {
  return [
    callItem('function_call', functionCalls),
    callItem('human_contact', humanContacts),
    timerItem,
  ].filter(({ kind }) => kind !== 'timer' || claims(subject, 'timers'))
}

function callItem(kind: Item['kind'], call: CallKind): Item {
  return {
    kind,
    collection: call.collection,
    body: (call_id) => ({ call_id, spec: call.spec() }),
    path: (call_id) => pathOf(call, call_id),
  }
}

const timerItem: Item = {
  kind: 'timer',
  collection: '/v1/timers',
  body: (timer_id) => ({ timer_id, spec: { wake_at: '2001-02-03T04:05:06Z' } }),
  path: (timer_id) => timerPath(timer_id),
}

/** Creates an item of a run, perhaps under a parent; the server may refuse. */
export function tryItem(
  { agent }: Context,
  item: Item,
  id: string,
  run: Pick<RunWish, 'run_id' | 'parent_run_id'>,
): Promise<Reply> {
  return agent.post(item.collection, { ...run, ...item.body(id) })
}
