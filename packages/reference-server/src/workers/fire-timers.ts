import { timer } from '@countersign/protocol'
import type { TimerStore } from '../store/store.ts'

/** One pass: fires every pending timer whose time has come, and tells how many there were. */
export async function fireOverdue(timers: TimerStore, now: Date): Promise<number> {
  const overdue = await timers.listOverdue(now, BATCH)
  // The transition looks again, inside the transaction: a cancellation may have come before.
  await Promise.all(
    overdue.map(({ project_id, timer_id }) =>
      timers.update(project_id, timer_id, (pending, at) => pending && timer.fire(pending, at)),
    ),
  )
  return overdue.length
}

const BATCH = 256
