import { textOf, type ExactJson } from './exact-json.ts'
import { applies, policyFor, standingOf, standingOfMatcher, type PolicySubject } from './oracles/policy.ts'
import type { ShownMatcher, ShownPolicy } from './project.ts'

// Calls that a policy is about: one that it matches, and many that differ in one thing.

/** What a comparison of a server with the oracle is about. */
export type Concern =
  | 'policy.first-match'
  | 'policy.matches'
  | 'policy.doubt-does-not-approve'
  | 'policy.doubt-is-strict'

/** Calls by which this requirement can be judged. */
export function callsFor(policies: readonly ShownPolicy[], concern: Concern): PolicySubject[][] {
  return policies
    .filter(isExact)
    .map((policy) => callsAbout(policy, policies).filter((call) => concernOf(policies, call) === concern))
}

/** Which requirement says how this call is treated: the most special one. */
function concernOf(policies: readonly ShownPolicy[], call: PolicySubject): Concern {
  const index = policies.findIndex((policy) => applies(policy, call))
  const tried = index < 0 ? policies : policies.slice(0, index + 1)
  const doubtful = tried.filter((policy) => standingOf(policy, call) === 'doubtful')
  if (doubtful.some(({ effect }) => effect === 'approve')) return 'policy.doubt-does-not-approve'
  if (doubtful.length > 0) return 'policy.doubt-is-strict'
  const later = index < 0 ? [] : policies.slice(index + 1)
  return later.some((policy) => applies(policy, call)) ? 'policy.first-match' : 'policy.matches'
}

/** A call to which this policy applies, without any doubt; undefined where earlier ones always do. */
export function callUnder(policies: readonly ShownPolicy[], policy: ShownPolicy): PolicySubject | undefined {
  return callsAbout(policy, policies).find(
    (call) => standingOf(policy, call) === 'matches' && policyFor(policies, call) === policy,
  )
}

/** A call that one person decides, and arguments with which a stricter policy would apply to it. */
export interface Edit {
  readonly call: PolicySubject
  readonly edited: ExactJson
}

/** For each policy that asks or denies one call, if there is one, whose arguments could be edited to what the policy is about. */
export function editsTo(
  policies: readonly ShownPolicy[],
  wish: Pick<PolicySubject, 'requires_person'>,
): Edit[] {
  return policies.flatMap((policy) => {
    if (policy.effect === 'approve') return []
    const calls = callsAbout(policy, policies).map((call) => ({ ...call, ...wish }))
    const target = calls.find(
      (call) => standingOf(policy, call) === 'matches' && policyFor(policies, call) === policy,
    )
    const call = calls.find((each) => {
      const own = policyFor(policies, each)
      return each.fn === target?.fn && own !== policy && isForOnePerson(own)
    })
    return call && target ? [{ call, edited: target.kwargs }] : []
  })
}

function isForOnePerson(policy: ShownPolicy | undefined): boolean {
  return policy === undefined || (policy.effect === 'ask' && (policy.minimum_people ?? 1) === 1)
}

/** Calls about which the policy has something to say, or nearly so; each once, and once where it is plain that others differ. */
function callsAbout(policy: ShownPolicy, policies: readonly ShownPolicy[]): PolicySubject[] {
  const good = goodKwargs(policy)
  const calls = [
    ...policy.fn.flatMap(namesLike).map((fn) => ({ fn, kwargs: good })),
    ...policy.fn.flatMap((pattern) =>
      variantsOf(policy, good).map((kwargs) => ({ fn: pattern.replaceAll('*', 'x'), kwargs })),
    ),
  ].filter(({ fn }) => fn !== '' && fn.length <= 256)
  const all = [...calls, ...calls.map((call) => withoutDoubt(call, policy, policies))]
  return [...new Map(all.map((call) => [`${call.fn} ${textOf(call.kwargs)}`, call])).values()]
}

/** The call with arguments that other policies about the function do not mean. */
function withoutDoubt(
  { fn, kwargs }: PolicySubject,
  policy: ShownPolicy,
  policies: readonly ShownPolicy[],
): PolicySubject {
  const own = pointersOf(policy)
  const others = policies.filter(
    (other) => other !== policy && standingOf({ ...other, kwargs: [] }, { fn, kwargs }) === 'matches',
  )
  const matchers = others
    .flatMap((other) => other.kwargs)
    .filter(({ pointer }) => pointer !== '' && !own.includes(pointer))
  return {
    fn,
    kwargs: matchers.reduce((changed, matcher) => {
      const different = valuesFor([matcher])
        .map((value) => withValue(changed, matcher.pointer, value))
        .find((each) => standingOfMatcher(matcher, each) === 'differs')
      return different ?? changed
    }, kwargs),
  }
}

