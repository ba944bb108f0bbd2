import type { Actor } from '../actors/actor.ts'
import { callId, functionCalls } from '../actors/call-kind.ts'
import { isPerson, members } from '../actors/members.ts'
import { leafFor, PEOPLE, people, type Person } from '../actors/people.ts'
import { holds, leavesIn, listedIn, meaningOf, type Channel } from '../channel.ts'
import { check, type Check } from '../check.ts'
import type { Context } from '../context.ts'
import { textOf } from '../exact-json.ts'
import { expectProblem, expectStatus, expectThat, expectUnchanged, show } from '../expectations.ts'
import { policyFor, type PolicySubject } from '../oracles/policy.ts'
import { editsTo } from '../policy-calls.ts'
import type { ShownPolicy, ShownProject } from '../project.ts'
import type { Reply } from '../reply.ts'
import { approveWith } from './edits.ts'
import { askAbout, callsUnder } from './policy-requests.ts'

/** Calls about which a policy has people asked. Who decides, and how many, is judged by what their answers do. */
export const policyAskingChecks: readonly Check[] = [
  check(
    'policy.ask-channel',
    'whom the channel of the policy lets decide decides, and nobody else',
    { expect: 'accept', needs: { ...PEOPLE, configured: ['asking_channel'] } },
    async (context) => {
      const { eve } = await people(context, 'eve')
      const kinds = context.subject.discovery.channel_kinds
      const silent: { channel?: Channel }[] = [
        {},
        { channel: { inbox: {} } },
        ...(kinds.includes('any_of') ? [{ channel: { any_of: [{ inbox: {} }] } }] : []),
      ]
      for (const { policy, call, channel } of asking(context))
        for (const own of silent) {
          const lists = leavesIn(channel).every(({ responders }) => responders)
          const approvers = await approversOf(context, channel)
          const call_id = await asked(context, call, own)
          if (lists)
            for (const answer of [functionCalls.answer, functionCalls.otherAnswer])
              expectProblem(
                await eve.actor.tryRespond(functionCalls, call_id, answer),
                403,
                'responder_not_allowed',
              )
          await approveInTurn(context, call_id, approvers, heldBy(policy, channel))
        }
    },
  ),

  check(
    'policy.ask-channel',
    'the default of the project has no say in a call without a channel, either',
    {
      variant: 'default',
      expect: 'accept',
      needs: { keys: ['other'], claims: ['scopes'], configured: ['other_listing_policy'] },
    },
    async (context) => {
      const { other_project: project } = context.subject
      const other = context.actor('other')
      for (const { policy, call, channel } of asking(context, isListing, project)) {
        const known = project.people.map(({ id }) => id).filter(isPerson)
        const approvers = await members(context, known.slice(0, 8), other)
        const call_id = await asked(context, call, {}, other)
        await approveInTurn(context, call_id, approvers, heldBy(policy, channel), other)
      }
    },
  ),

  check(
    'policy.tightens',
    'nobody whom the call lists weakens the policy, and nobody whom the policy lists the call',
    {
      expect: 'accept',
      needs: { ...PEOPLE, configured: ['listing_policy'] },
      after: ['policy.ask-channel'],
    },
    async (context) => {
      const strangers = Object.values(await people(context, 'eve', 'fay', 'gil'))
      for (const { call, channel } of asking(context, isListing)) {
        const listed = await approversOf(context, channel)
        for (const own of narrowings(context, listed, strangers))
          for (const approvers of [
            [...strangers, ...listed],
            [...listed, ...strangers],
          ]) {
            const call_id = callId(context, functionCalls, context.nextName())
            const created = await askAbout(context, call, { channel: own }, call_id)
            // Together they may take people whom nobody has listed.
            if (created.status === 422) continue
            expectStatus(created, 201)
            await approveInTurn(context, call_id, approvers, (ids) => ({
              early: !holds(channel, ids) || !holds(own, ids),
            }))
          }
      }
    },
  ),

  check(
    'policy.tightens',
    'a call that lets nobody decide before some time is not decided sooner because of the policy',
    {
      variant: 'delayed',
      expect: 'accept',
      needs: { keys: ['admin'], claims: ['scopes', 'composites'], configured: ['asking_channel'] },
      after: ['policy.ask-channel'],
    },
    async (context) => {
      const own = { any_of: [{ after_seconds: 3_600, channel: { inbox: {} } }] }
      for (const { call, channel } of asking(context)) {
        const call_id = callId(context, functionCalls, context.nextName())
        await asked(context, call, {})
        const created = await askAbout(context, call, { channel: own }, call_id)
        // Together they may be larger than a channel may be.
        if (created.status === 422) continue
        expectStatus(created, 201)
        const approvers = await approversOf(context, channel)
        await approveInTurn(context, call_id, approvers, () => ({ early: true }))
      }
    },
  ),

  check(
    'policy.edited',
    'arguments to which another policy applies are no edit of these',
    {
      expect: 'reject',
      needs: { keys: ['admin'], claims: ['scopes', 'edit'], configured: ['edit_to_another_policy'] },
      after: ['policy.ask-channel', 'function-call.edit-recorded'],
    },
    async (context) => {
      const { project, discovery } = context.subject
      const { ana } = await people(context, 'ana')
      for (const { call, edited } of [
        ...editsTo(project.policies, {}),
        ...(discovery.features.includes('requires_person')
          ? editsTo(project.policies, { requires_person: true })
          : []),
      ]) {
        const own = policyFor(project.policies, call)?.channel
        const more = { allow_edit: true, ...(own ? {} : { channel: leafFor(ana) }) }
        const call_id = await asked(context, call, more)
        const before = await context.agent.read(functionCalls, call_id)
        // Where it takes several people, nothing is edited anyway.
        if (before.json?.status?.allow_edit !== true) continue
        const meaning = own && meaningOf(own, project)
        const [approver] = meaning ? await approversOf(context, meaning) : [ana]
        const { actor } = approver!

        const refused = await approveWith(actor, call_id, textOf(edited))
        expectProblem(refused, 422, 'edit_not_allowed')
        expectUnchanged(await context.agent.read(functionCalls, call_id), before)
        expectStatus(await approveWith(actor, call_id, textOf(call.kwargs)), 200)
      }
    },
  ),

  check(
    'policy.minimum-people',
    'as many different people have to approve, and not one fewer',
    {
      expect: 'accept',
      needs: { ...PEOPLE, configured: ['minimum_people'] },
      after: ['policy.ask-channel'],
    },
    async (context) => {
      const wanted = callsUnder(context, ({ minimum_people = 1 }) => minimum_people > 1)
      for (const { policy, call } of wanted.filter(
        ({ policy: { minimum_people = 1 } }) => minimum_people <= 12,
      )) {
        const { minimum_people = 1 } = policy
        const channel = policy.channel && meaningOf(policy.channel, context.subject.project)
        const approvers = await approversOf(context, channel ?? { inbox: {} }, minimum_people)
        const all = approvers.map(({ id }) => id)
        for (const own of [{ inbox: {} }, { inbox: { allowed_responder_ids: all } }]) {
          const call_id = await asked(context, call, { channel: own })
          const [first] = approvers as [Person]
          const [again] = await members(context, [first.id])
          await approveInTurn(
            context,
            call_id,
            [first, { ...first, actor: again!.actor }, ...approvers],
            (ids) => ({
              early: ids.length < minimum_people,
              late: ids.length === all.length && (!channel || holds(channel, ids)),
            }),
          )
        }
      }
    },
  ),
]

