import { isEqualJson } from '../json/canonicalize.ts'
import type { JsonFault } from '../json/parse.ts'
import type { RawJson } from '../json/raw-json.ts'
import type { Directory } from '../routing/directory.ts'
import type { Responder } from '../schemas/responder.ts'
import type { ResponseOption } from '../schemas/response-option.ts'
import { assign } from './assignment.ts'
import { alreadyTerminal, type Call } from './call.ts'
import type { Decision } from './decision.ts'
import { isSameVoice, placesOf, voicesOf, type Electorate } from './voices.ts'

// What both kinds of call have in common when they are answered.

export interface RespondAct {
  now: Date
  /** Who answers, as it follows from how the answer came. */
  responder: Responder
  directory: Directory
  /** Where the edited arguments or the response data break the schema of the call; undefined when it was not looked at, because the answer did not count then. */
  schema_faults: JsonFault[] | undefined
}

/** Not eligible: the attempt is recorded, and the call stays as it is. */
export function responderNotAllowed<C extends Call>(responder: Responder): Decision<C> {
  return {
    ok: false,
    refusal: {
      code: 'responder_not_allowed',
      detail: `The responder "${responder.id}" may not decide this call.`,
    },
    events: [{ type: 'refused', principal: responder.id, detail: 'responder_not_allowed' }],
  }
}

interface Answer {
  responder: Responder
  responded_at: string
}

/**
 * How an answer stands to those that the same person has given to a pending call, or others for them: `new`, the `same` again, or a `further` one.
 * When a leaf through which they may decide has joined since, whatever they say is new.
 */
export function comparedWithOwn<A extends Answer>(
  status: Electorate & { responses: A[] },
  answer: A,
  isSame: (given: A, answer: A) => boolean,
): 'new' | 'same' | 'further' {
  const own = status.responses.filter(({ responder }) => isSameVoice(responder, answer.responder))
  if (own.length === 0) return 'new'
  const [before] = voicesOf(status, own)
  const places = placesOf(status, answer.responder, Date.parse(answer.responded_at))
  if ([...places].some((place) => !before!.places.has(place))) return 'new'
  return own.some((given) => isSame(given, answer)) ? 'same' : 'further'
}

/** One answer for each person, by them or for them: a further one is refused, and the call stays as it is. */
export function alreadyAnswered<C extends Call>(call: C, { id }: Responder): Decision<C> {
  const forThem = call.status.responses.find(({ responder }) => responder.on_behalf_of?.includes(id))
  const whose = id.startsWith('key:')
    ? 'A key that is bound to nobody'
    : `The responder "${forThem?.responder.id ?? id}"`
  return {
    ok: false,
    refusal: {
      code: 'already_responded',
      detail: `${whose} has answered this call already${forThem ? ` for "${id}"` : ''}; it waits for others.`,
      winning_status: call.status,
    },
    events: [],
  }
}

/** The places of the leaves that decide, given these answers; undefined while the channel does not hold. */
export function decidedBy(status: Electorate, answers: readonly Answer[]): Set<string> | undefined {
  return assign(status.channel, voicesOf(status, answers))
}

/** The answer given before that this one repeats: same responder, same content. */
export function repeatedOrTerminal<C extends Call>(call: C, isRepeated: boolean): Decision<C> {
  return isRepeated ? { ok: true, next: call, events: [] } : alreadyTerminal(call)
}

export function isSameValue(one: RawJson | null, other: RawJson | null): boolean {
  if (one === null || other === null) return one === other
  return isEqualJson(one.text, other.text)
}

/** The option of this name, or the refusal when the call does not offer it. */
export function findOption(
  options: ResponseOption[] | undefined,
  name: string | undefined,
  pointer: string,
): { option: ResponseOption | undefined; faults: JsonFault[] } {
  const option = options?.find((candidate) => candidate.name === name)
  if (name === undefined || option) return { option, faults: [] }
  const names = options?.map((candidate) => `"${candidate.name}"`).join(', ') || 'none'
  return { option, faults: [{ pointer, detail: `The call offers no option "${name}"; it offers ${names}.` }] }
}

/** The text that choosing an option stands for, when the person wrote none. */
export function optionText(option: ResponseOption): string {
  return option.prompt_fill || option.title || option.name
}
