import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import {
  countersignHandlers,
  type CountersignHandlers,
  type CountersignHandlersOptions,
} from '../../src/testing/countersign-handlers.ts'

export interface Answer {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into whatever came
  json: any
}

type Send = (path: string, body?: unknown, init?: RequestInit) => Promise<Answer>

/** Handlers that `fetch` sees in every test of a file, fresh for each, and who speaks to them. */
export interface Wire {
  server: CountersignHandlers
  agent: Send
  responder: Send
  nobody: Send
  as: (secret: string) => Send
}

export function interceptFetch(options: CountersignHandlersOptions = {}): Wire {
  const server = countersignHandlers(options)
  const network = setupServer(...server.handlers)
  beforeAll(() => network.listen({ onUnhandledFrame: 'error' }))
  afterEach(() => server.reset())
  afterAll(() => network.close())

  const as = (secret: string) => sender(server.baseUrl, secret)
  return {
    server,
    as,
    agent: as('agent-key'),
    responder: as('responder-key'),
    nobody: sender(server.baseUrl),
  }
}

/** Sends a GET, or a POST when there is a body: a value as JSON, text and bytes as they are. */
export function sender(baseUrl: string, secret?: string): Send {
  return async (path, body, init = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(baseUrl + path, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && { body: isRaw ? (body as string) : JSON.stringify(body) }),
      ...init,
      headers: {
        ...(secret && { authorization: `Bearer ${secret}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(init.headers as Record<string, string>),
      },
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, json: text && JSON.parse(text) }
  }
}

export const aFunctionCall = (spec: object = {}, call: object = {}) => ({
  run_id: 'run_1',
  call_id: 'call_1',
  spec: { fn: 'refund_order', kwargs: { order_id: 4417 }, ...spec },
  ...call,
})

export const aHumanContact = (spec: object = {}, call: object = {}) => ({
  run_id: 'run_1',
  call_id: 'call_1',
  spec: { msg: 'Which address shall I use?', ...spec },
  ...call,
})

export function expectProblem(answer: Answer, status: number, code: string, pointers?: string[]): void {
  expect(answer.json).toMatchObject({ type: `urn:countersign:problem:${code}`, status, code })
  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  if (pointers)
    expect(answer.json.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers)
}
