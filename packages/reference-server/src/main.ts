import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { unauthenticated, type Discovery } from '@countersign/protocol'
import { pino, type Logger } from 'pino'
import { createApp } from './app.ts'
import { waitedFor } from './calls.ts'
import { CAPABILITIES, LIMITS } from './capabilities.ts'
import { consoleSender } from './channels/console.ts'
import type { Deps } from './deps.ts'
import { EventFeed } from './event-feed.ts'
import { EventStreams } from './event-streams.ts'
import { ensureFirstKeys, type FirstKeys } from './first-keys.ts'
import { Cursors } from './http/cursor.ts'
import { Problem } from './http/problem.ts'
import { answerUnreadable } from './http/unreadable.ts'
import { directoryOf } from './routing/configuration.ts'
import type { Settings } from './settings.ts'
import { openSqliteStore } from './store/sqlite/sqlite-store.ts'
import type { Store } from './store/store.ts'
import { Waiters } from './waiters.ts'
import { AddressGuard } from './webhooks/address-guard.ts'
import { WebhookSender } from './workers/deliver-webhooks.ts'
import { DueLoop } from './workers/due-loop.ts'
import { advanceDue } from './workers/advance-calls.ts'
import { fireOverdue } from './workers/fire-timers.ts'

export interface RunningServer {
  url: string
  /** The keys that an empty database got; to be shown once. */
  made_keys: FirstKeys
  /** Answers what is held, writes what is queued, and ends. */
  close(): Promise<void>
}

/** The port is taken or may not be used. */
export class ListenError extends Error {}

/** Opens the database, serves until `close` is called, and promises that what was acknowledged is on disk. */
export async function startServer(settings: Settings, given: FirstKeys): Promise<RunningServer> {
  const log = pino({ level: settings.log_level }, pino.destination({ dest: 2, sync: true }))
  const store = openSqliteStore({ path: settings.db, serving: true })
  const waiters = new Waiters()
  const feed = new EventFeed(store.events, log)
  const streams = new EventStreams(settings.heartbeat_seconds, log)
  const held = { waiters, feed, streams }
  const guard = new AddressGuard(settings.webhook_allow)
  const app = createApp({
    ...depsOf(settings, store, held, log),
    webhook_guard: guard,
  })
  const server = createServer({ requireHostHeader: false }, app)
  const unused = unusedConnections(server)
  try {
    configure(server)
    // In this order, because keys made for a server that then cannot listen would never be seen.
    await listen(server, settings)
    const made_keys = await ensureFirstKeys(store, given)
    await warnOfUnknownProjects(store, settings, log)
    const stopWork = startWork(store, held, log)
    const stopSending = startSending(store, guard, log)
    const { address, port, family } = server.address() as AddressInfo
    return {
      url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
      made_keys,
      async close() {
        await closeServer(server, unused, held)
        await stopSending()
        await stopWork()
        await store.close()
      },
    }
  } catch (error) {
    streams.close()
    server.close()
    server.closeAllConnections()
    await store.close()
    throw error
  }
}

/** A name that is misspelt in the configuration would leave the shared rules in force for the project that was meant. */
async function warnOfUnknownProjects(store: Store, { directories }: Settings, log: Logger): Promise<void> {
  const known = (await store.listProjects()).map(({ project_id }) => project_id)
  for (const project_id of Object.keys(directories.projects).filter((name) => !known.includes(name)))
    log.warn({ project_id }, 'the configuration names a project that is not there')
}

/** Opens the database that the settings name for a command beside the server, which may run meanwhile. */
export function openStore({ db }: Pick<Settings, 'db'>): Store {
  return openSqliteStore({ path: db })
}

/** The requests that are held, and what tells them. */
type Held = Pick<Deps, 'waiters' | 'feed' | 'streams'>

function depsOf(settings: Settings, store: Store, held: Held, log: Logger): Omit<Deps, 'webhook_guard'> {
  const discovery = discoveryOf(settings)
  return {
    ...held,
    store,
    log,
    cursors: new Cursors(store.cursorSecret),
    limits: discovery.limits,
    capabilities: discovery,
    discovery,
    directoryOf: (project_id) => directoryOf(settings.directories, project_id),
    humanlayer_pending_page: settings.humanlayer_pending_page,
  }
}

