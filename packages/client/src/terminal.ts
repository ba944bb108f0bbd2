import { pause } from './abort-signal.ts'
import { describeFunctionCall, describeHumanContact } from './describe-call.ts'
import { TerminalError } from './errors.ts'
import { parseExact } from './exact-json.ts'
import type {
  CreateFunctionCall,
  CreateHumanContact,
  FunctionCallResponse,
  HumanContactResponse,
  ResponseOption,
} from './schemas.ts'
import { visibleText } from './visible-text.ts'

export { describeFunctionCall, describeHumanContact, visibleText }

/** Where a person sits. Both streams have to be terminals, that is to say `isTTY` has to be true. */
export interface Terminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }
  output: NodeJS.WritableStream & { isTTY?: boolean }
}

/** How a question is put in the terminal. */
export interface PromptOptions {
  /** Default: the terminal of the process. */
  terminal?: Terminal | undefined
  /** Withdraws the question. */
  signal?: AbortSignal | undefined
  /** A line that is shown before the question. */
  notice?: string | undefined
}

/** The same, where a typed `s` leaves the question to somebody else or to later; the result is then undefined. */
export interface SkippablePromptOptions extends PromptOptions {
  maySkip: boolean
}

/**
 * Shows a function call and asks for a decision. Only a typed `y` or `yes` approves; a bare ENTER asks again, and the
 * end of input is a TerminalError. Where the call allows it, `e` approves with changed arguments. Questions to one
 * terminal are put one after another.
 */
export async function promptForFunctionCall(
  call: CreateFunctionCall,
  options?: PromptOptions,
): Promise<FunctionCallResponse>
export async function promptForFunctionCall(
  call: CreateFunctionCall,
  options: SkippablePromptOptions,
): Promise<FunctionCallResponse | undefined>
export async function promptForFunctionCall(
  call: CreateFunctionCall,
  options: PromptOptions | SkippablePromptOptions = {},
): Promise<FunctionCallResponse | undefined> {
  return withTerminal(options, async ({ say, ask }) => {
    say(['', 'An agent wants to run a function.', ...describeFunctionCall(call), ...notes(options)])
    const prepared = call.spec.reject_options ?? []
    const ways = [
      'y for yes',
      'n for no',
      ...(call.spec.allow_edit ? ['e for yes with changed arguments'] : []),
      ...(prepared.length > 0 ? ['the number of a way to deny'] : []),
      ...(maySkip(options) ? ['s to leave it'] : []),
    ]
    for (;;) {
      const typed = (await ask(`Approve? Type ${listed(ways)}: `)).toLowerCase()
      if (typed === 'y' || typed === 'yes') return { approved: true }
      if (typed === 'n' || typed === 'no')
        return { approved: false, comment: await ask('Why not? (comment) ') }
      if (typed === 's' && maySkip(options)) return undefined
      if (typed === 'e' && call.spec.allow_edit) {
        const edited_kwargs = parseArguments(
          await ask('The arguments to run with instead, as a JSON object: '),
        )
        if (edited_kwargs) return { approved: true, edited_kwargs }
        say(['That is no JSON object; nothing was decided.'])
      }
      const option = chosen(prepared, typed)
      if (option)
        return { approved: false, reject_option_name: option.name, comment: await fillIn(option, ask) }
    }
  })
}

/** Shows a human contact and asks for a line of text or the number of an option. An empty line asks again. */
export async function promptForHumanContact(
  call: CreateHumanContact,
  options?: PromptOptions,
): Promise<HumanContactResponse>
export async function promptForHumanContact(
  call: CreateHumanContact,
  options: SkippablePromptOptions,
): Promise<HumanContactResponse | undefined>
export async function promptForHumanContact(
  call: CreateHumanContact,
  options: PromptOptions | SkippablePromptOptions = {},
): Promise<HumanContactResponse | undefined> {
  return withTerminal(options, async ({ say, ask }) => {
    say(['', 'An agent asks you something.', ...describeHumanContact(call), ...notes(options)])
    const prepared = call.spec.response_options ?? []
    const ways = [
      call.spec.response_schema === undefined ? 'Your answer' : 'Your answer, as JSON that fits the schema',
      ...(prepared.length > 0 ? ['the number of an option'] : []),
      ...(maySkip(options) ? ['s to leave it'] : []),
    ]
    for (;;) {
      const typed = await ask(`${listed(ways)}: `)
      const option = chosen(prepared, typed)
      if (typed === 's' && maySkip(options)) return undefined
      if (call.spec.response_schema !== undefined) {
        const data = parseData(typed)
        if (data) return { response_data: data.value }
        if (typed !== '') say(['That is no JSON; nothing was sent.'])
      } else if (option) return { response_option_name: option.name, response: await fillIn(option, ask) }
      else if (typed !== '') return { response: typed }
    }
  })
}

function maySkip(options: PromptOptions | SkippablePromptOptions): boolean {
  return 'maySkip' in options && options.maySkip
}

