import { isDeepStrictEqual } from 'node:util'
import { channelOf, listedIn } from '../channel.ts'
import { show } from '../expectations.ts'
import { parseJson } from '../reply.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Finding } from '../violation.ts'
import { callsIn, membersOf, targetOf, type Members, type ShownCall } from './call-bodies.ts'
import { echoesIds, occasionOf, type Occasion } from './call-ids.ts'
import { isAnswered, type AnsweredExchange, type Oracle } from './oracle.ts'
import { comparableSpec, sentMembers } from './sent-members.ts'

type Judgement = true | { expected: string; actual: string; pointer: string } | undefined

/** What holds for every call that any answer shows. */
export const callInvariants: readonly Oracle[] = [
  echoesIds,

  eachCall(
    'call.spec-returned',
    'every new call shows the spec that was sent',
    ({ kind, spec, pointer }, at) => {
      if (!at.created || !at.sent.spec) return undefined
      for (const { trail, value } of sentMembers(kind, at.sent.spec)) {
        const actual = trail.reduce<unknown>((inner, name) => (inner as Members | undefined)?.[name], spec)
        // Whether an opaque value has kept its value is a requirement of its own.
        const holds =
          value === undefined ? actual !== undefined && actual !== null : isDeepStrictEqual(actual, value)
        if (!holds)
          return {
            expected: value === undefined ? 'what was sent' : show(value),
            actual: show(actual),
            pointer: `${pointer}/spec/${trail.join('/')}`,
          }
      }
      return true
    },
  ),

  firstAndLater(
    'call.spec-immutable',
    'every later answer shows the spec of the new call',
    ({ kind, spec }) => comparableSpec(kind, spec),
    '/spec',
  ),

  eachCall(
    'call.terminal-times',
    'every call shows when it ended, and no answer where there was none',
    (shown) => {
      const { status, pointer } = shown
      const { state, completed_at, responded_at, responder } = status
      const at = (name: string) => `${pointer}/status/${name}`
      if (typeof state !== 'string') return undefined
      if (state === 'pending') {
        if (completed_at !== null)
          return { expected: 'null while pending', actual: show(completed_at), pointer: at('completed_at') }
      } else if (Number.isNaN(Date.parse(String(completed_at))))
        return {
          expected: `when it became ${state}`,
          actual: show(completed_at),
          pointer: at('completed_at'),
        }
      if (!['pending', 'cancelled', 'expired'].includes(state)) return true
      if (responded_at !== null)
        return { expected: 'null without an answer', actual: show(responded_at), pointer: at('responded_at') }
      if (responder !== null)
        return { expected: 'null without an answer', actual: show(responder), pointer: at('responder') }
      return true
    },
  ),

  together(
    eachCall(
      'call.requested-by',
      'every call shows when it was created and by which key',
      ({ status, pointer }) => {
        const { requested_at, requested_by } = status
        if (Number.isNaN(Date.parse(String(requested_at))))
          return {
            expected: 'an instant',
            actual: show(requested_at),
            pointer: `${pointer}/status/requested_at`,
          }
        if (typeof requested_by !== 'string' || !/^key:\S+$/.test(requested_by))
          return {
            expected: 'key: and the id of a key',
            actual: show(requested_by),
            pointer: `${pointer}/status/requested_by`,
          }
        return true
      },
    ),
    firstAndLater(
      'call.requested-by',
      'every later answer shows the same time and key',
      ({ status: { requested_at, requested_by } }) => ({ requested_at, requested_by }),
      '/status',
    ),
  ),

  eachCall('channel.effective', 'every call shows one channel, and the one that it names', (shown) => {
    const { spec, status, pointer } = shown
    const named = membersOf(spec['channel'])
    // A channel that should have been refused has no right way to be shown.
    if (named && Object.keys(named).length !== 1) return undefined
    const channel = membersOf(status['channel'])
    const place = `${pointer}/status/channel`
    if (!channel || Object.keys(channel).length !== 1)
      return { expected: 'a channel of one kind', actual: show(status['channel']), pointer: place }
    // A name is resolved when the call is created, a policy may ask others, and a secret is not shown.
    if (!named || /"(?:named|bot_token)":|null/.test(JSON.stringify(named))) return true
    if (typeof status['policy'] === 'string' || namesTeamOrAddress(named)) return true
    return (
      isDeepStrictEqual(channel, named) || { expected: show(named), actual: show(channel), pointer: place }
    )
  }),

  {
    requirement: 'channel.secrets-not-returned',
    title: 'no answer contains a bot token that was sent',
    explains: true,
    judge({ exchanges }) {
      const answered = exchanges.filter(isAnswered)
      const secrets = new Set(answered.flatMap(secretsSent))
      const findings: Omit<Finding, 'requirement'>[] = []
      for (const exchange of secrets.size === 0 ? [] : answered) {
        const text = Buffer.from(exchange.response.body).toString('utf8')
        if ([...secrets].some((secret) => text.includes(secret)))
          findings.push({ expected: 'no bot token', actual: 'the token', exchange: exchange.number })
      }
      return { subjects: secrets.size === 0 ? 0 : answered.length, findings }
    },
  },
]

