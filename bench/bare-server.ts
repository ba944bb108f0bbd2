import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DatabaseSync } from 'node:sqlite'

// The physical limit to compare with: bare node:http over the same durable store (SQLite, WAL, FULL), without
// routing, validation, keys or events. One path each: PUT makes a call, GET waits for it, POST answers it.

const db = new DatabaseSync(process.argv[2]!)
db.exec(
  'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; create table calls (id text primary key, answer text) strict',
)
const insert = db.prepare('insert into calls (id) values (?)')
const update = db.prepare('update calls set answer = ? where id = ? and answer is null')
const waiting = new Map<string, ServerResponse>()

const server = createServer((request, response) => {
  const id = request.url!
  let body = ''
  request.on('data', (chunk: Buffer) => (body += chunk.toString()))
  request.on('end', () => {
    if (request.method === 'GET') {
      waiting.set(id, response)
      return
    }
    setImmediate(() => {
      if (request.method === 'PUT') insert.run(id)
      else update.run(body, id)
      response.end('{}')
      waiting.get(id)?.end(body)
      waiting.delete(id)
    })
  })
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
