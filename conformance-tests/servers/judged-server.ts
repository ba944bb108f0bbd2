import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { SubjectProcess } from '../src/subject-process.ts'
import type { Patch } from './mutation.ts'

/** A server that runs as a process of its own, so that the suite can judge it, and end it without warning. */
export interface JudgedServer extends SubjectProcess {
  readonly url: string
  readonly keys: Readonly<Record<string, string>>
}

export interface ReferenceOptions {
  /** Which server that is broken on purpose. */
  mutant?: string
  /** Other settings than those of `reference.ts`. */
  settings?: Readonly<Record<string, unknown>>
  /** Legal changes of its sources, where it has no setting. */
  patches?: readonly Patch[]
}

/** Starts the reference server over a database of its own, broken as `mutant` says, or changed in a legal way. */
export async function startReference({
  mutant,
  settings,
  patches = [],
}: ReferenceOptions = {}): Promise<JudgedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-judged-'))
  const isPatched = mutant !== undefined || patches.length > 0
  const mutation = isPatched ? ['--import', new URL('./mutate.ts', import.meta.url).href] : []
  const server = await startServerProcess(
    [...mutation, fileURLToPath(new URL('./reference.ts', import.meta.url)), folder],
    {
      ...(mutant === undefined ? {} : { COUNTERSIGN_MUTANT: mutant }),
      ...(settings ? { COUNTERSIGN_JUDGED_SETTINGS: JSON.stringify(settings) } : {}),
      ...(patches.length > 0 ? { COUNTERSIGN_PATCHES: JSON.stringify(patches) } : {}),
    },
  )
  return {
    ...server,
    async close() {
      await server.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/**
 * Starts a Node.js program that prints `{ "url": …, "keys": … }` as its first line when it is ready. Started again, it gets the port that it had
 * as a further argument.
 */
async function startServerProcess(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<JudgedServer> {
  let output = ''
  let running: ChildProcess
  const run = async (further: readonly string[]): Promise<{ url: string; keys: Record<string, string> }> => {
    running = spawn(
      process.execPath,
      ['--conditions=countersign-source', '--no-warnings', ...args, ...further],
      {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    running.stderr!.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')))
    const ended = once(running, 'exit').then(() => undefined)
    const first = await Promise.race([once(createInterface({ input: running.stdout! }), 'line'), ended])
    if (!first) throw new Error(`${args.join(' ')} ended before it was ready: ${output}`)
    return JSON.parse(String(first[0])) as { url: string; keys: Record<string, string> }
  }
  const kill = async () => {
    if (running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  const { url, keys } = await run([])
  return {
    url,
    keys,
    kill,
    // It runs already when the suite begins.
    async start() {
      if (running.exitCode !== null || running.signalCode !== null) await run([new URL(url).port])
    },
    output: () => output,
    close: kill,
  }
}