function eachCall(
  requirement: RequirementId,
  title: string,
  judge: (shown: ShownCall, occasion: Occasion) => Judgement,
): Oracle {
  return {
    requirement,
    title,
    explains: true,
    judge({ exchanges }) {
      let subjects = 0
      const findings: Omit<Finding, 'requirement'>[] = []
      for (const exchange of exchanges.filter(isAnswered)) {
        const occasion = occasionOf(exchange)
        for (const shown of callsIn(exchange)) {
          const judgement = judge(shown, occasion)
          if (judgement === undefined) continue
          subjects += 1
          if (judgement !== true) findings.push({ ...judgement, exchange: exchange.number })
        }
      }
      return { subjects, findings }
    },
  }
}

/**
 * Compares what a call shows with what it showed when it was created. Two projects may have the same id, so any creation under it
 * will do; a creation that was never acknowledged proves nothing.
 */
function firstAndLater(
  requirement: RequirementId,
  title: string,
  part: (shown: ShownCall) => Members,
  pointer: string,
): Oracle {
  return {
    requirement,
    title,
    explains: true,
    judge({ exchanges }) {
      const answered = exchanges.filter(isAnswered)
      const first = new Map<string, Members[]>()
      for (const exchange of answered)
        if (targetOf(exchange)?.act === 'create' && exchange.response.status === 201)
          for (const shown of callsIn(exchange))
            first.set(nameOf(shown), [...(first.get(nameOf(shown)) ?? []), part(shown)])

      let subjects = 0
      const findings: Omit<Finding, 'requirement'>[] = []
      for (const exchange of answered)
        for (const shown of callsIn(exchange)) {
          const known = first.get(nameOf(shown))
          if (!known) continue
          subjects += 1
          const actual = part(shown)
          if (!known.some((one) => isDeepStrictEqual(one, actual)))
            findings.push({
              expected: show(known[0]),
              actual: show(actual),
              pointer: `${shown.pointer}${pointer}`,
              exchange: exchange.number,
            })
        }
      return { subjects, findings }
    },
  }
}

/** Two ways of looking at one requirement. */
function together(one: Oracle, other: Oracle): Oracle {
  return {
    ...one,
    judge(transcript) {
      const judgements = [one, other].map((oracle) => oracle.judge(transcript))
      return {
        subjects: judgements.reduce((sum, { subjects }) => sum + subjects, 0),
        findings: judgements.flatMap(({ findings }) => findings),
      }
    },
  }
}

function nameOf({ kind, call }: ShownCall): string {
  return `${kind} ${String(call['run_id'])} ${String(call['call_id'])}`
}

/** Every bot token in a request: something that is long enough not to stand anywhere else by chance. */
function secretsSent({ request: { body } }: AnsweredExchange): string[] {
  const text = body === undefined ? '' : Buffer.from(body).toString('utf8')
  if (!text.includes('"bot_token"')) return []
  const secrets: string[] = []
  collect(parseJson(text))
  return secrets

  function collect(value: unknown): void {
    if (value === null || typeof value !== 'object') return
    for (const [name, member] of Object.entries(value)) {
      if (name === 'bot_token' && typeof member === 'string' && member.length >= 16) secrets.push(member)
      else if (!OPAQUE.has(name)) collect(member)
    }
  }
}

const OPAQUE: ReadonlySet<string> = new Set(['kwargs', 'state', 'metadata', 'edited_kwargs', 'response_data'])

/** Teams and addresses become people; the ids of these have no colon. */
function namesTeamOrAddress(named: Members): boolean {
  const channel = channelOf(named)
  return channel !== undefined && listedIn(channel).some((id) => id.includes(':'))
}
