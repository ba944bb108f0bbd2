import { headerOf, parseJson } from '../reply.ts'
import { faultsOfFunctionCall, faultsOfHumanContact, isObject, type ShapeFault } from './humanlayer-shapes.ts'
import { eachAnswer, type AnsweredExchange, type Oracle } from './oracle.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'

type Judgement = ReturnType<Parameters<typeof eachAnswer>[2]>
type Status = Record<string, unknown>

/** What holds for every answer of the HumanLayer profile, whoever provoked it. */
export const humanlayerInvariants: readonly Oracle[] = [
  eachAnswer('humanlayer.json-always', 'every answer of the profile is application/json', (exchange) => {
    if (routeOf(exchange) === undefined || exchange.request.method === 'HEAD') return undefined
    const type = headerOf(exchange.response, 'content-type')
    const { status } = exchange.response
    if (!isJson(exchange))
      return { expected: 'application/json', actual: `HTTP ${status} as ${type ?? 'no type'}` }
    if (jsonOf(exchange) === undefined)
      return { expected: 'JSON', actual: `HTTP ${status} with a body that is none` }
    return true
  }),

  eachAnswer('humanlayer.errors', 'every error of the profile has a detail', (exchange) => {
    const { status } = exchange.response
    // What is no JSON at all is said by the oracle above.
    if (routeOf(exchange) === undefined || exchange.request.method === 'HEAD' || !isJson(exchange))
      return undefined
    if (status < 400) return undefined
    const detail = (jsonOf(exchange) as { detail?: unknown } | null | undefined)?.detail
    const actual = JSON.stringify(detail)?.slice(0, 200) ?? 'nothing'
    if (status !== 422)
      return (
        typeof detail === 'string' || {
          expected: `a text as the detail of ${status}`,
          actual,
          pointer: '/detail',
        }
      )
    return (
      (Array.isArray(detail) && detail.length > 0 && detail.every(isValidationItem)) || {
        expected: 'a list of items with exactly loc, msg and type as the detail of 422',
        actual,
        pointer: '/detail',
      }
    )
  }),

  eachAnswer('humanlayer.pending-lists', 'every list of pending calls has the form asked for', (exchange) => {
    const route = routeOf(exchange)
    if (!route || !LIST.test(route) || exchange.response.status !== 200) return undefined
    const query = new URLSearchParams(exchange.request.path.replace(/^[^?]*\??/, ''))
    const value = jsonOf(exchange)
    if (!query.has('limit') && !query.has('offset'))
      return Array.isArray(value) || { expected: 'a bare array', actual: summary(value) }
    return (
      isPage(value) || {
        expected: 'a page of items, total, limit, offset and has_more that fit together',
        actual: summary(value),
      }
    )
  }),

  eachAnswer('humanlayer.ids', 'no list shows two calls under the same call_id', (exchange) => {
    const shown = LIST.test(routeOf(exchange) ?? '') ? shownIn(exchange) : []
    if (shown.length === 0) return undefined
    const ids = shown.map(({ call }) => call['call_id'])
    const firstAt = new Map(ids.map((id, index) => [id, index] as const).toReversed())
    const twice = ids.findIndex((id, index) => firstAt.get(id) !== index)
    return (
      twice < 0 || {
        expected: 'every call_id once',
        actual: `${JSON.stringify(ids[twice])} twice`,
        pointer: `${shown[twice]!.pointer}/call_id`,
      }
    )
  }),

  eachShown('humanlayer.no-new-members', 'no call has members that strict clients refuse', ({ faults }) =>
    first(faults, 'unknown'),
  ),
  eachShown('humanlayer.member-types', 'the members of every call have their types', ({ faults }) =>
    first(faults, 'type'),
  ),

  eachStatus('humanlayer.instants', 'every time has an offset', ({ status, isAnswered }) => {
    for (const name of ['requested_at', 'responded_at']) {
      const value = status[name]
      const isNeeded = isAnswered && name === 'requested_at'
      if ((value ?? null) === null && !isNeeded) continue
      if (typeof value !== 'string' || !INSTANT.test(value))
        return {
          expected: `an RFC 3339 time with an offset in ${name}`,
          actual: JSON.stringify(value) ?? 'nothing',
          pointer: `/status/${name}`,
        }
    }
    return true
  }),

  eachStatus(
    'humanlayer.pending-unanswered',
    'no pending call has a responded_at',
    ({ status, isContact }) => {
      if (isContact || (status['approved'] ?? null) !== null) return undefined
      return (
        !('responded_at' in status) || {
          expected: 'no responded_at in the status of a pending function call',
          actual: JSON.stringify(status['responded_at']),
          pointer: '/status/responded_at',
        }
      )
    },
  ),

  eachStatus('humanlayer.denial-comment', 'every denial has a comment', ({ status }) => {
    if (status['approved'] !== false) return undefined
    return (
      typeof status['comment'] === 'string' || {
        expected: 'a text as the comment of a denial',
        actual: JSON.stringify(status['comment']) ?? 'nothing',
        pointer: '/status/comment',
      }
    )
  }),

  eachStatus('humanlayer.answer-not-empty', 'every terminal human contact has a text', (shown) => {
    if (!shown.isContact || (shown.status['responded_at'] ?? null) === null) return undefined
    const { response } = shown.status
    return (
      (typeof response === 'string' && response !== '') || {
        expected: 'a response of at least one character',
        actual: JSON.stringify(response) ?? 'nothing',
        pointer: '/status/response',
      }
    )
  }),

  eachChannel('humanlayer.channel-shown', 'no channel shows a bot token', ({ slack }) => {
    if (!isObject(slack)) return undefined
    return (
      !('bot_token' in slack) || {
        expected: 'no bot_token',
        actual: 'a bot_token',
        pointer: '/spec/channel/slack/bot_token',
      }
    )
  }),

  eachChannel('humanlayer.no-empty-responders', 'no list of responders is empty', ({ slack }) => {
    if (!isObject(slack)) return undefined
    const ids = slack['allowed_responder_ids'] ?? null
    return (
      ids === null ||
      (Array.isArray(ids) && ids.length > 0) || {
        expected: 'null, or a list of at least one responder',
        actual: JSON.stringify(ids),
        pointer: '/spec/channel/slack/allowed_responder_ids',
      }
    )
  }),

  eachChannel('humanlayer.email-names', 'only the experimental names are shown', ({ email }) => {
    if (!isObject(email)) return undefined
    const shown = NEW_NAMES.find((name) => name in email)
    return (
      shown === undefined || {
        expected: 'only e-mail threading members that begin with experimental_',
        actual: `the member ${shown}`,
        pointer: `/spec/channel/email/${shown}`,
      }
    )
  }),

  eachAnswer('humanlayer.polls', 'nobody who reads a call is told to slow down', (exchange) => {
    const route = routeOf(exchange)
    const { method, key } = exchange.request
    if (!route || method !== 'GET' || key === 'nobody' || !READ.test(route)) return undefined
    return exchange.response.status !== 429 || { expected: 'no limit for reading', actual: 'HTTP 429' }
  }),
]

