import type { HttpRefusal, Parsed, ProblemCode } from '@countersign/protocol'

/** An answer of the test that every server refuses, and that changed nothing. The message says why; branch on `code`. */
export class Refused extends Error {
  /** As in the problem that the same answer would get over HTTP. */
  readonly code: ProblemCode
  /** Everything that the problem would say. */
  readonly refusal: HttpRefusal

  constructor(refusal: HttpRefusal) {
    const places =
      refusal.errors?.map(({ pointer, detail }) => ` ${pointer || 'body'}: ${detail}`).join('') ?? ''
    super(`${refusal.code}: ${refusal.detail}${places}`)
    this.name = 'Refused'
    this.code = refusal.code
    this.refusal = refusal
  }
}

/** What was parsed, or the refusal thrown. */
export function accept<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new Refused(parsed.refusal)
  return parsed.value
}
