import { writeParsed, type FunctionCall, type HumanContact, type Responder } from '@countersign/client'
import { visibleText } from '@countersign/client/terminal'

/** A call of either kind, with the name of its kind. */
export type AnyCall =
  | { kind: 'function_call'; call: FunctionCall }
  | { kind: 'human_contact'; call: HumanContact }

/** What is asked, on one line that is safe to print. */
export function summaryOf(any: AnyCall): string {
  const text =
    any.kind === 'function_call'
      ? `${any.call.spec.fn}(${writeParsed(any.call.spec.kwargs)})`
      : any.call.spec.msg
  return visibleText(text)
}

/** What became of a call, on one line that is safe to print. */
export function outcomeOf({ kind, call }: AnyCall): string {
  const { state, responder, responses } = call.status
  if (state === 'pending' && responses.length > 0)
    return visibleText(`pending: ${namesOf(responses)} answered, and it waits for others`)
  const who = responder ? ` by ${nameOf(responder)}` : ''
  const said = kind === 'function_call' ? call.status.comment : call.status.response
  return visibleText(`${state}${who}${said ? `: ${said}` : ''}`)
}

function namesOf(responses: AnyCall['call']['status']['responses']): string {
  return responses.map(({ responder }) => nameOf(responder)).join(', ')
}

/** Who answered, and for whom; a policy by its name. */
function nameOf({ id, name, on_behalf_of }: Responder): string {
  if (id === 'system:policy') return `the policy "${name}"`
  return `${name ?? id}${on_behalf_of?.length ? ` for ${on_behalf_of.join(', ')}` : ''}`
}

/** A value as one line of JSON in which nothing can steer a terminal; what is escaped is the same value to a parser. */
export function jsonLine(value: unknown): string {
  return writeParsed(value).replaceAll(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

// C1 controls, bidirectional marks, and characters that take no room.
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g
