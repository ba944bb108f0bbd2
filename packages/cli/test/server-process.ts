import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const MAIN = join(import.meta.dirname, '../src/main.ts')

export const KEYS = { agent: 'test-agent-key', responder: 'test-responder-key', admin: 'test-admin-key' }

/** A real server process, as users run it: `countersign serve` on a port and a file of its own. */
export class ServerProcess {
  readonly url: string
  readonly db: string
  readonly stdout: string[]
  readonly #process: ChildProcess

  private constructor(url: string, db: string, stdout: string[], process: ChildProcess) {
    this.url = url
    this.db = db
    this.stdout = stdout
    this.#process = process
  }

  static async start({
    db = temporaryDb(),
    port = 0,
    config,
  }: { db?: string; port?: number; config?: string } = {}): Promise<ServerProcess> {
    const configured = config === undefined ? [] : ['--config', config]
    const args = ['serve', '--port', String(port), '--db', db, '--log-level', 'error', ...configured]
    const child = startCli(args, {
      COUNTERSIGN_AGENT_KEY: KEYS.agent,
      COUNTERSIGN_RESPONDER_KEY: KEYS.responder,
      COUNTERSIGN_ADMIN_KEY: KEYS.admin,
      COUNTERSIGN_WEBHOOK_ALLOW: '127.0.0.0/8',
    })
    const stdout: string[] = []
    for await (const line of createInterface(child.stdout!)) {
      stdout.push(line)
      const url = /ready at (\S+)/.exec(line)?.[1]
      if (url) return new ServerProcess(url, db, stdout, child)
    }
    throw new Error(`The server ended before it was ready: ${stdout.join('\n')}`)
  }

  /** `kill -9`: no chance to say goodbye. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }

  /** SIGTERM, and the exit code that came of it. */
  async stop(): Promise<number | null> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return this.#process.exitCode
    this.#process.kill('SIGTERM')
    const [code] = (await once(this.#process, 'exit')) as [number | null]
    return code
  }

  async request(method: string, path: string, key: string, body?: unknown): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: await response.json() }
  }
}

export interface Answer {
  status: number
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of every shape
  body: any
}

export function startCli(
  args: string[],
  env: Record<string, string> = {},
  cwd = mkdtempSync(join(tmpdir(), 'countersign-')),
): ChildProcess {
  return spawn(process.execPath, ['--conditions=countersign-source', MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Runs a command to its end. */
export async function runCli(
  args: string[],
  env: Record<string, string> = {},
  { input = '', cwd }: { input?: string; cwd?: string } = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = startCli(args, env, cwd)
  const output = { stdout: '', stderr: '' }
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (output.stderr += text))
  child.stdin!.end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...output }
}

function temporaryDb(): string {
  return join(mkdtempSync(join(tmpdir(), 'countersign-')), 'countersign.db')
}

export function aFunctionCall(call_id: string, spec: object = {}): object {
  return { run_id: 'run_1', call_id, spec: { fn: 'refund_order', kwargs: { order_id: 4417 }, ...spec } }
}
