import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutants/index.ts'
import { applyPatches, type Patch } from './mutation.ts'

// Loaded with --import before the reference server: its sources are patched on the way in, so that the server itself carries no switches.

const id = process.env['COUNTERSIGN_MUTANT']
const given = process.env['COUNTERSIGN_PATCHES']
const mutant = given
  ? { id: 'given', patches: JSON.parse(given) as Patch[] }
  : mutants.find((one) => one.id === id)
if (!mutant) throw new Error(`There is no mutant "${id}".`)

const pending = new Set(mutant.patches.map(({ file }) => file))
registerHooks({
  load(url, context, nextLoad) {
    const patches = mutant.patches.filter(({ file }) => url.endsWith(`/packages/${file}`))
    const [patch] = patches
    if (!patch) return nextLoad(url, context)
    pending.delete(patch.file)
    return {
      format: 'module-typescript',
      source: applyPatches(readFileSync(fileURLToPath(url), 'utf8'), patches),
      shortCircuit: true,
    }
  },
})
process.on('exit', () => {
  for (const file of pending)
    process.stderr.write(`The mutant ${mutant.id} patches ${file}, which was never loaded.\n`)
})
