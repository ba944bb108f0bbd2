import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { agentOf, personOf } from './actors.ts'
import { sdks } from './sdks.ts'
import { startServer, type ServerProcess } from './server-process.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const email = { address: 'boss@example.com' }
const escalation = {
  escalation_msg: 'still waiting',
  additional_recipients: [{ address: 'cto@example.com', field: 'to' as const }],
}

describe.each(sdks)('an escalation of $name', ({ sdk }) => {
  test('goes to the address of the call, more than once, and leaves the call pending', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { email } })
    const call = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    const contact = await agent.createHumanContact({ spec: { msg: 'Shall I?' } })

    const escalated = [
      await agent.escalateEmailFunctionCall(call.call_id, escalation),
      await agent.escalateEmailFunctionCall(call.call_id, escalation),
    ]
    const escalatedContact = await agent.escalateEmailHumanContact(contact.call_id, escalation)

    expect(escalated).toEqual([call, call])
    expect(escalatedContact).toEqual(contact)
  })

  test('names an address of its own for a call that has none', async () => {
    const agent = agentOf(sdk, server)
    const call = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    const contact = await agent.createHumanContact({ spec: { msg: 'Shall I?' } })

    const escalated = await agent.escalateEmailFunctionCall(call.call_id, {
      ...escalation,
      channel: { email },
    })
    const escalatedContact = await agent.escalateEmailHumanContact(contact.call_id, {
      ...escalation,
      channel: { email, slack: { channel_or_user_id: 'C1' } },
    })

    expect(escalated).toEqual(call)
    expect(escalatedContact).toEqual(contact)
  })

  test('needs an address, in the call or in itself', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { sms: { phone_number: '+15551234567' } } })
    const call = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    const contact = await agent.createHumanContact({ spec: { msg: 'Shall I?' } })

    await expect(agent.escalateEmailFunctionCall(call.call_id, escalation)).rejects.toThrow(/ 400: /)
    await expect(agent.escalateEmailHumanContact(contact.call_id, escalation)).rejects.toThrow(/ 400: /)
  })

  test('needs a message and addresses that can be one', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { email } })
    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    await expect(agent.escalateEmailFunctionCall(call_id, { escalation_msg: '' })).rejects.toThrow(
      / 422: .*"loc":\["body","escalation_msg"\]/,
    )
    await expect(
      agent.escalateEmailFunctionCall(call_id, { ...escalation, channel: { email: { address: '' } } }),
    ).rejects.toThrow(/ 422: .*"loc":\["body","channel","email","address"\]/)
  })

  test('comes too late for a call that has been answered', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { email } })
    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })
    await personOf(sdk, server).functions().respond(call_id, { requested_at: new Date(), approved: true })

    await expect(agent.escalateEmailFunctionCall(call_id, escalation)).rejects.toThrow(/ 409: /)
  })

  test('is the matter of agents', async () => {
    const agent = agentOf(sdk, server, { contactChannel: { email } })
    const { call_id } = await agent.createFunctionCall({ spec: { fn: 'deploy', kwargs: {} } })

    const escalated = personOf(sdk, server).functions().escalateEmail(call_id, escalation)

    await expect(escalated).rejects.toThrow(/ 403: /)
  })

  test('of an unknown call is not found', async () => {
    const agent = agentOf(sdk, server)

    await expect(agent.escalateEmailFunctionCall('call-unknown', escalation)).rejects.toThrow(/ 404: /)
    await expect(agent.escalateEmailHumanContact('call-unknown', escalation)).rejects.toThrow(/ 404: /)
  })
})
