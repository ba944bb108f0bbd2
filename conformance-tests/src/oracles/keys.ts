import { headerOf } from '../reply.ts'
import { eachAnswer, type Oracle } from './oracle.ts'

/** What holds for answers to those who have no key that is good for what they want. */
export const keyInvariants: readonly Oracle[] = [
  eachAnswer('auth.challenge', 'every 401 says how to authenticate', ({ request, response }) => {
    if (response.status !== 401 || request.path.startsWith('/humanlayer/')) return undefined
    const challenge = headerOf(response, 'www-authenticate')
    return /\S/.test(challenge ?? '')
      ? true
      : { expected: 'a WWW-Authenticate header', actual: challenge ?? 'none' }
  }),
]
