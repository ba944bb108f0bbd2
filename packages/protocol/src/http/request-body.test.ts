import { describe, expect, test } from 'vitest'
import { Cancellation } from '../schemas/call.ts'
import { parseOptionalRequestBody, parseRequestBody } from './request-body.ts'

const body = (
  text: string | undefined,
  content_type: string | null = 'application/json',
  content_encoding?: string,
) => ({
  text,
  content_type,
  content_encoding,
})

describe('a request body', () => {
  test('is a value of the schema, without what the schema does not name', () => {
    expect(parseRequestBody(body('{"comment":"No.","x":1}'), Cancellation, 16)).toEqual({
      ok: true,
      value: { comment: 'No.' },
    })
  })

  test.each([
    ['of another type', body('{}', 'text/plain'), 'unsupported_media_type', '/content-type'],
    ['without a type', body('{}', null), 'unsupported_media_type', '/content-type'],
    ['that is packed', body('{}', 'application/json', 'gzip'), 'unsupported_media_type', '/content-encoding'],
    ['that is not UTF-8', body(undefined), 'malformed_body', ''],
    ['that is no JSON', body('{'), 'malformed_body', ''],
    ['that nests too deep', body(`${'['.repeat(17)}${']'.repeat(17)}`), 'malformed_body', '/0'.repeat(16)],
    ['with a name twice', body('{"comment":"","comment":""}'), 'malformed_body', '/comment'],
    ['of another shape', body('{"comment":1}'), 'invalid_request', '/comment'],
  ])('%s is refused with its place', (_name, sent, code, pointer) => {
    expect(parseRequestBody(sent, Cancellation, 16)).toMatchObject({
      ok: false,
      refusal: { code, errors: [{ pointer }] },
    })
  })

  test('may be left out where the operation says so, whatever its type', () => {
    expect(parseOptionalRequestBody(body('', null), Cancellation, 16)).toEqual({ ok: true, value: {} })
    expect(parseRequestBody(body(''), Cancellation, 16)).toMatchObject({
      refusal: { code: 'malformed_body' },
    })
  })
})
