import { WebhookVerificationError } from './errors.ts'
import { parseExact } from './exact-json.ts'
import type { Event } from './schemas.ts'

/** Headers as `fetch`, Node.js or a framework hands them over; the case of names does not count in `Headers` and Node.js. */
export type WebhookHeaders =
  | Pick<Headers, 'get'>
  | Readonly<Record<string, string | readonly string[] | undefined>>

export interface VerifyWebhookOptions {
  /** What is taken for the time. Default: the clock of the process. */
  now?: Date | undefined
}

/**
 * Verifies a delivery and gives back its event. Throws `WebhookVerificationError` when it was not signed with one of the secrets, or more
 * than five minutes before or after now. `body` has to be what came, byte for byte: what a framework has parsed and written again
 * has another signature. A delivery can come twice; its `webhook-id` is the same then.
 *
 * An endpoint with a HumanLayer `payload_style` gets other bodies: name their type.
 */
export async function verifyWebhook<Payload = Event>(
  body: string | Uint8Array,
  headers: WebhookHeaders,
  secrets: string | readonly string[],
  { now = new Date() }: VerifyWebhookOptions = {},
): Promise<Payload> {
  const keys = await Promise.all([secrets].flat().map(importKey))
  const { id, timestamp, signatures } = readHeaders(headers)
  checkTime(timestamp, now)

  const bytes = typeof body === 'string' ? ENCODER.encode(body) : body
  const signed = concat(ENCODER.encode(`${id}.${timestamp}.`), bytes)
  if (!(await isSignedByAny(signed, signatures, keys)))
    throw new WebhookVerificationError('No signature of the delivery was made with this secret.')
  return parseBody(bytes) as Payload
}

const TOLERANCE_SECONDS = 5 * 60
const ENCODER = new TextEncoder()

async function importKey(secret: string): Promise<CryptoKey> {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''))
  // A secret that is missing from the environment must not turn into a key that everybody knows.
  if (!bytes || bytes.length === 0)
    throw new WebhookVerificationError('The secret has to be `whsec_` and base64, as it was shown once.')
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
}

function readHeaders(headers: WebhookHeaders): {
  id: string
  timestamp: string
  signatures: Uint8Array<ArrayBuffer>[]
} {
  for (const prefix of ['webhook', 'svix']) {
    const [id, timestamp, signature] = ['id', 'timestamp', 'signature'].map((name) =>
      headerOf(headers, `${prefix}-${name}`),
    )
    if (!id || !timestamp || !signature) continue
    const signatures = signature
      .split(' ')
      .filter((each) => each.startsWith('v1,'))
      .flatMap((each) => fromBase64(each.slice(3)) ?? [])
    return { id, timestamp, signatures }
  }
  throw new WebhookVerificationError(
    'The headers webhook-id, webhook-timestamp and webhook-signature are needed.',
  )
}

function headerOf(headers: WebhookHeaders, name: string): string | undefined {
  if (typeof headers.get === 'function') return (headers as Headers).get(name) ?? undefined
  const value = (headers as Exclude<WebhookHeaders, Pick<Headers, 'get'>>)[name]
  return typeof value === 'string' ? value : value?.join(' ')
}

function checkTime(timestamp: string, now: Date): void {
  const age = /^\d{1,15}$/.test(timestamp) ? now.getTime() / 1000 - Number(timestamp) : Number.NaN
  if (!(Math.abs(age) <= TOLERANCE_SECONDS))
    throw new WebhookVerificationError('The delivery is more than five minutes old or ahead.')
}

/** `verify` compares in constant time. */
async function isSignedByAny(
  signed: Uint8Array<ArrayBuffer>,
  signatures: readonly Uint8Array<ArrayBuffer>[],
  keys: readonly CryptoKey[],
): Promise<boolean> {
  for (const key of keys)
    for (const signature of signatures)
      if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true
  return false
}

function parseBody(bytes: Uint8Array): unknown {
  try {
    return parseExact(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new WebhookVerificationError('The delivery is signed, and its body is not JSON.', { cause: error })
  }
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(one.length + other.length)
  bytes.set(one)
  bytes.set(other, one.length)
  return bytes
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
