import { checks } from './checks/index.ts'
import { exclusions } from './exclusions.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { oracles } from './oracles/index.ts'
import { requirements } from './registry.ts'
import { EXIT } from './report/report.ts'

/** Lists every requirement with what judges it. */
export function writeList(output: NodeJS.WritableStream, json: boolean): number {
  const rows = [...requirements.values()].map((requirement) => ({
    ...requirement,
    judged_by: judgesOf(requirement.id),
  }))
  if (json) {
    output.write(`${JSON.stringify(rows, null, 2)}\n`)
    return EXIT.conformant
  }
  for (const { id, level, profile, judged_by } of rows) {
    output.write(`${id}  ${level} ${profile}\n`)
    for (const { id: judge, title } of judged_by) output.write(`    ${judge}: ${title}\n`)
    const excluded = exclusions[id]
    if (excluded !== undefined) output.write(`    not judged: ${excluded}\n`)
  }
  output.write(
    `\n${rows.length} requirements, ${checks.length} checks, ${oracles.length} oracles over everything that is seen.\n`,
  )
  return EXIT.conformant
}

/** Says what a requirement asks for and how it is judged. */
export function writeExplanation(output: NodeJS.WritableStream, name: string): number {
  const requirement = requirements.get(name.split('/')[0] as RequirementId)
  if (!requirement) {
    const near = [...requirements.keys()].filter((id) => id.startsWith(name.split('.')[0]!)).slice(0, 8)
    process.stderr.write(
      `There is no requirement "${name}".${near.length > 0 ? ` Near it: ${near.join(', ')}.` : ''} --list shows all.\n`,
    )
    return EXIT.usage
  }
  const { id, level, profile, sentence, source } = requirement
  output.write(`${id} (${level}, ${profile})\n\n  ${sentence}\n\nIt stands in spec/draft/${source}.\n`)
  const excluded = exclusions[id]
  if (excluded !== undefined) output.write(`\nNot judged: ${excluded}\n`)
  const judges = judgesOf(id)
  if (judges.length > 0) output.write('\nJudged by:\n')
  for (const judge of judges) {
    output.write(
      `  ${judge.id}: ${judge.title}${judge.expect ? ` (the server has to ${judge.expect})` : ''}\n`,
    )
    if (judge.after && judge.after.length > 0) output.write(`    explained by: ${judge.after.join(', ')}\n`)
  }
  return EXIT.conformant
}

interface Judge {
  id: string
  title: string
  expect?: 'accept' | 'reject'
  after?: readonly RequirementId[]
}

function judgesOf(id: RequirementId): Judge[] {
  return [
    ...checks
      .filter(({ requirement }) => requirement === id)
      .map(({ id: check, title, expect, after }) => ({ id: check, title, expect, after })),
    ...oracles
      .filter(({ requirement }) => requirement === id)
      .map(({ title }) => ({ id: `${id}/everywhere`, title: `${title} (in every answer of the run)` })),
  ]
}
