import { describe, expect, test } from 'vitest'
import { form } from '../../src/oracles/form.ts'
import { judgedBy, transcript, subject, verdictOn, type Line, type Told } from '../transcripts.ts'

const on = (requirement: string, ...line: Line) => verdictOn(form, requirement, ...line)
const problem = { type: 'urn:countersign:problem:not_found', title: 'Gone', status: 404, code: 'not_found' }
const asProblem = { 'content-type': 'application/problem+json' }
const get = 'GET /v1/function_calls/c1'

describe('that every error is a problem', () => {
  const judge = (told: Told, request = get) =>
    on('error.problem', request, { status: 404, headers: asProblem, body: problem, ...told })

  test.each([
    'application/problem+json',
    'application/problem+json; charset=utf-8',
    'application/problem+json ;charset=utf-8',
    'APPLICATION/PROBLEM+JSON',
  ])('holds for an error as %s', (type) => {
    expect(judge({ headers: { 'content-type': type } })).toBe('kept')
  })

  test.each(['application/json', 'application/problem+jsonp', 'text/application/problem+json', ''])(
    'is violated by an error as "%s"',
    (type) => {
      expect(judge({ headers: { 'content-type': type } })).toEqual({
        expected: 'an error as application/problem+json',
        actual: `HTTP 404 as ${type}`,
      })
    },
  )

  test('is violated by an error of no type', () => {
    expect(judge({ headers: {} })).toEqual({
      expected: 'an error as application/problem+json',
      actual: 'HTTP 404 as no type',
    })
  })

  test.each([
    ['type', 'string', 3, '3'],
    ['title', 'string', null, 'null'],
    ['status', 'number', '404', '"404"'],
    ['code', 'string', undefined, 'nothing'],
  ])('is violated by a wrong %s', (name, kind, value, actual) => {
    expect(judge({ body: { ...problem, [name]: value } })).toEqual({
      expected: `a problem with the ${kind} ${name}`,
      actual,
      pointer: `/${name}`,
    })
  })

  test.each(['null', '"text"', '[]', '{', ''])('is violated by the body %s', (text) => {
    expect(judge({ text })).toEqual({
      expected: 'a problem with the string type',
      actual: 'nothing',
      pointer: '/type',
    })
  })

  test('is judged from 400 on, and not for HumanLayer and readiness', () => {
    expect(judge({ status: 400, headers: {} })).not.toBe('not judged')
    expect(judge({ status: 399, headers: {} })).toBe('not judged')
    expect(judge({ headers: {} }, 'GET /humanlayer/v1/function_calls/c1')).toBe('not judged')
    expect(judge({ headers: {}, status: 503 }, 'GET /readyz')).toBe('not judged')
    expect(judge({ headers: {} }, 'GET /v1/humanlayer/c1')).not.toBe('not judged')
  })
})

describe('that every code comes with its status', () => {
  const judge = (told: Told, request = get) =>
    on('error.code-status', request, { status: 404, headers: asProblem, body: problem, ...told })

  test('holds for the right one, and for a code that is not known', () => {
    expect(judge({})).toBe('kept')
    expect(judge({ body: { ...problem, code: 'brand_new' } })).toBe('kept')
  })

  test('is violated by another status', () => {
    expect(judge({ status: 400, body: { ...problem, status: 400 } })).toEqual({
      expected: 'HTTP 404 with the code not_found',
      actual: 'HTTP 400',
      pointer: '/code',
    })
  })

  test('is violated by another status in the body, also under an unknown code', () => {
    const finding = { expected: 'the status 404 in the body too', actual: '400', pointer: '/status' }
    expect(judge({ body: { ...problem, status: 400 } })).toEqual(finding)
    expect(judge({ body: { ...problem, status: 400, code: 'brand_new' } })).toEqual(finding)
  })

  test('is judged by problems with a code alone', () => {
    expect(judge({ body: { ...problem, code: 404 } })).toBe('not judged')
    expect(judge({ text: 'null' })).toBe('not judged')
    expect(judge({ text: '"not_found"' })).toBe('not judged')
    expect(judge({ headers: { 'content-type': 'application/json' }, status: 400 })).toBe('not judged')
    expect(judge({ headers: {}, status: 400 })).toBe('not judged')
    expect(judge({ headers: { 'content-type': 'x/application/problem+json' } })).toBe('not judged')
    expect(judge({ status: 399 })).toBe('not judged')
    expect(judge({ status: 400 }, 'GET /humanlayer/v1/function_calls/c1')).toBe('not judged')
    expect(judge({ status: 400, body: { ...problem, code: 'malformed_body', status: 400 } })).toBe('kept')
    expect(judge({ headers: { 'content-type': 'Application/Problem+JSON' } })).toBe('kept')
  })
})

