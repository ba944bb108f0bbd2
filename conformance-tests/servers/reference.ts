import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { insertBearerKey, openStore, startServer, type Directories } from '@countersign/server'
import { judgedDirectories } from './judged-routing.ts'

// The reference server as a process of its own, for the suite to judge: it prints its address and its keys as one line of JSON.
// With a folder as its argument it keeps its database there, so that it can be killed and started again on the same port.

const [folder = mkdtempSync(join(tmpdir(), 'countersign-judged-')), port = '0'] = process.argv.slice(2)
const db = join(folder, 'countersign.db')
const keys = { agent: 'judged-agent', responder: 'judged-responder', admin: 'judged-admin' }
const other = 'judged-other'

// Before the server, so that every key is there from the beginning.
const store = openStore({ db })
if ((await store.insertProject({ project_id: 'other', name: 'Other' })) === 'inserted')
  await insertBearerKey(store, {
    project_id: 'other',
    scopes: ['agent', 'responder', 'admin'],
    secret: other,
    // This project takes answers of people whom it knows, and of nobody else.
    responder_id: 'ana',
  })
await store.close()

// Servers that are legal in another way, such as with smaller limits.
const settings = JSON.parse(process.env['COUNTERSIGN_JUDGED_SETTINGS'] ?? '{}') as {
  directories?: Directories
}
const server = await startServer(
  {
    port: Number(port),
    host: '127.0.0.1',
    db,
    log_level: 'silent',
    body_bytes: 1_048_576,
    wait_seconds: 60,
    heartbeat_seconds: 15,
    humanlayer_pending_page: false,
    // Where the listeners of the suite are.
    webhook_allow: ['127.0.0.0/8', '::1/128'],
    ...settings,
    directories: settings.directories ?? judgedDirectories(),
  },
  keys,
)

process.stdout.write(`${JSON.stringify({ url: server.url, keys: { ...keys, other } })}\n`)
process.once('SIGTERM', () => void server.close().then(() => process.exit(0)))
