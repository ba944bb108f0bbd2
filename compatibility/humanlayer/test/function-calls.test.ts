import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { agentOf, pauseWhile, pendingCallId, personOf } from './actors.ts'
import { sdks } from './sdks.ts'
import { startServer, type ServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe.each(sdks)('a function call of $name', ({ sdk }) => {
  const requested_at = new Date('2025-06-03T12:00:00Z')

  test('runs the function only after a person has approved it', async () => {
    const multiply = vi.fn<(kwargs: { a: number; b: number }) => Promise<number>>(async ({ a, b }) => a * b)
    Object.defineProperty(multiply, 'name', { value: 'multiply' })
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        expect(multiply).not.toHaveBeenCalled()
        const call_id = await pendingCallId(server, 'function_calls', agent.runId)
        await personOf(sdk, server).functions().respond(call_id, { requested_at, approved: true })
      }),
    })

    const product = await agent.requireApproval<typeof multiply>()(multiply)({ a: 6, b: 7 })

    expect(product).toBe(42)
    expect(multiply).toHaveBeenCalledOnce()
  })

  test('hands the comment of a denial to the agent and does not run the function', async () => {
    const dropTable = vi.fn<(kwargs: { name: string }) => Promise<string>>()
    Object.defineProperty(dropTable, 'name', { value: 'dropTable' })
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'function_calls', agent.runId)
        await personOf(sdk, server)
          .functions()
          .respond(call_id, { requested_at, approved: false, comment: 'not on a Friday' })
      }),
    })

    const told = await agent.requireApproval<typeof dropTable>()(dropTable)({ name: 'users' })

    expect(told).toBe('User denied function dropTable with comment: not on a Friday')
    expect(dropTable).not.toHaveBeenCalled()
  })

  test('can be asked for a function that has no name', async () => {
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'function_calls', agent.runId)
        await personOf(sdk, server).functions().respond(call_id, { requested_at, approved: false })
      }),
    })

    const told = await agent.requireApproval<(kwargs: object) => Promise<string>>()(async () => 'ran')({})

    expect(told).toBe('User denied function anonymous with comment: ')
  })

  test('finds the server and the key in the environment, and makes its own ids', async () => {
    vi.stubEnv('HUMANLAYER_API_BASE', server.apiBase)
    vi.stubEnv('HUMANLAYER_API_KEY', server.agentKey)
    const agent = new sdk.HumanLayer({
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'function_calls', agent.runId)
        await personOf(sdk, server).functions().respond(call_id, { requested_at, approved: true })
      }),
    })
    vi.unstubAllEnvs()

    const status = await agent.fetchHumanApproval({ spec: { fn: 'deploy', kwargs: {} } })

    expect(status).toMatchObject({ approved: true })
  })

  test('keeps the ids of an agent whose name is free text', async () => {
    const agent = agentOf(sdk, server, {
      runId: `Büro: agent n°7 (${randomUUID()})`,
      genid: (prefix) => `_${prefix} ${randomUUID()}`,
    })

    const created = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    const read = await agent.getFunctionCall(created.call_id)

    expect(created.run_id).toBe(agent.runId)
    expect(created.call_id).toMatch(/^_call /)
    expect(read).toEqual(created)
    expect(await pendingCallId(server, 'function_calls', agent.runId)).toBe(created.call_id)
  })

  test('tells the agent which reject option was chosen, and in which words', async () => {
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'function_calls', agent.runId)
        await personOf(sdk, server)
          .functions()
          .respond(call_id, { requested_at, approved: false, reject_option_name: 'later' })
      }),
    })

    const status = await agent.fetchHumanApproval({
      spec: {
        fn: 'deploy',
        kwargs: { version: 3 },
        reject_options: [
          { name: 'never', title: 'Never' },
          { name: 'later', title: 'Later', prompt_fill: 'ask me again tomorrow', interactive: true },
        ],
      },
    })

    expect(status).toMatchObject({
      approved: false,
      reject_option_name: 'later',
      comment: 'ask me again tomorrow',
    })
  })

  test('refuses a reject option that it does not offer, and stays pending', async () => {
    const agent = agentOf(sdk, server)
    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    const answer = personOf(sdk, server)
      .functions()
      .respond(call_id, { requested_at, approved: false, reject_option_name: 'later' })

    await expect(answer).rejects.toThrow(/ 422: /)
    expect((await agent.getFunctionCall(call_id)).status?.approved).toBeNull()
  })

  test('is pending until it is answered, and then says so with the times of both', async () => {
    const agent = agentOf(sdk, server)
    const spec = { fn: 'deploy', kwargs: { version: 3, regions: ['eu', 'us'] } }

    const created = await agent.createFunctionCall({ spec })
    const pending = await agent.getFunctionCall(created.call_id)
    const answered = await personOf(sdk, server)
      .functions()
      .respond(created.call_id, { ...pending.status!, approved: true, comment: 'go' })
    const approved = await agent.getFunctionCall(created.call_id)

    expect(created).toMatchObject({ run_id: agent.runId, spec: { fn: spec.fn, kwargs: spec.kwargs } })
    expect(pending).toEqual(created)
    expect(pending.status).toMatchObject({ approved: null, requested_at: expect.any(String) })
    expect(approved.status).toEqual(answered.status)
    expect(approved.status).toMatchObject({
      approved: true,
      comment: 'go',
      requested_at: pending.status!.requested_at,
      responded_at: expect.any(String),
    })
  })

  test('brings the state of the agent back, and shows it to nobody else', async () => {
    const agent = agentOf(sdk, server)
    const state = { thread: [{ role: 'user', content: 'schicke die Münze 🪙' }], step: 9007199254740991 }

    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {}, state } })

    expect((await agent.getFunctionCall(call_id)).spec.state).toEqual(state)
    expect((await personOf(sdk, server).functions().get(call_id)).spec.state).toBeUndefined()
  })

  test('takes one answer: a second one is a conflict, even the same', async () => {
    const { call_id } = await agentOf(sdk, server).createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    const functions = personOf(sdk, server).functions()
    await functions.respond(call_id, { requested_at, approved: false, comment: 'no' })

    await expect(
      functions.respond(call_id, { requested_at, approved: false, comment: 'no' }),
    ).rejects.toThrow(/ 409: /)
    await expect(functions.respond(call_id, { requested_at, approved: true })).rejects.toThrow(/ 409: /)
    expect((await functions.get(call_id)).status?.approved).toBe(false)
  })

  test('is not found under an id that nobody has asked', async () => {
    await expect(agentOf(sdk, server).getFunctionCall('call-unknown')).rejects.toThrow(
      / \/function_calls\/call-unknown 404: /,
    )
  })

  test('needs a key that the server knows', async () => {
    const stranger = agentOf(sdk, server, { apiKey: 'hl_wrong' })

    const asked = stranger.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    await expect(asked).rejects.toThrow(/ 401: /)
  })

  test('is asked with the agent scope and answered with the responder scope', async () => {
    const agent = agentOf(sdk, server)
    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    await expect(
      agent.backend!.functions().respond(call_id, { requested_at, approved: true }),
    ).rejects.toThrow(/ 403: /)
    await expect(
      personOf(sdk, server)
        .functions()
        .add({ run_id: agent.runId, call_id: `call-${randomUUID()}`, spec: { fn: 'deploy', kwargs: {} } }),
    ).rejects.toThrow(/ 403: /)
    expect((await agent.getFunctionCall(call_id)).status?.approved).toBeNull()
  })

  test('does not run on the approval of another function that had the same call_id', async () => {
    const call_id = `call-${randomUUID()}`
    const agent = agentOf(sdk, server, { genid: () => call_id })
    await agent.createFunctionCall({ spec: { fn: 'readTable', kwargs: {} } })
    await personOf(sdk, server).functions().respond(call_id, { requested_at, approved: true })
    const dropTable = vi.fn<(kwargs: object) => void>()

    const asked = agent.requireApproval<typeof dropTable>()(dropTable)({})

    await expect(asked).rejects.toThrow(/ 409: /)
    expect(dropTable).not.toHaveBeenCalled()
  })
})
