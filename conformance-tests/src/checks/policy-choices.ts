import { withEach } from '../actors/several.ts'
import { check, type Check, type Needs } from '../check.ts'
import type { Context } from '../context.ts'
import { expectStatus, expectValue } from '../expectations.ts'
import { policyFor, type PolicySubject } from '../oracles/policy.ts'
import { callsFor, type Concern } from '../policy-calls.ts'
import type { ShownPolicy } from '../project.ts'
import type { Reply } from '../reply.ts'
import { askAbout } from './policy-requests.ts'

/** Which policy applies: for every policy of the project, calls that it matches and calls that it nearly does. */
export const policyChoiceChecks: readonly Check[] = [
  choice('policy.first-match', 'of several policies that match, the first applies', {
    configured: ['overlapping_policies'],
  }),
  choice('policy.matches', 'a policy applies to what its names and its matchers say, and to nothing else', {
    configured: ['policy_in_no_doubt'],
  }),
  choice('policy.doubt-does-not-approve', 'what is missing, or of another type, is not approved', {
    configured: ['doubtful_approval'],
  }),
  choice('policy.doubt-is-strict', 'what is missing, or of another type, is denied or asked', {
    configured: ['doubtful_strictness'],
  }),
]

function choice(requirement: Concern, title: string, needs: Needs): Check {
  return check(
    requirement,
    title,
    {
      expect: 'accept',
      needs: { keys: ['admin'], ...needs },
      after:
        requirement === 'policy.matches'
          ? ['policy.named-in-status', 'policy.approve', 'policy.deny']
          : ['policy.matches'],
    },
    async (context) => {
      const { policies } = context.subject.project
      await withEach(casesFor(context, requirement), async (call) => {
        expectApplied(await askAbout(context, call, CHANNEL), policyFor(policies, call))
      })
    },
  )
}

/** The call says nothing about who decides. */
const CHANNEL = { channel: { inbox: {} } }

/** Calls by which this requirement is judged: not so many that they would be a burden. */
function casesFor(context: Context, concern: Concern): PolicySubject[] {
  return callsFor(context.subject.project.policies, concern).flatMap((calls) =>
    calls.length <= MOST_CALLS ? calls : chosen(context, calls),
  )
}

const MOST_CALLS = 250

function chosen(context: Context, calls: readonly PolicySubject[]): PolicySubject[] {
  return calls
    .map((call) => ({ call, place: context.random() }))
    .toSorted((one, other) => one.place - other.place)
    .slice(0, MOST_CALLS)
    .map(({ call }) => call)
}

const STATES = { approve: 'approved', deny: 'denied', ask: 'pending' } as const

function expectApplied(reply: Reply, policy: ShownPolicy | undefined): void {
  expectStatus(reply, 201)
  expectValue(reply, '/status/state', STATES[policy?.effect ?? 'ask'])
  expectValue(reply, '/status/policy', policy?.name)
}
