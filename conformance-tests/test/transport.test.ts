import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { systemClock } from '../src/clock.ts'
import { httpTransport } from '../src/transport.ts'

test('an answer that comes while the body is still being sent is read', async () => {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    // The whole request is never read.
    socket.once('data', () => {
      socket.pause()
      socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}')
    })
  }).listen(0)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const transport = httpTransport(new URL(`http://127.0.0.1:${port}`), () => undefined, systemClock)

  const { response, failure } = await transport.send(
    { key: 'nobody', method: 'POST', path: '/', headers: [], body: new Uint8Array(32 * 2 ** 20) },
    { timeoutMs: 5_000 },
  )

  expect(failure).toBeUndefined()
  expect(response?.status).toBe(413)
  transport.close()
  for (const socket of sockets) socket.destroy()
  server.close()
})