interface Asking {
  policy: ShownPolicy
  call: PolicySubject
  /** What the channel of the policy means. */
  channel: Channel
}

/** The policies that ask through a channel of theirs, each with a call to which it applies. */
function asking(
  context: Context,
  isWanted: (channel: Channel) => boolean = () => true,
  project: ShownProject = context.subject.project,
): Asking[] {
  return callsUnder(context, ({ effect }) => effect === 'ask', project).flatMap(({ policy, call }) => {
    const channel = policy.channel && meaningOf(policy.channel, project)
    return channel && isWanted(channel) ? [{ policy, call, channel }] : []
  })
}

function isListing(channel: Channel): boolean {
  return leavesIn(channel).every(({ responders }) => responders)
}

/** The call is approved once the channel of the policy holds, and not before. */
function heldBy({ minimum_people = 1 }: ShownPolicy, channel: Channel): Judge {
  return (ids) => {
    const isEnough = holds(channel, ids)
    // More people than the channel takes are the matter of another requirement.
    return { early: !isEnough, late: isEnough && minimum_people === 1 }
  }
}

async function asked(context: Context, call: PolicySubject, more: object, agent?: Actor): Promise<string> {
  const call_id = callId(context, functionCalls, context.nextName())
  expectStatus(await askAbout(context, call, { ...more }, call_id, agent), 201)
  return call_id
}

