import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEYS, runCli, ServerProcess } from './server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'countersign-policy-'))
const config = file('config.json', {
  people: [
    { id: 'ana', name: 'Ana Lima', addresses: ['email:ana@example.com'] },
    { id: 'bo', out_of_office: { delegate: 'ana' } },
  ],
  teams: [{ name: 'payments', people: ['ana', 'bo'] }],
  channels: [{ name: 'oncall', channel: { inbox: { allowed_responder_ids: ['team:payments'] } } }],
  policies: [
    { name: 'small', fn: 'refund', kwargs: [{ pointer: '/amount', at_most: 50 }], effect: 'approve' },
    {
      name: 'abroad',
      fn: 'refund',
      kwargs: [{ pointer: '/country', equals: 'XX' }],
      effect: 'deny',
      comment: 'No.',
    },
    {
      name: 'large',
      fn: 'refund',
      kwargs: [{ pointer: '/amount', more_than: 50 }],
      effect: 'ask',
      channel: { named: { name: 'oncall' } },
      minimum_people: 2,
    },
  ],
  projects: { shop: { policies: [] } },
})

describe('policy test', () => {
  test('shows every rule, which one applies, and what becomes of the call', async () => {
    const call = file('call.json', { fn: 'refund', kwargs: { amount: 9_000, country: 'FR' } })

    const { code, stdout } = await runCli(['policy', 'test', call, '--config', config])

    expect([code, stdout]).toEqual([
      0,
      [
        '  small (approve)',
        '    /amount does not match: Expected at most 50.',
        '  abroad (deny)',
        '    /country does not match: Expected exactly "XX".',
        '→ large (ask)',
        '',
        'The call is asked through {"quorum":{"required":2,"of":[{"inbox":{"allowed_responder_ids":["ana","bo"]}}]}}',
        '',
      ].join('\n'),
    ])
  })

  test.each<[name: string, call: unknown, args: string[], effect: string, more: object]>([
    [
      'approves',
      { fn: 'refund', kwargs: { amount: 50 } },
      [],
      'approve',
      { policy: 'small', state: 'approved' },
    ],
    [
      'denies what is in doubt',
      { run_id: 'r', call_id: 'c', spec: { fn: 'refund', kwargs: { amount: '50' } } },
      [],
      'deny',
      { policy: 'abroad', comment: 'No.' },
    ],
    ['says nothing', { fn: 'ship', kwargs: {} }, [], 'none', { state: 'pending' }],
    [
      'says nothing in another project',
      { fn: 'refund', kwargs: { amount: 50 } },
      ['--project', 'shop'],
      'none',
      {},
    ],
    [
      'does not approve where a person is required',
      { fn: 'refund', kwargs: { amount: 5, country: 'FR' }, requires_person: true },
      [],
      'none',
      {},
    ],
  ])('%s, as JSON', async (_name, call, args, effect, more) => {
    const path = file('one.json', call)

    const { code, stdout } = await runCli(['policy', 'test', path, '--config', config, '--json', ...args])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ effect, ...more })
  })

  test('fails where another effect is expected', async () => {
    const call = file('ship.json', { fn: 'refund', kwargs: { amount: 5 } })
    const args = ['policy', 'test', call, '--config', config, '--expect']

    expect((await runCli([...args, 'approve'])).code).toBe(0)
    const wrong = await runCli([...args, 'ask'])
    expect([wrong.code, wrong.stderr]).toEqual([1, 'countersign: The effect is "approve", and not "ask".\n'])
  })

  test('keeps every digit of an integer', async () => {
    const call = join(folder, 'digits.json')
    const most = file('most.json', {
      policies: [
        {
          name: 'most',
          fn: 'f',
          kwargs: [{ pointer: '/n', at_most: 9_007_199_254_740_991 }],
          effect: 'approve',
        },
      ],
    })
    writeFileSync(call, '{"fn":"f","kwargs":{"n":9007199254740993}}')

    const { stdout } = await runCli(['policy', 'test', call, '--config', most, '--json'])

    expect(JSON.parse(stdout)).toMatchObject({ effect: 'none' })
  })

  test.each<[name: string, text: string, message: string]>([
    ['no JSON', '{', 'bad.json'],
    ['no call', '{"kwargs":{}}', '/spec/fn'],
    ['no object', '[]', '/spec'],
  ])('refuses %s with its place', async (_name, text, message) => {
    const call = join(folder, 'bad.json')
    writeFileSync(call, text)

    const { code, stderr } = await runCli(['policy', 'test', call, '--config', config])

    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })

  test('says why a call would be refused, and fails', async () => {
    const channel = { named: { name: 'nobody' } }
    const call = file('refused.json', { fn: 'ship', kwargs: {}, channel })

    const { code, stdout } = await runCli(['policy', 'test', call, '--config', config])

    expect(code).toBe(1)
    expect(stdout).toContain('/spec/channel/named/name: This project has no channel "nobody".')
  })
})