describe('that an error names its places', () => {
  const judge = (errors: unknown, code = 'invalid_request', request = get) =>
    on('error.places', request, { status: 422, headers: asProblem, body: { ...problem, code, errors } })

  test.each(['', '/spec', '/spec/kwargs/a~1b~0c', '/items/0', '/'])(
    'holds for the pointer "%s"',
    (pointer) => {
      expect(judge([{ pointer, detail: 'wrong' }])).toBe('kept')
    },
  )

  test.each(['spec', '#/spec', '/a~2', '/a~', '/spec/a~/b', 3, null, undefined])(
    'is violated by the pointer %s',
    (pointer) => {
      expect(judge([{ pointer: '/a' }, { pointer }])).toEqual({
        expected: 'a pointer of RFC 6901',
        actual: pointer === undefined ? 'nothing' : JSON.stringify(pointer),
        pointer: '/errors/1/pointer',
      })
    },
  )

  test('is violated by an entry that is null', () => {
    expect(judge([null])).toMatchObject({ pointer: '/errors/0/pointer', actual: 'nothing' })
  })

  test('is violated by a part that is no text', () => {
    expect(judge([{ pointer: '/limit', in: 'query' }])).toBe('kept')
    expect(judge([{ pointer: '/limit', in: 7 }])).toEqual({
      expected: 'the part of the request as text',
      actual: '7',
      pointer: '/errors/0/in',
    })
  })

  test.each([
    [undefined, 'nothing'],
    [[], '[]'],
    [{ pointer: '/a' }, '{"pointer":"/a"}'],
  ])('is violated by errors that are %s', (errors, actual) => {
    expect(judge(errors)).toEqual({ expected: 'the places that are wrong', actual, pointer: '/errors' })
  })

  test.each([
    'malformed_body',
    'invalid_request',
    'unsupported_feature',
    'unknown_option',
    'edit_not_allowed',
    'schema_mismatch',
  ])('is asked of the code %s', (code) => {
    expect(judge([], code)).not.toBe('not judged')
  })

  test('is asked neither of other codes nor of the HumanLayer profile', () => {
    expect(judge([], 'not_found')).toBe('not judged')
    expect(judge([], 'invalid_request', 'POST /humanlayer/v1/function_calls')).toBe('not judged')
    expect(
      on('error.places', get, { status: 200, headers: asProblem, body: { code: 'invalid_request' } }),
    ).toBe('not judged')
  })
})

describe('that every success is JSON', () => {
  const judge = (type: string | undefined, request = get, status = 200) =>
    on('http.json-answers', request, { status, headers: type === undefined ? {} : { 'content-type': type } })

  test.each([
    'application/json',
    'application/json ;charset=utf-8',
    'application/json;x',
    'Application/JSON',
  ])('holds for %s', (type) => {
    expect(judge(type)).toBe('kept')
  })

  test.each(['text/json', 'application/jsonp', 'text/application/json', 'application/problem+json'])(
    'is violated by %s',
    (type) => {
      expect(judge(type)).toEqual({ expected: 'application/json', actual: type })
    },
  )

  test('is violated by no type', () => {
    expect(judge(undefined)).toEqual({ expected: 'application/json', actual: 'no Content-Type' })
  })

  test('is asked of successes with a body, of what the document describes', () => {
    expect(judge('text/html', get, 299)).not.toBe('not judged')
    for (const status of [199, 204, 300, 404]) expect(judge('text/html', get, status)).toBe('not judged')
    expect(judge('text/html', 'GET /metrics')).toBe('not judged')
    expect(judge('text/html', 'PATCH /v1/project')).toBe('not judged')
    expect(judge('text/html', 'GET /v1/function_calls?limit=1')).not.toBe('not judged')
  })
})

