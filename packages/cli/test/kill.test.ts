import { describe, expect, test } from 'vitest'
import { aFunctionCall, KEYS, ServerProcess } from './server-process.ts'

describe('kill -9', () => {
  test('in a burst of creations and answers loses nothing acknowledged and decides nothing twice (call.acknowledged-survives, call.decided-once)', async () => {
    let server = await ServerProcess.start()
    const acknowledged = { created: new Set<string>(), decided: new Map<string, object>() }
    let rounds = 0

    for (const round of ['a', 'b', 'c']) {
      const burst = Array.from({ length: 32 }, (_, lane) => burstOf(server, `${round}${lane}`, acknowledged))
      await until(() => acknowledged.decided.size >= (rounds + 1) * 60)
      await server.kill()
      await Promise.all(burst)
      rounds++
      server = await ServerProcess.start({ db: server.db })
    }

    const found = await everyCall(server)
    await server.stop()
    for (const call_id of acknowledged.created) expect(found.has(call_id), call_id).toBe(true)
    for (const [call_id, status] of acknowledged.decided) expect(found.get(call_id)).toEqual(status)
    for (const { state, responses } of found.values())
      expect(responses).toHaveLength(state === 'pending' ? 0 : 1)
    expect(acknowledged.decided.size).toBeGreaterThanOrEqual(180)
  })
})

interface Status {
  state: string
  responses: object[]
}

/** Creates and answers, twice each with different answers, until the server is gone. */
async function burstOf(
  server: ServerProcess,
  lane: string,
  acknowledged: { created: Set<string>; decided: Map<string, object> },
): Promise<void> {
  try {
    for (let index = 0; ; index++) {
      const call_id = `call_${lane}_${index}`
      const created = await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(call_id))
      if (created.status === 201) acknowledged.created.add(call_id)

      const answers = [true, false].map(async (approved) => {
        const path = `/v1/function_calls/${call_id}/respond`
        const answer = await server.request('POST', path, KEYS.responder, { approved })
        if (answer.status === 200) acknowledged.decided.set(call_id, answer.body.status)
      })
      await Promise.all(answers)
    }
  } catch (error) {
    // The killed server resets connections: that is the end of this lane.
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error
  }
}

async function everyCall(server: ServerProcess): Promise<Map<string, Status>> {
  const found = new Map<string, Status>()
  let cursor: string | null = ''
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${cursor}`
    const { body } = await server.request('GET', `/v1/function_calls?limit=100${query}`, KEYS.agent)
    for (const { call_id, status } of body.items as { call_id: string; status: Status }[]) {
      expect(found.has(call_id)).toBe(false)
      found.set(call_id, status)
    }
    cursor = body.next_cursor as string | null
  }
  return found
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
