import type { Countersign } from '@countersign/client'
import { describeFunctionCall, describeHumanContact } from '@countersign/client/terminal'
import type { Command } from 'commander'
import { answerPending } from '../answer-pending.ts'
import { jsonLine, type AnyCall } from '../call-summary.ts'
import { Changes } from '../changes.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'
import { listOrSay } from '../pending.ts'

interface Flags extends ConnectionFlags {
  run?: string
  json?: boolean
}

export function addInbox(program: Command): void {
  const command = program
    .command('inbox')
    .description('Answer in the terminal, live: what waits is shown as it comes.')
    .option('--run <id>', 'only what this run asks')
    .option('--json', 'print what comes, one call a line as JSON, and take no answers')
    .addHelpText(
      'after',
      `
Approve with y, deny with n and a comment, choose an option by its number, answer in words, or leave it with s.
Without a terminal it prints what comes, and how to answer.`,
    )
  addConnectionOptions(command).action(async (flags: Flags) => {
    const countersign = connect(flags, 'responder')
    const only = (any: AnyCall) => flags.run === undefined || any.call.run_id === flags.run
    const ended = new AbortController()
    process.once('SIGINT', () => ended.abort())
    process.once('SIGTERM', () => ended.abort())

    if (process.stdin.isTTY && process.stdout.isTTY && !flags.json)
      await answerPending(countersign, { signal: ended.signal, only, maySkip: true, print })
    else await printPending(countersign, only, ended.signal, flags.json ? writeLine : describeWithHint)
    process.stdout.write('\n')
  })
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Prints every pending call once, as it comes. */
async function printPending(
  countersign: Countersign,
  only: (call: AnyCall) => boolean,
  signal: AbortSignal,
  show: (call: AnyCall) => void,
): Promise<void> {
  const shown = new Set<string>()
  const changes = new Changes(countersign, signal)
  let isAway = false
  const say = (line: string) => {
    if (!isAway) process.stderr.write(`${line}\n`)
    isAway = true
  }
  try {
    while (!signal.aborted) {
      const pending = await listOrSay(countersign, signal, say)
      if (pending) isAway = false
      for (const any of (pending ?? []).filter(only)) {
        const name = `${any.kind} ${any.call.call_id}`
        if (!shown.has(name)) show(any)
        shown.add(name)
      }
      await changes.next()
    }
  } finally {
    changes.close()
  }
}

function writeLine({ call }: AnyCall): void {
  print(jsonLine(call))
}

function describeWithHint(any: AnyCall): void {
  const lines = any.kind === 'function_call' ? describeFunctionCall(any.call) : describeHumanContact(any.call)
  print(`${lines.join('\n')}\nTo answer: ${hintFor(any)}\n`)
}

/** The command that answers a call. */
export function hintFor({ kind, call }: AnyCall): string {
  return kind === 'function_call'
    ? `npx countersign approve ${call.call_id}   or   npx countersign deny ${call.call_id} --comment "…"`
    : `npx countersign answer ${call.call_id} "…"`
}
