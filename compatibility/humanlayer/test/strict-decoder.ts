// What the strictest published clients accept, all of them at once: the Go client generated from the OpenAPI document
// of the hosted API refuses unknown members, Python 0.5.4 wants members that later versions do not, and every Python
// version checks types. A decoder throws where at least one of them would.

export interface DecodedCall {
  run_id: string
  call_id: string
  spec: Record<string, unknown>
  status: Record<string, unknown> | null
}

export function decodeFunctionCall(value: unknown): DecodedCall {
  const call = functionCall(value, 'function call') as DecodedCall
  const status = (call.status ??= null)
  if (status && (status['approved'] ?? null) === null && 'responded_at' in status)
    throw new Error('Strict Go takes a pending call with `responded_at` for one that has been answered.')
  if (status?.['approved'] === false && typeof status['comment'] !== 'string')
    throw new Error('Python takes a denial without a comment for an error.')
  return call
}

export function decodeHumanContact(value: unknown): DecodedCall {
  const contact = humanContact(value, 'human contact') as DecodedCall
  contact.status ??= null
  return contact
}

/** `HTTPValidationError` of FastAPI: the wrapper may hold more, the items may not. */
export function decodeValidationError(value: unknown): { loc: (string | number)[]; msg: string }[] {
  const { detail } = validationError(value, '422') as { detail: { loc: (string | number)[]; msg: string }[] }
  if (detail.length === 0) throw new Error('A validation error names at least one place.')
  return detail
}

/** Every other error: FastAPI's `detail`, and the `error` object of the documentation. */
export function decodeError(value: unknown): { detail: string } {
  return plainError(value, 'error') as { detail: string }
}

type Decode = (value: unknown, place: string) => unknown
type Members = Record<string, Decode>

const text: Decode = (value, place) => {
  if (typeof value !== 'string') throw unexpected(value, place, 'a string')
  return value
}
const someText: Decode = (value, place) => {
  if (text(value, place) === '') throw unexpected(value, place, 'a string that is not empty')
  return value
}
const truth: Decode = (value, place) => {
  if (typeof value !== 'boolean') throw unexpected(value, place, 'a boolean')
  return value
}
/** Go's `time.Time` wants the offset that others do without. */
const instant: Decode = (value, place) => {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(String(value)))
    throw unexpected(value, place, 'an RFC 3339 time with its offset')
  return value
}
const anyObject: Decode = (value, place) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected(value, place, 'an object')
  return value
}
const orNull =
  (decode: Decode): Decode =>
  (value, place) =>
    value === null ? null : decode(value, place)
const listOf =
  (decode: Decode, atLeast = 0): Decode =>
  (value, place) => {
    if (!Array.isArray(value) || value.length < atLeast)
      throw unexpected(value, place, `a list of ${atLeast} or more`)
    return value.map((item, index) => decode(item, `${place}[${index}]`))
  }
const oneOf =
  (...values: string[]): Decode =>
  (value, place) => {
    if (!values.includes(value as string)) throw unexpected(value, place, values.join(' or '))
    return value
  }

/** An object that holds these members and, when it is open, others. */
const object =
  (required: Members, optional: Members, others: 'open' | 'closed'): Decode =>
  (value, place) => {
    const members = { ...(anyObject(value, place) as Record<string, unknown>) }
    for (const name of Object.keys(required))
      if (!(name in members)) throw new Error(`${place}: the member "${name}" is missing.`)
    for (const [name, member] of Object.entries(members)) {
      const decode = required[name] ?? optional[name]
      if (decode) members[name] = decode(member, `${place}.${name}`)
      else if (others === 'closed') throw new Error(`${place}: the member "${name}" is not known.`)
    }
    return members
  }
const closed = (required: Members, optional: Members = {}) => object(required, optional, 'closed')
const open = (required: Members, optional: Members = {}) => object(required, optional, 'open')

function unexpected(value: unknown, place: string, wanted: string): Error {
  return new Error(`${place} has to be ${wanted}, not ${JSON.stringify(value)}.`)
}

const optionalText = orNull(text)

const slack = closed(
  { channel_or_user_id: text },
  {
    context_about_channel_or_user: optionalText,
    allowed_responder_ids: orNull(listOf(text, 1)),
    experimental_slack_blocks: orNull(truth),
    thread_ts: optionalText,
  },
)
const phone = closed({ phone_number: text }, { context_about_user: optionalText })
const recipient = closed(
  { address: text },
  { context_about_user: optionalText, field: orNull(oneOf('to', 'cc', 'bcc')) },
)
const email = closed(
  { address: text },
  {
    context_about_user: optionalText,
    additional_recipients: orNull(listOf(recipient)),
    experimental_subject_line: optionalText,
    experimental_references_message_id: optionalText,
    experimental_in_reply_to_message_id: optionalText,
    template: optionalText,
  },
)
const channel = orNull(
  closed({}, { slack: orNull(slack), sms: orNull(phone), whatsapp: orNull(phone), email: orNull(email) }),
)
const options = orNull(
  listOf(
    closed(
      { name: text },
      // Python has a boolean here that may be left out and may not be null.
      { title: optionalText, description: optionalText, prompt_fill: optionalText, interactive: truth },
    ),
  ),
)
const state = orNull(anyObject)

const functionCall = closed(
  {
    run_id: someText,
    call_id: someText,
    spec: closed({ fn: text, kwargs: anyObject }, { channel, reject_options: options, state }),
  },
  {
    status: orNull(
      open(
        { requested_at: instant },
        {
          responded_at: orNull(instant),
          approved: orNull(truth),
          comment: optionalText,
          reject_option_name: optionalText,
          slack_message_ts: optionalText,
          user_info: orNull(anyObject),
          slack_context: orNull(anyObject),
        },
      ),
    ),
  },
)

const humanContact = closed(
  {
    run_id: someText,
    call_id: someText,
    spec: closed({ msg: text }, { subject: optionalText, channel, response_options: options, state }),
  },
  {
    status: orNull(
      open(
        // Python 0.5.4 refuses a status without a response, and TypeScript polls on while it is empty.
        { requested_at: instant, responded_at: instant, response: someText },
        { response_option_name: optionalText, slack_message_ts: optionalText },
      ),
    ),
  },
)

const validationError = open({ detail: listOf(closed({ loc: listOf(textOrIndex), msg: text, type: text })) })
const plainError = open({ detail: someText, error: open({ message: someText, code: someText }) })

function textOrIndex(value: unknown, place: string): unknown {
  return Number.isInteger(value) ? value : text(value, place)
}
