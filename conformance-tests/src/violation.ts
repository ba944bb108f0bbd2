import type { Exchange } from './exchange.ts'
import type { RequirementId } from './generated/requirement-ids.ts'

/** What a server did other than the specification says. */
export interface Finding {
  readonly requirement: RequirementId
  readonly expected: string
  readonly actual: string
  /** The RFC 6901 pointer into the body of the response, where there is one place. */
  readonly pointer?: string
  /** The number of the exchange that shows it. */
  readonly exchange?: number
  /** The numbers of the exchanges that suffice to show it, when the check made many more. */
  readonly script?: readonly number[]
}

/**
 * Thrown where an expectation fails. Without a requirement of its own it violates the one that the check judges;
 * with another one, it keeps the check from judging its own.
 */
export class Violation extends Error {
  readonly finding: Omit<Finding, 'requirement'> & { requirement?: RequirementId }

  constructor(finding: Violation['finding']) {
    super(`expected ${finding.expected}, got ${finding.actual}`)
    this.finding = finding
  }
}

/** The check cannot judge this server, for a reason that is not the server's fault. */
export class Inconclusive extends Error {}

/** What fails inside violates `requirement`, unless it names another. */
export async function judging<T>(requirement: RequirementId, act: () => Promise<T> | T): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (error instanceof Violation && error.finding.requirement === undefined)
      throw new Violation({ ...error.finding, requirement })
    throw error
  }
}

/** Fails the check that is running. */
export function violate(
  expected: string,
  actual: string,
  at: { exchange?: Exchange; pointer?: string } = {},
): never {
  throw new Violation({
    expected,
    actual,
    ...(at.pointer === undefined ? {} : { pointer: at.pointer }),
    ...(at.exchange === undefined ? {} : { exchange: at.exchange.number }),
  })
}
