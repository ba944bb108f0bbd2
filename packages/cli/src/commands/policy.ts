import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { styleText } from 'node:util'
import { visibleText } from '@countersign/client/terminal'
import {
  directoryOf,
  dryRunPolicies,
  readConfigurationFile,
  readDirectories,
  type DryRun,
} from '@countersign/server'
import { Option, type Command } from 'commander'
import { jsonLine } from '../call-summary.ts'
import { CommandError, EXIT } from '../exit.ts'
import { configOption } from './serve.ts'

interface Flags {
  config?: string
  project?: string
  expect?: Effect
  json?: boolean
}

type Effect = 'approve' | 'deny' | 'ask' | 'none'

/** `policy test`: what the rules of the configuration make of a call that nobody has asked. */
export function addPolicy(program: Command): void {
  program
    .command('policy')
    .description('Try the policies of the configuration, without a server.')
    .command('test')
    .description('Show which policy applies to a function call, and what becomes of it.')
    .argument('<call.json>', 'a file with { "fn": …, "kwargs": { … } } or a whole request, or - for stdin')
    .addOption(configOption())
    .option('--project <id>', 'the project whose part of the configuration holds (default: the shared part)')
    .addOption(
      new Option('--expect <effect>', 'fail with exit code 1 unless it comes out like this').choices([
        'approve',
        'deny',
        'ask',
        'none',
      ]),
    )
    .option('--json', 'print one line of JSON')
    .addHelpText(
      'after',
      `
Rules are tried in order, and the first that matches applies. "none": no rule does, so the call is asked as it says itself.
A call that would be refused fails with exit code 1 too.`,
    )
    .action(async (path: string, flags: Flags) => {
      const file = readConfigurationFile({ config: flags.config }, process.env)
      const directories = readDirectories(file)
      if (flags.project !== undefined && !Object.hasOwn(directories.projects, flags.project))
        process.stderr.write(
          `${file.path} has no part for the project "${flags.project}": the shared part holds.\n`,
        )
      if (Object.keys(file.members).length === 0)
        process.stderr.write(`${file.path} is not there or says nothing: there are no policies.\n`)
      const directory = directoryOf(directories, flags.project ?? '')
      const run = dryRunPolicies(await read(path), directory, new Date())
      if (!run.ok)
        throw new CommandError(
          run.faults.map(({ pointer, detail }) => `${path}: ${pointer || 'the call'}: ${detail}`).join('\n'),
          EXIT.usage,
        )
      const effect = effectOf(run.value)
      process.stdout.write(flags.json ? jsonOf(run.value, effect) : `${linesOf(run.value).join('\n')}\n`)

      if (run.value.refusal) process.exitCode = EXIT.failed
      if (flags.expect !== undefined && flags.expect !== effect)
        throw new CommandError(`The effect is "${effect}", and not "${flags.expect}".`)
    })
}

async function read(path: string): Promise<string> {
  try {
    return path === '-' ? await text(process.stdin) : readFileSync(path, 'utf8')
  } catch (error) {
    throw new CommandError(`${path} cannot be read: ${(error as Error).message}.`, EXIT.usage)
  }
}

function applied({ trials }: DryRun): DryRun['trials'][number]['policy'] | undefined {
  return trials.find(({ matches }) => matches)?.policy
}

function effectOf(run: DryRun): Effect {
  return applied(run)?.effect ?? 'none'
}

function jsonOf(run: DryRun, effect: Effect): string {
  const rules = run.trials.map(({ policy, matches, reasons }) => ({ name: policy.name, matches, reasons }))
  const { state, comment, channel } = run.status ?? {}
  return `${jsonLine({
    effect,
    ...(applied(run) && { policy: applied(run)!.name }),
    ...(run.status && { state, comment, channel }),
    ...(run.refusal && { refusal: run.refusal }),
    rules,
  })}\n`
}

/** Every rule with a mark, why it does not match or what is in doubt, and in the end what becomes of the call. */
function linesOf(run: DryRun): string[] {
  const policy = applied(run)
  const rules = run.trials.flatMap(({ policy: rule, matches, reasons }) => {
    const mark = rule === policy ? colour('green', '→') : matches ? '·' : ' '
    const also = matches && rule !== policy ? ['It matches too, and comes later.'] : []
    return [
      `${mark} ${rule.name} (${rule.effect})`,
      ...[...reasons.map((reason) => (matches ? `in doubt: ${reason}` : reason)), ...also].map(
        (line) => `    ${line}`,
      ),
    ]
  })
  const outcome = run.refusal ? refusedLines(run.refusal) : statusLines(run.status!, policy?.name)
  return [...rules, ...(rules.length > 0 ? [''] : []), ...outcome].map((line) =>
    line.includes('\u001b') ? line : visibleText(line),
  )
}

function refusedLines({ detail, errors }: NonNullable<DryRun['refusal']>): string[] {
  return [
    `The call is refused: ${detail}`,
    ...errors.map(({ pointer, detail: fault }) => `    ${pointer}: ${fault}`),
  ]
}

function statusLines({ state, comment, channel }: NonNullable<DryRun['status']>, name?: string): string[] {
  if (state !== 'pending') return [`The call is ${state}: ${comment}`]
  const why = name === undefined ? 'No policy applies; the call is asked' : 'The call is asked'
  return [`${why} through ${jsonLine(channel)}`]
}

function colour(name: 'green', mark: string): string {
  return styleText(name, mark, { stream: process.stdout })
}
