import { requireNode } from './node-version.ts'
import { quietSqliteWarning } from './quiet-sqlite.ts'

requireNode()
quietSqliteWarning()
// Dynamic, because static imports are linked before any line runs.
const { run } = await import('./run.ts')
await run(process.argv)
