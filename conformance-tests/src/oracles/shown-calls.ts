import { parseJson } from '../reply.ts'
import type { Finding } from '../violation.ts'
import { eachAnswer, type AnsweredExchange, type Oracle } from './oracle.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'

/** The status of a call wherever an answer shows it: in the call itself, in an item of a list, or as the one that won. */
export interface ShownStatus {
  readonly state: string
  readonly status: Readonly<Record<string, unknown>>
  readonly pointer: string
}

/** What is wrong with a status: the member, what it has to be, and undefined when it is well. */
type Judge = (shown: ShownStatus) => { member: string; expected: string } | undefined

/** Judges every status of the calls of a collection, whichever request showed it. */
export function eachStatus(
  requirement: RequirementId,
  title: string,
  collection: '/v1/function_calls' | '/v1/human_contacts',
  judge: Judge,
  options: { explains?: boolean } = {},
): Oracle {
  return eachAnswer(
    requirement,
    title,
    (exchange) => {
      const statuses = statusesIn(exchange, collection)
      if (statuses.length === 0) return undefined
      for (const one of statuses) {
        const fault = judge(one)
        if (fault) return findingOf(one, fault)
      }
      return true
    },
    options,
  )
}

/** What a decided call has to show of its answer. A `winning_status` that lacks some of it is the matter of the conflict. */
export function answerMissing({ status, pointer }: ShownStatus): ReturnType<Judge> {
  if (pointer === '/winning_status') return undefined
  const missing = ['responder', 'responded_at', 'completed_at'].find(
    (name) => (status[name] ?? null) === null,
  )
  return missing === undefined ? undefined : { member: missing, expected: `${missing} that is not null` }
}

/** A decided call lists the answer that decided it. */
export function recordMissing({ status: { responses }, pointer }: ShownStatus): ReturnType<Judge> {
  const isRecorded = Array.isArray(responses) && responses.length > 0
  return isRecorded || pointer === '/winning_status'
    ? undefined
    : { member: 'responses', expected: 'the answer in responses' }
}

function findingOf(
  { state, status, pointer }: ShownStatus,
  { member, expected }: { member: string; expected: string },
): Omit<Finding, 'requirement' | 'exchange'> {
  return {
    expected: `${expected} in the state ${state}`,
    actual: JSON.stringify(status[member]) ?? 'nothing',
    pointer: `${pointer}/${member}`,
  }
}

function statusesIn({ request, response }: AnsweredExchange, collection: string): ShownStatus[] {
  const [path = ''] = request.path.split('?')
  if (path !== collection && !path.startsWith(`${collection}/`)) return []
  const body = parseJson(Buffer.from(response.body).toString('utf8'))
  if (!isObject(body)) return []
  if (response.status === 409) return shown(body['winning_status'], '/winning_status')
  if (response.status !== 200 && response.status !== 201) return []
  const { items } = body
  if (Array.isArray(items))
    return items.flatMap((item: unknown, index) =>
      isObject(item) ? shown(item['status'], `/items/${index}/status`) : [],
    )
  return shown(body['status'], '/status')
}

/** What is not even shaped like a status is the matter of the schemas. */
function shown(status: unknown, pointer: string): ShownStatus[] {
  if (!isObject(status)) return []
  const { state } = status
  return typeof state === 'string' ? [{ state, status, pointer }] : []
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