/** A call as the profile showed it, with the call as every one of its lists. */
interface Shown {
  readonly isContact: boolean
  readonly call: Record<string, unknown>
  readonly pointer: string
  readonly faults: readonly ShapeFault[]
}

interface ShownStatus extends Shown {
  readonly status: Status
  /** Decided, as these clients tell. */
  readonly isAnswered: boolean
}

function eachShown(requirement: RequirementId, title: string, judge: (shown: Shown) => Judgement): Oracle {
  return eachAnswer(requirement, title, (exchange) => {
    let judged: Judgement = undefined
    for (const shown of shownIn(exchange)) {
      const judgement = judge(shown)
      if (judgement !== undefined && judgement !== true)
        return { ...judgement, pointer: `${shown.pointer}${judgement.pointer ?? ''}` }
      judged ??= judgement
    }
    return judged
  })
}

function eachStatus(
  requirement: RequirementId,
  title: string,
  judge: (shown: ShownStatus) => Judgement,
): Oracle {
  return eachShown(requirement, title, (shown) => {
    const { status } = shown.call
    if (!isObject(status)) return undefined
    const { response, approved } = status
    const isAnswered = shown.isContact
      ? typeof response === 'string' && response !== ''
      : typeof approved === 'boolean'
    return judge({ ...shown, status, isAnswered })
  })
}

