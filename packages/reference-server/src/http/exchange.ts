import type { IncomingHttpHeaders } from 'node:http'
import type { Writable } from 'node:stream'
import type { Scope } from '@countersign/protocol'

/** A request as handlers see it, free of any framework. */
export interface Exchange {
  principal: Principal
  params: Readonly<Record<string, string>>
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
  /** Aborted when the client goes away. */
  signal: AbortSignal
}

/** Who sent the request, as its key says. */
export interface Principal {
  project_id: string
  key_id: string
  scopes: readonly Scope[]
  /** The person to whom the key is bound. */
  responder_id: string | null
}

export interface Reply {
  status: number
  headers?: Record<string, string>
  /** JSON text that is ready to send, or a value to write as JSON. */
  body: string | object
}

/** An answer without an end. */
export interface StreamReply {
  status: number
  headers: Record<string, string>
  /** Writes what there is to send, now and later, until the client is gone. */
  stream: (sink: Writable) => void
}

export type Handler = (exchange: Exchange) => Promise<Reply | StreamReply>
