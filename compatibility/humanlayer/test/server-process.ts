import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'

/** The server as a user runs it: a process of its own over a database of its own. */
export interface ServerProcess {
  url: string
  /** What HumanLayer's SDKs take for `HUMANLAYER_API_BASE`. */
  apiBase: string
  agentKey: string
  responderKey: string
  /** Where the database lies, with everything that SQLite writes beside it. */
  directory: string
  stop(): Promise<void>
}

export async function startServer(settings: Record<string, string> = {}): Promise<ServerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'countersign-humanlayer-'))
  const [agentKey, responderKey] = ['hl_live_agent_key', 'hl_live_responder_key']
  const server = spawn(
    process.execPath,
    [
      '--conditions=countersign-source',
      join(REPOSITORY, 'packages/cli/src/main.ts'),
      'serve',
      '--port=0',
      `--db=${join(directory, 'countersign.db')}`,
      '--log-level=error',
    ],
    {
      cwd: directory,
      env: {
        ...process.env,
        COUNTERSIGN_AGENT_KEY: agentKey,
        COUNTERSIGN_RESPONDER_KEY: responderKey,
        ...settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  const exited = once(server, 'exit')
  const complaints = text(server.stderr)

  for await (const line of createInterface(server.stdout)) {
    const url = /^Countersign is ready at (\S+)$/.exec(line)?.[1]
    if (!url) continue
    // Read on, so that the process never waits for somebody to empty the pipe.
    server.stdout.resume()
    return {
      url,
      apiBase: `${url}/humanlayer/v1`,
      agentKey,
      responderKey,
      directory,
      async stop() {
        server.kill('SIGTERM')
        await exited
        await rm(directory, { recursive: true })
      },
    }
  }
  throw new Error(`The server ended before it was ready: ${await complaints}`)
}

const REPOSITORY = join(import.meta.dirname, '../../..')
