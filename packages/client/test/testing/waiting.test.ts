import { spawnSync } from 'node:child_process'
import { getResponse } from 'msw'
import { describe, expect, test } from 'vitest'
import { aFunctionCall, aHumanContact, expectProblem, interceptFetch } from './wire.ts'

const { agent, responder, server } = interceptFetch({ limits: { wait_seconds: 20 } })
const CALL = '/v1/function_calls/call_1'

/** The answer, or 'held' when it does not come in the next turns of the event loop. */
async function isHeld(answer: Promise<unknown>): Promise<boolean> {
  return (await Promise.race([answer, settled()])) === 'held'
}

/** A request that is answered later than the one before it was taken. */
async function settled(): Promise<'held'> {
  for (let round = 0; round < 3; round++) await agent('/healthz')
  return 'held'
}

describe('a wait', () => {
  test('ends with the answer, for everybody who waits (wait.holds, wait.wakes)', async () => {
    const created = agent('/v1/function_calls?wait=20', aFunctionCall())
    await server.functionCalls.next()
    const got = [1, 2, 3].map(() => agent(`${CALL}?wait=20`))
    expect(await isHeld(Promise.race([created, ...got]))).toBe(true)

    await responder(`${CALL}/respond`, { approved: true })

    expect((await created).status).toBe(201)
    for (const { json } of await Promise.all([created, ...got])) expect(json.status.state).toBe('approved')
    expect((await agent(`${CALL}?wait=20`)).json.status.state).toBe('approved')
  })

  test('ends with the cancellation and with the expiry', async () => {
    await agent('/v1/function_calls', aFunctionCall())
    await agent('/v1/human_contacts', aHumanContact({ expires_in_seconds: 60 }))
    const waits = [agent(`${CALL}?wait=20`), agent('/v1/human_contacts/call_1?wait=20')]
    expect(await isHeld(Promise.race(waits))).toBe(true)

    await agent(`${CALL}/cancel`, {})
    server.passSeconds(61)

    const states = (await Promise.all(waits)).map(({ json }) => json.status.state)
    expect(states).toEqual(['cancelled', 'expired'])
  })

  test('notices an expiry of the clock by itself (expiry.expires)', async () => {
    const expires_at = new Date(Date.now() + 150).toISOString()

    const waited = await agent('/v1/function_calls?wait=20', aFunctionCall({ expires_at }))

    expect(waited.json.status.state).toBe('expired')
    expect(Date.parse(waited.json.status.completed_at)).toBeGreaterThan(Date.parse(expires_at))
  })

  test('ends with the time, and with the pending call (wait.times-out-with-the-call)', async () => {
    const created = await agent('/v1/function_calls?wait=1', aFunctionCall())

    expect(created.status).toBe(201)
    expect(created.headers.get('preference-applied')).toBe('wait=1')
    expect(created.json.status.state).toBe('pending')
  })

  test('is asked for in the query or in `Prefer`, and is cut (wait.clamped, wait.query-wins, wait.prefer-malformed)', async () => {
    server.functionCalls.respondWith(() => ({ approved: true }))
    await agent('/v1/function_calls', aFunctionCall())
    const applied = async (query: string, prefer?: string) => {
      const headers: Record<string, string> = prefer ? { prefer } : {}
      return (await agent(CALL + query, undefined, { headers })).headers.get('preference-applied')
    }

    expect(await applied('?wait=999')).toBe('wait=20')
    expect(await applied('', 'respond-async, wait=5')).toBe('wait=5')
    expect(await applied('?wait=0', 'wait=5')).toBe('wait=0')
    expect(await applied('', 'wait=soon')).toBeNull()
    for (const wrong of ['wait=-1', 'wait=1.5', 'wait=', 'wait=1&wait=2'])
      expectProblem(await agent(`${CALL}?${wrong}`), 400, 'invalid_parameter', ['/wait'])
  })

  test('ends with a reset', async () => {
    await agent('/v1/function_calls', aFunctionCall())
    const held = agent(`${CALL}?wait=20`)
    expect(await isHeld(held)).toBe(true)

    server.reset()

    expectProblem(await held, 404, 'not_found')
  })
})

test('a wait whose client goes away ends', async () => {
  await agent('/v1/function_calls', aFunctionCall())
  const gone = new AbortController()
  const headers = { authorization: 'Bearer agent-key' }
  const request = new Request(`${server.baseUrl}${CALL}?wait=20`, { headers, signal: gone.signal })
  const held = getResponse(server.handlers, request)
  expect(await isHeld(held)).toBe(true)

  gone.abort()

  expect(await (await held)!.json()).toMatchObject({ status: { state: 'pending' } })
})

test('a wait that nobody ends keeps no process alive', () => {
  const script = `
    import { getResponse } from 'msw'
    import { countersignHandlers } from '@countersign/client/testing'
    const { handlers, baseUrl } = countersignHandlers()
    const headers = { authorization: 'Bearer agent-key', 'content-type': 'application/json' }
    const body = JSON.stringify(${JSON.stringify(aFunctionCall())})
    void getResponse(handlers, new Request(baseUrl + '/v1/function_calls?wait=60', { method: 'POST', headers, body }))`

  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=countersign-source', '--input-type=module', '--eval', script],
    { cwd: import.meta.dirname, encoding: 'utf8', timeout: 20_000 },
  )

  expect(stderr).toBe('')
  expect(status).toBe(0)
})
