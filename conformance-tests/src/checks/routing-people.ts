import { callId, callKinds, functionCalls, type CallKind } from '../actors/call-kind.ts'
import { isPerson, member, members } from '../actors/members.ts'
import { leafFor, PEOPLE, people, type Person } from '../actors/people.ts'
import { check, type Check } from '../check.ts'
import { absencesIn } from '../configured.ts'
import type { Context } from '../context.ts'
import { expectPlace, expectProblem, expectStatus, expectUnchanged, expectValue } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { ask, expectDecided, expectPending } from './composites.ts'

const AWAY = { ...PEOPLE, configured: ['delegate'] } as const
const BOTH_AWAY = { ...PEOPLE, configured: ['shared_delegate'] } as const
const KNOWN = { keys: ['other'], claims: ['scopes'], configured: ['known'] } as const

/** Whom the project knows, and who stands in for whom. */
export const routingPeopleChecks: readonly Check[] = [
  check(
    'routing.name-shown',
    'the responder has the name that the project has for them',
    { expect: 'accept', needs: { ...PEOPLE, configured: ['named_person'] } },
    async (context) => {
      const named = context.subject.project.people.filter(({ name }) => name !== undefined).slice(0, 4)
      for (const { id, name } of named) {
        const { actor } = await member(context, id)
        for (const kind of callKinds) {
          const call_id = callId(context, kind, context.nextName())
          await context.agent.create(kind, { call_id, spec: { channel: { inbox: {} } } })

          const answered = await actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          for (const reply of [answered, await context.agent.read(kind, call_id)])
            for (const pointer of RESPONDERS) expectValue(reply, `${pointer}/name`, name)
        }
      }
    },
  ),

  check(
    'routing.delegate',
    'a delegate answers for somebody who is away, and both are shown',
    { expect: 'accept', needs: AWAY },
    async (context) => {
      for (const { delegate, absent } of absencesIn(context.subject.project)) {
        const { actor } = await member(context, delegate)
        for (const id of absent)
          for (const kind of callKinds)
            for (const answer of [kind.answer, kind.otherAnswer]) {
              const call_id = await askListed(context, kind, [context.id('stranger'), id])

              const answered = await actor.tryRespond(kind, call_id, answer)

              expectStatus(answered, 200)
              for (const reply of [answered, await context.agent.read(kind, call_id)])
                for (const pointer of RESPONDERS) {
                  expectValue(reply, `${pointer}/id`, delegate)
                  expectValue(reply, `${pointer}/on_behalf_of`, [id])
                }
            }
      }
    },
  ),

  check(
    'routing.delegate',
    'nobody else stands in, and a delegate for nobody else',
    { variant: 'others', expect: 'reject', needs: AWAY },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const { actor: substitute } = await member(context, delegate)
      const { eve } = await people(context, 'eve')
      const others = context.subject.project.people
        .map(({ id }) => id)
        .filter((id) => isPerson(id) && id !== delegate && !absent.includes(id))
        .slice(0, 2)
      for (const kind of callKinds) {
        const forAbsent = await askListed(context, kind, [absent[0]!])
        for (const { actor } of [eve, ...(await members(context, others))])
          expectProblem(await actor.tryRespond(kind, forAbsent), 403, 'responder_not_allowed')
        for (const id of [context.id('stranger'), ...others]) {
          const forOthers = await askListed(context, kind, [id])
          expectProblem(await substitute.tryRespond(kind, forOthers), 403, 'responder_not_allowed')
        }
      }
    },
  ),

  check(
    'routing.delegate',
    'nobody stands in for somebody who is not away',
    { variant: 'present', expect: 'reject', needs: { ...PEOPLE, configured: ['two_present'] } },
    async (context) => {
      const present = context.subject.project.people.filter(({ id, delegate }) => isPerson(id) && !delegate)
      const persons = await members(
        context,
        present.slice(0, 6).map(({ id }) => id),
      )
      for (const kind of callKinds)
        for (const { id } of persons) {
          const call_id = await askListed(context, kind, [id])
          for (const other of persons)
            if (other.id !== id)
              expectProblem(await other.actor.tryRespond(kind, call_id), 403, 'responder_not_allowed')
        }
    },
  ),

  check(
    'routing.delegate',
    'nobody stands in for somebody who is excluded, nor while they are excluded themselves',
    {
      variant: 'excluded',
      expect: 'reject',
      needs: { ...AWAY, claims: [...PEOPLE.claims, 'exclude_responder_ids'] },
      after: ['responder.excluded'],
    },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const { actor } = await member(context, delegate)
      for (const kind of callKinds)
        for (const excluded of [absent[0]!, delegate]) {
          const call_id = callId(context, kind, context.nextName())
          const channel = { inbox: { allowed_responder_ids: [absent[0]!, context.id('stranger')] } }
          await context.agent.create(kind, { call_id, spec: { channel, exclude_responder_ids: [excluded] } })

          for (const answer of [kind.answer, kind.otherAnswer])
            expectProblem(await actor.tryRespond(kind, call_id, answer), 403, 'responder_not_allowed')
        }
    },
  ),

  check(
    'routing.delegate-own-answer',
    'a delegate who may decide answers as themselves',
    { expect: 'accept', needs: AWAY },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const { actor } = await member(context, delegate)
      for (const kind of callKinds)
        for (const channel of [
          { inbox: {} },
          { inbox: { allowed_responder_ids: [absent[0]!, delegate] } },
          { inbox: { allowed_responder_ids: [delegate] } },
        ]) {
          const call_id = await ask(context, kind, channel)

          const answered = await actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          expectFor(answered, delegate, undefined)
        }
    },
  ),

  check(
    'routing.delegate-own-answer',
    'also where another leaf lists them than the one that lists who is away',
    {
      variant: 'composites',
      expect: 'accept',
      needs: { ...AWAY, claims: [...PEOPLE.claims, 'composites'] },
    },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const { actor } = await member(context, delegate)
      for (const kind of callKinds) {
        const call_id = await ask(context, kind, { all_of: [listed(absent[0]!), listed(delegate)] })
        expectFor(await actor.tryRespond(kind, call_id), delegate, undefined)
      }
    },
  ),

  check(
    'routing.delegate-one',
    'a delegate answers for the first who is listed',
    { expect: 'accept', needs: BOTH_AWAY, after: ['routing.delegate'] },
    async (context) => {
      const { actor, delegate, one, other } = await standIn(context)
      for (const kind of callKinds)
        for (const ids of [
          [one, other],
          [other, one],
        ]) {
          const call_id = await askListed(context, kind, ids)
          const answered = await actor.tryRespond(kind, call_id)

          expectStatus(answered, 200)
          const shown: unknown = answered.json?.status?.channel?.inbox?.allowed_responder_ids?.[0]
          expectFor(answered, delegate, [shown ?? ids[0]])
        }
    },
  ),

  check(
    'routing.delegate-one',
    'of the leaves, the first that has joined says for whom; whoever has answered needs nobody',
    {
      variant: 'composites',
      expect: 'accept',
      needs: { ...BOTH_AWAY, claims: [...PEOPLE.claims, 'composites'] },
      after: ['routing.delegate', 'composite.still-pending'],
    },
    async (context) => {
      const { actor, delegate, one, other } = await standIn(context)
      const self = await member(context, one)
      for (const kind of callKinds) {
        const later = await ask(context, kind, {
          any_of: [{ after_seconds: 600, channel: listed(one) }, listed(other)],
        })
        expectFor(await actor.tryRespond(kind, later), delegate, [other])

        const twice = await ask(context, kind, {
          any_of: [{ after_seconds: 600, channel: listed(one) }, listed(other), listed(one)],
        })
        expectFor(await actor.tryRespond(kind, twice), delegate, [other])

        const both = await ask(context, kind, { all_of: [listed(other), listed(one)] })
        expectFor(await actor.tryRespond(kind, both), delegate, [other])

        const answered = await ask(context, kind, { all_of: [listed(one), listed(other)] })
        expectPending(await self.actor.tryRespond(kind, answered), 1)
        const last = await actor.tryRespond(kind, answered)
        expectStatus(last, 200)
        expectValue(last, '/status/responses/1/responder/id', delegate)
        expectValue(last, '/status/responses/1/responder/on_behalf_of', [other])
      }
    },
  ),

  check(
    'routing.delegate-again',
    'what a delegate has said is taken again when the person who is away has answered, too',
    {
      expect: 'accept',
      needs: { ...AWAY, claims: [...PEOPLE.claims, 'composites'] },
      after: ['routing.delegate', 'composite.still-pending', 'function-call.same-answer-again'],
    },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const standing = await member(context, delegate)
      const away = await member(context, absent[0]!)
      const { ana } = await people(context, 'ana')
      const channel = { quorum: { required: 2, of: [leafFor(away, ana)] } }
      const call_id = await ask(context, functionCalls, channel)
      expectPending(await standing.actor.tryRespond(functionCalls, call_id), 1)
      expectStatus(await away.actor.tryRespond(functionCalls, call_id, functionCalls.otherAnswer), 200)
      const before = await context.agent.read(functionCalls, call_id)

      const again = await standing.actor.tryRespond(functionCalls, call_id)

      expectStatus(again, 200)
      expectUnchanged(again, before)
    },
  ),

  check(
    'routing.delegate-once',
    'a delegate and the person for whom they answered are one person',
    {
      expect: 'accept',
      needs: { ...AWAY, claims: [...PEOPLE.claims, 'composites'] },
      after: ['routing.delegate', 'composite.still-pending', 'composite.quorum'],
    },
    async (context) => {
      const { delegate, absent } = absencesIn(context.subject.project)[0]!
      const standing = await member(context, delegate)
      const away = await member(context, absent[0]!)
      const { ana } = await people(context, 'ana')
      for (const kind of callKinds)
        for (const channel of [
          { quorum: { required: 2, of: [leafFor(away, ana)] } },
          { all_of: [leafFor(away), leafFor(away, ana)] },
        ]) {
          const call_id = await ask(context, kind, channel)
          expectPending(await standing.actor.tryRespond(kind, call_id), 1)

          // Whatever it says to a further answer, it does not count.
          await away.actor.tryRespond(kind, call_id, { ...kind.answer, ...OTHER_WORDS[kind.schema] })
          await away.actor.tryRespond(kind, call_id)

          expectPending(await context.agent.read(kind, call_id), 1)
          expectDecided(await ana.actor.tryRespond(kind, call_id), kind, 2)
        }
    },
  ),

  check(
    'routing.delegate-once',
    'a delegate of two people is one person, too',
    {
      variant: 'two',
      expect: 'accept',
      needs: { ...BOTH_AWAY, claims: [...PEOPLE.claims, 'composites'] },
      after: ['routing.delegate', 'composite.still-pending', 'composite.quorum'],
    },
    async (context) => {
      const { actor, one, other } = await standIn(context)
      const away = await member(context, other)
      for (const kind of callKinds)
        for (const channel of [
          { quorum: { required: 2, of: [{ inbox: { allowed_responder_ids: [one, other] } }] } },
          { all_of: [listed(one), listed(other)] },
        ]) {
          const call_id = await ask(context, kind, channel)
          expectPending(await actor.tryRespond(kind, call_id), 1)

          await actor.tryRespond(kind, call_id, { ...kind.answer, ...OTHER_WORDS[kind.schema] })

          expectPending(await context.agent.read(kind, call_id), 1)
          expectDecided(await away.actor.tryRespond(kind, call_id), kind, 2)
        }
    },
  ),

  check(
    'routing.known',
    'where only known people answer, an answer by anybody else is refused, and changes nothing',
    { expect: 'reject', needs: KNOWN },
    async (context) => {
      const other = context.actor('other')
      const strangers = [
        (await other.createKey({ scopes: ['responder'] })).actor,
        (await member(context, context.id('stranger'), other)).actor,
      ]
      const known = await knownPerson(context)
      for (const kind of callKinds) {
        const call_id = callId(context, kind, context.nextName())
        await other.create(kind, { call_id, spec: { channel: { inbox: {} } } })
        const before = await other.read(kind, call_id)

        for (const actor of strangers)
          for (const answer of [kind.answer, kind.otherAnswer])
            expectProblem(await actor.tryRespond(kind, call_id, answer), 403, 'responder_not_allowed')

        expectUnchanged(await other.read(kind, call_id), before)
        expectDecided(await known.actor.tryRespond(kind, call_id), kind)
      }
    },
  ),

  check(
    'routing.known-lists',
    'where only known people answer, nobody else may be listed',
    { expect: 'reject', needs: KNOWN },
    async (context) => {
      const other = context.actor('other')
      const { id } = await knownPerson(context)
      const stranger = context.id('stranger')
      for (const kind of callKinds) {
        for (const allowed_responder_ids of [
          [id, stranger],
          [id, 'email:stranger@conformance.example'],
          [id, 'key:conformance'],
        ]) {
          const channel = { inbox: { allowed_responder_ids } }
          const refused = await other.tryCreate(kind, { spec: { channel } })
          expectProblem(refused, 422)
          expectPlace(refused, '/spec/channel/inbox/allowed_responder_ids/1')
        }

        const call_id = callId(context, kind, context.nextName())
        const channel = { inbox: { allowed_responder_ids: [id] } }
        expectStatus(await other.tryCreate(kind, { call_id, spec: { channel } }), 201)
        const escalated = await other.tryEscalate(kind, call_id, {
          escalation_id: 'e1',
          escalation_msg: 'Please.',
          channel: { inbox: { allowed_responder_ids: [stranger] } },
        })
        expectProblem(escalated, 422)
        expectPlace(escalated, '/channel/inbox/allowed_responder_ids/0')
      }
    },
  ),

  check(
    'routing.known-lists',
    'nor excluded',
    {
      variant: 'excluded',
      expect: 'reject',
      needs: { ...KNOWN, claims: [...KNOWN.claims, 'exclude_responder_ids'] },
    },
    async (context) => {
      for (const kind of callKinds) {
        const refused = await context.actor('other').tryCreate(kind, {
          spec: { exclude_responder_ids: [context.id('stranger')] },
        })
        expectProblem(refused, 422)
        expectPlace(refused, '/spec/exclude_responder_ids/0')
      }
    },
  ),
]

