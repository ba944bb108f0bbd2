import type { Mutant } from '../mutation.ts'

const BODY = 'protocol/src/http/request-body.ts'
const CARRY = 'reference-server/src/http/carry.ts'
const CALLS = 'reference-server/src/http/calls.ts'
const OPERATIONS = 'protocol/src/operations.ts'
const REFUSALS = 'protocol/src/http/refusals.ts'
const OTHER_METHODS = 'reference-server/src/http/other-methods.ts'

export const httpMutants: readonly Mutant[] = [
  {
    id: 'creations-are-answered-as-text',
    requirement: 'http.json-answers',
    title: 'The answer to a creation says that it is text.',
    patches: [
      {
        file: CARRY,
        find: "'content-type': 'application/json',",
        replace: "'content-type': status === 201 ? 'text/plain' : 'application/json',",
      },
    ],
  },
  {
    id: 'pending-call-has-no-completed-at',
    requirement: 'http.answer-shape',
    title: 'The status of a pending call lacks completed_at.',
    roots: ['call.terminal-times'],
    patches: [
      { file: 'protocol/src/transitions/creation.ts', find: '    completed_at: null,\n', replace: '' },
    ],
  },
  {
    id: 'fault-has-no-detail',
    requirement: 'http.answer-shape',
    title: 'The places of an error have no detail.',
    patches: [
      {
        file: 'protocol/src/http/problem-document.ts',
        find: '(errors && { errors })',
        replace: '(errors && { errors: errors.map(({ pointer }) => ({ pointer }) as never) })',
      },
    ],
  },
  {
    id: 'every-json-type-is-taken',
    requirement: 'http.media-type',
    title: 'Bodies of types such as application/vnd.api+json are taken.',
    patches: [
      {
        file: BODY,
        find: '/^application\\/json\\s*',
        replace: '/^application\\/(?:[\\w.-]+\\+)?json\\s*',
      },
    ],
  },
  {
    id: 'charset-is-not-looked-at',
    requirement: 'http.media-type',
    title: 'Every charset is taken for UTF-8.',
    patches: [{ file: BODY, find: '(;\\s*charset="?utf-8"?\\s*)?$', replace: '(;.*)?$' }],
  },
  {
    id: 'content-encoding-is-not-looked-at',
    requirement: 'http.encoding',
    title: 'A body is parsed as it is, whatever encoding it declares.',
    patches: [{ file: BODY, find: '/^(identity)?$/i', replace: '/^.*$/' }],
  },
  {
    id: 'allow-is-missing',
    requirement: 'http.method',
    title: 'The refusal of a method does not say which ones are taken.',
    patches: [{ file: REFUSALS, find: ', headers: { allow } }', replace: ' }' }],
  },
  {
    id: 'options-is-answered',
    requirement: 'http.method',
    title: 'OPTIONS is answered with 204 everywhere.',
    patches: [
      {
        file: OTHER_METHODS,
        find: 'router.all(route, () => {',
        replace:
          "router.all(route, (request, response) => {\n      if (request.method === 'OPTIONS') return void response.status(204).end()",
      },
    ],
  },
  {
    id: 'paths-are-case-folded',
    requirement: 'http.unknown-path',
    title: 'Paths that differ in case are the same.',
    patches: [
      {
        file: 'reference-server/src/app.ts',
        find: "app.set('case sensitive routing', true)",
        replace: "app.set('case sensitive routing', false)",
      },
    ],
  },
  {
    id: 'unknown-call-is-a-bad-request',
    requirement: 'http.unknown-id',
    title: 'An unknown call is refused with 400.',
    patches: [
      {
        file: REFUSALS,
        find: "code: 'not_found',\n  detail: 'There is no such call in this project.'",
        replace: "code: 'invalid_parameter',\n  detail: 'There is no such call in this project.'",
      },
    ],
  },
  {
    id: 'not-ready-and-no-word-when',
    requirement: 'http.retry-after',
    title: 'A server that is not ready does not say when to come back.',
    patches: [
      {
        file: 'reference-server/src/http/server-facts.ts',
        find: 'await store.checkReady()\n',
        replace: "throw new Error('not ready')\n",
      },
      {
        file: 'reference-server/src/http/server-facts.ts',
        find: "headers: { 'retry-after': '1' }, ",
        replace: '',
      },
    ],
  },
  {
    id: 'first-of-two-parameters-counts',
    requirement: 'http.parameter-twice',
    title: 'Of a parameter that stands in the query twice the first one counts.',
    patches: [
      {
        file: 'protocol/src/http/query.ts',
        find: 'if (values.length > 1)',
        replace: 'if (values.length > 9)',
      },
    ],
  },
  {
    id: 'errors-may-be-stored',
    requirement: 'http.not-stored',
    title: 'Errors have no Cache-Control.',
    patches: [
      {
        file: CARRY,
        find: "'content-length': Buffer.byteLength(text),\n    'cache-control': 'no-store',",
        replace:
          "'content-length': Buffer.byteLength(text),\n    ...(status < 400 && { 'cache-control': 'no-store' }),",
      },
    ],
  },
  {
    id: 'version-needs-a-key',
    requirement: 'http.health',
    title: 'The version is shown to those with a key only.',
    patches: [
      {
        file: OPERATIONS,
        find: "summary: 'Which software answers',\n    scopes: 'none',",
        replace: "summary: 'Which software answers',\n    scopes: ANY,",
      },
    ],
  },
  {
    id: 'project-is-shown-to-agents-only',
    requirement: 'http.project',
    title: 'A key without the agent scope does not see its project.',
    patches: [{ file: OPERATIONS, find: 'scopes: ANY,', replace: "scopes: ['agent']," }],
  },
  {
    id: 'escalations-are-read-before-their-call',
    requirement: 'http.unknown-id',
    title: 'An escalation of an unknown call is refused for its shape.',
    patches: [
      {
        file: CALLS,
        find: `await getCall(kind, exchange.principal, idOf(exchange))
      const escalation = parseBody(exchange, Escalation, limits.json_depth)`,
        replace: 'const escalation = parseBody(exchange, Escalation, limits.json_depth)',
      },
    ],
  },
  {
    id: 'unreadable-media-types-are-internal-errors',
    requirement: 'http.media-type',
    title: 'A Content-Type that cannot be parsed is answered with 500.',
    patches: [
      {
        file: BODY,
        find: '  if (!/^application\\/json\\s*(',
        replace: `  if (content_type && !/^[\\w.+-]+\\/[\\w.+-]+\\s*(;\\s*[\\w.-]+=("[^"]*"|[\\w.-]+)\\s*)*$/.test(content_type)) throw new Error('invalid media type')
  if (!/^application\\/json\\s*(`,
      },
    ],
  },
  {
    id: 'keys-take-any-media-type',
    requirement: 'http.media-type',
    title: 'Keys are made whatever the Content-Type says.',
    patches: [
      {
        file: BODY,
        find: 'const refusal = mediaTypeRefusal(body)',
        replace: "const refusal = schema.$id === 'CreateKey' ? undefined : mediaTypeRefusal(body)",
      },
    ],
  },
  {
    id: 'browsers-get-html',
    requirement: 'http.json-answers',
    title: 'Who accepts text/html is told that the answer is that.',
    patches: [
      {
        file: CARRY,
        find: `    'content-type': 'application/json',
    'content-length'`,
        replace: `    'content-type': request.headers.accept?.includes('text/html') ? 'text/html' : 'application/json',
    'content-length'`,
      },
    ],
  },
  {
    id: 'unknown-parameters-are-refused',
    requirement: 'http.project',
    title: 'A parameter that the operation does not take is refused.',
    patches: [
      {
        file: CARRY,
        find: `  return {
    principal,`,
        replace: `  for (const name of new URLSearchParams(request.url.replace(/^[^?]*/, '')).keys())
    if (!['run_id', 'call_id', 'type', 'after', 'limit', 'cursor', 'state', 'tree_of', 'wait', 'offset'].includes(name))
      throw new Problem('invalid_parameter', 'No such parameter.', { errors: [{ in: 'query', pointer: '/' + name, detail: 'No.' }] })
  return {
    principal,`,
      },
    ],
  },
]
