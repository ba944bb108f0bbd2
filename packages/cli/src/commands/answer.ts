import { ApiError, type FunctionCallResponse, type HumanContactResponse } from '@countersign/client'
import type { Command } from 'commander'
import { outcomeOf, type AnyCall } from '../call-summary.ts'
import { addConnectionOptions, connect, type ConnectionFlags } from '../connection.ts'
import { CommandError } from '../exit.ts'
import { parseJsonFlag } from '../flags.ts'
import { isNotFound } from '../pending.ts'

interface Flags extends ConnectionFlags {
  comment?: string
  option?: string
  edit?: Record<string, unknown>
  data?: unknown
}

/** `approve`, `deny` and `answer`: one answer to one call, from a script or by hand. */
export function addAnswers(program: Command): void {
  addConnectionOptions(
    program
      .command('approve')
      .description('Let a function run.')
      .argument('<call_id>', 'the function call')
      .option('--comment <text>', 'what to tell the agent')
      .option('--edit <json>', 'approve with these arguments instead, if the call allows it', parseJsonFlag),
  ).action((call_id: string, flags: Flags) =>
    decide(call_id, flags, { approved: true, ...edited(flags), ...commented(flags) }),
  )

  addConnectionOptions(
    program
      .command('deny')
      .description('Keep a function from running.')
      .argument('<call_id>', 'the function call')
      .option('--comment <text>', 'what to tell the agent')
      .option('--option <name>', 'one of the reject options of the call'),
  ).action((call_id: string, flags: Flags) =>
    decide(call_id, flags, {
      approved: false,
      ...(flags.option !== undefined && { reject_option_name: flags.option }),
      ...commented(flags),
    }),
  )

  addConnectionOptions(
    program
      .command('answer')
      .description('Answer a question.')
      .argument('<call_id>', 'the human contact')
      .argument('[text]', 'the answer')
      .option('--option <name>', 'one of the response options of the contact')
      .option('--data <json>', 'the answer as data, if the contact asks for it', parseJsonFlag),
  ).action((call_id: string, text: string | undefined, flags: Flags) =>
    answer(call_id, flags, {
      ...(text !== undefined && { response: text }),
      ...(flags.option !== undefined && { response_option_name: flags.option }),
      ...(flags.data !== undefined && { response_data: flags.data }),
    }),
  )
}

async function decide(call_id: string, flags: Flags, response: FunctionCallResponse): Promise<void> {
  const { functionCalls } = connect(flags, 'responder')
  await settle(call_id, 'function call', 'function_call', functionCalls, () =>
    functionCalls.respond(call_id, response),
  )
}

async function answer(call_id: string, flags: Flags, response: HumanContactResponse): Promise<void> {
  const { humanContacts } = connect(flags, 'responder')
  await settle(call_id, 'human contact', 'human_contact', humanContacts, () =>
    humanContacts.respond(call_id, response),
  )
}

/** Answers a pending call and says so; an unknown or decided one is a clear failure, whoever decided it. */
async function settle<C extends AnyCall['call']>(
  call_id: string,
  noun: string,
  kind: AnyCall['kind'],
  calls: { get: (call_id: string) => Promise<C> },
  respond: () => Promise<C>,
): Promise<void> {
  const hint = kind === 'function_call' ? ' A question is answered with: countersign answer' : ''
  try {
    const before = await calls.get(call_id)
    if (before.status.state !== 'pending') throw decided(call_id, noun, { kind, call: before } as AnyCall)
    const after = await respond()
    process.stdout.write(`${call_id} is ${outcomeOf({ kind, call: after } as AnyCall)}\n`)
  } catch (error) {
    if (isNotFound(error)) throw new CommandError(`There is no ${noun} "${call_id}" in this project.${hint}`)
    if (error instanceof ApiError && error.code.startsWith('already_')) {
      const call = await calls.get(call_id)
      // One of several people answers twice: nothing is decided, and the server says it.
      if (call.status.state === 'pending') throw new CommandError(error.message)
      throw decided(call_id, noun, { kind, call } as AnyCall)
    }
    throw error
  }
}

function decided(call_id: string, noun: string, call: AnyCall): CommandError {
  return new CommandError(`The ${noun} "${call_id}" is decided already: ${outcomeOf(call)}`)
}

function commented({ comment }: Flags): { comment?: string } {
  return comment === undefined ? {} : { comment }
}

function edited({ edit }: Flags): { edited_kwargs?: Record<string, unknown> } {
  return edit === undefined ? {} : { edited_kwargs: edit }
}
