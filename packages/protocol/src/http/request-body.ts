import type { Static, TSchema } from '@sinclair/typebox'
import { parseJson, type JsonFault } from '../json/parse.ts'
import { opaquePlaces } from '../opaque-places.ts'
import { validate } from '../validate.ts'
import type { HttpRefusal, Parsed } from './refusals.ts'

/** A body as it came, up to the limit of bytes. */
export interface RequestBody {
  content_type: string | null | undefined
  content_encoding: string | null | undefined
  /** The bytes as text; undefined when they are not UTF-8. */
  text: string | undefined
}

/** The body as a value of the schema, opaque values untouched; every fault names its place. */
export function parseRequestBody<S extends TSchema>(
  body: RequestBody,
  schema: S,
  json_depth: number,
): Parsed<Static<S>> {
  const refusal = mediaTypeRefusal(body)
  return refusal ? { ok: false, refusal } : parseRequestText(body.text, schema, json_depth)
}

/** The same for an operation whose body may be left out. */
export function parseOptionalRequestBody<S extends TSchema>(
  body: RequestBody,
  schema: S,
  json_depth: number,
): Parsed<Static<S>> {
  return body.text === ''
    ? parseRequestText('{}', schema, json_depth)
    : parseRequestBody(body, schema, json_depth)
}

/** Text to a value of the schema, whatever the media type said. Undefined is what is not UTF-8. */
export function parseRequestText<S extends TSchema>(
  text: string | undefined,
  schema: S,
  json_depth: number,
): Parsed<Static<S>> {
  if (text === undefined) return malformed({ pointer: '', detail: 'The body is not UTF-8.' })
  const parsed = parseJson(text, opaquePlaces(schema), json_depth)
  if (!parsed.ok) return malformed(parsed.fault)

  const validated = validate(schema, parsed.value)
  if (validated.ok) return validated
  const places = validated.faults.map(({ pointer }) => pointer || 'the body').join(', ')
  const detail = `The request has the wrong shape at ${places}.`
  return { ok: false, refusal: { code: 'invalid_request', detail, errors: validated.faults } }
}

function malformed(fault: JsonFault): { ok: false; refusal: HttpRefusal } {
  return { ok: false, refusal: { code: 'malformed_body', detail: fault.detail, errors: [fault] } }
}

function mediaTypeRefusal({ content_type, content_encoding }: RequestBody): HttpRefusal | undefined {
  if (!/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(content_type ?? ''))
    return unsupported(
      'content-type',
      `The Content-Type has to be application/json, not "${content_type ?? ''}".`,
    )
  if (!/^(identity)?$/i.test(content_encoding ?? ''))
    return unsupported('content-encoding', 'A body is taken as it is, without a Content-Encoding.')
  return undefined
}

function unsupported(header: string, detail: string): HttpRefusal {
  const errors = [{ in: 'header' as const, pointer: `/${header}`, detail }]
  return { code: 'unsupported_media_type', detail, errors }
}
