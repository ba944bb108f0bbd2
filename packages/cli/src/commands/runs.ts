import type { Countersign, Run, RunSummary, RunTree } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'
import { Option, type Command } from 'commander'
import { jsonLine } from '../call-summary.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'
import { parseLimit } from '../flags.ts'
import { table } from '../table.ts'

interface Flags extends ConnectionFlags {
  limit: number
  json?: boolean
}

export function addRuns(program: Command): void {
  const command = program
    .command('runs')
    .description('List runs, newest first, or show one with everything below it and what it cost.')
    .argument('[run_id]', 'the run to show as a tree')
    .addOption(new Option('--limit <n>', 'how many runs to list').argParser(parseLimit).default(20))
    .option('--json', 'print one run a line, as JSON')
  addConnectionOptions(command).action(async (run_id: string | undefined, flags: Flags) => {
    const countersign = connect(flags, 'responder')
    if (run_id === undefined) await printList(countersign, flags)
    else await printTree(countersign, run_id, flags)
  })
}

async function printList(countersign: Countersign, { limit, json }: Flags): Promise<void> {
  const { items } = await countersign.runs.list({ limit })
  if (json) for (const run of items) process.stdout.write(`${jsonLine(run)}\n`)
  else if (items.length === 0) process.stdout.write('There are no runs.\n')
  else process.stdout.write(table(['run', 'parent', 'created', 'spent', 'budget'], items.map(rowOf)))
}

function rowOf(run: RunSummary): string[] {
  return [run.run_id, run.parent_run_id ?? '', run.created_at, spentOf(run), budgetOf(run)].map((cell) =>
    visibleText(cell),
  )
}

/** The run, what belongs to it, and the same of every run below it, indented. */
async function printTree(countersign: Countersign, run_id: string, { json }: Flags): Promise<void> {
  const tree = await countersign.runs.tree(run_id)
  for (const { depth, run } of flatten(tree)) {
    const whole = await countersign.runs.get(run.run_id)
    if (json) process.stdout.write(`${jsonLine(whole)}\n`)
    else
      for (const line of linesOf(whole)) process.stdout.write(`${'  '.repeat(depth)}${visibleText(line)}\n`)
  }
}

function flatten({ run, children }: RunTree, depth = 0): { depth: number; run: RunSummary }[] {
  return [{ depth, run }, ...children.flatMap((child) => flatten(child, depth + 1))]
}

function linesOf(run: Run): string[] {
  const budget = budgetOf(run)
  const limit = budget === '' ? '' : ` of ${budget}`
  const { input_tokens = 0, output_tokens = 0 } = run.usage ?? {}
  return [
    `${run.run_id}  spent ${spentOf(run) || 'nothing'}${limit}  ${input_tokens} tokens read, ${output_tokens} written`,
    ...run.items.map(({ kind, id, created_at, state }) => `- ${created_at}  ${kind} ${id}  ${state}`),
  ]
}

function spentOf({ usage }: RunSummary): string {
  return (usage?.costs ?? []).map(({ cost, currency }) => `${cost} ${currency}`).join(', ')
}

function budgetOf({ budget }: RunSummary): string {
  return budget ? `${budget.cost} ${budget.currency}` : ''
}
