import type { Context } from '../context.ts'
import { expectStatus } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import type { Actor } from './actor.ts'
import { functionCalls, humanContacts, pathOf, type CallKind } from './call-kind.ts'

/** Where the profile lies. */
export const PROFILE = '/humanlayer/v1'

/** A kind of call as HumanLayer API v1 has it, and the same kind in the core. */
export interface HumanLayerKind {
  readonly core: CallKind
  /** What the SDKs post to. */
  readonly collection: '/function_calls' | '/contact_requests'
  /** What the paths of those who answer begin with. */
  readonly agentCollection: '/agent/function_calls' | '/agent/human_contacts'
  /** The member of a status that holds the decision or the answer. */
  readonly decision: 'approved' | 'response'
}

export const profileFunctionCalls: HumanLayerKind = {
  core: functionCalls,
  collection: '/function_calls',
  agentCollection: '/agent/function_calls',
  decision: 'approved',
}

export const profileHumanContacts: HumanLayerKind = {
  core: humanContacts,
  collection: '/contact_requests',
  agentCollection: '/agent/human_contacts',
  decision: 'response',
}

export const profileKinds: readonly HumanLayerKind[] = [profileFunctionCalls, profileHumanContacts]

type Wish = { call_id?: string; run_id?: string; spec?: Readonly<Record<string, unknown>> }

/** Whoever speaks HumanLayer API v1 with a key. As with `Actor`, the `try…` verbs only say what was answered. */
export class HumanLayerClient {
  readonly #context: Context
  readonly #actor: Actor

  constructor(context: Context, actor: Actor) {
    this.#context = context
    this.#actor = actor
  }

  /** Reads a path of the profile. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.#actor.get(PROFILE + path, headers)
  }

  post(path: string, json?: unknown): Promise<Reply> {
    return this.#actor.post(PROFILE + path, json)
  }

  /** Sends these bytes as they are. */
  postText(path: string, body: string | Uint8Array): Promise<Reply> {
    return this.#actor.send({ method: 'POST', path: PROFILE + path, body })
  }

  create(kind: HumanLayerKind, wish: Wish = {}): Promise<Reply> {
    return this.#context.step('humanlayer.create-answers-200', async () => {
      const reply = await this.tryCreate(kind, wish)
      expectStatus(reply, 200)
      return reply
    })
  }

  /** The same with a body of exactly this text. */
  createFromText({ collection }: HumanLayerKind, body: string): Promise<Reply> {
    return this.#context.step('humanlayer.create-answers-200', async () => {
      const reply = await this.postText(collection, body)
      expectStatus(reply, 200)
      return reply
    })
  }

  tryCreate({ core, collection }: HumanLayerKind, { call_id, run_id, spec }: Wish = {}): Promise<Reply> {
    return this.post(collection, {
      run_id: run_id ?? this.#context.id('run'),
      call_id: call_id ?? this.#context.id(this.#context.nextName()),
      spec: core.spec(spec),
    })
  }

  /** Reads a call that exists. */
  read(kind: HumanLayerKind, call_id: string): Promise<Reply> {
    return this.#context.step('humanlayer.paths', async () => {
      const reply = await this.tryRead(kind, call_id)
      expectStatus(reply, 200)
      return reply
    })
  }

  /** Reads a call that was created natively. */
  readNative(kind: HumanLayerKind, call_id: string): Promise<Reply> {
    return this.#context.step('humanlayer.same-calls', async () => {
      const reply = await this.tryRead(kind, call_id)
      expectStatus(reply, 200)
      return reply
    })
  }

  tryRead({ collection }: HumanLayerKind, call_id: string): Promise<Reply> {
    return this.get(`${collection}/${encodeURIComponent(call_id)}`)
  }

  /** Gives an answer that has to be accepted. */
  respond(kind: HumanLayerKind, call_id: string, answer: unknown = kind.core.answer): Promise<Reply> {
    return this.#context.step('humanlayer.paths', async () => {
      const reply = await this.tryRespond(kind, call_id, answer)
      expectStatus(reply, 200)
      return reply
    })
  }

  tryRespond(kind: HumanLayerKind, call_id: string, answer: unknown = kind.core.answer): Promise<Reply> {
    return this.post(`${kind.agentCollection}/${encodeURIComponent(call_id)}/respond`, answer)
  }

  tryEscalate(kind: HumanLayerKind, call_id: string, escalation: unknown): Promise<Reply> {
    return this.post(`${kind.agentCollection}/${encodeURIComponent(call_id)}/escalate_email`, escalation)
  }

  /** Lists what is pending. */
  pending(kind: HumanLayerKind, query = ''): Promise<Reply> {
    return this.get(`${kind.agentCollection}/pending${query}`)
  }
}

/** What is done natively to calls that were created in the profile. */
export class NativeDoor {
  readonly #context: Context

  constructor(context: Context) {
    this.#context = context
  }

  read({ core }: HumanLayerKind, call_id: string): Promise<Reply> {
    return this.#through(() => this.#context.agent.get(pathOf(core, call_id)))
  }

  respond({ core }: HumanLayerKind, call_id: string, answer: unknown = core.answer): Promise<Reply> {
    return this.#through(() => this.#context.responder.tryRespond(core, call_id, answer))
  }

  cancel({ core }: HumanLayerKind, call_id: string, cancellation?: unknown): Promise<Reply> {
    return this.#through(() => this.#context.agent.tryCancel(core, call_id, cancellation))
  }

  #through(act: () => Promise<Reply>): Promise<Reply> {
    return this.#context.step('humanlayer.same-calls', async () => {
      const reply = await act()
      expectStatus(reply, 200)
      return reply
    })
  }
}

/** The agent and the responder of a check as they speak in this profile, and the same calls natively. */
export function inProfile(context: Context): {
  agent: HumanLayerClient
  responder: HumanLayerClient
  natively: NativeDoor
} {
  return {
    agent: new HumanLayerClient(context, context.agent),
    responder: new HumanLayerClient(context, context.responder),
    natively: new NativeDoor(context),
  }
}
