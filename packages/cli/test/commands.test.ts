import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aFunctionCall, KEYS, runCli, ServerProcess, startCli } from './server-process.ts'

let server: ServerProcess
let env: Record<string, string>
beforeAll(async () => {
  server = await ServerProcess.start()
  env = {
    COUNTERSIGN_URL: server.url,
    COUNTERSIGN_AGENT_KEY: KEYS.agent,
    COUNTERSIGN_RESPONDER_KEY: KEYS.responder,
  }
})
afterAll(() => server.stop())

const createFunctionCall = (call_id: string, spec: object = {}) =>
  server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(call_id, spec))

describe('ask', () => {
  test('prints the answer alone on stdout', async () => {
    const asking = runCli(['ask', 'Ship it?', '--option', 'yes', '--option', 'no', '--call-id', 'ship'], env)
    await answerContact('ship', { response_option_name: 'yes' })

    const { code, stdout } = await asking

    expect([code, stdout]).toEqual([0, 'yes\n'])
  })

  test('ends with 3 when nobody answers in time, and says how to go on waiting', async () => {
    const { code, stdout, stderr } = await runCli(['ask', 'Anybody?', '--timeout', '1'], env)

    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toContain('--call-id call_')
  })

  test('ends with 3 when the question is cancelled', async () => {
    const asking = runCli(['ask', 'Still there?', '--call-id', 'gone'], env)
    await until(
      async () => (await server.request('GET', '/v1/human_contacts/gone', KEYS.agent)).status === 200,
    )
    await server.request('POST', '/v1/human_contacts/gone/cancel', KEYS.agent)

    const { code, stderr } = await asking

    expect(code).toBe(3)
    expect(stderr).toContain('the question is cancelled')
  })

  test('reads the message from stdin and prints the whole contact as JSON', async () => {
    const asking = runCli(['ask', '-', '--json', '--call-id', 'piped'], env, { input: 'From a pipe.\n' })
    await answerContact('piped', { response: 'Heard.' })

    const { stdout } = await asking

    expect(JSON.parse(stdout)).toMatchObject({
      spec: { msg: 'From a pipe.' },
      status: { response: 'Heard.' },
    })
  })

  test('says in one line that the server cannot be reached or the key is missing', async () => {
    const unreachable = await runCli(['ask', 'x'], { ...env, COUNTERSIGN_URL: 'http://127.0.0.1:9' })
    const keyless = await runCli(['ask', 'x'], {})

    expect([unreachable.code, keyless.code]).toEqual([1, 2])
    for (const { stderr } of [unreachable, keyless]) expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })
})

describe('approve, deny and answer', () => {
  test('decide a pending call and say so', async () => {
    await createFunctionCall('one')
    await createFunctionCall('two', { reject_options: [{ name: 'too-much' }] })
    await server.request('POST', '/v1/human_contacts', KEYS.agent, {
      run_id: 'run_1',
      call_id: 'three',
      spec: { msg: 'What?' },
    })

    const approved = await runCli(['approve', 'one', '--comment', 'Fine.'], env)
    const denied = await runCli(['deny', 'two', '--option', 'too-much'], env)
    const answered = await runCli(['answer', 'three', 'That.'], env)

    expect([approved.code, denied.code, answered.code]).toEqual([0, 0, 0])
    expect(approved.stdout).toMatch(/^one is approved by key:\w+: Fine\.\n$/)
    expect(denied.stdout).toMatch(/^two is denied by key:\w+: too-much\n$/)
    expect(answered.stdout).toMatch(/^three is answered by key:\w+: That\.\n$/)
  })

  test('fail clearly on an unknown call and on a decided one, whoever decided', async () => {
    await createFunctionCall('decided')
    await runCli(['approve', 'decided'], env)

    const unknown = await runCli(['approve', 'nobody-asked-this'], env)
    const again = await runCli(['approve', 'decided'], env)
    const against = await runCli(['deny', 'decided'], env)

    expect([unknown.code, again.code, against.code]).toEqual([1, 1, 1])
    expect(unknown.stderr).toMatch(
      /^countersign: There is no function call "nobody-asked-this" in this project\./,
    )
    for (const { stderr } of [again, against])
      expect(stderr).toMatch(/"decided" is decided already: approved by key:/)
  })

  test('send edited arguments with every digit', async () => {
    await createFunctionCall('edited', { allow_edit: true })

    const { code } = await runCli(['approve', 'edited', '--edit', '{"order_id": 12345678901234567890}'], env)

    const response = await fetch(`${server.url}/v1/function_calls/edited`, {
      headers: { authorization: `Bearer ${KEYS.agent}` },
    })
    expect(code).toBe(0)
    expect(await response.text()).toContain('"edited_kwargs":{"order_id":12345678901234567890}')
  })
})

