import type { ContactRecord } from '../schemas/call.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import { leavesOf, type Leaf } from './leaves.ts'
import type { EventDraft } from './decision.ts'

// Who is asked, and how that goes. A contact is scheduled until its leaf joins, then queued, then sent or failed; what is of no use any more is withdrawn.

/** The contacts of a new call: one for each leaf. */
export function contactsOf(channel: ContactChannel, now: Date): ContactRecord[] {
  return leavesOf(channel).map((leaf, index) =>
    joined({ ...scheduled(leaf, index, now), place: leaf.place }, now),
  )
}

/** The contacts of a call that is settled before anybody is asked. */
export function unusedContactsOf(channel: ContactChannel, now: Date): ContactRecord[] {
  const contacts = leavesOf(channel).map((leaf, index) => ({
    ...scheduled(leaf, index, now),
    place: leaf.place,
  }))
  return withdrawn(contacts, new Set(), now)
}

/** The contacts of an escalation: one for each leaf of its channel, or again for each leaf that has joined. */
export function contactsOfEscalation(
  contacts: readonly ContactRecord[],
  { escalation_id, channel }: { escalation_id: string; channel?: ContactChannel | undefined },
  now: Date,
): ContactRecord[] {
  const again = contacts.filter((contact) => contact.place !== undefined && isJoined(contact, now))
  const asked = channel ? leavesOf(channel) : again.map(({ kind }) => ({ kind, after_seconds: 0 }))
  return asked.map((leaf, index) =>
    joined({ ...scheduled(leaf, contacts.length + index, now), escalation_id }, now),
  )
}

/** Lets those join whose time has come, and tells of those that are thereby sent. */
export function joinDue(
  contacts: readonly ContactRecord[],
  now: Date,
): { contacts: ContactRecord[]; events: EventDraft[] } {
  const next = contacts.map((contact) => joined(contact, now))
  const events = next.flatMap((contact, index) =>
    contact.state === 'sent' && contact !== contacts[index] ? [contacted(contact)] : [],
  )
  return { contacts: next, events }
}

/** How it went to send a queued contact. When nobody who was asked could be reached, the next one joins at once. */
export function settleOne(
  contacts: readonly ContactRecord[],
  contact_id: string,
  outcome: 'sent' | 'failed',
  now: Date,
): { contacts: ContactRecord[]; events: EventDraft[] } {
  const at = now.toISOString()
  const times = outcome === 'sent' ? { sent_at: at } : { failed_at: at }
  const settled = contacts.map((contact) =>
    contact.contact_id === contact_id && contact.state === 'queued'
      ? { ...contact, state: outcome, ...times }
      : contact,
  )
  const sent = settled.find((contact, index) => contact !== contacts[index] && contact.state === 'sent')
  const { contacts: next, events } = joinDue(hastened(settled, now), now)
  return { contacts: next, events: [...(sent ? [contacted(sent)] : []), ...events] }
}

/** What becomes of the contacts when the call ends; those of the leaves in `kept` have served. */
export function withdrawn(
  contacts: readonly ContactRecord[],
  kept: ReadonlySet<string>,
  now: Date,
): ContactRecord[] {
  return contacts.map((contact) =>
    contact.state === 'failed' || (contact.place !== undefined && kept.has(contact.place))
      ? contact
      : { ...contact, state: 'withdrawn', withdrawn_at: now.toISOString() },
  )
}

/** When something is to be done about these contacts, in milliseconds since 1970; undefined: never again. */
export function contactsDueAt(contacts: readonly ContactRecord[]): number | undefined {
  const due = contacts
    .filter(({ state }) => state === 'scheduled' || state === 'queued')
    .map(({ joins_at }) => Date.parse(joins_at))
  return due.length > 0 ? Math.min(...due) : undefined
}

function isJoined({ joins_at }: ContactRecord, now: Date): boolean {
  return Date.parse(joins_at) <= now.getTime()
}

function scheduled({ kind, after_seconds }: Pick<Leaf, 'kind' | 'after_seconds'>, index: number, now: Date) {
  const joins_at = new Date(now.getTime() + after_seconds * 1000).toISOString()
  return { contact_id: `c${index + 1}`, kind, state: 'scheduled', joins_at }
}

/** What is in the inbox has arrived; everything else has to leave the server first. */
function joined(contact: ContactRecord, now: Date): ContactRecord {
  if (contact.state !== 'scheduled' || !isJoined(contact, now)) return contact
  return contact.kind === 'inbox'
    ? { ...contact, state: 'sent', sent_at: now.toISOString() }
    : { ...contact, state: 'queued' }
}

/** Lets the next leaf join now when those of all before it have failed. What an escalation asks decides nothing, this neither. */
function hastened(contacts: ContactRecord[], now: Date): ContactRecord[] {
  const ofLeaves = contacts.filter(({ place }) => place !== undefined)
  const [waiting, asked] = [
    ofLeaves.filter(({ state }) => state === 'scheduled'),
    ofLeaves.filter(({ state }) => state !== 'scheduled'),
  ]
  if (waiting.length === 0 || !asked.every(({ state }) => state === 'failed')) return contacts
  const first = waiting.toSorted((one, other) => Date.parse(one.joins_at) - Date.parse(other.joins_at))[0]!
  return contacts.map((contact) =>
    contact === first ? { ...contact, joins_at: now.toISOString() } : contact,
  )
}

function contacted({ contact_id }: ContactRecord): EventDraft {
  return { type: 'contacted', principal: 'system:contact', detail: contact_id }
}
