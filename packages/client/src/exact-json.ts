/**
 * Writes a value as JSON text, bigints as their digits. Throws a TypeError that names the place when the text would
 * not give the same value back: NaN, a Date, a function, a cycle, a lone surrogate, and the like. A member whose
 * value is undefined counts as absent.
 */
export function writeExact(value: unknown, name: string): string {
  const text = stringify(value, name)
  const lost = text === undefined ? { path: name, value } : findLoss(value, parseExact(text), name)
  if (text === undefined || lost !== undefined) throw lossError(lost ?? { path: name, value })
  return text
}

/** Parses JSON text; an integer beyond 2^53 comes back as a bigint, so that no digit of it is lost. */
export function parseExact(text: string): unknown {
  return (JSON as unknown as ExactJson).parse(text, (_name, value, { source }) => {
    if (typeof value !== 'number' || source === undefined || Number.isSafeInteger(value)) return value
    if (INTEGER.test(source)) return BigInt(source)
    if (!Number.isFinite(value))
      throw new SyntaxError(`The number ${source} is beyond the range of a double.`)
    return value
  })
}

/**
 * Writes a value that came out of `parseExact` so that `parseExact` gives it again. Unlike `writeExact` it takes every
 * such value, also 1e20 and negative zero, which in arguments are more likely a mistake.
 */
export function writeParsed(value: unknown): string {
  return JSON.stringify(value, withEveryNumber)
}

/** A copy in which nothing changes any more, and the TypeError of what JSON cannot hold. */
export function snapshot<T>(value: T): T {
  return parseExact(writeExact(value, 'call')) as T
}

/** The same, laid out for people to read. Meant for values that came out of `parseExact`. */
export function writePretty(value: unknown): string {
  return JSON.stringify(value, withDigits, 2)
}

/** Whether two parsed JSON values are equal: members in any order, numbers by their mathematical value. */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (typeof one === 'bigint' && typeof other === 'number') return isSameInteger(one, other)
  if (typeof one === 'number' && typeof other === 'bigint') return isSameInteger(other, one)
  if (Array.isArray(one) || Array.isArray(other))
    return (
      Array.isArray(one) &&
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, index) => isSameJson(item, other[index]))
    )
  if (!isObject(one) || !isObject(other)) return false

  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isSameJson(one[name], other[name]))
  )
}

const INTEGER = /^-?\d+$/

// JSON.rawJSON and the source text in the reviver are ECMAScript 2026; Node.js has both since 21, the es2024 typings do not.
interface ExactJson {
  parse(
    text: string,
    reviver: (name: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown
  rawJSON(text: string): unknown
}

// Looks at the holder, because a toJSON that somebody put on BigInt.prototype has changed `value` by now.
function withDigits(this: unknown, name: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[name]
  return typeof original === 'bigint' ? (JSON as unknown as ExactJson).rawJSON(String(original)) : value
}

function withEveryNumber(this: unknown, name: string, value: unknown): unknown {
  if (Object.is(value, -0)) return (JSON as unknown as ExactJson).rawJSON('-0')
  // Its digits would be read as an integer, which is a bigint.
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return (JSON as unknown as ExactJson).rawJSON(value.toExponential())
  return withDigits.call(this, name, value)
}

function stringify(value: unknown, name: string): string | undefined {
  try {
    return JSON.stringify(value, withDigits)
  } catch (error) {
    const cycle = findCycle(value, name, [])
    throw cycle === undefined ? error : new TypeError(`${cycle} leads back to a value that contains it.`)
  }
}

interface Loss {
  path: string
  value: unknown
}

/** Compares what was given with what its JSON text says, and returns the first place where they differ. */
function findLoss(given: unknown, copy: unknown, path: string): Loss | undefined {
  if (typeof given === 'string' && !given.isWellFormed()) return { path, value: given }
  if (typeof given !== 'object' || given === null)
    return Object.is(given, copy) ? undefined : { path, value: given }

  if (Array.isArray(given)) {
    if (!Array.isArray(copy) || Reflect.ownKeys(given).length !== copy.length + 1)
      return { path, value: given }
    return firstOf(copy.keys(), (index) => findLoss(given[index], copy[index], `${path}[${index}]`))
  }

  if (!isPlainObject(given) || !isObject(copy)) return { path, value: given }
  return firstOf(Reflect.ownKeys(given), (name) => {
    const value = given[name as string]
    if (value === undefined) return undefined
    const place = path + step(name)
    const isKept = typeof name === 'string' && name.isWellFormed() && Object.hasOwn(copy, name)
    return isKept ? findLoss(value, copy[name], place) : { path: place, value }
  })
}

function findCycle(value: unknown, path: string, above: readonly unknown[]): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  if (above.includes(value)) return path
  return firstOf(Object.entries(value), ([name, member]) =>
    findCycle(member, path + (Array.isArray(value) ? `[${name}]` : step(name)), [...above, value]),
  )
}

function firstOf<Item, Found>(
  items: Iterable<Item>,
  find: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

function step(name: string | symbol): string {
  if (typeof name === 'symbol') return `[${String(name)}]`
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`
}

function lossError({ path, value }: Loss): TypeError {
  return new TypeError(`${path} cannot be written as JSON without loss: it is ${describe(value)}.`)
}

function describe(value: unknown): string {
  if (typeof value === 'bigint') return 'a bigint that fits a number, so give a number'
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return `the number ${value}, beyond the safe integers, so give a bigint`
  if (typeof value === 'number') return Object.is(value, -0) ? 'negative zero' : String(value)
  if (typeof value === 'string') return 'a string (or a member) with a lone surrogate'
  if (Array.isArray(value)) return 'an array with holes or with members of its own'
  if (typeof value !== 'object' || value === null)
    return value === undefined ? 'undefined' : `a ${typeof value}`
  if (isPlainObject(value)) return 'an object that JSON does not show as it is'
  return `an object of the class ${value.constructor?.name || 'without a name'}`
}

// Looks for the shape of Object.prototype instead of its identity, so that objects of other realms count as well.
function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'hasOwnProperty')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSameInteger(big: bigint, double: number): boolean {
  return Number.isInteger(double) && BigInt(double) === big
}