describe('list', () => {
  test('shows calls of both kinds, control characters made visible', async () => {
    await createFunctionCall('hostile', { fn: 'rm\u001b[2J\u202etxt' })

    const { stdout } = await runCli(['list', '--state', 'pending'], env)
    const json = await runCli(['list', '--state', 'pending', '--json'], env)

    expect(stdout).toContain('rm\\u001b[2J\\u202etxt')
    expect(stdout).not.toContain('\u001b')
    expect(
      json.stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as object),
    ).toContainEqual(expect.objectContaining({ call_id: 'hostile' }))
  })
})

describe('numbers that JSON can write in many ways', () => {
  test('end neither a list nor the events', async () => {
    await fetch(`${server.url}/v1/function_calls`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEYS.agent}`, 'content-type': 'application/json' },
      body: '{"run_id":"run_odd","call_id":"odd","spec":{"fn":"f","kwargs":{"a":1e20,"b":-0}}}',
    })

    const list = await runCli(['list', '--run', 'run_odd'], env)
    const events = await runCli(['events', '--no-follow', '--run', 'run_odd', '--json'], env)

    expect([list.code, list.stdout]).toEqual([0, expect.stringContaining('f({"a":1e+20,"b":-0})')])
    expect([events.code, events.stdout]).toEqual([0, expect.stringContaining('{"a":1e+20,"b":-0}')])
  })
})

describe('inbox', () => {
  test('without a terminal prints what comes, with the command that answers it', async () => {
    const child = startCli(['inbox', '--run', 'run_inbox'], env)
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()

    await server.request('POST', '/v1/function_calls', KEYS.agent, {
      ...aFunctionCall('live'),
      run_id: 'run_inbox',
    })
    const shown: string[] = []
    for (
      let line = await lines.next();
      !line.done && !line.value.startsWith('To answer');
      line = await lines.next()
    )
      shown.push(line.value)

    expect(shown[0]).toBe('Function:  refund_order')
    child.kill()
    await once(child, 'exit')
  })
})

describe('events', () => {
  test('are printed one a line as they happen', async () => {
    await createFunctionCall('seen\u0040live', { fn: 'first' })
    const child = startCli(['events', '--call', 'seen@live'], env)
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()

    const requested = (await lines.next()).value as string
    await server.request('POST', '/v1/function_calls/seen@live/respond', KEYS.responder, { approved: true })
    const responded = (await lines.next()).value as string
    const completed = (await lines.next()).value as string
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number | null]

    expect(requested).toMatch(
      /^20\S+Z {2}function_call\.requested +run_1 {2}seen@live {2}pending {2}key:\w+$/,
    )
    expect(responded).toMatch(/function_call\.responded +run_1 {2}seen@live {2}approved {2}key:\w+$/)
    expect(completed).toMatch(/function_call\.completed/)
    expect(code).toBe(0)
  })

  test('are printed page by page with --no-follow, and as JSON', async () => {
    for (let index = 0; index < 120; index++)
      await server.request('POST', '/v1/function_calls', KEYS.agent, {
        ...aFunctionCall(`paged_${index}`, { kwargs: { text: '\u202e' } }),
        run_id: 'run_paged',
      })
    const args = ['events', '--no-follow', '--run', 'run_paged', '--type', 'function_call.requested']

    const { code, stdout } = await runCli(args, env)
    const json = await runCli([...args, '--json'], env)
    const events = json.stdout.trimEnd().split('\n')
    const { id } = JSON.parse(events[117]!) as { id: string }
    const after = await runCli([...args, '--after', id], env)
    const gone = await runCli([...args, '--after', 'gone'], env)

    expect([code, stdout.trimEnd().split('\n').length, events.length]).toEqual([0, 120, 120])
    expect(json.stdout).not.toContain('\u202e')
    expect(after.stdout.trimEnd().split('\n')).toHaveLength(2)
    expect([gone.code, gone.stdout]).toEqual([1, ''])
    expect(gone.stderr).toContain('event_gone')
  })
})

describe('keys and projects', () => {
  test('are made while the server runs, and a project sees nothing of another', async () => {
    await createFunctionCall('secret')
    const project = await runCli(['projects', 'create', 'Café Team', '--db', server.db])
    const key = await runCli([
      'keys',
      'create',
      '--db',
      server.db,
      '--project',
      'cafe-team',
      '--scope',
      'agent',
      '--scope',
      'responder',
    ])

    const other = await server.request('GET', '/v1/function_calls/secret', key.stdout.trim())
    const own = await server.request('GET', '/v1/project', key.stdout.trim())

    expect([project.code, project.stdout]).toEqual([0, 'cafe-team\n'])
    expect(key.stdout).toMatch(/^cs_[\w-]{43}\n$/)
    expect(other.status).toBe(404)
    expect(own.body).toMatchObject({ project_id: 'cafe-team', name: 'Café Team' })
  })

  test('revoke ends the held requests of the key within seconds (auth.revoked-ends-waits)', async () => {
    const { stdout } = await runCli([
      'keys',
      'create',
      '--db',
      server.db,
      '--scope',
      'agent',
      '--name',
      'short-lived',
    ])
    await createFunctionCall('held')
    const held = server.request('GET', '/v1/function_calls/held?wait=60', stdout.trim())
    const listed = await runCli(['keys', 'list', '--db', server.db])
    const key_id = /^(key_\w+).*short-lived/m.exec(listed.stdout)![1]!

    const revoked = await runCli(['keys', 'revoke', key_id, '--db', server.db])

    expect(revoked.code).toBe(0)
    expect((await held).status).toBe(401)
    expect((await server.request('GET', '/v1/project', stdout.trim())).status).toBe(401)
  })

  test('bind a key to a person, who then is the responder', async () => {
    const { stdout } = await runCli([
      'keys',
      'create',
      '--db',
      server.db,
      '--scope',
      'responder',
      '--person',
      'alice',
    ])
    await createFunctionCall('for-alice', { channel: { inbox: { allowed_responder_ids: ['alice'] } } })

    const others = await server.request('POST', '/v1/function_calls/for-alice/respond', KEYS.responder, {
      approved: true,
    })
    const alice = await server.request('POST', '/v1/function_calls/for-alice/respond', stdout.trim(), {
      approved: true,
    })

    expect([others.status, others.body.code]).toEqual([403, 'responder_not_allowed'])
    expect(alice.body.status.responder).toMatchObject({ id: 'alice' })
  })

  test.each([
    [['keys', 'create', '--scope', 'root'], 2],
    [['keys', 'create'], 2],
    [['keys', 'create', '--scope', 'agent', '--project', 'nowhere'], 1],
    [['projects', 'create', '***'], 1],
    [['projects', 'create', 'Default'], 1],
  ])('refuse %j', async (args, exitCode) => {
    const cwd = mkdtempSync(join(tmpdir(), 'countersign-'))

    const { code, stdout } = await runCli(args, { COUNTERSIGN_DB: server.db }, { cwd })

    expect([code, stdout]).toEqual([exitCode, ''])
  })
})

async function answerContact(call_id: string, response: object): Promise<void> {
  await until(async () => {
    const { status } = await server.request(
      'POST',
      `/v1/human_contacts/${call_id}/respond`,
      KEYS.responder,
      response,
    )
    return status === 200
  })
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}
