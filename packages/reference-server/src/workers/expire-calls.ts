import { functionCall, humanContact, type Call, type Decision } from '@countersign/protocol'
import type { CallStore, Store } from '../store/store.ts'

/** One pass: ends every pending call whose time is up, and tells how many there were. */
export async function expireOverdue({ functionCalls, humanContacts }: Store, now: Date): Promise<number> {
  const [functions, contacts] = await Promise.all([
    expireKind(functionCalls, now, functionCall.expire),
    expireKind(humanContacts, now, humanContact.expire),
  ])
  return functions + contacts
}

/** When the next pass is due, or undefined while nothing pending expires. */
export async function findNextExpiry({ functionCalls, humanContacts }: Store): Promise<Date | undefined> {
  const due = await Promise.all([functionCalls.findNextExpiry(), humanContacts.findNextExpiry()])
  return due.filter((at) => at !== undefined).toSorted((one, other) => one.getTime() - other.getTime())[0]
}

async function expireKind<C extends Call>(
  calls: CallStore<C>,
  now: Date,
  expire: (call: C, now: Date) => Decision<C>,
): Promise<number> {
  const overdue = await calls.listOverdue(now, BATCH)
  // The transition looks again, inside the transaction: an answer in time has won by then.
  await Promise.all(
    overdue.map(({ project_id, call_id }) =>
      calls.update(project_id, call_id, (call, at) => call && expire(call, at)),
    ),
  )
  return overdue.length
}

const BATCH = 256
