import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Patch } from './mutation.ts'

/** A server that runs as a process of its own, so that the suite can judge it. */
export interface JudgedServer {
  readonly url: string
  readonly keys: Readonly<Record<string, string>>
  readonly child: ChildProcess
  /** Everything that it has written to stderr. */
  errors(): string
  close(): Promise<void>
}

export interface ReferenceOptions {
  /** Which server that is broken on purpose. */
  mutant?: string
  /** Other settings than those of `reference.ts`. */
  settings?: Readonly<Record<string, unknown>>
  /** Legal changes of its sources, where it has no setting. */
  patches?: readonly Patch[]
}

/** Starts the reference server, broken as `mutant` says, or changed in a legal way. */
export function startReference({
  mutant,
  settings,
  patches = [],
}: ReferenceOptions = {}): Promise<JudgedServer> {
  const isPatched = mutant !== undefined || patches.length > 0
  const mutation = isPatched ? ['--import', new URL('./mutate.ts', import.meta.url).href] : []
  return startServerProcess([...mutation, new URL('./reference.ts', import.meta.url).pathname], {
    ...(mutant === undefined ? {} : { COUNTERSIGN_MUTANT: mutant }),
    ...(settings ? { COUNTERSIGN_JUDGED_SETTINGS: JSON.stringify(settings) } : {}),
    ...(patches.length > 0 ? { COUNTERSIGN_PATCHES: JSON.stringify(patches) } : {}),
  })
}

/** Starts a program that prints `{ "url": …, "keys": … }` as its first line when it is ready. */
export async function startServerProcess(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<JudgedServer> {
  const child = spawn(process.execPath, ['--conditions=countersign-source', '--no-warnings', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const first = await Promise.race([once(lines, 'line'), ended.then(() => undefined)])
  if (!first) throw new Error(`${args.at(-1)} ended before it was ready: ${errors}`)
  const { url, keys } = JSON.parse(String(first[0])) as { url: string; keys: Record<string, string> }
  return {
    url,
    keys,
    child,
    errors: () => errors,
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
