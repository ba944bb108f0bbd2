import type { Socket } from 'node:net'
import { stringify, type ProblemCode } from '@countersign/protocol'
import { Problem, problemReply } from './problem.ts'

/** Answers what is no HTTP request, which no route ever sees, and closes the connection. */
export function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = CODES[error.code ?? ''] ?? 'invalid_parameter'
  const { status, body } = problemReply(new Problem(code, 'This is not an HTTP request that can be read.'))
  const text = stringify(body)
  socket.end(
    `HTTP/1.1 ${status} Unreadable\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  )
  // Whoever keeps such a connection open is not waited for.
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy())
}

const TIMEOUT_MS = 2_000
const CODES: Record<string, ProblemCode> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
}
