import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A port of this machine that nobody has a reason to call. */
export interface Listener {
  /** An address that whoever fetches it has to connect to. */
  readonly url: string
  /** How often somebody has connected so far. */
  visits(): number
  close(): Promise<void>
}

/** Opens a port and sees to it that it can be reached. */
export async function listen(): Promise<Listener> {
  let visits = 0
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    visits += 1
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.resume().end('HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  const probe = connect(port, '127.0.0.1')
  await once(probe.resume(), 'end')
  const own = visits

  return {
    url: `http://127.0.0.1:${port}/fetched`,
    visits: () => visits - own,
    async close() {
      server.close()
      // Whoever visited may keep the connection.
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
}