function listed(ways: string[]): string {
  return ways.length === 1 ? ways[0]! : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`
}

function parseArguments(text: string): Record<string, unknown> | undefined {
  const value = parseData(text)?.value
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}

function parseData(text: string): { value: unknown } | undefined {
  try {
    return { value: parseExact(text) }
  } catch {
    return undefined
  }
}

interface Conversation {
  say: (lines: string[]) => void
  /** Resolves to the line that was typed, without the spaces around it. */
  ask: (question: string) => Promise<string>
}

function notes({ notice }: PromptOptions): string[] {
  return notice === undefined ? [] : [`Note:      ${visibleText(notice)}`]
}

function chosen(options: readonly ResponseOption[], typed: string): ResponseOption | undefined {
  return /^[1-9]\d*$/.test(typed) ? options[Number(typed) - 1] : undefined
}

async function fillIn(option: ResponseOption, ask: Conversation['ask']): Promise<string> {
  const text = option.prompt_fill || option.title || option.name
  if (!option.interactive) return text
  return (await ask(`Text (ENTER for "${visibleText(text)}"): `)) || text
}

/** One question at a time and terminal: two prompts at once would take each other's answers. */
async function withTerminal<T>(
  { terminal = terminalOfProcess(), signal }: PromptOptions,
  converse: (conversation: Conversation) => Promise<T>,
): Promise<T> {
  requireTerminal(terminal)
  const before = turns.get(terminal.input) ?? Promise.resolve()
  const turn = before.then(async () => {
    signal?.throwIfAborted()
    return converseIn(terminal, signal, converse)
  })
  turns.set(
    terminal.input,
    turn.then(
      () => undefined,
      () => undefined,
    ),
  )
  return turn
}

const turns = new WeakMap<object, Promise<void>>()

async function converseIn<T>(
  { input, output }: Terminal,
  signal: AbortSignal | undefined,
  converse: (conversation: Conversation) => Promise<T>,
): Promise<T> {
  await forgetTyped(input, signal)
  if (!input.readable) throw new TerminalError(ENDED)
  const lines = new Lines(await readerOf(input))
  try {
    return await converse({
      say: (shown) => void output.write(`${shown.join('\n')}\n`),
      ask: async (question) => {
        output.write(question)
        return (await lines.next(signal)).trim()
      },
    })
  } catch (error) {
    output.write('\nThe question is put away; nothing was sent from here.\n')
    throw error
  } finally {
    lines.close()
  }
}

/**
 * What was typed before the question appeared does not answer it: neither a second `y` in haste nor a `y` without its
 * ENTER may approve the next call. Whole lines lie in the stream; a half one lies in the kernel, which hands it over
 * in raw mode only.
 */
async function forgetTyped(input: Terminal['input'], signal: AbortSignal | undefined): Promise<void> {
  input.setRawMode?.(true)
  input.on('data', stopOnCtrlC)
  // The question before has paused the stream, and then a listener alone does not make it flow.
  input.resume()
  try {
    await pause(TYPED_AHEAD_MS, signal)
  } finally {
    input.off('data', stopOnCtrlC)
    input.setRawMode?.(false)
  }
}

/** Raw mode takes Ctrl+C for a character; it stops the process as it does anywhere else. */
function stopOnCtrlC(typed: unknown): void {
  if (String(typed).includes('\u0003')) globalThis.process.kill(globalThis.process.pid, 'SIGINT')
}

// Long enough for the event loop to read what the terminal already holds, too short to be noticed.
const TYPED_AHEAD_MS = 20

// Questions go to stderr, since stdout may be the data that the agent is run for; stdout serves when it is the terminal
// and stderr is not.
function terminalOfProcess(): Terminal {
  const { stdin, stdout, stderr } = globalThis.process
  return { input: stdin, output: stderr.isTTY ? stderr : stdout }
}

function requireTerminal({ input, output }: Terminal): void {
  if (input.isTTY !== true || output.isTTY !== true)
    throw new TerminalError(
      'There is nobody to ask: no server is configured (COUNTERSIGN_URL and COUNTERSIGN_API_KEY), and this process has no terminal.',
    )
  if (!input.readable) throw new TerminalError(ENDED)
}

const ENDED = 'The input of the terminal has ended, so nobody answered.'

type Reader = import('node:readline').Interface

async function readerOf(input: Terminal['input']): Promise<Reader> {
  const { createInterface } = await import('node:readline')
  // Not as a terminal: the kernel's own line editing then stays on, and Ctrl+C stops the process as it does anywhere else.
  return createInterface({ input, terminal: false })
}

/** The lines of a stream, read on demand and forgotten when the question is over. */
class Lines {
  readonly #typed: string[] = []
  readonly #close: () => void
  #ended = false
  #wake = () => {}

  constructor(reader: Reader) {
    this.#close = () => reader.close()
    reader.on('line', (line) => {
      this.#typed.push(line)
      this.#wake()
    })
    reader.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  async next(signal: AbortSignal | undefined): Promise<string> {
    const wake = () => this.#wake()
    signal?.addEventListener('abort', wake)
    try {
      for (;;) {
        signal?.throwIfAborted()
        const line = this.#typed.shift()
        if (line !== undefined) return line
        if (this.#ended) throw new TerminalError(ENDED)
        await new Promise<void>((resolve) => (this.#wake = resolve))
      }
    } finally {
      signal?.removeEventListener('abort', wake)
    }
  }

  close(): void {
    this.#close()
  }
}
