import { Command, CommanderError } from 'commander'
import { configureConformance } from './cli.ts'
import { EXIT } from './report/report.ts'
import { readPackage } from './suite.ts'

// Whoever reads our output may stop reading, as `head` does; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) =>
  process.exit(error.code === 'EPIPE' ? EXIT.conformant : EXIT.error),
)

const program = new Command('countersign-conformance')
  .version(readPackage().version)
  .showHelpAfterError('Try --help.')
  .exitOverride()
configureConformance(program)
try {
  await program.parseAsync(process.argv)
} catch (error) {
  // Commander has printed its own line.
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? EXIT.conformant : EXIT.usage
}
