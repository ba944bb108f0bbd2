/** A message of a stream, as the standard reads it: an id stays until another one comes. */
export interface Message {
  readonly id: string
  /** `event`, or empty. */
  readonly type: string
  /** Empty where the message has none, and then no client is told of it. */
  readonly data: string
}

/** The whole messages in what has come of a stream so far. */
export function messagesIn(text: string): Message[] {
  const messages: Message[] = []
  let id = ''
  let type = ''
  let data: string[] = []
  let isBegun = false
  for (const line of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .slice(0, -1)) {
    if (line === '') {
      if (isBegun) messages.push({ id, type, data: data.join('\n') })
      type = ''
      data = []
      isBegun = false
      continue
    }
    const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line)!
    if (name === 'id' && !value.includes('\0')) id = value
    else if (name === 'event') type = value
    else if (name === 'data') data.push(value)
    else continue
    isBegun = true
  }
  return messages
}
