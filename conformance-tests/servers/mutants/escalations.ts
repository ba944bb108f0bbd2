import type { Mutant } from '../mutation.ts'

const ESCALATION = 'protocol/src/transitions/escalation.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'

const RECORDED = 'escalations: [...recorded, record],'
const TERMINAL = `  if (call.status.state !== 'pending') return alreadyTerminal(call)
  if (recorded.length`
const MAY_NOT = 'placesOf(status, responder, act.now.getTime())'

export const escalationMutants: readonly Mutant[] = [
  {
    id: 'escalation-loses-its-recipients',
    requirement: 'call.escalate',
    title: 'The further recipients of an escalation are not recorded.',
    patches: [
      {
        file: ESCALATION,
        find: RECORDED,
        replace: 'escalations: [...recorded, { ...record, additional_recipients: undefined }],',
      },
    ],
    roots: ['call.escalate-again'],
  },
  {
    id: 'escalations-are-newest-first',
    requirement: 'call.escalate',
    title: 'The escalations of a call stand newest first.',
    patches: [{ file: ESCALATION, find: '[...recorded, record]', replace: '[record, ...recorded]' }],
  },
  {
    id: 'escalation-ids-are-folded',
    requirement: 'call.escalate',
    title: 'Escalation ids that differ in case are taken for equal.',
    patches: [
      {
        file: ESCALATION,
        find: 'escalation_id === escalation.escalation_id)',
        replace: 'escalation_id.toLowerCase() === escalation.escalation_id.toLowerCase())',
      },
    ],
    roots: ['id.case-sensitive'],
  },
  {
    id: 'escalations-act-on-what-they-read-before',
    requirement: 'call.escalate',
    title: 'Escalations at the same time overwrite each other.',
    patches: [
      {
        file: HTTP_CALLS,
        find: `      await getCall(kind, exchange.principal, idOf(exchange))
      const escalation =`,
        replace: `      const seen = kind.calls.parse(await getCall(kind, exchange.principal, idOf(exchange)))
      await new Promise((resolve) => setTimeout(resolve, 10))
      const escalation =`,
      },
      {
        file: HTTP_CALLS,
        find: `(pending, now) =>
        kind.escalate(pending, escalation,`,
        replace: `(_pending, now) =>
        kind.escalate(seen, escalation,`,
      },
    ],
    roots: ['call.escalate-again', 'call.escalate-conflict'],
  },
  {
    id: 'escalation-changes-the-channel',
    requirement: 'call.escalate-keeps-deciders',
    title: 'An escalation with a channel replaces the channel of the call.',
    patches: [
      {
        file: ESCALATION,
        find: RECORDED,
        replace: 'escalations: [...recorded, record],\n    channel: asked.channel ?? call.status.channel,',
      },
    ],
    roots: ['channel.effective'],
  },
  {
    id: 'whoever-is-escalated-to-may-decide',
    requirement: 'call.escalate-keeps-deciders',
    title: 'Whom the channel of an escalation admits may decide a function call.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: MAY_NOT,
        replace: `new Set(
      [undefined, ...(call.status.escalations ?? [])].flatMap((asked) => [
        ...placesOf({ ...call.status, channel: asked?.channel ?? call.status.channel }, responder, act.now.getTime()),
      ]),
    )`,
      },
    ],
  },
  {
    id: 'only-whom-the-escalation-lists-may-decide',
    requirement: 'call.escalate-keeps-deciders',
    title: 'After an escalation of a human contact only those whom its channel admits may decide.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: MAY_NOT,
        replace:
          'placesOf({ ...call.status, channel: call.status.escalations?.at(-1)?.channel ?? call.status.channel }, responder, act.now.getTime())',
      },
    ],
  },
  {
    id: 'repeated-escalation-is-a-conflict-when-written-otherwise',
    requirement: 'call.escalate-again',
    title: 'A repeated escalation whose members stand in another order is a conflict.',
    patches: [
      {
        file: ESCALATION,
        find: 'isEqualJson(stringify(withoutRecord(known)), stringify(asked))',
        replace: 'stringify(withoutRecord(known)) === stringify(asked)',
      },
    ],
  },
  {
    id: 'repeated-escalation-is-refused-when-the-call-has-ended',
    requirement: 'call.escalate-again',
    title: 'A repeated escalation is refused once the call has ended.',
    patches: [
      {
        file: ESCALATION,
        find: '  if (known) {\n',
        replace: "  if (known) {\n    if (call.status.state !== 'pending') return alreadyTerminal(call)\n",
      },
    ],
  },
  {
    id: 'repeated-escalation-renews-its-time',
    requirement: 'call.escalate-again',
    title: 'A repeated escalation is recorded anew, with the time of the repeat.',
    patches: [
      {
        file: ESCALATION,
        find: `      ? { ok: true, next: call, events: [] }
      : refuse(
          'escalation_id_conflict'`,
        replace: `      ? { ok: true, next: { ...call, status: { ...call.status, escalations: recorded.map((each) => (each === known ? { ...each, escalated_at: new Date(Date.parse(each.escalated_at) + 1).toISOString() } : each)) } }, events: [] }
      : refuse(
          'escalation_id_conflict'`,
      },
    ],
  },
  {
    id: 'escalations-are-not-recognised',
    requirement: 'call.escalate-again',
    title: 'A repeated escalation is recorded a second time.',
    patches: [
      {
        file: ESCALATION,
        find: '  if (known) {\n',
        replace:
          '  if (known && isEqualJson(stringify(withoutRecord(known)), stringify(asked)) === false) {\n',
      },
    ],
    roots: ['call.escalate-room'],
  },
  {
    id: 'different-escalation-is-taken-for-a-repeat',
    requirement: 'call.escalate-conflict',
    title: 'Another escalation under a taken id is answered with 200 and the unchanged call.',
    patches: [
      {
        file: ESCALATION,
        find: 'return isEqualJson(stringify(withoutRecord(known)), stringify(asked))',
        replace: 'return known',
      },
    ],
  },
  {
    id: 'escalations-are-compared-by-message',
    requirement: 'call.escalate-conflict',
    title: 'Escalations that differ only in channel or recipients are taken for equal.',
    patches: [
      {
        file: ESCALATION,
        find: 'return isEqualJson(stringify(withoutRecord(known)), stringify(asked))',
        replace: 'return known.escalation_msg === asked.escalation_msg',
      },
    ],
  },
  {
    id: 'different-escalation-replaces-the-first',
    requirement: 'call.escalate-conflict',
    title: 'Another escalation under a taken id replaces the one that was recorded.',
    patches: [
      {
        file: ESCALATION,
        find: `      : refuse(
          'escalation_id_conflict',
          \`The escalation_id "\${known.escalation_id}" belongs to a different escalation.\`,
        )`,
        replace:
          '      : { ok: true, next: { ...call, status: { ...call.status, escalations: recorded.map((each) => (each === known ? { ...each, ...asked } : each)) } }, events: [] }',
      },
    ],
  },
  {
    id: 'room-for-nineteen-escalations',
    requirement: 'call.escalate-room',
    title: 'The twentieth escalation of a call is refused.',
    patches: [
      { file: ESCALATION, find: 'const MOST_ESCALATIONS = 50', replace: 'const MOST_ESCALATIONS = 19' },
    ],
  },
  {
    id: 'oldest-escalations-are-forgotten',
    requirement: 'call.escalate-room',
    title: 'A call keeps its last sixteen escalations.',
    patches: [
      { file: ESCALATION, find: '[...recorded, record]', replace: '[...recorded, record].slice(-16)' },
    ],
  },
  {
    id: 'no-more-room-is-a-conflict',
    requirement: 'call.escalate-room',
    title: 'An escalation for which there is no room is a conflict.',
    patches: [
      {
        file: ESCALATION,
        find: "return refuse('invalid_request', `A call is escalated",
        replace: "return refuse('escalation_id_conflict', `A call is escalated",
      },
    ],
  },
  {
    id: 'ended-call-can-be-escalated',
    requirement: 'call.escalate-too-late',
    title: 'A call that has ended can still be escalated.',
    patches: [{ file: ESCALATION, find: TERMINAL, replace: '  if (recorded.length' }],
    roots: ['function-call.first-answer-wins'],
  },
  {
    id: 'late-escalation-of-a-cancelled-call-says-answered',
    requirement: 'call.escalate-too-late',
    title: 'The escalation of a cancelled call is refused as that of an answered one.',
    patches: [
      {
        file: ESCALATION,
        find: TERMINAL,
        replace: `  if (call.status.state !== 'pending') return refuse('already_responded', 'It is over.')
  if (recorded.length`,
      },
    ],
  },
  {
    id: 'expired-call-can-be-escalated',
    requirement: 'call.escalate-too-late',
    title: 'An expired call can still be escalated.',
    patches: [
      {
        file: ESCALATION,
        find: TERMINAL,
        replace: TERMINAL.replace("!== 'pending'", "!== 'pending' && call.status.state !== 'expired'"),
      },
    ],
  },
  {
    id: 'messages-of-escalations-are-cut',
    requirement: 'call.escalate',
    title: 'The message of an escalation is cut at 255 characters.',
    patches: [
      {
        file: ESCALATION,
        find: `  const record: EscalationRecord = {
    ...asked,
`,
        replace: `  const record: EscalationRecord = {
    ...asked,
    escalation_msg: asked.escalation_msg.slice(0, 255),
`,
      },
    ],
  },
]
