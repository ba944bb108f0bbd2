import { runConformance } from './suite.ts'

const [url = '', keys = '{}', ...only] = process.argv.slice(2)
const report = await runConformance({ baseUrl: url, keys: JSON.parse(keys) as Record<string, string>, only })
for (const { id, verdict, reason } of report.checks)
  if (verdict !== 'PASS') process.stdout.write(`${verdict} ${id}: ${reason}\n`)
for (const root of report.roots) process.stdout.write(`ROOT ${JSON.stringify(root)}\n`)
process.stdout.write(`${JSON.stringify(report.counts)} ${report.verdict} in ${report.run.duration_ms} ms\n`)
process.exitCode = report.exit_code
