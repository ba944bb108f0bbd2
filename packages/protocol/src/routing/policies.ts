import { mismatches, TAKES_TOO_LONG } from '../client-schema.ts'
import { parseExact } from '../json/canonicalize.ts'
import type { JsonFault } from '../json/parse.ts'
import { RawJson } from '../json/raw-json.ts'
import { stringify } from '../json/stringify.ts'
import type { FunctionCallSpec } from '../schemas/function-call.ts'
import type { Policy, PolicyMatcher } from '../schemas/policy.ts'

// Which rule of the operator is about a call. When in doubt, a rule does not approve, and does ask or deny.

/** How a matcher stands to a call. */
type Verdict = 'met' | 'not_met' | 'in_doubt'

/** How a policy stands to a call, and why, in words. */
export interface PolicyTrial {
  policy: Policy
  matches: boolean
  /** What speaks against it, or what it does not say for sure. */
  reasons: string[]
}

/** What of a call the policies look at. */
export type PolicySubject = Pick<FunctionCallSpec, 'fn' | 'kwargs' | 'requires_person'>

/** The first policy that matches, if any does. */
export function policyFor(call: PolicySubject, policies: readonly Policy[]): Policy | undefined {
  // Most calls have none, and then their arguments are not parsed.
  const about = policies.filter((policy) => isAbout(policy, call.fn))
  if (about.length === 0) return undefined
  const kwargs = parseExact(call.kwargs.text)
  return about.find((policy) => tried(policy, call, kwargs).matches)
}

/** Every policy with how it stands to the call; the first that matches applies. */
export function tryPolicies(call: PolicySubject, policies: readonly Policy[]): PolicyTrial[] {
  const kwargs = parseExact(call.kwargs.text)
  return policies.map((policy) => tried(policy, call, kwargs))
}

function tried(policy: Policy, call: PolicySubject, kwargs: unknown): PolicyTrial {
  if (!isAbout(policy, call.fn))
    return { policy, matches: false, reasons: [`It is not about the function "${call.fn}".`] }

  const judged = (policy.kwargs ?? []).map((matcher) => ({
    pointer: matcher.pointer,
    ...judge(matcher, valueAt(kwargs, matcher.pointer)),
  }))
  const reasons = judged
    .filter(({ verdict }) => verdict !== 'met')
    .map(({ pointer, reason }) => `${pointer || 'kwargs'} ${reason}`)
  const approves = policy.effect === 'approve'
  const isKept = judged.every(({ verdict }) => verdict === 'met' || (verdict === 'in_doubt' && !approves))
  if (isKept && approves && call.requires_person === true)
    return { policy, matches: false, reasons: ['The call requires a person.'] }
  return { policy, matches: isKept, reasons }
}

/** What is wrong with a matcher whatever the call. */
export function matcherFaults(matcher: PolicyMatcher, pointer: string): JsonFault[] {
  const { equals, one_of = [], at_least, at_most, more_than, less_than } = matcher
  const inexact = [equals, ...one_of, at_least, at_most, more_than, less_than].some(
    (value) => Number.isInteger(value) && !Number.isSafeInteger(value),
  )
  if (inexact) return [{ pointer, detail: 'An integer beyond 2^53 would be rounded here.' }]
  if (wantedTypes(matcher).size === 0)
    return [{ pointer, detail: 'No value can be of all the types with which this compares.' }]
  return isContradiction(matcher) ? [{ pointer, detail: 'No value can be all of this.' }] : []
}

/** Whether the values that a matcher names do not keep to the rest of it, or no number lies between its bounds. */
function isContradiction({ equals, one_of, ...rest }: PolicyMatcher): boolean {
  const named = equals === undefined ? one_of : [equals]
  if (named)
    return named.every(
      (value) =>
        (one_of && !one_of.includes(value)) ||
        (Object.keys(rest).length > 1 && judge(rest, parseExact(JSON.stringify(value))).verdict !== 'met'),
    )

  const { at_least = -Infinity, at_most = Infinity, more_than = -Infinity, less_than = Infinity } = rest
  const [least, most] = [Math.max(at_least, more_than), Math.min(at_most, less_than)]
  return least > most || (least === most && (more_than === least || less_than === most))
}

