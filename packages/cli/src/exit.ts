/** What scripts can rely on. */
export const EXIT = {
  ok: 0,
  /** The server said no, could not be reached, or the call is unknown or already decided. */
  failed: 1,
  /** The command was called in a wrong way, or a setting is wrong. */
  usage: 2,
  /** Nobody answered: the call expired, was cancelled, or the time was up. */
  unanswered: 3,
} as const

/** Ends a command with one clear line on stderr and an exit code. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}
