import type { Mutant } from '../mutation.ts'

const ESCALATION = 'protocol/src/transitions/escalation.ts'
const DIRECTORY = 'protocol/src/routing/directory.ts'
const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'
const IDENTITY = 'protocol/src/routing/identity.ts'
const NAMES = 'protocol/src/routing/names.ts'
const NARROWING = 'protocol/src/routing/narrowing.ts'
const ROUTE = 'protocol/src/routing/route.ts'
const SHOWN = 'reference-server/src/routing/directory.ts'
const VOICES = 'protocol/src/transitions/voices.ts'

const DEFAULT = '{ value: directory.default_channel, faults: [] }'
const STANDING_IN = 'if (on_behalf_of.length === 0 || opens(self)) return self\n'
const IS_ANSWERED = '.filter((given) => given.responder.id !== self.id)\n'
const PEOPLE_OF = 'return [personOf(responder.id), ...namesOf(responder), ...(responder.on_behalf_of ?? [])]'
const TAKEN = '|| !isTaken(responder, act.directory)'

/** Servers that ask the wrong people, or take the wrong ones for somebody. */
export const routingMutants: readonly Mutant[] = [
  {
    id: 'default-channel-of-the-project-is-ignored',
    requirement: 'channel.default',
    title: 'A call without a channel goes to the inbox, whatever the default of the project.',
    patches: [{ file: ROUTE, find: DEFAULT, replace: '{ value: { inbox: {} }, faults: [] }' }],
  },
  {
    id: 'teams-are-shown-to-admins-alone',
    requirement: 'routing.project',
    title: 'Only an admin is shown the teams.',
    patches: [
      {
        file: SHOWN,
        find: '    people: shown,\n    teams,\n',
        replace: '    people: shown,\n    ...(isAdmin && { teams }),\n',
      },
    ],
  },
  {
    id: 'default-channel-is-not-shown',
    requirement: 'routing.project',
    title: 'The project does not show its default channel.',
    patches: [
      {
        file: SHOWN,
        find: '    default_channel,\n    responders,\n    ...(isAdmin',
        replace: '    responders,\n    ...(isAdmin',
      },
    ],
    roots: ['channel.default'],
  },
  {
    id: 'name-stays-in-the-status',
    requirement: 'routing.named',
    title: 'The status shows the name of the channel, and not the channel.',
    patches: [
      {
        file: NAMES,
        find: 'if (!listed || listed.faults.length > 0) return { value: target,',
        replace: 'if (!listed || listed.faults.length > 0) return { value: leaf,',
      },
    ],
    roots: ['routing.escalation'],
  },
  {
    id: 'names-within-composites-stay',
    requirement: 'routing.named',
    title: 'A name is resolved only where it stands alone.',
    patches: [
      {
        file: NAMES,
        find: 'const { value, faults } = resolve(inner, directory, place)',
        replace:
          'const { value, faults } = inner.named ? { value: inner, faults: [] } : resolve(inner, directory, place)',
      },
    ],
    roots: ['routing.unknown-channel'],
  },
  {
    id: 'list-beside-a-name-is-ignored',
    requirement: 'routing.named-list',
    title: 'A call cannot narrow a named channel: its list is ignored.',
    patches: [
      {
        file: NAMES,
        find: 'const value = narrowed(target, new Set(listed.value))',
        replace: 'const value = target',
      },
    ],
    roots: ['routing.named-list-empty'],
  },
  {
    id: 'list-beside-a-name-takes-the-place-of-its-own',
    requirement: 'routing.named-list',
    title: 'The list of a call takes the place of that of the channel, so that the call widens it.',
    patches: [
      {
        file: NARROWING,
        find: 'const allowed_responder_ids = own ? own.filter((id) => people.has(id)) : [...people]',
        replace: 'const allowed_responder_ids = own ? [...people] : [...people]',
      },
    ],
    roots: ['routing.named-list-empty'],
  },
  {
    id: 'open-leaves-are-not-narrowed',
    requirement: 'routing.named-list',
    title: 'A leaf of the named channel that lists nobody stays open.',
    patches: [
      {
        file: NARROWING,
        find: '  const own = members.allowed_responder_ids\n',
        replace: '  const own = members.allowed_responder_ids\n  if (!own) return leaf\n',
      },
    ],
    roots: ['policy.tightens'],
  },
  {
    id: 'teams-beside-a-name-are-nobody',
    requirement: 'routing.named-list',
    title: 'Beside the name of a channel only people are known, and no teams.',
    patches: [
      {
        file: NAMES,
        find: 'const value = narrowed(target, new Set(listed.value))',
        replace: 'const value = narrowed(target, new Set(allowed_responder_ids!))',
      },
    ],
  },
  {
    id: 'nobody-is-everybody',
    requirement: 'routing.named-list-empty',
    title: 'A list that leaves nobody of a named channel is ignored.',
    patches: [
      {
        file: NAMES,
        find: '  if (value) return { value, faults: [] }\n',
        replace: '  if (value || listed) return { value: value ?? target, faults: [] }\n',
      },
    ],
  },
  {
    id: 'all-of-takes-fewer-when-narrowed',
    requirement: 'routing.named-list-empty',
    title: 'Of an all_of, too, members that are left without anybody fall away.',
    patches: [
      {
        file: NARROWING,
        find: 'return left.length === members.length ? { all_of: left as ContactChannel[] } : undefined',
        replace: 'return { all_of: left as ContactChannel[] }',
      },
    ],
    roots: ['routing.named-list'],
  },
  {
    id: 'composites-by-name-within-a-quorum',
    requirement: 'routing.named-in-quorum',
    title: 'Within a quorum a name may stand for a composite.',
    patches: [
      {
        file: NAMES,
        find: 'of members.filter((each) => isComposite(each.channel)))',
        replace: 'of members.filter((each) => isComposite(each.channel) && each.place === pointer))',
      },
    ],
    roots: ['composite.satisfiable'],
  },
  {
    id: 'team-is-its-first-person',
    requirement: 'routing.team',
    title: 'A team stands for its first person.',
    patches: [
      {
        file: NAMES,
        find: 'if (team) return { value: [...team.people], faults: [] }',
        replace: 'if (team) return { value: team.people.slice(0, 1), faults: [] }',
      },
    ],
    roots: ['routing.excluded'],
  },
  {
    id: 'team-stays-a-name',
    requirement: 'routing.team',
    title: 'The name of a team stays in the list, where nobody is called so.',
    patches: [
      {
        file: NAMES,
        find: 'if (team) return { value: [...team.people], faults: [] }',
        replace: 'if (team) return { value: [id], faults: [] }',
      },
    ],
    roots: ['routing.excluded'],
  },
  {
    id: 'people-of-two-teams-are-listed-twice',
    requirement: 'routing.team',
    title: 'Whoever is in two teams is listed twice.',
    patches: [
      {
        file: NAMES,
        find: 'const value = [...new Set(resolved.flatMap((each) => each.value))]',
        replace: 'const value = resolved.flatMap((each) => each.value)',
      },
    ],
    roots: ['routing.address', 'routing.excluded'],
  },
  {
    id: 'addresses-stay-addresses',
    requirement: 'routing.address',
    title: 'An address in a list is not taken for the person who has it.',
    patches: [
      {
        file: NAMES,
        find: 'if (person) return { value: [person.id], faults: [] }',
        replace: 'if (person) return { value: [id], faults: [] }',
      },
    ],
    roots: ['routing.excluded'],
  },
  {
    id: 'addresses-are-shown-to-all',
    requirement: 'routing.addresses-hidden',
    title: 'The project shows the addresses of people to every key.',
    patches: [{ file: SHOWN, find: '...(isAdmin && { addresses }),', replace: 'addresses,' }],
  },
  {
    id: 'excluded-teams-stay-names',
    requirement: 'routing.excluded',
    title: 'A team that is excluded excludes nobody.',
    patches: [
      { file: ROUTE, find: 'exclude_responder_ids: excluded.value,', replace: 'exclude_responder_ids,' },
    ],
  },
  {
    id: 'unknown-channel-is-the-inbox',
    requirement: 'routing.unknown-channel',
    title: 'A name that the project does not have stands for the inbox.',
    patches: [
      {
        file: NAMES,
        find: '      value: leaf,\n      faults: [{ pointer: `${place}/name`, detail: `This project has no channel "${name}".` }],\n',
        replace: '      value: { inbox: {} },\n      faults: [],\n',
      },
    ],
  },
  {
    id: 'unknown-names-of-an-escalation-are-taken',
    requirement: 'routing.unknown-channel',
    title: 'An escalation may name a channel that the project does not have.',
    patches: [
      { file: ESCALATION, find: '? [...route.faults, ...channelFaults', replace: '? [...channelFaults' },
    ],
    roots: ['routing.unknown-team', 'routing.known-lists'],
  },
  {
    id: 'unknown-team-is-a-stranger',
    requirement: 'routing.unknown-team',
    title: 'A team that the project does not have is taken for somebody with that id.',
    patches: [
      {
        file: NAMES,
        find: 'return { value: [], faults: [{ pointer, detail: `This project has no team "${name}".` }] }',
        replace: 'return { value: [id], faults: [] }',
      },
    ],
  },
  {
    id: 'unknown-team-is-ignored',
    requirement: 'routing.unknown-team',
    title: 'A team that the project does not have is left out of the list.',
    patches: [
      {
        file: NAMES,
        find: 'return { value: [], faults: [{ pointer, detail: `This project has no team "${name}".` }] }',
        replace: 'return { value: [], faults: [] }',
      },
    ],
  },
  {
    id: 'unknown-team-may-be-excluded',
    requirement: 'routing.unknown-team',
    title: 'Among those who are excluded, a team that the project does not have is ignored.',
    patches: [
      {
        file: ROUTE,
        find: 'faults: [...resolved.faults, ...excluded.faults],',
        replace: 'faults: resolved.faults,',
      },
    ],
    roots: ['routing.known-lists'],
  },
  {
    id: 'escalation-contacts-the-name',
    requirement: 'routing.escalation',
    title: 'An escalation to a named channel has one contact of the kind named.',
    patches: [{ file: ESCALATION, find: '{ ...record, channel: route?.value }', replace: 'record' }],
  },
  {
    id: 'people-have-no-names',
    requirement: 'routing.name-shown',
    title: 'The responder has an id alone.',
    patches: [
      {
        file: IDENTITY,
        find: '    id,\n    ...(name !== undefined && { name }),\n',
        replace: '    id,\n',
      },
    ],
  },
  {
    id: 'nobody-stands-in',
    requirement: 'routing.delegate',
    title: 'The answer of a delegate is refused.',
    patches: [
      {
        file: IDENTITY,
        find: 'const on_behalf_of = absenteesOf(directory, id, now)',
        replace: 'const on_behalf_of: string[] = []',
      },
    ],
  },
  {
    id: 'delegates-do-not-say-for-whom',
    requirement: 'routing.delegate',
    title: 'The answer of a delegate to a function call does not show for whom it is.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '      responder: answer.responder,\n',
        replace: '      responder: { ...answer.responder, on_behalf_of: undefined } as never,\n',
      },
    ],
  },
  {
    id: 'delegates-who-are-away-are-asked',
    requirement: 'routing.delegate',
    title: 'Where the delegate is away too, nobody stands in.',
    patches: [
      {
        file: DIRECTORY,
        find: 'person.out_of_office && delegateOf(directory, person, now) === id',
        replace: 'isAway(person, now) && person.out_of_office!.delegate === id',
      },
    ],
  },
  {
    id: 'everybody-stands-in',
    requirement: 'routing.delegate',
    title: 'Everybody whom the project knows stands in for those who are away.',
    patches: [
      {
        file: DIRECTORY,
        find: 'person.out_of_office && delegateOf(directory, person, now) === id',
        replace: 'isAway(person, now) && person.id !== id',
      },
    ],
    roots: ['responder.listed', 'routing.delegate-one'],
  },
  {
    id: 'delegates-stand-in-always',
    requirement: 'routing.delegate',
    title: 'A delegate stands in for people who are back, or not away yet.',
    patches: [
      {
        file: DIRECTORY,
        find: 'person.out_of_office && delegateOf(directory, person, now) === id',
        replace:
          '(person.out_of_office && delegateOf(directory, person, now) === id) || (!isAway(person, now) && person.out_of_office?.delegate === id)',
      },
    ],
  },
  {
    id: 'delegates-stand-in-for-the-excluded',
    requirement: 'routing.delegate',
    title: 'A delegate answers for somebody who is excluded.',
    patches: [
      {
        file: VOICES,
        find: '...(responder.on_behalf_of ?? []).filter((name) => !excluded.has(name))]',
        replace: '...(responder.on_behalf_of ?? [])]',
      },
    ],
  },
  {
    id: 'delegates-always-answer-for-others',
    requirement: 'routing.delegate-own-answer',
    title: 'A delegate who is listed beside somebody who is away answers for them.',
    patches: [{ file: IDENTITY, find: STANDING_IN, replace: 'if (on_behalf_of.length === 0) return self\n' }],
    roots: ['routing.delegate-once'],
  },
  {
    id: 'delegates-name-everybody-who-is-away',
    requirement: 'routing.delegate-own-answer',
    title: 'Every answer of a delegate names all for whom they stand in.',
    patches: [
      {
        file: IDENTITY,
        find: STANDING_IN,
        replace:
          'if (on_behalf_of.length === 0) return self\n  if (opens(self)) return { ...self, on_behalf_of }\n',
      },
    ],
  },
  {
    id: 'delegates-answer-for-all',
    requirement: 'routing.delegate-one',
    title: 'A delegate answers for everybody at once who is away and listed.',
    patches: [
      {
        file: IDENTITY,
        find: 'if (standingIn) return standingIn',
        replace:
          'if (standingIn) return { ...self, on_behalf_of: left.filter((name) => leavesOf(status.channel).some((leaf) => leaf.allowed_responder_ids?.includes(name))) }',
      },
    ],
  },
  {
    id: 'delegates-answer-for-the-last',
    requirement: 'routing.delegate-one',
    title: 'A delegate answers for the last who is listed.',
    patches: [
      {
        file: IDENTITY,
        find: 'of leavesOf(status.channel)) {',
        replace: 'of leavesOf(status.channel).toReversed()) {',
      },
      { file: IDENTITY, find: '.find((as)', replace: '.findLast((as)' },
    ],
  },
  {
    id: 'delegates-answer-for-who-has-answered',
    requirement: 'routing.delegate-one',
    title: 'A delegate answers for somebody who has answered themselves.',
    patches: [{ file: IDENTITY, find: '.filter((name) => !answered.includes(name))', replace: '' }],
  },
  {
    id: 'delegates-answer-before-a-leaf-joins',
    requirement: 'routing.delegate-one',
    title: 'A delegate answers for the first who is listed, although that leaf has not joined.',
    patches: [
      {
        file: IDENTITY,
        find: '.find((as) => placesOf(status, as, now.getTime()).has(place))',
        replace: '[0]',
      },
    ],
  },
  {
    id: 'delegates-answer-in-the-order-of-leaves-to-come',
    requirement: 'routing.delegate-one',
    title:
      'For whom a delegate answers is said by the first leaf that lists them, whether it has joined or not.',
    patches: [
      { file: IDENTITY, find: 'as, now.getTime()).has(place))', replace: 'as, now.getTime()).size > 0)' },
    ],
  },
  {
    id: 'delegates-cannot-repeat-themselves',
    requirement: 'routing.delegate-again',
    title: 'A delegate who does not stand in any more may not say again what they have said.',
    patches: [
      { file: FUNCTION_CALL, find: '(places.size === 0 && !isRepeated)', replace: 'places.size === 0' },
    ],
  },
  {
    id: 'letters-tell-addresses-apart',
    requirement: 'routing.email-case',
    title: 'The case of letters tells e-mail addresses apart.',
    patches: [{ file: DIRECTORY, find: "? id.toLowerCase().normalize('NFC') : id", replace: '? id : id' }],
  },
  {
    id: 'domains-alone-are-read-in-lower-case',
    requirement: 'routing.email-case',
    title: 'The case of letters tells e-mail addresses apart before the at sign.',
    patches: [
      {
        file: DIRECTORY,
        find: "? id.toLowerCase().normalize('NFC') : id",
        replace: '? id.replace(/@.*/, (domain) => domain.toLowerCase()) : id',
      },
    ],
  },
  {
    id: 'delegate-and-absentee-are-two',
    requirement: 'routing.delegate-once',
    title: 'The answer of a delegate and that of the person for whom it was count as two.',
    patches: [{ file: VOICES, find: PEOPLE_OF, replace: 'return [personOf(responder.id)]' }],
  },
  {
    id: 'delegates-count-for-each-absentee',
    requirement: 'routing.delegate-once',
    title: 'A delegate of two people answers twice, and counts as both.',
    patches: [
      { file: IDENTITY, find: IS_ANSWERED, replace: '\n' },
      { file: VOICES, find: PEOPLE_OF, replace: 'return responder.on_behalf_of ?? [personOf(responder.id)]' },
    ],
  },
  {
    id: 'strangers-answer-where-only-known-people-may',
    requirement: 'routing.known',
    title: 'A project that takes answers of known people alone takes those of others.',
    patches: [
      {
        file: IDENTITY,
        find: "return directory.responders === 'any' || findPerson(directory, id) !== undefined",
        replace: 'return true',
      },
    ],
  },
  {
    id: 'strangers-deny-where-only-known-people-may',
    requirement: 'routing.known',
    title: 'A denial is taken from anybody.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: TAKEN,
        replace: '|| (response.approved && !isTaken(responder, act.directory))',
      },
    ],
  },
  {
    id: 'strangers-answer-contacts-where-only-known-people-may',
    requirement: 'routing.known',
    title: 'Human contacts are answered by anybody.',
    patches: [{ file: HUMAN_CONTACT, find: TAKEN, replace: '' }],
  },
  {
    id: 'strangers-are-listed-where-only-known-people-answer',
    requirement: 'routing.known-lists',
    title: 'A list may name people who can never answer.',
    patches: [
      {
        file: NAMES,
        find: 'directory.responders === \'known\' ? [{ pointer, detail: `This project does not know "${id}".` }] : []',
        replace: '[]',
      },
    ],
  },
  {
    id: 'strangers-are-excluded-where-only-known-people-answer',
    requirement: 'routing.known-lists',
    title: 'People whom the project does not have may be excluded.',
    patches: [
      {
        file: ROUTE,
        find: "resolveResponders(exclude_responder_ids, directory, '/spec/exclude_responder_ids')",
        replace:
          "resolveResponders(exclude_responder_ids, { ...directory, responders: 'any' }, '/spec/exclude_responder_ids')",
      },
    ],
  },
]