function eachChannel(
  requirement: RequirementId,
  title: string,
  judge: (channel: Record<string, unknown>) => Judgement,
): Oracle {
  return eachShown(requirement, title, ({ call: { spec } }) => {
    const channel = isObject(spec) ? spec['channel'] : undefined
    return isObject(channel) ? judge(channel) : undefined
  })
}

/** The calls that an answer shows. */
function shownIn(exchange: AnsweredExchange): Shown[] {
  const route = routeOf(exchange)
  if (!route || exchange.response.status !== 200) return []
  const isContact = CONTACT.test(route)
  if (!isContact && !FUNCTION.test(route)) return []
  const value = jsonOf(exchange)
  const items = Array.isArray(value)
    ? value.map((call: unknown, index) => ({ call, pointer: `/${index}` }))
    : isObject(value) && LIST.test(route)
      ? (Array.isArray(value['items']) ? value['items'] : []).map((call: unknown, index) => ({
          call,
          pointer: `/items/${index}`,
        }))
      : [{ call: value, pointer: '' }]
  return items.map(({ call, pointer }) => ({
    isContact,
    call: isObject(call) ? call : {},
    pointer,
    faults: isContact ? faultsOfHumanContact(call) : faultsOfFunctionCall(call),
  }))
}

/** The path below the profile without its query, or undefined for the rest of the server. */
function routeOf({ request }: AnsweredExchange): string | undefined {
  const path = request.path.replace(/\?.*$/s, '').replaceAll(/\/{2,}/g, '/')
  return path.startsWith('/humanlayer/v1/') ? path.slice('/humanlayer/v1'.length) : undefined
}

const LIST = /^\/agent\/(function_calls|human_contacts)\/pending$/
const FUNCTION = /^(\/agent)?\/function_calls(\/|$)/
const CONTACT = /^(\/agent)?\/(contact_requests|human_contacts)(\/|$)/
const READ = /^\/(function_calls|contact_requests|human_contacts)\/[^/]+$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const NEW_NAMES = ['subject', 'references_message_id', 'in_reply_to_message_id', 'in_reply_to']

function first(faults: readonly ShapeFault[], about: ShapeFault['about']): Judgement {
  const fault = faults.find((one) => one.about === about)
  return fault ? { expected: fault.expected, actual: fault.actual, pointer: fault.pointer } : true
}

function isJson({ response }: AnsweredExchange): boolean {
  return /^application\/json\s*(;|$)/i.test(headerOf(response, 'content-type') ?? '')
}

/** Every oracle looks at the same answers, and lists of pending calls can be long. */
const parsed = new WeakMap<AnsweredExchange['response'], { value: unknown }>()

function jsonOf({ response }: AnsweredExchange): unknown {
  const known = parsed.get(response) ?? { value: parseJson(Buffer.from(response.body).toString('utf8')) }
  parsed.set(response, known)
  return known.value
}

function isValidationItem(item: unknown): boolean {
  if (!isObject(item) || Object.keys(item).toSorted().join() !== 'loc,msg,type') return false
  const { loc, msg, type } = item
  return (
    Array.isArray(loc) &&
    loc.every((step) => typeof step === 'string' || Number.isInteger(step)) &&
    typeof msg === 'string' &&
    typeof type === 'string'
  )
}

function isPage(value: unknown): boolean {
  if (!isObject(value) || !Array.isArray(value['items'])) return false
  const { items, total, limit, offset, has_more } = value as {
    items: unknown[]
    total: number
    limit: number
    offset: number
    has_more: unknown
  }
  return (
    [total, limit, offset].every((number) => Number.isInteger(number) && number >= 0) &&
    items.length <= limit &&
    has_more === offset + items.length < total
  )
}

function summary(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`
  return JSON.stringify(
    isObject(value) ? { ...value, items: Array.isArray(value['items']) ? '[…]' : value['items'] } : value,
  )?.slice(0, 200)
}
