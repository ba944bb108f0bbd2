import { problems } from '../problem-codes.ts'
import type { Problem } from '../schemas/problem.ts'
import type { HttpRefusal } from './refusals.ts'

/** The RFC 9457 body of the answer that a refusal makes. */
export function problemDocument({ code, detail, errors, winning_status }: HttpRefusal): Problem {
  const { status, title } = problems[code]
  return {
    type: `urn:countersign:problem:${code}`,
    title,
    status,
    code,
    detail,
    ...(errors && { errors }),
    ...(winning_status && { winning_status }),
  }
}
