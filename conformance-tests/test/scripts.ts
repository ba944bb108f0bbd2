import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs a script as a reader would, with nothing but a path in its environment beside what it is given. */
export async function runScript(
  script: string,
  env: Record<string, string>,
): Promise<{ code: number; output: string; errors: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-script-'))
  const file = join(folder, 'script.sh')
  await writeFile(file, script)
  const child = spawn('sh', [file], { env: { PATH: process.env['PATH'] ?? '', ...env } })
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number]
  await rm(folder, { recursive: true })
  return { code, output, errors }
}