/** People who may decide through the channel: whom it lists, and others as far as it takes them. */
async function approversOf(context: Context, channel: Channel, least = 2): Promise<Person[]> {
  const listed = await members(context, listedIn(channel).filter(isPerson).slice(0, 8))
  if (isListing(channel)) return listed
  const names = Array.from({ length: least }, (_, index) => `anybody${index}`)
  return [...listed, ...Object.values(await people(context, ...names))]
}

/** Channels that list some of them, or others, or say how many it takes. */
function narrowings(context: Context, listed: readonly Person[], strangers: readonly Person[]): Channel[] {
  const [first, last, [stranger]] = [listed[0]!, listed.at(-1)!, strangers as [Person]]
  const { discovery } = context.subject
  return [
    leafFor(first),
    leafFor(last),
    leafFor(stranger),
    leafFor(stranger, last),
    ...(discovery.channel_kinds.includes('any_of') ? [{ any_of: [leafFor(stranger), leafFor(last)] }] : []),
    ...(discovery.profiles.includes('composites')
      ? [
          { all_of: [leafFor(first), leafFor(stranger)] },
          { quorum: { required: 2, of: [{ inbox: {} }] } },
          { any_of: [{ all_of: [leafFor(stranger), leafFor(strangers[1]!)] }, leafFor(last)] },
        ]
      : []),
  ]
}

/** Whether it would be too early for the call to be approved, or too late not to be, when these people have approved. */
type Judge = (ids: readonly string[]) => { early: boolean; late?: boolean }

/**
 * Lets one after the other approve. After each, the call is not approved where it would be too early for those whose answers were taken, and is
 * where it would be too late not to.
 */
async function approveInTurn(
  context: Context,
  call_id: string,
  approvers: readonly Person[],
  judge: Judge,
  agent: Actor = context.agent,
): Promise<void> {
  const taken = new Set<string>()
  for (const { id, actor } of approvers) {
    const answered = await actor.tryRespond(functionCalls, call_id)
    if (answered.status === 200) taken.add(id)
    const shown = answered.status === 200 ? answered : await agent.read(functionCalls, call_id)
    const { early, late = false } = judge([...taken])
    expectNot(early, 'approved', shown, taken)
    expectNot(late, 'pending', shown, taken)
    if (shown.json?.status?.state !== 'pending') return
  }
}

function expectNot(isWrong: boolean, state: string, reply: Reply, taken: ReadonlySet<string>): void {
  const shown: unknown = reply.json?.status?.state
  expectThat(
    !isWrong || shown !== state,
    `a call that is not ${state} when ${show([...taken])} have approved`,
    show(shown),
    { reply, pointer: '/status/state' },
  )
}
