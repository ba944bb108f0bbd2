import { pause } from './abort-signal.ts'
import { describeFunctionCall, describeHumanContact } from './describe-call.ts'
import { TerminalError } from './errors.ts'
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
  input: NodeJS.ReadableStream & { isTTY?: boolean }
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

/**
 * Shows a function call and asks for a decision. Only a typed `y` or `yes` approves; a bare ENTER asks again, and the
 * end of input is a TerminalError. Questions to one terminal are put one after another.
 */
export async function promptForFunctionCall(
  call: CreateFunctionCall,
  options: PromptOptions = {},
): Promise<FunctionCallResponse> {
  return withTerminal(options, async ({ say, ask }) => {
    say(['', 'An agent wants to run a function.', ...describeFunctionCall(call), ...notes(options)])
    const prepared = call.spec.reject_options ?? []
    const hint = prepared.length === 0 ? '' : ', or the number of a way to deny'
    for (;;) {
      const typed = (await ask(`Approve? Type y for yes, n for no${hint}: `)).toLowerCase()
      if (typed === 'y' || typed === 'yes') return { approved: true }
      if (typed === 'n' || typed === 'no')
        return { approved: false, comment: await ask('Why not? (comment) ') }
      const option = chosen(prepared, typed)
      if (option)
        return { approved: false, reject_option_name: option.name, comment: await fillIn(option, ask) }
    }
  })
}

/** Shows a human contact and asks for a line of text or the number of an option. An empty line asks again. */
export async function promptForHumanContact(
  call: CreateHumanContact,
  options: PromptOptions = {},
): Promise<HumanContactResponse> {
  return withTerminal(options, async ({ say, ask }) => {
    say(['', 'An agent asks you something.', ...describeHumanContact(call), ...notes(options)])
    const prepared = call.spec.response_options ?? []
    const question = prepared.length === 0 ? 'Your answer: ' : 'Your answer, or the number of an option: '
    for (;;) {
      const typed = await ask(question)
      const option = chosen(prepared, typed)
      if (option) return { response_option_name: option.name, response: await fillIn(option, ask) }
      if (typed !== '') return { response: typed }
    }
  })
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
  const lines = await Lines.open(input)
  try {
    // What was typed before the question appeared does not answer it: a second `y` in haste must not approve the next call.
    await pause(TYPED_AHEAD_MS, signal)
    lines.forget()
    return await converse({
      say: (shown) => void output.write(`${shown.join('\n')}\n`),
      ask: async (question) => {
        output.write(question)
        return (await lines.next(signal)).trim()
      },
    })
  } catch (error) {
    output.write('\nThe question was withdrawn; nothing was decided.\n')
    throw error
  } finally {
    lines.close()
  }
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

/** The lines of a stream, read on demand and forgotten when the question is over. */
class Lines {
  readonly #typed: string[] = []
  readonly #close: () => void
  #ended = false
  #wake = () => {}

  static async open(input: Terminal['input']): Promise<Lines> {
    const { createInterface } = await import('node:readline')
    // Not as a terminal: the kernel's own line editing then stays on, and Ctrl+C stops the process as it does anywhere else.
    return new Lines(createInterface({ input, terminal: false }))
  }

  private constructor(reader: import('node:readline').Interface) {
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

  forget(): void {
    this.#typed.length = 0
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
