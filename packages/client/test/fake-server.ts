import { parseExact } from '../src/exact-json.ts'
import type { FunctionCall, HumanContact } from '../src/schemas.ts'

export interface Seen {
  method: string
  path: string
  query: URLSearchParams
  headers: Headers
  text: string
  body: any
  signal: AbortSignal
}

/** A `fetch` that hands each request to the next answer of a list, and to the last one from then on. */
export function fakeFetch(...answers: ((request: Seen) => Response | Promise<Response>)[]) {
  const requests: Seen[] = []
  const fetch = async (address: string, init: RequestInit): Promise<Response> => {
    const url = new URL(address)
    const text = (init.body as string | null) ?? ''
    const request: Seen = {
      method: init.method!,
      path: url.pathname,
      query: url.searchParams,
      headers: new Headers(init.headers),
      text,
      body: text === '' ? undefined : parseExact(text),
      signal: init.signal!,
    }
    requests.push(request)
    return answers[Math.min(requests.length, answers.length) - 1]!(request)
  }
  return { fetch, requests }
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return new Response(text, { status, headers: { 'Content-Type': 'application/json', ...headers } })
}

export function problem(code: string, status: number, headers: Record<string, string> = {}): Response {
  return json({ type: `urn:countersign:problem:${code}`, title: code, status, code }, status, headers)
}

export function networkDown(): never {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
}

/** Never answers, and does not even listen to its signal. */
export function silence(): Promise<Response> {
  return new Promise(() => {})
}

export function aFunctionCall(
  status: Partial<FunctionCall['status']> = {},
  rest: Partial<Omit<FunctionCall, 'status'>> = {},
): FunctionCall {
  return {
    run_id: 'run_1',
    call_id: 'call_1',
    spec: { fn: 'refund_order', kwargs: {} },
    ...rest,
    status: {
      state: 'pending',
      approved: null,
      comment: null,
      reject_option_name: null,
      edited_kwargs: null,
      responses: [],
      ...commonStatus,
      ...status,
    },
  }
}

export function aHumanContact(
  status: Partial<HumanContact['status']> = {},
  rest: Partial<Omit<HumanContact, 'status'>> = {},
): HumanContact {
  return {
    run_id: 'run_1',
    call_id: 'call_1',
    spec: { msg: 'Ship it?' },
    ...rest,
    status: {
      state: 'pending',
      response: null,
      response_option_name: null,
      response_data: null,
      responses: [],
      ...commonStatus,
      ...status,
    },
  }
}

const commonStatus = {
  requested_at: '2026-01-01T00:00:00Z',
  requested_by: 'key:agent',
  expires_at: null,
  channel: { inbox: {} },
  completed_at: null,
  responded_at: null,
  responder: null,
}
