import type { Exchange, Header, KeyName } from '../exchange.ts'
import { parseJson } from '../reply.ts'
import type { Report } from './report.ts'

/** Hiding a word of everyday language everywhere would hide the report; it is hidden where it is sent as a key. */
function isWord(secret: string): boolean {
  return secret.length < 8 || /^[a-z_]{1,15}$/.test(secret)
}

/** What stands in a report where the secret of a key stood. */
export function placeholderOf(key: KeyName): string {
  return `{key:${key}}`
}

/** The report without the secret of any key: neither those that the run was given nor those that the server made on the way. */
export function hideSecrets(report: Report, known: readonly (readonly [KeyName, string])[]): Report {
  const secrets = [...known, ...madeKeys(report.transcript.exchanges, known)]
  const hide = hiding(secrets.filter(([, secret]) => !isInvented(secret, report)))
  const { transcript, ...rest } = report
  const base_url = rest.subject.base_url.replace(/\/\/[^/@]*@/, '//')
  return {
    ...inEveryText({ ...rest, subject: { ...rest.subject, base_url } }, hide),
    transcript: { ...transcript, exchanges: transcript.exchanges.map((exchange) => cleaned(exchange, hide)) },
  }
}

/** Keys that a check made up, and those of a run that is judged again, are nobody's secret. */
function isInvented(secret: string, { run }: Report): boolean {
  return secret.includes(run.namespace) || secret.startsWith('{key:')
}

type Hide = ((text: string) => string) & {
  /** For what is sent as a key: also hides a secret that was cut or bent. */
  altered(text: string): string
}

/** Keys that a check had made without taking them up. */
function madeKeys(
  exchanges: readonly Exchange[],
  known: readonly (readonly [KeyName, string])[],
): [KeyName, string][] {
  const secrets = new Set(known.map(([, secret]) => secret))
  return exchanges.flatMap(({ number, check, request, response }): [KeyName, string][] => {
    if (!response || request.method !== 'POST' || !request.path.startsWith('/v1/keys')) return []
    const made = parseJson(Buffer.from(response.body).toString('utf8')) as { secret?: unknown } | null
    const secret = made?.secret
    if (typeof secret !== 'string' || isWord(secret) || secrets.has(secret)) return []
    return [[`${check}@${number}`, secret]]
  })
}

function hiding(keys: readonly (readonly [KeyName, string])[]): Hide {
  const replacements = new Map<string, string>()
  const replace = (secret: string, by: string) => {
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      if (!replacements.has(form)) replacements.set(form, by)
  }
  for (const [key, secret] of keys) {
    if (isWord(secret)) replace(`Bearer ${secret}`, `Bearer ${placeholderOf(key)}`)
    else replace(secret, placeholderOf(key))
  }
  const longestFirst = [...replacements].toSorted(([one], [other]) => other.length - one.length)
  // In one pass, because what stands for one secret may hold another one. To look for each of 300 secrets in each of 12,000 answers took 9 s.
  const pattern = new RegExp(
    longestFirst.map(([secret]) => secret.replace(/[^\w]/g, String.raw`\$&`)).join('|'),
    'g',
  )
  const hide = (text: string) =>
    longestFirst.length === 0 ? text : text.replace(pattern, (secret) => replacements.get(secret)!)
  const pieces = new Map(
    keys.toReversed().flatMap(([key, secret]) => piecesOf(secret).map((piece) => [piece, key] as const)),
  )
  const altered = (text: string) => {
    const shown = hide(text)
    const key = piecesOf(shown)
      .map((piece) => pieces.get(piece))
      .find((one) => one !== undefined)
    return key === undefined ? shown : `{altered key:${key}}`
  }
  return Object.assign(hide, { altered })
}

/** Checks send keys that are cut, lengthened or in other letters; a third of a secret tells too much. */
function piecesOf(secret: string): string[] {
  const lower = secret.toLowerCase()
  return Array.from({ length: Math.max(0, lower.length - PIECE + 1) }, (_, index) =>
    lower.slice(index, index + PIECE),
  )
}

const PIECE = 12

function inEveryText<T>(value: T, hide: Hide): T {
  if (typeof value === 'string') return hide(value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => inEveryText(item, hide)) as T
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, inEveryText(inner, hide)]),
  ) as T
}

function cleaned(exchange: Exchange, hide: Hide): Exchange {
  const { request, response, ...rest } = exchange
  return {
    ...inEveryText(rest, hide),
    request: {
      ...request,
      // As whoever sends the placeholder again would write it.
      path: hide(request.path).replaceAll(/\{[^{}]*key:[^{}]*\}/g, encodeURIComponent),
      headers: inHeaders(request.headers, hide),
      body: request.body && inBytes(request.body, hide),
    },
    ...(response ? { response: cleanedResponse(response, hide) } : {}),
  }
}

/** A body whose length is announced keeps being as long as announced. */
function cleanedResponse(
  response: NonNullable<Exchange['response']>,
  hide: Hide,
): NonNullable<Exchange['response']> {
  const { headers, body } = response
  const shown = inBytes(body, hide)
  const framed = inHeaders(headers, hide).map(([name, value]): Header =>
    name === 'content-length' && value === String(body.byteLength)
      ? [name, String(shown.byteLength)]
      : [name, value],
  )
  return { ...response, headers: framed, body: shown }
}

/** Headers that every answer has, and no check bends. */
const SENT_AS_TEXT = new Set([
  'content-type',
  'content-length',
  'date',
  'connection',
  'keep-alive',
  'cache-control',
])

/** Credentials of the scheme Basic carry a key in Base64. */
function inHeaders(headers: readonly Header[], hide: Hide): Header[] {
  return headers.map(([name, value]) => {
    const hidden = SENT_AS_TEXT.has(name.toLowerCase()) ? hide(value) : hide.altered(value)
    const [, scheme, credentials] = /^(basic\s+)(\S+)$/i.exec(value) ?? []
    if (hidden !== value || scheme === undefined || credentials === undefined) return [name, hidden]
    const clear = Buffer.from(credentials, 'base64').toString('utf8')
    return [name, hide(clear) === clear ? value : `${scheme}${Buffer.from(hide(clear)).toString('base64')}`]
  })
}

/** Byte for byte: Latin-1 takes every byte for a character and gives it back. */
function inBytes(bytes: Uint8Array, hide: Hide): Uint8Array {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const shown = hide(text)
  return shown === text ? bytes : Buffer.from(shown, 'latin1')
}
