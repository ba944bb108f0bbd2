/** The file name of the script of a check. */
export function scriptNameOf(check: string): string {
  return `${check.replaceAll('/', '--')}.sh`
}
