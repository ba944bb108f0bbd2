import type { Writable } from 'node:stream'
import type { ContactSender, QueuedContact } from './contact-sender.ts'

/** Prints each question to the terminal of the server, and how to answer it. */
export function consoleSender(output: Writable): ContactSender {
  return (queued) =>
    new Promise((resolve) => {
      if (!output.writable) return resolve('failed')
      output.write(`${linesOf(queued).join('\n')}\n`, (error) => resolve(error ? 'failed' : 'sent'))
    })
}

function linesOf({
  kind,
  call: { call_id, spec, status },
  contact: { escalation_id },
}: QueuedContact): string[] {
  const escalation = status.escalations?.find((each) => each.escalation_id === escalation_id)
  const question = 'fn' in spec ? `${spec.fn} wants to run: ${spec.kwargs.text}` : spec.msg
  return [
    ...(escalation ? [`Again, because: ${visible(escalation.escalation_msg)}`] : []),
    `? ${visible(question)}`,
    ...(spec.context?.summary ? [`  ${visible(spec.context.summary)}`] : []),
    kind === 'function_call'
      ? `  countersign approve ${call_id}   or   countersign deny ${call_id} --comment "..."`
      : `  countersign inbox answers it: ${call_id}`,
  ]
}

/** What an agent sends must not command the terminal, nor show what does not stand there. */
function visible(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/gu
