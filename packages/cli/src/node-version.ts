/** Ends the process with one clear line when this Node.js is too old. Imports nothing, so that it can run first. */
export function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 22 || (major === 22 && minor >= 18)) return
  process.stderr.write(`countersign needs Node.js 22.18 or newer; this is ${process.versions.node}.\n`)
  process.exit(1)
}
