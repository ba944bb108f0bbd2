import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import type { Exchange } from '../exchange.ts'
import { readBody, writeBody, type WrittenBody } from './body.ts'
import type { Report } from './report.ts'

/** The text is no report, or one of a form that this suite does not read. The message names the place. */
export class NotAReport extends Error {}

/** The report as JSON, with one exchange in each line. `report.schema.json` says what stands in it. */
export function toJson(report: Report): string {
  const { transcript, ...rest } = report
  const head = JSON.stringify(rest, null, 2).slice(0, -2)
  const lists = [
    list('exchanges', transcript.exchanges.map(written)),
    list('pauses', transcript.pauses),
    list('readings', transcript.readings),
  ]
  return `${head},\n  "transcript": {\n${lists.join(',\n')}\n  }\n}\n`
}

function list(name: string, items: readonly unknown[]): string {
  if (items.length === 0) return `    "${name}": []`
  return `    "${name}": [\n${items.map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]`
}

/**
 * Reads a report that `toJson` wrote.
 *
 * @throws {NotAReport} when it is none.
 */
export function parseReport(text: string): Report {
  const value = parse(text)
  const isReport = (validator ??= compile())
  if (!isReport(value)) throw new NotAReport(`This is no report of the suite: ${why(isReport.errors?.[0])}.`)
  const { transcript, ...rest } = value
  return { ...rest, transcript: { ...transcript, exchanges: transcript.exchanges.map(read) } }
}

type WrittenReport = Omit<Report, 'transcript'> & {
  transcript: Omit<Report['transcript'], 'exchanges'> & { exchanges: readonly WrittenExchange[] }
}

type WrittenExchange = Omit<Exchange, 'request' | 'response'> & {
  request: Omit<Exchange['request'], 'body'> & { body: WrittenBody | null }
  response?: Omit<NonNullable<Exchange['response']>, 'body'> & { body: WrittenBody }
}

let validator: ValidateFunction<WrittenReport> | undefined

function compile(): ValidateFunction<WrittenReport> {
  const schema = JSON.parse(
    readFileSync(new URL('../../report.schema.json', import.meta.url), 'utf8'),
  ) as object
  return new Ajv2020({ strict: true, allowUnionTypes: true }).compile<WrittenReport>(schema)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new NotAReport(`This is no JSON: ${(error as Error).message}`, { cause: error })
  }
}

function why(error: ErrorObject | undefined): string {
  return `${error?.instancePath || 'the whole'} ${error?.message ?? 'is something else'}`
}

function written({ request, response, ...rest }: Exchange): WrittenExchange {
  return {
    ...rest,
    request: { ...request, body: request.body ? writeBody(request.body) : null },
    ...(response ? { response: { ...response, body: writeBody(response.body) } } : {}),
  }
}

function read({ request, response, ...rest }: WrittenExchange): Exchange {
  return {
    ...rest,
    request: { ...request, body: request.body === null ? undefined : readBody(request.body) },
    ...(response ? { response: { ...response, body: readBody(response.body) } } : {}),
  }
}
