import {
  problemDocument,
  problems,
  type HttpRefusal,
  type Parsed,
  type ProblemCode,
} from '@countersign/protocol'
import type { Reply } from './exchange.ts'

type ProblemOptions = Partial<Pick<HttpRefusal, 'errors' | 'winning_status' | 'headers'>>

/** Thrown anywhere below a route; the edge turns it into an RFC 9457 answer. */
export class Problem extends Error {
  readonly refusal: HttpRefusal

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail)
    this.refusal = { ...options, code, detail }
  }

  get code(): ProblemCode {
    return this.refusal.code
  }

  get status(): number {
    return problems[this.code].status
  }

  static from(refusal: HttpRefusal): Problem {
    return new Problem(refusal.code, refusal.detail, refusal)
  }
}

/** What was parsed, or the problem thrown. */
export function accept<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw Problem.from(parsed.refusal)
  return parsed.value
}

/** The answer that a problem makes, `application/problem+json`. */
export function problemReply({ status, refusal }: Problem): Reply {
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...refusal.headers },
    body: problemDocument(refusal),
  }
}
