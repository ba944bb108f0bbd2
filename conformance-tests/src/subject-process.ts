import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { NotJudgeable } from './not-judgeable.ts'

/** The process of the server that is judged, for checks that end it without warning. */
export interface SubjectProcess {
  /** Ends the process at once, as a crash would, and comes back when it is gone. */
  kill(): Promise<void>
  /** Starts it again and comes back when it answers. */
  start(): Promise<void>
  /** What it has written to its output so far; empty when that cannot be seen. */
  output(): string
  /** Leaves nothing running that the suite started. */
  close(): Promise<void>
}

const READY_TIMEOUT_MS = 15_000

/** A server that the suite itself runs by a shell command (`--exec`): killed with SIGKILL, its whole process group with it. */
export function spawnedProcess(command: string, baseUrl: string): SubjectProcess {
  let child: ChildProcess | undefined
  let output = ''
  const hasEnded = () => child === undefined || child.exitCode !== null || child.signalCode !== null
  const kill = async () => {
    if (!child || hasEnded()) return
    const ended = once(child, 'exit')
    signalGroup(child)
    await ended
  }
  return {
    kill,
    async start() {
      child = spawn(command, {
        shell: true,
        detached: process.platform !== 'win32',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString('utf8')).slice(-1_000_000)))
      await untilReady(baseUrl, () => {
        if (hasEnded())
          throw new NotJudgeable(`"${command}" ended before it answered at ${baseUrl}. ${lastLines(output)}`)
      })
    },
    output: () => output,
    close: kill,
  }
}

/** A server that somebody else runs, killed and started again by a shell command (`--restart-cmd`). */
export function restartedProcess(command: string, baseUrl: string): SubjectProcess {
  return {
    async kill() {
      const child = spawn(command, { shell: true, stdio: ['ignore', 'ignore', 'pipe'] })
      let errors = ''
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString('utf8')))
      const [code] = (await once(child, 'close')) as [number | null]
      if (code !== 0)
        throw new NotJudgeable(`"${command}" failed with ${code ?? 'a signal'}. ${lastLines(errors)}`)
    },
    start: () => untilReady(baseUrl, () => undefined),
    output: () => '',
    close: async () => undefined,
  }
}

/** The shell and what it started are one group, so that no server outlives the run. */
function signalGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL')
  } catch {
    child.kill('SIGKILL')
  }
}

async function untilReady(baseUrl: string, look: () => void): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  for (;;) {
    look()
    const answered = await fetch(`${baseUrl.replace(/\/$/, '')}/.well-known/countersign`, {
      signal: AbortSignal.timeout(2_000),
    }).then(
      (response) => response.body?.cancel().then(() => response.ok),
      () => false,
    )
    if (answered) return
    if (Date.now() > deadline)
      throw new NotJudgeable(
        `The server was started and does not answer at ${baseUrl} within ${READY_TIMEOUT_MS / 1000} seconds.`,
      )
    await delay(25)
  }
}

function lastLines(output: string): string {
  const lines = output.trim().split('\n').slice(-5).join('\n')
  return lines === '' ? 'It wrote nothing.' : `It wrote:\n${lines}`
}
