import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { applyBaseline, BadBaseline, baselineOf, parseBaseline } from './baseline.ts'
import { writeExplanation, writeList } from './explanation.ts'
import { writeWorkflow } from './init.ts'
import { NotJudgeable } from './not-judgeable.ts'
import { rejudge } from './replay.ts'
import { toConsole } from './report/console.ts'
import { curlScript, NoScript } from './report/curl-script.ts'
import { toHtml } from './report/html.ts'
import { NotAReport, parseReport, toJson } from './report/json.ts'
import { toJunit } from './report/junit.ts'
import { toMarkdown } from './report/markdown.ts'
import { createProgress } from './report/progress.ts'
import { EXIT, type Report } from './report/report.ts'
import { terminalOf } from './report/terminal.ts'
import {
  addRunOptions,
  optionsFrom,
  UsageError,
  type Defaults,
  type Flags,
  type ReportKind,
} from './run-options.ts'
import { runConformance, type ConformanceOptions } from './suite.ts'

const FORMS = { json: toJson, junit: toJunit, html: toHtml, md: toMarkdown } satisfies Record<
  ReportKind,
  (report: Report) => string
>
const FILES = {
  json: 'conformance.json',
  junit: 'conformance.xml',
  html: 'conformance.html',
  md: 'conformance.md',
} as const

/** Makes a command judge servers, with its subcommands. It sets the exit code itself and throws nothing that is expected. */
export function configureConformance(command: Command, findDefaults: () => Defaults = () => ({})): void {
  command
    // What stands behind a subcommand is its own, although the names are the same.
    .enablePositionalOptions()
    .description('Judge a server against the specification, by its address.')
    .argument('[url]', 'the base URL, such as http://localhost:4747')
  addRunOptions(command)
    .option('--list', 'list every check and end')
    .option('--explain <id>', 'say what a requirement or check is about and end')
    .addHelpText('after', HELP)
    .action((url: string | undefined, flags: Flags) => guarded(() => judge(url, flags, findDefaults())))

  addRunOptions(
    command
      .command('repro')
      .description('Run what judges one requirement and print a curl script that reproduces the failure.')
      .argument('<id>', 'the requirement or check')
      .argument('[url]', 'the base URL'),
  )
    .option('--from <report.json>', 'take the failure from a report instead of running it again')
    .action((id: string, url: string | undefined, flags: Flags & { from?: string }) =>
      guarded(() => reproduce(id, url, flags, findDefaults())),
    )

  command
    .command('rejudge')
    .description('Judge a recorded report again, offline.')
    .argument('<report.json>', 'a report that was written with --report json')
    .option('--json', 'print the new report as JSON')
    .action((file: string, flags: { json?: boolean }) =>
      guarded(async () => {
        const report = await rejudge(parseReport(readText(file)))
        print(report, flags)
        return report.exit_code
      }),
    )

  command
    .command('init')
    .description('Write a CI workflow and an empty baseline into this folder.')
    .option('--force', 'overwrite a workflow that is there')
    .action((flags: { force?: boolean }) =>
      guarded(() => {
        for (const line of writeWorkflow(process.cwd(), { force: flags.force ?? false }))
          process.stdout.write(`${line}\n`)
        return EXIT.conformant
      }),
    )
}

const HELP = `
Nothing but the address and keys is needed. The run creates calls under ids of its own and leaves everything else alone;
point it at a server whose people would not mind being asked.

Keys also come from COUNTERSIGN_TOKEN, COUNTERSIGN_AGENT_TOKEN, COUNTERSIGN_RESPONDER_TOKEN, COUNTERSIGN_ADMIN_TOKEN and
COUNTERSIGN_OTHER_TOKEN, which do not show in the list of processes.

What a server claims in its discovery document is obligatory; what it does not claim is not judged.

Exit codes: 0 conformant; 1 a MUST is violated, or the baseline is stale; 2 wrong usage; 3 incomplete, nothing
ran, or no server; 4 a fault of the suite itself.

Examples:
  $ countersign conformance http://localhost:4747 --token "$TOKEN"
  $ countersign conformance http://localhost:4747 --token "$TOKEN" --exec "node server.js" --report html,junit
  $ countersign conformance --explain function-call.one-winner`

