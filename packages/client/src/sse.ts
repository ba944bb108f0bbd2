/** One message of a stream, or the news that the position has moved where `data` is absent. */
export interface SseMessage {
  /** The last id that the stream has named, which is where to resume. */
  lastEventId: string
  data: string | undefined
}

/**
 * Reads server-sent events from bytes that are cut anywhere, as the standard has it
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation): a message counts once
 * its blank line has come, and what the stream breaks off in the middle of is dropped.
 */
export class SseParser {
  /** What the server asked for between two connections. */
  retryMs = 0
  // Drops a byte order mark at the beginning, and holds back characters that are not complete.
  readonly #decoder = new TextDecoder()
  #line = ''
  #endedInCr = false
  #lastEventId: string
  #data: string[] = []
  #isDirty = false

  constructor(lastEventId = '') {
    this.#lastEventId = lastEventId
  }

  /** The messages that these bytes complete. */
  push(bytes: Uint8Array): SseMessage[] {
    let text = this.#decoder.decode(bytes, { stream: true })
    if (text === '') return []
    // The line ended with the CR of the chunk before; its LF is not a second line.
    if (this.#endedInCr && text.startsWith('\n')) text = text.slice(1)
    this.#endedInCr = text === '' ? false : text.endsWith('\r')

    const messages: SseMessage[] = []
    let start = 0
    for (const { index, 0: ending } of text.matchAll(/\r\n|\n|\r/g)) {
      this.#read(this.#line + text.slice(start, index), messages)
      this.#line = ''
      start = index + ending.length
    }
    this.#line += text.slice(start)
    return messages
  }

  #read(line: string, messages: SseMessage[]): void {
    if (line === '') return this.#dispatch(messages)
    const colon = line.indexOf(':')
    const field = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1))
    if (field === 'data') this.#data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.#lastEventId = value
    else if (field === 'retry' && /^\d+$/.test(value)) this.retryMs = Number(value)
    this.#isDirty ||= field === 'data' || field === 'id'
  }

  #dispatch(messages: SseMessage[]): void {
    if (!this.#isDirty) return
    const data = this.#data.length === 0 ? undefined : this.#data.join('\n')
    messages.push({ lastEventId: this.#lastEventId, data: data || undefined })
    this.#data = []
    this.#isDirty = false
  }
}
