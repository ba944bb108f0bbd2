import { gzipSync } from 'node:zlib'
import { checks } from '../checks/index.ts'
import { markerOf } from '../context.ts'
import type { Exchange, Pause } from '../exchange.ts'
import type { Finding } from '../violation.ts'
import { textOf } from './body.ts'
import type { CheckReport, Report } from './report.ts'
import { HEADER, INSTANT, PRELUDE, SPOIL, UNPACK, URI } from './script-prelude.ts'
import { ScriptVariables } from './script-variables.ts'
import { judgement } from './script-judgement.ts'
import { word, type Variables } from './shell.ts'
import { whereIs } from './story.ts'
import { printable, wrap } from './terminal.ts'

/** There is nothing to make a script of; the message says why. */
export class NoScript extends Error {}

/**
 * The shell script that does again what a check did, against `$BASE_URL` with keys from the environment: for sh, curl and node. Its ids
 * are new in each run, what answers bring is taken from the answers, and requests overlap where they overlapped. It ends with 1
 * when the server does the same as in the report, with 0 when it does what is expected, and with 2 when that is for the reader to say.
 *
 * @param id a check, or a requirement that is violated.
 * @throws {NoScript}
 */
export function curlScript(report: Report, id: string): string {
  const { check, finding } = pointAt(report, id)
  const exchanges = exchangesOf(report, check, finding)
  if (exchanges.length === 0) throw new NoScript(`${check.id} sent no request in this run.`)

  const variables = new ScriptVariables(exchanges, markerOf(report.run.namespace, check.id, check.attempts))
  const steps = stepsOf(exchanges, report.transcript.pauses, variables)
  const offending = exchanges.findIndex(({ number }) => number === finding?.exchange)
  const text = steps.join('\n')
  const ending = finding ? judgement(finding, offending + 1, exchanges[offending]) : 'exit 0'
  return `${[
    '#!/bin/sh',
    ...heading(report, check, finding),
    '',
    'set -u',
    `BASE_URL=\${BASE_URL:-${word(report.subject.base_url)}}`,
    ...tokens(variables.tokens),
    ...fresh(markerOf(report.run.namespace, check.id, check.attempts), text),
    PRELUDE,
    ...(text.includes('$(header ') ? [HEADER] : []),
    ...(text.includes('$(uri ') ? [URI] : []),
    ...(text.includes('$(instant ') ? [INSTANT] : []),
    ...(text.includes('$(spoil ') ? [SPOIL] : []),
    ...(text.includes('\nunpack ') ? [UNPACK] : []),
    text,
    '',
    ending,
  ].join('\n')}\n`
}

/** The check that was meant, and what it is to show: what it found itself, or what an oracle found in its answers. */
function pointAt(report: Report, id: string): { check: CheckReport; finding: Finding | undefined } {
  const name = id.replace(/\/everywhere$/, '')
  const root = report.roots.find(({ requirement, check }) => requirement === name || check === id)
  const named = report.checks.find((one) => one.id === id)
  const check =
    (named?.finding ? named : undefined) ??
    report.checks.find((one) => one.id === root?.check) ??
    report.checks.find((one) => one.requirement === name && one.finding) ??
    named ??
    report.checks.find((one) => one.requirement === name)
  if (!check) throw new NoScript(`The report has no check and no violated requirement "${id}".`)
  const isRoot = root?.check === check.id && !(named?.finding && check === named)
  return { check, finding: isRoot ? root.finding : (check.finding ?? seenElsewhere(report, check.id)) }
}

function seenElsewhere({ requirements, transcript }: Report, check: string): Finding | undefined {
  const numbers = new Set(
    transcript.exchanges.filter((one) => one.check === check).map(({ number }) => number),
  )
  return requirements
    .flatMap(({ findings }) => findings)
    .find(({ exchange }) => exchange !== undefined && numbers.has(exchange))
}

