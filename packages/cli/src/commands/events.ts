import { styleText } from 'node:util'
import type { Countersign, Event } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'
import type { Command } from 'commander'
import { jsonLine } from '../call-summary.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'

interface Flags extends ConnectionFlags {
  run?: string
  call?: string
  type?: string
  after?: string
  json?: boolean
  follow: boolean
}

export function addEvents(program: Command): void {
  const command = program
    .command('events')
    .description('Show what happened, and what happens: the event log, live.')
    .option('--run <id>', 'only events of this run')
    .option('--call <id>', 'only events of calls with this id')
    .option('--type <type>', 'only events of this type, such as function_call.completed')
    .option(
      '--after <id>',
      'begin after this event; "latest" shows only what is new (default: the first event)',
    )
    .option('--json', 'print one event a line, as JSON')
    .option('--no-follow', 'print what is there and end')
  addConnectionOptions(command).action(async (flags: Flags) => {
    const countersign = connect(flags, 'responder')
    const { run: runId, call: callId, type, after } = flags
    const filter = { runId, callId, type, after }
    const ended = new AbortController()
    process.once('SIGINT', () => ended.abort())
    process.once('SIGTERM', () => ended.abort())

    const events = flags.follow
      ? countersign.events({ ...filter, signal: ended.signal })
      : pages(countersign, filter, ended.signal)
    try {
      for await (const event of events)
        process.stdout.write(`${flags.json ? jsonLine(event) : lineOf(event)}\n`)
    } catch (error) {
      if (!ended.signal.aborted) throw error
    }
  })
}

async function* pages(
  countersign: Countersign,
  filter: Parameters<Countersign['listEvents']>[0],
  signal: AbortSignal,
): AsyncGenerator<Event> {
  let after = filter?.after
  do {
    const page = await countersign.listEvents({ ...filter, after, limit: 100 }, { signal })
    yield* page.items
    after = page.next_cursor ?? undefined
  } while (after !== undefined)
}

/** Time, type, ids, state and who acted, on one line that is safe to print. */
function lineOf({ created_at, type, principal, data }: Event): string {
  const id = 'call_id' in data ? data.call_id : data.timer_id
  const { state } = data.status
  const kind = visibleText(type).padEnd(TYPE_WIDTH)
  const cells = [data.run_id, id, state, principal ?? ''].map((cell) => visibleText(cell))
  return [dim(visibleText(created_at)), colourOf(state, kind), ...cells].join('  ').trimEnd()
}

function dim(text: string): string {
  return styleText('dim', text, { stream: process.stdout })
}

function colourOf(state: string, text: string): string {
  const colour = COLOURS[state]
  return colour ? styleText(colour, text, { stream: process.stdout }) : text
}

const TYPE_WIDTH = 'human_contact.requested'.length
const COLOURS: Partial<Record<string, 'green' | 'red' | 'yellow'>> = {
  approved: 'green',
  answered: 'green',
  denied: 'red',
  expired: 'yellow',
  cancelled: 'yellow',
}
