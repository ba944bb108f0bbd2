import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { aFunctionCall, KEYS, runCli, ServerProcess, startCli } from './server-process.ts'

describe('serve', () => {
  test('makes one key for each scope on an empty database, prints each once, and never again', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'countersign-'))

    const first = await outputUntilReady(cwd)
    const second = await outputUntilReady(cwd)

    for (const scope of ['agent', 'responder', 'admin'])
      expect(first.filter((line) => new RegExp(`^ +${scope} +cs_[\\w-]{43}$`).test(line))).toHaveLength(1)
    expect(second.filter((line) => line.includes('cs_'))).toHaveLength(0)
    expect(second[0]).toContain('keys create')
    expect(second).toHaveLength(2)
  })

  test('takes the keys of the environment, which do only what their scope allows', async () => {
    const server = await ServerProcess.start()

    const created = await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall('call_1'))
    const denied = await server.request('POST', '/v1/function_calls', KEYS.responder, aFunctionCall('call_2'))
    const answered = await server.request('POST', '/v1/function_calls/call_1/respond', KEYS.responder, {
      approved: true,
    })
    const unknown = await server.request('GET', '/v1/project', 'another key')

    expect(server.stdout).toHaveLength(1)
    expect([created.status, denied.status, answered.status, unknown.status]).toEqual([201, 403, 200, 401])
    expect(await server.stop()).toBe(0)
  })

  test('combines the scopes when the environment gives one key for several', async () => {
    const env = { COUNTERSIGN_AGENT_KEY: 'one-for-both', COUNTERSIGN_RESPONDER_KEY: 'one-for-both' }
    const child = startCli(['serve', '--port', '0', '--log-level', 'error'], env)
    const url = await readyUrl(child.stdout!)

    const headers = { authorization: 'Bearer one-for-both', 'content-type': 'application/json' }
    const create = await fetch(`${url}/v1/function_calls`, {
      method: 'POST',
      headers,
      body: JSON.stringify(aFunctionCall('call_1')),
    })
    const respond = await fetch(`${url}/v1/function_calls/call_1/respond`, {
      method: 'POST',
      headers,
      body: '{"approved":true}',
    })

    expect([create.status, respond.status]).toEqual([201, 200])
    child.kill()
    await once(child, 'exit')
  })

  test('says in one line that a port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo

    const { code, stdout, stderr } = await runCli(['serve', '--port', String(port)])

    taken.close()
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(new RegExp(`^countersign: .*127\\.0\\.0\\.1:${port}: the port is taken.*\\n$`))
  })

  test('says in one line that a database cannot be opened', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'countersign-'))
    writeFileSync(
      join(cwd, 'notes.txt'),
      'These are notes and no database, however long they become.'.repeat(50),
    )

    const missing = await runCli(['serve', '--port', '0', '--db', './no/such/folder/x.db'], {}, { cwd })
    const notes = await runCli(['serve', '--port', '0', '--db', 'notes.txt'], {}, { cwd })

    for (const { code, stderr } of [missing, notes]) {
      expect(code).toBe(1)
      expect(stderr).toMatch(/^countersign: The database ".*" cannot be used: .*\n$/)
    }
  })

  test.each([
    [['--port', 'many'], {}, '--port has to be a whole number from 0 to 65535, not "many".'],
    [['--port', '70000'], {}, '--port has to be a whole number from 0 to 65535, not "70000".'],
    [[], { COUNTERSIGN_LOG_LEVEL: 'loud' }, 'COUNTERSIGN_LOG_LEVEL has to be one of'],
    [
      [],
      { COUNTERSIGN_AGENT_KEY: 'with space' },
      'COUNTERSIGN_AGENT_KEY may hold visible ASCII characters only.',
    ],
  ])('refuses the setting %j %j with its name', async (args, env, line) => {
    const { code, stderr } = await runCli(['serve', ...args], env)

    expect(code).toBe(2)
    expect(stderr).toContain(line)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  test('refuses a configuration file with a setting that does not exist', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'countersign-'))
    writeFileSync(join(cwd, 'countersign.config.json'), '{ "prot": 1 }')

    const { code, stderr } = await runCli(['serve'], {}, { cwd })

    expect(code).toBe(2)
    expect(stderr).toBe('countersign: countersign.config.json: there is no setting "prot".\n')
  })

  test('refuses an unknown option and an unknown command', async () => {
    const option = await runCli(['serve', '--prot', '1'])
    const command = await runCli(['sreve'])

    expect([option.code, command.code]).toEqual([2, 2])
  })
})

async function outputUntilReady(cwd: string): Promise<string[]> {
  const child = startCli(['serve', '--port', '0', '--log-level', 'error'], {}, cwd)
  const lines: string[] = []
  for await (const line of createInterface(child.stdout!)) {
    lines.push(line)
    if (line.includes('ready at')) break
  }
  child.kill()
  await once(child, 'exit')
  return lines
}

async function readyUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const url = /ready at (\S+)/.exec(line)?.[1]
    if (url) return url
  }
  throw new Error('The server ended before it was ready.')
}
