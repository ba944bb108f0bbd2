import { ApiError, ConnectionError, type Countersign } from '@countersign/client'
import { promptForFunctionCall, promptForHumanContact } from '@countersign/client/terminal'
import { outcomeOf, type AnyCall } from './call-summary.ts'
import { Changes } from './changes.ts'
import { listOrSay } from './pending.ts'

export interface AnswerOptions {
  /** Ends the session. */
  signal: AbortSignal
  /** Which calls to show. Default: every pending one. */
  only?: (call: AnyCall) => boolean
  /** Whether a person may leave a call for later. */
  maySkip: boolean
  print: (line: string) => void
}

/** Shows pending calls in the terminal as they come, one at a time, and sends the answers, until the signal ends it. */
export async function answerPending(countersign: Countersign, options: AnswerOptions): Promise<void> {
  const changes = new Changes(countersign, options.signal)
  try {
    await answerEach(countersign, changes, options)
  } finally {
    changes.close()
  }
}

async function answerEach(countersign: Countersign, changes: Changes, options: AnswerOptions): Promise<void> {
  const skipped = new Set<string>()
  const { signal, only = () => true, print } = options
  // What was said last while nothing was asked, so that it is said once.
  let said: string | undefined
  const sayOnce = (line: string) => {
    if (line !== said) print(line)
    said = line
  }
  while (!signal.aborted) {
    const pending = await listOrSay(countersign, signal, sayOnce)
    const waiting = pending?.filter((any) => only(any) && !skipped.has(nameOf(any)))
    if (waiting?.[0]) {
      said = undefined
      await answerOne(countersign, waiting[0], waiting.length - 1, skipped, options)
      continue
    }
    if (waiting && options.maySkip)
      sayOnce(
        `\nNothing waits for you${skipped.size > 0 ? ` but the ${skipped.size} that you left or that wait for others (to see them, start again)` : ''}. New requests appear here; Ctrl+C ends.`,
      )
    await changes.next()
  }
}

async function answerOne(
  countersign: Countersign,
  any: AnyCall,
  others: number,
  skipped: Set<string>,
  options: AnswerOptions,
): Promise<void> {
  const { signal, maySkip, print } = options
  // The prompt goes away when somebody else decides, or when the call expires or is cancelled.
  const elsewhere = new AbortController()
  const watched = watch(countersign, any, AbortSignal.any([signal, elsewhere.signal]), (call) => {
    print(`\nIt is decided elsewhere: ${outcomeOf(call)}`)
    elsewhere.abort()
  })
  const prompt = {
    signal: AbortSignal.any([signal, elsewhere.signal]),
    maySkip,
    ...(others > 0 && { notice: `${others} more ${others === 1 ? 'waits' : 'wait'} after this one` }),
  }
  try {
    const after = await promptAndRespond(countersign, any, prompt)
    elsewhere.abort()
    if (after) print(`Sent: ${outcomeOf(after)}`)
    // What waits for others now has had its answer from here.
    if (!after || after.call.status.state === 'pending') skipped.add(nameOf(any))
  } catch (error) {
    if (prompt.signal.aborted) return
    // Refused, such as by a rule of the call: say why, and ask again.
    if (!(error instanceof ApiError) && !(error instanceof ConnectionError)) throw error
    print(`That was not taken: ${error.message}`)
  } finally {
    elsewhere.abort()
    await watched
  }
}

interface Prompt {
  signal: AbortSignal
  maySkip: boolean
  notice?: string
}

async function promptAndRespond(
  { functionCalls, humanContacts }: Countersign,
  any: AnyCall,
  prompt: Prompt,
): Promise<AnyCall | undefined> {
  const { call_id } = any.call
  if (any.kind === 'function_call') {
    const response = await promptForFunctionCall(any.call, prompt)
    return response && { kind: any.kind, call: await functionCalls.respond(call_id, response) }
  }
  const response = await promptForHumanContact(any.call, prompt)
  return response && { kind: any.kind, call: await humanContacts.respond(call_id, response) }
}

async function watch(
  { functionCalls, humanContacts }: Countersign,
  { kind, call: { call_id } }: AnyCall,
  signal: AbortSignal,
  decided: (call: AnyCall) => void,
): Promise<void> {
  try {
    if (kind === 'function_call') {
      const call = await functionCalls.wait(call_id, { signal })
      if (!signal.aborted) decided({ kind, call })
    } else {
      const call = await humanContacts.wait(call_id, { signal })
      if (!signal.aborted) decided({ kind, call })
    }
  } catch {
    // Nothing to tell: the prompt was answered here, or the server is out of reach and the answer will say so.
  }
}

function nameOf({ kind, call }: AnyCall): string {
  return `${kind} ${call.call_id}`
}
