/** The name under which the run knows a bearer key. The secret itself never enters a transcript; `nobody` sends no key. */
export type KeyName = string

export type Header = readonly [name: string, value: string]

export interface Request {
  readonly key: KeyName
  readonly method: string
  /** The path and query below the base URL. */
  readonly path: string
  readonly headers: readonly Header[]
  readonly body: Uint8Array | undefined
}

export interface Response {
  readonly status: number
  /** With names in lower case, in the order in which they came. */
  readonly headers: readonly Header[]
  readonly body: Uint8Array
  /** Of a stream: the suite closed it when it had seen enough, or had waited long enough. Absent where the server ended it. */
  readonly cut?: true
}

/** Why there is no response. */
export interface Failure {
  readonly kind: 'unreachable' | 'reset' | 'timeout' | 'aborted' | 'unreadable'
  readonly message: string
}

/** One request and what became of it: the unit of the transcript. Times are milliseconds of the run's clock. */
export interface Exchange {
  readonly number: number
  /** The id of the check that sent it. */
  readonly check: string
  readonly request: Request
  /** The number of the last exchange of the run that had ended when this one was sent: what is newer overlaps it. */
  readonly sent_after: number
  readonly sent_at: number
  readonly received_at: number
  readonly response?: Response
  readonly failure?: Failure
}

/** A pause that a check made between exchanges; a script that reproduces it has to make it too. */
export interface Pause {
  readonly check: string
  readonly began_at: number
  readonly ms: number
}

/** What the clock said when a check looked at it; judged again, the check has to see the same. */
export interface Reading {
  readonly check: string
  readonly at: number
}
