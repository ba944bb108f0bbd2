import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// How long after an answer was sent a waiting agent has it: 200 round trips over loopback with one agent and one
// responder, on the real server process and on the bare one, taking turns in the same run.

const TRIPS = 200
const LIMIT_MS = 5
const LIMIT_RATIO = 2

const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'))
const root = join(import.meta.dirname, '..')
const [countersign, bare] = await Promise.all([
  start([
    '--conditions=countersign-source',
    'packages/cli/src/main.ts',
    'serve',
    '--port',
    '0',
    '--log-level',
    'error',
    '--db',
    join(folder, 'countersign.db'),
  ]),
  start(['bench/bare-server.ts', join(folder, 'bare.db')]),
])

try {
  await trips(20, () => countersignTrip(`warm-${Math.random()}`))
  await trips(20, () => bareTrip(`warm-${Math.random()}`))
  const ours: number[] = []
  const limit: number[] = []
  for (let trip = 0; trip < TRIPS; trip++) {
    ours.push(await countersignTrip(`call-${trip}`))
    limit.push(await bareTrip(`call-${trip}`))
  }
  const ratio = quantile(ours, 0.5) / quantile(limit, 0.5)
  print('countersign', ours)
  print('bare node:http', limit)
  process.stdout.write(
    `p50 ratio ${ratio.toFixed(2)} (limit ${LIMIT_RATIO}), p50 ${quantile(ours, 0.5).toFixed(2)} ms (limit ${LIMIT_MS} ms)\n`,
  )
  if (quantile(ours, 0.5) > LIMIT_MS || ratio > LIMIT_RATIO) process.exitCode = 1
} finally {
  countersign.process.kill()
  bare.process.kill()
  rmSync(folder, { recursive: true })
}

async function countersignTrip(call_id: string): Promise<number> {
  const call = { run_id: 'bench', call_id, spec: { fn: 'refund_order', kwargs: { order_id: 4417 } } }
  await send(`${countersign.url}/v1/function_calls`, 'POST', 'agent-bench', call)
  return wakeUp(
    () => send(`${countersign.url}/v1/function_calls/${call_id}?wait=30`, 'GET', 'agent-bench'),
    () =>
      send(`${countersign.url}/v1/function_calls/${call_id}/respond`, 'POST', 'responder-bench', {
        approved: true,
      }),
  )
}

async function bareTrip(call_id: string): Promise<number> {
  await send(`${bare.url}/${call_id}`, 'PUT', '', {})
  return wakeUp(
    () => send(`${bare.url}/${call_id}`, 'GET', ''),
    () => send(`${bare.url}/${call_id}`, 'POST', '', { approved: true }),
  )
}

/** From sending the answer to holding it on the waiting side, in milliseconds. */
async function wakeUp(wait: () => Promise<unknown>, answer: () => Promise<unknown>): Promise<number> {
  const waited = wait().then(() => performance.now())
  // Long enough for the wait to be parked; what is measured begins after it.
  await new Promise((resolve) => setTimeout(resolve, 5))
  const sent = performance.now()
  const [woken] = await Promise.all([waited, answer()])
  return woken - sent
}

async function send(url: string, method: string, key: string, body?: object): Promise<unknown> {
  const response = await fetch(url, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${method} ${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

async function start(args: string[]): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {
      ...process.env,
      COUNTERSIGN_AGENT_KEY: 'agent-bench',
      COUNTERSIGN_RESPONDER_KEY: 'responder-bench',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(child.stdout)) {
    const url = /ready at (\S+)/.exec(line)?.[1]
    if (url) return { url, process: child }
  }
  throw new Error(`${args.join(' ')} ended before it was ready.`)
}

async function trips(count: number, trip: () => Promise<number>): Promise<void> {
  for (let index = 0; index < count; index++) await trip()
}

function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

function print(name: string, values: number[]): void {
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(values, share).toFixed(2))
  process.stdout.write(
    `${name.padEnd(15)} wake-up of ${values.length} trips: p50 ${p50} ms, p90 ${p90} ms, p99 ${p99} ms\n`,
  )
}
