import { isDeepStrictEqual } from 'node:util'
import type { CallKind } from '../actors/call-kind.ts'
import { show } from '../expectations.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Finding } from '../violation.ts'
import { callHistories, isBefore, type CallHistory, type Observation } from './call-history.ts'
import type { Oracle } from './oracle.ts'
import { comparableSpec } from './sent-members.ts'

/** What holds for every call over its whole life, whichever check watched it. */
export const history: readonly Oracle[] = [
  overCalls('call.spec-immutable', 'no call is ever shown with another spec than before', specChanges),
  overCalls(
    'function-call.first-answer-wins',
    'no terminal function call ever changes',
    terminalChanges('function call'),
  ),
  overCalls(
    'human-contact.first-answer-wins',
    'no terminal human contact ever changes',
    terminalChanges('human contact'),
  ),
  overCalls('call.read-your-writes', 'what was acknowledged is there in every later answer', forgotten),
]

type Judge = (history: CallHistory) => { subjects: number; findings: Omit<Finding, 'requirement'>[] }

function overCalls(requirement: RequirementId, title: string, judge: Judge): Oracle {
  return {
    requirement,
    title,
    // A race that a check provokes shows here too; what nobody provoked stands for itself.
    explains: false,
    judge({ exchanges }) {
      const judged = callHistories(exchanges).map(judge)
      return {
        subjects: judged.reduce((sum, { subjects }) => sum + subjects, 0),
        findings: judged.flatMap(({ findings }) => findings),
      }
    },
  }
}

function specChanges({ kind, observations }: CallHistory): ReturnType<Judge> {
  const shown = observations.filter(({ call }) => call)
  const [first, ...rest] = shown
  const findings: Omit<Finding, 'requirement'>[] = []
  for (const later of rest) {
    const before = comparableSpec(kind.schema, first!.call!.spec)
    const after = comparableSpec(kind.schema, later.call!.spec)
    const name = [...new Set([...Object.keys(before), ...Object.keys(after)])].find(
      (one) => !isDeepStrictEqual(before[one], after[one]),
    )
    if (name !== undefined)
      findings.push({
        expected: `${show(before[name])} at /spec/${name}, as in the answer before`,
        actual: show(after[name]),
        pointer: `/spec/${name}`,
        exchange: later.exchange.number,
      })
  }
  return { subjects: rest.length, findings }
}

/** The members of a status that a decision fixes. How its contacts went on is told in others. */
const DECIDED: Readonly<Record<CallKind['name'], readonly string[]>> = {
  'function call': [
    'state',
    'approved',
    'comment',
    'reject_option_name',
    'edited_kwargs',
    'responder',
    'responded_at',
    'completed_at',
    'responses',
  ],
  'human contact': [
    'state',
    'response',
    'response_option_name',
    'response_data',
    'responder',
    'responded_at',
    'completed_at',
    'responses',
  ],
}

function terminalChanges(name: CallKind['name']): Judge {
  return ({ kind, observations }) => {
    if (kind.name !== name) return { subjects: 0, findings: [] }
    let subjects = 0
    const findings: Omit<Finding, 'requirement'>[] = []
    const terminal = observations.filter((one) => isTerminal(statusOf(one)))
    for (const later of terminal) {
      const earlier = terminal.find((one) => isBefore(one, later))
      if (!earlier) continue
      subjects += 1
      const before = statusOf(earlier)!
      const after = statusOf(later)!
      const changed = DECIDED[name].find(
        // A member that is not shown at all is a matter of the schema.
        (member) => member in before && member in after && !isDeepStrictEqual(before[member], after[member]),
      )
      if (changed !== undefined)
        findings.push({
          expected: `${changed} to stay ${show(before[changed])}, as it was shown before`,
          actual: show(after[changed]),
          exchange: later.exchange.number,
        })
    }
    return { subjects, findings }
  }
}

/** An answer that was sent after another one had come knows at least as much. */
function forgotten({ observations }: CallHistory): ReturnType<Judge> {
  let subjects = 0
  const findings: Omit<Finding, 'requirement'>[] = []
  for (const later of observations) {
    const earlier = observations.filter((one) => isBefore(one, later) && one.call)
    if (earlier.length === 0 || later.status === undefined) continue
    subjects += 1
    if (isMissing(later, earlier))
      findings.push({
        expected: 'the call that was created before',
        actual: `HTTP ${later.status}`,
        exchange: later.exchange.number,
      })
    const decided = earlier.find((one) => isTerminal(statusOf(one)))
    if (decided && later.call && statusOf(later)?.['state'] === 'pending')
      findings.push({
        expected: `the state ${show(statusOf(decided)?.['state'])}, as it was shown before`,
        actual: '"pending"',
        pointer: '/status/state',
        exchange: later.exchange.number,
      })
    const escalations = Math.max(...earlier.map((one) => escalationsOf(one)))
    if (later.call && escalationsOf(later) < escalations)
      findings.push({
        expected: `at least the ${escalations} escalations that were shown before`,
        actual: `${escalationsOf(later)} escalations`,
        pointer: '/status/escalations',
        exchange: later.exchange.number,
      })
  }
  return { subjects, findings }
}

/** Only who saw the call before has to find it again: others may have no right to it. */
function isMissing({ exchange, status, act }: Observation, earlier: readonly Observation[]): boolean {
  return (
    status === 404 &&
    act !== 'create' &&
    earlier.some((one) => one.exchange.request.key === exchange.request.key)
  )
}

function statusOf({ call, winning_status }: Observation): Record<string, unknown> | undefined {
  return call?.status ?? winning_status
}

function isTerminal(status: Record<string, unknown> | undefined): boolean {
  const state = status?.['state']
  return typeof state === 'string' && state !== 'pending'
}

function escalationsOf({ call }: Observation): number {
  const escalations = call?.status['escalations']
  return Array.isArray(escalations) ? escalations.length : 0
}
