import { functionCalls, humanContacts, type CallKind } from '../actors/call-kind.ts'
import type { Actor } from '../actors/actor.ts'
import type { Context } from '../context.ts'
import { decisionIn } from '../decision.ts'
import { expectThat, expectValue, show } from '../expectations.ts'
import type { Reply } from '../reply.ts'
import { judging } from '../violation.ts'

export type Answer = Readonly<Record<string, unknown>>

/** What the checks of the first answer need of a kind of call: answers that differ in one thing each. */
export interface Rivals {
  readonly kind: CallKind
  /** What the ids of its requirements begin with. */
  readonly prefix: 'function-call' | 'human-contact'
  /** What a call has to offer so that every answer below is one that it would take. */
  readonly spec: Readonly<Record<string, unknown>>
  readonly pairs: readonly (readonly [what: string, first: Answer, second: Answer])[]
  /** A different answer for each number. */
  readonly numbered: (n: number) => Answer
  readonly stateAfter: (answer: Answer) => string
}

export const rivals: readonly Rivals[] = [
  {
    kind: functionCalls,
    prefix: 'function-call',
    spec: { reject_options: [{ name: 'too-much' }, { name: 'too-late', title: 'Too late' }] },
    pairs: [
      ['an approval and a denial', { approved: true }, { approved: false }],
      ['a denial and an approval', { approved: false }, { approved: true }],
      [
        'two approvals with different comments',
        { approved: true, comment: 'go ahead' },
        { approved: true, comment: 'Go ahead' },
      ],
      [
        'two denials with different comments',
        { approved: false, comment: 'not today' },
        { approved: false, comment: 'not ever' },
      ],
      ['approvals without and with a comment', { approved: true }, { approved: true, comment: 'go' }],
      [
        'two denials with different options',
        { approved: false, comment: 'no', reject_option_name: 'too-much' },
        { approved: false, comment: 'no', reject_option_name: 'too-late' },
      ],
      [
        'denials without and with an option',
        { approved: false, comment: 'no' },
        { approved: false, comment: 'no', reject_option_name: 'too-much' },
      ],
    ],
    numbered: (n) => ({ approved: n % 2 === 0, comment: `answer ${n}` }),
    stateAfter: ({ approved }) => (approved === true ? 'approved' : 'denied'),
  },
  {
    kind: humanContacts,
    prefix: 'human-contact',
    spec: { response_options: [{ name: 'old' }, { name: 'new', title: 'The new one' }] },
    pairs: [
      ['two texts', { response: 'eu-west' }, { response: 'us-east' }],
      ['texts that differ in case', { response: 'eu-west' }, { response: 'EU-West' }],
      [
        'two options with the same text',
        { response: 'that one', response_option_name: 'old' },
        { response: 'that one', response_option_name: 'new' },
      ],
      [
        'the same text without and with an option',
        { response: 'that one' },
        { response: 'that one', response_option_name: 'new' },
      ],
      ['an option and a text', { response_option_name: 'new' }, { response: 'neither' }],
      ['two options', { response_option_name: 'old' }, { response_option_name: 'new' }],
    ],
    numbered: (n) => ({ response: `answer ${n}` }),
    stateAfter: () => 'answered',
  },
]

/** A call that has this answer, as the server shows it when it is read. */
export async function answered(
  context: Context,
  { kind, spec, stateAfter }: Rivals,
  answer: Answer,
  { by = context.responder, more = {} }: { by?: Actor; more?: Readonly<Record<string, unknown>> } = {},
): Promise<{ call_id: string; shown: Reply }> {
  const call_id = context.id(context.nextName())
  await context.agent.create(kind, { call_id, spec: { ...spec, ...more } })
  await by.respond(kind, call_id, answer)
  const shown = await context.agent.read(kind, call_id)
  await judging(kind.requirements.decides, () => expectValue(shown, '/status/state', stateAfter(answer)))
  return { call_id, shown }
}

/** The answers of a race that were accepted. That it is exactly one, is the matter of a requirement of its own. */
export async function acceptedOf({ kind }: Rivals, replies: readonly Reply[]): Promise<Reply[]> {
  const accepted = replies.filter(({ status }) => status === 200)
  await judging(kind.requirements.decides, () =>
    expectThat(accepted.length > 0, 'an accepted answer', show(replies.map(({ status }) => status)), {
      reply: replies[0]!,
    }),
  )
  return accepted
}

export function onlyAccepted(replies: readonly Reply[]): Reply {
  const accepted = replies.filter(({ status }) => status === 200)
  const [winner] = accepted
  expectThat(
    accepted.length === 1 && winner !== undefined,
    `exactly one of ${replies.length} answers accepted`,
    `${accepted.length} accepted; all: ${show(replies.map(({ status }) => status))}`,
    { reply: accepted[1] ?? replies[0]! },
  )
  return winner
}

/** What is shown is what one of the accepted answers decided. */
export function expectOneOf(reply: Reply, accepted: readonly Reply[], pointer = '/status'): void {
  const { state } = decisionIn(reply, pointer)
  expectThat(
    typeof state === 'string' && state !== 'pending',
    `a terminal state at ${pointer}`,
    show(state),
    {
      reply,
      pointer: `${pointer}/state`,
    },
  )
  const won = accepted.map((one) => saidIn(one, '/status'))
  const now = saidIn(reply, pointer)
  expectThat(won.includes(now), `${won.join(' or ')} at ${pointer}, as accepted`, now, { reply, pointer })
}

function saidIn(reply: Reply, pointer: string): string {
  const { state, comment, response } = decisionIn(reply, pointer)
  return show([state, comment ?? response])
}
