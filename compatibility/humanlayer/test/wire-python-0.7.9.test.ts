import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonAiohttp, pythonRequests } from './recorded-clients.ts'
import { startServer, type ServerProcess } from './server-process.ts'
import { decodeError, decodeFunctionCall, decodeHumanContact } from './strict-decoder.ts'

let server: ServerProcess
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const newId = (prefix: string) => `${prefix}-${randomUUID()}`
const decision = (approved: boolean, comment: string | null, option: string | null = null) =>
  `{"requested_at": null, "responded_at": null, "approved": ${approved}, "comment": ${JSON.stringify(comment)}, "reject_option_name": ${JSON.stringify(option)}, "slack_message_ts": null}`

describe.each([
  { name: 'synchronous', transport: pythonRequests },
  { name: 'asynchronous', transport: pythonAiohttp },
])('the $name Python SDK 0.7.9', ({ transport }) => {
  const agent = () => transport(server.apiBase, server.agentKey)
  const person = () => transport(server.apiBase, server.responderKey)
  const ask = (call_id: string) =>
    agent().post(
      '/function_calls',
      `{"run_id": "research-agent-x_Y-z", "call_id": "${call_id}", "spec": {"fn": "send_email", "kwargs": {"to": "m\\u00fcnze@example.com", "amount": 12345678901234567890, "ratio": 1.0}, "channel": {"slack": {"channel_or_user_id": "", "context_about_channel_or_user": "whoever installed the app", "bot_token": "xoxb-${call_id}", "allowed_responder_ids": ["U1", "U2"], "experimental_slack_blocks": true, "thread_ts": null}, "sms": null, "whatsapp": null, "email": null}, "reject_options": [{"name": "later", "title": null, "description": null, "prompt_fill": "ask again tomorrow", "interactive": false}], "state": null}, "status": null}`,
    )

  test('gets back what it sent, value for value (rules 1, 2, 9, 11, 12)', async () => {
    const call_id = newId('call')

    const { status, body, text } = await ask(call_id)

    expect(status).toBe(200)
    expect(text).toContain('{"to": "m\\u00fcnze@example.com", "amount": 12345678901234567890, "ratio": 1.0}')
    expect(decodeFunctionCall(body)).toMatchObject({
      run_id: 'research-agent-x_Y-z',
      call_id,
      spec: {
        channel: {
          slack: {
            channel_or_user_id: '',
            context_about_channel_or_user: 'whoever installed the app',
            allowed_responder_ids: ['U1', 'U2'],
            experimental_slack_blocks: true,
          },
        },
        reject_options: [{ name: 'later', prompt_fill: 'ask again tomorrow', interactive: false }],
      },
    })
  })

  test('never sees its bot token again, and neither does the disk (rule 10)', async () => {
    const call_id = newId('call')
    const created = await ask(call_id)

    const answers = [
      created,
      await agent().get(`/function_calls/${call_id}`),
      await person().get('/agent/function_calls/pending'),
      await person().post(`/agent/function_calls/${call_id}/respond`, decision(true, null)),
    ]
    const files = await readdir(server.directory)
    const stored = await Promise.all(files.map((file) => readFile(join(server.directory, file))))

    for (const { text } of answers) expect(text).not.toMatch(/bot_token|xoxb/)
    expect(stored.some((bytes) => bytes.includes(call_id))).toBe(true)
    expect(stored.some((bytes) => bytes.includes(`xoxb-${call_id}`))).toBe(false)
  })

  test.each([
    { approved: true, comment: null, option: null, shown: '' },
    { approved: true, comment: 'go', option: null, shown: 'go' },
    { approved: false, comment: 'no', option: null, shown: 'no' },
    { approved: false, comment: null, option: null, shown: '' },
    { approved: false, comment: null, option: 'later', shown: 'ask again tomorrow' },
  ])('reads $approved with the comment $comment and the option $option (rule 5)', async (given) => {
    const call_id = newId('call')
    await ask(call_id)

    const answered = await person().post(
      `/agent/function_calls/${call_id}/respond`,
      decision(given.approved, given.comment, given.option),
    )

    expect(answered.status).toBe(200)
    expect(decodeFunctionCall(answered.body).status).toMatchObject({
      approved: given.approved,
      comment: given.shown,
      reject_option_name: given.option,
      requested_at: expect.any(String),
      responded_at: expect.any(String),
    })
    // What the agent polls differs only in its own state, which this call has not.
    expect((await agent().get(`/function_calls/${call_id}`)).body).toEqual(answered.body)
  })

  test('asks by e-mail with both spellings of the thread, and gets the older one back (rule 9)', async () => {
    const call_id = newId('call')

    const { status, body } = await agent().post(
      '/contact_requests',
      `{"run_id": "mail-agent", "call_id": "${call_id}", "spec": {"msg": "Which one?", "subject": "A question", "channel": {"slack": null, "sms": null, "whatsapp": null, "email": {"address": "boss@example.com", "context_about_user": null, "additional_recipients": [{"address": "cto@example.com", "context_about_user": null, "field": null}], "experimental_subject_line": "Re: the release", "experimental_references_message_id": "<1@example.com>", "experimental_in_reply_to_message_id": "<2@example.com>", "subject": "Re: the release", "references_message_id": "<1@example.com>", "in_reply_to_message_id": "<2@example.com>", "template": null}}, "response_options": null, "state": null}, "status": null}`,
    )

    expect(status).toBe(200)
    expect(decodeHumanContact(body)).toMatchObject({
      spec: {
        subject: 'A question',
        channel: {
          email: {
            address: 'boss@example.com',
            additional_recipients: [{ address: 'cto@example.com' }],
            experimental_subject_line: 'Re: the release',
            experimental_references_message_id: '<1@example.com>',
            experimental_in_reply_to_message_id: '<2@example.com>',
          },
        },
      },
      status: null,
    })
  })

  test('answers a contact with an option and no text (rule 6)', async () => {
    const call_id = newId('call')
    await agent().post(
      '/contact_requests',
      `{"run_id": "agent", "call_id": "${call_id}", "spec": {"msg": "Which one?", "subject": null, "channel": null, "response_options": [{"name": "blue", "title": "the blue one", "description": null, "prompt_fill": null, "interactive": false}], "state": null}, "status": null}`,
    )

    const answered = await person().post(
      `/agent/human_contacts/${call_id}/respond`,
      '{"requested_at": null, "responded_at": null, "response": null, "response_option_name": "blue"}',
    )

    expect(decodeHumanContact(answered.body).status).toMatchObject({
      response: 'the blue one',
      response_option_name: 'blue',
    })
  })

  test('escalates with explicit nulls', async () => {
    const call_id = newId('call')
    const created = await ask(call_id)

    const nowhere = await agent().post(
      `/agent/function_calls/${call_id}/escalate_email`,
      '{"escalation_msg": "still waiting", "additional_recipients": null, "channel": null}',
    )
    const escalated = await agent().post(
      `/agent/function_calls/${call_id}/escalate_email`,
      '{"escalation_msg": "still waiting", "additional_recipients": [{"address": "cto@example.com", "context_about_user": null, "field": "cc"}], "channel": {"slack": null, "sms": null, "whatsapp": null, "email": {"address": "boss@example.com", "context_about_user": null, "additional_recipients": null, "experimental_subject_line": null, "experimental_references_message_id": null, "experimental_in_reply_to_message_id": null, "subject": null, "references_message_id": null, "in_reply_to_message_id": null, "template": null}}}',
    )

    expect(nowhere.status).toBe(400)
    decodeError(nowhere.body)
    expect(escalated).toMatchObject({ status: 200, body: created.body })
  })
})
