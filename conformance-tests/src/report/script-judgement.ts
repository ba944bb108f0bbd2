import type { Exchange } from '../exchange.ts'
import { parseJson } from '../reply.ts'
import type { Finding } from '../violation.ts'
import { word } from './shell.ts'
import { printable } from './terminal.ts'

/** The end of a script: what was expected, what came, and whether that is the same as in the report, as far as a script can say. */
export function judgement(finding: Finding, step: number, recorded: Exchange | undefined): string {
  return [
    'echo',
    `printf '%s\\n' ${word(`expected: ${line(finding.expected)}`)}`,
    `printf '%s\\n' ${word(`recorded: ${line(finding.actual)}`)}`,
    ...(recorded ? [`printf '%s\\n' "now:      ${shownAt(finding, step)}"`, ''] : ['']),
    ...(recorded
      ? (byAnswer(step, recorded) ?? byStatus(finding, step, recorded) ?? byValue(finding, step))
      : look()),
  ].join('\n')
}

function line(text: string): string {
  return printable(text).replaceAll('\n', ' ')
}

function shownAt({ pointer }: Finding, step: number): string {
  const status = `HTTP $(cat "$DIR/${step}.status")`
  return pointer === undefined
    ? status
    : `${status}, $(json ${step} ${word(pointer)}) at ${pointer.replaceAll(/["$`\\]/g, '')}`
}

/** Where nothing came, the question is whether anything comes. */
function byAnswer(step: number, { response }: Exchange): string[] | undefined {
  if (response) return undefined
  return [
    `case "$(cat "$DIR/${step}.status")" in`,
    `  000) ${again}`,
    `  *) echo 'Not reproduced: this server answers.'; exit 0 ;;`,
    'esac',
  ]
}

/** `HTTP 409 with the code already_responded` */
function byStatus({ expected }: Finding, step: number, recorded: Exchange): string[] | undefined {
  const [, statuses, code] = /^HTTP (\d{3}(?: or \d{3})*)(?: with the code ([\w.-]+))?$/.exec(expected) ?? []
  if (statuses === undefined) return undefined
  const was = recorded.response?.status ?? '000'
  const wasCode = recorded.response && parseJson(Buffer.from(recorded.response.body).toString('utf8'))
  const differs = (wasCode as { code?: unknown } | null | undefined)?.code
  const now =
    code === undefined ? `$(cat "$DIR/${step}.status")` : `$(cat "$DIR/${step}.status") $(json ${step} /code)`
  const same = code === undefined ? `${was}` : `${was} ${printed(differs)}`
  return [
    `case "${now}" in`,
    ...statuses
      .split(' or ')
      .map((status) => `  ${word(code === undefined ? status : `${status} ${printed(code)}`)}) ${notAgain}`),
    `  ${word(same)}) ${again}`,
    `  *) echo 'Something else: neither what is expected nor what was recorded.'; exit 2 ;;`,
    'esac',
  ]
}

/** `null at /status/comment` */
function byValue({ expected, actual, pointer }: Finding, step: number): string[] {
  const [, shown = ''] = / at (\/.*)$/.exec(expected) ?? []
  if (pointer === undefined || shown !== pointer) return look()
  const wanted = parseJson(expected.slice(0, -` at ${pointer}`.length))
  const came = actual === 'nothing' ? undefined : parseJson(actual)
  if (wanted === undefined || (came === undefined && actual !== 'nothing')) return look()
  if (!isPlain(wanted) || !isPlain(came)) return look()
  return [
    `case "$(json ${step} ${word(pointer)})" in`,
    `  ${word(printed(wanted))}) ${notAgain}`,
    `  ${word(printed(came))}) ${again}`,
    `  *) echo 'Something else: neither what is expected nor what was recorded.'; exit 2 ;;`,
    'esac',
  ]
}

/** As the function json of the script prints it. */
function printed(value: unknown): string {
  return JSON.stringify(value) ?? 'nothing'
}

/** Members come in any order, so only what has none is compared as text. */
function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

function look(): string[] {
  return [`echo 'Whether that is the same, only a reader can say.'`, 'exit 2']
}

const notAgain = "echo 'Not reproduced: this server does what is expected.'; exit 0 ;;"
const again = "echo 'Reproduced.'; exit 1 ;;"