describe('that every answer has its shape', () => {
  const project = { project_id: 'p1', name: 'One', created_at: '2026-01-31T12:00:00Z' }
  const judge = (told: Told, request = 'GET /v1/project') => on('http.answer-shape', request, told)

  test('holds for what the schema describes, and more', () => {
    expect(judge({ body: project })).toBe('kept')
    expect(judge({ body: { ...project, colour: 'blue' } })).toBe('kept')
  })

  test('is violated by what is missing or wrong', () => {
    expect(judge({ body: { ...project, name: 3 } })).toEqual({
      expected: 'what must be string',
      actual: '3',
      pointer: '/name',
    })
    expect(judge({ body: {} })).toMatchObject({ actual: '{}', pointer: '' })
    expect(judge({ text: `{"project_id"${' '.repeat(200)}` })).toEqual({
      expected: 'JSON',
      actual: `"{\\"project_id\\"${' '.repeat(107)}"`,
      pointer: '',
    })
  })

  test('judges every problem, also of a status that the document does not name', () => {
    expect(judge({ status: 404, headers: asProblem, body: problem }, 'GET /v1/nothing')).toBe('kept')
    expect(
      judge({ status: 404, headers: asProblem, body: { ...problem, title: 1 } }, 'GET /v1/nothing'),
    ).toMatchObject({ pointer: '/title' })
    expect(judge({ status: 401, body: { ...problem, title: 1 } })).toMatchObject({ pointer: '/title' })
  })

  test('has nothing to say of what nobody describes', () => {
    expect(judge({ status: 404, body: 3 }, 'GET /v1/nothing')).toBe('not judged')
    expect(judge({ status: 200, headers: asProblem, body: {} }, 'GET /v1/nothing')).toBe('not judged')
    expect(judge({ status: 418, body: 3 })).toBe('not judged')
    for (const text of ['null', '3', '{'])
      expect(judge({ status: 404, headers: asProblem, text }, 'GET /v1/nothing')).toBe('not judged')
    expect(judge({ status: 404, headers: asProblem, body: {} }, 'GET /humanlayer/v1/x')).toBe('not judged')
  })

  test('explains no failure of a check', () => {
    const explains = form.filter((one) => !one.explains).map(({ requirement }) => requirement)
    expect(explains).toEqual(['http.answer-shape'])
  })
})

test('every 503 says when to come back', () => {
  const judge = (headers: Record<string, string>, request = get, status = 503) =>
    on('http.retry-after', request, { status, headers })
  const finding = { expected: 'a Retry-After header', actual: 'none' }

  expect(judge({ 'retry-after': '1' })).toBe('kept')
  expect(judge({})).toEqual(finding)
  expect(judge({ 'retry-after': ' ' })).toEqual(finding)
  expect(judge({}, get, 500)).toBe('not judged')
  expect(judge({}, 'GET /humanlayer/v1/x')).toBe('not judged')
})