/** Whether one of the names stands for the function; `*` in a name stands for any text. */
function isAbout({ fn }: Policy, name: string): boolean {
  return [fn].flat().some((pattern) => isLike(name, pattern.split('*')))
}

/** Whether the text consists of these parts, in this order, with any text between them. */
function isLike(text: string, [first, ...others]: string[]): boolean {
  const last = others.pop()
  if (last === undefined) return text === first
  if (!text.startsWith(first!)) return false

  let position = first!.length
  for (const part of others) {
    const at = text.indexOf(part, position)
    if (at < 0) return false
    position = at + part.length
  }
  return text.length - last.length >= position && text.endsWith(last)
}

function judge(matcher: PolicyMatcher, value: unknown): { verdict: Verdict; reason: string } {
  if (value === undefined) return { verdict: 'in_doubt', reason: 'is not there.' }
  const wanted = wantedTypes(matcher)
  if (!wanted.has(typeName(value)))
    return { verdict: 'in_doubt', reason: `is no ${[...wanted].join(' or ') || 'single type'}.` }

  const [fault] = mismatches(schemaOf(matcher), new RawJson(stringify(value)))
  if (fault === TAKES_TOO_LONG) return { verdict: 'in_doubt', reason: 'takes too long to compare.' }
  const reason = fault?.detail ?? affixFault(matcher, value)
  return reason === undefined
    ? { verdict: 'met', reason: '' }
    : { verdict: 'not_met', reason: `does not match: ${reason}` }
}

/** The types with which every member of the matcher compares. */
function wantedTypes({ equals, one_of, ...bounds }: PolicyMatcher): Set<string> {
  const { pointer: _, starts_with, ends_with, ...numbers } = bounds
  const each: string[][] = [
    ...(equals === undefined ? [] : [[typeName(equals)]]),
    ...(one_of === undefined ? [] : [one_of.map(typeName)]),
    ...(Object.keys(numbers).length === 0 ? [] : [['number']]),
    ...(starts_with === undefined && ends_with === undefined ? [] : [['string']]),
  ]
  return each
    .map((types) => new Set(types))
    .reduce((all, types) => new Set([...all].filter((type) => types.has(type))))
}

/** The part of a matcher that a schema can say, so that numbers are compared exactly and only in one place. */
function schemaOf({ equals, one_of, at_least, at_most, more_than, less_than }: PolicyMatcher): RawJson {
  const schema = {
    ...(equals === undefined ? {} : { const: equals }),
    ...(one_of === undefined ? {} : { enum: one_of }),
    ...(at_least === undefined ? {} : { minimum: at_least }),
    ...(at_most === undefined ? {} : { maximum: at_most }),
    ...(more_than === undefined ? {} : { exclusiveMinimum: more_than }),
    ...(less_than === undefined ? {} : { exclusiveMaximum: less_than }),
  }
  return new RawJson(JSON.stringify(schema))
}

function affixFault({ starts_with, ends_with }: PolicyMatcher, value: unknown): string | undefined {
  if (starts_with !== undefined && !(value as string).startsWith(starts_with))
    return `Expected a text that starts with "${starts_with}".`
  if (ends_with !== undefined && !(value as string).endsWith(ends_with))
    return `Expected a text that ends with "${ends_with}".`
  return undefined
}

function typeName(value: unknown): string {
  if (value instanceof RawJson) return 'number'
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

function valueAt(document: unknown, pointer: string): unknown {
  let value = document
  for (const step of pointer.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || value instanceof RawJson) return undefined
    if (Array.isArray(value) && !/^(0|[1-9]\d*)$/.test(name)) return undefined
    if (!Object.hasOwn(value, name)) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
