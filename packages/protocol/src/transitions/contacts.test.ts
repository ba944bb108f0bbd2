import { describe, expect, test } from 'vitest'
import { RawJson } from '../json/raw-json.ts'
import type { ContactChannel } from '../schemas/contact-channel.ts'
import type { FunctionCall } from '../schemas/function-call.ts'
import { dueAt, settleContact } from './call.ts'
import { advance, cancel, create, escalate, respond } from './function-call.ts'
import { NO_DIRECTORY } from '../routing/directory.ts'

const noon = new Date('2026-03-02T12:00:00.000Z')
const capabilities = {
  profiles: ['composites'],
  features: ['expiry'],
  channel_kinds: ['inbox', 'console', 'any_of', 'all_of', 'quorum'],
  limits: { channel_depth: 4, channel_leaves: 32 },
}
const anyOf: ContactChannel = {
  any_of: [
    { console: {} },
    { after_seconds: 60, channel: { console: {} } },
    { after_seconds: 120, channel: { inbox: {} } },
  ],
}

describe('the contacts of a call', () => {
  test('are queued, scheduled or, in the inbox, sent (contact.for-each-leaf, contact.scheduled)', () => {
    const call = asked({ all_of: [{ inbox: {} }, anyOf] })

    expect(call.status.contacts).toMatchObject([
      { contact_id: 'c1', place: '/all_of/0/inbox', kind: 'inbox', state: 'sent', joins_at: at(0) },
      { contact_id: 'c2', place: '/all_of/1/any_of/0/console', state: 'queued', joins_at: at(0) },
      { contact_id: 'c3', place: '/all_of/1/any_of/1/channel/console', state: 'scheduled', joins_at: at(60) },
      { contact_id: 'c4', place: '/all_of/1/any_of/2/channel/inbox', state: 'scheduled', joins_at: at(120) },
    ])
  })

  test('join at their time and not before, and what is sent then is an event (contact.event)', () => {
    const call = asked({ any_of: [{ inbox: {} }, { after_seconds: 60, channel: { inbox: {} } }] })

    const early = advance(call, after(59.999))
    const joined = advance(call, after(60))

    expect(early).toEqual({ ok: true, next: call, events: [] })
    expect(joined.events).toEqual([{ type: 'contacted', principal: 'system:contact', detail: 'c2' }])
    expect(joined.next?.status.contacts?.[1]).toMatchObject({ state: 'sent', sent_at: at(60) })
  })

  test('are due when they wait to be sent, when a leaf joins, or when the call expires, whatever is first', () => {
    const later: ContactChannel = { any_of: [{ inbox: {} }, { after_seconds: 60, channel: { inbox: {} } }] }

    expect(dueAt(asked(anyOf))).toBe(noon.getTime())
    expect(dueAt(asked(later))).toBe(after(60).getTime())
    expect(dueAt(asked(later, { expires_in_seconds: 30 }))).toBe(after(30).getTime() + 1)
    expect(dueAt(asked({ inbox: {} }))).toBeUndefined()
    expect(dueAt(cancelled(asked(anyOf)))).toBeUndefined()
  })

  test('are sent once, whatever is said of them later', () => {
    const sent = settleContact(asked(anyOf), { contact_id: 'c1', outcome: 'sent' }, after(1))
    const again = settleContact(sent.next!, { contact_id: 'c1', outcome: 'failed' }, after(2))

    expect(sent.events).toEqual([{ type: 'contacted', principal: 'system:contact', detail: 'c1' }])
    expect(sent.next?.status.contacts?.[0]).toMatchObject({ state: 'sent', sent_at: at(1) })
    expect(again.events).toEqual([])
    expect(again.next?.status.contacts).toEqual(sent.next?.status.contacts)
  })

  test('make the next one join at once when all before them have failed (contact.next-when-failed)', () => {
    const failed = settleContact(asked(anyOf), { contact_id: 'c1', outcome: 'failed' }, after(5)).next!
    const failedAgain = settleContact(failed, { contact_id: 'c2', outcome: 'failed' }, after(6))

    expect(failed.status.contacts).toMatchObject([
      { state: 'failed', failed_at: at(5) },
      { state: 'queued', joins_at: at(5) },
      { state: 'scheduled', joins_at: at(120) },
    ])
    expect(failedAgain.next?.status.contacts?.[2]).toMatchObject({
      state: 'sent',
      joins_at: at(6),
      sent_at: at(6),
    })
    expect(failedAgain.events).toEqual([{ type: 'contacted', principal: 'system:contact', detail: 'c3' }])
  })

  test('do not make anybody join early while somebody was reached', () => {
    const channel: ContactChannel = {
      any_of: [{ inbox: {} }, { console: {} }, { after_seconds: 60, channel: { inbox: {} } }],
    }

    const { next } = settleContact(asked(channel), { contact_id: 'c2', outcome: 'failed' }, after(5))

    expect(next?.status.contacts?.[2]).toMatchObject({ state: 'scheduled', joins_at: at(60) })
  })

  test('of an escalation are those of its channel, or again those that have joined (contact.escalation)', () => {
    const call = asked(anyOf)
    const act = { now: after(61), principal: 'key:agent', directory: NO_DIRECTORY, capabilities }

    const elsewhere = escalate(
      call,
      { escalation_id: 'e1', escalation_msg: 'Now.', channel: { inbox: {} } },
      act,
    )
    const again = escalate(elsewhere.next!, { escalation_id: 'e2', escalation_msg: 'Now.' }, act)

    const added = again.next?.status.contacts?.slice(3)
    expect(added).toEqual([
      {
        contact_id: 'c4',
        kind: 'inbox',
        escalation_id: 'e1',
        state: 'sent',
        joins_at: at(61),
        sent_at: at(61),
      },
      { contact_id: 'c5', kind: 'console', escalation_id: 'e2', state: 'queued', joins_at: at(61) },
      { contact_id: 'c6', kind: 'console', escalation_id: 'e2', state: 'queued', joins_at: at(61) },
    ])
    expect(again.next?.status.channel).toEqual(call.status.channel)
  })

  test('join when all before them have failed, whatever an escalation asks (contact.next-when-failed, contact.escalation-decides-nothing)', () => {
    const act = { now: after(1), principal: 'key:agent', capabilities, directory: NO_DIRECTORY }
    const escalation = {
      escalation_id: 'e1',
      escalation_msg: 'Please.',
      channel: { any_of: [{ inbox: {} }, { after_seconds: 5, channel: { inbox: {} } }] },
    }
    const escalated = escalate(asked(anyOf), escalation, act).next!

    const failed = settleContact(escalated, { contact_id: 'c1', outcome: 'failed' }, after(2)).next!

    expect(failed.status.contacts?.map(({ joins_at }) => joins_at)).toEqual([
      at(0),
      at(2),
      at(120),
      at(1),
      at(6),
    ])
  })

  test('that failed stay failed, the one that decided stays sent, and all others are withdrawn (contact.withdrawn)', () => {
    const channel: ContactChannel = {
      any_of: [
        { console: {} },
        { inbox: { allowed_responder_ids: ['ana'] } },
        { inbox: { allowed_responder_ids: ['bo'] } },
      ],
    }
    const failed = settleContact(asked(channel), { contact_id: 'c1', outcome: 'failed' }, after(1)).next!
    const responder = { id: 'bo', channel: 'inbox', assurance: 'session' } as const

    const { next } = respond(
      failed,
      { approved: false },
      { now: after(2), responder, directory: NO_DIRECTORY, schema_faults: [] },
    )

    expect(next?.status.contacts?.map(({ state }) => state)).toEqual(['failed', 'withdrawn', 'sent'])
    expect(next?.status.contacts?.[1]).toMatchObject({ withdrawn_at: at(2) })
  })

  test('are all withdrawn when nobody decided', () => {
    const states = cancelled(asked(anyOf)).status.contacts?.map(({ state }) => state)

    expect(states).toEqual(['withdrawn', 'withdrawn', 'withdrawn'])
  })
})

function after(seconds: number): Date {
  return new Date(noon.getTime() + seconds * 1000)
}

function at(seconds: number): string {
  return after(seconds).toISOString()
}

function asked(channel: ContactChannel, more: { expires_in_seconds?: number } = {}): FunctionCall {
  const decision = create(
    undefined,
    {
      run_id: 'run_1',
      call_id: 'call_1',
      spec: { fn: 'refund', kwargs: new RawJson('{}'), channel, ...more },
    },
    {
      now: noon,
      principal: 'key:agent',
      capabilities,
      directory: NO_DIRECTORY,
      max_expires_in_seconds: 3_600,
      schema_faults: [],
    },
  )
  if (!decision.ok) throw new Error(decision.refusal.detail)
  return decision.next
}

function cancelled(call: FunctionCall): FunctionCall {
  return cancel(call, {}, { now: after(1), principal: 'key:agent' }).next!
}
