import type { Clock } from './clock.ts'
import type { KeyName, Request, Response } from './exchange.ts'
import { NotJudgeable } from './not-judgeable.ts'
import { readProject, type ShownProject } from './project.ts'
import { parseJson } from './reply.ts'
import type { Discovery, Keyring } from './subject.ts'
import type { Outcome, Transport } from './transport.ts'

const TIMEOUT_MS = 4_000

/** What is known of a server before it is judged. */
export interface Found {
  readonly discovery: Discovery
  readonly project: ShownProject
  readonly other_project: ShownProject
}

/**
 * Finds out within five seconds whether there is a Countersign server that takes the keys, what it claims, and what is configured. Where scopes
 * are served and there is one key for everything, it makes keys for an agent and a responder, so that they are different principals.
 *
 * @throws {NotJudgeable} when there is nothing to judge.
 */
export async function preflight(
  baseUrl: URL,
  keyring: Keyring,
  transport: Transport,
  clock: Clock,
): Promise<Found> {
  const began = clock.now()
  const left = () => Math.max(500, TIMEOUT_MS - (clock.now() - began))
  const send = (request: Partial<Request> & { path: string }) =>
    transport.send(
      { key: 'nobody', method: 'GET', headers: [], body: undefined, ...request },
      { timeoutMs: left() },
    )

  const discovery = readDiscovery(baseUrl, await send({ path: '/.well-known/countersign' }))
  // All at once: a server that takes a second for each answer still answers in time.
  const shown = await Promise.all(
    keyring.names().map(async (key) => ({ key, outcome: await send({ key, path: '/v1/project' }) })),
  )
  for (const { key, outcome } of shown) refuseBadKey(key, outcome)
  const projects = new Map(shown.map(({ key, outcome }) => [key, bodyOf(outcome)]))
  await completeKeys(discovery, keyring, send)
  // The admin sees the most.
  const key = ['admin', 'token', 'agent', 'responder'].find((name) => projects.has(name))
  return {
    discovery,
    project: readProject(key && projects.get(key), { is_admin: keyring.secretOf('admin') !== undefined }),
    other_project: readProject(projects.get('other'), {
      is_admin: projects.has('other') && (await isAdmin('other', discovery, send)),
    }),
  }
}

type Send = (request: Partial<Request> & { path: string }) => Promise<Outcome>

/** Whether the key manages keys. */
async function isAdmin(key: KeyName, { profiles }: Discovery, send: Send): Promise<boolean> {
  if (!profiles.includes('scopes')) return false
  const { response } = await send({ key, path: '/v1/keys?limit=1' })
  return response?.status === 200
}

function bodyOf({ response }: Outcome): unknown {
  return parseJson(Buffer.from(response?.body ?? []).toString('utf8'))
}

function readDiscovery(baseUrl: URL, { response, failure }: Outcome): Discovery {
  const where = `${baseUrl.origin}${baseUrl.pathname.replace(/\/$/, '')}`
  if (failure?.kind === 'timeout') throw new NotJudgeable(`${where} does not answer: ${failure.message}.`)
  if (failure?.kind === 'reset' || failure?.kind === 'unreadable')
    throw new NotJudgeable(`${where} is no Countersign server: ${failure.message}.`)
  if (!response)
    throw new NotJudgeable(
      `Nothing answers at ${where}: ${failure?.message ?? 'no connection'}. Is the server running?`,
    )

  const value = bodyOf({ response })
  const missing = whatIsMissing(value)
  if (response.status !== 200 || missing !== undefined)
    throw new NotJudgeable(
      `${where} is no Countersign server: GET /.well-known/countersign answered ${summary(response, missing)}.`,
    )
  return value as Discovery
}

function whatIsMissing(value: unknown): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'no JSON object'
  const found = value as Record<string, unknown>
  for (const name of ['versions', 'profiles', 'features', 'channel_kinds'])
    if (!Array.isArray(found[name])) return `JSON without the list ${name}`
  const limits = found['limits'] as Record<string, unknown> | null | undefined
  if (typeof limits !== 'object' || limits === null) return 'JSON without limits'
  return undefined
}

function summary({ status }: Response, missing: string | undefined): string {
  return status === 200 ? `200 with ${missing}` : `HTTP ${status}`
}

function refuseBadKey(key: string, { response, failure }: Outcome): void {
  if (failure)
    throw new NotJudgeable(`GET /v1/project with the key "${key}" got no answer: ${failure.message}.`)
  if (response?.status === 401)
    throw new NotJudgeable(
      `The server does not accept the key "${key}" (HTTP 401). Give a valid one with --${flagOf(key)}.`,
    )
}

function flagOf(key: string): string {
  return key === 'token' ? 'token' : `${key}-token`
}

/** `token` stands for every role that has no key of its own. */
async function completeKeys(discovery: Discovery, keyring: Keyring, send: Send): Promise<void> {
  const { profiles } = discovery
  const token = keyring.secretOf('token')
  const lacks = (name: string) => keyring.secretOf(name) === undefined
  if (token !== undefined && lacks('admin') && (await isAdmin('token', discovery, send)))
    keyring.add('admin', token)
  for (const role of ['agent', 'responder'] as const) {
    if (!lacks(role)) continue
    const made = lacks('admin') || !profiles.includes('scopes') ? undefined : await makeKey(role, send)
    if (made !== undefined) keyring.add(role, made)
    else if (token !== undefined) {
      if (profiles.includes('scopes')) await refuseWithoutScope(role, send)
      keyring.add(role, token)
    }
  }
  if (lacks('agent') || lacks('responder'))
    throw new NotJudgeable(
      'Keys are needed: --token for one key that may do everything, or --agent-token and --responder-token.',
    )
}

/** With a key that may not do what its role does, nearly everything would fail, and say nothing about the server. */
async function refuseWithoutScope(role: 'agent' | 'responder', send: Send): Promise<void> {
  const path = role === 'agent' ? '/v1/function_calls' : '/v1/function_calls/conformance-none/respond'
  const headers = [['content-type', 'application/json']] as const
  const outcome = await send({ key: 'token', method: 'POST', path, headers, body: Buffer.from('{}') })
  const { code } = (bodyOf(outcome) ?? {}) as { code?: unknown }
  if (outcome.response?.status === 403 && code === 'insufficient_scope')
    throw new NotJudgeable(
      `The key "token" does not have the scope ${role} (HTTP 403). Give one that has with --${role}-token, ` +
        'or one with the scope admin with --admin-token, with which the suite makes its own.',
    )
}

async function makeKey(role: string, send: Send): Promise<string | undefined> {
  const body = Buffer.from(JSON.stringify({ scopes: [role], name: `conformance ${role}` }))
  const headers = [['content-type', 'application/json']] as const
  const outcome = await send({ key: 'admin', method: 'POST', path: '/v1/keys', headers, body })
  const secret = (bodyOf(outcome) as { secret?: unknown } | undefined)?.secret
  return outcome.response?.status === 201 && typeof secret === 'string' ? secret : undefined
}
