/** The process of the server that is judged, for checks that end it without warning. */
export interface SubjectProcess {
  /** Ends the process at once, as a crash would, and comes back when it is gone. */
  kill(): Promise<void>
  /** Starts it again and comes back when it answers. */
  start(): Promise<void>
  /** Everything that it has written to its standard output and error so far. */
  output(): string
}
