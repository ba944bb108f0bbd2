import { isInstant } from '../instant.ts'
import { show, valueAt } from '../expectations.ts'
import { headerOf, parseJson } from '../reply.ts'
import { faultOf, operationOf, PROBLEM, problemStatuses } from '../spec-operations.ts'
import type { Exchange } from '../exchange.ts'
import { eachAnswer, isAnswered, type AnsweredExchange, type Oracle } from './oracle.ts'

/** What holds for the form of every answer below /v1. */
export const form: readonly Oracle[] = [
  eachAnswer('error.problem', 'every error is a problem of RFC 9457', (exchange) => {
    const { status } = exchange.response
    if (status < 400 || !isCore(exchange) || isReadiness(exchange)) return undefined
    const type = headerOf(exchange.response, 'content-type')
    if (!/^application\/problem\+json\s*(;|$)/i.test(type ?? ''))
      return {
        expected: 'an error as application/problem+json',
        actual: `HTTP ${status} as ${type ?? 'no type'}`,
      }
    const body = jsonOf(exchange)
    for (const [name, kind] of [
      ['type', 'string'],
      ['title', 'string'],
      ['status', 'number'],
      ['code', 'string'],
    ] as const)
      if (typeof body?.[name] !== kind)
        return {
          expected: `a problem with the ${kind} ${name}`,
          actual: JSON.stringify(body?.[name]) ?? 'nothing',
          pointer: `/${name}`,
        }
    return true
  }),

  eachAnswer('error.code-status', 'every code of an error comes with its own status', (exchange) => {
    const { status } = exchange.response
    const problem = isCore(exchange) ? problemOf(exchange) : undefined
    if (typeof problem?.['code'] !== 'string') return undefined
    const { code } = problem
    const right = problemStatuses.get(code)
    if (right !== undefined && right !== status)
      return { expected: `HTTP ${right} with the code ${code}`, actual: `HTTP ${status}`, pointer: '/code' }
    if (problem['status'] !== status)
      return {
        expected: `the status ${status} in the body too`,
        actual: show(problem['status']),
        pointer: '/status',
      }
    return true
  }),

  eachAnswer('error.places', 'an error that is about places names them by pointers', (exchange) => {
    const problem = isCore(exchange) ? problemOf(exchange) : undefined
    if (!problem || !CODES_WITH_PLACES.has(String(problem['code']))) return undefined
    const places = problem['errors']
    if (!Array.isArray(places) || places.length === 0)
      return { expected: 'the places that are wrong', actual: show(places), pointer: '/errors' }
    for (const [index, place] of (places as { pointer?: unknown; in?: unknown }[]).entries()) {
      if (typeof place?.pointer !== 'string' || !POINTER.test(place.pointer))
        return {
          expected: 'a pointer of RFC 6901',
          actual: show(place?.pointer),
          pointer: `/errors/${index}/pointer`,
        }
      if (place.in !== undefined && typeof place.in !== 'string')
        return {
          expected: 'the part of the request as text',
          actual: show(place.in),
          pointer: `/errors/${index}/in`,
        }
    }
    return true
  }),

  eachAnswer('http.json-answers', 'every success is application/json', (exchange) => {
    const { response, request } = exchange
    if (!isSuccess(exchange) || isStream(exchange) || !operationOf(request.method, request.path))
      return undefined
    const type = headerOf(response, 'content-type')
    return /^application\/json\s*(;|$)/i.test(type ?? '')
      ? true
      : { expected: 'application/json', actual: type ?? 'no Content-Type' }
  }),

  eachAnswer(
    'http.answer-shape',
    'every answer satisfies the schema that the document names',
    (exchange) => {
      const { request, response } = exchange
      if (isStream(exchange)) return undefined
      const operation = operationOf(request.method, request.path)
      const reference = operation?.schemas.get(response.status) ?? (problemOf(exchange) && PROBLEM)
      if (reference === undefined || !isCore(exchange)) return undefined
      const value = parseJson(textOf(exchange))
      if (value === undefined)
        return { expected: 'JSON', actual: show(textOf(exchange).slice(0, 120)), pointer: '' }
      const fault = faultOf(reference, value)
      if (!fault) return true
      const { pointer, expected } = fault
      return { expected, actual: show(valueAt(value, pointer)), pointer }
    },
    { explains: false },
  ),

  eachAnswer('http.retry-after', 'every 503 says when to come back', (exchange) => {
    if (exchange.response.status !== 503 || !isCore(exchange)) return undefined
    const value = headerOf(exchange.response, 'retry-after')
    return value === undefined || value.trim() === ''
      ? { expected: 'a Retry-After header', actual: 'none' }
      : true
  }),

  eachAnswer('http.not-stored', 'no answer is to be stored by whoever carries it', (exchange) => {
    if (!operationOf(exchange.request.method, exchange.request.path)) return undefined
    const value = headerOf(exchange.response, 'cache-control')
    return /(^|,)\s*no-store\s*(,|$)/i.test(value ?? '')
      ? true
      : { expected: 'Cache-Control: no-store', actual: value ?? 'no Cache-Control' }
  }),

  eachAnswer('time.format', 'every instant is RFC 3339 in UTC, ending in Z', (exchange) => {
    const { request, response } = exchange
    const isKnown = operationOf(request.method, request.path)?.schemas.has(response.status)
    const value = isKnown ? parseJson(textOf(exchange)) : undefined
    const found = instantsIn(value)
    if (found.length === 0) return undefined
    const wrong = found.find(([, instant]) => !isInstant(instant))
    return wrong
      ? { expected: 'an instant such as 2026-01-31T12:00:00.000Z', actual: show(wrong[1]), pointer: wrong[0] }
      : true
  }),

  {
    requirement: 'error.no-internals',
    title: 'no error shows what the server is made of',
    explains: true,
    judge({ exchanges }) {
      const secrets = new Set(exchanges.flatMap(secretsMade))
      const judged = exchanges.filter(isAnswered).filter(({ response }) => response.status >= 400)
      const findings = judged.flatMap(({ request, response, number }) => {
        const text = Buffer.from(response.body).toString('utf8')
        // What the client itself has sent is nothing that it learns.
        const sent = `${request.path} ${decoded(request.path)} ${Buffer.from(request.body ?? []).toString('utf8')}`
        const shown = [...secrets, ...secretsSent(request)].find((secret) => text.includes(secret))
        if (shown !== undefined)
          return [{ expected: 'an error without secrets', actual: 'the secret of a key', exchange: number }]
        for (const [what, pattern] of INTERNALS) {
          const match = pattern.exec(text)?.[0]
          if (match !== undefined && !sent.includes(match))
            return [{ expected: `an error without ${what}`, actual: show(match), exchange: number }]
        }
        return []
      })
      return { subjects: judged.length, findings }
    },
  },
]

