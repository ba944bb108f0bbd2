import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Countersign } from '@countersign/client'

// What 10,000 pending calls cost a server while 100 clients wait for 100 of them each on one stream: memory for each wait,
// processor time while nothing happens, and the time until everybody has been told. The limit to compare the last with is
// the same run without anybody waiting: what the answers alone take.

const CLIENTS = 100
const CALLS_EACH = 100
const IDLE_SECONDS = 10
const LIMIT_BYTES = 4 * 1024
const LIMIT_IDLE = 0.01
const LIMIT_RATIO = 2
const CALLS = CLIENTS * CALLS_EACH

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const root = join(import.meta.dirname, '..')
const server = await start()
const { pid } = server.process
const port = Number(new URL(server.url).port)

try {
  const responder = new Countersign({ baseUrl: server.url, apiKey: 'responder-bench' })
  const clients = Array.from(
    { length: CLIENTS },
    (_, index) => new Countersign({ baseUrl: server.url, apiKey: 'agent-bench', runId: `run_${index}` }),
  )

  // The limit: as many calls, answered in the same way, for which nobody waits.
  await eachCall((client, call) => create(clients[client]!, `alone_${client}_${call}`))
  const aloneMs = await timed(() => eachCall((client, call) => respond(responder, `alone_${client}_${call}`)))

  // Once without measuring: the burst of requests by which 10,000 waits begin makes the allocator take some 40 MiB that it keeps, waits or not
  // (of the live heap the waits hold about 1 MiB).
  await eachCall((client, call) => create(clients[client]!, `rehearsal_${client}_${call}`))
  const rehearsal = await wait(clients, 'rehearsal')
  await eachCall((client, call) => respond(responder, `rehearsal_${client}_${call}`))
  await rehearsal.all
  await pause(5_000)

  await eachCall((client, call) => create(clients[client]!, `call_${client}_${call}`))
  await collectGarbage()
  const before = rssOf(pid!)

  const waits = await wait(clients, 'call')
  await collectGarbage()
  const after = rssOf(pid!)
  const bytes = Math.max(0, after - before) / CALLS

  const cpuBefore = cpuSecondsOf(pid!)
  await pause(IDLE_SECONDS * 1000)
  const idleShare = (cpuSecondsOf(pid!) - cpuBefore) / IDLE_SECONDS
  const connections = connectionsTo(port)

  if (waits.woken > 0) throw new Error('A wait ended before it was answered.')
  const began = performance.now()
  await eachCall((client, call) => respond(responder, `call_${client}_${call}`))
  const answeredMs = performance.now() - began
  await waits.all
  const wokenMs = waits.lastWoken - began

  const ratio = wokenMs / aloneMs
  print(`${CALLS} calls waited for by ${CLIENTS} clients over ${connections} connections`)
  print(
    `memory  ${mebi(before)} MiB before, ${mebi(after)} MiB with them: ${bytes.toFixed(0)} bytes a wait (limit ${LIMIT_BYTES})`,
  )
  print(
    `idle    ${(idleShare * 100).toFixed(2)} % of one processor over ${IDLE_SECONDS} s (limit ${LIMIT_IDLE * 100} %)`,
  )
  print(
    `woken   all after ${wokenMs.toFixed(0)} ms, the last ${Math.max(0, wokenMs - answeredMs).toFixed(0)} ms after the last answer; ` +
      `the same answers with nobody waiting took ${aloneMs.toFixed(0)} ms: ratio ${ratio.toFixed(2)} (limit ${LIMIT_RATIO})`,
  )
  if (bytes > LIMIT_BYTES || idleShare >= LIMIT_IDLE || ratio > LIMIT_RATIO) process.exitCode = 1
} finally {
  server.process.kill()
  rmSync(folder, { recursive: true })
}

interface Waits {
  all: Promise<unknown>
  woken: number
  lastWoken: number
}

/** Begins to wait for every call of this name, and goes on when the requests by which waits begin are over. */
async function wait(clients: readonly Countersign[], name: string): Promise<Waits> {
  const waits: Waits = { all: Promise.resolve(), woken: 0, lastWoken: 0 }
  waits.all = Promise.all(
    clients.flatMap((client, index) =>
      Array.from({ length: CALLS_EACH }, async (_, call) => {
        const { status } = await client.functionCalls.wait(`${name}_${index}_${call}`)
        if (status.approved !== true) throw new Error(`${name}_${index}_${call} is ${status.state}.`)
        waits.woken++
        waits.lastWoken = performance.now()
      }),
    ),
  )
  // So are the connections that were kept alive for more of them.
  await pause(5_000)
  await until(() => connectionsTo(port) <= CLIENTS)
  return waits
}

async function create(client: Countersign, call_id: string): Promise<void> {
  await client.functionCalls.create({
    call_id,
    spec: { fn: 'refund_order', kwargs: { order_id: 4417, amount: '1250.00' } },
  })
}

async function respond(responder: Countersign, call_id: string): Promise<void> {
  await responder.functionCalls.respond(call_id, { approved: true })
}

/** Does something for every call, 64 at a time. */
async function eachCall(act: (client: number, call: number) => Promise<void>): Promise<void> {
  let next = 0
  const work = async () => {
    for (let index = next++; index < CALLS; index = next++)
      await act(index % CLIENTS, Math.floor(index / CLIENTS))
  }
  await Promise.all(Array.from({ length: 64 }, work))
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(500)
}

/** The server collects its garbage on SIGUSR2, so that what is measured is what it holds. */
async function collectGarbage(): Promise<void> {
  server.process.kill('SIGUSR2')
  await pause(1_000)
  server.process.kill('SIGUSR2')
  await pause(1_000)
}

/** Memory in use, in bytes. */
function rssOf(process: number): number {
  const [, kibi] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, 'utf8'))!
  return Number(kibi) * 1024
}

function cpuSecondsOf(process: number): number {
  const fields = readFileSync(`/proc/${process}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function connectionsTo(serverPort: number): number {
  const local = `:${serverPort.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1)
  return lines.filter((line) => {
    const [, address, , state] = line.trim().split(/\s+/)
    return address?.endsWith(local) && state === '01'
  }).length
}

async function start(): Promise<{ url: string; process: ChildProcess }> {
  const args = [
    '--conditions=countersign-source',
    '--expose-gc',
    '--import',
    join(root, 'bench/collect-garbage.ts'),
  ]
  const db = join(folder, 'countersign.db')
  const child = spawn(
    process.execPath,
    [...args, 'packages/cli/src/main.ts', 'serve', '--port', '0', '--log-level', 'error', '--db', db],
    {
      cwd: root,
      env: {
        ...process.env,
        COUNTERSIGN_AGENT_KEY: 'agent-bench',
        COUNTERSIGN_RESPONDER_KEY: 'responder-bench',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  for await (const line of createInterface(child.stdout)) {
    const url = /ready at (\S+)/.exec(line)?.[1]
    if (url) return { url, process: child }
  }
  throw new Error('The server ended before it was ready.')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function mebi(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
