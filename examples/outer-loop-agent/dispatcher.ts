import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { Countersign } from '@countersign/client'
import { dispatch } from './dispatch.ts'

// Follows the event log and starts the agent for each answer. The id of the last event that was worked off stands in a
// file, and is written after the work: a crash in between makes the event come again, and never makes it be missed.

const file = process.env['OUTER_LOOP_POSITION'] ?? 'last-event-id'
const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

try {
  for await (const event of new Countersign().events({ after: readPosition(), signal: stop.signal })) {
    if (/\.(completed|fired)$/.test(event.type)) await dispatch(event)
    writePosition(event.id)
  }
} catch (error) {
  if (!stop.signal.aborted) throw error
}

function readPosition(): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return 'start'
  }
}

/** Renamed into its place, so that a crash leaves the old id or the new one and never half of it. */
function writePosition(id: string): void {
  writeFileSync(`${file}.new`, id)
  renameSync(`${file}.new`, file)
}