/** Whether every number of the policy is one that every server reads alike. */
function isExact({ kwargs }: ShownPolicy): boolean {
  return kwargs
    .flatMap((matcher) => Object.values(matcher).flat())
    .every((value) => !Number.isInteger(value) || Number.isSafeInteger(value))
}

/** Names that the pattern stands for, and names that are nearly so. */
function namesLike(pattern: string): string[] {
  const parts = pattern.split('*')
  const name = parts.join('x')
  return [
    ...['x', '', 'a.b_c', '*', 'ä\n'].map((text) => parts.join(text)),
    parts.reduce(joinOverlapping),
    `x${name}`,
    `${name}x`,
    name.slice(1),
    name.slice(0, -1),
    name.toUpperCase(),
    name.replaceAll('.', 'x'),
    pattern.replaceAll('*', ''),
  ]
}

/** Two texts as one, in which the end of the first is the beginning of the second: no text stands between them. */
function joinOverlapping(first: string, second: string): string {
  for (let length = Math.min(first.length, second.length); length > 0; length--)
    if (first.endsWith(second.slice(0, length))) return first + second.slice(length)
  return first + second
}

/** Arguments that every matcher takes, as far as there are such. */
function goodKwargs(policy: ShownPolicy): ExactJson {
  return pointersOf(policy).reduce<ExactJson>((kwargs, pointer) => {
    const matchers = matchersAt(policy, pointer)
    const good = valuesFor(matchers).find((value) => {
      const changed = withValue(kwargs, pointer, value)
      return matchers.every((matcher) => standingOfMatcher(matcher, changed) === 'matches')
    })
    return good ? withValue(kwargs, pointer, good) : kwargs
  }, EMPTY)
}

/** The good arguments with something else at one place, or without anything there. */
function variantsOf(policy: ShownPolicy, good: ExactJson): ExactJson[] {
  return pointersOf(policy).flatMap((pointer) => [
    ...valuesFor(matchersAt(policy, pointer)).map((value) => withValue(good, pointer, value)),
    withoutValue(good, pointer),
    ...misplaced(policy, good, pointer),
  ])
}

/** The good value where another reading of the pointer would look for it, or below what is no object. */
function misplaced(policy: ShownPolicy, good: ExactJson, pointer: string): ExactJson[] {
  const value = valuesFor(matchersAt(policy, pointer)).find((each) =>
    matchersAt(policy, pointer).every(
      (matcher) => standingOfMatcher(matcher, withValue(EMPTY, pointer, each)) === 'matches',
    ),
  )
  if (!value) return []
  const without = withoutValue(good, pointer)
  const steps = pointer.slice(1).split('/')
  const readings = [
    // Escapes that are not read, or read in the wrong order.
    steps,
    steps.map((step) => step.replaceAll('~0', '~').replaceAll('~1', '/')),
    steps.map((step) => step.replaceAll('~1', '/')),
    steps.map((step) => step.replaceAll('~0', '~')),
    // Escapes that are taken for the steps that they hide.
    pointer.slice(1).replaceAll('~1', '/').split('/'),
    // The whole pointer as one name.
    [pointer],
    [pointer.slice(1)],
    [pointer.slice(1).replaceAll('/', '.')],
    ...(steps.at(-1) === '0' ? [[...steps.slice(0, -1), '00']] : []),
  ]
  const parent = pointer.slice(0, pointer.lastIndexOf('/'))
  return [
    ...readings.map((names) => placed(without, names, value)),
    ...(parent === '' ? [] : NO_OBJECTS.map((other) => withValue(without, parent, other))),
  ]
}

/** Values that a matcher compares with, around them, and of other types. */
function valuesFor(matchers: readonly ShownMatcher[]): ExactJson[] {
  const members = matchers.flatMap(({ pointer: _, ...rest }) => Object.entries(rest))
  const wanted = members.flatMap(([, value]) => [value].flat())
  const texts = wanted.filter((value) => typeof value === 'string')
  const numbers = wanted.filter((value) => typeof value === 'number')
  const starts = members.flatMap(([name, value]) => (name === 'starts_with' ? [String(value)] : ['']))
  const ends = members.flatMap(([name, value]) => (name === 'ends_with' ? [String(value)] : ['']))
  const [start, end] = [starts, ends].map(
    (each) => each.toSorted((one, other) => other.length - one.length)[0]!,
  )
  const affixed = [
    `${start}x${end}`,
    `${start}${end}`,
    joinOverlapping(start!, end!),
    `x${start}x${end}`,
    `${start}x${end}x`,
  ]
  return [
    ...[...affixed, ...texts.flatMap(around), ...numbers.map(String)].map((text): ExactJson => ({
      kind: 'string',
      text,
    })),
    ...[...between(numbers), ...numbers.flatMap(near), ...LARGE].map((literal): ExactJson => ({
      kind: 'number',
      literal,
    })),
    { kind: 'literal', value: true },
    { kind: 'literal', value: false },
    { kind: 'string', text: 'true' },
    NULL,
    TEXT,
    ZERO,
    EMPTY,
    { kind: 'array', items: [] },
    ...wanted.slice(0, 1).map((value): ExactJson => ({ kind: 'array', items: [scalar(value)] })),
    ...wanted
      .slice(0, 1)
      .map((value): ExactJson => ({ kind: 'object', members: [['value', scalar(value)]] })),
  ]
}

