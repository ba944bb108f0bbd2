import { describe, expect, test } from 'vitest'
import { aFunctionCall, KEYS, ServerProcess } from './server-process.ts'

describe('a clean shutdown', () => {
  test('answers held requests with the pending call and ends with 0 (wait.early)', async () => {
    const server = await ServerProcess.start()
    await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall('held'))
    const held = [1, 2, 3].map(() => server.request('GET', '/v1/function_calls/held?wait=60', KEYS.agent))
    await server.request('GET', '/v1/function_calls/held', KEYS.agent)

    const code = await server.stop()

    expect(code).toBe(0)
    for (const { status, body } of await Promise.all(held)) {
      expect(status).toBe(200)
      expect(body.status.state).toBe('pending')
    }
  })

  test('under load loses nothing acknowledged', async () => {
    const server = await ServerProcess.start()
    const acknowledged: string[] = []
    const lanes = Array.from({ length: 8 }, async (_, lane) => {
      for (let index = 0; ; index++) {
        const call_id = `call_${lane}_${index}`
        const answer = await server
          .request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(call_id))
          .catch(() => undefined)
        if (answer?.status !== 201) return
        acknowledged.push(call_id)
      }
    })
    while (acknowledged.length < 50) await new Promise((resolve) => setTimeout(resolve, 5))

    await server.stop()
    await Promise.all(lanes)

    const again = await ServerProcess.start({ db: server.db })
    for (const call_id of acknowledged) {
      const { status } = await again.request('GET', `/v1/function_calls/${call_id}`, KEYS.agent)
      expect(status, call_id).toBe(200)
    }
    await again.stop()
  })
})