describe('that no answer is stored', () => {
  const judge = (value: string | undefined, request = get) =>
    on('http.not-stored', request, { headers: value === undefined ? {} : { 'cache-control': value } })

  test.each(['no-store', 'private, no-store', 'no-store,private', 'NO-STORE', 'a,  no-store  ,b'])(
    'holds for %s',
    (value) => {
      expect(judge(value)).toBe('kept')
    },
  )

  test.each(['no-cache', 'x-no-store', 'no-stored', 'private no-store', ''])(
    'is violated by "%s"',
    (value) => {
      expect(judge(value)).toEqual({ expected: 'Cache-Control: no-store', actual: value })
    },
  )

  test('is violated by no word of it, where the document describes the answer', () => {
    expect(judge(undefined)).toEqual({ expected: 'Cache-Control: no-store', actual: 'no Cache-Control' })
    expect(judge(undefined, 'GET /metrics')).toBe('not judged')
    expect(judge(undefined, 'GET /humanlayer/v1/function_calls/c1')).toBe('not judged')
  })
})

describe('that every instant is written in UTC', () => {
  const good = '2026-01-31T12:00:00.000Z'
  const bad = '2026-01-31T12:00:00+01:00'
  const judge = (body: unknown, request = get, status = 200) => on('time.format', request, { body, status })
  const expected = 'an instant such as 2026-01-31T12:00:00.000Z'

  test.each([
    ['/status/requested_at', { status: { requested_at: bad } }],
    ['/status/expires_at', { status: { requested_at: good, expires_at: bad } }],
    ['/status/completed_at', { status: { requested_at: good, completed_at: bad } }],
    ['/status/responded_at', { status: { requested_at: good, responded_at: bad } }],
    [
      '/status/responses/1/responded_at',
      { status: { responses: [{ responded_at: good }, { responded_at: bad }] } },
    ],
    ['/status/contacts/0/joins_at', { status: { contacts: [{ joins_at: bad }] } }],
    ['/status/contacts/0/sent_at', { status: { contacts: [{ joins_at: good, sent_at: bad }] } }],
    ['/status/escalations/0/escalated_at', { status: { escalations: [{ escalated_at: bad }] } }],
    ['/created_at', { created_at: bad }],
    ['/revoked_at', { revoked_at: bad }],
    ['/key/created_at', { key: { created_at: bad } }],
    ['/key/revoked_at', { key: { revoked_at: bad } }],
    ['/items/1/status/requested_at', { items: [{ status: {} }, { status: { requested_at: bad } }] }],
    [
      '/items/0/status/responses/0/responded_at',
      { items: [{ status: { responses: [{ responded_at: bad }] } }] },
    ],
  ])('is violated at %s', (pointer, body) => {
    expect(judge(body)).toEqual({ expected, actual: `"${bad}"`, pointer })
  })

  test('is judged in what has won, too', () => {
    expect(
      judge({ winning_status: { completed_at: bad } }, `POST /v1/function_calls/c1/respond`, 409),
    ).toEqual({
      expected,
      actual: `"${bad}"`,
      pointer: '/winning_status/completed_at',
    })
  })

  test('holds for instants in UTC, and does not ask for those that are null', () => {
    expect(judge({ status: { requested_at: good, completed_at: null } })).toBe('kept')
    expect(judge({ status: { completed_at: null } })).toBe('not judged')
    expect(judge({ status: { requested_at: 12 } })).toEqual({
      expected,
      actual: '12',
      pointer: '/status/requested_at',
    })
  })

  test('leaves opaque values, other answers and other parts of the server alone', () => {
    expect(judge({ spec: { kwargs: { requested_at: bad } }, requested_at: bad })).toBe('not judged')
    expect(judge({ created_at: bad }, get, 418)).toBe('not judged')
    expect(judge({ created_at: bad }, 'GET /metrics')).toBe('not judged')
    expect(judge({ created_at: bad }, 'GET /humanlayer/v1/function_calls/c1')).toBe('not judged')
  })
})