/** Those of the last try, in the order in which they were sent, and none that came after what shows the finding. */
function exchangesOf(
  { run, transcript }: Report,
  check: CheckReport,
  finding: Finding | undefined,
): Exchange[] {
  const own = transcript.exchanges
    .filter((exchange) => exchange.check === check.id)
    .filter(({ sent_after }) => finding?.exchange === undefined || sent_after < finding.exchange)
    .toSorted(
      (one, other) =>
        one.sent_at - other.sent_at || one.sent_after - other.sent_after || one.number - other.number,
    )
  if (check.attempts < 2) return own
  const marker = markerOf(run.namespace, check.id, check.attempts)
  const first = own.findIndex(
    ({ request: { path, body } }) =>
      path.includes(marker) ||
      Buffer.from(body ?? [])
        .toString('latin1')
        .includes(marker),
  )
  return own.slice(Math.max(first, 0))
}

function heading(report: Report, { id, title }: CheckReport, finding: Finding | undefined): string[] {
  const requirement = report.requirements.find((one) => one.id === (finding?.requirement ?? id.split('/')[0]))
  const paragraphs = [
    `${id}: ${title}`,
    ...(requirement ? [`${requirement.sentence} (${whereIs(requirement)})`] : []),
    ...(finding ? [`Expected ${finding.expected}. ${report.subject.base_url} gave ${finding.actual}.`] : []),
    ...(checks.find((one) => one.id === id)?.needs.process
      ? ['The check also ends the server without warning and starts it again, which this script cannot do.']
      : []),
    `Made by ${report.suite.name} ${report.suite.version} from the run of ${report.run.started_at}. Needs sh, curl and node. ` +
      'Ends with 1 when it happens again, with 0 when it does not, with 2 when only a reader can say.',
  ]
  return paragraphs.flatMap((text, index) => [
    ...(index === 0 ? [] : ['#']),
    ...wrap(printable(text).replaceAll('\n', ' '), 98).map((line) => `# ${line}`.trimEnd()),
  ])
}

function tokens(names: ReadonlySet<string>): string[] {
  return [...names].toSorted().map((name) => {
    if (name === 'TOKEN') return ': "${TOKEN:?is the key with which to send}"'
    return `${name}=\${${name}:-\${TOKEN:?is the key with which to send; or give ${name}}}`
  })
}

/** As long as the recorded one, so that lengths that matter stay what they are. */
function fresh(marker: string, text: string): string[] {
  const lines = [
    '# Stands in every id, so that nothing of an earlier run is in the way.',
    `ID=cf$(node -p 'require("crypto").randomBytes(64).toString("hex").slice(0, ${marker.length - 2})')`,
  ]
  return text.includes('ID_UPPER') ? [...lines, `ID_UPPER=$(printf '%s' "$ID" | tr 'a-z' 'A-Z')`] : lines
}

function stepsOf(
  exchanges: readonly Exchange[],
  pauses: readonly Pause[],
  variables: ScriptVariables,
): string[] {
  const lines: string[] = []
  const inFlight = new Map<Exchange, number>()
  const collect = (ended: Exchange, step: number, wasInBackground: boolean) => {
    inFlight.delete(ended)
    if (wasInBackground) lines.push(`wait "$P${step}"`, `echo "${step}."`)
    lines.push(`answer ${step}`)
    for (const { variable, command } of variables.captures(ended, step))
      lines.push(`${variable}=$(${command})`)
  }
  for (const [index, exchange] of exchanges.entries()) {
    const step = index + 1
    for (const [earlier, number] of inFlight)
      if (earlier.number <= exchange.sent_after) collect(earlier, number, true)
    const pause = pausedBetween(exchanges[index - 1], exchange, pauses)
    lines.push('')
    if (pause > 0) lines.push(`sleep ${pause / 1000}`)
    for (const { variable, command } of variables.instants(exchange)) lines.push(`${variable}=$(${command})`)
    const next = exchanges[index + 1]
    const overlaps = next !== undefined && next.sent_after < exchange.number
    lines.push(...requestOf(exchange, step, variables, overlaps))
    inFlight.set(exchange, step)
    if (overlaps) lines.push(`P${step}=$!`)
    else collect(exchange, step, false)
  }
  for (const [earlier, number] of inFlight) collect(earlier, number, true)
  return lines
}

/** How much of the time between two requests the check spent doing nothing. */
function pausedBetween(from: Exchange | undefined, to: Exchange, pauses: readonly Pause[]): number {
  if (!from) return 0
  let paused = 0
  let until = from.sent_at
  for (const { check, began_at, ms } of pauses) {
    if (check !== to.check) continue
    const begin = Math.max(began_at, until)
    const end = Math.min(began_at + ms, to.sent_at)
    if (end <= begin) continue
    paused += end - begin
    until = end
  }
  return Math.round(paused)
}

