import { runConformance } from '../src/suite.ts'
import { startReference } from './judged-server.ts'
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
for (const { id, requirement, roots = [] } of chosen) {
  const server = await startReference({ mutant: id })
  const report = await runConformance({
    baseUrl: server.url,
    keys: server.keys,
    only: full ? [] : [requirement],
    seed: 1,
  })
  await server.close()
  const killed = report.requirements.some(
    (one) => one.id === requirement && ['FAIL', 'WARN'].includes(one.verdict),
  )
  const attributed =
    report.roots.length === 1 && [requirement, ...roots].includes(report.roots[0]!.requirement)
  if (!killed) survivors += 1
  const found = report.roots.map(
    (root) => `${root.requirement} (+${root.also.length}, ${root.blocked.length} blocked)`,
  )
  process.stdout.write(
    `${killed ? (attributed ? 'killed  ' : 'KILLED, BUT NOT AS ONE ROOT') : 'SURVIVED'} ${id} [${requirement}]: ${found.join('; ') || 'no finding'}${server.errors() ? ` stderr: ${server.errors().slice(0, 300)}` : ''}\n`,
  )
}
process.stdout.write(`${chosen.length - survivors} of ${chosen.length} killed\n`)
process.exitCode = survivors === 0 ? 0 : 1
