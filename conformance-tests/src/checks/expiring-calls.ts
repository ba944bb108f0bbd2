import { type CallKind } from '../actors/call-kind.ts'
import type { Context } from '../context.ts'
import type { Reply } from '../reply.ts'
import { requestedAt, type ServerTime } from './server-time.ts'

/** So long that a slow server is still in time, as far as the limit allows: in milliseconds, whole seconds. */
export function aheadIn({ limits }: Context): number {
  return Math.max(1, Math.min(3_600, (limits.expires_in_seconds ?? 3_600) - 1)) * 1_000
}

export function iso(at: number): string {
  return new Date(at).toISOString()
}

/** A call that expires a second after its creation, and when that was. */
export async function expiring(
  context: Context,
  kind: CallKind,
  spec: Record<string, unknown> = {},
): Promise<{ kind: CallKind; call_id: string; created: ServerTime }> {
  const call_id = context.id(context.nextName())
  const created = await context.agent.create(kind, { call_id, spec: { expires_in_seconds: 1, ...spec } })
  return { kind, call_id, created: await requestedAt(created) }
}

/** Reads the call until it is terminal. */
export async function untilTerminal(context: Context, kind: CallKind, call_id: string): Promise<Reply> {
  const until = context.now() + 10_000 * context.patience
  for (;;) {
    const read = await context.agent.read(kind, call_id)
    if (read.json.status.state !== 'pending' || context.now() > until) return read
    await context.sleep(100)
  }
}