function requestOf(
  { request, response, failure, sent_at, received_at }: Exchange,
  step: number,
  variables: ScriptVariables,
  inBackground: boolean,
): string[] {
  const { key, method, path } = request
  const { known } = variables
  const took = response ? `HTTP ${response.status}` : `no answer: ${failure?.message ?? ''}`
  const secret = variables.secretOf(key)
  const seconds = Math.max(0.1, (received_at - sent_at) / 1000)
  // A stream has no end; what had come until then was enough.
  const patience = !response ? seconds : response.cut ? Math.ceil(seconds) + 1 : 60
  const { before, options } = bodyOf(request, step, known)
  const parts = [
    `request ${step} -m ${patience}${methodOf(request)} ${urlOf(path, known)}`,
    ...(secret === undefined ? [] : [`-H "Authorization: Bearer ${secret}"`]),
    ...headersOf(request, known),
    ...options,
  ]
  return [
    `# ${step}. ${printable(`${key}: ${method} ${path}`)}`,
    `#    The recorded server: ${printable(took).replaceAll('\n', ' ')}`,
    ...before,
    `printf '%s\\n' ${word(`${step}. ${printable(`${key}: ${method} ${path}`)}`, known)}`,
    `${parts.join(' \\\n  ')}${inBackground ? ' &' : ''}`,
  ]
}

function methodOf({ method, body }: Exchange['request']): string {
  if (method === 'HEAD') return ' --head'
  return method === 'GET' && body === undefined ? '' : ` -X ${word(method)}`
}

/** curl cleans paths that it finds odd; what is sent has to be what was sent. */
function urlOf(path: string, known: Variables): string {
  if (/^\/[\w\-.~!$&'()*+,;=:@%/?{}[\]"|^`<>]*$/.test(path))
    return `"$BASE_URL"${word(path, known)}`.replace('""', '')
  return `"$BASE_URL" --request-target "$PREFIX"${word(path, known)}`
}

function headersOf({ headers, method, body }: Exchange['request'], known: Variables): string[] {
  const given = new Set(headers.map(([name]) => name.toLowerCase()))
  const isSent = body !== undefined || !['GET', 'HEAD'].includes(method)
  const unwanted = ['User-Agent', 'Accept', ...(isSent ? ['Content-Type', 'Expect'] : [])]
  return [
    ...headers.map(([name, value]) => `-H ${headerWord(name, value, known)}`),
    unwanted
      .filter((name) => !given.has(name.toLowerCase()))
      .map((name) => `-H ${name}:`)
      .join(' '),
  ].filter((part) => part !== '')
}

function headerWord(name: string, value: string, known: Variables): string {
  const [, scheme, credentials = ''] = /^(basic\s+)(\S+)$/i.exec(value) ?? []
  const clear = Buffer.from(credentials, 'base64').toString('utf8')
  if (scheme !== undefined && clear.includes('{key:'))
    return `"${name}: ${scheme}$(printf '%s' ${word(clear, known)} | base64 | tr -d '\\n')"`
  return value === '' ? word(`${name};`) : word(`${name}: ${value}`, known)
}

/** A body that a reader can read stands in the command itself; what is long or no text is packed. */
function bodyOf(
  { body, method }: Exchange['request'],
  step: number,
  known: Variables,
): { before: string[]; options: string[] } {
  if (body === undefined || body.byteLength === 0)
    return {
      before: [],
      options: body === undefined && ['GET', 'HEAD'].includes(method) ? [] : ["--data-raw ''"],
    }
  const text = textOf(body)
  if (text !== undefined && !text.includes('\u0000') && body.byteLength <= 8192)
    return { before: [], options: [`--data-raw ${word(text, known)}`] }
  const bytes = Buffer.from(body)
  const pairs = [...known]
    .filter(([recorded]) => bytes.includes(recorded))
    .map(([recorded, now]) => `${word(recorded)} "${now}"`)
  const packed = gzipSync(bytes)
    .toString('base64')
    .replace(/.{1,76}/g, '$&\n')
  return {
    before: [`unpack ${[step, ...pairs].join(' ')} <<'BODY'\n${packed}BODY`],
    options: [`--data-binary "@$DIR/${step}.request"`],
  }
}
