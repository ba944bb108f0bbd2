import {
  keysFromEnvironment,
  readSettings,
  settingDefinitions,
  startServer,
  type FirstKeys,
  type RunningServer,
  type Settings,
} from '@countersign/server'
import { Option, type Command } from 'commander'
import { EXIT } from '../exit.ts'

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .description('Run a server: one process, one SQLite file, no set-up.')
    .addHelpText(
      'after',
      `
On an empty database it makes one key for each scope and prints each once. COUNTERSIGN_AGENT_KEY, COUNTERSIGN_RESPONDER_KEY
and COUNTERSIGN_ADMIN_KEY are taken instead, and on any database.

Every option can also stand in the environment (COUNTERSIGN_PORT, ...) or in ./countersign.config.json
({ "port": 4747 }); flags win over the environment, the environment over the file. The file also says who is there, how
they are reached, and what is settled by rule: people, teams, channels, default_channel, responders, policies.`,
    )
  addSettingOptions(command).action(async (flags: Record<string, string>) => {
    const given = keysFromEnvironment(process.env)
    const server = await startServer(readSettings(settingsOf(flags), process.env), given)
    printKeys(server.made_keys, given)
    process.stdout.write(`Countersign is ready at ${server.url}\n`)
    closeOnSignal(server)
  })
}

/** The options that a command shares with `serve`. */
export function addSettingOptions(command: Command): Command {
  for (const [name, { description, fallback }] of Object.entries(settingDefinitions)) {
    const option = new Option(
      `--${name.replaceAll('_', '-')} <value>`,
      `${description} (default: ${String(fallback) || 'none'})`,
    )
    command.addOption(option)
  }
  return command.addOption(configOption())
}

/** The file in which settings, people, channels and policies can stand. */
export function configOption(): Option {
  return new Option(
    '--config <file>',
    'the configuration file (default: COUNTERSIGN_CONFIG, or ./countersign.config.json)',
  )
}

/** Commander's `logLevel` is the setting `log_level`. */
export function settingsOf(
  flags: Record<string, string>,
): Partial<Record<keyof Settings | 'config', string>> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, value]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  )
}

/** Ends cleanly on SIGINT and SIGTERM: held requests are answered, nothing acknowledged is lost. */
export function closeOnSignal(
  server: RunningServer,
  before: () => Promise<void> = async () => undefined,
): void {
  let closing = false
  const close = () => {
    if (closing) return
    closing = true
    before()
      .then(() => server.close())
      .then(
        () => process.exit(EXIT.ok),
        (error: Error) => {
          process.stderr.write(`countersign: the server did not end cleanly: ${error.message}\n`)
          process.exit(EXIT.failed)
        },
      )
  }
  process.once('SIGINT', close)
  process.once('SIGTERM', close)
}

function printKeys(made: FirstKeys, given: FirstKeys): void {
  const entries = Object.entries(made)
  if (entries.length === 0) {
    if (Object.keys(given).length > 0) return
    process.stdout.write('The database has keys already; "countersign keys create" makes another.\n')
    return
  }
  process.stdout.write('These keys are shown once and stored only as hashes:\n')
  for (const [scope, secret] of entries) process.stdout.write(`  ${scope.padEnd(9)} ${secret}\n`)
}
