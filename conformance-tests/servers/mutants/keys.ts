import type { Mutant } from '../mutation.ts'

const AUTHENTICATE = 'reference-server/src/http/authenticate.ts'
const BEARER_KEY = 'reference-server/src/bearer-key.ts'
const CALLS = 'reference-server/src/calls.ts'
const CARRY = 'reference-server/src/http/carry.ts'
const HTTP_CALLS = 'reference-server/src/http/calls.ts'
const KEYS = 'reference-server/src/http/keys.ts'
const MAIN = 'reference-server/src/main.ts'
const OPERATIONS = 'protocol/src/operations.ts'
const SQLITE_CALLS = 'reference-server/src/store/sqlite/sqlite-calls.ts'
const SQLITE_STORE = 'reference-server/src/store/sqlite/sqlite-store.ts'

const ALIVE_IN_TRANSACTION = {
  file: SQLITE_CALLS,
  find: 'if (key_id !== undefined && !this.#statements.aliveKey.get(key_id))',
  replace: "if (key_id === '' && !this.#statements.aliveKey.get(key_id))",
}
const ALIVE_AFTER_BODY = { file: CARRY, find: "if (request.method !== 'GET') await authorize()", replace: '' }

export const keyMutants: readonly Mutant[] = [
  {
    id: 'first-of-several-keys-counts',
    requirement: 'auth.key-needed',
    title: 'Of several Authorization headers the first is looked at.',
    patches: [
      {
        file: AUTHENTICATE,
        find: 'if (secret === undefined || authorization.length > 1)',
        replace: 'if (secret === undefined)',
      },
    ],
  },
  {
    id: 'key-is-taken-from-the-query',
    requirement: 'auth.key-needed',
    title: 'A key in the query works like one in the header.',
    patches: [
      {
        file: CARRY,
        find: "request.headersDistinct['authorization'] ?? []",
        replace:
          "request.headersDistinct['authorization'] ?? new URLSearchParams(request.url.replace(/^[^?]*/, '')).getAll('access_token').map((key) => `Bearer ${key}`)",
      },
    ],
  },
  {
    id: 'scheme-does-not-count',
    requirement: 'auth.key-needed',
    title: 'A key works under every scheme, and without one.',
    patches: [
      {
        file: 'protocol/src/http/bearer-secret.ts',
        find: '/^Bearer +(\\S+) *$/i',
        replace: '/^(?:\\w+ +)?(\\S+) *$/i',
      },
    ],
  },
  {
    id: 'case-of-a-key-does-not-count',
    requirement: 'auth.key-needed',
    title: 'Keys are compared without regard to case.',
    patches: [
      {
        file: BEARER_KEY,
        find: '.update(secret).digest()',
        replace: '.update(secret.toLowerCase()).digest()',
      },
    ],
  },
  {
    id: 'project-is-shown-for-any-key',
    requirement: 'auth.key-needed',
    title: 'The project of the key can be had with any key.',
    patches: [
      {
        file: AUTHENTICATE,
        find: '  if (!key || !timingSafeEqual(key.secret_hash, secret_hash))\n',
        replace:
          "  if (!key && scopes.length === 3) return { ...NOBODY, project_id: 'default' }\n  if (!key || !timingSafeEqual(key.secret_hash, secret_hash))\n",
      },
    ],
  },
  {
    id: 'refusal-does-not-say-how-to-authenticate',
    requirement: 'auth.challenge',
    title: 'A 401 for an unknown key has no WWW-Authenticate header.',
    patches: [
      {
        file: AUTHENTICATE,
        find: "throw Problem.from(unauthenticated('This key is not known here.'))",
        replace: "throw new Problem('unauthenticated', 'This key is not known here.')",
      },
    ],
  },
  {
    id: 'media-type-before-key',
    requirement: 'auth.before-everything',
    title: 'The media type of the body is judged before the key.',
    patches: [
      {
        file: CARRY,
        find: '      principal = await authorize()\n',
        replace: `      if (/text/.test(request.headers['content-type'] ?? ''))
        throw new Problem('unsupported_media_type', 'A body has to be JSON.')
      principal = await authorize()
`,
      },
    ],
    roots: ['respond.order'],
  },
  {
    id: 'existence-before-scope',
    requirement: 'auth.before-everything',
    title: 'A key that may not answer gets 404 for a call that does not exist and 403 for one that does.',
    patches: [
      {
        file: OPERATIONS,
        find: "scopes: ['responder'],\n      request: kind.respond",
        replace: 'scopes: ANY,\n      request: kind.respond',
      },
      {
        file: HTTP_CALLS,
        find: 'const response = parseBody(exchange, kind.schemas.response, limits.json_depth) as Response',
        replace: `if (!exchange.principal.scopes.includes('responder'))
        throw new Problem('insufficient_scope', 'This needs the scope responder.')
      const response = parseBody(exchange, kind.schemas.response, limits.json_depth) as Response`,
      },
    ],
    roots: ['respond.order'],
  },
  {
    id: 'responder-cancels',
    requirement: 'auth.scope',
    title: 'A responder can withdraw a call.',
    patches: [
      {
        file: OPERATIONS,
        find: "summary: `Withdraw a pending ${kind.noun}`,\n      scopes: ['agent'],",
        replace: "summary: `Withdraw a pending ${kind.noun}`,\n      scopes: ['agent', 'responder'],",
      },
    ],
  },
  {
    id: 'agent-answers',
    requirement: 'auth.scope',
    title: 'An agent can answer its own call.',
    patches: [
      {
        file: OPERATIONS,
        find: "scopes: ['responder'],\n      request: kind.respond",
        replace: "scopes: ['responder', 'agent'],\n      request: kind.respond",
      },
    ],
    roots: ['respond.order'],
  },
  {
    id: 'everybody-lists-keys',
    requirement: 'auth.scope',
    title: 'Every key can list the keys.',
    patches: [
      {
        file: OPERATIONS,
        find: "summary: 'List the keys of the project, newest first',\n    scopes: ['admin'],",
        replace: "summary: 'List the keys of the project, newest first',\n    scopes: ANY,",
      },
    ],
  },
  {
    id: 'only-the-first-scope-counts',
    requirement: 'auth.scopes-combine',
    title: 'Of several scopes of a key only the first counts.',
    patches: [
      {
        file: AUTHENTICATE,
        find: 'insufficientScope(scopes, key.scopes)',
        replace: 'insufficientScope(scopes, key.scopes.slice(0, 1))',
      },
    ],
  },
  {
    id: 'nobody-answers-a-call-of-their-own',
    requirement: 'auth.scopes-combine',
    title: 'A key that is an agent too cannot answer the calls that it created.',
    patches: [
      {
        file: CALLS,
        find: 'const mayCount = ',
        replace: `if (asked.status.requested_by === principalOf(principal)) throw new Problem('insufficient_scope', 'Somebody else has to answer.')
  const mayCount = `,
      },
    ],
  },
  {
    id: 'manager-reads-calls',
    requirement: 'auth.admin-does-not-read',
    title: 'A key that manages can read calls.',
    patches: [
      {
        file: OPERATIONS,
        find: "waiting for the answer if asked to`,\n      scopes: ['agent', 'responder'],",
        replace: 'waiting for the answer if asked to`,\n      scopes: ANY,',
      },
    ],
  },
  {
    id: 'manager-lists-calls',
    requirement: 'auth.admin-does-not-read',
    title: 'A key that manages can list calls.',
    patches: [
      {
        file: OPERATIONS,
        find: "summary: `List ${kind.noun}s, newest first`,\n      scopes: ['agent', 'responder'],",
        replace: 'summary: `List ${kind.noun}s, newest first`,\n      scopes: ANY,',
      },
    ],
  },
  {
    id: 'revoked-key-is-repeated',
    requirement: 'auth.secret-shown-once',
    title: 'The refusal of a revoked key shows the key.',
    patches: [
      {
        file: AUTHENTICATE,
        find: "unauthenticated('This key was revoked.')",
        replace: 'unauthenticated(`The key ${secret} was revoked.`)',
      },
    ],
    roots: ['error.no-internals'],
  },
  {
    id: 'nameless-key-is-named-by-its-secret',
    requirement: 'auth.secret-shown-once',
    title: 'A key without a name is shown with its secret as the name.',
    patches: [{ file: BEARER_KEY, find: 'name: wish.name ?? null', replace: 'name: wish.name ?? secret' }],
    roots: ['auth.create-key'],
  },
  {
    id: 'revoked-key-still-reads',
    requirement: 'auth.revoked-at-once',
    title: 'Only acts look whether a key was revoked; reads do not.',
    patches: [
      {
        file: AUTHENTICATE,
        find: 'if (key.revoked_at !== null)',
        replace: 'if (key.revoked_at === undefined)',
      },
    ],
    roots: ['auth.key-needed', 'auth.revoked-ends-waits'],
  },
  {
    id: 'keys-are-remembered-for-a-while',
    requirement: 'auth.revoked-at-once',
    title: 'A key that was seen is not looked up again for a second.',
    patches: [
      {
        file: AUTHENTICATE,
        find: 'const key = await store.findKeyByHash(secret_hash)\n',
        replace: `const known = SEEN.get(secret)
  const key = known && Date.now() - known.at < 1000 ? known.key : await store.findKeyByHash(secret_hash)
  if (key && key !== known?.key) SEEN.set(secret, { key, at: Date.now() })
`,
      },
      {
        file: AUTHENTICATE,
        find: '/** Who asks where no key is needed. */\n',
        replace: `const SEEN = new Map<string, { key: NonNullable<Awaited<ReturnType<Store['findKeyByHash']>>>; at: number }>()\n\n/** Who asks where no key is needed. */\n`,
      },
    ],
    roots: ['auth.key-needed'],
  },
  {
    id: 'key-is-judged-before-the-body-only',
    requirement: 'auth.revoked-at-once',
    title: 'A key is looked at when the headers are there, and not again when the body has come.',
    patches: [ALIVE_IN_TRANSACTION, ALIVE_AFTER_BODY],
  },
  {
    id: 'revoked-manager-makes-a-last-key',
    requirement: 'auth.revoked-at-once',
    title: 'Who makes a key is looked at when the headers are there, and not again when the body has come.',
    patches: [ALIVE_AFTER_BODY],
  },
  {
    id: 'new-key-is-answered-with-200',
    requirement: 'auth.create-key',
    title: 'A new key is answered with 200.',
    patches: [
      {
        file: KEYS,
        find: 'return { status: 201, body: { key, secret } }',
        replace: 'return { status: 200, body: { key, secret } }',
      },
    ],
  },
  {
    id: 'new-key-forgets-its-person',
    requirement: 'auth.create-key',
    title: 'A new key is not bound to the person who was named.',
    patches: [
      { file: BEARER_KEY, find: 'responder_id: wish.responder_id ?? null', replace: 'responder_id: null' },
    ],
    roots: ['responder.of-a-key'],
  },
  {
    id: 'new-key-has-one-scope',
    requirement: 'auth.create-key',
    title: 'A new key gets the first of its scopes only.',
    patches: [
      { file: KEYS, find: '[...new Set(wish.scopes)]', replace: '[...new Set(wish.scopes)].slice(0, 1)' },
    ],
    roots: ['auth.scopes-combine'],
  },
  {
    id: 'revoked-keys-are-not-listed',
    requirement: 'auth.list-keys',
    title: 'The list of keys leaves revoked ones out.',
    patches: [
      {
        file: SQLITE_STORE,
        find: 'where project_id = ? and seq < ? order by seq desc limit ?`',
        replace: 'where project_id = ? and seq < ? and revoked_at is null order by seq desc limit ?`',
      },
    ],
  },
  {
    id: 'key-at-the-edge-of-a-page-is-lost',
    requirement: 'auth.list-keys',
    title: 'A page of keys begins one key too late.',
    patches: [
      {
        file: SQLITE_STORE,
        find: 'const items = rows.slice(0, page.limit).map(',
        replace: 'const items = rows.slice(page.before === undefined ? 0 : 1, page.limit + 1).map(',
      },
    ],
  },
  {
    id: 'second-revocation-is-404',
    requirement: 'auth.revoke-again',
    title: 'A key that was revoked is not found by a second revocation.',
    patches: [
      {
        file: SQLITE_STORE,
        find: 'where project_id = ? and key_id = ? returning *`',
        replace: 'where project_id = ? and key_id = ? and revoked_at is null returning *`',
      },
    ],
  },
  {
    id: 'second-revocation-sets-a-new-time',
    requirement: 'auth.revoke-again',
    title: 'A second revocation sets the time of the first anew.',
    patches: [{ file: SQLITE_STORE, find: 'coalesce(revoked_at, ?)', replace: 'coalesce(?, revoked_at)' }],
  },
  {
    id: 'revoked-key-goes-on-waiting',
    requirement: 'auth.revoked-ends-waits',
    title: 'The held requests of a revoked key are held on.',
    patches: [
      {
        file: KEYS,
        find: "waiters.revoke(new Set([key.key_id]), Problem.from(unauthenticated('This key was revoked.')))\n",
        replace: '',
      },
      {
        file: KEYS,
        find: 'const { store, waiters, streams, limits } = deps',
        replace: 'const { store, streams, limits } = deps',
      },
      {
        file: MAIN,
        find: "  waiters.revoke(revoked, Problem.from(unauthenticated('This key was revoked.')))\n",
        replace: '',
      },
    ],
  },
]
