import { callInvariants } from './call.ts'
import { form } from './form.ts'
import { functionCallInvariants } from './function-call.ts'
import { history } from './history.ts'
import { humanContactInvariants } from './human-contact.ts'
import { humanlayerInvariants } from './humanlayer.ts'
import { keyInvariants } from './keys.ts'
import type { Oracle, Transcript } from './oracle.ts'
import { requirementOf } from '../registry.ts'
import { claims } from '../subject.ts'
import type { OracleResult } from '../verdict.ts'

export const oracles: readonly Oracle[] = [
  ...form,
  ...keyInvariants,
  ...functionCallInvariants,
  ...humanContactInvariants,
  ...callInvariants,
  ...history,
  ...humanlayerInvariants,
]

/** Judges a whole transcript by everything that the server claims. */
export function judgeTranscript(transcript: Transcript): (OracleResult & { explains: boolean })[] {
  const claimed = oracles.filter(({ requirement }) =>
    claims(transcript.subject, requirementOf(requirement).profile),
  )
  return claimed.map((oracle) => {
    const { requirement, title, explains } = oracle
    const { subjects, findings } = oracle.judge(transcript)
    return {
      requirement,
      title,
      explains,
      subjects,
      findings: findings.map((finding) => ({ ...finding, requirement })),
    }
  })
}
