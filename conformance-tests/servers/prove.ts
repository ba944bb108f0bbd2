import { judgeMutant } from './judge-mutant.ts'
import { mutants } from './mutants/index.ts'

// node --conditions=countersign-source conformance-tests/servers/prove.ts [mutant or requirement …] [--full]
// Judges servers that are broken on purpose and says whether the suite found each, and by which name.
// Without --full only the checks of the broken requirement run.

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const full = process.argv.includes('--full')
const chosen = mutants.filter(
  ({ id, requirement }) =>
    names.length === 0 ||
    names.some((name) => id === name || requirement === name || requirement.startsWith(`${name}.`)),
)

let survivors = 0
for (const mutant of chosen) {
  const { killed, attributed, errors, report } = await judgeMutant(mutant, { full })
  if (!killed) survivors += 1
  const found = report.roots.map(
    (root) => `${root.requirement} (+${root.also.length}, ${root.blocked.length} blocked)`,
  )
  const word = killed ? (attributed ? 'killed  ' : 'KILLED, BUT NOT AS ONE ROOT') : 'SURVIVED'
  process.stdout.write(
    `${word} ${mutant.id} [${mutant.requirement}]: ${found.join('; ') || 'no finding'}${errors ? ` stderr: ${errors.slice(0, 300)}` : ''}\n`,
  )
}
process.stdout.write(`${chosen.length - survivors} of ${chosen.length} killed\n`)
process.exitCode = survivors === 0 ? 0 : 1
