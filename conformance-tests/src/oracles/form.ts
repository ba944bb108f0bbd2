import { headerOf, parseJson } from '../reply.ts'
import { eachAnswer, type AnsweredExchange, type Oracle } from './oracle.ts'

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
]

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
