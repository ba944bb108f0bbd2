import { SettingError, VERSION } from '@countersign/server'
import { Command, CommanderError } from 'commander'
import { addAnswers } from './commands/answer.ts'
import { addAsk } from './commands/ask.ts'
import { addConformance } from './commands/conformance.ts'
import { addDemo } from './commands/demo.ts'
import { addEvents } from './commands/events.ts'
import { addInbox } from './commands/inbox.ts'
import { addKeys, addProjects } from './commands/keys.ts'
import { addList } from './commands/list.ts'
import { addRuns } from './commands/runs.ts'
import { addPolicy } from './commands/policy.ts'
import { addProject } from './commands/project.ts'
import { addServe } from './commands/serve.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { CommandError, EXIT } from './exit.ts'

/** Runs one command; every expected failure is one line on stderr and an exit code, never a stack trace. */
export async function run(argv: readonly string[]): Promise<void> {
  // Whoever reads our output may stop reading, as `head` does; that is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.ok : EXIT.failed),
  )
  try {
    await createProgram().parseAsync([...argv])
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
}

function createProgram(): Command {
  const program = new Command('countersign')
    .description('AI agents ask, people decide: serve, ask and answer.')
    .version(VERSION)
    .showHelpAfterError('Try --help.')
    .enablePositionalOptions()
    .exitOverride()
  for (const add of [
    addServe,
    addDemo,
    addInbox,
    addAsk,
    addAnswers,
    addList,
    addEvents,
    addRuns,
    addProject,
    addPolicy,
    addKeys,
    addProjects,
    addWebhooks,
    addConformance,
  ])
    add(program)
  return program
}

function exitCodeOf(error: unknown): number {
  // Commander has printed its own line.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage

  process.stderr.write(`countersign: ${error instanceof Error ? error.message : String(error)}\n`)
  if (error instanceof CommandError) return error.exitCode
  return error instanceof SettingError ? EXIT.usage : EXIT.failed
}