async function judge(url: string | undefined, flags: Flags, defaults: Defaults): Promise<number> {
  if (flags.list) return writeList(process.stdout, flags.json ?? false)
  if (flags.explain !== undefined) return writeExplanation(process.stdout, flags.explain)

  const run = optionsFrom(url, flags, defaults)
  const baseline =
    flags.baseline === undefined ? undefined : parseBaseline(readText(flags.baseline), flags.baseline)
  const progress = createProgress(process.stderr, terminalOf(process.stderr, process.env))
  let report: Report
  try {
    report = await runConformance({
      ...run,
      onStart: (subject, checks) => progress.onStart(subject, checks),
      onResult: (result, done, total) => progress.onResult(result, done, total),
    })
  } finally {
    progress.end()
  }
  if (baseline) report = applyBaseline(report, baseline, new Date())
  if (flags.writeBaseline !== undefined) writeFileSync(flags.writeBaseline, baselineOf(report, new Date()))

  print(report, flags)
  writeReports(report, flags)
  return flags.strict ? strictExit(report) : report.exit_code
}

async function reproduce(
  id: string,
  url: string | undefined,
  flags: Flags & { from?: string },
  defaults: Defaults,
): Promise<number> {
  const report =
    flags.from === undefined
      ? await findFailure(id, optionsFrom(url, { ...flags, only: [id] }, defaults))
      : parseReport(readText(flags.from))
  if (!isViolated(report, id)) {
    process.stderr.write(
      `${id} did not fail${flags.from === undefined ? '' : ' in this report'}: there is nothing to reproduce.\n`,
    )
    return EXIT.incomplete
  }
  process.stdout.write(curlScript(report, id))
  return EXIT.conformant
}

/** What is seen in every answer may need the whole suite to be provoked. */
async function findFailure(id: string, options: ConformanceOptions): Promise<Report> {
  const report = await runConformance(options)
  return isViolated(report, id) ? report : runConformance({ ...options, only: [] })
}

function isViolated({ checks, requirements }: Report, id: string): boolean {
  return (
    checks.some((one) => one.id === id && one.finding) ||
    requirements.some((one) => one.id === id && one.findings.length > 0)
  )
}

function print(report: Report, { json }: { json?: boolean }): void {
  if (json) process.stdout.write(toJson(report))
  else
    process.stdout.write(
      toConsole(report, { ...terminalOf(process.stdout, process.env), program: 'countersign conformance' }),
    )
}

function writeReports(report: Report, { report: kinds = [], out }: Flags): void {
  if (kinds.length === 0) return
  mkdirSync(out, { recursive: true })
  for (const kind of kinds) {
    writeFileSync(join(out, FILES[kind]), FORMS[kind](report))
    process.stderr.write(`Wrote ${join(out, FILES[kind])}\n`)
  }
}

function strictExit(report: Report): number {
  if (report.exit_code !== EXIT.conformant) return report.exit_code
  if (report.counts.WARN > 0) return EXIT.violated
  return report.not_judged.length > 0 ? EXIT.incomplete : EXIT.conformant
}

/** Every expected failure is one line on stderr and an exit code, never a stack trace. */
async function guarded(act: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await act()
  } catch (error) {
    process.exitCode = exitCodeOf(error)
    const isExpected = process.exitCode !== EXIT.error
    const text =
      error instanceof Error ? ((isExpected ? undefined : error.stack) ?? error.message) : String(error)
    process.stderr.write(`countersign conformance: ${text}\n`)
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof NotJudgeable) return EXIT.incomplete
  if ([UsageError, BadBaseline, NotAReport, NoScript].some((kind) => error instanceof kind)) return EXIT.usage
  return EXIT.error
}

function readText(file: string): string {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  return readFileSync(file, 'utf8')
}
