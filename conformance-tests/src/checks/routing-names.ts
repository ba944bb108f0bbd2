import { callId, callKinds, type CallKind } from '../actors/call-kind.ts'
import { isPerson, member } from '../actors/members.ts'
import { PEOPLE } from '../actors/people.ts'
import {
  channelOf,
  depthOf,
  leavesIn,
  listedIn,
  meaningOf,
  narrowedTo,
  couldHold,
  type Channel,
} from '../channel.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import {
  expectChannel,
  expectProblem,
  expectStatus,
  expectThat,
  expectValue,
  show,
  valueAt,
} from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { expectPlacesAt } from './places.ts'

const NAMED = { channel_kinds: ['named'], configured: ['channel'] } as const
const EXCLUDING = { claims: ['exclude_responder_ids'] } as const

/** What names of channels, teams and addresses mean. */
export const routingNameChecks: readonly Check[] = [
  check(
    'routing.named',
    'the status shows the channel that the name stands for',
    { expect: 'accept', needs: NAMED },
    async (context) => {
      for (const kind of callKinds)
        for (const { name, channel } of namedChannels(context)) {
          const call_id = callId(context, kind, context.nextName())
          const created = await asked(context, kind, { named: { name } }, call_id)

          for (const reply of [created, await context.agent.read(kind, call_id)])
            expectChannel(reply, '/status/channel', channel)
        }
    },
  ),

  check(
    'routing.named',
    'also where the name stands within a composite',
    {
      variant: 'composites',
      expect: 'accept',
      needs: { ...NAMED, claims: ['composites'] },
    },
    async (context) => {
      const { channel_depth = 1 } = context.limits
      for (const { name, channel } of namedChannels(context)) {
        if (depthOf(channel) >= channel_depth) continue
        const named = { named: { name } }
        for (const kind of callKinds) {
          expectChannel(await asked(context, kind, later(named)), '/status/channel', later(channel))
          const both = { all_of: [named, { inbox: {} }] }
          expectChannel(await asked(context, kind, both), '/status/channel', {
            all_of: [channel, { inbox: {} }],
          })
        }
      }
    },
  ),

  check(
    'routing.named-list',
    'a list beside the name leaves in each leaf whom both list',
    { expect: 'accept', needs: NAMED, after: ['routing.named'] },
    async (context) => {
      for (const { name, channel } of namedChannels(context))
        for (const people of listsFor(context, channel)) {
          const expected = narrowedTo(channel, people)
          if (!expected || !couldHold(expected)) continue
          for (const kind of callKinds) {
            const created = await asked(context, kind, { named: { name, allowed_responder_ids: people } })
            expectLeaves(created, expected)
          }
        }
    },
  ),

  check(
    'routing.named-list',
    'a team in that list stands for its people',
    {
      variant: 'teams',
      expect: 'accept',
      needs: { ...NAMED, configured: ['channel', 'team'] },
      after: ['routing.named', 'routing.team'],
    },
    async (context) => {
      const { project } = context.subject
      for (const { name, channel } of namedChannels(context))
        for (const team of project.teams) {
          const expected = narrowedTo(channel, team.people)
          if (!expected || !couldHold(expected)) continue
          const allowed_responder_ids = [`team:${team.name}`]
          for (const kind of callKinds)
            expectLeaves(await asked(context, kind, { named: { name, allowed_responder_ids } }), expected)
        }
    },
  ),

  check(
    'routing.named-list-empty',
    'a list that leaves nobody is refused',
    { expect: 'reject', needs: { ...NAMED, configured: ['listing_channel'] } },
    async (context) => {
      for (const { name, channel } of namedChannels(context))
        for (const people of [[context.id('stranger')], ...listsFor(context, channel)]) {
          if (narrowedTo(channel, people)) continue
          const named = { named: { name, allowed_responder_ids: people } }
          for (const kind of callKinds)
            expectRefused(
              await context.agent.tryCreate(kind, { spec: { channel: named } }),
              '/spec/channel/named',
            )
        }
    },
  ),

  check(
    'routing.named-in-quorum',
    'a name that stands for a composite is refused within a quorum, and one that stands for a leaf is not',
    {
      expect: 'reject',
      needs: { ...NAMED, configured: ['composite_channel'], claims: ['composites'] },
      after: ['routing.named'],
    },
    async (context) => {
      for (const { name, channel } of namedChannels(context)) {
        const quorum = { quorum: { required: 1, of: [{ inbox: {} }, { named: { name } }] } }
        for (const kind of callKinds) {
          const created = await context.agent.tryCreate(kind, { spec: { channel: quorum } })

          if (depthOf(channel) === 0) expectStatus(created, 201)
          else expectRefused(created, '/spec/channel/quorum/of/1')
        }
      }
    },
  ),

  check(
    'routing.team',
    'a team in a list is its people, each once',
    { expect: 'accept', needs: { configured: ['team'] } },
    async (context) => {
      const { teams } = context.subject.project
      const stranger = strangerOf(context)
      for (const { name, people } of teams)
        for (const [list, expected] of [
          [[`team:${name}`], people],
          [
            [...stranger, `team:${name}`, people[0]!],
            [...stranger, ...people],
          ],
          [teams.map((team) => `team:${team.name}`), teams.flatMap((team) => team.people)],
        ] as const)
          for (const kind of callKinds)
            expectPeople(
              await asked(context, kind, { inbox: { allowed_responder_ids: list } }),
              '/status/channel/inbox/allowed_responder_ids',
              expected,
            )
    },
  ),

  check(
    'routing.team',
    'whoever is in the team decides, and nobody else',
    {
      variant: 'decides',
      expect: 'accept',
      needs: { ...PEOPLE, configured: ['team'] },
      after: ['responder.listed'],
    },
    async (context) => {
      const stranger = await member(context, context.id('stranger'))
      for (const { name, people } of context.subject.project.teams) {
        const ofTeam = await member(context, people.find(isPerson)!)
        for (const kind of callKinds) {
          const call_id = callId(context, kind, context.nextName())
          await asked(context, kind, { inbox: { allowed_responder_ids: [`team:${name}`] } }, call_id)

          expectProblem(await stranger.actor.tryRespond(kind, call_id), 403, 'responder_not_allowed')
          const answered = await ofTeam.actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          expectValue(answered, '/status/state', kind.answeredState)
        }
      }
    },
  ),

  check(
    'routing.address',
    'an address in a list is the person who has it',
    { expect: 'accept', needs: { keys: ['admin'], configured: ['address'] } },
    async (context) => {
      const stranger = strangerOf(context)
      for (const { id, addresses } of context.subject.project.people)
        for (const address of addresses)
          for (const kind of callKinds) {
            const allowed_responder_ids = [...stranger, address, id]
            expectPeople(
              await asked(context, kind, { inbox: { allowed_responder_ids } }),
              '/status/channel/inbox/allowed_responder_ids',
              [...stranger, id],
            )
          }
    },
  ),

  check(
    'routing.email-case',
    'an e-mail address is that of its person however its letters are written',
    { expect: 'accept', needs: { keys: ['admin'], configured: ['email'] }, after: ['routing.address'] },
    async (context) => {
      const excludes = context.subject.discovery.features.includes('exclude_responder_ids')
      for (const { id, addresses } of context.subject.project.people)
        for (const address of addresses.filter((each) => each.startsWith('email:')))
          for (const written of [address.toLowerCase(), `email:${address.slice(6).toUpperCase()}`])
            for (const kind of callKinds) {
              const channel = { inbox: { allowed_responder_ids: [written] } }
              expectPeople(
                await asked(context, kind, channel),
                '/status/channel/inbox/allowed_responder_ids',
                [id],
              )
              if (!excludes) continue
              const excluding = await context.agent.tryCreate(kind, {
                call_id: callId(context, kind, context.nextName()),
                spec: { channel: { inbox: {} }, exclude_responder_ids: [written] },
              })
              expectStatus(excluding, 201)
              expectPeople(excluding, '/status/exclude_responder_ids', [id])
            }
    },
  ),

  check(
    'routing.excluded',
    'the people of a team that is excluded are excluded',
    {
      expect: 'reject',
      needs: { ...PEOPLE, ...EXCLUDING, configured: ['team'] },
      after: ['responder.excluded'],
    },
    async (context) => {
      const [{ name, people }] = context.subject.project.teams as [{ name: string; people: string[] }]
      const ofTeam = await member(context, people.find(isPerson)!)
      for (const kind of callKinds) {
        const call_id = callId(context, kind, context.nextName())
        const created = await context.agent.tryCreate(kind, {
          call_id,
          spec: { channel: { inbox: {} }, exclude_responder_ids: [...strangerOf(context), `team:${name}`] },
        })
        expectStatus(created, 201)
        expectPeople(created, '/status/exclude_responder_ids', [...strangerOf(context), ...people])

        expectProblem(await ofTeam.actor.tryRespond(kind, call_id), 403, 'responder_not_allowed')
      }
    },
  ),

  check(
    'routing.excluded',
    'whoever has an address that is excluded is excluded',
    {
      variant: 'address',
      expect: 'reject',
      needs: { keys: ['admin'], ...EXCLUDING, configured: ['address'] },
      after: ['responder.excluded-shown'],
    },
    async (context) => {
      const { id, addresses } = context.subject.project.people.find((person) => person.addresses.length > 0)!
      for (const kind of callKinds) {
        const created = await context.agent.tryCreate(kind, {
          spec: { channel: { inbox: {} }, exclude_responder_ids: addresses },
        })
        expectStatus(created, 201)
        expectPeople(created, '/status/exclude_responder_ids', [id])
      }
    },
  ),

  check(
    'routing.unknown-channel',
    'a channel that the project does not have is refused',
    { expect: 'reject', needs: { channel_kinds: ['named'] } },
    async (context) => {
      const named = { named: { name: context.id('nowhere') } }
      for (const kind of callKinds) {
        expectRefused(
          await context.agent.tryCreate(kind, { spec: { channel: named } }),
          '/spec/channel/named/name',
        )
        const call_id = callId(context, kind, context.nextName())
        await context.agent.create(kind, { call_id })

        const escalated = await context.agent.tryEscalate(kind, call_id, {
          ...escalation('e1'),
          channel: named,
        })

        expectRefused(escalated, '/channel/named/name')
        expectValue(await context.agent.read(kind, call_id), '/status/escalations', [])
      }
    },
  ),

  check(
    'routing.unknown-channel',
    'also where it stands within others',
    { variant: 'any-of', expect: 'reject', needs: { channel_kinds: ['named', 'any_of'] } },
    async (context) => {
      const channel = { any_of: [{ inbox: {} }, { named: { name: context.id('nowhere') } }] }
      for (const kind of callKinds)
        expectRefused(
          await context.agent.tryCreate(kind, { spec: { channel } }),
          '/spec/channel/any_of/1/named/name',
        )
    },
  ),

  check(
    'routing.unknown-team',
    'a team that the project does not have is refused',
    { expect: 'reject' },
    async (context) => {
      const nobody = `team:${context.id('nobody')}`
      const channel = { inbox: { allowed_responder_ids: [...strangerOf(context), nobody] } }
      for (const kind of callKinds) {
        const place = `/inbox/allowed_responder_ids/${channel.inbox.allowed_responder_ids.length - 1}`
        expectRefused(await context.agent.tryCreate(kind, { spec: { channel } }), `/spec/channel${place}`)
        const call_id = callId(context, kind, context.nextName())
        await context.agent.create(kind, { call_id })
        expectRefused(
          await context.agent.tryEscalate(kind, call_id, { ...escalation('e1'), channel }),
          `/channel${place}`,
        )
      }
    },
  ),

  check(
    'routing.unknown-team',
    'also beside the name of a channel',
    {
      variant: 'named',
      expect: 'reject',
      needs: NAMED,
    },
    async (context) => {
      const { name } = context.subject.project.channels[0]!
      const channel = { named: { name, allowed_responder_ids: [`team:${context.id('nobody')}`] } }
      for (const kind of callKinds)
        expectRefused(
          await context.agent.tryCreate(kind, { spec: { channel } }),
          '/spec/channel/named/allowed_responder_ids/0',
        )
    },
  ),

  check(
    'routing.unknown-team',
    'also where it is excluded',
    { variant: 'excluded', expect: 'reject', needs: EXCLUDING },
    async (context) => {
      const exclude_responder_ids = [...strangerOf(context), `team:${context.id('nobody')}`]
      for (const kind of callKinds)
        expectRefused(
          await context.agent.tryCreate(kind, { spec: { exclude_responder_ids } }),
          `/spec/exclude_responder_ids/${exclude_responder_ids.length - 1}`,
        )
    },
  ),

  check(
    'routing.escalation',
    'an escalation to a named channel contacts each of its leaves',
    { expect: 'accept', needs: { ...NAMED, claims: ['contacts'] } },
    async (context) => {
      for (const kind of callKinds) {
        const call_id = callId(context, kind, context.nextName())
        await context.agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })
        for (const [index, { name, channel }] of namedChannels(context).entries()) {
          const escalation_id = `e${index}`
          const escalated = await context.agent.tryEscalate(kind, call_id, {
            ...escalation(escalation_id),
            channel: { named: { name } },
          })

          expectStatus(escalated, 200)
          const contacts: unknown = escalated.json?.status?.contacts
          expectThat(Array.isArray(contacts), 'a list of contacts', show(contacts), { reply: escalated })
          const kinds = (contacts as { escalation_id?: unknown; kind?: unknown }[])
            .filter((contact) => contact.escalation_id === escalation_id)
            .map((contact) => String(contact.kind))
          const expected = leavesIn(channel).map((leaf) => leaf.kind)
          expectThat(
            show(kinds.toSorted()) === show(expected.toSorted()),
            `contacts of the kinds ${show(expected)}`,
            show(kinds),
            { reply: escalated, pointer: '/status/contacts' },
          )
        }
      }
    },
  ),
]

