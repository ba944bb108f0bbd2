import type { Mutant } from '../mutation.ts'

const BODY = 'protocol/src/http/request-body.ts'
const AUTHENTICATE = 'reference-server/src/http/authenticate.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'

const ELIGIBILITY = `    if ((places.size === 0 && !isRepeated) || !isTaken(responder, act.directory))
      return responderNotAllowed(responder)
`

export const securityMutants: readonly Mutant[] = [
  {
    id: 'shape-before-existence',
    requirement: 'respond.order',
    title: 'The body of an answer is judged before the call is looked for.',
    patches: [
      {
        file: HTTP_CALLS,
        find: `      await getCall(kind, exchange.principal, idOf(exchange))
      const response = parseBody`,
        replace: '      const response = parseBody',
      },
    ],
  },
  {
    id: 'terminal-before-eligible',
    requirement: 'respond.order',
    title: 'Whoever may not decide learns that a call is decided already.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: ELIGIBILITY,
        replace: `    if (call.status.state === 'pending' && places.size === 0) return responderNotAllowed(responder)\n`,
      },
    ],
  },
  {
    id: 'contact-options-before-the-end',
    requirement: 'respond.order',
    title: 'An option that a human contact does not offer is reported even when it is over.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "if (call.status.state !== 'pending' || places.size === 0)",
        replace: `if (faults.length > 0) return refuse('unknown_option', 'The call offers no such option.', faults)
    if (call.status.state !== 'pending' || places.size === 0)`,
      },
    ],
  },
  {
    id: 'options-before-eligibility',
    requirement: 'respond.order',
    title: 'Whoever may not decide learns which options there are not.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: ELIGIBILITY,
        replace: `    if (faults.length > 0 && call.status.state === 'pending')
      return refuse('unknown_option', 'The call offers no such option.', faults)
${ELIGIBILITY}`,
      },
    ],
  },
  {
    id: 'links-are-checked-by-fetching-them',
    requirement: 'content.never-fetched',
    title: 'The links of a new call are fetched, to see whether they lead anywhere.',
    patches: [
      {
        file: HTTP_CALLS,
        find: '      const status = changed ? 201 : 200\n',
        replace: `      const status = changed ? 201 : 200
      for (const { url } of request.spec.context?.links ?? []) fetch(url).catch(() => undefined)
`,
      },
    ],
  },
  {
    id: 'image-of-an-answer-is-fetched',
    requirement: 'content.never-fetched',
    title: 'What looks like an address in a comment is fetched, for a preview.',
    patches: [
      {
        file: BODY,
        find: 'const validated = validate(schema, parsed.value)\n',
        replace: `const validated = validate(schema, parsed.value)
  const comment = (parsed.value as { comment?: unknown } | null)?.comment
  const [address] = typeof comment === 'string' ? (/http[^\\s)]+/.exec(comment) ?? []) : []
  if (address) fetch(address).catch(() => undefined)
`,
      },
    ],
  },
  {
    id: 'bodies-that-fail-are-logged',
    requirement: 'content.not-logged',
    title: 'A body that cannot be read is written into the log.',
    patches: [
      {
        file: BODY,
        find: '  if (!parsed.ok) return malformed(parsed.fault)\n',
        replace:
          '  if (!parsed.ok) process.stderr.write(`cannot read ${text}\\n`)\n  if (!parsed.ok) return malformed(parsed.fault)\n',
      },
    ],
  },
  {
    id: 'revoked-keys-are-logged',
    requirement: 'content.not-logged',
    title: 'Who uses a revoked key is written into the log with it.',
    patches: [
      {
        file: AUTHENTICATE,
        find: 'if (key.revoked_at !== null) throw',
        replace:
          'if (key.revoked_at !== null) process.stderr.write(`revoked: ${secret}\\n`)\n  if (key.revoked_at !== null) throw',
      },
    ],
  },
]
