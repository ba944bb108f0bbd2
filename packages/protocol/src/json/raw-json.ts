/**
 * A JSON value kept as the text in which it came. Opaque values (`kwargs`, `state`, `metadata`, schemas,
 * `edited_kwargs`, `response_data`) travel through the core as this, so that integers of any size, member
 * order and unicode come back as they were sent.
 */
export class RawJson {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** Parses the text with the precision of a JavaScript number; for display and tests, not for storing. */
  toJSON(): unknown {
    return JSON.parse(this.text)
  }
}
