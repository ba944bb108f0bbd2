import { RawJson } from './raw-json.ts'

/** Where opaque values stand in a document: member names lead down, `*` stands for every array item. */
export interface OpaquePlaces {
  opaque?: true
  members?: Record<string, OpaquePlaces>
}

export interface JsonFault {
  /** RFC 6901 pointer to the place; the empty string means the whole document. */
  pointer: string
  detail: string
}

export type ParsedJson = { ok: true; value: unknown } | { ok: false; fault: JsonFault }

/**
 * Parses a JSON document and keeps each opaque value as the text in which it stood. Refused are what JSON
 * forbids and what two readers could take differently: duplicate member names, lone surrogates, numbers
 * beyond the range of a double that are no integers, and nesting deeper than `maxDepth`.
 */
export function parseJson(text: string, opaque: OpaquePlaces, maxDepth: number): ParsedJson {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { ok: false, fault: { pointer: '', detail: `The body is not JSON: ${(error as Error).message}.` } }
  }

  // The grammar holds from here on, so that the scan needs to look at structure only.
  const scan = new Scan(text, maxDepth)
  try {
    scan.value(opaque, 0)
  } catch (error) {
    if (error instanceof ScanFault)
      return { ok: false, fault: { pointer: error.pointer, detail: error.message } }
    throw error
  }
  for (const { trail, raw } of scan.found) {
    if (trail.length === 0) return { ok: true, value: raw }
    place(value, trail, raw)
  }
  return { ok: true, value }
}

/** Turns a trail of member names and indexes into an RFC 6901 pointer. */
export function pointerOf(trail: readonly (string | number)[]): string {
  return trail.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function place(root: unknown, trail: readonly (string | number)[], raw: RawJson): void {
  let parent = root as Record<string | number, unknown>
  for (const step of trail.slice(0, -1)) parent = parent[step] as Record<string | number, unknown>
  parent[trail.at(-1)!] = raw
}

class ScanFault extends Error {
  readonly pointer: string

  constructor(trail: readonly (string | number)[], detail: string) {
    super(detail)
    this.pointer = pointerOf(trail)
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** One pass over text that is known to be JSON. */
class Scan {
  readonly found: { trail: (string | number)[]; raw: RawJson }[] = []
  readonly #text: string
  readonly #maxDepth: number
  readonly #trail: (string | number)[] = []
  #at = 0

  constructor(text: string, maxDepth: number) {
    this.#text = text
    this.#maxDepth = maxDepth
  }

  value(places: OpaquePlaces | undefined, depth: number): void {
    this.#space()
    const start = this.#at
    const first = this.#text.charCodeAt(start)
    if (first === OPEN_OBJECT) this.#object(places, depth + 1)
    else if (first === OPEN_ARRAY) this.#array(places, depth + 1)
    else if (first === QUOTE) this.#string()
    else this.#scalar()
    // An opaque member that is null as a whole is absent, like any other.
    if (places?.opaque && this.#text[start] !== 'n')
      this.found.push({ trail: [...this.#trail], raw: new RawJson(this.#text.slice(start, this.#at)) })
  }

  #object(places: OpaquePlaces | undefined, depth: number): void {
    this.#checkDepth(depth)
    this.#at++
    if (this.#closes(CLOSE_OBJECT)) return

    const names = new Set<string>()
    do {
      this.#space()
      const name = this.#string()
      this.#trail.push(name)
      if (names.has(name)) throw new ScanFault(this.#trail, `The member "${name}" stands here twice.`)
      names.add(name)
      this.#space()
      this.#at++ // the colon
      this.value(
        places?.members && Object.hasOwn(places.members, name) ? places.members[name] : undefined,
        depth,
      )
      this.#trail.pop()
    } while (this.#continues())
  }

  #array(places: OpaquePlaces | undefined, depth: number): void {
    this.#checkDepth(depth)
    this.#at++
    if (this.#closes(CLOSE_ARRAY)) return

    let index = 0
    do {
      this.#trail.push(index++)
      this.value(places?.members?.['*'], depth)
      this.#trail.pop()
    } while (this.#continues())
  }

  #string(): string {
    const start = this.#at
    let escaped = false
    for (;;) {
      const code = this.#text.charCodeAt(++this.#at)
      if (code === QUOTE) break
      if (code === BACKSLASH) {
        escaped = true
        this.#at++
      }
    }
    this.#at++

    const value = escaped
      ? (JSON.parse(this.#text.slice(start, this.#at)) as string)
      : this.#text.slice(start + 1, this.#at - 1)
    if (!value.isWellFormed())
      throw new ScanFault(this.#trail, 'The string holds a lone surrogate, which no UTF-8 text can carry.')
    return value
  }

  #scalar(): void {
    const start = this.#at
    while (this.#at < this.#text.length && !ENDS_SCALAR.has(this.#text.charCodeAt(this.#at))) this.#at++
    const literal = this.#text.slice(start, this.#at)
    if (FRACTION_OR_EXPONENT.test(literal) && !Number.isFinite(Number(literal)))
      throw new ScanFault(this.#trail, 'The number is beyond the range of an IEEE 754 double.')
  }

  #checkDepth(depth: number): void {
    if (depth > this.#maxDepth)
      throw new ScanFault(this.#trail, `The document nests deeper than ${this.#maxDepth} levels.`)
  }

  /** Steps over a comma, or over the bracket that ends the container. */
  #continues(): boolean {
    this.#space()
    return this.#text.charCodeAt(this.#at++) === COMMA
  }

  #closes(bracket: number): boolean {
    this.#space()
    if (this.#text.charCodeAt(this.#at) !== bracket) return false
    this.#at++
    return true
  }

  #space(): void {
    while (SPACE.has(this.#text.charCodeAt(this.#at))) this.#at++
  }
}

const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])
const ENDS_SCALAR = new Set([...SPACE, COMMA, CLOSE_ARRAY, CLOSE_OBJECT])
const FRACTION_OR_EXPONENT = /\d[.eE]/