function around(text: string): string[] {
  return [text, `${text}x`, ` ${text}`, text.slice(0, -1), text.toLowerCase(), text.toUpperCase()]
}

/** Other ways to write the number, and the numbers next to it. */
function near(number: number): string[] {
  const epsilon = Math.max(Math.abs(number), Number.MIN_VALUE / Number.EPSILON) * Number.EPSILON
  const literals = [number, number + epsilon, number - epsilon, number + 0.5, number - 0.5].map(String)
  if (!Number.isSafeInteger(number)) return literals.filter(isJsonNumber)
  const integer = BigInt(number)
  return [
    ...literals,
    ...[-2n, -1n, 1n, 2n].map((step) => String(integer + step)),
    `${integer}.0`,
    `${integer}e0`,
    number.toExponential(),
    number.toExponential().replace('e+', 'e'),
    ...(number === 0 ? ['-0', '-0.0', '1e-300', '-1e-300'] : [`-${integer}`.replace('--', '')]),
  ].filter(isJsonNumber)
}

function between(numbers: readonly number[]): string[] {
  return numbers.flatMap((one) => numbers.map((other) => String((one + other) / 2))).filter(isJsonNumber)
}

function isJsonNumber(text: string): boolean {
  return /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i.test(text)
}

/** Integers that a double would round. */
const LARGE = ['9007199254740993', '-9007199254740993', '123456789012345678901234567890']
const EMPTY: ExactJson = { kind: 'object', members: [] }
const NULL: ExactJson = { kind: 'literal', value: null }
const TEXT: ExactJson = { kind: 'string', text: 'text' }
const ZERO: ExactJson = { kind: 'number', literal: '0' }
const NO_OBJECTS: readonly ExactJson[] = [TEXT, ZERO, NULL, { kind: 'array', items: [] }]

function scalar(value: unknown): ExactJson {
  if (typeof value === 'string') return { kind: 'string', text: value }
  if (typeof value === 'number') return { kind: 'number', literal: String(value) }
  return { kind: 'literal', value: value === true }
}

function pointersOf({ kwargs }: ShownPolicy): string[] {
  // The arguments as a whole are an object, whatever is compared with them.
  return [...new Set(kwargs.map(({ pointer }) => pointer))].filter((pointer) => pointer !== '')
}

function matchersAt({ kwargs }: ShownPolicy, pointer: string): ShownMatcher[] {
  return kwargs.filter((matcher) => matcher.pointer === pointer)
}

function stepsOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function withValue(document: ExactJson, pointer: string, value: ExactJson): ExactJson {
  return placed(document, stepsOf(pointer), value)
}

/** The document with the value at this place. Where nothing is yet, `0` is the first item of a list. */
function placed(document: ExactJson | undefined, steps: readonly string[], value: ExactJson): ExactJson {
  const [step, ...further] = steps
  if (step === undefined) return value
  if (document?.kind === 'array' || (document === undefined && step === '0')) {
    const items = document?.kind === 'array' ? [...document.items] : []
    if (/^\d+$/.test(step) && Number(step) <= items.length && String(Number(step)) === step) {
      items[Number(step)] = placed(items[Number(step)], further, value)
      return { kind: 'array', items }
    }
  }
  const members = document?.kind === 'object' ? document.members : []
  const inner = placed(members.find(([name]) => name === step)?.[1], further, value)
  return { kind: 'object', members: [...members.filter(([name]) => name !== step), [step, inner]] }
}

function withoutValue(document: ExactJson, pointer: string): ExactJson {
  const remove = (node: ExactJson, [step, ...further]: readonly string[]): ExactJson => {
    if (step === undefined) return node
    if (node.kind === 'array') {
      const items = further.length === 0 ? [] : node.items.map((item) => remove(item, further))
      return { kind: 'array', items }
    }
    if (node.kind !== 'object') return node
    const members = node.members.flatMap(([name, inner]): [string, ExactJson][] => {
      if (name !== step) return [[name, inner]]
      return further.length === 0 ? [] : [[name, remove(inner, further)]]
    })
    return { kind: 'object', members }
  }
  return remove(document, stepsOf(pointer))
}