const CODES_WITH_PLACES = new Set([
  'malformed_body',
  'invalid_request',
  'unsupported_feature',
  'unknown_option',
  'edit_not_allowed',
  'schema_mismatch',
])
const POINTER = /^(\/([^~/]|~[01])*)*$/

const INTERNALS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a stack trace', /\n\s+at \S+|\\n\s+at [^"]{1,80}|Traceback \(most recent call last\)|goroutine \d+ \[/],
  ['a stack trace', /\b(?:Exception in thread|panicked at|Caused by:)/],
  ['a query', /\b(?:SELECT\s.{1,200}?\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\s/],
  [
    'a query',
    /\b(?:select\s[^"]{1,200}?\sfrom\s+\w+\s+where|insert\s+into\s+\w+\s*\(|update\s+\w+\s+set\s+\w+\s*=)/,
  ],
  [
    'the words of a database',
    /\bSQLITE_\w+|\b(?:UNIQUE|FOREIGN KEY|NOT NULL) constraint failed|\bSQLSTATE\b/,
  ],
  ['the words of a database', /duplicate key value violates|\bpsycopg2?\b|\bERR_SQLITE_\w+/],
  ['a file name', /(?:^|[\s"'(:])(?:file:\/\/|\/(?:home|usr|var|opt|root|tmp|app|srv|Users|etc)\/)[^\s"']+/],
  ['a file name', /\b[A-Za-z]:\\\\?[\w\\]+|\bnode_modules\b|\bsite-packages\b/],
  ['a file name', /\b[\w-]+\.(?:m?[jt]s|cjs|py|go|rs|rb|java|php|cs)(?::\d+|\(\d+\)|", line \d+)/],
]

/** The members of answers that are instants, outside opaque values, with where they stand. */
function instantsIn(value: unknown): [pointer: string, instant: unknown][] {
  const places = [
    ...INSTANTS,
    ...listed(value, '/items').flatMap((item) => INSTANTS.map((pointer) => `${item}${pointer}`)),
  ]
  const inLists = [...new Set(places.filter((place) => place.includes('*')))].flatMap((place) => {
    const [before = '', behind = ''] = place.split('/*')
    return listed(value, before).map((item) => `${item}${behind}`)
  })
  return [...places.filter((place) => !place.includes('*')), ...inLists].flatMap((pointer) => {
    const instant: unknown = valueAt(value, pointer)
    return instant === undefined || instant === null ? [] : [[pointer, instant] as [string, unknown]]
  })
}

function listed(value: unknown, pointer: string): string[] {
  const list: unknown = valueAt(value, pointer)
  return Array.isArray(list) ? list.map((_, index) => `${pointer}/${index}`) : []
}

const INSTANTS = [
  ...['/status', '/winning_status'].flatMap((status) =>
    [
      'requested_at',
      'expires_at',
      'completed_at',
      'responded_at',
      'responses/*/responded_at',
      'contacts/*/joins_at',
      'contacts/*/sent_at',
      'contacts/*/failed_at',
      'contacts/*/withdrawn_at',
      'escalations/*/escalated_at',
    ].map((name) => `${status}/${name}`),
  ),
  '/created_at',
  '/revoked_at',
  '/key/created_at',
  '/key/revoked_at',
]

function secretsMade({ request, response }: Exchange): string[] {
  if (request.path !== '/v1/keys' || response?.status !== 201) return []
  const secret: unknown = valueAt(parseJson(Buffer.from(response.body).toString('utf8')), '/secret')
  return typeof secret === 'string' && secret.length >= 8 ? [secret] : []
}

function secretsSent({ headers }: Exchange['request']): string[] {
  return headers.flatMap(([name, value]) => {
    const secret =
      name.toLowerCase() === 'authorization' ? /^Bearer\s+(\S{12,})$/i.exec(value)?.[1] : undefined
    return secret === undefined ? [] : [secret]
  })
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return ''
  }
}

function isSuccess({ response }: AnsweredExchange): boolean {
  return response.status >= 200 && response.status < 300 && response.status !== 204
}

function textOf({ response }: AnsweredExchange): string {
  return Buffer.from(response.body).toString('utf8')
}

/** The body of an error that is one of RFC 9457. */
function problemOf(exchange: AnsweredExchange): Record<string, unknown> | undefined {
  const type = headerOf(exchange.response, 'content-type')
  if (exchange.response.status < 400 || !/^application\/problem\+json/i.test(type ?? '')) return undefined
  return jsonOf(exchange)
}

/** Under the HumanLayer profile errors look otherwise. */
function isCore({ request }: AnsweredExchange): boolean {
  return !request.path.startsWith('/humanlayer/')
}

function isReadiness({ request }: AnsweredExchange): boolean {
  return request.path === '/readyz'
}

function jsonOf({ response }: AnsweredExchange): Record<string, unknown> | undefined {
  const value = parseJson(Buffer.from(response.body).toString('utf8'))
  return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined
}

/** What was asked for as a stream, and given: its messages are judged by checks. */
function isStream({ request, response }: AnsweredExchange): boolean {
  const wanted = request.headers.some(
    ([name, value]) => name.toLowerCase() === 'accept' && value.includes('text/event-stream'),
  )
  return wanted && response.status === 200
}
