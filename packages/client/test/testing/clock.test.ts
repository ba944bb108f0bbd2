import { describe, expect, test } from 'vitest'
import { aFunctionCall, interceptFetch } from './wire.ts'

const now = new Date('2026-01-01T00:00:00.000Z')
const { agent, server } = interceptFetch({ clock: () => now })

describe('a clock of the test', () => {
  test('is the time of everything, and passes on request', async () => {
    const { json } = await agent('/v1/function_calls', aFunctionCall({ expires_in_seconds: 60 }))
    expect(json.status).toMatchObject({
      requested_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-01T00:01:00.000Z',
    })

    server.passSeconds(60)
    expect((await agent('/v1/function_calls/call_1')).json.status.state).toBe('pending')
    server.passSeconds(0.001)

    expect(server.functionCalls.asked()[0]!.status).toMatchObject({
      state: 'expired',
      completed_at: '2026-01-01T00:01:00.001Z',
    })
  })
})