const RESPONDERS = ['/status/responder', '/status/responses/0/responder'] as const

/** What else the same person might say. */
const OTHER_WORDS = { FunctionCall: { comment: 'once more' }, HumanContact: { response: 'once more' } }

function listed(id: string): { inbox: { allowed_responder_ids: string[] } } {
  return { inbox: { allowed_responder_ids: [id] } }
}

async function askListed(context: Context, kind: CallKind, ids: readonly string[]): Promise<string> {
  return ask(context, kind, { inbox: { allowed_responder_ids: ids } })
}

/** Somebody who stands in for two people. */
async function standIn(context: Context): Promise<Person & { delegate: string; one: string; other: string }> {
  const { delegate, absent } = absencesIn(context.subject.project).find((each) => each.absent.length > 1)!
  const [one, other] = absent as [string, string]
  return { ...(await member(context, delegate)), delegate, one, other }
}

/** Somebody whom the second project knows. */
async function knownPerson(context: Context): Promise<Person> {
  const { people: known } = context.subject.other_project
  const present = known.find(({ id, delegate }) => isPerson(id) && delegate === undefined)
  return member(context, present!.id, context.actor('other'))
}

/** The first answer is by this person, and for these. */
function expectFor(reply: Reply, id: string, on_behalf_of: unknown): void {
  expectStatus(reply, 200)
  expectValue(reply, '/status/responses/0/responder/id', id)
  expectValue(reply, '/status/responses/0/responder/on_behalf_of', on_behalf_of)
}