function later(channel: Channel): Channel {
  return { any_of: [{ inbox: {} }, { after_seconds: 600, channel }] }
}

/** The named channels of the project, with what they mean. A call is escalated only so often. */
function namedChannels({ subject: { project } }: Context): { name: string; channel: Channel }[] {
  return project.channels
    .flatMap(({ name, channel }) => {
      const meant = meaningOf(channel, project)
      return meant ? [{ name, channel: meant }] : []
    })
    .slice(0, 20)
}

/** Lists of people by which a channel can be narrowed: each alone, each but one, all and a stranger. */
function listsFor(context: Context, channel: Channel): string[][] {
  const listed = listedIn(channel).slice(0, 6)
  const stranger = strangerOf(context)
  return [
    ...listed.map((id) => [id]),
    ...listed.map((id) => listed.filter((other) => other !== id)),
    [...listed, ...stranger],
  ].filter((people) => people.length > 0)
}

/** Somebody whom the project does not know, where it takes such people. */
function strangerOf(context: Context): string[] {
  return context.subject.project.responders === 'known' ? [] : [context.id('stranger')]
}

async function asked(
  context: Context,
  kind: CallKind,
  channel: object,
  call_id = callId(context, kind, context.nextName()),
): Promise<Reply> {
  const created = await context.agent.tryCreate(kind, { call_id, spec: { channel } })
  expectStatus(created, 201)
  return created
}

function escalation(escalation_id: string): { escalation_id: string; escalation_msg: string } {
  return { escalation_id, escalation_msg: 'Please.' }
}

function expectRefused(reply: Reply, place: string): void {
  expectProblem(reply, 422)
  expectPlacesAt(reply, place)
}

function expectPeople(reply: Reply, pointer: string, expected: readonly string[]): void {
  const people: unknown = valueAt(reply.json, pointer)
  const wanted = [...new Set(expected)].toSorted()
  const actual = Array.isArray(people) ? people.map(String).toSorted() : people
  expectThat(show(actual) === show(wanted), `${show(wanted)}, each once`, show(people), { reply, pointer })
}

function expectLeaves(reply: Reply, expected: Channel): void {
  const actual = channelOf(reply.json?.status?.channel)
  expectThat(
    actual !== undefined && show(shownLeaves(actual)) === show(shownLeaves(expected)),
    `the leaves of ${show(expected)}`,
    show(reply.json?.status?.channel),
    { reply, pointer: '/status/channel' },
  )
}

function shownLeaves(channel: Channel): string[] {
  return leavesIn(channel)
    .map(({ kind, responders, after_seconds }) => show([kind, responders?.toSorted(), after_seconds]))
    .toSorted()
}
