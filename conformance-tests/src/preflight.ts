import type { Clock } from './clock.ts'
import type { Request, Response } from './exchange.ts'
import { NotJudgeable } from './not-judgeable.ts'
import { parseJson } from './reply.ts'
import type { Discovery, Keyring } from './subject.ts'
import type { Outcome, Transport } from './transport.ts'

const TIMEOUT_MS = 4_000

/**
 * Finds out within five seconds whether there is a Countersign server that takes the keys, and what it claims. Where scopes are served and
 * there is one key for everything, it makes keys for an agent and a responder, so that they are different principals.
 *
 * @throws {NotJudgeable} when there is nothing to judge.
 */
export async function preflight(
  baseUrl: URL,
  keyring: Keyring,
  transport: Transport,
  clock: Clock,
): Promise<Discovery> {
  const began = clock.now()
  const left = () => Math.max(500, TIMEOUT_MS - (clock.now() - began))
  const send = (request: Partial<Request> & { path: string }) =>
    transport.send(
      { key: 'nobody', method: 'GET', headers: [], body: undefined, ...request },
      { timeoutMs: left() },
    )

  const discovery = readDiscovery(baseUrl, await send({ path: '/.well-known/countersign' }))
  for (const key of keyring.names()) refuseBadKey(key, await send({ key, path: '/v1/project' }))
  await completeKeys(discovery, keyring, send)
  return discovery
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

  const value = parseJson(Buffer.from(response.body).toString('utf8'))
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
async function completeKeys(
  { profiles }: Discovery,
  keyring: Keyring,
  send: (request: Partial<Request> & { path: string }) => Promise<Outcome>,
): Promise<void> {
  const token = keyring.secretOf('token')
  const lacks = (name: string) => keyring.secretOf(name) === undefined
  if (token !== undefined && lacks('admin') && profiles.includes('scopes')) {
    const { response } = await send({ key: 'token', path: '/v1/keys?limit=1' })
    if (response?.status === 200) keyring.add('admin', token)
  }
  for (const role of ['agent', 'responder']) {
    if (!lacks(role)) continue
    const made = lacks('admin') || !profiles.includes('scopes') ? undefined : await makeKey(role, send)
    if (made !== undefined) keyring.add(role, made)
    else if (token !== undefined) keyring.add(role, token)
  }
  if (lacks('agent') || lacks('responder'))
    throw new NotJudgeable(
      'Keys are needed: --token for one key that may do everything, or --agent-token and --responder-token.',
    )
}

async function makeKey(
  role: string,
  send: (request: Partial<Request> & { path: string }) => Promise<Outcome>,
): Promise<string | undefined> {
  const body = Buffer.from(JSON.stringify({ scopes: [role], name: `conformance ${role}` }))
  const headers = [['content-type', 'application/json']] as const
  const { response } = await send({ key: 'admin', method: 'POST', path: '/v1/keys', headers, body })
  const secret = (
    parseJson(Buffer.from(response?.body ?? []).toString('utf8')) as { secret?: unknown } | undefined
  )?.secret
  return response?.status === 201 && typeof secret === 'string' ? secret : undefined
}
