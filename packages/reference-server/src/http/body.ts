import type { IncomingMessage } from 'node:http'
import { opaquePlaces, parseJson, validate } from '@countersign/protocol'
import type { Static, TSchema } from '@sinclair/typebox'
import type { Exchange } from './exchange.ts'
import { Problem } from './problem.ts'

/** Reads the whole body, up to `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limit) throw bodyTooLarge(limit)

  // Not `for await`: to leave such a loop destroys the connection, and then nobody can be told why.
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        chunks = []
        reject(bodyTooLarge(limit))
      }
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('The body broke off.')))
  })
}

/** The body as a value of the schema, opaque values untouched; every fault names its place. */
export function parseBody<S extends TSchema>(exchange: Exchange, schema: S, depth: number): Static<S> {
  requireJson(exchange)
  return parseText(decode(exchange.body), schema, depth)
}

/** The same for an operation whose body may be left out. */
export function parseOptionalBody<S extends TSchema>(
  exchange: Exchange,
  schema: S,
  depth: number,
): Static<S> {
  return exchange.body.length === 0 ? parseText('{}', schema, depth) : parseBody(exchange, schema, depth)
}

/** Text to a value of the schema, whatever the media type said. */
export function parseText<S extends TSchema>(text: string, schema: S, depth: number): Static<S> {
  const parsed = parseJson(text, opaquePlaces(schema), depth)
  if (!parsed.ok) throw new Problem('malformed_body', parsed.fault.detail, { errors: [parsed.fault] })

  const validated = validate(schema, parsed.value)
  if (!validated.ok) {
    const places = validated.faults.map(({ pointer }) => pointer || 'the body').join(', ')
    throw new Problem('invalid_request', `The request has the wrong shape at ${places}.`, {
      errors: validated.faults,
    })
  }
  return validated.value
}

export function decode(body: Buffer): string {
  try {
    return UTF_8.decode(body)
  } catch {
    const detail = 'The body is not UTF-8.'
    throw new Problem('malformed_body', detail, { errors: [{ pointer: '', detail }] })
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function requireJson({ headers }: Exchange): void {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(headers['content-type'] ?? ''))
    throw unsupported(
      'content-type',
      `The Content-Type has to be application/json, not "${headers['content-type'] ?? ''}".`,
    )
  if (!/^(identity)?$/i.test(headers['content-encoding'] ?? ''))
    throw unsupported('content-encoding', 'A body is taken as it is, without a Content-Encoding.')
}

function unsupported(header: string, detail: string): Problem {
  const errors = [{ in: 'header' as const, pointer: `/${header}`, detail }]
  return new Problem('unsupported_media_type', detail, { errors })
}

function bodyTooLarge(limit: number): Problem {
  const detail = `The body is larger than ${limit} bytes.`
  return new Problem('body_too_large', detail, { errors: [{ pointer: '', detail }] })
}
