import type { Mutant } from '../mutation.ts'

const ASSIGNMENT = 'protocol/src/transitions/assignment.ts'
const ANSWER = 'protocol/src/transitions/answer.ts'
const ESCALATION = 'protocol/src/transitions/escalation.ts'
const CHANNEL = 'protocol/src/transitions/contact-channel.ts'
const FAULTS = 'protocol/src/transitions/channel-faults.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const LEAVES = 'protocol/src/transitions/leaves.ts'
const SCHEMA = 'protocol/src/schemas/contact-channel.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const VOICES = 'protocol/src/transitions/voices.ts'

const SEATS = 'Array.from({ length: channel.quorum?.required ?? 1 }, () => ({ places }))'
const COMPARED = "if (compared === 'further' && answer.approved) return alreadyAnswered(call, responder)\n"

/** Servers that count several people wrongly. */
export const compositeMutants: readonly Mutant[] = [
  {
    id: 'any-of-tries-its-first-composite-only',
    requirement: 'composite.any-of',
    title: 'Of an any_of with composites only the first member can decide.',
    patches: [
      {
        file: ASSIGNMENT,
        find: 'for (const member of membersOf(choice.channel, choice.place)) {',
        replace: 'for (const member of membersOf(choice.channel, choice.place).slice(0, 1)) {',
      },
    ],
    roots: ['composite.any-assignment', 'composite.satisfiable'],
  },
  {
    id: 'all-of-holds-with-its-first-member',
    requirement: 'composite.all-of',
    title: 'An all_of is decided when its first member is.',
    patches: [
      {
        file: ASSIGNMENT,
        find: 'return membersOf(node.channel, node.place).flatMap((member) => flatten(channelOf(member)))',
        replace:
          'return membersOf(node.channel, node.place).slice(0, 1).flatMap((member) => flatten(channelOf(member)))',
      },
    ],
    roots: ['composite.still-pending', 'composite.any-of', 'composite.one-person-once'],
  },
  {
    id: 'quorum-is-downgraded-to-the-first-vote',
    requirement: 'composite.quorum',
    title: 'A quorum is decided by the first answer.',
    patches: [{ file: ASSIGNMENT, find: SEATS, replace: '[{ places }]' }],
    roots: ['composite.still-pending', 'composite.any-of', 'composite.one-person-once'],
  },
  {
    id: 'quorum-wants-one-more',
    requirement: 'composite.quorum',
    title: 'A quorum over several leaves wants one person more than it requires.',
    patches: [
      {
        file: ASSIGNMENT,
        find: SEATS,
        replace: `Array.from({ length: (channel.quorum?.required ?? 1) + Number((channel.quorum?.of.length ?? 0) > 2) }, () => ({ places }))`,
      },
    ],
    roots: ['composite.satisfiable', 'call.created-status', 'composite.one-person-once'],
  },
  {
    id: 'one-person-counts-for-every-leaf',
    requirement: 'composite.one-person-once',
    title: 'Somebody whom two leaves list counts for both.',
    patches: [
      {
        file: ASSIGNMENT,
        find: 'const taken = seats.find((other) => other.person === person)',
        replace: 'const taken = undefined as Seat | undefined',
      },
      {
        file: ASSIGNMENT,
        find: 'if (seated.length + added.length > voices.length) return undefined\n',
        replace: '',
      },
    ],
    roots: ['composite.still-pending', 'composite.all-of', 'composite.quorum', 'composite.satisfiable'],
  },
  {
    id: 'keys-are-counted-for-people',
    requirement: 'composite.one-person-once',
    title: 'Two keys of one person count as two people.',
    patches: [
      {
        file: VOICES,
        find: "personOf(id: string): string {\n  return id.startsWith('key:') ? 'key:' : id",
        replace:
          "personOf(id: string, asserted_by?: string): string {\n  return id.startsWith('key:') ? 'key:' : (asserted_by ?? id)",
      },
      {
        file: VOICES,
        find: 'return [personOf(responder.id), ...namesOf(responder), ',
        replace: 'return [personOf(responder.id, responder.asserted_by), ',
      },
    ],
  },
  {
    id: 'people-count-for-their-first-leaf-only',
    requirement: 'composite.any-assignment',
    title: 'Whoever may decide through several leaves counts for the first of them, and never makes room.',
    patches: [
      {
        file: ANSWER,
        find: 'return assign(status.channel, voicesOf(status, answers))',
        replace: `const voices = voicesOf(status, answers).map((voice) => ({ ...voice, places: new Set([...voice.places].slice(0, 1)) }))
  return assign(status.channel, voices)`,
      },
    ],
    roots: ['composite.all-of', 'composite.any-of', 'composite.one-person-once'],
  },
  {
    id: 'unbound-keys-are-people',
    requirement: 'composite.unbound-keys',
    title: 'Every key that is bound to nobody counts as a person of its own.',
    patches: [{ file: VOICES, find: "return id.startsWith('key:') ? 'key:' : id", replace: 'return id' }],
  },
  {
    id: 'own-key-counts-everywhere',
    requirement: 'composite.own-key',
    title: 'The key that asked counts in a quorum of its own call.',
    patches: [{ file: VOICES, find: '!(leaf.is_shared && isOwnKey(status, responder))', replace: 'true' }],
  },
  {
    id: 'denials-are-outvoted',
    requirement: 'composite.veto',
    title: 'A denial only counts once nobody else can be asked.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: ': new Set([...places].slice(0, 1))',
        replace: ': isDecidedByOne(call.status.channel) ? new Set([...places].slice(0, 1)) : undefined',
      },
    ],
    roots: ['contact.withdrawn'],
  },
  {
    id: 'who-approved-cannot-deny',
    requirement: 'composite.veto',
    title: 'Whoever has approved cannot take it back by a denial.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: COMPARED,
        replace: "if (compared === 'further') return alreadyAnswered(call, responder)\n",
      },
    ],
  },
  {
    id: 'answers-that-decide-nothing-are-forgotten',
    requirement: 'composite.still-pending',
    title: 'An approval that does not decide yet is acknowledged and not recorded.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: 'return { ok: true, next: { ...call, status: { ...call.status, responses } }, events: [responded] }',
        replace: 'return { ok: true, next: call, events: [responded] }',
      },
    ],
    roots: [
      'composite.all-of',
      'composite.quorum',
      'composite.any-of',
      'composite.one-person-once',
      'composite.any-assignment',
      'composite.unbound-keys',
      'composite.own-key',
      'composite.veto',
      'event.snapshot',
    ],
  },
  {
    id: 'first-of-several-is-shown-as-the-responder',
    requirement: 'composite.still-pending',
    title: 'A contact that waits for others shows who has answered as its responder.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: 'next: { ...call, status: { ...call.status, responses } }',
        replace: 'next: { ...call, status: { ...call.status, responder: answer.responder, responses } }',
      },
    ],
    roots: ['call.terminal-times'],
  },
  {
    id: 'same-approval-is-recorded-twice',
    requirement: 'composite.same-answer-again',
    title: 'The same approval again is recorded again.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "if (compared === 'same') return { ok: true, next: call, events: [] }\n",
        replace: '',
      },
      { file: FUNCTION_CALL, find: COMPARED, replace: '' },
    ],
    roots: ['composite.one-answer-each', 'composite.one-person-once', 'composite.unbound-keys'],
  },
  {
    id: 'people-may-answer-as-often-as-they-like',
    requirement: 'composite.one-answer-each',
    title: 'A further approval of the same person is recorded beside the first.',
    patches: [{ file: FUNCTION_CALL, find: COMPARED, replace: '' }],
    roots: ['composite.one-person-once', 'composite.unbound-keys'],
  },
  {
    id: 'quorums-act-on-what-they-read-before',
    requirement: 'composite.concurrent-answers',
    title: 'Answers at the same time do not see each other.',
    patches: [
      {
        file: SQLITE_CALLS,
        find: '    const { decided, commit } = await writer.write(() => {',
        replace: `    const before = this.#read(project_id, call_id)
    const { decided, commit } = await writer.write(() => {`,
      },
      {
        file: SQLITE_CALLS,
        find: 'const row = this.#read(project_id, call_id)\n',
        replace: `const row = before?.spec.includes('quorum') ? before : this.#read(project_id, call_id)\n`,
      },
    ],
    roots: ['function-call.first-answer-wins', 'human-contact.first-answer-wins'],
  },
  {
    id: 'only-the-last-answer-is-shown',
    requirement: 'composite.all-answers',
    title: 'A contact that several people answered shows what the last one said.',
    patches: [
      { file: HUMAN_CONTACT, find: "response: lines.join('\\n')", replace: "response: lines.at(-1) ?? ''" },
    ],
  },
  {
    id: 'edits-of-one-bind-everybody',
    requirement: 'composite.no-edits',
    title: 'Edits are allowed where several people have to approve.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '(request.spec.allow_edit ?? false) && isDecidedByOne(status.channel)',
        replace: 'request.spec.allow_edit ?? false',
      },
    ],
  },
  {
    id: 'any-of-is-always-decided-by-one',
    requirement: 'composite.no-edits',
    title: 'Edits are allowed wherever an any_of is at the root.',
    patches: [
      {
        file: CHANNEL,
        find: 'if (all_of && all_of.length > 1) return false',
        replace: 'if (channel.any_of) return true\n  if (all_of && all_of.length > 1) return false',
      },
    ],
  },
  {
    id: 'members-join-at-once',
    requirement: 'composite.joins-not-early',
    title: 'Members with after_seconds can decide from the beginning.',
    patches: [{ file: VOICES, find: 'joinsAt(status, leaf) <= time &&', replace: '' }],
    roots: [
      'composite.joins-nested',
      'composite.time-decides-nothing',
      'contact.escalation-decides-nothing',
      'composite.still-pending',
    ],
  },
  {
    id: 'members-never-join',
    requirement: 'composite.joins',
    title: 'Members with after_seconds never decide.',
    patches: [
      {
        file: VOICES,
        find: 'joinsAt(status, leaf) <= time &&',
        replace: '(leaf.after_seconds === 0 || time === Number.POSITIVE_INFINITY) &&',
      },
    ],
    roots: ['composite.joins-nested', 'composite.answers-again'],
  },
  {
    id: 'nested-members-count-from-the-beginning',
    requirement: 'composite.joins-nested',
    title: 'The after_seconds of a nested member counts from the creation of the call.',
    patches: [
      {
        file: LEAVES,
        find: 'after_seconds: above.after_seconds + after_seconds',
        replace: 'after_seconds: after_seconds || above.after_seconds',
      },
    ],
  },
  {
    id: 'early-answers-decide-through-late-leaves',
    requirement: 'composite.time-decides-nothing',
    title: 'An answer counts at once for leaves that join later.',
    patches: [
      {
        file: VOICES,
        find: 'const counted = placesOf(status, responder, Date.parse(responded_at))',
        replace: 'const counted = placesOf(status, responder, Date.parse(responded_at) + 60_000)',
      },
    ],
    roots: ['composite.still-pending', 'composite.answers-again'],
  },
  {
    id: 'nobody-may-answer-again',
    requirement: 'composite.answers-again',
    title: 'Whoever has answered may not answer again when a leaf has joined since.',
    patches: [
      {
        file: ANSWER,
        find: 'if ([...places].some((place) => !before!.places.has(place))) return',
        replace: 'if ([...places].every((place) => !before!.places.has(place))) return',
      },
    ],
  },
  {
    id: 'empty-all-of-is-taken',
    requirement: 'composite.not-empty',
    title: 'An all_of without members is taken, and decided by nobody.',
    patches: [
      {
        file: SCHEMA,
        find: "Type.Array(Self, { minItems: 1, maxItems: 32, description: 'Holds when every member holds.' })",
        replace: "Type.Array(Self, { maxItems: 32, description: 'Holds when every member holds.' })",
      },
    ],
  },
  {
    id: 'after-seconds-in-all-of-is-ignored',
    requirement: 'composite.after-in-all-of',
    title: 'A member with after_seconds is taken in an all_of.',
    patches: [
      {
        file: SCHEMA,
        find: "Type.Array(Self, { minItems: 1, maxItems: 32, description: 'Holds when every member holds.' })",
        replace:
          'Type.Array(Type.Union([Self, Type.Object({ after_seconds: afterSeconds, channel: Self }, closed)]), { minItems: 1, maxItems: 32 })',
      },
    ],
    roots: ['channel.closed'],
  },
  {
    id: 'members-may-join-before-their-composite',
    requirement: 'composite.after-range',
    title: 'A negative after_seconds is taken.',
    patches: [{ file: SCHEMA, find: '  minimum: 0,\n', replace: '' }],
  },
  {
    id: 'unbound-keys-could-be-many',
    requirement: 'composite.satisfiable',
    title: 'A quorum of two takes a list of keys that are bound to nobody and can never be two.',
    patches: [
      {
        file: 'protocol/src/transitions/channel-faults.ts',
        find: 'people.set(personOf(id), new Set([...(people.get(personOf(id)) ?? open), place]))',
        replace: 'people.set(id, new Set([...(people.get(id) ?? open), place]))',
      },
    ],
  },
  {
    id: 'what-nobody-can-decide-is-asked',
    requirement: 'composite.satisfiable',
    title: 'A quorum that its people cannot meet is asked all the same.',
    patches: [{ file: FAULTS, find: 'return place === undefined', replace: 'return place !== null' }],
  },
  {
    id: 'one-way-is-enough-to-be-refused',
    requirement: 'composite.accepted',
    title: 'A channel is refused when one of its ways can never hold, though another can.',
    patches: [
      {
        file: FAULTS,
        find: 'if (assign(channel, everybody(channel, excluded))) return undefined',
        replace:
          'if (assign(channel, everybody(channel, excluded)) && membersOf(channel, place).length === 0) return undefined',
      },
      {
        file: FAULTS,
        find: '  return place\n}',
        replace: '  return assign(channel, everybody(channel, excluded)) ? undefined : place\n}',
      },
    ],
  },
  {
    id: 'channels-are-as-deep-as-they-like',
    requirement: 'composite.depth',
    title: 'There is no limit to composites within composites.',
    patches: [
      {
        file: FAULTS,
        find: 'if (!isWithinDepth(channel, channel_depth))',
        replace: 'if (!isWithinDepth(channel, 1_000))',
      },
    ],
  },
  {
    id: 'channels-are-as-wide-as-they-like',
    requirement: 'composite.depth',
    title: 'There is no limit to the leaves of a channel.',
    patches: [{ file: FAULTS, find: 'length > channel_leaves', replace: 'length > 1_000 * channel_leaves' }],
  },
  {
    id: 'escalations-are-as-wide-as-they-like',
    requirement: 'composite.depth',
    title: 'The channel of an escalation has no limits.',
    patches: [
      {
        file: ESCALATION,
        find: "...channelFaults(route.value, [], act.capabilities, '/channel')",
        replace: '...[]',
      },
      {
        file: ESCALATION,
        find: "resolveChannel(asked.channel, act.directory, act.capabilities, '/channel')",
        replace:
          "resolveChannel(asked.channel, act.directory, { limits: { channel_depth: 99, channel_leaves: 9_999 } }, '/channel')",
      },
    ],
  },
  {
    id: 'channels-have-little-room',
    requirement: 'composite.room',
    title: 'Only two composites may stand within each other.',
    patches: [
      {
        file: 'reference-server/src/capabilities.ts',
        find: 'channel_depth: 4,',
        replace: 'channel_depth: 2,',
      },
    ],
    roots: ['call.created-status'],
  },
]
