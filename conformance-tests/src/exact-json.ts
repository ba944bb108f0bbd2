/**
 * A JSON value as it stands in the text: numbers as their literals and members in their order, also those with names such as `2`, which
 * JavaScript objects sort.
 */
export type ExactJson =
  | { readonly kind: 'object'; readonly members: readonly (readonly [name: string, value: ExactJson])[] }
  | { readonly kind: 'array'; readonly items: readonly ExactJson[] }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'number'; readonly literal: string }
  | { readonly kind: 'literal'; readonly value: boolean | null }

/** Reads JSON text exactly, or gives undefined when it is none. */
export function parseExactJson(text: string): ExactJson | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  return new Reader(text).value()
}

/** The value at an RFC 6901 pointer; of equal names the last counts. */
export function exactAt(value: ExactJson | undefined, pointer: string): ExactJson | undefined {
  if (pointer === '') return value
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<ExactJson | undefined>((inner, step) => {
      if (inner?.kind === 'array') return inner.items[Number(step)]
      if (inner?.kind === 'object') return inner.members.findLast(([name]) => name === step)?.[1]
      return undefined
    }, value)
}

/** The canonical form of the specification: two values are equal when theirs are. */
export function canonicalForm(value: ExactJson): string {
  if (value.kind === 'literal') return String(value.value)
  if (value.kind === 'string') return JSON.stringify(value.text)
  if (value.kind === 'number') return canonicalNumber(value.literal)
  if (value.kind === 'array') return `[${value.items.map(canonicalForm).join(',')}]`

  // The order of `<` on strings is that of UTF-16 code units, which RFC 8785 asks for.
  const members = value.members.toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalForm(inner)}`).join(',')}}`
}

/** A literal without fraction and exponent is an exact integer; any other is a double, written in full digits when it is whole. */
function canonicalNumber(literal: string): string {
  if (/^-?\d+$/.test(literal)) return BigInt(literal).toString()
  const number = Number(literal)
  return Number.isInteger(number) ? BigInt(number).toString() : String(number)
}

/** Where the values differ first, in words; undefined when they are equal. The order of members does not count. */
export function differenceOf(
  expected: ExactJson,
  actual: ExactJson | undefined,
  pointer = '',
): { pointer: string; expected: string; actual: string } | undefined {
  if (actual && canonicalForm(expected) === canonicalForm(actual)) return undefined
  if (expected.kind === 'object' && actual?.kind === 'object') {
    const names = new Set([...expected.members, ...actual.members].map(([name]) => name))
    for (const name of names) {
      const step = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
      const wanted = exactAt(expected, step)
      const given = exactAt(actual, step)
      if (wanted === undefined)
        return { pointer: `${pointer}${step}`, expected: 'no member of this name', actual: textOf(given) }
      const difference = differenceOf(wanted, given, `${pointer}${step}`)
      if (difference) return difference
    }
  }
  if (expected.kind === 'array' && actual?.kind === 'array' && expected.items.length === actual.items.length)
    for (const [index, item] of expected.items.entries()) {
      const difference = differenceOf(item, actual.items[index], `${pointer}/${index}`)
      if (difference) return difference
    }
  return { pointer, expected: textOf(expected), actual: textOf(actual) }
}

/** The first place where an object has the same members in another order. */
export function disorderOf(
  expected: ExactJson,
  actual: ExactJson | undefined,
  pointer = '',
): { pointer: string; expected: string; actual: string } | undefined {
  if (expected.kind === 'object' && actual?.kind === 'object') {
    const wanted = expected.members.map(([name]) => name)
    const given = actual.members.map(([name]) => name)
    if (wanted.some((name, index) => name !== given[index]))
      return { pointer, expected: JSON.stringify(wanted), actual: JSON.stringify(given) }
  }
  for (const [step, inner] of childrenOf(expected)) {
    const place = `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const disorder = disorderOf(inner, exactAt(actual, place), `${pointer}${place}`)
    if (disorder) return disorder
  }
  return undefined
}

/** The value as JSON text, as it stood apart from white space and escapes. */
export function textOf(value: ExactJson | undefined): string {
  if (value === undefined) return 'nothing'
  if (value.kind === 'literal') return String(value.value)
  if (value.kind === 'string') return JSON.stringify(value.text)
  if (value.kind === 'number') return value.literal
  if (value.kind === 'array') return `[${value.items.map(textOf).join(',')}]`
  return `{${value.members.map(([name, inner]) => `${JSON.stringify(name)}:${textOf(inner)}`).join(',')}}`
}

function childrenOf(value: ExactJson): [string, ExactJson][] {
  if (value.kind === 'object') return value.members.map(([name, inner]) => [name, inner])
  if (value.kind === 'array') return value.items.map((item, index) => [String(index), item])
  return []
}

/** One pass over text that is known to be JSON. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): ExactJson {
    const first = this.#next()
    if (first === '{') return this.#object()
    if (first === '[') return this.#array()
    if (first === '"') return { kind: 'string', text: this.#string() }
    const [literal] = this.#match(/[^\s,\]}]+/y)
    if (literal === 'true' || literal === 'false') return { kind: 'literal', value: literal === 'true' }
    return literal === 'null' ? { kind: 'literal', value: null } : { kind: 'number', literal }
  }

  #object(): ExactJson {
    const members: [string, ExactJson][] = []
    this.#at += 1
    while (this.#next() !== '}') {
      if (this.#text[this.#at] === ',') this.#at += 1
      this.#next()
      const name = this.#string()
      this.#next()
      this.#at += 1 // the colon
      members.push([name, this.value()])
    }
    this.#at += 1
    return { kind: 'object', members }
  }

  #array(): ExactJson {
    const items: ExactJson[] = []
    this.#at += 1
    while (this.#next() !== ']') {
      if (this.#text[this.#at] === ',') this.#at += 1
      items.push(this.value())
    }
    this.#at += 1
    return { kind: 'array', items }
  }

  #string(): string {
    const start = this.#at
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1)
      if (this.#text[this.#at] === '\\') this.#at += 1
    this.#at += 1
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  /** Skips white space and tells what stands there then. */
  #next(): string {
    this.#match(/[ \t\n\r]*/y)
    return this.#text[this.#at]!
  }

  #match(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at
    const match = pattern.exec(this.#text)!
    this.#at = pattern.lastIndex
    return match
  }
}
