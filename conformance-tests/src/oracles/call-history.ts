import { callKinds, type CallKind } from '../actors/call-kind.ts'
import type { Exchange } from '../exchange.ts'
import { parseJson } from '../reply.ts'

/** What was asked of a call. */
type Act = 'create' | 'get' | 'respond' | 'cancel' | 'escalate'

/** One exchange about one call, read for what it tells about that call. */
export interface Observation {
  readonly exchange: Exchange
  readonly act: Act
  /** The body that was sent, parsed. */
  readonly sent: Record<string, unknown> | undefined
  readonly status: number | undefined
  readonly code: string | undefined
  /** The call as the answer shows it; absent from errors. */
  readonly call: ShownCall | undefined
  /** With a conflict: the status that won, as the answer shows it. */
  readonly winning_status: Record<string, unknown> | undefined
}

interface ShownCall {
  readonly spec: Record<string, unknown>
  readonly status: Record<string, unknown>
}

/** Everything that happened to one call, in the order in which it was sent. */
export interface CallHistory {
  readonly kind: CallKind
  readonly call_id: string
  readonly observations: readonly Observation[]
}

/** Sorts the exchanges of a run by the call that they are about. Malformed requests and lists are not about one call. */
export function callHistories(exchanges: readonly Exchange[]): CallHistory[] {
  const histories = new Map<string, CallHistory & { observations: Observation[] }>()
  for (const exchange of exchanges.toSorted((one, other) => one.sent_at - other.sent_at)) {
    const about = aboutWhat(exchange)
    if (!about) continue
    const { kind, call_id, act, sent } = about
    // A second project may use the same id; its key is always called `other`.
    const name = `${exchange.request.key === 'other' ? 'other' : 'own'} ${kind.collection} ${call_id}`
    const history = histories.get(name) ?? { kind, call_id, observations: [] }
    histories.set(name, history)
    history.observations.push({ exchange, act, sent, ...shownBy(exchange, call_id) })
  }
  return [...histories.values()]
}

/** Whether the first had been answered before the second was sent; otherwise they overlap, and either may have come first. */
export function isBefore(one: Observation, other: Observation): boolean {
  return one.exchange.response !== undefined && one.exchange.received_at < other.exchange.sent_at
}

function aboutWhat({
  request,
}: Exchange): { kind: CallKind; call_id: string; act: Act; sent: Observation['sent'] } | undefined {
  const { pathname } = new URL(request.path, 'http://judged')
  const kind = callKinds.find(
    ({ collection }) => pathname === collection || pathname.startsWith(`${collection}/`),
  )
  if (!kind) return undefined
  const sent = request.body ? asObject(parseJson(Buffer.from(request.body).toString('utf8'))) : undefined
  if (pathname === kind.collection) {
    const call_id = sent?.['call_id']
    return request.method === 'POST' && typeof call_id === 'string'
      ? { kind, call_id, act: 'create', sent }
      : undefined
  }
  const [id, verb, ...rest] = pathname.slice(kind.collection.length + 1).split('/')
  const call_id = id === undefined ? undefined : decoded(id)
  if (call_id === undefined || rest.length > 0) return undefined
  if (verb === undefined) return request.method === 'GET' ? { kind, call_id, act: 'get', sent } : undefined
  const isVerb = verb === 'respond' || verb === 'cancel' || verb === 'escalate'
  return isVerb && request.method === 'POST' ? { kind, call_id, act: verb, sent } : undefined
}

function shownBy(
  { response }: Exchange,
  call_id: string,
): Pick<Observation, 'status' | 'code' | 'call' | 'winning_status'> {
  const body = response ? asObject(parseJson(Buffer.from(response.body).toString('utf8'))) : undefined
  const spec = asObject(body?.['spec'])
  const status = asObject(body?.['status'])
  const isCall =
    response !== undefined && response.status < 300 && body?.['call_id'] === call_id && spec && status
  return {
    status: response?.status,
    code: typeof body?.['code'] === 'string' ? body['code'] : undefined,
    call: isCall ? { spec, status } : undefined,
    winning_status: asObject(body?.['winning_status']),
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
