import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Calls, readLog } from './calls.ts'
import { chance } from './chance.ts'
import { Server } from './server.ts'
import { StreamReader } from './stream-reader.ts'
import { Timers } from './timers.ts'
import { WebhookReceiver } from './webhook-receiver.ts'

// npm run faults -- [--kills 200] [--seed N]
// A real server under load is killed at random moments, again and again. Afterwards everything acknowledged is there, every call has
// at most one decision, every timer has fired once, every webhook has arrived, and every reader of a stream saw each event once, in one order. The same seed gives the same moments.

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '200' }, seed: { type: 'string' } },
})
const kills = Number(values.kills)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32))
const [kill, random] = [chance(seed), chance(seed + 1)]
process.stdout.write(`${kills} kills, seed ${seed}\n`)

const folder = mkdtempSync(join(tmpdir(), 'countersign-faults-'))
const server = new Server(join(folder, 'countersign.db'))
const began = performance.now()
try {
  await server.start()
  const calls = new Calls(server, random)
  const readers = [undefined, undefined, 'run-0', 'run-1', 'run-2'].map(
    (run_id) => new StreamReader(server, run_id),
  )
  const timers = new Timers(server, random)
  const receiver = new WebhookReceiver(server, random)
  await receiver.start()
  const lanes = [...Array.from({ length: 8 }, (_, lane) => calls.run(lane)), timers.run()]
  const reading = readers.map((reader) => reader.run())

  for (let killed = 1; killed <= kills; killed++) {
    await pause(20 + kill() * 500)
    await server.kill()
    await server.start()
    if (process.stderr.isTTY) process.stderr.write(`\r${killed} of ${kills}`)
  }
  if (process.stderr.isTTY) process.stderr.write('\n')

  calls.stop()
  timers.stop()
  await Promise.all(lanes)
  // What was left to the clock expires within a second, and timers wake within two.
  await pause(3_000)
  const log = await readLog(server)
  for (let tries = 0; tries < 100 && readers.some((reader) => reader.faults(log).length > 0); tries++)
    await pause(50)
  // What was on its way when the server ended is sent again after its lease.
  for (let tries = 0; tries < 600 && !receiver.isComplete(log); tries++) await pause(100)
  for (const reader of readers) reader.stop()
  receiver.stop()
  await Promise.all(reading)

  const faults = [
    ...(await calls.faults(log)),
    ...timers.faults(log),
    ...receiver.faults(log),
    ...readers.flatMap((reader) => reader.faults(log)),
  ]
  for (const fault of faults.slice(0, 20)) process.stdout.write(`${fault}\n`)
  const resumed = readers.reduce((sum, reader) => sum + reader.resumed, 0)
  process.stdout.write(
    `${calls.count} calls, ${timers.count} timers, ${calls.acknowledged} acknowledgements, ${log.length} events, ` +
      `${receiver.received} deliveries, ${readers.length} readers that resumed ${resumed} times, ${((performance.now() - began) / 1000).toFixed(0)} s: ${faults.length} faults\n`,
  )
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await server.kill('SIGTERM')
  rmSync(folder, { recursive: true })
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
