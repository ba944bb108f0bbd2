import { canonicalForm, type ExactJson } from '../exact-json.ts'
import type { ShownMatcher, ShownPolicy } from '../project.ts'

// Which policy applies to a call, worked out from the prose of routing.md.

/** What of a function call policies look at. */
export interface PolicySubject {
  readonly fn: string
  readonly kwargs: ExactJson
  readonly requires_person?: boolean
}

/** How a policy or a matcher stands to a call: `doubtful` when nothing says otherwise, but something is in doubt. */
export type Standing = 'matches' | 'doubtful' | 'differs'

/** The policy that applies, or undefined. */
export function policyFor(policies: readonly ShownPolicy[], call: PolicySubject): ShownPolicy | undefined {
  return policies.find((policy) => applies(policy, call))
}

/** Whether the policy applies to the call if no earlier one does. */
export function applies(policy: ShownPolicy, call: PolicySubject): boolean {
  if (policy.effect === 'approve' && call.requires_person === true) return false
  const standing = standingOf(policy, call)
  return standing === 'matches' || (standing === 'doubtful' && policy.effect !== 'approve')
}

export function standingOf({ fn, kwargs }: ShownPolicy, call: PolicySubject): Standing {
  if (!fn.some((pattern) => isLike(call.fn, pattern))) return 'differs'
  const standings = kwargs.map((matcher) => standingOfMatcher(matcher, call.kwargs))
  if (standings.includes('differs')) return 'differs'
  return standings.includes('doubtful') ? 'doubtful' : 'matches'
}

/** How a matcher stands to the arguments; in doubt when one of its members is, unless a type with which all compare is there. */
export function standingOfMatcher({ pointer, ...members }: ShownMatcher, kwargs: ExactJson): Standing {
  const value = valueAt(kwargs, pointer)
  if (!value) return 'doubtful'
  const results = Object.entries(members).map(([name, wanted]) => compare(name, wanted, value))
  if (results.includes(undefined)) return 'doubtful'
  return results.includes(false) ? 'differs' : 'matches'
}

/** Whether a name is what a pattern stands for; `*` stands for any text, also for none. */
function isLike(name: string, pattern: string): boolean {
  if (pattern === '') return name === ''
  if (pattern.startsWith('*'))
    return isLike(name, pattern.slice(1)) || (name !== '' && isLike(name.slice(1), pattern))
  return name !== '' && name[0] === pattern[0] && isLike(name.slice(1), pattern.slice(1))
}

/** The value at a JSON Pointer; undefined where there is none. */
function valueAt(document: ExactJson, pointer: string): ExactJson | undefined {
  let value: ExactJson | undefined = document
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (value?.kind === 'object') value = value.members.find(([member]) => member === name)?.[1]
    else if (value?.kind === 'array' && /^(0|[1-9][0-9]*)$/.test(name)) value = value.items[Number(name)]
    else return undefined
  }
  return value
}

/** Whether the value is as wanted; undefined when it has a type with which this member does not compare. */
function compare(member: string, wanted: unknown, value: ExactJson): boolean | undefined {
  if (member === 'equals') return isSameType(wanted, value) ? isSame(wanted, value) : undefined
  if (member === 'one_of') {
    const alike = (wanted as unknown[]).filter((each) => isSameType(each, value))
    return alike.length === 0 ? undefined : alike.some((each) => isSame(each, value))
  }
  if (member === 'starts_with' || member === 'ends_with') {
    if (value.kind !== 'string') return undefined
    return member === 'starts_with'
      ? value.text.startsWith(wanted as string)
      : value.text.endsWith(wanted as string)
  }
  if (value.kind !== 'number') return undefined
  const [number, bound] = [numberOf(value.literal), numberOf(String(wanted))]
  if (member === 'at_least') return number >= bound
  if (member === 'at_most') return number <= bound
  return member === 'more_than' ? number > bound : number < bound
}

function isSameType(wanted: unknown, value: ExactJson): boolean {
  if (value.kind === 'literal') return typeof wanted === 'boolean' && value.value !== null
  return typeof wanted === value.kind
}

function isSame(wanted: unknown, value: ExactJson): boolean {
  if (value.kind === 'string') return value.text === wanted
  if (value.kind === 'literal') return value.value === wanted
  // Two numbers are equal when their canonical forms are.
  return (
    value.kind === 'number' && canonicalForm(value) === canonicalForm({ ...value, literal: String(wanted) })
  )
}

/** An integer in full, and any other number as a double; comparisons between the two are exact. */
function numberOf(literal: string): bigint | number {
  return /^-?\d+$/.test(literal) ? BigInt(literal) : Number(literal)
}