describe('a configuration', () => {
  test.each<[name: string, members: unknown, lines: string[]]>([
    [
      'with names that do not exist',
      { people: [{ id: 'ana' }], teams: [{ name: 't', people: ['ana', 'bob'] }] },
      ['/teams/0/people/1: There is no person "bob".'],
    ],
    [
      'with two faults',
      {
        people: [{ id: 'a', out_of_office: { delegate: 'a' } }],
        policies: [{ name: 'p', fn: 'f', effect: 'yes' }],
      },
      ['/policies/0/effect'],
    ],
    ['with a setting that is not there', { poeple: [] }, ['there is no setting "poeple"']],
  ])('%s ends the start with the place', async (_name, members, lines) => {
    const path = file('wrong.json', members)

    const { code, stderr } = await runCli([
      'serve',
      '--config',
      path,
      '--port',
      '0',
      '--db',
      join(folder, 'x.db'),
    ])

    expect(code).toBe(2)
    for (const line of lines) expect(stderr).toContain(line)
    expect(stderr).not.toContain('    at ')
  })

  test('that is named and not there ends the start', async () => {
    const { code, stderr } = await runCli(['serve', '--config', join(folder, 'nowhere.json')])

    expect([code, stderr]).toEqual([2, expect.stringContaining('nowhere.json cannot be read')])
  })
})

describe('a server with a configuration', () => {
  let server: ServerProcess
  beforeAll(async () => {
    server = await ServerProcess.start({ config })
  })
  afterAll(() => server.stop())

  test('shows the project, and to an admin the policies', async () => {
    const env = { COUNTERSIGN_URL: server.url }

    const admin = await runCli(['project', '--key', KEYS.admin], env)
    const agent = await runCli(['project', '--key', KEYS.agent], env)

    expect(admin.stdout).toBe(
      [
        'Default (default)',
        'people',
        '  ana  Ana Lima  email:ana@example.com',
        '  bo  away; ana stands in',
        'teams',
        '  team:payments  ana, bo',
        'channels',
        '  oncall  {"inbox":{"allowed_responder_ids":["ana","bo"]}}',
        'default channel  {"inbox":{}}',
        'policies, of which the first that matches applies',
        '  small  approve  refund',
        '  abroad  deny  refund',
        '  large  ask  refund',
        '',
      ].join('\n'),
    )
    expect(agent.stdout).not.toMatch(/policies|email:/)
  })

  test('settles a call, and the record says by which rule', async () => {
    const spec = { fn: 'refund', kwargs: { amount: 5 } }
    await server.request('POST', '/v1/function_calls', KEYS.agent, { run_id: 'r', call_id: 'small', spec })

    const { code, stderr } = await runCli(['approve', 'small'], {
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_API_KEY: KEYS.responder,
    })

    expect(code).toBe(1)
    expect(stderr).toContain('is decided already: approved by the policy "small"')
  })

  test('names whom a delegate answered for', async () => {
    const spec = { fn: 'ship', kwargs: {}, channel: { inbox: { allowed_responder_ids: ['bo'] } } }
    await server.request('POST', '/v1/function_calls', KEYS.agent, { run_id: 'r', call_id: 'away', spec })
    const key = await runCli(['keys', 'create', '--scope', 'responder', '--person', 'ana', '--db', server.db])

    const { stdout } = await runCli(['approve', 'away'], {
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_API_KEY: key.stdout.trim(),
    })

    expect(stdout).toBe('away is approved by Ana Lima for bo\n')
  })
})

function file(name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, JSON.stringify(value))
  return path
}
