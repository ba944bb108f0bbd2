import { problems, type ProblemCode, type Refusal } from '@countersign/protocol'
import type { Reply } from './exchange.ts'

/** One place that is wrong. `in` is left out for the body. */
export interface Fault {
  in?: 'query' | 'path' | 'header'
  pointer: string
  detail: string
}

interface ProblemOptions {
  errors?: Fault[] | undefined
  winning_status?: object | undefined
  headers?: Record<string, string>
}

/** Thrown anywhere below a route; the edge turns it into an RFC 9457 answer. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly errors: Fault[] | undefined
  readonly winning_status: object | undefined
  readonly headers: Record<string, string>

  constructor(code: ProblemCode, detail: string, options: ProblemOptions = {}) {
    super(detail)
    this.code = code
    this.errors = options.errors
    this.winning_status = options.winning_status
    this.headers = options.headers ?? {}
  }

  get status(): number {
    return problems[this.code].status
  }

  static from(refusal: Refusal): Problem {
    return new Problem(refusal.code, refusal.detail, refusal)
  }
}

/** The answer that a problem makes, `application/problem+json`. */
export function problemReply(problem: Problem): Reply {
  const { status, title } = problems[problem.code]
  return {
    status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: {
      type: `urn:countersign:problem:${problem.code}`,
      title,
      status,
      code: problem.code,
      detail: problem.message,
      errors: problem.errors,
      winning_status: problem.winning_status,
    },
  }
}
