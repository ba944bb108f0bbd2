/** Node.js 22 warns at every start that node:sqlite is experimental; users of the command line cannot act on it. */
export function quietSqliteWarning(): void {
  const emit = process.emitWarning.bind(process) as (...args: unknown[]) => void
  process.emitWarning = (warning: string | Error, ...rest: unknown[]) => {
    if (rest[0] === 'ExperimentalWarning' && String(warning).startsWith('SQLite is an experimental feature'))
      return
    emit(warning, ...rest)
  }
}
