import type { HumanContact, HumanContactResponse, HumanContactSpec, HumanContactStatus } from '../schemas.ts'
import type { AnswersAs } from './inbox.ts'

/** An answer: the body of the protocol, and who says it. */
export type HumanContactAnswer = HumanContactResponse & AnswersAs

/** A question that waits for the person whom the test plays. The first answer wins. */
export class AskedHumanContact {
  readonly run_id: string
  readonly call_id: string
  readonly spec: HumanContactSpec
  /** As it was when the contact was handed out. */
  readonly status: HumanContactStatus
  readonly #respond: (answer: HumanContactAnswer) => HumanContact

  constructor(contact: HumanContact, respond: (answer: HumanContactAnswer) => HumanContact) {
    this.run_id = contact.run_id
    this.call_id = contact.call_id
    this.spec = contact.spec
    this.status = contact.status
    this.#respond = respond
  }

  /** Answers, with a text or with an option or data. Throws `Refused` when the contact does not take the answer. */
  answer(answer: string | HumanContactAnswer): HumanContact {
    return this.#respond(typeof answer === 'string' ? { response: answer } : answer)
  }
}
