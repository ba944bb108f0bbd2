import { functionCalls, humanContacts } from './call-kind.ts'
import type { Context } from '../context.ts'
import { describe, expectStatus, expectThat, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { Inconclusive } from '../violation.ts'
import { WebhookReceiver, describeArrivals, type Answer, type Arrival } from './webhook-receiver.ts'

export const ENDPOINTS = '/v1/webhook_endpoints'

/** A receiver that is registered with the server. */
export interface Endpoint {
  readonly receiver: WebhookReceiver
  readonly secret: string
  readonly path: string
  readonly reply: Reply
}

/** Registers receivers for the time of one check, and takes them away when it ends. */
export async function withEndpoints(
  context: Context,
  run: (register: (wish?: Wish) => Promise<Endpoint>) => Promise<void>,
): Promise<void> {
  const receivers: WebhookReceiver[] = []
  const paths: string[] = []
  try {
    await run(async ({ answer, everything = false, ...wish } = {}) => {
      const receiver = await WebhookReceiver.open(answer)
      receivers.push(receiver)
      const endpoint = await registerAt(context, receiver, {
        ...(everything ? {} : { event_types: [CAUSED] }),
        ...wish,
      })
      paths.push(endpoint.path)
      return endpoint
    })
  } finally {
    for (const path of paths) await context.actor('admin').send({ method: 'DELETE', path })
    for (const receiver of receivers) await receiver.close()
  }
}

interface Wish {
  /** Else it gets what `cause` causes, so that what other checks do at the same time does not pile up at it. */
  everything?: boolean
  event_types?: readonly string[]
  payload_style?: string
  answer?: Answer
}

function registerAt(context: Context, receiver: WebhookReceiver, wish: object): Promise<Endpoint> {
  return context.step('webhook.create', async () => {
    const reply = await context.actor('admin').post(ENDPOINTS, { url: receiver.url, ...wish })
    if (reply.code === 'url_not_allowed')
      throw new Inconclusive(
        `the server refuses the address of the suite's own receiver; it has to allow 127.0.0.0/8 to be judged`,
      )
    expectStatus(reply, 201)
    const { secret, webhook_endpoint_id: id } = (reply.json ?? {}) as Record<string, unknown>
    expectThat(
      typeof id === 'string' && typeof secret === 'string',
      'the endpoint and its secret',
      show(Object.keys((reply.json as object | null) ?? {})),
      { reply },
    )
    return {
      receiver,
      secret: secret,
      path: `${ENDPOINTS}/${encodeURIComponent(id)}`,
      reply,
    }
  })
}

/** Makes something happen that seldom does. */
export async function cause(context: Context, call_id: string, spec: object = {}): Promise<void> {
  await context.agent.create(humanContacts, { call_id, spec: { ...spec } })
  await causeAgain(context, call_id)
}

/** The same once more about the same call. */
export async function causeAgain(context: Context, call_id: string): Promise<void> {
  const escalation = { escalation_id: context.id(context.nextName()), escalation_msg: 'It is urgent.' }
  await context.agent.escalate(humanContacts, call_id, escalation)
}

const CAUSED = 'human_contact.escalated'

/** Makes something happen of which an endpoint hears nothing unless it names `RARE`, so that it can tell what comes from all else. */
export async function causeRarely(context: Context, call_id: string, spec: object = {}): Promise<void> {
  await context.agent.create(functionCalls, { call_id, spec: { ...spec } })
  const escalation = { escalation_id: context.id(context.nextName()), escalation_msg: 'It is urgent.' }
  await context.agent.escalate(functionCalls, call_id, escalation)
}

export const RARE = 'function_call.escalated'

/** The first delivery about a call; without it nothing else can be judged. */
export function firstArrival(context: Context, { receiver }: Endpoint, call_id: string): Promise<Arrival> {
  return context.step('webhook.delivered', async () => {
    const arrivals = await receiver.waitFor(call_id, 1, ARRIVAL_MS * context.patience)
    const [arrival] = arrivals
    expectThat(arrival !== undefined, `a delivery about ${call_id}`, describeArrivals(arrivals))
    return arrival
  })
}

/** Waits until the endpoint is shown in a state. */
export async function untilState(context: Context, { path }: Endpoint, state: string): Promise<Reply> {
  const admin = context.actor('admin')
  for (let tries = 0; ; tries++) {
    const reply = await admin.get(path)
    expectStatus(reply, 200)
    if (reply.json?.state === state || tries === 25) return reply
    await context.sleep(200)
  }
}

/** The deliveries of an endpoint, once `isEnough` says that they are all there. */
export async function deliveriesOf(
  context: Context,
  { path }: Endpoint,
  isEnough: (items: readonly Delivery[]) => boolean,
): Promise<{ items: readonly Delivery[]; reply: Reply }> {
  return context.step('webhook.deliveries', async () => {
    for (let tries = 0; ; tries++) {
      const { items: shown, reply } = await readList(context, `${path}/deliveries`)
      const items = shown as readonly Delivery[]
      if (isEnough(items) || tries === 25) return { items, reply }
      await context.sleep(200)
    }
  })
}

/** A list to its end, however long its pages are, and the answer with its last page. A cursor that comes again is an end too. */
export async function readList(
  context: Context,
  path: string,
  limit = 100,
): Promise<{ items: readonly unknown[]; reply: Reply }> {
  const items: unknown[] = []
  const cursors = new Set<string>()
  let query = `?limit=${limit}`
  for (let pages = 1; ; pages++) {
    const reply = await context.actor('admin').get(path + query)
    expectStatus(reply, 200)
    const page: unknown = reply.json?.items
    expectThat(Array.isArray(page), 'a list', describe(reply), { reply })
    items.push(...(page as unknown[]))
    const cursor: unknown = reply.json?.next_cursor
    if (typeof cursor !== 'string' || cursors.has(cursor) || pages === MOST_PAGES) return { items, reply }
    cursors.add(cursor)
    query = `?limit=${limit}&cursor=${encodeURIComponent(cursor)}`
  }
}

const MOST_PAGES = 200

export interface Delivery {
  readonly delivery_id: string
  readonly event_id: string
  readonly state: string
  readonly attempts: readonly { status_code: number | null }[]
}

/** How long a delivery may take that nothing hinders. */
export const ARRIVAL_MS = 10_000

/** How long a second attempt may take: it comes within a minute, and the rest is the way of the request. */
export const RETRY_MS = 62_000
