import { depthOf, leavesIn, type Channel } from './channel.ts'
import { callsFor, callUnder, editsTo, type Concern } from './policy-calls.ts'
import type { ShownPolicy, ShownProject } from './project.ts'
import type { Subject } from './subject.ts'

interface Condition {
  /** What is missing, after "needs". */
  readonly words: string
  readonly holds: (project: ShownProject, other: ShownProject) => boolean
}

const CONDITIONS = {
  named_person: {
    words: 'a person with a name in the project',
    holds: ({ people }) => people.some(({ name }) => name !== undefined),
  },
  address: {
    words: 'a person with an address in the project',
    holds: ({ people }) => people.some(({ addresses }) => addresses.length > 0),
  },
  email: {
    words: 'a person with an e-mail address in the project',
    holds: ({ people }) =>
      people.some(({ addresses }) => addresses.some((address) => address.startsWith('email:'))),
  },
  two_present: {
    words: 'two people who are not away in the project',
    holds: ({ people }) => people.filter(({ delegate }) => delegate === undefined).length > 1,
  },
  delegate: {
    words: 'a person who is away and has a delegate in the project',
    holds: (project) => absencesIn(project).length > 0,
  },
  shared_delegate: {
    words: 'two people who are away and have the same delegate in the project',
    holds: (project) => absencesIn(project).some(({ absent }) => absent.length > 1),
  },
  team: { words: 'a team in the project', holds: ({ teams }) => teams.length > 0 },
  channel: { words: 'a named channel in the project', holds: ({ channels }) => channels.length > 0 },
  composite_channel: {
    words: 'a named channel that is a composite in the project',
    holds: ({ channels }) => channels.some(({ channel }) => depthOf(channel) > 0),
  },
  listing_channel: {
    words: 'a named channel that lists people in every leaf in the project',
    holds: ({ channels }) =>
      channels.some(({ channel }) => leavesIn(channel).every((leaf) => leaf.responders)),
  },
  policy: {
    words: 'a policy in the project',
    holds: ({ policies }) => policies.some((policy) => callUnder(policies, policy) !== undefined),
  },
  approving_policy: policyWith('the effect approve', ({ effect }) => effect === 'approve'),
  denying_policy: policyWith('the effect deny', ({ effect }) => effect === 'deny'),
  settling_policy: policyWith('the effect approve or deny', ({ effect }) => effect !== 'ask'),
  asking_channel: policyWith('a channel', ({ channel }) => channel !== undefined),
  listing_policy: policyWith('a channel that lists people in every leaf', ({ channel }) =>
    isListing(channel),
  ),
  other_listing_policy: {
    words:
      'a second project with people, a default channel, and a policy with a channel that lists people in every leaf, and for it a key that also has the scope admin',
    holds: (_, { policies, people, default_channel, is_admin }) =>
      is_admin &&
      people.length > 0 &&
      default_channel !== undefined &&
      policies.some((policy) => isListing(policy.channel) && callUnder(policies, policy) !== undefined),
  },
  minimum_people: policyWith('minimum_people', ({ minimum_people = 1 }) => minimum_people > 1),
  overlapping_policies: policiesFor('policy.first-match', 'two policies that match the same call'),
  policy_in_no_doubt: policiesFor('policy.matches', 'a policy that matches a call'),
  doubtful_approval: policiesFor(
    'policy.doubt-does-not-approve',
    'a policy with a matcher and the effect approve',
  ),
  doubtful_strictness: policiesFor(
    'policy.doubt-is-strict',
    'a policy with a matcher and the effect ask or deny',
  ),
  edit_to_another_policy: {
    words: 'a policy with the effect ask or deny that is about some arguments of a function in the project',
    holds: ({ policies }) => editsTo(policies, {}).length > 0,
  },
  known: {
    words:
      'a second project that says `known` and has people, and for it a key that also has the scope admin',
    holds: (_, { responders, people, is_admin }) =>
      responders === 'known' && is_admin && people.some(({ delegate }) => delegate === undefined),
  },
} satisfies Record<string, Condition>

/** What the operator has to have configured for something to be judged. */
export type Configuration = keyof typeof CONDITIONS

/** What is missing, in words; undefined when it is there. */
export function notConfigured(name: Configuration, subject: Subject): string | undefined {
  const { words, holds }: Condition = CONDITIONS[name]
  return holds(subject.project, subject.other_project) ? undefined : words
}

/** Those who stand in for somebody, and for whom. A delegate who is away would have one of their own. */
export function absencesIn({ people }: ShownProject): { delegate: string; absent: string[] }[] {
  const present = people.filter(({ delegate }) => delegate === undefined)
  return present
    .map(({ id }) => ({
      delegate: id,
      absent: people.filter(({ delegate }) => delegate === id).map((person) => person.id),
    }))
    .filter(({ absent }) => absent.length > 0)
}

function isListing(channel: Channel | undefined): boolean {
  return channel !== undefined && leavesIn(channel).every((leaf) => leaf.responders)
}

/** A policy of this kind, to which some call leads. */
function policyWith(words: string, holds: (policy: ShownPolicy) => boolean): Condition {
  return {
    words: `a policy with ${words} in the project`,
    holds: ({ policies }) =>
      policies.some((policy) => holds(policy) && callUnder(policies, policy) !== undefined),
  }
}

function policiesFor(concern: Concern, words: string): Condition {
  return {
    words: `${words} in the project`,
    holds: ({ policies }) => callsFor(policies, concern).some((calls) => calls.length > 0),
  }
}
