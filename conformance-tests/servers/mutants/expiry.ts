import type { Mutant } from '../mutation.ts'

const CALL = 'protocol/src/transitions/call.ts'
const CREATION = 'protocol/src/transitions/creation.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const DUE_LOOP = 'reference-server/src/workers/due-loop.ts'
const OVERDUE = 'now.getTime() > Date.parse(expires_at)'

export const expiryMutants: readonly Mutant[] = [
  {
    id: 'expiry-is-shown-without-milliseconds',
    requirement: 'expiry.shown',
    title: 'A read shows the end of a call in whole seconds.',
    patches: [
      {
        file: 'reference-server/src/http/object-text.ts',
        find: 'return objectText(kind, { ...call, object_id: call.call_id }, scopes)',
        replace: `const status = call.status.replace(/("expires_at":"[^"]*)\\.\\d+Z/, '$1Z')
  return objectText(kind, { ...call, status, object_id: call.call_id }, scopes)`,
      },
    ],
  },
  {
    id: 'human-contacts-never-expire-by-themselves',
    requirement: 'expiry.expires',
    title: 'A human contact whose time is up stays pending until somebody answers.',
    patches: [
      {
        file: 'reference-server/src/workers/advance-calls.ts',
        find: 'advanceKind(humanContacts, humanContactKind, senders, now),',
        replace: 'Promise.resolve(0 * Number(humanContactKind.states.length)),',
      },
      { file: DUE_LOOP, find: 'const MIN_SLEEP_MS = 1\n', replace: 'const MIN_SLEEP_MS = 50\n' },
    ],
  },
  {
    id: 'calls-end-half-a-second-early',
    requirement: 'expiry.never-early',
    title: 'An answer in the last half second is refused.',
    patches: [{ file: CALL, find: OVERDUE, replace: 'now.getTime() + 500 > Date.parse(expires_at)' }],
  },
  {
    id: 'answers-count-until-the-sweep',
    requirement: 'expiry.never-late',
    title: 'A call ends when the sweep comes by, a second later.',
    patches: [
      {
        file: CALL,
        find: '= applyWhatIsDue(call, act.now, expireNow)',
        replace: '= { next: call, events: [] as EventDraft[] }',
      },
      {
        file: DUE_LOOP,
        find: 'time - this.#options.clock().getTime() + 1,',
        replace: 'time - this.#options.clock().getTime() + 1_000,',
      },
    ],
  },
  {
    id: 'answers-have-a-grace',
    requirement: 'expiry.never-late',
    title: 'An answer counts a fifth of a second longer than it should.',
    patches: [
      { file: CALL, find: OVERDUE, replace: 'now.getTime() > Date.parse(expires_at) + 200' },
      { file: DUE_LOOP, find: 'const MIN_SLEEP_MS = 1\n', replace: 'const MIN_SLEEP_MS = 20\n' },
    ],
  },
  {
    id: 'silence-with-a-comment-approves',
    requirement: 'expiry.silence-never-approves',
    title: 'A call that says what to tell the agent when nobody answers is approved then.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "state: 'expired',\n      approved: false,",
        replace:
          "state: call.spec.on_expire?.comment ? 'approved' : 'expired',\n      approved: Boolean(call.spec.on_expire?.comment),",
      },
    ],
  },
  {
    id: 'empty-expiry-comment-is-lost',
    requirement: 'expiry.comment',
    title: 'An empty comment for the expiry is replaced by the default.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "call.spec.on_expire?.comment ?? 'Nobody",
        replace: "call.spec.on_expire?.comment || 'Nobody",
      },
    ],
  },
  {
    id: 'default-answer-is-the-name-of-the-option',
    requirement: 'expiry.default-answer',
    title: 'The default answer is the name of the option in place of its text.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'on_expire?.response ?? (option ? optionText(option) : null)',
        replace: 'on_expire?.response ?? (option ? option.name : null)',
      },
    ],
  },
  {
    id: 'default-option-is-not-looked-up',
    requirement: 'expiry.default-option',
    title: 'A default answer may name an option that is not offered.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: "if (faults.length > 0)\n    return refuse(\n      'unknown_option',\n      'The default",
        replace: "if (faults.length > 9)\n    return refuse(\n      'unknown_option',\n      'The default",
      },
    ],
  },
  {
    id: 'calls-end-with-the-second',
    requirement: 'expiry.precision',
    title: 'An answer counts until the second is over in which the call ends.',
    roots: ['expiry.never-late'],
    patches: [
      {
        file: CALL,
        find: OVERDUE,
        replace: 'Math.floor(now.getTime() / 1000) > Math.floor(Date.parse(expires_at) / 1000)',
      },
      { file: DUE_LOOP, find: 'const MIN_SLEEP_MS = 1\n', replace: 'const MIN_SLEEP_MS = 20\n' },
    ],
  },
  {
    id: 'expiry-is-rounded-up',
    requirement: 'expiry.precision',
    title: 'The end of a call is rounded up to the second, and shown so.',
    roots: ['expiry.shown'],
    patches: [
      {
        file: CREATION,
        find: 'return new Date(spec.expires_at)',
        replace: 'return new Date(Math.ceil(Date.parse(spec.expires_at) / 1000) * 1000)',
      },
    ],
  },
  {
    id: 'the-span-wins-over-the-instant',
    requirement: 'expiry.one-of-two',
    title: 'A call may have both an instant and a span.',
    patches: [
      {
        file: CREATION,
        find: 'if (spec.expires_at !== undefined && spec.expires_in_seconds !== undefined)',
        replace: 'if (spec.expires_at === null)',
      },
    ],
  },
  {
    id: 'calls-may-end-in-the-recent-past',
    requirement: 'expiry.in-range',
    title: 'A call that would have expired within the last minute is taken.',
    patches: [
      {
        file: CREATION,
        find: 'if (at <= act.now.getTime())',
        replace: 'if (at <= act.now.getTime() - 60_000)',
      },
    ],
  },
  {
    id: 'the-furthest-end-is-further',
    requirement: 'expiry.in-range',
    title: 'A call may expire a little later than the limit says.',
    patches: [
      {
        file: CREATION,
        find: 'at > act.now.getTime() + act.max_expires_in_seconds * 1000)',
        replace: 'at > act.now.getTime() + act.max_expires_in_seconds * 1001)',
      },
    ],
  },
  {
    id: 'ends-are-compared-as-text',
    requirement: 'expiry.never-late',
    title: 'An end that is written without milliseconds comes a second later.',
    patches: [
      {
        file: CALL,
        find: OVERDUE,
        replace: `${OVERDUE} && now.toISOString() > (call.spec.expires_at ?? expires_at)`,
      },
    ],
  },
  {
    id: 'late-answers-end-calls-without-their-comment',
    requirement: 'expiry.comment',
    title: 'A function call that a late answer finds expired does not show the comment for this.',
    patches: [
      // The sweep leaves calls to the acts for a while.
      { file: CALL, find: 'Date.parse(expires_at) + 1]', replace: 'Date.parse(expires_at) + 300]' },
      {
        file: FUNCTION_CALL,
        find: `export const respond = afterWhatIsDue(
  expireNow,`,
        replace: `export const respond = afterWhatIsDue(
  (call: FunctionCall, now: Date) => expireNow({ ...call, spec: { ...call.spec, on_expire: undefined } }, now),`,
      },
    ],
  },
]
