import { readFileSync, writeFileSync } from 'node:fs'
import { requirements } from '../src/registry.ts'
import { exclusions } from '../src/exclusions.ts'
import { judgeMutant, type Judgement } from './judge-mutant.ts'
import { mutants } from './mutants/index.ts'

// node --conditions=countersign-source conformance-tests/servers/kill-matrix.ts [--full] [--check]
// Judges every server that is broken on purpose and writes the kill matrix beside the specification and into the package.
// --full runs the whole suite against each, which also shows whether one broken behaviour is one root, and takes long.
// --check writes nothing, and fails when a mutant survives or the matrix does not name exactly these mutants.

const full = process.argv.includes('--full')
const check = process.argv.includes('--check')
const JSON_FILE = new URL('../kill-matrix.json', import.meta.url)
const PAGE = new URL('../../spec/draft/kill-matrix.md', import.meta.url)

// Whole suites have to be alone in a process: while the oracles judge one, another would miss the answers that come in.
const judgements = await judgeAll(full ? 1 : 2)
const survivors = judgements.filter(({ killed }) => !killed)
const scattered = judgements.filter(({ killed, attributed }) => killed && !attributed)
for (const { mutant, errors } of survivors)
  process.stderr.write(`Survived: ${mutant.id} (${mutant.requirement}) ${errors}\n`)
for (const { mutant, roots } of scattered)
  process.stderr.write(`Not one root: ${mutant.id} (${mutant.requirement}): ${roots.join(', ')}\n`)

const rows = judgements.map(({ mutant: { id, requirement, title }, killed, killed_by, roots }) => ({
  id,
  requirement,
  title,
  killed,
  // Only what judges the broken requirement: what else a race happens to hit differs from run to run.
  killed_by: killed_by.filter((judge) => judge.split('/')[0] === requirement),
  roots,
}))
const score = { killed: rows.filter(({ killed }) => killed).length, total: rows.length }
const line = `${score.killed} of ${score.total} mutants killed, ${score.total - survivors.length - scattered.length} of them as one root.`

if (check) {
  const { mutants: known } = JSON.parse(readFileSync(JSON_FILE, 'utf8')) as { mutants: { id: string }[] }
  const stale =
    known
      .map(({ id }) => id)
      .toSorted()
      .join() !==
    mutants
      .map(({ id }) => id)
      .toSorted()
      .join()
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
async function judgeAll(width: number): Promise<Judgement[]> {
  const judged: Judgement[] = []
  const queue = mutants.map((mutant, index) => ({ mutant, index }))
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      judged[next.index] = await judgeMutant(next.mutant, { full })
      if (process.stderr.isTTY)
        process.stderr.write(`\r${judged.filter(Boolean).length} of ${mutants.length}`)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  if (process.stderr.isTTY) process.stderr.write('\n')
  return judged
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
