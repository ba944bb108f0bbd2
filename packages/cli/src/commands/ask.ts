import { readFileSync } from 'node:fs'
import {
  ApiError,
  TimeoutError,
  writeExact,
  type ContactChannel,
  type Countersign,
  type HumanContact,
  type HumanContactSpec,
} from '@countersign/client'
import type { Command } from 'commander'
import { jsonLine, outcomeOf } from '../call-summary.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'
import { CommandError, EXIT } from '../exit.ts'
import { collect, parseJsonFlag, parseSeconds } from '../flags.ts'

interface Flags extends ConnectionFlags {
  option?: string[]
  subject?: string
  channel?: ContactChannel
  run?: string
  callId?: string
  timeout?: number
  expiresIn?: number
  json?: boolean
}

export function addAsk(program: Command): void {
  const command = program
    .command('ask')
    .description('Ask a person and print the answer, alone, on stdout.')
    .argument('<message>', 'what to ask; - reads it from stdin')
    .option('--option <name>', 'a prepared answer; may be given several times', collect)
    .option('--subject <text>', 'a short title')
    .option('--channel <json>', 'the contact channel, as JSON', parseJsonFlag)
    .option('--run <id>', 'the run to which the question belongs')
    .option('--call-id <id>', 'the id of the question; asking again under the same id takes up the same wait')
    .option('--timeout <seconds>', 'how long to wait for the answer', parseSeconds)
    .option('--expires-in <seconds>', 'when the question expires', parseSeconds)
    .option('--json', 'print the whole contact as JSON')
    .addHelpText('after', '\nExit codes: 0 answered, 1 failed, 2 wrong usage, 3 nobody answered.')
  addConnectionOptions(command).action(async (message: string, flags: Flags) => {
    const contact = await ask(message === '-' ? readFileSync(0, 'utf8').trimEnd() : message, flags)
    if (flags.json) process.stdout.write(`${jsonLine(contact)}\n`)
    const { state, response, response_data } = contact.status
    if (state !== 'answered')
      throw new CommandError(
        `Nobody answered: the question is ${outcomeOf({ kind: 'human_contact', call: contact })}.`,
        EXIT.unanswered,
      )
    if (!flags.json) process.stdout.write(`${response ?? writeExact(response_data, 'response_data')}\n`)
  })
}

async function ask(msg: string, flags: Flags): Promise<HumanContact> {
  const spec: HumanContactSpec = {
    msg,
    ...(flags.option && { response_options: flags.option.map((name) => ({ name })) }),
    ...(flags.subject !== undefined && { subject: flags.subject }),
    ...(flags.channel && { channel: flags.channel }),
    ...(flags.expiresIn !== undefined && { expires_in_seconds: flags.expiresIn }),
  }
  const countersign = connect(flags, 'agent')
  const ids = { ...(flags.run && { run_id: flags.run }), ...(flags.callId && { call_id: flags.callId }) }
  const asked = await create(countersign, { ...ids, spec }, flags)
  process.stderr.write(`Asked as ${asked.call_id}; waiting for an answer.\n`)
  try {
    return await countersign.humanContacts.wait(asked.call_id, {
      ...(flags.timeout !== undefined && { timeoutMs: flags.timeout * 1000 }),
    })
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error
    const again = `countersign ask … --call-id ${asked.call_id} --run ${asked.run_id}`
    throw new CommandError(
      `Nobody answered within ${flags.timeout} s. To go on waiting: ${again}`,
      EXIT.unanswered,
    )
  }
}

async function create(
  { humanContacts }: Countersign,
  question: Parameters<Countersign['humanContacts']['create']>[0],
  { run, callId }: Flags,
): Promise<HumanContact> {
  try {
    return await humanContacts.create(question)
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'call_id_conflict' || run !== undefined) throw error
    throw new CommandError(
      `${error.message} To take up the question "${callId}", give its --run as well, and ask the same.`,
    )
  }
}
