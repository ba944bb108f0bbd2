import type { Oracle } from './oracle.ts'
import { answerMissing, eachStatus, recordMissing } from './shown-calls.ts'

/** What holds for every status of a human contact, wherever it is shown. */
export const humanContactInvariants: readonly Oracle[] = [
  eachStatus(
    'human-contact.respond-answers',
    'an answered human contact shows who answered, and when, wherever it is shown',
    '/v1/human_contacts',
    (shown) => (shown.state === 'answered' ? answerMissing(shown) : undefined),
    { explains: false },
  ),

  eachStatus(
    'human-contact.responses-recorded',
    'an answered human contact lists the answer wherever it is shown',
    '/v1/human_contacts',
    (shown) => (shown.state === 'answered' ? recordMissing(shown) : undefined),
    { explains: false },
  ),
]
