import type { IncomingMessage } from 'node:http'
import {
  bodyTooLarge,
  parseOptionalRequestBody,
  parseRequestBody,
  parseRequestText,
  type RequestBody,
} from '@countersign/protocol'
import type { Static, TSchema } from '@sinclair/typebox'
import type { Exchange } from './exchange.ts'
import { accept, Problem } from './problem.ts'

/** Reads the whole body, up to `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limit) throw Problem.from(bodyTooLarge(limit))

  // Not `for await`: to leave such a loop destroys the connection, and then nobody can be told why.
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      else {
        chunks = []
        reject(Problem.from(bodyTooLarge(limit)))
      }
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    request.on('error', reject)
    request.on('close', () => reject(new Error('The body broke off.')))
  })
}

/** The body as a value of the schema, opaque values untouched; every fault names its place. */
export function parseBody<S extends TSchema>(exchange: Exchange, schema: S, depth: number): Static<S> {
  return accept(parseRequestBody(bodyOf(exchange), schema, depth))
}

/** The same for an operation whose body may be left out. */
export function parseOptionalBody<S extends TSchema>(
  exchange: Exchange,
  schema: S,
  depth: number,
): Static<S> {
  return accept(parseOptionalRequestBody(bodyOf(exchange), schema, depth))
}

/** The same, whatever the media type said. */
export function parseAnyBody<S extends TSchema>({ body }: Exchange, schema: S, depth: number): Static<S> {
  return accept(parseRequestText(decode(body), schema, depth))
}

function bodyOf({ headers, body }: Exchange): RequestBody {
  return {
    content_type: headers['content-type'],
    content_encoding: headers['content-encoding'],
    text: decode(body),
  }
}

function decode(body: Buffer): string | undefined {
  try {
    return UTF_8.decode(body)
  } catch {
    return undefined
  }
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
