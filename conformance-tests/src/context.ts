import { Actor } from './actors/actor.ts'
import type { Clock } from './clock.ts'
import type { Exchange, Header, KeyName, Pause, Reading, Request } from './exchange.ts'
import { Reply } from './reply.ts'
import type { Keyring, Limits, Subject } from './subject.ts'
import type { SubjectProcess } from './subject-process.ts'
import type { Transport } from './transport.ts'
import type { RequirementId } from './generated/requirement-ids.ts'
import { judging, Violation, type Finding } from './violation.ts'

/** A request as a check writes it: a `json` value, or a `body` of exactly these bytes. */
export interface Outgoing {
  method?: string
  path: string
  headers?: readonly Header[] | Readonly<Record<string, string>>
  json?: unknown
  body?: string | Uint8Array
  /** The headers go out at once and the body when this resolves. */
  bodyAfter?: Promise<unknown>
  /** Sends a body without saying what it is. */
  untyped?: boolean
  /** How long the answer may take, before patience: 10 seconds unless told. */
  timeoutMs?: number
  signal?: AbortSignal
  /** For an answer without an end: when enough of it has come. */
  until?: (text: string) => boolean
}

/** Everything that a run shares between its checks. */
export interface Run {
  readonly subject: Subject
  readonly keyring: Keyring
  readonly transport: Transport
  readonly clock: Clock
  /** Stands in every id of the run, so that runs never meet. */
  readonly namespace: string
  readonly seed: number
  /** How long the races and the model may take together. */
  readonly budgetMs: number
  readonly process: SubjectProcess | undefined
  readonly exchanges: Exchange[]
  readonly pauses: Pause[]
  readonly readings: Reading[]
}

/** Which check a context is for. */
export interface Judged {
  id: string
  requirement: RequirementId
  attempt: number
  /** What the server did not even answer at the beginning. */
  broken?: ReadonlyMap<RequirementId, Finding>
}

/** What a check has in hand: people who act, ids of its own, time and chance that can be repeated. */
export class Context {
  readonly subject: Subject
  readonly limits: Limits
  /** 1, or 4 on the second try of a liveness check: waits and time-outs are multiplied by it. */
  readonly patience: number
  /** A number from 0 up to 1, from the seed of the run and the id of the check. */
  readonly random: () => number
  readonly agent: Actor
  readonly responder: Actor
  readonly nobody: Actor
  readonly #run: Run
  readonly #check: string
  readonly #requirement: RequirementId
  readonly #broken: ReadonlyMap<RequirementId, Finding>
  readonly #ids: string
  #keys = 0
  #names = 0

  constructor(run: Run, { id: check, requirement, attempt, broken = new Map() }: Judged) {
    this.#run = run
    this.#check = check
    this.#requirement = requirement
    this.#broken = broken
    this.subject = run.subject
    this.limits = run.subject.discovery.limits
    this.patience = attempt === 1 ? 1 : 4
    this.random = randomNumbers(hash(`${run.seed}/${check}`))
    // Long namespaces would leave no room in an id of 128 characters.
    this.#ids = markerOf(run.namespace, check, attempt)
    this.agent = this.actor('agent')
    this.responder = this.actor('responder')
    this.nobody = this.actor('nobody')
  }

  /** The holder of a key that is in the run's hands, such as `admin` or `other`. */
  actor(key: KeyName): Actor {
    return new Actor(this, key)
  }

  /** Takes up a key that the server has made. Its secret is known to this check alone. */
  adopt(secret: string): Actor {
    this.#keys += 1
    return this.actor(this.#run.keyring.add(`${this.#check}#${this.#keys}`, secret))
  }

  /**
   * Takes a step that the protocol promises. Where it fails, `requirement` is violated, and a check of another one is not judged; where
   * it is known that the server does not answer, it is not tried again.
   */
  async step<T>(requirement: RequirementId, act: () => Promise<T>): Promise<T> {
    const known = this.#broken.get(requirement)
    if (known && requirement !== this.#requirement) throw new Violation(known)
    return judging(requirement, act)
  }

  /** An id that nobody else has. */
  id(name: string): string {
    return `${this.#ids}-${name}`
  }

  /** A name for an id that nobody needs to recognise. */
  nextName(): string {
    this.#names += 1
    return `c${this.#names}`
  }

  /** What stands in every id of this check and in no other text. */
  get marker(): string {
    return this.#ids
  }

  now(): number {
    const at = this.#run.clock.now(this.#check)
    this.#run.readings.push({ check: this.#check, at })
    return at
  }

  get budgetMs(): number {
    return this.#run.budgetMs
  }

  get process(): SubjectProcess {
    if (!this.#run.process) throw new Error('This check needs a process and does not say so.')
    return this.#run.process
  }

  async sleep(ms: number): Promise<void> {
    this.#run.pauses.push({ check: this.#check, began_at: this.#run.clock.now(), ms })
    await this.#run.clock.sleep(ms)
  }

  /** Sends a request and gives back the answer. No answer at all is a violation. */
  async send(key: KeyName, outgoing: Outgoing): Promise<Reply> {
    const exchange = await this.exchange(key, outgoing)
    if (exchange.response) return new Reply(exchange, exchange.response)
    throw new Violation({
      expected: 'an answer',
      actual: exchange.failure?.message ?? 'nothing',
      exchange: exchange.number,
    })
  }

  /** Sends a request and gives back what became of it, even when nothing did. */
  async exchange(key: KeyName, outgoing: Outgoing): Promise<Exchange> {
    const request = requestOf(key, outgoing)
    const { clock, transport, exchanges } = this.#run
    const sent_at = clock.now()
    const sent_after = exchanges.length
    const outcome = await transport.send(request, {
      timeoutMs: (outgoing.timeoutMs ?? 10_000) * this.patience,
      signal: outgoing.signal,
      bodyAfter: outgoing.bodyAfter,
      until: outgoing.until,
    })
    const exchange: Exchange = {
      number: exchanges.length + 1,
      check: this.#check,
      request,
      sent_after,
      sent_at,
      received_at: clock.now(),
      ...outcome,
    }
    exchanges.push(exchange)
    return exchange
  }

  /** The exchanges of this check so far, in the order in which they ended. */
  exchanges(): Exchange[] {
    return this.#run.exchanges.filter(({ check }) => check === this.#check)
  }
}

/** What stands in every id that a try of a check makes. */
export function markerOf(namespace: string, check: string, attempt: number): string {
  return `${namespace}-${hash(check).toString(36)}${attempt > 1 ? `r${attempt}` : ''}`
}

function requestOf(
  key: KeyName,
  { method = 'GET', path, headers = [], json, body, untyped = false }: Outgoing,
): Request {
  const given: readonly Header[] = Array.isArray(headers)
    ? (headers as readonly Header[])
    : Object.entries(headers as Record<string, string>)
  const text = json === undefined ? body : JSON.stringify(json)
  const needsType =
    !untyped && text !== undefined && !given.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    key,
    method,
    path,
    headers: needsType ? [['content-type', 'application/json'], ...given] : given,
    body: typeof text === 'string' ? Buffer.from(text) : text,
  }
}

/** FNV-1a: the same text gives the same number everywhere. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0
  return value
}

/** mulberry32: small, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
