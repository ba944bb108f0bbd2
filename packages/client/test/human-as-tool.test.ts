import { describe, expect, test } from 'vitest'
import { Countersign } from '../src/countersign.ts'
import { writeExact } from '../src/exact-json.ts'
import type { HumanContactStatus } from '../src/schemas.ts'
import { aHumanContact, fakeFetch, json, type Seen } from './fake-server.ts'

function answeredBy(status: Partial<HumanContactStatus>) {
  const server = fakeFetch(({ body }: Seen) => json(writeExact(aHumanContact(status, body), 'answer')))
  const client = new Countersign({ baseUrl: 'http://server.example', apiKey: 'sk_1', fetch: server.fetch })
  return { client, requests: server.requests }
}

describe('a human tool', () => {
  test.each([
    ['a text', { state: 'answered', response: 'Yes.' }, 'Yes.'],
    ['an option and its text', { state: 'answered', response: 'Sure', response_option_name: 'yes' }, 'Sure'],
    ['an option alone', { state: 'answered', response_option_name: 'yes' }, 'yes'],
    ['data alone', { state: 'answered', response_data: { id: 2n ** 64n } }, '{"id":18446744073709551616}'],
    ['false as data', { state: 'answered', response_data: false }, 'false'],
    ['a default answer', { state: 'expired', response: 'Go ahead.' }, 'Go ahead.'],
    ['nothing in time', { state: 'expired' }, 'Nobody answered in time.'],
    ['a cancellation', { state: 'cancelled' }, 'Nobody answered: the question was cancelled.'],
    [
      'an unknown state',
      { state: 'lost', response: 'x' },
      'Nobody answered: the question ended in the state "lost".',
    ],
  ])('turns %s into text', async (_what, status, text) => {
    const { client } = answeredBy(status)

    await expect(client.humanAsTool()({ message: 'Ship it?' })).resolves.toBe(text)
  })

  test('asks with its options', async () => {
    const { client, requests } = answeredBy({ state: 'answered', response: 'Yes.' })
    const tool = client.humanAsTool({
      subject: 'From the agent',
      channel: { inbox: {} },
      context: { summary: 'More' },
      responseOptions: [{ name: 'yes' }],
      responseSchema: { type: 'object' },
      onExpire: { response_option_name: 'yes' },
      expiresInSeconds: 5,
    })

    await tool({ message: 'Ship it?' }, { callId: 'call_mine' })
    await tool({ message: 'Ship it?', subject: 'Release' })

    expect(requests[0]!.body).toEqual({
      run_id: client.runId,
      call_id: 'call_mine',
      spec: {
        msg: 'Ship it?',
        subject: 'From the agent',
        channel: { inbox: {} },
        context: { summary: 'More' },
        response_options: [{ name: 'yes' }],
        response_schema: { type: 'object' },
        on_expire: { response_option_name: 'yes' },
        expires_in_seconds: 5,
      },
    })
    expect(requests[1]!.body.spec.subject).toBe('Release')
  })

  test('is a tool: it has a name, a description and parameters', () => {
    const { client } = answeredBy({})

    const tool = client.humanAsTool()
    const named = client.humanAsTool({ name: 'ask_boss', description: 'Asks the boss.' })

    expect(tool.name).toBe('contact_human')
    expect(tool.description).toContain('Ask a person')
    expect(tool.parameters).toMatchObject({ type: 'object', required: ['message'] })
    expect(named.name).toBe('ask_boss')
    expect(named.description).toBe('Asks the boss.')
  })

  test('refuses a message that is no text', async () => {
    const { client, requests } = answeredBy({})

    await expect(client.humanAsTool()({ message: 7 as never })).rejects.toThrow(TypeError)
    await expect(client.humanAsTool()({ message: '' })).rejects.toThrow(TypeError)
    expect(requests).toEqual([])
  })
})
