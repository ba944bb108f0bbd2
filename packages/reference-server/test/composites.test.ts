import { Writable } from 'node:stream'
import { RawJson, type FunctionCall } from '@countersign/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consoleSender } from '../src/channels/console.ts'
import { aFunctionCall, startTestServer, type Client, type TestServer } from './test-server.ts'

let server: TestServer
let people: Client[]

beforeAll(async () => {
  server = await startTestServer()
  people = await Promise.all(
    ['ana', 'bo', 'cy'].map((responder_id) => server.insertKey(['responder'], { responder_id })),
  )
})

afterAll(() => server.close())

describe('a quorum of two of three', () => {
  test('is completed once, by two answers, in 200 rounds of three at the same time (composite.concurrent-answers)', async () => {
    const channel = {
      quorum: { required: 2, of: [{ inbox: { allowed_responder_ids: ['ana', 'bo', 'cy'] } }] },
    }
    for (let round = 0; round < 200; round++) {
      const call = aFunctionCall({ channel })
      await server.agent.post('/v1/function_calls', call)
      const path = `/v1/function_calls/${call.call_id}`

      const answers = await Promise.all(
        people.map((person) => person.post(`${path}/respond`, { approved: true })),
      )

      const winners = answers.filter(({ status }) => status === 200)
      const { json: decided } = await server.agent.get(path)
      const { json: events } = await server.agent.get(`/v1/events?call_id=${call.call_id}`)
      expect(winners).toHaveLength(2)
      expect(answers.filter(({ status }) => status === 409)).toHaveLength(1)
      expect(decided.status).toMatchObject({ state: 'approved', approved: true })
      expect(decided.status.responses).toHaveLength(2)
      expect(events.items.map(({ type }: { type: string }) => type)).toEqual([
        'function_call.requested',
        'function_call.responded',
        'function_call.responded',
        'function_call.completed',
      ])
    }
  }, 60_000)
})

describe('a contact that has to be sent', () => {
  test('is sent after the creation, without anybody asking for it (contact.sent, contact.event)', async () => {
    const call = aFunctionCall({ channel: { console: {} } })

    await server.agent.post('/v1/function_calls', call)

    const path = `/v1/function_calls/${call.call_id}`
    await expect
      .poll(async () => (await server.agent.get(path)).json.status.contacts)
      .toMatchObject([{ kind: 'console', place: '/console', state: 'sent' }])
    const { json } = await server.agent.get(`/v1/events?call_id=${call.call_id}&type=function_call.contacted`)
    expect(json.items).toHaveLength(1)
  })
})

describe('the console', () => {
  const call = {
    run_id: 'run_1',
    call_id: 'call_1',
    spec: {
      fn: 'refund',
      kwargs: new RawJson('{"to":"\\u001b[2J"}'),
      context: { summary: 'Look:\u001B[1A\u202Eover' },
    },
    status: { escalations: [] },
  } as unknown as FunctionCall
  const contact = { contact_id: 'c1', kind: 'console', state: 'queued', joins_at: '2026-03-02T12:00:00.000Z' }

  test('prints the question and how to answer it, and nothing that commands a terminal', async () => {
    let printed = ''
    const output = new Writable({
      write(chunk: Buffer, _encoding, done) {
        printed += chunk.toString('utf8')
        done()
      },
    })

    const outcome = await consoleSender(output)({ kind: 'function_call', call, contact })

    expect(outcome).toBe('sent')
    expect(printed).toContain('? refund wants to run')
    expect(printed).toContain('countersign approve call_1')
    expect(printed).toContain(String.raw`Look:\u{1b}[1A\u{202e}over`)
    expect(['\u001B', '\u202E'].filter((each) => printed.includes(each))).toEqual([])
  })

  test('fails where nothing can be printed', async () => {
    const closed = new Writable()
    closed.destroy()

    expect(await consoleSender(closed)({ kind: 'function_call', call, contact })).toBe('failed')
  })
})
