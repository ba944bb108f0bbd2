import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')

export const KEYS = { agent: 'agent-faults', responder: 'responder-faults', admin: 'admin-faults' }

/** A server process on one database and one port, which is killed and started again. */
export class Server {
  url = ''
  readonly #db: string
  #port = '0'
  #process: ChildProcess | undefined
  #stderr = ''

  constructor(db: string) {
    this.#db = db
  }

  async start(): Promise<void> {
    const args = ['--conditions=countersign-source', '--no-warnings', 'packages/cli/src/main.ts', 'serve']
    const options = [
      '--port',
      this.#port,
      '--db',
      this.#db,
      '--log-level',
      'error',
      '--webhook-allow',
      '127.0.0.0/8',
    ]
    const child = spawn(process.execPath, [...args, ...options], {
      cwd: root,
      env: {
        ...process.env,
        COUNTERSIGN_AGENT_KEY: KEYS.agent,
        COUNTERSIGN_RESPONDER_KEY: KEYS.responder,
        COUNTERSIGN_ADMIN_KEY: KEYS.admin,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.stderr.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString('utf8')))
    for await (const line of createInterface({ input: child.stdout })) {
      const url = /http:\/\/[\d.]+:(\d+)/.exec(line)
      if (!url) continue
      this.url = url[0]
      this.#port = url[1]!
      child.stdout.resume()
      return
    }
    throw new Error(`The server ended before it was ready: ${this.#stderr}`)
  }

  /** Ends it without warning. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const ended = once(this.#process!, 'exit')
    this.#process!.kill(signal)
    await ended
  }

  /** What came back, or undefined when nothing did: then nobody knows whether it was done. */
  async request(
    method: 'GET' | 'POST',
    path: string,
    key: keyof typeof KEYS,
    body?: object,
    // oxlint-disable-next-line typescript/no-explicit-any -- the checks look into whatever came
  ): Promise<{ status: number; body: any } | undefined> {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${KEYS[key]}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal: AbortSignal.timeout(10_000),
      })
      return { status: response.status, body: await response.json() }
    } catch {
      return undefined
    }
  }

  /** The same again until somebody answers: it is idempotent, so that this is safe. */
  async insist(
    ...request: Parameters<Server['request']>
  ): Promise<NonNullable<Awaited<ReturnType<Server['request']>>>> {
    for (;;) {
      const answer = await this.request(...request)
      if (answer && answer.status < 500) return answer
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
