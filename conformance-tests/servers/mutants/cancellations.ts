import type { Mutant } from '../mutation.ts'

const CALL = 'protocol/src/transitions/call.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const CALLS = 'reference-server/src/calls.ts'

/** Servers that end calls wrongly. */
export const cancellationMutants: readonly Mutant[] = [
  {
    id: 'cancellation-needs-a-body',
    requirement: 'call.cancel',
    title: 'A cancellation without a body is refused.',
    patches: [
      {
        file: HTTP_CALLS,
        find: 'const cancellation = parseOptionalBody(exchange,',
        replace: 'const cancellation = parseBody(exchange,',
      },
    ],
  },
  {
    id: 'cancelled-human-contact-is-answered',
    requirement: 'call.cancel',
    title: 'A cancelled human contact is in the state "closed".',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "state: 'cancelled',\n",
        replace: "state: 'closed',\n",
      },
    ],
  },
  {
    id: 'end-of-a-cancelled-human-contact-is-not-shown',
    requirement: 'call.terminal-times',
    title: 'A cancelled human contact shows no completed_at.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: '        completed_at: act.now.toISOString(),\n',
        replace: '',
      },
    ],
  },
  {
    id: 'end-of-a-cancelled-call-is-its-beginning',
    requirement: 'call.terminal-times',
    title: 'A cancelled function call shows the time of its creation as that of its end.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: `        comment,
        completed_at: act.now.toISOString(),`,
        replace: `        comment,
        completed_at: call.status.requested_at,`,
      },
    ],
  },
  {
    id: 'cancellation-counts-as-an-answer',
    requirement: 'call.terminal-times',
    title: 'A cancelled function call shows a responded_at.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: `        comment,
        completed_at: act.now.toISOString(),`,
        replace: `        comment,
        responded_at: act.now.toISOString(),
        completed_at: act.now.toISOString(),`,
      },
    ],
  },
  {
    id: 'second-cancellation-is-refused',
    requirement: 'call.cancel-again',
    title: 'To cancel a cancelled call again is a conflict.',
    patches: [
      {
        file: CALL,
        find: "if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }",
        replace: '',
      },
    ],
  },
  {
    id: 'second-cancellation-gives-the-reason',
    requirement: 'call.cancel-again',
    title: 'To cancel a cancelled function call again replaces the comment.',
    patches: [
      {
        file: CALL,
        find: "if (call.status.state === 'cancelled') return { ok: true, next: call, events: [] }",
        replace:
          "if (call.status.state === 'cancelled') return { ok: true, next: cancellation.comment === undefined ? call : cancelNow(cancellation.comment), events: [] }",
      },
    ],
    roots: ['function-call.first-answer-wins'],
  },
  {
    id: 'late-cancellation-is-answered-with-the-call',
    requirement: 'call.cancel-too-late',
    title: 'To cancel an answered call is answered with 200 and the call.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (call.status.state !== 'pending') return { ok: true, next: call, events: [] }

  const comment`,
      },
    ],
  },
  {
    id: 'late-cancellation-does-not-see-the-answer',
    requirement: 'call.cancel-too-late',
    title: 'The refusal of a late cancellation does not show the status that won.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (call.status.state !== 'pending') {
    const { refusal } = alreadyTerminal(call) as { refusal: { code: ProblemCode } }
    return refuse(refusal.code, 'It is too late.')
  }

  const comment`,
      },
    ],
  },
  {
    id: 'denied-call-can-be-cancelled',
    requirement: 'call.cancel-too-late',
    title: 'A denied function call can still be cancelled.',
    patches: [
      {
        file: CALL,
        find: `  if (call.status.state !== 'pending') return alreadyTerminal(call)

  const comment`,
        replace: `  if (!['pending', 'denied'].includes(call.status.state)) return alreadyTerminal(call)

  const comment`,
      },
    ],
    roots: ['function-call.first-answer-wins', 'function-call.terminal-comment', 'call.terminal-times'],
  },
  {
    id: 'cancellation-acts-on-what-it-read-before',
    requirement: 'call.cancel-against-answer',
    title: 'A cancellation looks at the call before its transaction, so that it can undo an answer.',
    patches: [
      {
        file: HTTP_CALLS,
        find: `      await getCall(kind, exchange.principal, idOf(exchange))
      const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)`,
        replace: `      const seen = kind.calls.parse(await getCall(kind, exchange.principal, idOf(exchange)))
      await new Promise((resolve) => setTimeout(resolve, 1))
      const cancellation = parseOptionalBody(exchange, Cancellation, limits.json_depth)`,
      },
      {
        file: HTTP_CALLS,
        find: `(pending, now) =>
        kind.cancel(pending, cancellation,`,
        replace: `(_pending, now) =>
        kind.cancel(seen, cancellation,`,
      },
    ],
  },
  {
    id: 'answer-acts-on-what-it-read-before',
    requirement: 'call.cancel-against-answer',
    title: 'An answer looks at the call before its transaction, so that it can undo a cancellation.',
    patches: [
      {
        file: CALLS,
        find: '  return changeCall(kind, principal, call_id, (call, now) =>\n    kind.respond(call, response,',
        replace: `  await new Promise((resolve) => setTimeout(resolve, 1))
  return changeCall(kind, principal, call_id, (_call, now) =>
    kind.respond(asked, response,`,
      },
    ],
    roots: ['function-call.one-winner', 'human-contact.one-winner'],
  },
]
