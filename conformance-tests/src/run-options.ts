import { InvalidArgumentError, Option, type Command } from 'commander'
import { checks } from './checks/index.ts'
import { restartedProcess, spawnedProcess, type SubjectProcess } from './subject-process.ts'
import type { ConformanceOptions } from './suite.ts'

/** The command line was used wrongly; one line says how. */
export class UsageError extends Error {}

/** Where the address and the keys come from when the command line does not give them. */
export interface Defaults {
  url?: string
  keys?: ConformanceOptions['keys']
}

export interface Flags {
  token?: string
  agentToken?: string
  responderToken?: string
  adminToken?: string
  otherToken?: string
  profile?: string[]
  only?: string[]
  seed?: number
  budget: number
  exec?: string
  restartCmd?: string
  baseline?: string
  writeBaseline?: string
  report?: ReportKind[]
  out: string
  json?: boolean
  strict?: boolean
  list?: boolean
  explain?: string
}

/** The kinds of report, in the order of the help. */
const REPORT_KINDS = ['json', 'junit', 'html', 'md'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]

/** What every command that runs the suite takes. */
export function addRunOptions(command: Command): Command {
  return command
    .option('--token <key>', 'the key for every role that has none of its own')
    .option('--agent-token <key>', 'a key with the scope agent')
    .option('--responder-token <key>', 'a key with the scope responder')
    .option(
      '--admin-token <key>',
      'a key with the scope admin: the suite makes further keys with it, and sees addresses and policies',
    )
    .option(
      '--other-token <key>',
      'a key with the scopes agent and responder in a second project, for isolation; with admin too, and bound to a person, where that project says `known`',
    )
    .option('--profile <names>', 'judge only these profiles or features, which the server has to claim', list)
    .option('--only <ids>', 'run only what judges these requirements, or what their ids begin with', list)
    .option('--seed <number>', 'repeat the random choices of an earlier run', wholeNumber)
    .option('--budget <seconds>', 'how long races and the model may take together', wholeNumber, 15)
    .addOption(
      new Option(
        '--exec <command>',
        'start the server with this command, and kill it to judge durability',
      ).conflicts('restartCmd'),
    )
    .option('--restart-cmd <command>', 'kill and start the server with this command to judge durability')
    .option('--baseline <file>', 'known failures, each with its reason; stale entries fail the run')
    .option('--write-baseline <file>', 'write the failures of this run as known ones')
    .option('--report <kinds>', 'also write reports: json, junit, html, md', reportKinds)
    .option('--out <folder>', 'where reports go', './conformance-report')
    .option('--json', 'print the report as JSON')
    .option('--strict', 'fail on warnings and on claims that could not be judged, too')
}

/**
 * What a run is given, from flags, the environment and defaults, in that order.
 *
 * @throws {UsageError} when that is not enough or makes no sense.
 */
export function optionsFrom(url: string | undefined, flags: Flags, defaults: Defaults): ConformanceOptions {
  const baseUrl = url ?? defaults.url
  if (baseUrl === undefined)
    throw new UsageError('The address of a server is needed, such as http://localhost:4747.')
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol))
    throw new UsageError(`"${baseUrl}" is no address; it takes one such as http://localhost:4747.`)
  for (const name of flags.only ?? [])
    if (
      !checks.some(({ id, requirement }) =>
        [id, requirement].some(
          (one) => one === name || one.startsWith(`${name}.`) || one.startsWith(`${name}/`),
        ),
      )
    )
      throw new UsageError(`No requirement or check is called "${name}", or begins so. --list shows them.`)
  const given = keysFrom(flags)
  const subjectProcess = processFrom(flags, baseUrl)
  return {
    baseUrl,
    keys: Object.keys(given).length > 0 ? given : (defaults.keys ?? {}),
    only: flags.only ?? [],
    profiles: flags.profile ?? [],
    budgetMs: flags.budget * 1000,
    ...(flags.seed === undefined ? {} : { seed: flags.seed }),
    ...(subjectProcess ? { process: subjectProcess } : {}),
  }
}

function processFrom({ exec, restartCmd }: Flags, baseUrl: string): SubjectProcess | undefined {
  if (exec !== undefined) return spawnedProcess(exec, baseUrl)
  return restartCmd === undefined ? undefined : restartedProcess(restartCmd, baseUrl)
}

/** Flags win over the environment. */
function keysFrom(flags: Flags): Record<string, string> {
  const { env } = process
  const found = {
    token: flags.token ?? env['COUNTERSIGN_TOKEN'],
    agent: flags.agentToken ?? env['COUNTERSIGN_AGENT_TOKEN'],
    responder: flags.responderToken ?? env['COUNTERSIGN_RESPONDER_TOKEN'],
    admin: flags.adminToken ?? env['COUNTERSIGN_ADMIN_TOKEN'],
    other: flags.otherToken ?? env['COUNTERSIGN_OTHER_TOKEN'],
  }
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => Boolean(entry[1])),
  )
}

function list(value: string, before: string[] = []): string[] {
  return [...before, ...value.split(',').filter((name) => name !== '')]
}

function reportKinds(value: string, before: ReportKind[] = []): ReportKind[] {
  const kinds = list(value, before)
  for (const kind of kinds)
    if (!(REPORT_KINDS as readonly string[]).includes(kind))
      throw new InvalidArgumentError(`It takes ${REPORT_KINDS.join(', ')}, not "${kind}".`)
  return kinds as ReportKind[]
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('A whole number from 0 up is needed.')
  return number
}
