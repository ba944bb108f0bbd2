import type { Exchange } from '../exchange.ts'
import { parseJson } from '../reply.ts'
import { textOf } from './body.ts'
import { placeholderOf } from './redaction.ts'
import { word } from './shell.ts'

/** A value that an answer brings and a later request needs: it is read from the answer when the script runs. */
export interface Capture {
  readonly variable: string
  /** The shell command that prints it. */
  readonly command: string
}

/** What stands for the texts of a recorded run in its script, as far as the steps have come. */
export class ScriptVariables {
  /** Recorded text → expansion. */
  readonly known = new Map<string, string>()
  /** Base keys that the script needs in its environment. */
  readonly tokens = new Set<string>()
  readonly #exchanges: readonly Exchange[]
  readonly #marker: string
  #captures = 0
  #instants = 0

  constructor(exchanges: readonly Exchange[], marker: string) {
    this.#exchanges = exchanges
    this.#marker = marker
    this.known.set(marker, '${ID}')
    if (exchanges.some(({ request }) => textsOf(request).some((text) => text.includes(marker.toUpperCase()))))
      this.known.set(marker.toUpperCase(), '${ID_UPPER}')
    for (const { request } of exchanges)
      for (const text of textsOf(request))
        for (const [placeholder, key] of text.matchAll(/\{key:([a-z]+)\}/g))
          if (key !== 'nobody') this.known.set(placeholder, `\${${this.tokenOf(key!)}}`)
  }

  /** The variable with the secret of a key that the reader has to give. */
  tokenOf(key: string): string {
    const name = key === 'token' ? 'TOKEN' : `${key.toUpperCase()}_TOKEN`
    this.tokens.add(name)
    return name
  }

  /** The expansion of the secret behind a key, or undefined for nobody. */
  secretOf(key: string): string | undefined {
    if (key === 'nobody') return undefined
    const made = this.known.get(placeholderOf(key))
    if (made !== undefined) return made
    if (/^[a-z]+$/.test(key)) return `\${${this.tokenOf(key)}}`
    return '${UNKNOWN_KEY:-no-such-key}'
  }

  /** Takes what later requests need out of an answer that has come. */
  captures(ended: Exchange, step: number): Capture[] {
    const { response } = ended
    if (!response) return []
    const earlier = this.#exchanges
      .filter((one) => one.sent_after < ended.number)
      .flatMap((one) => textsOf(one.request))
    const later = this.#exchanges.filter((one) => one.sent_after >= ended.number)
    const needed = (value: string) =>
      !this.known.has(value) &&
      !earlier.some((text) => text.includes(value)) &&
      later.some(({ request }) => uses(request, value))

    const captures: Capture[] = []
    const capture = (value: string, command: string) => {
      // Ids that the check made are like one another by themselves.
      const isOwn = value.includes(this.#marker)
      const bent = isOwn ? [] : bendsOf(value).filter(([form]) => needed(form))
      const spoilt = isOwn ? [] : spoiltIn(later, value)
      if (!isOpaque(value) || !(needed(value) || bent.length > 0 || spoilt.length > 0)) return
      this.#captures += 1
      const variable = `V${this.#captures}`
      for (const [form, operation] of [[value, ''], ...bent] as const) {
        this.known.set(form, `\${${variable}${operation}}`)
        if (encodeURIComponent(form) !== form)
          this.known.set(encodeURIComponent(form), `$(uri "\${${variable}${operation}}")`)
      }
      for (const [form, place] of spoilt)
        this.known.set(form, `$(spoil "$${variable}" ${place} ${word(value[place]!)} ${word(form[place]!)})`)
      captures.push({ variable, command })
    }
    const body = parseJson(textOf(response.body) ?? '')
    for (const [pointer, value] of leaves(body)) capture(value, `text ${step} ${word(pointer)}`)
    for (const [name, value] of response.headers)
      // A path that a client makes out of its own id needs nobody to tell it.
      if (!value.includes(this.#marker)) capture(value, `header ${step} ${name}`)
    return captures
  }

  /** The times in a request, each relative to when the script sends it; a time that came before stays the same. */
  instants({ request, sent_at }: Exchange): Capture[] {
    return textsOf(request).flatMap((text) =>
      [...text.matchAll(INSTANT)].flatMap(([written]) => {
        const at = Date.parse(decodeURIComponent(written))
        if (this.known.has(written) || !(Math.abs(at - sent_at) < NEAR_MS) || isRound(written)) return []
        this.#instants += 1
        const variable = `T${this.#instants}`
        this.known.set(written, `\${${variable}}`)
        return [{ variable, command: `instant ${Math.round(at - sent_at)} '${written}'` }]
      }),
    )
  }
}

const INSTANT =
  /\d{4}-\d\d-\d\d[Tt]\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?(?:[Zz]|(?:[+-]|%2B)\d\d(?::|%3A)\d\d)/g

/** The longest time that checks look ahead is what a server lets a call live: a year. */
const NEAR_MS = 400 * 24 * 60 * 60 * 1000

/** Midnight of a day is a constant of a check. */
function isRound(written: string): boolean {
  return /T00(:|%3A)00(:|%3A)00/i.test(written)
}

/** All places of a request in which a value can stand. */
function textsOf({ key, path, headers, body }: Exchange['request']): string[] {
  return [
    path,
    ...headers.map(([, value]) => value),
    body ? Buffer.from(body).toString('latin1') : '',
    placeholderOf(key),
  ]
}

function uses(request: Exchange['request'], value: string): boolean {
  const forms = new Set([value, encodeURIComponent(value)])
  return textsOf(request).some((text) => [...forms].some((form) => text.includes(form)))
}

/** Made by the server, and no word that stands in requests by itself. */
function isOpaque(value: string): boolean {
  return value.startsWith('{key:') || (value.length >= 6 && /\d/.test(value)) || value.length >= 24
}

/** Checks send cursors that are cut or changed at an end: what is left of one, and how a shell takes it off. */
function bendsOf(value: string): [form: string, operation: string][] {
  if (value.length < 20 || !Number.isNaN(Date.parse(value))) return []
  return [1, 2, 3, 4].flatMap((cut): [string, string][] => [
    [value.slice(0, -cut), `%${'?'.repeat(cut)}`],
    [value.slice(cut), `#${'?'.repeat(cut)}`],
  ])
}

/** Others have one character in them that is another one. */
function spoiltIn(later: readonly Exchange[], value: string): [form: string, place: number][] {
  if (value.length < 20 || !/^[\w.~-]+$/.test(value)) return []
  return later.flatMap(({ request }) =>
    textsOf(request).flatMap((text) =>
      (text.match(/[\w.~-]{20,}/g) ?? []).flatMap((form): [string, number][] => {
        if (form.length !== value.length) return []
        const place = Array.from(value, (_, index) => index).find((index) => form[index] !== value[index])
        if (place === undefined || form.slice(place + 1) !== value.slice(place + 1)) return []
        return [[form, place]]
      }),
    ),
  )
}

function leaves(value: unknown, pointer = ''): [pointer: string, value: string][] {
  if (typeof value === 'string') return [[pointer, value]]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value).flatMap(([name, inner]) =>
    leaves(inner, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  )
}
