import { ProtocolError } from './errors.ts'
import { isSameJson } from './exact-json.ts'

/** What of a call decides who is asked, how long, and what an answer may be. */
const BINDING = [
  'fn',
  'kwargs',
  'channel',
  'allow_edit',
  'kwargs_schema',
  'response_schema',
  'expires_at',
  'expires_in_seconds',
  'requires',
  'requires_person',
  'minimum_assurance',
  'exclude_responder_ids',
]

interface Asked {
  run_id: string
  call_id: string
  spec: object
}

/**
 * Throws a ProtocolError unless the server holds the call as it was sent. A server that drops what it does not
 * understand, such as a channel, would otherwise let somebody decide whom the agent never allowed.
 */
export function requireEcho(sent: Asked, call: Asked): void {
  const [asked, held] = [sent.spec, call.spec] as Record<string, unknown>[]
  const different = BINDING.filter(
    (name) => !isSameJson(comparable(name, asked![name]), comparable(name, held?.[name])),
  )
  if (call.run_id !== sent.run_id) different.unshift('run_id')
  if (different.length > 0)
    throw new ProtocolError(
      `The server holds the call ${sent.call_id} with another ${different.join(', ')} than was sent; nothing was run.`,
    )
}

/** A switch that is off asks for nothing, null counts as absent, and a `bot_token` never comes back. */
function comparable(name: string, value: unknown): unknown {
  if (value === false) return undefined
  return name === 'channel' ? withoutUnreturned(value) : (value ?? undefined)
}

function withoutUnreturned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUnreturned)
  if (typeof value !== 'object' || value === null) return value ?? undefined
  const members = Object.entries(value).filter(([name, member]) => name !== 'bot_token' && member != null)
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUnreturned(member)]))
}
