import { once } from 'node:events'
import http, { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'

/** An answer of the server behind, before it goes on. */
export interface Answer {
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

/** What was asked, as far as it matters to a rewriting. */
export interface Asked {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** Where the client believes the server to be. */
  readonly origin: string
}

/** How a twin differs from the server behind it. */
export interface Rewriting {
  /** Other headers or another path for the server behind; an answer of its own keeps the request from it. */
  request?(
    asked: Asked,
    headers: readonly (readonly [string, string])[],
  ): { path?: string; headers?: readonly (readonly [string, string])[]; answer?: Answer }
  answer?(answer: Answer, asked: Asked): Answer
  /** Milliseconds before the request goes on, and before its answer does. */
  delays?(): readonly [number, number]
  /** Whether to close the connection after every answer. */
  closes?: boolean
  /** Whether to answer as HTTP/1.0. */
  oldHttp?: boolean
}

export interface RunningProxy {
  readonly url: string
  close(): Promise<void>
}

/** An answer, or the beginning of one that has no end. */
interface Forwarded extends Answer {
  stream?: IncomingMessage
}

/** A server in front of another one, which passes everything on and changes what a legal server may do otherwise. */
export async function startProxy(behind: string, rewriting: Rewriting): Promise<RunningProxy> {
  const target = new URL(behind)
  const agent = new http.Agent({ keepAlive: true, maxFreeSockets: 64 })
  // The server behind has to see what was sent, headers that are too large and a missing Host included.
  const server = createServer({ maxHeaderSize: 1 << 20, requireHostHeader: false })
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    pass(request, response).catch(() => request.socket.destroy())
  }
  server.on('request', listener)
  server.on('checkExpectation', listener)
  server.on('checkContinue', (request, response: ServerResponse) => {
    response.writeContinue()
    listener(request, response)
  })

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = `http://${request.headers.host ?? target.host}`
    const asked: Asked = { method: request.method ?? 'GET', path: request.url ?? '/', origin }
    const [before, after] = rewriting.delays?.() ?? [0, 0]
    const changed = rewriting.request?.(asked, pairsOf(request.rawHeaders)) ?? {}
    if (before > 0) await delay(before)
    const answer: Forwarded = changed.answer ?? (await forward(request, response, changed))
    if (after > 0) await delay(after)
    const head = rewriting.answer?.(answer, asked) ?? answer
    if (answer.stream) await sendStream(request, response, { ...head, stream: answer.stream }, asked)
    else send(request, response, head)
  }

  /** Passes a stream on, line by line; each event is rewritten as if it were an answer. */
  async function sendStream(
    request: IncomingMessage,
    response: ServerResponse,
    { status, headers, stream }: Forwarded & { stream: IncomingMessage },
    asked: Asked,
  ): Promise<void> {
    const kept = headers.filter(([name]) => !/^(connection|keep-alive|transfer-encoding|date)$/i.test(name))
    const sink = rewriting.oldHttp ? request.socket : response
    if (rewriting.oldHttp) {
      const lines = kept.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      request.socket.write(`HTTP/1.0 ${status} ${http.STATUS_CODES[status]}\r\n${lines}\r\n`)
    } else {
      response.writeHead(status, kept.flat())
      response.flushHeaders()
    }
    request.socket.on('close', () => stream.destroy())
    const rewritten = (body: string) => {
      const event: Answer = { status: 200, headers: [['content-type', 'application/json']], body }
      return rewriting.answer?.(event, asked).body ?? body
    }
    try {
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        const data = line.startsWith('data: ') ? rewritten(line.slice('data: '.length)) : undefined
        sink.write(data === undefined ? `${line}\n` : `data: ${data.replaceAll('\n', '\ndata: ')}\n`)
      }
    } finally {
      // A stream that ends ends as it did behind: suddenly.
      request.socket.destroy()
    }
  }

  async function forward(
    request: IncomingMessage,
    response: ServerResponse,
    {
      path = request.url,
      headers = pairsOf(request.rawHeaders),
    }: ReturnType<NonNullable<Rewriting['request']>>,
  ): Promise<Forwarded> {
    const outgoing = http.request({
      host: target.hostname,
      port: target.port,
      method: request.method,
      path,
      headers: headers.filter(([name]) => !/^(connection|keep-alive|expect)$/i.test(name)).flat(),
      agent,
      setHost: false,
    })
    // After the answer too: a body that is refused early may find nobody to read its rest.
    outgoing.on('error', () => undefined)
    // Whoever gives up waiting has to be noticed behind.
    response.on('close', () => response.writableFinished || outgoing.destroy())
    request.pipe(outgoing)
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
    const status = incoming.statusCode ?? 500
    const given = pairsOf(incoming.rawHeaders)
    if (incoming.headers['content-type']?.startsWith('text/event-stream'))
      return { status, headers: given, body: '', stream: incoming }
    return { status, headers: given, body: (await buffer(incoming)).toString('utf8') }
  }

  function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: Answer): void {
    const kept = headers.filter(
      ([name]) => !/^(connection|keep-alive|transfer-encoding|content-length|date)$/i.test(name),
    )
    const length: [string, string] = ['Content-Length', String(Buffer.byteLength(body))]
    if (rewriting.oldHttp) {
      const lines = [...kept, length].map(([name, value]) => `${name}: ${value}\r\n`).join('')
      const text = request.method === 'HEAD' ? '' : body
      request.socket.end(`HTTP/1.0 ${status} ${http.STATUS_CODES[status]}\r\n${lines}\r\n${text}`)
      return
    }
    const framing = rewriting.closes ? [['Connection', 'close']] : [length]
    response.writeHead(status, [...kept, ...framing].flat())
    if (!rewriting.closes) return void response.end(body)
    // In several chunks, and without telling how long it is.
    const bytes = Buffer.from(body)
    for (let at = 0; at < bytes.length; at += 4096) response.write(bytes.subarray(at, at + 4096))
    response.end()
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
      agent.destroy()
    },
  }
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? '']] : [])) as [
    string,
    string,
  ][]
}
