import type { Context, Outgoing } from '../context.ts'
import type { KeyName } from '../exchange.ts'
import { expectStatus, expectThat, expectValue, show } from '../expectations.ts'
import { violate } from '../violation.ts'
import type { Reply } from '../reply.ts'
import { pathOf, type CallKind } from './call-kind.ts'

type Headers = NonNullable<Outgoing['headers']>
type Wish = { call_id?: string; run_id?: string; spec?: Readonly<Record<string, unknown>>; query?: string }

/**
 * Whoever holds a key. `get`, `post` and `send` say what the server answered, whatever that is. The verbs of the protocol expect it to
 * agree: where it does not, the requirement that says so is violated, and the check that only needed the step is not judged.
 */
export class Actor {
  readonly key: KeyName
  readonly #context: Context

  constructor(context: Context, key: KeyName) {
    this.#context = context
    this.key = key
  }

  send(outgoing: Outgoing): Promise<Reply> {
    return this.#context.send(this.key, outgoing)
  }

  get(path: string, headers: Headers = {}): Promise<Reply> {
    return this.send({ path, headers })
  }

  /** Sends a value as JSON. */
  post(path: string, json?: unknown, headers: Headers = {}): Promise<Reply> {
    return this.send({ method: 'POST', path, headers, ...(json === undefined ? {} : { json }) })
  }

  /** Creates a call that is valid, under a `call_id` of its own unless told. */
  create(kind: CallKind, { call_id, run_id, spec, query = '' }: Wish = {}): Promise<Reply> {
    return this.#context.step('call.created-status', async () => {
      const reply = await this.tryCreate(kind, {
        ...(call_id === undefined ? {} : { call_id }),
        ...(run_id === undefined ? {} : { run_id }),
        ...(spec === undefined ? {} : { spec }),
        query,
      })
      expectStatus(reply, 201)
      const shown: unknown = reply.json?.call_id
      expectThat(typeof shown === 'string', 'the created call', show(reply.text), { reply })
      return reply
    })
  }

  /** Sends a creation that the server may refuse. */
  tryCreate(kind: CallKind, { call_id, run_id, spec, query = '' }: Wish = {}): Promise<Reply> {
    return this.post(`${kind.collection}${query}`, {
      run_id: run_id ?? this.#context.id('run'),
      call_id: call_id ?? this.#context.id(this.#context.nextName()),
      spec: kind.spec(spec),
    })
  }

  /** Reads a call that exists. */
  read(kind: CallKind, call_id: string): Promise<Reply> {
    return this.#context.step('call.read-your-writes', async () => {
      const reply = await this.get(pathOf(kind, call_id))
      expectStatus(reply, 200)
      return reply
    })
  }

  /** Gives an answer that has to be accepted. */
  respond(
    kind: CallKind,
    call_id: string,
    answer: Readonly<Record<string, unknown>> = kind.answer,
  ): Promise<Reply> {
    return this.#context.step(kind.requirements.decides, async () => {
      const reply = await this.tryRespond(kind, call_id, answer)
      expectStatus(reply, 200)
      return reply
    })
  }

  tryRespond(kind: CallKind, call_id: string, answer: unknown = kind.answer): Promise<Reply> {
    return this.post(pathOf(kind, call_id, 'respond'), answer)
  }

  /** Withdraws a call that is pending. */
  cancel(kind: CallKind, call_id: string, cancellation?: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.#context.step('call.cancel', async () => {
      const reply = await this.tryCancel(kind, call_id, cancellation)
      expectStatus(reply, 200)
      expectValue(reply, '/status/state', 'cancelled')
      return reply
    })
  }

  tryCancel(kind: CallKind, call_id: string, cancellation?: unknown): Promise<Reply> {
    return this.post(pathOf(kind, call_id, 'cancel'), cancellation)
  }

  /** Escalates a call that is pending. */
  escalate(kind: CallKind, call_id: string, escalation: Readonly<Record<string, unknown>>): Promise<Reply> {
    return this.#context.step('call.escalate', async () => {
      const reply = await this.tryEscalate(kind, call_id, escalation)
      expectStatus(reply, 200)
      return reply
    })
  }

  tryEscalate(kind: CallKind, call_id: string, escalation: unknown): Promise<Reply> {
    return this.post(pathOf(kind, call_id, 'escalate'), escalation)
  }

  /** Makes a key and takes it up. Needs the scope `admin`. */
  async createKey(wish: {
    scopes: readonly string[]
    responder_id?: string
    name?: string
  }): Promise<KeyHolder> {
    return this.#context.step('auth.create-key', async () => {
      const reply = await this.post('/v1/keys', wish)
      expectStatus(reply, 201)
      const { key, secret } = (reply.json ?? {}) as { key?: { key_id?: unknown }; secret?: unknown }
      const key_id = key?.key_id
      if (typeof secret !== 'string' || typeof key_id !== 'string')
        return violate('the key and its secret', show(Object.keys((reply.json as object) ?? {})), {
          exchange: reply.exchange,
        })
      return { actor: this.#context.adopt(secret), key_id, secret, reply }
    })
  }

  /** Revokes a key. Needs the scope `admin`. */
  revokeKey(key_id: string): Promise<Reply> {
    return this.#context.step('auth.revoked-at-once', async () => {
      const reply = await this.send({ method: 'DELETE', path: `/v1/keys/${encodeURIComponent(key_id)}` })
      expectStatus(reply, 200)
      return reply
    })
  }
}

export interface KeyHolder {
  readonly actor: Actor
  readonly key_id: string
  readonly secret: string
  readonly reply: Reply
}
