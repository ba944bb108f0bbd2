import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../server.py', import.meta.url))

const python = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'])
export const hasPython = python.status === 0

interface Keys {
  agent: string
  responder: string
  admin: string
}

export interface Running {
  url: string
  keys: Keys
  otherKeys: Keys
  database: string
  process: ChildProcess
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts the server on a free port, with two projects when the database is new. */
export async function start(
  database = join(mkdtempSync(join(tmpdir(), 'byo-')), 'calls.db'),
): Promise<Running> {
  const child = spawn('python3', [program, '--port', '0', '--database', database, '--add-project', 'other'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const [first] = (await once(lines, 'line')) as [string]
  const started = JSON.parse(first) as { url: string; keys: Keys; added_project: Keys }
  return {
    url: started.url,
    keys: started.keys,
    otherKeys: started.added_project,
    database,
    process: child,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      return child.exitCode
    },
  }
}

export function run(...options: string[]): { status: number | null; stderr: string; stdout: string } {
  return spawnSync('python3', [program, ...options], { encoding: 'utf8', timeout: 20_000 })
}

export interface Reply {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the tests read members of answers of every shape
  body: any
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Reply>

/** Asks with a key. A string or bytes go out as they are, everything else as JSON. */
export function asking(url: string, key?: string): Ask {
  return async (method, path, body, headers = {}) => {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
    })
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text === '' ? undefined : JSON.parse(text),
    }
  }
}

/** Sends bytes on one connection and returns everything that comes back until the server closes it. */
export async function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes, 'latin1')
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  return received
}
