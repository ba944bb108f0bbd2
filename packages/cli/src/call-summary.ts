import { writeExact, type FunctionCall, type HumanContact } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'

/** A call of either kind, with the name of its kind. */
export type AnyCall =
  | { kind: 'function_call'; call: FunctionCall }
  | { kind: 'human_contact'; call: HumanContact }

/** What is asked, on one line that is safe to print. */
export function summaryOf(any: AnyCall): string {
  const text =
    any.kind === 'function_call'
      ? `${any.call.spec.fn}(${writeExact(any.call.spec.kwargs, 'kwargs')})`
      : any.call.spec.msg
  return visibleText(text)
}

/** What became of a call, on one line that is safe to print. */
export function outcomeOf({ kind, call }: AnyCall): string {
  const { state, responder } = call.status
  const who = responder ? ` by ${responder.name ?? responder.id}` : ''
  const said = kind === 'function_call' ? call.status.comment : call.status.response
  return visibleText(`${state}${who}${said ? `: ${said}` : ''}`)
}
