import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request as an observer sees it, without the names that are new in each run. */
export interface Seen {
  method: string
  url: string
  headers: string[]
  body: string
  /** How many others were being answered when it came. */
  overlaps: number
}

/** Notes what comes, byte for byte; answers after 150 ms, with values that nobody can know before. */
export class Observer {
  seen: Seen[] = []
  times: number[] = []
  made: string[] = []
  #open = 0
  readonly #server = createServer((request, response) => {
    this.#open += 1
    const overlaps = this.#open - 1
    this.times.push(Date.now())
    void read(request).then((body) => {
      const { method = '', url = '', rawHeaders } = request
      this.seen.push({ method, url, headers: linesOf(rawHeaders), body: body.toString('latin1'), overlaps })
      setTimeout(() => {
        this.#open -= 1
        // As ids are: with a digit, and with an end that nobody bends into itself.
        const cursor = `next/${randomBytes(12).toString('base64')}7Q`
        const secret = `cs_${randomBytes(32).toString('base64url')}`
        const digest = randomBytes(18).toString('hex')
        this.made.push(cursor, secret, digest)
        response.writeHead(201, {
          'content-type': 'application/json',
          etag: `"${randomBytes(6).toString('hex')}"`,
        })
        response.end(
          method === 'HEAD'
            ? undefined
            : JSON.stringify({ next_cursor: cursor, secret, key: { key_id: 'key_1', digest } }),
        )
      }, 150)
    })
  })

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  take(): { seen: Seen[]; times: number[]; made: string[] } {
    const { seen, times, made } = this
    Object.assign(this, { seen: [], times: [], made: [] })
    return { seen, times, made }
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Headers of the message, in the order in which they came, without those of the connection. */
function linesOf(raw: readonly string[]): string[] {
  const lines: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) lines.push(`${raw[index]}: ${raw[index + 1]}`)
  return lines.filter((line) => !/^(connection|host|authorization|content-length): /i.test(line))
}
