import { callKinds, functionCalls, type CallKind } from '../actors/call-kind.ts'
import { leafFor, PEOPLE, people } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { ask } from './composites.ts'
import { expiring, untilTerminal } from './expiring-calls.ts'

const COMPOSITES = { claims: ['composites'] } as const
const INBOX = { inbox: {} }

/** Who is asked, and how that goes. */
export const contactChecks: readonly Check[] = [
  check(
    'contact.for-each-leaf',
    'every leaf has one contact, with its kind and its place',
    { expect: 'accept' },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, INBOX)
        expectContacts(await context.agent.read(kind, call_id), [{ kind: 'inbox', place: '/inbox' }])
      }
    },
  ),

  check(
    'contact.for-each-leaf',
    'also within composites, and where a member joins later',
    { variant: 'composites', expect: 'accept', needs: COMPOSITES },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, {
          any_of: [
            { all_of: [INBOX, { quorum: { required: 1, of: [INBOX] } }] },
            { after_seconds: 600, channel: INBOX },
          ],
        })
        expectContacts(await context.agent.read(kind, call_id), [
          { kind: 'inbox', place: '/any_of/0/all_of/0/inbox' },
          { kind: 'inbox', place: '/any_of/0/all_of/1/quorum/of/0/inbox' },
          { kind: 'inbox', place: '/any_of/1/channel/inbox' },
        ])
      }
    },
  ),

  check(
    'contact.joins-at',
    'a contact shows when its leaf joins',
    { expect: 'accept', needs: COMPOSITES },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, later(600))
        const read = await context.agent.read(kind, call_id)
        const requested = Date.parse(read.json?.status?.requested_at)
        expectTime(read, '/status/contacts/0/joins_at', requested)
        expectTime(read, '/status/contacts/1/joins_at', requested + 600_000)
      }
    },
  ),

  check(
    'contact.scheduled',
    'a contact is scheduled until its leaf joins',
    { expect: 'accept', needs: COMPOSITES },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, later(600))
        expectValue(await context.agent.read(kind, call_id), '/status/contacts/1/state', 'scheduled')
      }
    },
  ),

  check(
    'contact.sent',
    'a contact is sent when its leaf has joined',
    { expect: 'accept', kind: 'liveness', lane: 'timer' },
    async (context) => {
      const composites = context.subject.discovery.profiles.includes('composites')
      const channel = composites ? later(1) : INBOX
      const asked: [CallKind, string][] = []
      for (const kind of callKinds) asked.push([kind, await ask(context, kind, channel)])

      await context.sleep(2_000)

      for (const [kind, call_id] of asked) {
        const read = await context.agent.read(kind, call_id)
        for (const [index, contact] of contactsOf(read).entries()) {
          expectThat(
            contact['state'] === 'sent' || contact['state'] === 'failed',
            'sent or failed',
            show(contact),
            {
              reply: read,
              pointer: `/status/contacts/${index}/state`,
            },
          )
          const member = contact['state'] === 'sent' ? 'sent_at' : 'failed_at'
          expectThat(
            Date.parse(String(contact[member])) >= Date.parse(String(contact['joins_at'])),
            `${member} not before joins_at`,
            show(contact),
            { reply: read, pointer: `/status/contacts/${index}/${member}` },
          )
        }
      }
    },
  ),

  check(
    'contact.withdrawn',
    'what is of no use any more is withdrawn when the call ends',
    { expect: 'accept', needs: { keys: PEOPLE.keys, claims: ['scopes', 'composites'] } },
    async (context) => {
      const { ana, bo, cy } = await people(context, 'ana', 'bo', 'cy')
      const leaves = [leafFor(ana), leafFor(bo), leafFor(cy)]
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { quorum: { required: 2, of: leaves } })
        await ana.actor.tryRespond(kind, call_id)
        const decided = await cy.actor.tryRespond(kind, call_id)
        expectStates(decided, ['kept', 'withdrawn', 'kept'])
        expectTime(decided, '/status/contacts/1/withdrawn_at', Date.parse(decided.json?.status?.completed_at))

        const cancelled = await context.agent.tryCancel(kind, await ask(context, kind, { any_of: leaves }))
        expectStates(cancelled, ['withdrawn', 'withdrawn', 'withdrawn'])
      }
      const call_id = await ask(context, functionCalls, { all_of: leaves })
      await ana.actor.tryRespond(functionCalls, call_id)
      const denied = await bo.actor.tryRespond(functionCalls, call_id, functionCalls.otherAnswer)
      expectStates(denied, ['withdrawn', 'kept', 'withdrawn'])
    },
  ),

  check(
    'contact.withdrawn',
    'what an escalation has added is withdrawn too',
    { variant: 'escalations', expect: 'accept', after: ['contact.escalation'] },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, INBOX)
        for (const more of [{ channel: INBOX }, {}]) {
          const escalation_id = context.nextName()
          await context.agent.tryEscalate(kind, call_id, {
            escalation_id,
            escalation_msg: 'Please.',
            ...more,
          })
        }

        const cancelled = await context.agent.tryCancel(kind, call_id)

        expectStates(cancelled, ['withdrawn', 'withdrawn', 'withdrawn'])
        expectStates(await context.agent.read(kind, call_id), ['withdrawn', 'withdrawn', 'withdrawn'])
      }
    },
  ),

  check(
    'contact.withdrawn',
    'nobody is asked any more when a call has expired',
    {
      variant: 'expiry',
      expect: 'accept',
      lane: 'timer',
      needs: { claims: ['expiry'] },
      after: ['expiry.expires', 'contact.for-each-leaf'],
    },
    async (context) => {
      const calls = await Promise.all(callKinds.map((kind) => expiring(context, kind, { channel: INBOX })))
      for (const { kind, call_id } of calls) {
        const expired = await untilTerminal(context, kind, call_id)

        expectStates(expired, ['withdrawn'])
        const { completed_at } = expired.json.status as { completed_at: string }
        if (contactsOf(expired)[0]!['state'] === 'withdrawn')
          expectTime(expired, '/status/contacts/0/withdrawn_at', Date.parse(completed_at))
      }
    },
  ),

  check(
    'contact.event',
    'a contact that is sent later is an event',
    { expect: 'accept', kind: 'liveness', lane: 'timer', needs: { claims: ['composites', 'events'] } },
    async (context) => {
      const asked: [CallKind, string][] = []
      for (const kind of callKinds) asked.push([kind, await ask(context, kind, later(1))])

      await context.sleep(2_000)

      for (const [kind, call_id] of asked) {
        const type = `${kind === functionCalls ? 'function_call' : 'human_contact'}.contacted`
        const reply = await context.agent.get(`/v1/events?call_id=${call_id}&type=${type}`)
        expectStatus(reply, 200)
        const items: { principal: string }[] = reply.json?.items ?? []
        expectThat(items.length === 1, `one event ${type}`, show(items), { reply, pointer: '/items' })
        expectValue(reply, '/items/0/principal', 'system:contact')
        expectValue(reply, '/items/0/data/status/contacts/1/state', 'sent')
      }
    },
  ),

  check(
    'contact.escalation',
    'an escalation adds contacts of its own',
    { expect: 'accept' },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, INBOX)
        const elsewhere = { escalation_id: 'e1', escalation_msg: 'Please.', channel: INBOX }
        const again = { escalation_id: 'e2', escalation_msg: 'Once more.' }
        await context.agent.tryEscalate(kind, call_id, elsewhere)

        const escalated = await context.agent.tryEscalate(kind, call_id, again)

        expectStatus(escalated, 200)
        for (const reply of [escalated, await context.agent.read(kind, call_id)])
          expectContacts(reply, [
            { kind: 'inbox', place: '/inbox' },
            { kind: 'inbox', escalation_id: 'e1' },
            { kind: 'inbox', escalation_id: 'e2' },
          ])
      }
    },
  ),

  check(
    'contact.escalation-decides-nothing',
    'an escalation does not let anybody join earlier',
    { expect: 'reject', needs: { keys: PEOPLE.keys, claims: ['scopes', 'composites'] } },
    async (context) => {
      const { ana, bo } = await people(context, 'ana', 'bo')
      for (const kind of callKinds) {
        const channel = { any_of: [leafFor(ana), { after_seconds: 600, channel: leafFor(bo) }] }
        const call_id = await ask(context, kind, channel)
        const before = await context.agent.read(kind, call_id)
        await context.agent.tryEscalate(kind, call_id, {
          escalation_id: 'e1',
          escalation_msg: 'Bo, please.',
          channel: leafFor(bo),
        })

        const after = await context.agent.read(kind, call_id)
        expectValue(after, '/status/contacts/1/joins_at', before.json?.status?.contacts?.[1]?.joins_at)
        const answered = await bo.actor.tryRespond(kind, call_id)
        expectStatus(answered, 403)
      }
    },
  ),
]

