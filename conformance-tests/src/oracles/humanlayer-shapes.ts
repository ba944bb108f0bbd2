// HumanLayer API v1 as the strictest of its published clients decode it: the Go client that was generated from its OpenAPI document
// refuses members that it does not know, and Python checks every type.

/** Something that a strict client stumbles over: a member that it does not know, or a value of another type. */
export interface ShapeFault {
  readonly about: 'unknown' | 'type'
  readonly pointer: string
  readonly expected: string
  readonly actual: string
}

/** What is wrong with a function call, apart from what has a requirement of its own. */
export function faultsOfFunctionCall(value: unknown): ShapeFault[] {
  return functionCall(value, '')
}

export function faultsOfHumanContact(value: unknown): ShapeFault[] {
  return humanContact(value, '')
}

type Shape = (value: unknown, pointer: string) => ShapeFault[]

const wrong = (pointer: string, expected: string, value: unknown): ShapeFault[] => [
  { about: 'type', pointer, expected, actual: JSON.stringify(value)?.slice(0, 200) ?? 'nothing' },
]
const when =
  (holds: (value: unknown) => boolean, expected: string): Shape =>
  (value, pointer) =>
    holds(value) ? [] : wrong(pointer, expected, value)

const text = when((value) => typeof value === 'string', 'a text')
const truth = when((value) => typeof value === 'boolean', 'a boolean')
const anyObject = when(isObject, 'an object')
const anything: Shape = () => []

const orNull =
  (shape: Shape): Shape =>
  (value, pointer) =>
    value === null ? [] : shape(value, pointer)

const listOf =
  (shape: Shape): Shape =>
  (value, pointer) =>
    Array.isArray(value)
      ? value.flatMap((item, index) => shape(item, `${pointer}/${index}`))
      : wrong(pointer, 'a list', value)

type Members = Readonly<Record<string, Shape>>

/** An object with these members; `others` says whether it may have more. */
const object =
  (required: Members, optional: Members, others: 'open' | 'closed'): Shape =>
  (value, pointer) => {
    if (!isObject(value)) return wrong(pointer, 'an object', value)
    const missing = Object.keys(required).filter((name) => !(name in value))
    return [
      ...missing.flatMap((name) => wrong(`${pointer}/${name}`, 'a value', undefined)),
      ...Object.entries(value).flatMap(([name, member]) => {
        const at = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
        const shape = required[name] ?? optional[name]
        if (shape) return shape(member, at)
        if (others === 'open') return []
        return [
          {
            about: 'unknown' as const,
            pointer: at,
            expected: 'no member that HumanLayer API v1 does not have',
            actual: `the member ${JSON.stringify(name)}`,
          },
        ]
      }),
    ]
  }

const optionalText = orNull(text)

const slack = object(
  { channel_or_user_id: text },
  {
    context_about_channel_or_user: optionalText,
    allowed_responder_ids: orNull(listOf(text)),
    experimental_slack_blocks: orNull(truth),
    thread_ts: optionalText,
    // `humanlayer.channel-shown` speaks about it.
    bot_token: anything,
  },
  'closed',
)
const phone = object({ phone_number: text }, { context_about_user: optionalText }, 'closed')
const recipient = object(
  { address: text },
  {
    context_about_user: optionalText,
    field: orNull(when((value) => ['to', 'cc', 'bcc'].includes(value as string), 'to, cc or bcc')),
  },
  'closed',
)
const email = object(
  { address: text },
  {
    context_about_user: optionalText,
    additional_recipients: orNull(listOf(recipient)),
    experimental_subject_line: optionalText,
    experimental_references_message_id: optionalText,
    experimental_in_reply_to_message_id: optionalText,
    template: optionalText,
    // `humanlayer.email-names` speaks about them.
    subject: anything,
    references_message_id: anything,
    in_reply_to_message_id: anything,
    in_reply_to: anything,
  },
  'closed',
)
const channel = orNull(
  object(
    {},
    { slack: orNull(slack), sms: orNull(phone), whatsapp: orNull(phone), email: orNull(email) },
    'closed',
  ),
)
const options = orNull(
  listOf(
    object(
      { name: text },
      // Python has a boolean here that may be left out and may not be null.
      { title: optionalText, description: optionalText, prompt_fill: optionalText, interactive: truth },
      'closed',
    ),
  ),
)
const state = orNull(anyObject)

// What a status has to hold is what other requirements are about; here it is only that nothing has another type.
const commonStatus = {
  slack_message_ts: optionalText,
  user_info: orNull(anyObject),
  slack_context: orNull(anyObject),
}
const functionCall = object(
  {
    run_id: text,
    call_id: text,
    spec: object({ fn: text, kwargs: anyObject }, { channel, reject_options: options, state }, 'closed'),
  },
  {
    status: orNull((value, pointer) =>
      object(
        {},
        { ...commonStatus, reject_option_name: optionalText, comment: commentOf(value) },
        'open',
      )(value, pointer),
    ),
  },
  'closed',
)
const humanContact = object(
  {
    run_id: text,
    call_id: text,
    spec: object(
      { msg: text },
      { subject: optionalText, channel, response_options: options, state },
      'closed',
    ),
  },
  { status: orNull(object({}, { ...commonStatus, response_option_name: optionalText }, 'open')) },
  'closed',
)

/** The comment of a denial has a requirement of its own. */
function commentOf(status: unknown): Shape {
  return isObject(status) && status['approved'] === false ? anything : optionalText
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
