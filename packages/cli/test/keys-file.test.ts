import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KEYS, runCli, ServerProcess } from './server-process.ts'

let server: ServerProcess

beforeAll(async () => {
  server = await ServerProcess.start()
})

afterAll(() => server.stop())

describe('the keys of the keys file', () => {
  test('serve its server, however the address is written', async () => {
    const folder = folderWith(server.url, KEYS)

    const named = await runCli(['list'], {}, { cwd: folder })
    const written = await runCli(
      ['list', '--url', server.url.replace('127.0.0.1', 'localhost')],
      {},
      { cwd: folder },
    )

    expect([named.code, written.code]).toEqual([0, 0])
  })

  test('are for no other server, which never sees them', async () => {
    const folder = folderWith('http://127.0.0.1:1', KEYS)

    const { code, stderr } = await runCli(['list', '--url', server.url], {}, { cwd: folder })

    expect(code).toBe(2)
    expect(stderr).toContain('The keys in ./countersign.keys.json are for http://127.0.0.1:1.')
  })

  test('of any scope show the project', async () => {
    const folder = folderWith(server.url, { responder: KEYS.responder })

    const { code, stdout } = await runCli(['project'], {}, { cwd: folder })

    expect([code, stdout]).toEqual([0, expect.stringContaining('(default)')])
  })
})

test('an address without a scheme is refused with an example', async () => {
  const { code, stderr } = await runCli(['list', '--url', 'localhost:4747', '--key', 'k'])

  expect([code, stderr]).toEqual([2, expect.stringContaining('such as http://127.0.0.1:4747')])
})

function folderWith(url: string, keys: Partial<typeof KEYS>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-keys-file-'))
  writeFileSync(join(folder, 'countersign.keys.json'), JSON.stringify({ url, keys }))
  return folder
}
