import { functionCallKind, humanContactKind, settleContact, type Call } from '@countersign/protocol'
import type { ContactSenders } from '../channels/contact-sender.ts'
import type { CallStore, Store } from '../store/store.ts'

/** One pass: ends every call whose time is up, lets leaves join, and sends the contacts that wait for it. */
export async function advanceDue(
  { functionCalls, humanContacts }: Store,
  senders: ContactSenders,
  now: Date,
): Promise<void> {
  await Promise.all([
    advanceKind(functionCalls, functionCallKind, senders, now),
    advanceKind(humanContacts, humanContactKind, senders, now),
  ])
}

async function advanceKind<C extends Call>(
  calls: CallStore<C>,
  { name, advance }: Pick<typeof functionCallKind, 'name'> & { advance: (call: C, now: Date) => Advanced<C> },
  senders: ContactSenders,
  now: Date,
): Promise<void> {
  const due = await calls.listDue(now, BATCH)
  await Promise.all(
    due.map(async ({ project_id, call_id }) => {
      // The transition looks again, inside the transaction: an answer in time has won by then.
      const advanced = await calls.update(project_id, call_id, (call, at) => call && advance(call, at))
      const { next: call } = advanced ?? {}
      if (!call || call.status.state !== 'pending') return
      for (const contact of call.status.contacts?.filter(({ state }) => state === 'queued') ?? []) {
        // Sent first and settled second: after a crash in between it is sent again.
        const outcome = (await senders[contact.kind]?.({ kind: name, call, contact })) ?? 'failed'
        const { contact_id } = contact
        await calls.update(
          project_id,
          call_id,
          (pending, at) => pending && settleContact(pending, { contact_id, outcome }, at),
        )
      }
    }),
  )
}

type Advanced<C extends Call> = ReturnType<typeof settleContact<C>>

const BATCH = 256
