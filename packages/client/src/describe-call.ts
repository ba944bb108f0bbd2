import { writePretty } from './exact-json.ts'
import type { Context, CreateFunctionCall, CreateHumanContact, ResponseOption } from './schemas.ts'
import { visibleText } from './visible-text.ts'

/**
 * The lines that show a person what wants to run: function, arguments with every digit, run, call, context and reject
 * options. Every line is safe to print.
 */
export function describeFunctionCall({ run_id, call_id, spec }: CreateFunctionCall): string[] {
  return [
    `Function:  ${visibleText(spec.fn)}`,
    ...labelled('Arguments: ', writePretty(spec.kwargs)),
    ...describeIdentity(run_id, call_id, spec.expires_at),
    ...describeContext(spec.context),
    ...describeOptions('Ways to deny:', spec.reject_options),
  ]
}

/** The lines that show a person what is asked: subject, message, run, call, context and options. Every line is safe to print. */
export function describeHumanContact({ run_id, call_id, spec }: CreateHumanContact): string[] {
  return [
    ...(spec.subject === undefined ? [] : [`Subject:   ${visibleText(spec.subject)}`]),
    'Message:',
    ...quoted(spec.msg),
    ...describeIdentity(run_id, call_id, spec.expires_at),
    ...describeContext(spec.context),
    ...(spec.response_schema === undefined ? [] : labelled('Schema:    ', writePretty(spec.response_schema))),
    ...describeOptions('Options:', spec.response_options),
  ]
}

function describeIdentity(run_id: string, call_id: string, expires_at: string | undefined): string[] {
  return [
    `Run:       ${visibleText(run_id)}`,
    `Call:      ${visibleText(call_id)}`,
    ...(expires_at === undefined ? [] : [`Expires:   ${visibleText(expires_at)}`]),
  ]
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
