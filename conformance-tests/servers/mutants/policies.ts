import type { Mutant } from '../mutation.ts'

const FUNCTION_CALL = 'protocol/src/transitions/function-call.ts'
const POLICIES = 'protocol/src/routing/policies.ts'
const ROUTE = 'protocol/src/routing/route.ts'
const SHOWN = 'reference-server/src/routing/directory.ts'

const CHOSEN = 'return about.find((policy) => tried(policy, call, kwargs).matches)'
const LIKE = "isLike(name, pattern.split('*'))"
const COMPARED = '  const [fault] = mismatches(schemaOf(matcher), new RawJson(stringify(value)))\n'
const TYPED = '  if (!wanted.has(typeName(value)))\n'
const MINIMUM = 'withMinimum(way, minimum_people))'
const NARROWED = 'return narrow ? [narrow, both] : [both]'
const SILENT = 'if (saysNothing(asked)) return [own]'

/** Servers that apply the rules of the operator wrongly. */
export const policyMutants: readonly Mutant[] = [
  {
    id: 'last-policy-applies',
    requirement: 'policy.first-match',
    title: 'Of several policies that match, the last applies.',
    patches: [{ file: POLICIES, find: CHOSEN, replace: CHOSEN.replace('find', 'findLast') }],
  },
  {
    id: 'strictest-policy-applies',
    requirement: 'policy.first-match',
    title: 'A policy that denies comes before others that match.',
    patches: [
      {
        file: POLICIES,
        find: CHOSEN,
        replace: `const found = about.filter((policy) => tried(policy, call, kwargs).matches)
  return found.find(({ effect }) => effect === 'deny') ?? found[0]`,
      },
    ],
  },
  {
    id: 'star-is-a-character',
    requirement: 'policy.matches',
    title: 'The name of a function is compared with the pattern as it stands.',
    patches: [{ file: POLICIES, find: LIKE, replace: 'name === pattern' }],
    roots: ['policy.named-in-status', 'policy.approve', 'policy.deny'],
  },
  {
    id: 'names-are-regular-expressions',
    requirement: 'policy.matches',
    title: 'A pattern is a regular expression, in which a full stop stands for any character.',
    patches: [
      {
        file: POLICIES,
        find: LIKE,
        replace: "new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's').test(name)",
      },
    ],
  },
  {
    id: 'names-overlap',
    requirement: 'policy.matches',
    title: 'The parts of a pattern beside a star may be the same text.',
    patches: [
      {
        file: POLICIES,
        find: '    const at = text.indexOf(part, position)\n',
        replace: '    const at = text.indexOf(part, Math.max(0, position - 1))\n',
      },
    ],
  },
  {
    id: 'only-the-first-name-counts',
    requirement: 'policy.matches',
    title: 'Of a list of functions the policy is about the first.',
    patches: [
      { file: POLICIES, find: 'return [fn].flat().some(', replace: 'return [fn].flat().slice(0, 1).some(' },
    ],
  },
  {
    id: 'only-the-first-matcher-counts',
    requirement: 'policy.matches',
    title: 'Of several matchers the first decides.',
    patches: [
      {
        file: POLICIES,
        find: '(policy.kwargs ?? []).map((matcher)',
        replace: '(policy.kwargs ?? []).slice(0, 1).map((matcher)',
      },
    ],
    roots: ['policy.doubt-does-not-approve'],
  },
  {
    id: 'at-most-is-less-than',
    requirement: 'policy.matches',
    title: 'The bound itself is too much.',
    patches: [{ file: POLICIES, find: '{ maximum: at_most }', replace: '{ exclusiveMaximum: at_most }' }],
  },
  {
    id: 'more-than-is-at-least',
    requirement: 'policy.matches',
    title: 'The bound itself is more than the bound.',
    patches: [{ file: POLICIES, find: '{ exclusiveMinimum: more_than }', replace: '{ minimum: more_than }' }],
  },
  {
    id: 'numbers-are-compared-as-written',
    requirement: 'policy.matches',
    title: '1e2 is not 100.',
    patches: [
      {
        file: POLICIES,
        find: COMPARED,
        replace: `  if (typeof matcher.equals === 'number' && (value as RawJson).text !== String(matcher.equals))
    return { verdict: 'not_met', reason: 'is written otherwise.' }
${COMPARED}`,
      },
    ],
  },
  {
    id: 'escapes-are-read-in-the-wrong-order',
    requirement: 'policy.matches',
    title: 'In a pointer, ~01 is read as a slash.',
    patches: [
      {
        file: POLICIES,
        find: "step.replaceAll('~1', '/').replaceAll('~0', '~')",
        replace: "step.replaceAll('~0', '~').replaceAll('~1', '/')",
      },
    ],
    roots: ['policy.approve', 'policy.named-in-status'],
  },
  {
    id: 'starts-with-is-contains',
    requirement: 'policy.matches',
    title: 'A text starts with what it contains.',
    patches: [
      {
        file: POLICIES,
        find: '!(value as string).startsWith(starts_with)',
        replace: '!(value as string).includes(starts_with)',
      },
    ],
  },
  {
    id: 'doubt-approves',
    requirement: 'policy.doubt-does-not-approve',
    title: 'A policy approves when nothing speaks against it.',
    patches: [
      { file: POLICIES, find: "(verdict === 'in_doubt' && !approves)", replace: "verdict === 'in_doubt'" },
    ],
  },
  {
    id: 'what-is-missing-is-right',
    requirement: 'policy.doubt-does-not-approve',
    title: 'An argument that is not there is as every matcher wants it.',
    patches: [
      {
        file: POLICIES,
        find: "if (value === undefined) return { verdict: 'in_doubt',",
        replace: "if (value === undefined) return { verdict: 'met',",
      },
    ],
  },
  {
    id: 'texts-are-read-as-numbers',
    requirement: 'policy.doubt-does-not-approve',
    title: 'A text of digits is compared as the number.',
    patches: [
      {
        file: POLICIES,
        find: TYPED,
        replace: `  if (typeof value === 'string' && /^\\d+$/.test(value) && wanted.has('number')) value = new RawJson(value)
${TYPED}`,
      },
    ],
    roots: ['policy.doubt-is-strict'],
  },
  {
    id: 'doubt-lets-go',
    requirement: 'policy.doubt-is-strict',
    title: 'A policy that denies or asks matches only what is certain.',
    patches: [{ file: POLICIES, find: " || (verdict === 'in_doubt' && !approves)", replace: '' }],
  },
  {
    id: 'another-type-differs',
    requirement: 'policy.doubt-is-strict',
    title: 'A value of another type is not what a policy means that denies or asks.',
    patches: [
      {
        file: POLICIES,
        find: `${TYPED}    return { verdict: 'in_doubt',`,
        replace: `${TYPED}    return { verdict: 'not_met',`,
      },
    ],
  },
  {
    id: 'comment-of-the-policy-is-lost',
    requirement: 'policy.approve',
    title: 'The agent is not told what the operator wrote.',
    patches: [{ file: FUNCTION_CALL, find: 'comment: policy.comment ?? `', replace: 'comment: `' }],
    roots: ['policy.deny'],
  },
  {
    id: 'approval-by-policy-waits-for-somebody',
    requirement: 'policy.approve',
    title: 'What a policy approves is asked all the same.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "if (!policy || policy.effect === 'ask') return",
        replace: "if (!policy || policy.effect !== 'deny') return",
      },
    ],
  },
  {
    id: 'list-of-the-call-switches-approval-off',
    requirement: 'policy.approve',
    title: 'A policy does not approve a call that lists people.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "if (!policy || policy.effect === 'ask') return",
        replace:
          "if (!policy || policy.effect === 'ask' || (policy.effect === 'approve' && request.spec.channel?.inbox?.allowed_responder_ids)) return",
      },
    ],
  },
  {
    id: 'denial-by-policy-waits-for-somebody',
    requirement: 'policy.deny',
    title: 'What a policy denies is asked all the same.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "if (!policy || policy.effect === 'ask') return",
        replace: "if (!policy || policy.effect !== 'approve') return",
      },
    ],
  },
  {
    id: 'policies-always-approve',
    requirement: 'policy.deny',
    title: 'A policy that denies approves.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "const approved = policy.effect === 'approve'",
        replace: 'const approved = true',
      },
    ],
    roots: ['policy.recorded'],
  },
  {
    id: 'policy-has-no-name-on-the-record',
    requirement: 'policy.recorded',
    title: 'The record does not say which policy decided.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "{ id: POLICY, name: policy.name, channel: 'system' }",
        replace: "{ id: POLICY, channel: 'system' }",
      },
    ],
  },
  {
    id: 'policies-decide-as-the-agent',
    requirement: 'policy.recorded',
    title: 'The decision of a policy is recorded as that of the key that asked.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "{ id: POLICY, name: policy.name, channel: 'system' }",
        replace: "{ id: call.status.requested_by, name: policy.name, channel: 'system' }",
      },
    ],
  },
  {
    id: 'policy-that-asks-is-not-named',
    requirement: 'policy.named-in-status',
    title: 'The status names only a policy that has decided.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: '...(policy && { policy: policy.name }),',
        replace: "...(policy && policy.effect !== 'ask' && { policy: policy.name }),",
      },
    ],
  },
  {
    id: 'policies-answer-without-an-event',
    requirement: 'policy.events',
    title: 'The answer of a policy makes no event of its own.',
    patches: [
      { file: FUNCTION_CALL, find: "      { type: 'responded', principal: POLICY },\n", replace: '' },
    ],
  },
  {
    id: 'policies-end-calls-as-the-agent',
    requirement: 'policy.events',
    title: 'The event of the end names the key that asked.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "{ type: 'completed', principal: POLICY, detail",
        replace: "{ type: 'completed', principal: act.principal, detail",
      },
    ],
  },
  {
    id: 'policies-ask-whom-the-call-asks',
    requirement: 'policy.ask-channel',
    title: 'A policy that asks changes nothing about who decides.',
    patches: [
      {
        file: FUNCTION_CALL,
        find: "const route = policy?.effect === 'ask' ? routeUnder(policy, asked, act.capabilities) : asked",
        replace: 'const route = asked',
      },
    ],
    roots: ['policy.minimum-people', 'policy.tightens'],
  },
  {
    id: 'channel-of-a-silent-call-wins',
    requirement: 'policy.ask-channel',
    title: 'A call that has a channel of its own is not asked through that of the policy.',
    patches: [{ file: ROUTE, find: SILENT, replace: SILENT.replace('[own]', '[asked]') }],
    roots: ['policy.minimum-people'],
  },
  {
    id: 'either-channel-of-two-decides',
    requirement: 'policy.ask-channel',
    title: 'The channel of the policy and that of the call decide, each alone.',
    patches: [{ file: ROUTE, find: SILENT, replace: SILENT.replace('[own]', '[{ any_of: [own, asked] }]') }],
    roots: ['policy.minimum-people'],
  },
  {
    id: 'default-channel-stands-beside-that-of-the-policy',
    requirement: 'policy.ask-channel',
    title: 'Of a call without a channel the default of the project has to hold as well.',
    patches: [
      {
        file: ROUTE,
        find: 'own && !route.isAsked ? [own] : waysToCombine',
        replace: 'own && !route ? [own] : waysToCombine',
      },
    ],
  },
  {
    id: 'list-of-the-call-weakens-the-policy',
    requirement: 'policy.tightens',
    title: 'Whom the call lists decides, whatever the policy.',
    patches: [{ file: ROUTE, find: NARROWED, replace: 'return [asked]' }],
  },
  {
    id: 'list-of-the-call-is-ignored-under-a-policy',
    requirement: 'policy.tightens',
    title: 'Under a policy it does not matter whom the call lists.',
    patches: [{ file: ROUTE, find: NARROWED, replace: 'return narrow || both ? [own] : []' }],
  },
  {
    id: 'policy-or-call-decides',
    requirement: 'policy.tightens',
    title: 'Where the two channels have nobody in common, one of them is enough.',
    patches: [
      {
        file: ROUTE,
        find: 'const both = { all_of: [own, asked] }',
        replace: 'const both = { any_of: [own, asked] }',
      },
    ],
  },
  {
    id: 'delayed-channels-give-way',
    requirement: 'policy.tightens',
    title: 'The channel of a policy takes the place of one through which nobody may decide yet.',
    patches: [
      {
        file: ROUTE,
        find: '!allowed_responder_ids && after_seconds === 0 && !is_shared',
        replace: '!allowed_responder_ids && !is_shared',
      },
    ],
  },
  {
    id: 'edits-go-round-policies',
    requirement: 'policy.edited',
    title: 'Arguments are edited to what other policies are about.',
    patches: [{ file: FUNCTION_CALL, find: 'if (policy)\n', replace: 'if (policy && !call)\n' }],
  },
  {
    id: 'edits-go-round-policies-that-ask',
    requirement: 'policy.edited',
    title: 'Arguments are edited to what takes other people, as long as it is not denied.',
    patches: [
      { file: FUNCTION_CALL, find: "policy.effect !== 'approve' &&", replace: "policy.effect === 'deny' &&" },
    ],
  },
  {
    id: 'minimum-people-is-one-fewer',
    requirement: 'policy.minimum-people',
    title: 'One person fewer is enough than the policy says.',
    patches: [{ file: ROUTE, find: MINIMUM, replace: 'withMinimum(way, minimum_people - 1))' }],
  },
  {
    id: 'minimum-people-is-one-more',
    requirement: 'policy.minimum-people',
    title: 'It takes one person more than the policy says.',
    patches: [
      {
        file: ROUTE,
        find: MINIMUM,
        replace: 'withMinimum(way, minimum_people > 1 ? minimum_people + 1 : 1))',
      },
    ],
  },
  {
    id: 'minimum-people-needs-a-channel',
    requirement: 'policy.minimum-people',
    title: 'How many people it takes counts only where the policy has a channel.',
    patches: [
      {
        file: ROUTE,
        find: MINIMUM,
        replace: 'policy.channel ? withMinimum(way, minimum_people) : way)',
      },
    ],
  },
  {
    id: 'requires-person-is-ignored',
    requirement: 'policy.requires-person',
    title: 'A policy approves a call that requires a person.',
    patches: [
      {
        file: POLICIES,
        find: 'if (isKept && approves && call.requires_person === true)',
        replace: 'if (isKept && approves && call.requires_person === undefined && false)',
      },
    ],
  },
  {
    id: 'requires-person-switches-every-policy-off',
    requirement: 'policy.requires-person',
    title: 'No policy applies to a call that says of `requires_person` anything at all.',
    patches: [
      {
        file: POLICIES,
        find: 'if (isKept && approves && call.requires_person === true)',
        replace: 'if (isKept && call.requires_person !== undefined)',
      },
    ],
  },
  {
    id: 'policies-are-shown-to-all',
    requirement: 'policy.shown',
    title: 'The project shows its policies to every key.',
    patches: [{ file: SHOWN, find: '...(isAdmin && { policies }),', replace: 'policies,' }],
  },
  {
    id: 'policies-are-shown-to-nobody',
    requirement: 'policy.shown',
    title: 'The project shows its policies to nobody.',
    patches: [{ file: SHOWN, find: '    ...(isAdmin && { policies }),\n', replace: '' }],
  },
]
