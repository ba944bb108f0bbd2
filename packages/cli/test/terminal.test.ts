import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { aFunctionCall, KEYS, ServerProcess } from './server-process.ts'

// A half-typed line lies in the kernel, where no fake stream has one, so that this takes a real pseudo-terminal: the
// one of `script` from util-linux, with the options that it has on Linux.
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

let server: ServerProcess
beforeAll(async () => {
  server = await ServerProcess.start()
})
afterAll(() => server.stop())

describe.skipIf(!hasScript)('the inbox in a real terminal', () => {
  test('never takes what was typed before a question for its answer, not even a y without its ENTER', async () => {
    const inbox = new TerminalProcess()
    await createFunctionCall('first')
    await inbox.sees('first', 'Approve?')

    inbox.type('y')
    await server.request('POST', '/v1/function_calls/first/respond', KEYS.responder, { approved: false })
    await createFunctionCall('second')
    await inbox.sees('second', 'Approve?')
    inbox.type('\n')
    await inbox.sees('Approve?')

    const { body } = await server.request('GET', '/v1/function_calls/second', KEYS.agent)
    expect(body.status.state).toBe('pending')
    await inbox.end()
  })

  test('takes a typed y for an approval and a bare ENTER for nothing', async () => {
    const inbox = new TerminalProcess()
    await server.request('POST', '/v1/function_calls/second/cancel', KEYS.agent)
    await createFunctionCall('third')
    await inbox.sees('third', 'Approve?')

    inbox.type('\n')
    await inbox.sees('Approve?')
    inbox.type('y\n')
    await inbox.sees('Sent: approved')

    const { body } = await server.request('GET', '/v1/function_calls/third', KEYS.agent)
    expect(body.status.state).toBe('approved')
    await inbox.end()
  })
})

async function createFunctionCall(call_id: string): Promise<void> {
  await server.request('POST', '/v1/function_calls', KEYS.agent, aFunctionCall(call_id))
}

/** `countersign inbox` behind a pseudo-terminal. */
class TerminalProcess {
  readonly #process: ChildProcess
  #unread = ''
  #wake = () => {}

  constructor() {
    const main = join(import.meta.dirname, '../src/main.ts')
    const command = [process.execPath, '--conditions=countersign-source', main, 'inbox'].join(' ')
    this.#process = spawn('script', ['-qefc', command, '/dev/null'], {
      env: { PATH: process.env['PATH'], COUNTERSIGN_URL: server.url, COUNTERSIGN_API_KEY: KEYS.responder },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    // A test that fails does not come to its end, and what it started would keep the run alive.
    onTestFinished(() => void this.#process.kill('SIGKILL'))
    this.#process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#unread += text
      this.#wake()
    })
  }

  type(text: string): void {
    this.#process.stdin!.write(text)
  }

  /** Waits for these texts one after another, and forgets what came up to the last. */
  async sees(...texts: string[]): Promise<void> {
    for (const text of texts) {
      while (!this.#unread.includes(text)) await new Promise<void>((resolve) => (this.#wake = resolve))
      this.#unread = this.#unread.slice(this.#unread.indexOf(text) + text.length)
    }
  }

  async end(): Promise<void> {
    this.type('\u0003')
    await once(this.#process, 'exit')
  }
}
