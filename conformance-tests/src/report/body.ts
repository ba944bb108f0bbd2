import { gunzipSync, gzipSync } from 'node:zlib'

/** A body as it stands in a report: as text where it is text, else in Base64, and packed where it is long. */
export type WrittenBody = { text: string } | { base64: string } | { gzip: string }

const LONG = 4096

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text that these bytes are, or undefined when they are no valid UTF-8. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

export function writeBody(bytes: Uint8Array): WrittenBody {
  if (bytes.byteLength > LONG) return { gzip: gzipSync(bytes).toString('base64') }
  const text = textOf(bytes)
  return text === undefined ? { base64: Buffer.from(bytes).toString('base64') } : { text }
}

export function readBody(body: WrittenBody): Uint8Array {
  if ('text' in body) return Buffer.from(body.text)
  if ('base64' in body) return Buffer.from(body.base64, 'base64')
  return gunzipSync(Buffer.from(body.gzip, 'base64'))
}
