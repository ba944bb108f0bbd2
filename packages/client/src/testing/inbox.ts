import { parseRequestText, responderOf, stringify, unknownCall, type Call } from '@countersign/protocol'
import { parseExact, writeExact } from '../exact-json.ts'
import type { GivenAnswer, KeptCall, KeptCalls } from './kept-calls.ts'
import { accept, Refused } from './refused.ts'

/** One kind of call as the person sees it whom the test plays. */
export interface Inbox<Wire, Asked, Answer> {
  /**
   * The oldest pending call that was not handed out before, as soon as there is one. It never settles when nobody asks:
   * the runner's time limit for a test says so.
   */
  next(matches?: (call: Wire) => boolean): Promise<Asked>
  /** Every call that was asked since the last `reset`, whatever its state, oldest first. */
  asked(): Wire[]
  /**
   * Answers every call from now on, and those that are pending. A call for which it returns undefined is left for `next`.
   * When it throws, or gives an answer that the call does not take, the agent's request is refused with that message.
   */
  respondWith(policy: (call: Wire) => Answer | undefined): void
}

/** Who answers, beside what they say. */
export interface AnswersAs {
  /** The person who answers, for calls that list who may decide. Default: the key of the person, bound to nobody. */
  as?: string | undefined
}

export interface Played<C extends Call, Response extends object, Wire, Asked> {
  calls: KeptCalls<C, Response>
  json_depth: number
  /** The id of the key with which the person answers. */
  key_id: string
  hand: (call: Wire, respond: (answer: object) => Wire) => Asked
}

/** Plays the person, beside the answers that come over HTTP. */
export class PlayedInbox<
  C extends Call,
  Response extends object,
  Wire,
  Asked,
  Answer extends AnswersAs,
> implements Inbox<Wire, Asked, Answer> {
  readonly #played: Played<C, Response, Wire, Asked>
  #policy: ((call: Wire) => Answer | undefined) | undefined
  #handed = new Set<KeptCall<C>>()
  #waiting: { matches: (call: Wire) => boolean; resolve: (call: Asked) => void }[] = []

  constructor(played: Played<C, Response, Wire, Asked>) {
    this.#played = played
  }

  next(matches: (call: Wire) => boolean = () => true): Promise<Asked> {
    return new Promise((resolve) => {
      this.#waiting.push({ matches, resolve })
      this.offer()
    })
  }

  asked(): Wire[] {
    return this.#played.calls.all().map(({ call }) => show(call) as Wire)
  }

  respondWith(policy: (call: Wire) => Answer | undefined): void {
    this.#policy = policy
    for (const kept of this.#pending()) {
      const answer = policy(show(kept.call) as Wire)
      if (answer) this.#respond(kept, answer)
    }
  }

  /** What the policy says to a call that is being asked. Throws when the answer would not be taken. */
  prepareAnswer(call: C, now: Date): GivenAnswer<Response> | undefined {
    try {
      const said = this.#policy?.(show(call) as Wire)
      if (!said) return undefined
      const answer = this.#read(said)
      const decision = this.#played.calls.judge(call, answer, now)
      if (!decision.ok) throw new Refused(decision.refusal)
      return answer
    } catch (error) {
      // Not a failure of the server, after which a client would ask again and again: the test hears of it at once.
      const detail = `The answer of respondWith failed: ${error instanceof Error ? error.message : String(error)}`
      throw new Refused({ code: 'invalid_request', detail, errors: [{ pointer: '', detail }] })
    }
  }

  /** Hands out what is pending to those who wait for it. */
  offer(): void {
    // To read every call again whenever one is asked would take ever longer, mostly for nobody.
    if (this.#waiting.length === 0) return
    for (const kept of this.#pending()) {
      if (this.#handed.has(kept)) continue
      const call = show(kept.call) as Wire
      const index = this.#waiting.findIndex(({ matches }) => matches(call))
      if (index === -1) continue

      const [waiting] = this.#waiting.splice(index, 1)
      this.#handed.add(kept)
      waiting!.resolve(this.#played.hand(call, (answer) => this.#respond(kept, answer)))
    }
  }

  forget(): void {
    this.#policy = undefined
    this.#handed.clear()
    this.#waiting = []
  }

  #pending(): KeptCall<C>[] {
    return this.#played.calls.all().filter(({ call }) => call.status.state === 'pending')
  }

  #respond(kept: KeptCall<C>, said: object): Wire {
    const { calls } = this.#played
    const { project_id, call } = kept
    // After a reset another call may have the id.
    if (calls.find(project_id, call.call_id) !== kept) throw new Refused(unknownCall)
    const decision = calls.respond(project_id, call.call_id, this.#read(said))!
    if (!decision.ok) throw new Refused(decision.refusal)
    return show(decision.next) as Wire
  }

  #read({ as, ...said }: AnswersAs): GivenAnswer<Response> {
    const { calls, json_depth, key_id } = this.#played
    const text = writeExact(said, 'answer')
    return {
      response: accept(parseRequestText(text, calls.kind.schemas.response, json_depth)) as Response,
      responder: responderOf({ key_id, responder_id: as ?? null }),
    }
  }
}

/** The call as an agent gets it, with bigints for integers beyond 2^53. */
function show(call: Call): unknown {
  return parseExact(stringify(call))
}
