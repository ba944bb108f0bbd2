import type { Exchange, Header } from '../src/exchange.ts'
import type { Oracle } from '../src/oracles/oracle.ts'
import { NO_PROJECT } from '../src/project.ts'
import { requirements } from '../src/registry.ts'
import type { Discovery, Subject } from '../src/subject.ts'
import type { Finding } from '../src/violation.ts'

/** What an exchange of a made-up transcript was, beside its request line. */
export interface Told {
  key?: string
  check?: string
  /** The JSON that was sent, or exactly these characters. */
  sent?: unknown
  sentText?: string
  sentHeaders?: readonly Header[]
  /** 200 unless told; null when no answer came. */
  status?: number | null
  /** The JSON that came, or exactly these characters. */
  body?: unknown
  text?: string
  headers?: Readonly<Record<string, string>>
  /** When it was sent and when it was answered. */
  at?: readonly [sent: number, received: number]
}

export type Line = readonly [request: string, told?: Told | undefined]

/** A transcript of these exchanges, one after the other unless they say when they were. */
export function transcript(...lines: readonly Line[]): Exchange[] {
  return lines.map(([request, told = {}], index) => {
    const [method = '', path = ''] = request.split(' ')
    const { status = 200, headers = {}, at = [index * 10, index * 10 + 5] } = told
    const sent = told.sentText ?? (told.sent === undefined ? undefined : JSON.stringify(told.sent))
    const came = told.text ?? (told.body === undefined ? '' : JSON.stringify(told.body))
    return {
      number: index + 1,
      check: told.check ?? 'a-check',
      request: {
        key: told.key ?? 'agent',
        method,
        path,
        headers: told.sentHeaders ?? [],
        body: sent === undefined ? undefined : Buffer.from(sent),
      },
      sent_after: index,
      sent_at: at[0],
      received_at: at[1],
      ...(status === null
        ? { failure: { kind: 'timeout' as const, message: 'no answer' } }
        : { response: { status, headers: Object.entries(headers), body: Buffer.from(came) } }),
    }
  })
}

export const discovery: Discovery = {
  versions: ['v1'],
  profiles: [...new Set([...requirements.values()].map(({ profile }) => profile))],
  features: [],
  channel_kinds: ['inbox'],
  limits: { body_bytes: 65_536, json_depth: 16 },
}

/** A server that claims everything. */
export const subject: Subject = {
  base_url: 'http://127.0.0.1:4747',
  discovery,
  keys: new Set(['agent', 'responder']),
  restartable: false,
  project: NO_PROJECT,
  other_project: NO_PROJECT,
}

type Judged = { subjects: number; findings: Omit<Finding, 'requirement'>[] }

/** What the only oracle of this group that judges the requirement says of a transcript. */
export function judgedBy(
  group: readonly Oracle[],
  requirement: string,
  ...lines: readonly Line[]
): { subjects: number; findings: Judged['findings'] } {
  const [oracle, ...more] = group.filter((one) => one.requirement === requirement)
  if (!oracle || more.length > 0) throw new Error(`${requirement} has not exactly one oracle here.`)
  return oracle.judge({ subject, exchanges: transcript(...lines) })
}

/** The same of one exchange, in short: nothing to judge, kept, or how it is violated. */
export function verdictOn(group: readonly Oracle[], requirement: string, ...line: Line): unknown {
  const { subjects, findings } = judgedBy(group, requirement, line)
  if (subjects === 0 && findings.length === 0) return 'not judged'
  const [finding] = findings
  if (!finding) return 'kept'
  const { exchange, ...rest } = finding
  if (exchange !== 1) throw new Error(`The finding names the exchange ${exchange}.`)
  return rest
}
