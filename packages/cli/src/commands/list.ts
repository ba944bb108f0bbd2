import { visibleText } from '@countersign/client/terminal'
import { Option, type Command } from 'commander'
import { jsonLine, summaryOf, type AnyCall } from '../call-summary.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'
import { parseLimit } from '../flags.ts'
import { table } from '../table.ts'

interface Flags extends ConnectionFlags {
  kind: 'function_call' | 'human_contact' | 'all'
  state?: string
  run?: string
  limit: number
  json?: boolean
}

export function addList(program: Command): void {
  const command = program
    .command('list')
    .description('List calls, newest first.')
    .addOption(
      new Option('--kind <kind>', 'which calls')
        .choices(['function_call', 'human_contact', 'all'])
        .default('all'),
    )
    .option('--state <state>', 'only calls in this state, such as pending')
    .option('--run <id>', 'only calls of this run')
    .addOption(new Option('--limit <n>', 'how many of each kind').argParser(parseLimit).default(20))
    .option('--json', 'print one call a line, as JSON')
  addConnectionOptions(command).action(async (flags: Flags) => {
    const calls = await list(flags)
    if (flags.json) for (const { call } of calls) process.stdout.write(`${jsonLine(call)}\n`)
    else if (calls.length === 0) process.stdout.write('There are no such calls.\n')
    else process.stdout.write(table(['state', 'call', 'run', 'requested', 'what'], calls.map(rowOf)))
  })
}

async function list({ kind, state, run, limit, ...connection }: Flags): Promise<AnyCall[]> {
  // A responder's key is enough to read, and an agent's is too; either may be what is at hand.
  const countersign = connect(connection, 'responder')
  const filter = { limit, ...(state && { state }), ...(run && { run_id: run }) }
  const calls: AnyCall[] = []
  // The kinds have different states, so that a state of one alone is asked of that one alone.
  if (kind !== 'human_contact' && !['answered'].includes(state ?? ''))
    for (const call of (await countersign.functionCalls.list(filter)).items)
      calls.push({ kind: 'function_call', call })
  if (kind !== 'function_call' && !['approved', 'denied'].includes(state ?? ''))
    for (const call of (await countersign.humanContacts.list(filter)).items)
      calls.push({ kind: 'human_contact', call })
  return calls.toSorted((one, other) =>
    one.call.status.requested_at > other.call.status.requested_at ? -1 : 1,
  )
}

function rowOf(any: AnyCall): string[] {
  const { call_id, run_id, status } = any.call
  return [visibleText(status.state), call_id, run_id, status.requested_at, summaryOf(any)]
}
