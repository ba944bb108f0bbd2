import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Countersign } from '@countersign/client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const example = join(import.meta.dirname, '..')
const cli = join(example, '../../packages/cli/src/main.ts')

let folder: string
let url: string
let responder: Countersign
const running: ChildProcess[] = []
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  url = await startServer()
  responder = new Countersign({ baseUrl: url, apiKey: 'responder-key' })
})
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

describe('an agent that does not wait', () => {
  test('goes on when the answer came while nothing of it was running', async () => {
    await runAgent('4417')
    await respond('refund_4417', { approved: true })

    startDispatcher()

    await until(() => ledger().length === 1)
    expect(ledger()).toEqual(['refund-refund_4417\trefunded 1250.00 for order 4417'])
  })

  test('is killed at every step and still does everything once', async () => {
    // Twice, as after a crash that came before the agent could tell that it had asked.
    await runAgent('7')
    await runAgent('7')
    await kill(startDispatcher())
    await respond('refund_7', { approved: false, comment: 'Half at most.' })

    const first = startDispatcher()
    await until(async () => (await responder.humanContacts.list()).items.length === 1)
    await kill(first)
    // What the killed one did after its last mark is done again.
    const second = startDispatcher()
    const { items } = await responder.humanContacts.list()
    expect(items[0]!.spec.msg).toContain('A person denied it: Half at most. What shall I tell')
    await responder.humanContacts.respond('reply_7', { response: 'Sorry.' })
    await until(() => ledger().length === 1)
    await kill(second)

    const third = startDispatcher()
    await runAgent('8')
    await respond('refund_8', { approved: true, edited_kwargs: { order_id: 8, amount: '625.00' } })
    await until(() => ledger().length === 2)
    await until(() => existsSync(join(folder, 'position')))
    third.kill('SIGTERM')
    const [code] = (await once(third, 'exit')) as [number | null]

    expect(code).toBe(0)
    expect(ledger()).toEqual([
      'letter-reply_7\twrote: Sorry.',
      'refund-refund_8\trefunded 625.00 for order 8',
    ])
  })
})

describe('an agent that is started by webhooks', () => {
  test('goes on when its receiver was killed before the answer came', async () => {
    const port = await freePort()
    const secret = await register(`http://127.0.0.1:${port}/`)
    const receiver = { OUTER_LOOP_SECRET: secret, OUTER_LOOP_PORT: String(port) }
    await runAgent('9')
    await kill(startNode([join(example, 'receiver.ts')], receiver))
    await respond('refund_9', { approved: true })
    // The server has tried in vain by then, and tries again.
    await new Promise((resolve) => setTimeout(resolve, 500))

    startNode([join(example, 'receiver.ts')], receiver)

    await until(() => ledger().length === 1)
    expect(ledger()).toEqual(['refund-refund_9\trefunded 1250.00 for order 9'])
  })

  test('does nothing on what the server has not signed', async () => {
    const port = await freePort()
    const child = startNode([join(example, 'receiver.ts')], {
      OUTER_LOOP_SECRET: `whsec_${Buffer.from('another secret').toString('base64')}`,
      OUTER_LOOP_PORT: String(port),
    })
    // The first attempt shall find it.
    await until(async () => (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) !== undefined)
    await runAgent('10')
    await register(`http://127.0.0.1:${port}/`)
    await respond('refund_10', { approved: true })

    await until(async () => (await deliveries()).some(({ attempts }) => attempts[0]?.status_code === 401))

    expect(ledger()).toEqual([])
    await kill(child)
  })
})

/** A port on which nobody listens at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

async function register(receiver: string): Promise<string> {
  const { secret } = (await admin('POST', '/v1/webhook_endpoints', { url: receiver })) as { secret: string }
  return secret
}

async function deliveries(): Promise<{ attempts: { status_code: number | null }[] }[]> {
  const { items } = (await admin('GET', '/v1/webhook_endpoints')) as {
    items: { webhook_endpoint_id: string }[]
  }
  const path = `/v1/webhook_endpoints/${items[0]!.webhook_endpoint_id}/deliveries`
  return ((await admin('GET', path)) as { items: { attempts: { status_code: number | null }[] }[] }).items
}

async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: 'Bearer admin-key', 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  return response.json()
}

function respond(
  call_id: string,
  response: { approved: boolean; comment?: string; edited_kwargs?: Record<string, unknown> },
) {
  return responder.functionCalls.respond(call_id, response)
}

async function runAgent(order: string): Promise<void> {
  const child = startNode([join(example, 'agent.ts'), 'start', order])
  const [code] = (await once(child, 'exit')) as [number | null]
  expect(code).toBe(0)
}

function startDispatcher(): ChildProcess {
  return startNode([join(example, 'dispatcher.ts')])
}

function startNode(args: string[], env: Record<string, string> = {}): ChildProcess {
  const child = spawn(process.execPath, ['--conditions=countersign-source', ...args], {
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      COUNTERSIGN_URL: url,
      COUNTERSIGN_API_KEY: 'agent-key',
      OUTER_LOOP_LEDGER: join(folder, 'ledger'),
      OUTER_LOOP_POSITION: join(folder, 'position'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.push(child)
  return child
}

async function startServer(): Promise<string> {
  const child = startNode(
    [
      cli,
      'serve',
      '--port',
      '0',
      '--db',
      join(folder, 'calls.db'),
      '--log-level',
      'error',
      '--webhook-allow',
      '127.0.0.0/8',
    ],
    {
      COUNTERSIGN_URL: '',
      COUNTERSIGN_API_KEY: '',
      COUNTERSIGN_AGENT_KEY: 'agent-key',
      COUNTERSIGN_RESPONDER_KEY: 'responder-key',
      COUNTERSIGN_ADMIN_KEY: 'admin-key',
    },
  )
  for await (const line of createInterface(child.stdout!)) {
    const found = /ready at (\S+)/.exec(line)?.[1]
    if (found) return found
  }
  throw new Error('The server ended before it was ready.')
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function ledger(): string[] {
  const file = join(folder, 'ledger')
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : []
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50))
}
