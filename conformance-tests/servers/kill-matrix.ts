import { readFileSync, writeFileSync } from 'node:fs'
import { requirements } from '../src/registry.ts'
import { exclusions } from '../src/exclusions.ts'
import { judgeMutant, type Judgement } from './judge-mutant.ts'
import { mutants } from './mutants/index.ts'
import type { Mutant } from './mutation.ts'

// node --conditions=countersign-source conformance-tests/servers/kill-matrix.ts [--full] [--missing] [--check]
// Judges every server that is broken on purpose and writes the kill matrix beside the specification and into the package.
// --full runs the whole suite against each, which also shows whether one broken behaviour is one root, and takes long.
// --missing judges only those that the matrix does not name yet, and keeps what it says of the others.
// --check writes nothing, and fails when a mutant survives or the matrix does not name exactly these mutants.

const full = process.argv.includes('--full')
const missing = process.argv.includes('--missing')
const check = process.argv.includes('--check')
const JSON_FILE = new URL('../kill-matrix.json', import.meta.url)
const PAGE = new URL('../../spec/draft/kill-matrix.md', import.meta.url)

/** What the matrix says of one broken server. */
interface Row {
  id: string
  requirement: string
  title: string
  killed: boolean
  killed_by: string[]
  roots: string[]
}

const { mutants: written } = JSON.parse(readFileSync(JSON_FILE, 'utf8')) as { mutants: Row[] }
const known = new Map(missing ? written.map((row) => [row.id, row]) : [])

// Whole suites have to be alone in a process: while the oracles judge one, another would miss the answers that come in.
await judgeAll(
  mutants.filter(({ id }) => !known.has(id)),
  full ? 1 : 2,
)
const rows = mutants.map(({ id }) => known.get(id)!)
const survivors = rows.filter(({ killed }) => !killed)
const scattered = mutants.filter((mutant, index) => rows[index]!.killed && !isOneRoot(mutant, rows[index]!))
for (const { id, requirement } of survivors) process.stderr.write(`Survived: ${id} (${requirement})\n`)
for (const { id, requirement } of scattered)
  process.stderr.write(`Not one root: ${id} (${requirement}): ${known.get(id)!.roots.join(', ')}\n`)

const score = { killed: rows.filter(({ killed }) => killed).length, total: rows.length }
const line = `${score.killed} of ${score.total} mutants killed, ${score.total - survivors.length - scattered.length} of them as one root.`

if (check) {
  const stale = names(written) !== names(mutants)
  if (stale)
    process.stderr.write('kill-matrix.json does not name exactly these mutants; run "npm run kill-matrix".\n')
  process.exitCode = stale || survivors.length > 0 ? 1 : 0
} else {
  writeFileSync(JSON_FILE, `${JSON.stringify({ score, mutants: rows }, null, 2)}\n`)
  writeFileSync(PAGE, page())
  process.exitCode = survivors.length > 0 ? 1 : 0
}
process.stdout.write(`${line}\n`)

/** Several at the same time: most of a run is waiting. */
async function judgeAll(chosen: readonly Mutant[], width: number): Promise<void> {
  const queue = [...chosen]
  const worker = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      known.set(mutant.id, await judged(mutant))
      if (process.stderr.isTTY) process.stderr.write(`\r${chosen.length - queue.length} of ${chosen.length}`)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  if (process.stderr.isTTY) process.stderr.write('\n')
}

/** A server that does not even start is not killed, and the others are judged all the same. */
async function judged(mutant: Mutant): Promise<Row> {
  try {
    return rowOf(await judgeMutant(mutant, { full }))
  } catch (error) {
    process.stderr.write(`${mutant.id}: ${(error as Error).message}\n`)
    const { id, requirement, title } = mutant
    return { id, requirement, title, killed: false, killed_by: [], roots: [] }
  }
}

function rowOf({ mutant: { id, requirement, title }, killed, killed_by, roots, errors }: Judgement): Row {
  if (!killed && errors) process.stderr.write(`${id}: ${errors}\n`)
  // Only what judges the broken requirement: what else a race happens to hit differs from run to run.
  const own = killed_by.filter((judge) => judge.split('/')[0] === requirement)
  return { id, requirement, title, killed, killed_by: own, roots: [...roots] }
}

function names(mutantsOrRows: readonly { id: string }[]): string {
  return mutantsOrRows
    .map(({ id }) => id)
    .toSorted()
    .join()
}

function isOneRoot({ requirement, roots = [] }: Mutant, { roots: found }: Row): boolean {
  return found.length === 1 && [requirement, ...roots].some((id) => id === found[0])
}

function page(): string {
  const byRequirement = [...requirements.values()].map(({ id, level }) => ({
    id,
    level,
    rows: rows.filter(({ requirement }) => requirement === id),
  }))
  const broken = byRequirement.filter(({ rows: own }) => own.length > 0)
  return `# Who watches the referee

Every requirement that can be seen from outside has at least one running server that breaks it, and the conformance suite finds that server. These
are the servers: the reference server with one thing broken each, judged by ${full ? 'the whole suite' : 'all checks of the requirement that it breaks'}. ${line}

| requirement | the broken server | found by |
| ----------- | ----------------- | -------- |
${broken.flatMap(({ id, rows: own }) => own.map((row) => `| \`${id}\` | ${row.title} | ${row.killed ? row.killed_by.map((judge) => `\`${judge}\``).join(', ') || '`' + id + '/everywhere`' : '**nobody**'} |`)).join('\n')}

## What no server can be seen to break

${Object.entries(exclusions)
  .map(([id, reason]) => `- \`${id}\`: ${reason}`)
  .join('\n')}
`
}
