import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { features, openapi, operations, problems, publish, schemas } from '@countersign/protocol'
import { readRequirements } from './requirements.ts'

// Writes what spec/draft holds beside its prose; with --check it writes nothing and fails when a file is stale.

const draft = join(import.meta.dirname, '../../spec/draft')
const check = process.argv.includes('--check')

const { requirements, errors } = readRequirements(draft)
const files = new Map<string, unknown>([
  ['openapi.json', openapi('draft')],
  ['problem-codes.json', problems],
  ['requirements.json', Object.fromEntries(requirements.map(({ id, ...rest }) => [id, rest]))],
  ['../../conformance-tests/src/generated/requirement-ids.ts', requirementIds()],
])
for (const [name, schema] of Object.entries(schemas)) {
  files.set(`schemas/${name}.json`, {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${name}.json`,
    ...publish(schema, (other) => `${other}.json`),
  })
}

// Tables inside the prose, between `<!-- generated: NAME -->` and `<!-- end -->`.
for (const [name, rows] of Object.entries({
  'http.md': operationsTable(),
  'errors.md': codesTable(),
  'discovery.md': featuresTable(),
})) {
  const prose = readFileSync(join(draft, name), 'utf8')
  files.set(name, prose.replace(/(<!-- generated: [\w-]+ -->)[\s\S]*?(<!-- end -->)/, `$1\n\n${rows}\n\n$2`))
}

const stale: string[] = []
for (const folder of ['schemas', '../../conformance-tests/src/generated'])
  mkdirSync(join(draft, folder), { recursive: true })
for (const [name, content] of files) {
  const path = join(draft, name)
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`
  if (existsSync(path) && readFileSync(path, 'utf8') === text) continue
  if (check) stale.push(name)
  else writeFileSync(path, text)
}
for (const name of readdirSync(join(draft, 'schemas')).filter((file) => !files.has(`schemas/${file}`))) {
  if (check) stale.push(`schemas/${name}`)
  else rmSync(join(draft, 'schemas', name))
}

for (const error of errors) process.stderr.write(`${error}\n`)
for (const name of stale) process.stderr.write(`spec/draft/${name} is stale; run "npm run generate".\n`)
if (errors.length > 0 || stale.length > 0) process.exit(1)
process.stdout.write(
  `${requirements.length} requirements, ${Object.keys(schemas).length} schemas${check ? ' are up to date' : ' written'}.\n`,
)

/** The ids as a type, so that a check which cites an unknown one does not compile. */
function requirementIds(): string {
  return `/** The ids of all requirements. Generated from the prose. */\nexport type RequirementId =\n${requirements.map(({ id }) => `  | '${id}'`).join('\n')}\n`
}

function operationsTable(): string {
  const rows = operations.map(({ method, path, summary, scopes }) => [
    `\`${method.toUpperCase()} ${path}\``,
    summary,
    scopes === 'none' ? 'no key' : scopes.length === 3 ? 'any' : scopes.join(' or '),
  ])
  return tableOf(['operation', 'what it does', 'scope'], rows)
}

function codesTable(): string {
  const rows = Object.entries(problems).map(([code, { status, description }]) => [
    `\`${code}\``,
    String(status),
    description,
  ])
  return tableOf(['code', 'status', 'meaning'], rows)
}

function featuresTable(): string {
  const rows = Object.entries(features).map(([name, pointers]) => [
    `\`${name}\``,
    pointers.map((pointer) => `\`${pointer}\``).join(' '),
  ])
  return tableOf(['feature', 'members'], rows)
}

function tableOf(heads: string[], rows: string[][]): string {
  // Padded, as the formatter wants it.
  const widths = heads.map((_, column) => Math.max(...[heads, ...rows].map((cells) => cells[column]!.length)))
  const line = (cells: string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!, fill)).join(' | ')} |`
  return [
    line(heads, ' '),
    line(
      heads.map(() => ''),
      '-',
    ),
    ...rows.map((cells) => line(cells, ' ')),
  ].join('\n')
}