describe('that no error shows what the server is made of', () => {
  const judge = (text: string, request = get, more: Told = {}) =>
    on('error.no-internals', request, { status: 500, text, ...more })

  test.each([
    ['a stack trace', 'boom\n    at Object.handle', '\n    at Object.handle'],
    ['a stack trace', '{"detail":"boom\\n    at handle (x)"}', '\\n    at handle (x)'],
    ['a stack trace', 'Traceback (most recent call last): x', 'Traceback (most recent call last)'],
    ['a stack trace', 'goroutine 17 [running]', 'goroutine 17 ['],
    ['a stack trace', 'Exception in thread "main"', 'Exception in thread'],
    ['a stack trace', "thread 'main' panicked at 'x'", 'panicked at'],
    ['a stack trace', 'Caused by: boom', 'Caused by:'],
    ['a query', 'in SELECT id, name FROM calls', 'SELECT id, name FROM '],
    ['a query', 'in SELECT a FROM calls JOIN b FROM c', 'SELECT a FROM '],
    ['a query', 'INSERT  INTO calls', 'INSERT  INTO '],
    ['a query', 'UPDATE  calls  SET a', 'UPDATE  calls  SET '],
    ['a query', 'DELETE  FROM calls', 'DELETE  FROM '],
    ['a query', 'select id  from  calls  where id', 'select id  from  calls  where'],
    ['a query', 'insert  into  calls  (id', 'insert  into  calls  ('],
    ['a query', 'insert into calls(id', 'insert into calls('],
    ['a query', 'update  calls  set  state = 1', 'update  calls  set  state ='],
    ['a query', 'update calls set state=1', 'update calls set state='],
    ['the words of a database', 'x SQLITE_BUSY y', 'SQLITE_BUSY'],
    ['the words of a database', 'UNIQUE constraint failed: a', 'UNIQUE constraint failed'],
    ['the words of a database', 'FOREIGN KEY constraint failed', 'FOREIGN KEY constraint failed'],
    ['the words of a database', 'NOT NULL constraint failed', 'NOT NULL constraint failed'],
    ['the words of a database', 'SQLSTATE 23505', 'SQLSTATE'],
    ['the words of a database', 'duplicate key value violates x', 'duplicate key value violates'],
    ['the words of a database', 'psycopg2.Error', 'psycopg2'],
    ['the words of a database', 'psycopg.Error', 'psycopg'],
    ['the words of a database', 'x ERR_SQLITE_ERROR y', 'ERR_SQLITE_ERROR'],
    ['a file name', 'open /home/app/x.db failed', ' /home/app/x.db'],
    ['a file name', '/usr/bin/x', '/usr/bin/x'],
    ['a file name', 'in "/var/lib/x" there', '"/var/lib/x'],
    ['a file name', "'/opt/x'", "'/opt/x"],
    ['a file name', '(/root/x', '(/root/x'],
    ['a file name', 'x:/tmp/x', ':/tmp/x'],
    ['a file name', ' /app/x y', ' /app/x'],
    ['a file name', ' /srv/x', ' /srv/x'],
    ['a file name', ' /Users/x', ' /Users/x'],
    ['a file name', ' /etc/x', ' /etc/x'],
    ['a file name', ' file:///x', ' file:///x'],
    ['a file name', 'in C:\\\\app\\\\x', '"C:\\\\\\\\app\\\\\\\\x"'],
    ['a file name', 'in C:\\app\\x', '"C:\\\\app\\\\x"'],
    ['a file name', 'node_modules', 'node_modules'],
    ['a file name', 'site-packages', 'site-packages'],
    ['a file name', 'in my-store.ts:42', 'my-store.ts:42'],
    ['a file name', 'in store.mjs:42', 'store.mjs:42'],
    ['a file name', 'in store.js:42', 'store.js:42'],
    ['a file name', 'in store.cjs:4', 'store.cjs:4'],
    ['a file name', 'in Store.java(42)', 'Store.java(42)'],
    ['a file name', 'File "store.py", line 42', 'store.py", line 42'],
    ['a file name', 'in store.go:42', 'store.go:42'],
  ])('finds %s in: %s', (what, text, shown) => {
    expect(judge(text)).toEqual({
      expected: `an error without ${what}`,
      actual: shown.startsWith('"C') ? shown : JSON.stringify(shown),
    })
  })

  test.each([
    '{"detail":"look at the docs"}',
    'the cause: select one from the list',
    'update the set, insert it into the list (again)',
    'SELECTED FROM a list',
    'see https://example.com/home/page',
    'urn:countersign:problem:not_found',
    'MY_SQLITE is fine',
    'goroutine x [',
    'the pointer /spec/kwargs/etc',
    'node modules',
    'the version 1.2.3',
    'store.ts has no line',
    'the ratio is 3:4',
    'an update is set up',
    'preselect x from y where z',
    'the name is Caused',
  ])('finds nothing in: %s', (text) => {
    expect(judge(text)).toBe('kept')
  })

  test('does not mind what the client itself has sent', () => {
    expect(judge('no node_modules', 'GET /v1/node_modules')).toBe('kept')
    expect(judge('no /etc/x', 'GET /v1/%20/etc/x?a')).toBe('kept')
    expect(judge('no  /etc/x', 'GET /v1/%20%2Fetc%2Fx')).toBe('kept')
    expect(judge('no node_modules', get, { sent: { a: 'node_modules' } })).toBe('kept')
    expect(judge('no node_modules', 'GET /v1/%E0%A4')).toMatchObject({ actual: '"node_modules"' })
  })

  test('finds the secret of the key that asked, in whatever case the scheme is', () => {
    const finding = { expected: 'an error without secrets', actual: 'the secret of a key' }
    const asking = (value: string, name = 'Authorization') =>
      judge('bad key cs_0123456789ab!', get, { sentHeaders: [[name, value]] })

    expect(asking('Bearer cs_0123456789ab')).toEqual(finding)
    expect(asking('bearer   cs_0123456789ab', 'authorization')).toEqual(finding)
    expect(asking('Bearer cs_0123456')).toBe('kept')
    expect(asking('Basic cs_0123456789ab')).toBe('kept')
    expect(asking('X Bearer cs_0123456789ab')).toBe('kept')
    expect(asking('Bearer cs_0123456789ab more')).toBe('kept')
    expect(asking('Bearer cs_0123456789ab', 'x-other')).toBe('kept')
    expect(judge('the value is undefined', get, { sentHeaders: [['x-other', 'a']] })).toBe('kept')
  })

  test('finds the secret of a key that was made at any time', () => {
    const made = (secret: unknown, status = 201, path = '/v1/keys'): Line => [
      `POST ${path}`,
      { status, body: { secret } },
    ]
    const error: Line = [get, { status: 404, text: 'not cs_made!' }]
    const overall = (...lines: Line[]) => judgedBy(form, 'error.no-internals', ...lines)

    expect(overall(made('cs_made!'), error)).toEqual({
      subjects: 1,
      findings: [{ expected: 'an error without secrets', actual: 'the secret of a key', exchange: 2 }],
    })
    expect(overall(error, made('cs_made!')).findings).toHaveLength(1)
    for (const other of [
      made('made!'),
      made(3),
      made('cs_made!', 200),
      made('cs_made!', 201, '/v1/other'),
    ] as Line[])
      expect(overall(other, error)).toEqual({ subjects: 1, findings: [] })
    expect(overall(['POST /v1/keys', { status: null }], error)).toEqual({ subjects: 1, findings: [] })
  })

  test('is asked of errors alone, of those of HumanLayer too', () => {
    expect(judge('node_modules', get, { status: 399 })).toBe('not judged')
    expect(judge('node_modules', get, { status: 400 })).not.toBe('not judged')
    expect(judge('node_modules', get, { status: null })).toBe('not judged')
    expect(judge('node_modules', 'GET /humanlayer/v1/x')).not.toBe('not judged')
  })
})

test('the oracles of the form look at each answer and at no request without one', () => {
  for (const oracle of form) {
    expect(oracle.title).toMatch(/^(every|an?|no) \w+ .+/)
    expect(
      oracle.judge({ subject, exchanges: transcript([get, { status: null }]) }),
      oracle.requirement,
    ).toEqual({
      subjects: 0,
      findings: [],
    })
  }
})
