import { connect } from 'node:net'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startServer } from '../src/main.ts'
import { NO_DIRECTORIES } from '../src/routing/configuration.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { DatabaseUnusable, KeyRevoked } from '../src/store/store.ts'
import { DueLoop } from '../src/workers/due-loop.ts'
import { pino } from 'pino'
import { aFunctionCall, ask, askPerson, startTestServer, type TestServer } from './test-server.ts'

let server: TestServer
beforeEach(async () => {
  server = await startTestServer()
})
afterEach(() => server.close())

describe('a key', () => {
  test('that is revoked while its answer still comes in decides nothing (auth.revoked-at-once)', async () => {
    const path = await ask(server)
    const created = await server.admin.post('/v1/keys', { scopes: ['responder'] })
    const body = '{"approved":true}'
    const socket = connect(server.port, '127.0.0.1')
    const received: string[] = []
    socket.setEncoding('utf8').on('data', (text: string) => received.push(text))
    socket.write(
      `POST ${path}/respond HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${created.json.secret}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body.slice(0, 5)}`,
    )
    // The headers have been read once a request that was sent later has been answered.
    await server.agent.get('/v1/project')

    await server.admin.send('DELETE', `/v1/keys/${created.json.key.key_id}`)
    socket.write(body.slice(5))
    await new Promise((resolve) => socket.on('close', resolve))

    expect(received.join('')).toContain('HTTP/1.1 401')
    expect((await server.agent.get(path)).json.status.state).toBe('pending')
  })

  test('that is revoked by another process before the write changes nothing (auth.revoked-at-once)', async () => {
    const call_id = (await ask(server)).split('/').at(-1)!
    const { json } = await server.admin.post('/v1/keys', { scopes: ['agent'] })
    const beside = openSqliteStore({ path: server.db })
    await beside.revokeKey('default', json.key.key_id)

    const write = beside.functionCalls.update(
      'default',
      call_id,
      () => {
        throw new Error('nobody decides with a dead key')
      },
      json.key.key_id,
    )

    await expect(write).rejects.toThrow(KeyRevoked)
    await beside.close()
  })
})

describe('data that takes long to check', () => {
  test('is not checked for somebody who may not decide (schema.bounded)', async () => {
    const path = await askPerson(server, {
      response_schema: { enum: Array.from({ length: 60 }, (_, index) => ({ a: index })) },
      channel: { inbox: { allowed_responder_ids: ['alice'] } },
    })
    const response_data = Array.from({ length: 40_000 }, () => 1)

    const answer = await server.responder.post(`${path}/respond`, { response_data })

    expect([answer.status, answer.json.code]).toEqual([403, 'responder_not_allowed'])
  })
})

describe('a second server', () => {
  test('on the same file is refused', async () => {
    const settings = { port: 0, host: '127.0.0.1', db: server.db, log_level: 'silent' }
    const limits = {
      body_bytes: 65_536,
      wait_seconds: 60,
      heartbeat_seconds: 15,
      humanlayer_pending_page: false,
      directories: NO_DIRECTORIES,
      webhook_allow: [],
    }

    const second = startServer({ ...settings, ...limits }, {})

    await expect(second).rejects.toThrow(DatabaseUnusable)
    await expect(second).rejects.toThrow('another server runs on it')
  })
})

describe('a lock of another process', () => {
  test('holds writes up until it is gone, and reads not at all', async () => {
    const path = await ask(server)
    const other = new DatabaseSync(server.db)
    other.exec('BEGIN IMMEDIATE')

    const creating = server.agent.post('/v1/function_calls', aFunctionCall())
    const read = await server.agent.get(path)
    other.exec('COMMIT')
    other.close()

    expect(read.status).toBe(200)
    expect((await creating).status).toBe(201)
  })
})

describe('two calls', () => {
  test('never go by one id in the HumanLayer profile (humanlayer.ids)', async () => {
    await server.agent.post('/v1/function_calls', { ...aFunctionCall(), call_id: 'a~41' })
    await server.agent.post('/humanlayer/v1/function_calls', {
      run_id: 'r',
      call_id: 'a~41',
      spec: { fn: 'drop_table', kwargs: {} },
    })

    const pending = await server.responder.get('/humanlayer/v1/agent/function_calls/pending')

    const shown = pending.json as unknown as { call_id: string; spec: { fn: string } }[]
    expect(shown.map(({ call_id, spec }) => [call_id, spec.fn])).toEqual([['a~41', 'drop_table']])
  })
})

describe('an escalation', () => {
  test('is refused after many, and the call stays as it was (call.escalate)', async () => {
    const path = `${await ask(server)}/escalate`
    for (let index = 0; index < 50; index++)
      await server.agent.post(path, { escalation_id: `esc_${index}`, escalation_msg: 'Now.' })

    const answer = await server.agent.post(path, { escalation_id: 'esc_50', escalation_msg: 'Now.' })

    expect([answer.status, answer.json.code]).toEqual([422, 'invalid_request'])
  })
})

describe('the loop over what is due', () => {
  test('runs one pass at a time, and ends after the last', async () => {
    const log = pino({ level: 'silent' })
    let running = 0
    let most = 0
    const loop = new DueLoop({
      findNext: async () => undefined,
      async pass() {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 10))
        running--
      },
      clock: () => new Date(),
      log,
    })

    for (let index = 0; index < 3; index++) {
      loop.expectAt(0)
      await new Promise((resolve) => setTimeout(resolve, 4))
    }
    await loop.stop()

    expect([most, running]).toEqual([1, 0])
  })
})
