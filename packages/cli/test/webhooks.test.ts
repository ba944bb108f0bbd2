import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { verifyWebhook } from '@countersign/client'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { aFunctionCall, KEYS, runCli, ServerProcess, startCli } from './server-process.ts'

let server: ServerProcess
let env: Record<string, string>
beforeAll(async () => {
  server = await ServerProcess.start()
  env = { COUNTERSIGN_URL: server.url, COUNTERSIGN_ADMIN_KEY: KEYS.admin }
})
afterAll(() => server.stop())

const ask = (call_id: string, on = server) =>
  on.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(call_id))

describe('webhooks', () => {
  test('are registered, listed, rotated, sent again and deleted', async () => {
    const receiver = await startReceiver()
    const created = await runCli(
      ['webhooks', 'create', receiver.url, '--type', 'function_call.requested'],
      env,
    )
    const id = /we_\w+/.exec(created.stderr)![0]
    await ask('managed')
    await vi.waitUntil(() => receiver.received.length === 1)
    await vi.waitUntil(
      async () => (await runCli(['webhooks', 'deliveries', id], env)).stdout.includes('delivered'),
      { timeout: 10_000 },
    )

    const list = await runCli(['webhooks', 'list'], env)
    const deliveries = await runCli(['webhooks', 'deliveries', id], env)
    const delivery_id = /dlv_\w+/.exec(deliveries.stdout)![0]
    const again = await runCli(['webhooks', 'redeliver', id, delivery_id], env)
    await vi.waitUntil(() => receiver.received.length === 2)
    const rotated = await runCli(['webhooks', 'rotate', id], env)
    const deleted = await runCli(['webhooks', 'delete', id], env)
    const gone = await runCli(['webhooks', 'delete', id], env)

    expect([created, list, deliveries, again, rotated, deleted].map(({ code }) => code)).toEqual([
      0, 0, 0, 0, 0, 0,
    ])
    for (const { stdout } of [created, rotated]) expect(stdout).toMatch(/^whsec_\S+\n$/)
    expect(list.stdout).toContain(receiver.url)
    expect(list.stdout).not.toContain('whsec_')
    expect(receiver.received.map(({ headers }) => headers['webhook-id'])).toEqual([delivery_id, delivery_id])
    expect([gone.code, gone.stderr.trimEnd().split('\n')]).toEqual([
      1,
      [expect.stringContaining('not_found')],
    ])
  }, 60_000)

  test('are heard on this machine, handed on, and taken away at the end', async () => {
    const program = await startReceiver()
    const child = startCli(['webhooks', 'listen', '--forward', program.url], env)
    const [ready] = (await once(createInterface(child.stderr!), 'line')) as [string]
    const lines = createInterface(child.stdout!)[Symbol.asyncIterator]()

    await ask('heard')
    const line = await lines.next()
    await vi.waitUntil(() => program.received.length > 0)
    child.kill('SIGINT')
    const [code] = (await once(child, 'exit')) as [number]

    expect(ready).toMatch(/^we_\w+ listens at http:\/\/127\.0\.0\.1:\d+\/ until Ctrl-C\.$/)
    expect(line.value).toMatch(/^verified dlv_\w+ function_call\.requested heard$/)
    expect(JSON.parse(program.received[0]!.body)).toMatchObject({ data: { call_id: 'heard' } })
    expect(program.received[0]!.headers).toHaveProperty('webhook-signature')
    expect(code).toBe(0)
    expect((await runCli(['webhooks', 'list'], env)).stdout).not.toContain(/we_\w+/.exec(ready)![0])
  }, 30_000)

  test('say in one line what is wrong', async () => {
    const keyless = await runCli(['webhooks', 'list'], { COUNTERSIGN_URL: server.url })
    const refused = await runCli(['webhooks', 'create', 'http://10.0.0.1/'], env)
    const unreachable = await runCli(['webhooks', 'list'], { ...env, COUNTERSIGN_URL: 'http://127.0.0.1:9' })

    expect([keyless.code, refused.code, unreachable.code]).toEqual([2, 1, 1])
    expect(refused.stderr).toContain('url_not_allowed')
    for (const { stderr } of [keyless, refused, unreachable])
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  }, 30_000)

  test('that were on their way when the server was killed arrive after its restart, under the same id', async () => {
    const first = await ServerProcess.start()
    const receiver = await startReceiver({ silentAtFirst: true })
    const { body: endpoint } = await first.request('POST', '/v1/webhook_endpoints', KEYS.admin, {
      url: receiver.url,
    })
    await ask('killed', first)
    await vi.waitUntil(() => receiver.received.length === 1)
    await first.kill()

    const second = await ServerProcess.start({ db: first.db })
    await vi.waitUntil(() => receiver.received.length === 2, { timeout: 30_000 })

    const [one, other] = receiver.received
    expect([other!.body, other!.headers['webhook-id']]).toEqual([one!.body, one!.headers['webhook-id']])
    expect(await verifyWebhook(other!.body, other!.headers, endpoint.secret)).toMatchObject({
      data: { call_id: 'killed' },
    })
    await second.stop()
  }, 60_000)
})

async function startReceiver({ silentAtFirst = false } = {}): Promise<{
  url: string
  received: { headers: IncomingHttpHeaders; body: string }[]
}> {
  const received: { headers: IncomingHttpHeaders; body: string }[] = []
  const receiver = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ headers: request.headers, body: body.toString() })
      if (!silentAtFirst || received.length > 1) response.writeHead(204).end()
    })
  })
  receiver.unref().listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  return { url: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`, received }
}