/** What this server claims; what is claimed is obligatory. */
function discoveryOf({
  body_bytes,
  wait_seconds,
  heartbeat_seconds,
}: Settings): Discovery & Pick<Deps, 'limits'> {
  return {
    ...CAPABILITIES,
    versions: ['draft'],
    limits: { ...LIMITS, body_bytes, wait_seconds, heartbeat_seconds },
  }
}

function configure(server: Server): void {
  // Proxies reuse connections for about a minute; the server has to outlast them.
  server.keepAliveTimeout = 75_000
  // An expectation that is not known may be ignored; left to Node.js it gets an answer without a body.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('clientError', answerUnreadable)
}

/** The connections on which no request has come yet, which Node.js does not take for idle ones. */
function unusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}

async function listen(server: Server, { port, host }: Settings): Promise<void> {
  server.listen({ port, host, backlog: 4096 })
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE'
        ? 'the port is taken. Choose another with --port.'
        : `${message}. Choose another address with --host, or another port with --port.`
    throw new ListenError(`Cannot listen on ${host}:${port}: ${why}`, { cause: error })
  }
}

/** Wakes waiters after commits, does what is due for calls and timers, and notices keys that another process has revoked. */
function startWork(store: Store, { waiters, feed, streams }: Held, log: Logger): () => Promise<void> {
  const senders = { console: consoleSender(process.stdout) }
  const loop = new DueLoop({
    findNext: () => findNextDue(store),
    pass: (now) => Promise.all([advanceDue(store, senders, now), fireOverdue(store.timers, now)]),
    clock: () => new Date(),
    log,
  })
  store.onCommit(({ project_id, events, change, timer_due_at }) => {
    if (events > 0) feed.notify(project_id)
    if (timer_due_at !== undefined) loop.expectAt(timer_due_at)
    if (!change) return
    if (change.state !== 'pending') waiters.wake(waitedFor({ project_id, ...change }))
    else if (change.due_at !== null) loop.expectAt(change.due_at)
  })

  const revocations = setInterval(() => {
    endRevoked(store, waiters, streams).catch((error: unknown) =>
      log.error({ err: error }, 'the keys cannot be read'),
    )
  }, REVOCATION_CHECK_MS)
  return async () => {
    clearInterval(revocations)
    await loop.stop()
  }
}

/** When the loop has something to do again. */
async function findNextDue(store: Store): Promise<Date | undefined> {
  const { functionCalls, humanContacts, timers } = store
  const due = await Promise.all([functionCalls, humanContacts, timers].map((rows) => rows.findNextDue()))
  return due.filter((at) => at !== undefined).toSorted((one, other) => one.getTime() - other.getTime())[0]
}

/** Delivers events to the endpoints of webhooks. */
function startSending(store: Store, guard: AddressGuard, log: Logger): () => Promise<void> {
  const wake = () => loop.expectAt(Date.now())
  const sender = new WebhookSender({ store, guard, clock: () => new Date(), log, onSettled: wake })
  const loop = new DueLoop({
    findNext: () => sender.findNext(),
    pass: (now) => sender.sendDue(now),
    clock: () => new Date(),
    log,
  })
  store.onCommit(({ deliveries }) => {
    if (deliveries > 0) wake()
  })
  return async () => {
    await loop.stop()
    await sender.stop()
  }
}

const REVOCATION_CHECK_MS = 2_000

/** Once for all waits and streams of a key, not once for each. */
async function endRevoked(store: Store, waiters: Waiters, streams: EventStreams): Promise<void> {
  const revoked = await store.findRevoked([...waiters.keys(), ...streams.keys()])
  if (revoked.size === 0) return
  waiters.revoke(revoked, Problem.from(unauthenticated('This key was revoked.')))
  streams.revoke(revoked)
}

/** Held requests are answered with their call as it stands, which clients take as a reason to ask again. */
async function closeServer(
  server: Server,
  unused: ReadonlySet<Socket>,
  { waiters, streams }: Held,
): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  waiters.close()
  streams.close()
  for (const socket of unused) socket.destroy()
  server.closeIdleConnections()
  const impatience = setTimeout(() => server.closeAllConnections(), CLOSE_TIMEOUT_MS)
  // A connection that has just been answered becomes idle a moment later.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  await closed
  clearTimeout(impatience)
  clearInterval(idle)
}

const CLOSE_TIMEOUT_MS = 10_000
