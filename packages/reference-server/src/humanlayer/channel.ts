import type { ContactChannel } from '@countersign/protocol'
import type { HumanLayerChannel } from './schemas.ts'

/** A HumanLayer channel names several kinds at once; each becomes a leaf. */
export function leavesOf(channel: HumanLayerChannel | undefined): ContactChannel[] {
  const { slack, sms, whatsapp, email } = channel ?? {}
  return [
    ...(slack ? [{ slack }] : []),
    ...(sms ? [{ sms }] : []),
    ...(whatsapp ? [{ whatsapp }] : []),
    ...(email ? [{ email: coreEmail(email) }] : []),
  ]
}

/** The channel of a call: its kinds, and the inbox beside them, so that a responder key can answer. */
export function coreChannel(channel: HumanLayerChannel | undefined): ContactChannel | undefined {
  const leaves = leavesOf(channel)
  return leaves.length === 0 ? undefined : { any_of: [...leaves, { inbox: {} }] }
}

/** The way back: the kinds that HumanLayer knows, or null. */
export function shownChannel(channel: ContactChannel | undefined): object | null {
  const shown: Record<string, object> = {}
  for (const leaf of (channel?.any_of ?? (channel ? [channel] : [])) as ContactChannel[]) {
    if (leaf.slack) {
      const { bot_token: _, ...slack } = leaf.slack
      shown['slack'] ??= slack
    }
    if (leaf.sms) shown['sms'] ??= withoutResponders(leaf.sms)
    if (leaf.whatsapp) shown['whatsapp'] ??= withoutResponders(leaf.whatsapp)
    if (leaf.email) shown['email'] ??= shownEmail(leaf.email)
  }
  return Object.keys(shown).length === 0 ? null : shown
}

type SentEmail = NonNullable<HumanLayerChannel['email']>
type CoreEmail = NonNullable<ContactChannel['email']>

function coreEmail(email: SentEmail): CoreEmail {
  const { in_reply_to, experimental_subject_line, experimental_references_message_id, ...rest } = email
  const { experimental_in_reply_to_message_id, ...core } = rest
  // Newer clients send a new name and the experimental one side by side; the new one wins.
  const subject = email.subject ?? experimental_subject_line
  const references_message_id = email.references_message_id ?? experimental_references_message_id
  const in_reply_to_message_id =
    email.in_reply_to_message_id ?? in_reply_to ?? experimental_in_reply_to_message_id
  return {
    ...core,
    ...(subject !== undefined && { subject }),
    ...(references_message_id !== undefined && { references_message_id }),
    ...(in_reply_to_message_id !== undefined && { in_reply_to_message_id }),
  }
}

/** Strict clients know only the experimental names in answers. */
function shownEmail(email: CoreEmail): object {
  const { subject, references_message_id, in_reply_to_message_id, allowed_responder_ids: _, ...rest } = email
  return {
    ...rest,
    experimental_subject_line: subject,
    experimental_references_message_id: references_message_id,
    experimental_in_reply_to_message_id: in_reply_to_message_id,
  }
}

function withoutResponders({
  allowed_responder_ids: _,
  ...leaf
}: NonNullable<ContactChannel['sms']>): object {
  return leaf
}
