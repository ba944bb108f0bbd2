import { writePretty } from './exact-json.ts'
import type {
  ContactChannel,
  Context,
  CreateFunctionCall,
  CreateHumanContact,
  FunctionCall,
  HumanContact,
  ResponseOption,
} from './schemas.ts'
import { visibleText } from './visible-text.ts'

/**
 * The lines that show a person what wants to run: function, arguments with every digit, who asks, run, call, context
 * and reject options. Every line is safe to print.
 */
export function describeFunctionCall(call: CreateFunctionCall | FunctionCall): string[] {
  const { spec } = call
  return [
    `Function:  ${visibleText(spec.fn)}`,
    ...labelled('Arguments: ', writePretty(spec.kwargs)),
    ...describeIdentity(call),
    ...describeContext(spec.context),
    ...describeOptions('Ways to deny:', spec.reject_options),
  ]
}

/** The lines that show a person what is asked: subject, message, run, call, context and options. Every line is safe to print. */
export function describeHumanContact(call: CreateHumanContact | HumanContact): string[] {
  const { spec } = call
  return [
    ...(spec.subject === undefined ? [] : [`Subject:   ${visibleText(spec.subject)}`]),
    'Message:',
    ...quoted(spec.msg),
    ...describeIdentity(call),
    ...describeContext(spec.context),
    ...(spec.response_schema === undefined ? [] : labelled('Schema:    ', writePretty(spec.response_schema))),
    ...describeOptions('Options:', spec.response_options),
  ]
}

type AnyCall = CreateFunctionCall | CreateHumanContact | FunctionCall | HumanContact

function describeIdentity(call: AnyCall): string[] {
  // A call that comes from a server says who asked, and when it ends also where it was asked in seconds.
  const status = 'status' in call ? call.status : undefined
  const expires_at = status?.expires_at ?? call.spec.expires_at
  return [
    ...(status === undefined ? [] : [`Asked by:  ${visibleText(status.requested_by)}`]),
    `Run:       ${visibleText(call.run_id)}`,
    `Call:      ${visibleText(call.call_id)}`,
    ...describeDeciders(status?.channel),
    ...(expires_at === undefined ? [] : [`Expires:   ${visibleText(expires_at)}`]),
    ...(status?.responses ?? []).map(
      ({ responder: { id, name = id } }) => `Answered:  ${visibleText(name)}, and it waits for others`,
    ),
  ]
}

/** Who may decide, where that is not everybody. */
function describeDeciders(channel: ContactChannel | undefined): string[] {
  const lists = channel === undefined ? [undefined] : listsIn(channel)
  if (lists.includes(undefined)) return []
  return [`For:       ${visibleText([...new Set(lists.flat())].join(', '))}`]
}

/** Whom each leaf lists; undefined for one that takes everybody. */
function listsIn(channel: ContactChannel): (readonly string[] | undefined)[] {
  const { all_of, any_of, quorum } = channel
  const members = all_of ?? any_of ?? quorum?.of
  if (members)
    return members.flatMap((member) => listsIn('after_seconds' in member ? member.channel : member))
  return Object.values(channel).map(
    (leaf) => (leaf as { allowed_responder_ids?: string[] }).allowed_responder_ids,
  )
}

function describeContext({ summary, links = [] }: Context = {}): string[] {
  return [
    ...(summary === undefined ? [] : ['Context:', ...quoted(summary)]),
    ...links.map(
      ({ url, title }) =>
        `Link:      ${title === undefined ? '' : `${visibleText(title)} `}<${visibleText(url)}>`,
    ),
  ]
}

function describeOptions(heading: string, options: readonly ResponseOption[] = []): string[] {
  if (options.length === 0) return []
  return [heading, ...options.map((option, index) => `  ${index + 1}) ${describeOption(option)}`)]
}

function describeOption({ name, title, description }: ResponseOption): string {
  const label = title === undefined || title === name ? name : `${title} (${name})`
  return visibleText(description === undefined ? label : `${label}: ${description}`)
}

// The bar marks text of the agent, so that it cannot pass for a line of the program, such as another prompt.
function quoted(text: string): string[] {
  return linesOf(text).map((line) => `  | ${line}`)
}

function labelled(label: string, text: string): string[] {
  return linesOf(text).map((line, index) => (index === 0 ? label : ' '.repeat(label.length)) + line)
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/).map(visibleText)
}