/** The inbox now, and again so many seconds later. */
function later(after_seconds: number): object {
  return { any_of: [INBOX, { after_seconds, channel: INBOX }] }
}

function contactsOf(reply: Reply): Record<string, unknown>[] {
  return reply.json?.status?.contacts ?? []
}

function nameOf({ kind, place = null, escalation_id = null }: Record<string, unknown>): string {
  return JSON.stringify([kind, place, escalation_id])
}

/** These contacts and no others, in whatever order. */
function expectContacts(reply: Reply, expected: readonly Record<string, string>[]): void {
  const shown = contactsOf(reply).map(nameOf).toSorted().join()
  expectThat(shown === expected.map(nameOf).toSorted().join(), show(expected), show(contactsOf(reply)), {
    reply,
    pointer: '/status/contacts',
  })
}

function expectStates(reply: Reply, expected: readonly ('kept' | 'withdrawn')[]): void {
  expectStatus(reply, 200)
  const states = contactsOf(reply).map(({ state }) =>
    state === 'withdrawn' || state === 'failed' ? 'withdrawn' : 'kept',
  )
  expectThat(
    states.join() === expected.join(),
    `contacts that are ${expected.join(', ')}`,
    show(contactsOf(reply)),
    {
      reply,
      pointer: '/status/contacts',
    },
  )
}

/** The same instant, but for the rounding of clocks. */
function expectTime(reply: Reply, pointer: string, expected: number): void {
  const shown = pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], reply.json)
  expectThat(
    Math.abs(Date.parse(String(shown)) - expected) <= 1_000,
    `about ${new Date(expected).toISOString()}`,
    show(shown),
    { reply, pointer },
  )
}
