import { parseJson } from '../reply.ts'
import type { AnsweredExchange } from './oracle.ts'

export type Members = Readonly<Record<string, unknown>>

/** A call as an answer shows it. */
export interface ShownCall {
  readonly kind: 'FunctionCall' | 'HumanContact'
  readonly call: Members
  readonly spec: Members
  readonly status: Members
  /** Where in the body it stands. */
  readonly pointer: string
}

/** What a request was about, as far as its method and path tell. */
export interface Target {
  readonly kind: ShownCall['kind']
  readonly act: 'create' | 'list' | 'get' | 'respond' | 'cancel' | 'escalate'
  readonly call_id?: string
}

/** What a request below /v1 did with calls; undefined for everything else, such as the HumanLayer profile. */
export function targetOf({ request: { method, path } }: AnsweredExchange): Target | undefined {
  const match =
    /^\/v1\/(function_calls|human_contacts)(?:\/([^/?]+)(?:\/(respond|cancel|escalate))?)?(?:\?.*)?$/.exec(
      path,
    )
  if (!match) return undefined
  const [, collection, id, verb] = match
  const kind = collection === 'function_calls' ? 'FunctionCall' : 'HumanContact'
  if (id === undefined) {
    if (method === 'POST') return { kind, act: 'create' }
    return method === 'GET' ? { kind, act: 'list' } : undefined
  }
  const call_id = decoded(id)
  if (call_id === undefined || method !== (verb === undefined ? 'GET' : 'POST')) return undefined
  return { kind, act: (verb as Target['act'] | undefined) ?? 'get', call_id }
}

/** Every call that a good answer shows, alone or in a list. Whatever does not look like one is for the schema to judge. */
export function callsIn(exchange: AnsweredExchange): ShownCall[] {
  const target = targetOf(exchange)
  if (!target || exchange.response.status < 200 || exchange.response.status > 299) return []
  const body = membersOf(parseJson(Buffer.from(exchange.response.body).toString('utf8')))
  if (!body) return []
  const { items } = body
  const shown = target.act === 'list' ? (Array.isArray(items) ? (items as unknown[]) : []) : [body]
  return shown.flatMap((value, index) => {
    const call = membersOf(value)
    const spec = membersOf(call?.['spec'])
    const status = membersOf(call?.['status'])
    if (!call || !spec || !status) return []
    return [
      { kind: target.kind, call, spec, status, pointer: target.act === 'list' ? `/items/${index}` : '' },
    ]
  })
}

/**
 * What a creation sent, or undefined. Bodies that are not written as a serialiser would have written them are left alone: they
 * may be malformed on purpose, and then who knows what was meant.
 */
export function creationIn(exchange: AnsweredExchange): Members | undefined {
  if (targetOf(exchange)?.act !== 'create' || exchange.request.body === undefined) return undefined
  const text = Buffer.from(exchange.request.body).toString('utf8')
  const value = membersOf(parseJson(text))
  return value && JSON.stringify(value) === text ? value : undefined
}

export function membersOf(value: unknown): Members | undefined {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as Members) : undefined
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
