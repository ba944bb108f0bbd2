import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentOf, pauseWhile, pendingCallId, personOf } from './actors.ts'
import { sdks } from './sdks.ts'
import { startServer, type ServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

describe.each(sdks)('a human contact of $name', ({ sdk }) => {
  test('gives the agent what the person wrote', async () => {
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'human_contacts', agent.runId)
        await personOf(sdk, server).contacts().respond(call_id, { response: 'the blue one' })
      }),
    })

    const answer = await agent.humanAsTool()({ message: 'Which one?' })

    expect(answer).toBe('the blue one')
  })

  test.each([
    { said: 'its prompt', option: { name: 'b', title: 'Blue', prompt_fill: 'the blue one' } },
    { said: 'its title', option: { name: 'b', title: 'the blue one' } },
    { said: 'its name', option: { name: 'the blue one' } },
  ])('gives the agent $said when a person chose an option without a word', async ({ option }) => {
    const agent = agentOf(sdk, server, {
      sleep: pauseWhile(async () => {
        const call_id = await pendingCallId(server, 'human_contacts', agent.runId)
        await personOf(sdk, server)
          .contacts()
          .respond(call_id, { response: '', response_option_name: option.name })
      }),
    })

    const answer = await agent.fetchHumanResponse({
      spec: { msg: 'Which one?', response_options: [{ name: 'red' }, option] },
    })

    expect(answer).toBe('the blue one')
  })

  test('has no status until it is answered, and then names text and option', async () => {
    const agent = agentOf(sdk, server)
    const response_options = [{ name: 'yes' }, { name: 'no', description: 'Leave it.', interactive: true }]

    const created = await agent.createHumanContact({ spec: { msg: 'Shall I?', response_options } })
    const pending = await agent.getHumanContact(created.call_id)
    const answered = await personOf(sdk, server)
      .contacts()
      .respond(created.call_id, { response: 'rather not', response_option_name: 'no' })
    const read = await agent.getHumanContact(created.call_id)

    expect(created).toMatchObject({ run_id: agent.runId, spec: { msg: 'Shall I?', response_options } })
    expect(created.status).toBeNull()
    expect(pending).toEqual(created)
    expect(read).toEqual(answered)
    expect(read.status).toMatchObject({
      response: 'rather not',
      response_option_name: 'no',
      requested_at: expect.any(String),
      responded_at: expect.any(String),
    })
  })

  test('keeps the ids of an agent whose name is free text', async () => {
    const agent = agentOf(sdk, server, {
      runId: `Research Agent ${randomUUID()}`,
      genid: (prefix) => `${prefix} ${randomUUID()}`,
    })

    const created = await agent.createHumanContact({ spec: { msg: 'Shall I?' } })
    const answered = await personOf(sdk, server).contacts().respond(created.call_id, { response: 'yes' })

    expect(created.run_id).toBe(agent.runId)
    expect(answered).toMatchObject({ run_id: agent.runId, call_id: created.call_id })
  })

  test('brings the state of the agent back, and shows it to nobody else', async () => {
    const agent = agentOf(sdk, server)
    const state = { thread: [{ role: 'user', content: 'frag nach ☎' }], depth: { of: { three: true } } }

    const { call_id } = await agent.createHumanContact({ spec: { msg: 'Shall I?', state } })

    expect((await agent.getHumanContact(call_id)).spec.state).toEqual(state)
    expect((await personOf(sdk, server).contacts().get(call_id)).spec.state).toBeUndefined()
  })

  test('refuses an option that it does not offer and an answer that says nothing', async () => {
    const { call_id } = await agentOf(sdk, server).createHumanContact({ spec: { msg: 'Shall I?' } })
    const contacts = personOf(sdk, server).contacts()

    await expect(contacts.respond(call_id, { response_option_name: 'yes' })).rejects.toThrow(/ 422: /)
    await expect(contacts.respond(call_id, { response: '' })).rejects.toThrow(/ 422: /)
    expect((await contacts.get(call_id)).status).toBeNull()
  })

  test('takes one answer: a second one is a conflict, even the same', async () => {
    const { call_id } = await agentOf(sdk, server).createHumanContact({ spec: { msg: 'Shall I?' } })
    const contacts = personOf(sdk, server).contacts()
    await contacts.respond(call_id, { response: 'yes' })

    await expect(contacts.respond(call_id, { response: 'yes' })).rejects.toThrow(/ 409: /)
    await expect(contacts.respond(call_id, { response: 'no' })).rejects.toThrow(/ 409: /)
    expect((await contacts.get(call_id)).status?.response).toBe('yes')
  })

  test('is not found under an id that nobody has asked', async () => {
    await expect(agentOf(sdk, server).getHumanContact('human_call-unknown')).rejects.toThrow(
      / \/contact_requests\/human_call-unknown 404: /,
    )
  })

  test('needs a key that the server knows', async () => {
    const stranger = agentOf(sdk, server, { apiKey: 'hl_wrong' })

    await expect(stranger.humanAsTool()({ message: 'Shall I?' })).rejects.toThrow(/ 401: /)
  })

  test('is asked with the agent scope and answered with the responder scope', async () => {
    const agent = agentOf(sdk, server)
    const { call_id } = await agent.createHumanContact({ spec: { msg: 'Shall I?' } })

    await expect(agent.backend!.contacts().respond(call_id, { response: 'yes' })).rejects.toThrow(/ 403: /)
    await expect(
      personOf(sdk, server)
        .contacts()
        .add({ run_id: agent.runId, call_id: `human_call-${randomUUID()}`, spec: { msg: 'Shall I?' } }),
    ).rejects.toThrow(/ 403: /)
  })

  test('conflicts with another one that had the same call_id', async () => {
    const call_id = `human_call-${randomUUID()}`
    const agent = agentOf(sdk, server, { genid: () => call_id })
    await agent.createHumanContact({ spec: { msg: 'Shall I read it?' } })

    await expect(agent.createHumanContact({ spec: { msg: 'Shall I drop it?' } })).rejects.toThrow(/ 409: /)
  })
})
