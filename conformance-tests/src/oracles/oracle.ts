import type { Exchange } from '../exchange.ts'
import type { RequirementId } from '../generated/requirement-ids.ts'
import type { Subject } from '../subject.ts'
import type { Finding } from '../violation.ts'

/** All that a run saw, in the order in which the exchanges ended. */
export interface Transcript {
  readonly subject: Subject
  readonly exchanges: readonly Exchange[]
}

/**
 * A pure judgement over everything that a run saw: no clock, no network, so that a recorded transcript is judged again to the same
 * verdict. A check looks at what it provoked; an oracle looks at all answers, whoever provoked them.
 */
export interface Oracle {
  readonly requirement: RequirementId
  /** A claim about the server, in the present tense. */
  readonly title: string
  /**
   * Whether a finding explains a check that failed at the same exchange. True for the form of answers and for
   * invariants; false for what is itself a consequence, such as a schema that no longer fits.
   */
  readonly explains: boolean
  /** How many answers it could judge, and what is wrong with some. */
  judge(transcript: Transcript): { subjects: number; findings: Omit<Finding, 'requirement'>[] }
}

/** Judges each answer for itself: `undefined` when it has nothing to say about this one, `true` when it is well. */
export function eachAnswer(
  requirement: RequirementId,
  title: string,
  judge: (
    exchange: AnsweredExchange,
    subject: Subject,
  ) => undefined | true | Omit<Finding, 'requirement' | 'exchange'>,
  { explains = true }: { explains?: boolean } = {},
): Oracle {
  return {
    requirement,
    title,
    explains,
    judge({ exchanges, subject }) {
      let subjects = 0
      const findings: Omit<Finding, 'requirement'>[] = []
      for (const exchange of exchanges) {
        if (!isAnswered(exchange)) continue
        const judgement = judge(exchange, subject)
        if (judgement === undefined) continue
        subjects += 1
        if (judgement !== true) findings.push({ ...judgement, exchange: exchange.number })
      }
      return { subjects, findings }
    },
  }
}

export type AnsweredExchange = Exchange & Required<Pick<Exchange, 'response'>>

export function isAnswered(exchange: Exchange): exchange is AnsweredExchange {
  return exchange.response !== undefined
}
