import type { Mutant } from '../mutation.ts'

const CALL = 'protocol/src/transitions/call.ts'
const ESCALATION = 'protocol/src/transitions/escalation.ts'
const CONTACTS = 'protocol/src/transitions/contacts.ts'
const VOICES = 'protocol/src/transitions/voices.ts'
const HUMAN_CONTACT = 'protocol/src/transitions/human-contact.ts'

/** Servers that tell wrongly who is asked. */
export const contactMutants: readonly Mutant[] = [
  {
    id: 'only-the-first-leaf-has-a-contact',
    requirement: 'contact.for-each-leaf',
    title: 'Only the first leaf of a channel has a contact.',
    patches: [
      {
        file: CONTACTS,
        find: 'return leavesOf(channel).map((leaf, index) =>',
        replace: 'return leavesOf(channel).slice(0, 1).map((leaf, index) =>',
      },
    ],
    roots: ['contact.joins-at', 'contact.scheduled', 'contact.withdrawn', 'contact.event'],
  },
  {
    id: 'contacts-have-no-place',
    requirement: 'contact.for-each-leaf',
    title: 'The contacts of a call do not say to which leaf they belong.',
    patches: [
      {
        file: CONTACTS,
        find: 'joined({ ...scheduled(leaf, index, now), place: leaf.place }, now)',
        replace: 'joined(scheduled(leaf, index, now), now)',
      },
    ],
    roots: ['contact.withdrawn', 'contact.escalation'],
  },
  {
    id: 'every-leaf-joins-now',
    requirement: 'contact.joins-at',
    title: 'The time at which a leaf joins is shown as the time of the creation.',
    patches: [
      {
        file: CONTACTS,
        find: 'now.getTime() + after_seconds * 1000',
        replace: 'now.getTime() + after_seconds * 0',
      },
    ],
    roots: [
      'composite.joins-not-early',
      'contact.scheduled',
      'composite.joins-nested',
      'composite.time-decides-nothing',
      'contact.escalation-decides-nothing',
      'contact.event',
      'composite.still-pending',
    ],
  },
  {
    id: 'scheduled-contacts-are-shown-as-sent',
    requirement: 'contact.scheduled',
    title: 'A contact is shown as sent before its leaf joins.',
    patches: [
      {
        file: CONTACTS,
        find: "if (contact.state !== 'scheduled' || !isJoined(contact, now)) return contact",
        replace: "if (contact.state !== 'scheduled') return contact",
      },
    ],
    roots: ['contact.event', 'contact.sent'],
  },
  {
    id: 'contacts-wait-for-an-act',
    requirement: 'contact.sent',
    title: 'Nobody sends what was scheduled; it is looked at when somebody acts on the call.',
    patches: [
      { file: CALL, find: '...[contactsDueAt(contacts)].filter((at) => at !== undefined),\n', replace: '' },
    ],
    roots: ['contact.event'],
  },
  {
    id: 'losers-are-not-withdrawn',
    requirement: 'contact.withdrawn',
    title: 'When a call is decided, those who are of no use any more go on being asked.',
    patches: [
      {
        file: CONTACTS,
        find: "contact.state === 'failed' ||",
        replace: "contact.state === 'failed' || kept.size > 0 ||",
      },
    ],
  },
  {
    id: 'cancelled-calls-go-on-being-asked',
    requirement: 'contact.withdrawn',
    title: 'The contacts of a cancelled call stay as they were.',
    patches: [
      {
        file: CONTACTS,
        find: "contact.state === 'failed' ||",
        replace: "contact.state === 'failed' || kept.size === 0 ||",
      },
    ],
  },
  {
    id: 'winners-are-withdrawn',
    requirement: 'contact.withdrawn',
    title: 'Also the contacts through which a call was decided are withdrawn.',
    patches: [
      { file: CONTACTS, find: '(contact.place !== undefined && kept.has(contact.place))', replace: 'false' },
    ],
  },
  {
    id: 'contacts-make-no-event',
    requirement: 'contact.event',
    title: 'A contact that is sent later leaves no event.',
    patches: [
      {
        file: CONTACTS,
        find: "contact.state === 'sent' && contact !== contacts[index] ? [contacted(contact)] : []",
        replace: '[]',
      },
    ],
    roots: ['contact.sent'],
  },
  {
    id: 'contacts-are-events-of-the-agent',
    requirement: 'contact.event',
    title: 'The event of a contact names nobody who is known.',
    patches: [{ file: CONTACTS, find: "principal: 'system:contact'", replace: "principal: 'system:timer'" }],
    roots: ['event.principal'],
  },
  {
    id: 'escalations-contact-nobody',
    requirement: 'contact.escalation',
    title: 'An escalation adds no contact.',
    patches: [
      {
        file: ESCALATION,
        find: 'contacts: [...contacts, ...contactsOfEscalation(contacts, { ...record, channel: route?.value }, act.now)],',
        replace: 'contacts,',
      },
    ],
  },
  {
    id: 'escalations-take-the-place-of-leaves',
    requirement: 'contact.escalation',
    title: 'The contact of an escalation pretends to be that of a leaf.',
    patches: [
      { file: CONTACTS, find: 'now), escalation_id }, now)', replace: "now), place: '/inbox' }, now)" },
    ],
    roots: ['contact.for-each-leaf'],
  },
  {
    id: 'escalation-lets-everybody-join',
    requirement: 'contact.escalation-decides-nothing',
    title: 'Who is named by an escalation may decide at once, though their leaf joins later.',
    patches: [
      {
        file: VOICES,
        find: 'const contact = contacts.find(({ place }) => place === leaf.place)',
        replace:
          'const contact = contacts.find(({ escalation_id }) => escalation_id) ?? contacts.find(({ place }) => place === leaf.place)',
      },
    ],
  },
  {
    id: 'contacts-of-escalations-stay',
    requirement: 'contact.withdrawn',
    title: 'The contacts of an escalation are never withdrawn.',
    patches: [
      {
        file: CONTACTS,
        find: "contact.state === 'failed' ||",
        replace: "contact.escalation_id !== undefined || contact.state === 'failed' ||",
      },
    ],
  },
  {
    id: 'contacts-of-expired-human-contacts-stay',
    requirement: 'contact.withdrawn',
    title: 'The contacts of a human contact that has expired are not withdrawn.',
    patches: [
      {
        file: HUMAN_CONTACT,
        find: `response_option_name: option?.name ?? null,
      completed_at: now.toISOString(),
      ...contactsAtEnd(call, NOBODY, now),`,
        replace: `response_option_name: option?.name ?? null,
      completed_at: now.toISOString(),`,
      },
    ],
  },
]
